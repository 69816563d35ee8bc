/** One source in Latin for both scripts: exact for Serbian, and what is foreign stays. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cyrillicOf, foreign, latinOf, withoutMarks } from '../../../alerts/texts/cyrillic.js';
import { SHARED } from '../../cases.js';

describe('Serbian in Cyrillic', () => {
  it.each([
    ['Ljubav, njiva, džak', 'Љубав, њива, џак'],
    ['LJUBAV, NJIVA, DŽAK', 'ЉУБАВ, ЊИВА, ЏАК'],
    ['Ljudi, Njegoš, Džep', 'Људи, Његош, Џеп'],
    ['čćžšđ ČĆŽŠĐ', 'чћжшђ ЧЋЖШЂ'],
    ['žj ld nđ: no pairs', 'жј лд нђ: но паирс'],
    ['1.999,00; 50%', '1.999,00; 50%'],
  ])('%s', (latin, cyrillic) => {
    expect(cyrillicOf(latin)).toBe(cyrillic);
    expect(latinOf(cyrillic)).toBe(latin);
  });

  it('leaves what is marked, and takes the marks off', () => {
    const text = `Plaćeno: 60,00 ${foreign('EUR')} (${foreign('A1 Srbija')})`;
    expect(cyrillicOf(text)).toBe('Плаћено: 60,00 EUR (A1 Srbija)');
    expect(withoutMarks(text)).toBe('Plaćeno: 60,00 EUR (A1 Srbija)');
    // A name that brings marks of its own does not open the text.
    expect(cyrillicOf(`${foreign('a\ue001b\ue000')} dan`)).toBe('ab дан');
  });

  it('comes back to the same text from any text of its letters', () => {
    const letters = [...'АБВГДЂЕЖЗИЈКЛЉМНЊОПРСТЋУФХЦЧЏШабвгдђежзијклљмнњопрстћуфхцчџш .,5'];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...letters), maxLength: 200 }), (text) => {
        // Two letters that would be read as one do not stand side by side in our words.
        fc.pre(!/[лнЛН][јЈ]|[дД][жЖ]/.test(text));
        expect(cyrillicOf(latinOf(text))).toBe(text);
      }),
    );
  });
});

const FILE = resolve(SHARED, 'data/usage/serbian_sentences.jsonl.gz');

describe.skipIf(!existsSync(FILE))('real sentences in both scripts', () => {
  const rows = existsSync(FILE)
    ? gunzipSync(readFileSync(FILE))
        .toString('utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { latin: string; cyrillic: string })
    : [];

  it('are the same word by word, but for names that the Cyrillic edition keeps in Latin and one word of nad + j', () => {
    expect(rows).toHaveLength(536);
    const differing: string[] = [];
    for (const { latin, cyrillic } of rows) {
      const [ours, theirs] = [cyrillicOf(latin).split(' '), cyrillic.split(' ')];
      expect(ours.length).toBe(theirs.length);
      theirs.forEach((word, i) => {
        // A word kept in Latin is what the marks are for.
        if (word !== ours[i] && !/[A-Za-z]/.test(word)) differing.push(word);
      });
    }
    expect(differing.map((word) => word.replace('\u200c', ''))).toEqual(['надјачало']);
  });

  it('come back from Cyrillic exactly', () => {
    for (const { latin, cyrillic } of rows) expect(latinOf(cyrillic).replace('\u200c', '')).toBe(latin);
  });
});
