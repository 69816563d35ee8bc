/**
 * What a page may say of itself: never who uses it, whom it shows or what was asked. Texts of errors lose everything that could be an
 * id, an address or a number, and addresses lose their query. The page scrubs before it sends, the server once more before it keeps.
 */

/** The longest text that is kept of an error, in characters. */
export const SCRUBBED_MAX = 300;
/** Addresses whose first word says which view it is; what follows names somebody or something. */
const PATH_WORD = /^[a-z][a-z-]{0,23}$/;
/** A file of a built page: its hash names the build and nobody. */
const OWN_FILE = /^\/assets\/[\w.-]{1,80}$/;
const URL_IN_TEXT = /\b[a-z][a-z0-9+.-]{0,15}:\/\/[^\s'"<>)]+/gi;
const PATH_IN_TEXT = /(^|[\s'"(`=])(\/[^\s'"<>)`]*)/g;
const EMAIL = /[^\s@'"<>]{1,64}@[^\s@'"<>]+/g;
/** A quoted name that is part of a program, such as a property. */
const PROGRAM_WORD = /^[A-Za-z_$]{1,40}$/;
const QUOTED = /(["'`])([^"'`]*)\1/g;
/** A number with separators, as telephones have them. */
const LONG_NUMBER = /\+?\d(?:[\d ()/-]{5,})\d/g;
/** A word longer than an ordinal: with a digit in it, it may be an id. */
const WORD = /[\w.:@+#-]{4,}/g;

/** The path of an address without query, fragment and host: `/alarms/a-17?x=1` is `/alarms/*`; a file of ours keeps its name. */
export function scrubPath(address: string): string {
  const path = address.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  if (path === '' || path === '/') return '/';
  if (!path.startsWith('/')) return '*';
  if (OWN_FILE.test(path)) return path;
  const [first = '', ...rest] = path.slice(1).split('/');
  return `/${[PATH_WORD.test(first) ? first : '*', ...rest.map((part) => part && '*')].join('/')}`;
}

/** A text of an error without what could name somebody: addresses lose their query, ids and numbers become `*`. */
export function scrubText(text: string): string {
  const kept: string[] = [];
  // What has been scrubbed already stands aside, so that a file's hash is not taken for an id.
  const aside = (part: string) => `\u0000${kept.push(part) - 1}\u0000`;
  const scrubbed = text
    .slice(0, 4 * SCRUBBED_MAX)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .replace(URL_IN_TEXT, (url) => aside(scrubPath(url)))
    .replace(EMAIL, '*')
    .replace(PATH_IN_TEXT, (_, before: string, path: string) => before + aside(scrubPath(path)))
    .replace(QUOTED, (_, quote: string, inner: string) =>
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the mark of what stands aside
      PROGRAM_WORD.test(inner) || /^\u0000\d+\u0000$/.test(inner) ? quote + inner + quote : `${quote}*${quote}`,
    )
    .replace(LONG_NUMBER, '*')
    .replace(WORD, (word) => (/\d/.test(word) ? '*' : word));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the mark of what stands aside
  return scrubbed.replace(/\u0000(\d+)\u0000/g, (_, i: string) => kept[Number(i)]!).slice(0, SCRUBBED_MAX);
}
