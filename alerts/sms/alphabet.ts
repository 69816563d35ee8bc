/**
 * What a short message costs: its alphabet, its length and its parts (3GPP TS 23.038 and 23.040; contract 15). A text whose every
 * letter is in the GSM default alphabet or its extension table has 160 septets in one message and 153 in each part of a longer
 * one; any other text is UCS-2, 70 units and 67. An escaped letter takes two septets, a letter beyond the basic plane two units,
 * and neither is ever split.
 */
import { latinOf } from '../texts/cyrillic.js';

export type Alphabet = 'gsm' | 'ucs2';

/** A text as it would leave. */
export interface Measured {
  readonly alphabet: Alphabet;
  /** Letters as a reader counts them (code points). */
  readonly characters: number;
  /** Septets of GSM 03.38, or 16-bit units of UCS-2. */
  readonly units: number;
  /** Messages that are sent and paid; an empty text is one. */
  readonly parts: number;
}

/** How many units one message holds, and each part of a longer one. */
export const CAPACITY: Readonly<Record<Alphabet, { readonly single: number; readonly part: number }>> = {
  gsm: { single: 160, part: 153 },
  ucs2: { single: 70, part: 67 },
};

const ESCAPE = 0x1b;
/** By code; the escape stands for itself at 0x1B and is no letter. */
const DEFAULT_LETTERS =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION: readonly (readonly [letter: string, code: number])[] = [
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
];

/** The codes of each letter: one, or the escape and one. */
const CODES: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...[...DEFAULT_LETTERS].flatMap((letter, code) => (code === ESCAPE ? [] : [[letter, [code]] as const])),
  ...EXTENSION.map(([letter, code]) => [letter, [ESCAPE, code]] as const),
]);

/** `gsm` where every letter is in the default alphabet or its extension table. */
export function alphabetOf(text: string): Alphabet {
  for (const letter of text) if (!CODES.has(letter)) return 'ucs2';
  return 'gsm';
}

/** Alphabet, length and number of parts of a text as it is. */
export function measureText(text: string): Measured {
  const alphabet = alphabetOf(text);
  let characters = 0;
  let units = 0;
  for (const letter of text) {
    characters += 1;
    units += unitsOf(letter, alphabet);
  }
  return { alphabet, characters, units, parts: splitText(text).length };
}

/** The text of each part. Joined they are the text again. */
export function splitText(text: string): readonly string[] {
  const alphabet = alphabetOf(text);
  const { single, part } = CAPACITY[alphabet];
  let units = 0;
  for (const letter of text) units += unitsOf(letter, alphabet);
  if (units <= single) return [text];
  const parts: string[] = [];
  let held = '';
  let used = 0;
  for (const letter of text) {
    const cost = unitsOf(letter, alphabet);
    if (used + cost > part) {
      parts.push(held);
      held = '';
      used = 0;
    }
    held += letter;
    used += cost;
  }
  return [...parts, held];
}

/**
 * The octets of one part for a gateway: a septet an octet, not packed (`data_coding` 0), or UCS-2 in network order
 * (`data_coding` 8). Throws where a letter is not in the alphabet.
 */
export function octetsOf(text: string, alphabet: Alphabet): Uint8Array {
  if (alphabet === 'ucs2') return Buffer.from(text, 'utf16le').swap16();
  const octets: number[] = [];
  for (const letter of text) {
    const codes = CODES.get(letter);
    if (!codes) throw new RangeError(`no letter of GSM 03.38: ${JSON.stringify(letter)}`);
    octets.push(...codes);
  }
  return Uint8Array.from(octets);
}

const LETTERS: ReadonlyMap<number, string> = new Map(
  [...CODES].map(([letter, codes]) => [codes.length === 1 ? codes[0]! : 0x100 + codes[1]!, letter]),
);

/** The text of septets that stand one in an octet. An unknown escaped letter is shown as the plain one, as the standard says. */
export function textOfOctets(octets: Uint8Array): string {
  let text = '';
  for (let at = 0; at < octets.length; at++) {
    const code = octets[at]! & 0x7f;
    if (code !== ESCAPE) text += LETTERS.get(code) ?? '';
    else if (at + 1 < octets.length) {
      at += 1;
      const next = octets[at]! & 0x7f;
      text += LETTERS.get(0x100 + next) ?? LETTERS.get(next) ?? ' ';
    }
  }
  return text;
}

function unitsOf(letter: string, alphabet: Alphabet): number {
  return alphabet === 'gsm' ? CODES.get(letter)!.length : letter.length;
}

// --- Serbian in the letters of GSM ---

const PLAIN: Readonly<Record<string, string>> = {
  č: 'c',
  ć: 'c',
  ž: 'z',
  š: 's',
  Č: 'C',
  Ć: 'C',
  Ž: 'Z',
  Š: 'S',
  '„': '"',
  '“': '"',
  '”': '"',
  '»': '"',
  '«': '"',
  '‘': "'",
  '’': "'",
  '‚': "'",
  '–': '-',
  '—': '-',
  '−': '-',
  '…': '...',
  '\u00a0': ' ',
  '\u202f': ' ',
};

/** Serbian, in either script, with č ć ž š đ as c c z s dj and plain quotes and dashes; all other letters stay. */
export function plainLetters(text: string): string {
  return latinOf(text.normalize('NFC'))
    .replace(/Đ(?=\p{Lu})|(?<=\p{Lu})Đ/gu, 'DJ')
    .replace(/Đ/g, 'Dj')
    .replace(/đ/g, 'dj')
    .replace(/[^\0-\x7f]/gu, (letter) => PLAIN[letter] ?? letter);
}

/**
 * A name or another inserted text in letters of GSM 03.38: plain letters, others without their accents, what is left out of the
 * alphabet dropped; as it was where nothing would remain. So one name does not turn a whole message into UCS-2.
 */
export function gsmLetters(text: string): string {
  let letters = '';
  for (const letter of plainLetters(text)) {
    if (CODES.has(letter)) letters += letter;
    else for (const base of letter.normalize('NFD')) if (CODES.has(base)) letters += base;
  }
  const kept = letters.replace(/ {2,}/g, ' ').trim();
  return kept === '' ? text : kept;
}

/** The text in plain letters where that saves a part, and as it is (composed) where it does not. */
export function cheaper(text: string): string {
  // Decomposed letters are in no alphabet of GSM.
  const composed = text.normalize('NFC');
  const plain = plainLetters(composed);
  return splitText(plain).length < splitText(composed).length ? plain : composed;
}
