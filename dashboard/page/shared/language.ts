/**
 * The languages of the pages. Each view has its words beside it, as one object for each of English, Serbian and German, all of the
 * type of the English one; Cyrillic is made from the Latin, as in the notices.
 */
import { cyrillicOf, foreign, withoutMarks } from '../../../alerts/texts/cyrillic.js';

export const LANGUAGES = ['en', 'sr-Latn', 'sr-Cyrl', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Words, or how words are made of values; in groups where there are many. */
export type Dictionary = { readonly [name: string]: string | ((...values: never[]) => string) | Dictionary };

/** The same names with other words. */
export type SameWords<D> = {
  readonly [K in keyof D]: D[K] extends string
    ? string
    : D[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : SameWords<D[K]>;
};

const KEY = 'dozor-language';

/** What was chosen, else what the browser asks for first of what there is. */
function chosen(): Language {
  const asked = [read(), ...navigator.languages];
  for (const one of asked) {
    const exact = LANGUAGES.find((language) => language.toLowerCase() === one?.toLowerCase());
    if (exact) return exact;
    const [tongue, ...rest] = (one ?? '').toLowerCase().split(/[-_]/);
    if (tongue === 'sr') return rest.includes('latn') ? 'sr-Latn' : rest.includes('cyrl') ? 'sr-Cyrl' : 'sr-Latn';
    if (tongue === 'de' || tongue === 'en') return tongue;
  }
  return 'en';
}

function read(): string | null {
  const asked = new URLSearchParams(location.search).get('language');
  try {
    return asked ?? localStorage.getItem(KEY);
  } catch {
    return asked;
  }
}

/** The language of this page, from when it was loaded on. */
export const language: Language = chosen();

/** Chooses another language, and loads the page anew in it. */
export function choose(next: Language): void {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing shows the page in its own language.
  }
  const url = new URL(location.href);
  url.searchParams.delete('language');
  location.replace(url);
}

/** The words of a view in the language of the page. */
export function wordsIn<D extends Dictionary>(all: {
  readonly en: D;
  readonly sr: SameWords<D>;
  readonly de: SameWords<D>;
}): D {
  if (language === 'en') return all.en;
  if (language === 'de') return all.de as unknown as D;
  return scripted(all.sr as unknown as D, language === 'sr-Cyrl' ? cyrillicOf : withoutMarks);
}

/** The words in a script. Values are names, numbers and what the data says: they stay as they are. */
function scripted<D extends Dictionary>(words: D, script: (text: string) => string): D {
  const entries = Object.entries(words).map(([name, word]) => {
    if (typeof word === 'string') return [name, script(word)];
    if (typeof word !== 'function') return [name, scripted(word, script)];
    const make = word as (...values: readonly unknown[]) => string;
    const kept = (value: unknown) => (typeof value === 'string' ? foreign(value) : value);
    return [name, (...values: readonly unknown[]) => script(make(...values.map(kept)))];
  });
  return Object.fromEntries(entries) as D;
}

/** What `Intl` is asked in. Serbian months and numbers follow the script. */
export const locale = { en: 'en-GB', 'sr-Latn': 'sr-Latn-RS', 'sr-Cyrl': 'sr-Cyrl-RS', de: 'de-AT' }[language];

document.documentElement.lang = language;
