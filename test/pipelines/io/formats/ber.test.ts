import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  application,
  BerError,
  Cursor,
  context,
  count,
  DEPTH_MAX,
  type Element,
  find,
  integer,
  integerBytes,
  octets,
  readElement,
  type TagId,
  universal,
  unsigned,
  write,
} from '../../../../pipelines/io/formats/ber.js';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

interface Tree {
  readonly id: TagId;
  readonly content: Uint8Array | readonly Tree[];
  readonly indefinite: boolean;
}

const tag = fc
  .tuple(
    fc.constantFrom(application, context),
    fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 27 })),
  )
  .map(([of, n]) => of(n));
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    id: tag,
    content: fc.oneof({ maxDepth: 5 }, fc.uint8Array({ maxLength: 300 }), fc.array(tie('tree'), { maxLength: 4 })),
    indefinite: fc.boolean(),
  }),
}));

function written({ id, content, indefinite }: Tree): Uint8Array {
  if (content instanceof Uint8Array) return write(id, content);
  return write(id, content.map(written), indefinite ? 'indefinite' : undefined);
}

function same(element: Element, { id, content }: Tree): void {
  expect(element.id).toBe(id);
  if (content instanceof Uint8Array) return expect(element.content).toEqual(content);
  expect(element.children).toHaveLength(content.length);
  for (const [i, child] of element.children.entries()) same(child, content[i]!);
}

describe('elements', () => {
  it('are read as they were written, whatever their tags, lengths and nesting', () => {
    fc.assert(
      fc.property(tree, (one) => {
        const all = written(one);
        const element = readElement(all, 0);
        expect(element.end).toBe(all.length);
        same(element, one);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['5f8144050102030405', application(196), 9],
    ['3003020105', universal(16), 5],
    ['308002010500 00'.replace(' ', ''), universal(16), 7],
    // A length may have leading zeros.
    ['04840000000161', universal(4), 7],
  ])('%s', (hex, id, end) => {
    expect(readElement(bytes(hex), 0)).toMatchObject({ id, end });
  });

  it.each([
    ['', 'the tag is cut off', 0],
    ['5f81', 'the tag is cut off', 0],
    ['30', 'the length is cut off', 0],
    ['0482', 'the length is cut off', 0],
    ['3003020205', 'the length goes past the end', 2],
    ['04847fffffff00', 'the length goes past the end', 0],
    ['0480616100', 'a primitive element has an indefinite length', 0],
    ['3080020105', 'the tag is cut off', 5],
    ['30020000', 'an end-of-contents mark stands where nothing ends', 2],
    ['3080000101', 'the mark has a content', 2],
    ['ff8f8f8f8f8f8f0100', 'the number of the tag is too large', 0],
    // An inner length that goes past its parent, though not past the file.
    ['30030203010203', 'the length goes past the end', 2],
  ])('%s: %s', (hex, why, at) => {
    const read = () => readElement(bytes(hex), 0);
    expect(read).toThrow(BerError);
    expect(read).toThrow(why);
    expect(read).toThrow(expect.objectContaining({ at }));
  });

  it('nest to the limit and not deeper', () => {
    const nested = (depth: number) => {
      let inner = write(universal(2), integerBytes(1));
      for (let i = 0; i < depth; i++) inner = write(universal(16), [inner], 'indefinite');
      return inner;
    };
    expect(readElement(nested(DEPTH_MAX), 0).end).toBeGreaterThan(0);
    expect(() => readElement(nested(DEPTH_MAX + 1), 0)).toThrow('nest deeper');
  });

  it('are limited in number within one record', () => {
    const many = write(
      universal(16),
      [new Uint8Array(2 * 100_001).fill(5)].map((fill) => fill.map((_, i) => (i % 2 ? 0 : 5))),
    );
    expect(() => readElement(many, 0)).toThrow('more than 100000 elements');
  });

  it('arbitrary bytes are read or refused with an offset within them, at once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (all) => {
        try {
          expect(readElement(all, 0).end).toBeLessThanOrEqual(all.length);
        } catch (error) {
          expect(error).toBeInstanceOf(BerError);
          expect((error as BerError).at).toBeLessThanOrEqual(all.length);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('a file of nested indefinite lengths takes time in proportion to its length', () => {
    const all = new Uint8Array(4_000_000).map((_, i) => (i % 2 ? 0x80 : 0x30));
    const from = process.hrtime.bigint();
    expect(() => readElement(all, 0)).toThrow('nest deeper');
    expect(Number(process.hrtime.bigint() - from) / 1e6).toBeLessThan(1_000);
  });
});

describe('a cursor', () => {
  it('goes in, over and on, and refuses to leave what is not read', () => {
    const list = write(application(3), [write(context(1), bytes('aa')), write(context(2), bytes('bb'))], 'indefinite');
    const cursor = new Cursor(write(application(1), [list, write(context(9), bytes('cc'))], 'indefinite'));
    const batch = cursor.enter();
    const inner = batch.enter();
    expect(inner.skip()?.id).toBe(context(1));
    expect(() => batch.header()).toThrow('left to read');
    expect(inner.element().content).toEqual(bytes('bb'));
    expect(inner.header()).toBeUndefined();
    expect(batch.element().id).toBe(context(9));
    expect(batch.header()).toBeUndefined();
    expect(cursor.header()).toBeUndefined();
  });
});

describe('values', () => {
  it('integers keep their sign and value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), (n) => {
        expect(integer(readElement(write(universal(2), integerBytes(n)), 0))).toBe(n);
      }),
    );
    expect(Buffer.from(integerBytes(128)).toString('hex')).toBe('0080');
    expect(Buffer.from(integerBytes(-128)).toString('hex')).toBe('80');
  });

  it('counts are from 0 and exact', () => {
    const read = (n: bigint) => count(readElement(write(context(5), integerBytes(n)), 0));
    expect(read(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => read(2n ** 53n)).toThrow('[5] is too large');
    expect(() => read(-1n)).toThrow('[5] is negative');
    expect(() => count(readElement(bytes('8500'), 0))).toThrow('must be a number');
  });

  it('strings may come in segments', () => {
    const whole = write(context(4), [write(universal(4), bytes('0102')), write(universal(4), bytes('03'))]);
    expect(octets(readElement(whole, 0))).toEqual(bytes('010203'));
    expect(unsigned(bytes('ff00'))).toBe(65_280n);
    expect(() => octets(readElement(write(context(4), [write(context(1), bytes('01'))]), 0))).toThrow(
      'must be a string',
    );
  });

  it('are found by their path', () => {
    const element = readElement(write(application(1), [write(context(2), [write(context(3), bytes('09'))])]), 0);
    expect(find(element, context(2), context(3))?.content).toEqual(bytes('09'));
    expect(find(element, context(2), context(4))).toBeUndefined();
  });
});
