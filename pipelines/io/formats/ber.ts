/**
 * Basic Encoding Rules (ITU-T X.690): bytes to elements and back, without a schema. Lengths definite and indefinite, tags of any
 * number of bytes. Depth, number of elements and every length are bounded, so that no input can make it hang or eat the memory;
 * what is wrong is a `BerError` with the offset of the byte, and never repeats what stands there: it could be a phone number.
 */

/** How deep elements may nest. TAP, the deepest of the formats read here, needs 9. */
export const DEPTH_MAX = 32;
/** How many elements one record may have; the largest real ones have some thousands. */
export const ELEMENTS_MAX = 100_000;
const TAG_MAX = 2 ** 28;
const INDEFINITE = 0x80;

/** The bytes are not what they should be; `at` is the offset of the first byte of what is wrong, from the begin of the file. */
export class BerError extends Error {
  override readonly name = 'BerError';
  readonly at: number;

  constructor(why: string, at: number) {
    super(why);
    this.at = at;
  }
}

/** Class and number of a tag as one number: comparing tags is comparing numbers. */
export type TagId = number;

export const universal = (tag: number): TagId => tag * 4;
export const application = (tag: number): TagId => tag * 4 + 1;
export const context = (tag: number): TagId => tag * 4 + 2;

const END_OF_CONTENTS = universal(0);
const OCTET_STRING = universal(4);

/** A tag for people: `[APPLICATION 129]`, `[5]`. */
export function tagName(id: TagId): string {
  const name = ['UNIVERSAL ', 'APPLICATION ', '', 'PRIVATE '][id % 4]!;
  return `[${name}${Math.floor(id / 4)}]`;
}

/** Tag and length. `contentLength` is undefined where the length is indefinite. */
export interface Header {
  readonly id: TagId;
  readonly constructed: boolean;
  /** Offsets from the begin of the bytes. */
  readonly at: number;
  readonly contentAt: number;
  readonly contentLength: number | undefined;
}

/** A whole element. A primitive one has content and no children, a constructed one children, and no content of its own. */
export class Element {
  readonly id: TagId;
  readonly constructed: boolean;
  readonly at: number;
  /** The offset behind it. */
  readonly end: number;
  readonly children: readonly Element[];
  readonly #bytes: Uint8Array;
  readonly #contentAt: number;

  constructor(
    bytes: Uint8Array,
    { id, constructed, at, contentAt }: Header,
    end: number,
    children: readonly Element[],
  ) {
    this.id = id;
    this.constructed = constructed;
    this.at = at;
    this.end = end;
    this.children = children;
    this.#bytes = bytes;
    this.#contentAt = contentAt;
  }

  /** A view, made when it is asked for: most elements of a record are never looked at. */
  get content(): Uint8Array {
    return this.#bytes.subarray(this.#contentAt, this.constructed ? this.#contentAt : this.end);
  }
}

// --- Reading ---

/** Reads tag and length at an offset. Nothing at or behind `limit` is looked at, and a definite content must end there. */
export function readHeader(bytes: Uint8Array, at: number, limit = bytes.length): Header {
  let next = at;
  if (next >= limit) throw new BerError('the tag is cut off', at);
  const first = bytes[next++]!;
  let tag = first & 0x1f;
  if (tag === 0x1f) {
    tag = 0;
    for (let more = 0x80; more >= 0x80; ) {
      if (next >= limit) throw new BerError('the tag is cut off', at);
      more = bytes[next++]!;
      tag = tag * 128 + (more & 0x7f);
      if (tag >= TAG_MAX) throw new BerError('the number of the tag is too large', at);
    }
  }
  const id = tag * 4 + (first >> 6);
  const constructed = (first & 0x20) !== 0;
  if (next >= limit) throw new BerError('the length is cut off', at);
  const short = bytes[next++]!;
  if (short === INDEFINITE) {
    if (!constructed) throw new BerError('a primitive element has an indefinite length', at);
    return { id, constructed, at, contentAt: next, contentLength: undefined };
  }
  let contentLength = short;
  if (short > INDEFINITE) {
    contentLength = 0;
    for (let left = short - INDEFINITE; left > 0; left--) {
      if (next >= limit) throw new BerError('the length is cut off', at);
      contentLength = contentLength * 256 + bytes[next++]!;
      // Leading zeros are allowed, so the length of the length alone says nothing.
      if (contentLength > bytes.length) throw new BerError('the length goes past the end', at);
    }
  }
  if (next + contentLength > limit) throw new BerError('the length goes past the end', at);
  return { id, constructed, at, contentAt: next, contentLength };
}

/** Whether nothing comes any more: a mark where the length is indefinite, and nowhere else. */
function isEnd({ id, constructed, at, contentLength }: Header, indefinite: boolean): boolean {
  if (id !== END_OF_CONTENTS) return false;
  if (!indefinite) throw new BerError('an end-of-contents mark stands where nothing ends', at);
  if (contentLength !== 0 || constructed) throw new BerError('the mark has a content', at);
  return true;
}

/** Reads the whole element at an offset, with all that is in it. */
export function readElement(bytes: Uint8Array, at: number, limit = bytes.length): Element {
  return elementOf(bytes, readHeader(bytes, at, limit), limit, 0, { left: ELEMENTS_MAX });
}

function elementOf(bytes: Uint8Array, header: Header, limit: number, depth: number, budget: { left: number }): Element {
  const { at, contentAt, contentLength } = header;
  if (depth > DEPTH_MAX) throw new BerError(`elements nest deeper than ${DEPTH_MAX}`, at);
  if (--budget.left < 0) throw new BerError(`there are more than ${ELEMENTS_MAX} elements in one record`, at);
  if (!header.constructed) return new Element(bytes, header, contentAt + contentLength!, NONE);
  const indefinite = contentLength === undefined;
  const stop = indefinite ? limit : contentAt + contentLength;
  const children: Element[] = [];
  let next = contentAt;
  while (indefinite || next < stop) {
    const inner = readHeader(bytes, next, stop);
    next = inner.contentAt;
    if (isEnd(inner, indefinite)) break;
    const child = elementOf(bytes, inner, stop, depth + 1, budget);
    children.push(child);
    next = child.end;
  }
  return new Element(bytes, header, next, children);
}

const NONE: readonly Element[] = [];

/**
 * Goes through the elements of a range one by one, so that a file of millions of records is never held as a tree. Of an
 * indefinite length the end is the end-of-contents mark.
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  readonly #indefinite: boolean;
  #at: number;
  #inner: Cursor | undefined;

  constructor(bytes: Uint8Array, at = 0, limit = bytes.length, length: number | 'indefinite' = limit - at) {
    this.#bytes = bytes;
    this.#at = at;
    this.#indefinite = length === 'indefinite';
    this.#limit = length === 'indefinite' ? limit : at + length;
  }

  /** The header of the next element; undefined at the end. What was entered must have been read to its end. */
  header(): Header | undefined {
    this.position();
    if (!this.#indefinite && this.#at >= this.#limit) return undefined;
    const header = readHeader(this.#bytes, this.#at, this.#limit);
    return isEnd(header, this.#indefinite) ? undefined : header;
  }

  /** Reads the next element whole. There must be one. */
  element(): Element {
    const element = readElement(this.#bytes, this.position(), this.#limit);
    this.#at = element.end;
    return element;
  }

  /** Goes over the next element without reading it. Undefined where its length is indefinite: then it must be read. */
  skip(): Header | undefined {
    const header = this.header();
    if (header?.contentLength === undefined) return undefined;
    this.#at = header.contentAt + header.contentLength;
    return header;
  }

  /** Goes into the next element, which must be constructed; this one goes on behind it when that one is at its end. */
  enter(): Cursor {
    const { constructed, at, contentAt, contentLength } = readHeader(this.#bytes, this.position(), this.#limit);
    if (!constructed) throw new BerError('a constructed element was expected', at);
    return (this.#inner = new Cursor(this.#bytes, contentAt, this.#limit, contentLength ?? 'indefinite'));
  }

  /** The offset of the next element. What was entered must have been read to its end. */
  position(): number {
    if (this.#inner) this.#at = this.#inner.end();
    this.#inner = undefined;
    return this.#at;
  }

  /** The offset behind all elements of the range. */
  end(): number {
    if (this.header()) throw new BerError('there are elements left to read', this.#at);
    return this.#indefinite ? this.#at + 2 : this.#limit;
  }
}

/** The element at the end of a path of tags; undefined where one of them is not there. */
export function find(element: Element | undefined, ...path: readonly TagId[]): Element | undefined {
  let found = element;
  for (const id of path) found = found && childOf(found, id);
  return found;
}

function childOf({ children }: Element, id: TagId): Element | undefined {
  for (const child of children) if (child.id === id) return child;
  return undefined;
}

/** The content of a string: also of one that was written in segments. */
export function octets(element: Element): Uint8Array {
  if (!element.constructed) return element.content;
  if (!element.children.every(({ id }) => id === OCTET_STRING)) {
    throw new BerError(`${tagName(element.id)} must be a string`, element.at);
  }
  return join(element.children.map(octets));
}

/** An INTEGER or ENUMERATED, with its sign. */
export function integer(element: Element): bigint {
  const bytes = octets(element);
  if (bytes.length === 0 || bytes.length > 16)
    throw new BerError(`${tagName(element.id)} must be a number`, element.at);
  return BigInt.asIntN(bytes.length * 8, unsigned(bytes));
}

/** A whole number from 0 that a double holds exactly. */
export function count(element: Element): number {
  const bytes = octets(element);
  if (bytes.length > 0 && bytes.length < 7 && bytes[0]! < 0x80) return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const value = integer(element);
  if (value < 0n) throw new BerError(`${tagName(element.id)} is negative`, element.at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new BerError(`${tagName(element.id)} is too large`, element.at);
  return Number(value);
}

/** Bytes as a number without a sign. */
export function unsigned(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

// --- Writing ---

/** An element from its content: bytes make a primitive one, a list a constructed one, of indefinite length where asked. */
export function write(id: TagId, content: Uint8Array | readonly Uint8Array[], form?: 'indefinite'): Uint8Array {
  const constructed = !(content instanceof Uint8Array);
  const body = content instanceof Uint8Array ? content : join(content);
  const tag = tagBytes(id, constructed);
  if (constructed && form === 'indefinite') return join([tag, Uint8Array.of(INDEFINITE), body, Uint8Array.of(0, 0)]);
  return join([tag, lengthBytes(body.length), body]);
}

/** The content of an INTEGER, in as few bytes as it takes. */
export function integerBytes(value: number | bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(length * 8, BigInt(value)) !== BigInt(value)) length += 1;
  const hex = BigInt.asUintN(length * 8, BigInt(value)).toString(16);
  return new Uint8Array(Buffer.from(hex.padStart(length * 2, '0'), 'hex'));
}

function tagBytes(id: TagId, constructed: boolean): Uint8Array {
  const tag = Math.floor(id / 4);
  const first = ((id % 4) << 6) | (constructed ? 0x20 : 0);
  if (tag < 0x1f) return Uint8Array.of(first | tag);
  const groups: number[] = [];
  for (let rest = tag; rest > 0; rest = Math.floor(rest / 128)) groups.unshift((rest % 128) | (groups.length && 0x80));
  return Uint8Array.of(first | 0x1f, ...groups);
}

function lengthBytes(length: number): Uint8Array {
  if (length < INDEFINITE) return Uint8Array.of(length);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Uint8Array.of(INDEFINITE | bytes.length, ...bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
