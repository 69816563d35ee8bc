/** Random secrets and how they are kept: whoever reads the store learns no secret from it. */
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

/** Crockford's letters: none looks like another, spoken or on a screen at five metres. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TOKEN_BYTES = 32;

/** A reference of 256 random bits that says nothing by itself. */
export function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** An opaque id such as `u-7H3K9QMZ2T`: 50 random bits, so that two are never the same. */
export function randomId(prefix: string): string {
  return `${prefix}-${randomLetters(10).toLowerCase()}`;
}

/** A code to read off a screen and type in, in groups of four: `count` letters of 5 bits each. */
export function randomCode(count: number): string {
  return randomLetters(count).replace(/(.{4})(?=.)/g, '$1-');
}

/** A code as it was meant: small letters, blanks, and what looks alike are put right. */
export function codeOf(typed: string): string {
  const plain = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return plain.replace(/(.{4})(?=.)/g, '$1-');
}

/** What is kept of a random token. It needs no slow hash: there is nothing to guess. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Whether two texts are the same, in a time that does not tell how far they are. */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());
}

function randomLetters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
