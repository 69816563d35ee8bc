/**
 * Serbian has two scripts, letter for letter the same but for three: lj, nj and dž are one letter in Cyrillic. From Latin the way
 * is exact where these pairs are read so in every word (they are two letters in a few, such as "injekcija" and "nadživeti": our
 * texts have none of those, a test looks), and where what is foreign is marked.
 */

const PAIRS: readonly (readonly [latin: string, cyrillic: string])[] = [
  ['a', 'а'],
  ['b', 'б'],
  ['v', 'в'],
  ['g', 'г'],
  ['d', 'д'],
  ['đ', 'ђ'],
  ['e', 'е'],
  ['ž', 'ж'],
  ['z', 'з'],
  ['i', 'и'],
  ['j', 'ј'],
  ['k', 'к'],
  ['l', 'л'],
  ['lj', 'љ'],
  ['m', 'м'],
  ['n', 'н'],
  ['nj', 'њ'],
  ['o', 'о'],
  ['p', 'п'],
  ['r', 'р'],
  ['s', 'с'],
  ['t', 'т'],
  ['ć', 'ћ'],
  ['u', 'у'],
  ['f', 'ф'],
  ['h', 'х'],
  ['c', 'ц'],
  ['č', 'ч'],
  ['dž', 'џ'],
  ['š', 'ш'],
];

const upper = (text: string) => text.toUpperCase();
const title = (text: string) => upper(text.slice(0, 1)) + text.slice(1);

const TO_CYRILLIC: ReadonlyMap<string, string> = new Map(
  PAIRS.flatMap(([latin, cyrillic]) => [
    [latin, cyrillic] as const,
    [title(latin), upper(cyrillic)] as const,
    [upper(latin), upper(cyrillic)] as const,
  ]),
);
const TO_LATIN: ReadonlyMap<string, string> = new Map(
  PAIRS.flatMap(([latin, cyrillic]) => [[cyrillic, latin] as const, [upper(cyrillic), title(latin)] as const]),
);

/** Code points of private use: no text has them. */
const OPEN = '\ue000';
const CLOSE = '\ue001';
const MARKED = /\ue000([^\ue000\ue001]*)\ue001/gu;
const LATIN_LETTERS = /l[jJ]|L[jJ]|n[jJ]|N[jJ]|d[žŽ]|D[žŽ]|[a-zčćžšđ]/giu;

/** Marks what stays as it is in either script: names, currencies, units, numbers of clauses. */
export function foreign(text: string): string {
  return OPEN + text.replace(/[\ue000\ue001]/g, '') + CLOSE;
}

/** The text without its marks: Serbian in Latin. */
export function withoutMarks(text: string): string {
  return text.replace(/[\ue000\ue001]/g, '');
}

/** Serbian in Latin to Cyrillic; what is marked stays. Letters that Serbian does not have (q w x y) stay too. */
export function cyrillicOf(text: string): string {
  // With one group, what was marked stands at each odd place.
  return text
    .split(MARKED)
    .map((piece, i) =>
      i % 2 === 1 ? piece : piece.replace(LATIN_LETTERS, (letter) => TO_CYRILLIC.get(letter) ?? letter),
    )
    .join('');
}

/** Serbian in Cyrillic to Latin, exact: every letter has one reading. In a word of capitals the pairs are capitals too. */
export function latinOf(text: string): string {
  return text.replace(/[Ѐ-ӿ]/gu, (letter, at: number) => {
    const latin = TO_LATIN.get(letter);
    if (latin === undefined) return letter;
    if (latin.length === 1 || letter === letter.toLowerCase()) return latin;
    const beside = `${text.slice(0, at).match(/[Ѐ-ӿ]$/u)?.[0] ?? ''}${text.slice(at + 1).match(/^[Ѐ-ӿ]/u)?.[0] ?? ''}`;
    return beside !== '' && beside === upper(beside) ? upper(latin) : latin;
  });
}
