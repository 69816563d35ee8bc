/** What a short message costs, against the tables of 3GPP TS 23.038, a slow oracle, and the truth of 5,324 real texts. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphabetOf,
  CAPACITY,
  cheaper,
  gsmLetters,
  measureText,
  octetsOf,
  plainLetters,
  splitText,
} from '../../../alerts/sms/alphabet.js';
import { SHARED } from '../../cases.js';

/** The default alphabet by code point, row by row as in the standard; 0x1B is the escape. Written apart from the code. */
const TABLE = [
  0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0x0a, 0xd8, 0xf8, 0x0d, 0xc5, 0xe5, 0x394, 0x5f, 0x3a6,
  0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, -1, 0xc6, 0xe6, 0xdf, 0xc9, 0x20, 0x21, 0x22, 0x23, 0xa4,
  0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
  0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0xa1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a,
  0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xc4, 0xd6, 0xd1,
  0xdc, 0xa7, 0xbf, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70,
  0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,
];
const ESCAPED: Readonly<Record<number, number>> = {
  10: 0x0c,
  20: 0x5e,
  40: 0x7b,
  41: 0x7d,
  47: 0x5c,
  60: 0x5b,
  61: 0x7e,
  62: 0x5d,
  64: 0x7c,
  101: 0x20ac,
};
const single = TABLE.flatMap((point) => (point < 0 ? [] : [String.fromCodePoint(point)]));
const double = Object.values(ESCAPED).map((point) => String.fromCodePoint(point));

/** The fewest parts, found by trying every cut: `cost` of each letter, and how much a part holds. */
function fewest(costs: readonly number[], { single: one, part }: { single: number; part: number }): number {
  if (costs.reduce((sum, cost) => sum + cost, 0) <= one) return 1;
  const best = new Array<number>(costs.length + 1).fill(Number.POSITIVE_INFINITY);
  best[0] = 0;
  for (let end = 1; end <= costs.length; end++) {
    for (let start = end - 1, used = 0; start >= 0 && (used += costs[start]!) <= part; start--) {
      best[end] = Math.min(best[end]!, best[start]! + 1);
    }
  }
  return best[costs.length]!;
}

const gsmText = fc
  .array(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...single) }, fc.constantFrom(...double)), { maxLength: 700 })
  .map((letters) => letters.join(''));
const anyText = fc.oneof(
  gsmText,
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('č', 'a', 'Љ', '📷', '€', '{'), maxLength: 400 }),
  fc.string({ maxLength: 400 }),
);

describe('the default alphabet', () => {
  it('has the 127 letters and the 10 escaped ones of the standard, each at its code', () => {
    expect(single).toHaveLength(127);
    TABLE.forEach((point, code) => {
      if (point >= 0) expect([...octetsOf(String.fromCodePoint(point), 'gsm')]).toEqual([code]);
    });
    for (const [code, point] of Object.entries(ESCAPED)) {
      expect([...octetsOf(String.fromCodePoint(point), 'gsm')]).toEqual([0x1b, Number(code)]);
    }
  });

  it('has no other letter of the basic plane: not the escape, not č, not the small ç', () => {
    const known = new Set([...single, ...double]);
    for (let point = 0; point < 0x10000; point++) {
      const letter = String.fromCharCode(point);
      expect(alphabetOf(letter) === 'gsm', point.toString(16)).toBe(known.has(letter));
    }
    expect(() => octetsOf('č', 'gsm')).toThrow('"č"');
  });

  it('gives UCS-2 in network order', () => {
    expect([...octetsOf('čЉ📷', 'ucs2')]).toEqual([0x01, 0x0d, 0x04, 0x09, 0xd8, 0x3d, 0xdc, 0xf7]);
  });
});

describe('parts', () => {
  it.each([
    ['nothing', '', 1, 0],
    ['160 septets', 'a'.repeat(160), 1, 160],
    ['161 septets', 'a'.repeat(161), 2, 161],
    ['2 x 153 septets', 'a'.repeat(306), 2, 306],
    ['one more', 'a'.repeat(307), 3, 307],
    ['80 euro signs', '€'.repeat(80), 1, 160],
    ['81: an escape does not fit at 153, 76 are in a part', '€'.repeat(81), 2, 162],
    ['152 letters and an escaped one at the edge of 153', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 3, 306],
    ['70 units', 'č'.repeat(70), 1, 70],
    ['71 units', 'č'.repeat(71), 2, 71],
    ['2 x 67 units', 'č'.repeat(134), 2, 134],
    ['one more', 'č'.repeat(135), 3, 135],
    ['35 letters beyond the basic plane', '📷'.repeat(35), 1, 70],
    ['36: 33 are in a part', '📷'.repeat(36), 2, 72],
    ['66 letters and a pair at the edge of 67', `${'č'.repeat(66)}📷${'č'.repeat(66)}`, 3, 134],
  ])('%s', (_, text, parts, units) => {
    expect(measureText(text)).toMatchObject({ parts, units });
  });

  it('joined are the text; each holds what it may; none could be spared; nothing that belongs together is split', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parts = splitText(text);
        const { alphabet, units, characters } = measureText(text);
        expect(parts.join('')).toBe(text);
        expect(characters).toBe([...text].length);
        const cost = (letter: string) => (alphabet === 'ucs2' ? letter.length : double.includes(letter) ? 2 : 1);
        const costOf = (part: string) => [...part].reduce((sum, letter) => sum + cost(letter), 0);
        expect(units).toBe(costOf(text));
        const most = parts.length === 1 ? CAPACITY[alphabet].single : CAPACITY[alphabet].part;
        for (const part of parts) expect(costOf(part)).toBeLessThanOrEqual(most);
        expect(parts.length).toBe(fewest([...text].map(cost), CAPACITY[alphabet]));
        // A split pair would be two letters in place of one.
        expect(parts.reduce((sum, part) => sum + [...part].length, 0)).toBe([...text].length);
        // The octets of the parts are the octets of the whole, and no part of GSM ends with an escape.
        const octets = parts.map((part) => [...octetsOf(part, alphabet)]);
        expect(octets.flat()).toEqual([...octetsOf(text, alphabet)]);
        if (alphabet === 'gsm') for (const one of octets) expect(one.at(-1)).not.toBe(0x1b);
      }),
      { numRuns: 300 },
    );
  });
});

describe('Serbian in plain letters', () => {
  it.each([
    ['Račun je šđžć', 'Racun je sdjzc'],
    ['ĐORĐE, Đorđe i Đ', 'DJORDJE, Djordje i Dj'],
    ['džungla, DŽ, Dž', 'dzungla, DZ, Dz'],
    ['„Kuća“ – 5…', '"Kuca" - 5...'],
    ['Љубав, њива, џак, ЂОРЂЕ, Ђорђе', 'Ljubav, njiva, dzak, DJORDJE, Djordje'],
    ['c\u030cas', 'cas'],
    ['ä ö ü ß € stay', 'ä ö ü ß € stay'],
    ['📷 stays', '📷 stays'],
  ])('%s', (text, plain) => {
    expect(plainLetters(text)).toBe(plain);
  });

  it('is taken only where it saves a part', () => {
    expect(cheaper('Račun')).toBe('Račun');
    expect(cheaper('č'.repeat(71))).toBe('c'.repeat(71));
    expect(cheaper(`${'č'.repeat(70)}📷`)).toBe(`${'č'.repeat(70)}📷`);
    // Decomposed letters are composed, also where nothing is transliterated.
    expect(cheaper('c\u030c')).toBe('č');
    fc.assert(
      fc.property(anyText, (text) => {
        const [taken, plain, own] = [cheaper(text), plainLetters(text), text.normalize('NFC')];
        expect(splitText(taken).length).toBe(Math.min(splitText(plain).length, splitText(own).length));
      }),
      { numRuns: 200 },
    );
  });

  it('of a name that is inserted is in GSM, unless nothing would remain', () => {
    expect(gsmLetters('Dečja soba 📷')).toBe('Decja soba');
    expect(gsmLetters('Kamera 📷 u hodniku')).toBe('Kamera u hodniku');
    expect(gsmLetters('Őrség, Łódź, Señor')).toBe('Orség, odz, Señor');
    expect(gsmLetters('客厅')).toBe('客厅');
  });
});

interface Told {
  readonly encoding: 'GSM-7' | 'UCS-2';
  readonly units: number;
  readonly parts: number;
}

const USAGE = resolve(SHARED, 'data/usage');

function rows<Row>(file: string): readonly Row[] {
  const text = gunzipSync(readFileSync(resolve(USAGE, file))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function told(text: string): Told {
  const { alphabet, units, parts } = measureText(text);
  return { encoding: alphabet === 'gsm' ? 'GSM-7' : 'UCS-2', units, parts };
}

describe.skipIf(!existsSync(USAGE))('the truth of real texts', () => {
  it('equals ours for 3,716 English short messages', () => {
    const all = rows<Told & { text: string }>('sms_english.jsonl.gz');
    expect(all).toHaveLength(3_716);
    for (const { text, encoding, units, parts } of all) expect(told(text), text).toEqual({ encoding, units, parts });
  });

  it('equals ours for 536 Serbian sentences in three spellings, and so does the plain spelling itself', () => {
    type Row = Record<'latin' | 'ascii' | 'cyrillic', string> &
      Record<'latin_sms' | 'ascii_sms' | 'cyrillic_sms', Told>;
    const all = rows<Row>('serbian_sentences.jsonl.gz');
    expect(all).toHaveLength(536);
    for (const row of all) {
      for (const spelling of ['latin', 'ascii', 'cyrillic'] as const) {
        expect(told(row[spelling]), row[spelling]).toEqual(row[`${spelling}_sms`]);
      }
      // Three of them keep a sign of ellipsis in the data; ours are three points.
      expect(plainLetters(row.latin)).toBe(row.ascii.replaceAll('…', '...'));
    }
  });
});
