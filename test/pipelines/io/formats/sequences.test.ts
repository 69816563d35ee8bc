/** The numbers of a source's files: whatever their order, what is missing at the end is what did not come. */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readDestinations } from '../../../../pipelines/io/formats/destinations.js';
import { NUMBERS, numbered, rangesText, type Series } from '../../../../pipelines/io/formats/sequences.js';
import { folderOf } from '../../commands/import-door.js';

const folder = folderOf('sequences');
afterAll(() => folder.forget());

function told(numbers: readonly number[], format: keyof typeof NUMBERS = 'tap') {
  let series: Series | undefined;
  const is: string[] = [];
  for (const number of numbers) {
    const next = numbered(series, number, NUMBERS[format], 0);
    series = next.series;
    is.push(next.numbered.is);
  }
  return { is, missing: rangesText(series?.gaps.flatMap(({ left }) => left) ?? [], NUMBERS[format]) };
}

describe('numbers of files', () => {
  it('one after the other; ahead leaves a gap, which is filled one by one; again is nothing new', () => {
    expect(told([41, 42, 46, 42, 44, 43, 45])).toEqual({
      is: ['first', 'next', 'ahead', 'again', 'filling', 'filling', 'filling'],
      missing: '',
    });
    expect(told([41, 46, 43])).toMatchObject({ missing: '42, 44-45' });
    expect(told([41, 40])).toEqual({ is: ['first', 'again'], missing: '' });
  });

  it('begin again after the last one, and a gap may go over it', () => {
    expect(told([99_998, 99_999, 1, 2])).toMatchObject({ is: ['first', 'next', 'next', 'next'], missing: '' });
    expect(told([99_997, 2])).toMatchObject({ missing: '99998-1' });
    expect(told([99_997, 2, 99_999])).toMatchObject({ missing: '99998, 1' });
    expect(told([2 ** 32 - 1, 0, 1], 'cdr')).toMatchObject({ is: ['first', 'next', 'next'] });
    expect(told([9_999_999, 1], 'nrtrde')).toMatchObject({ is: ['first', 'next'] });
  });

  it('in any order, those between the first and the last that did not come are missing', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 101, max: 160 }), { minLength: 1 }), (others) => {
        const numbers = [100, ...others];
        const last = Math.max(...numbers);
        const came = new Set(numbers);
        const missing = [];
        for (let n = 100; n < last; n += 1) if (!came.has(n)) missing.push(n);
        const found = told(numbers).missing;
        const spread =
          found === ''
            ? []
            : found.split(', ').flatMap((part) => {
                const [from, to = from] = part.split('-').map(Number);
                return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
              });
        expect(spread.sort((a, b) => a - b)).toEqual(missing);
      }),
    );
  });
});

describe('destinations', () => {
  const file = folder.path('zones.csv');
  it('are found by the longest prefix', () => {
    writeFileSync(file, 'prefix,zone,country\n+381,domestic,RS\n38160,own,RS\n00387,roaming-region,BA\n1,world,\n');
    const find = readDestinations(file);
    expect(find('381601234567')).toEqual({ prefix: '38160', zone: 'own', country: 'RS' });
    expect(find('381111234567')).toEqual({ prefix: '381', zone: 'domestic', country: 'RS' });
    expect(find('38761123456')).toMatchObject({ zone: 'roaming-region' });
    expect(find('12125550100')).toEqual({ prefix: '1', zone: 'world' });
    expect(find('4366')).toBeUndefined();
  });

  it('that are wrong are told by row and column', () => {
    writeFileSync(file, 'prefix,zone,country\n381601234567,x,RS\n1,x,usa\n2,x,\n2,y,\n');
    expect(() => readDestinations(file)).toThrow(
      /row 1: column prefix: must be 1 to 8 digits\n.*row 2: column country: .*\n.*row 4: column prefix: 2 stands there twice/,
    );
    expect(() => readDestinations(folder.path('no.csv'))).toThrow('there is no such file');
  });
});
