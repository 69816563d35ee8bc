/**
 * Passwords (OWASP ASVS 5.0, 6.2 and 11.4): at least 12 characters of any kind, none of the commonest, none made of the words of
 * this place; kept as scrypt with its parameters, so that they can rise.
 */
import { type BinaryLike, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { COMMON, isRun } from './common-passwords.js';

/** log2 of scrypt's N; r and p as they are. OWASP asks for 17, 8, 1: 128 MiB and some tenths of a second for one guess. */
export interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

export const COST: Cost = { ln: 17, r: 8, p: 1 };
export const LENGTH_MIN = 12;
/** Long enough for any phrase; a longer one is work for us and none for who sends it. */
export const LENGTH_MAX = 256;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** So many are worked out at once, each in its 128 MiB, and so many may wait. */
const AT_ONCE = 2;
const WAITING_MAX = 32;

/** Too many passwords are being checked: ask again. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

export class Passwords {
  readonly #cost: Cost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #nobody: Promise<string> | undefined;

  constructor(cost: Cost = COST) {
    this.#cost = cost;
  }

  /** What is kept of a password: `scrypt$ln=17,r=8,p=1$SALT$HASH`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#derive(password, salt, this.#cost);
    const { ln, r, p } = this.#cost;
    return `scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
  }

  /** Whether it is the password. Where nobody is there (undefined), the same work is done, and it is not. */
  async isRight(password: string, kept: string | undefined): Promise<boolean> {
    this.#nobody ??= this.hash(randomBytes(HASH_BYTES).toString('hex'));
    const { cost, salt, hash } = partsOf(kept ?? (await this.#nobody));
    const found = await this.#derive(password.slice(0, LENGTH_MAX + 1), salt, cost);
    return timingSafeEqual(found, hash) && kept !== undefined;
  }

  /** Whether a kept password was made with less work than is asked for now. */
  isWeak(kept: string): boolean {
    const { cost } = partsOf(kept);
    return cost.ln < this.#cost.ln || cost.r < this.#cost.r || cost.p < this.#cost.p;
  }

  async #derive(password: string, salt: BinaryLike, { ln, r, p }: Cost): Promise<Buffer> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING_MAX) throw new Busy('too many sign-ins at once');
      await new Promise<void>((go) => this.#waiting.push(go));
    } else this.#running += 1;
    try {
      const N = 2 ** ln;
      return await derive(password.normalize('NFC'), salt, { N, r, p, maxmem: 128 * N * r + 64 * 1024 * 1024 });
    } finally {
      // Whoever waits gets the place; it is never counted free in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

/** Why a password cannot be taken, in words; undefined where it can. `context`: names that it must not be made of. */
export function refusalOf(password: string, context: readonly string[]): string | undefined {
  const length = [...password].length;
  if (length < LENGTH_MIN) return `should have at least ${LENGTH_MIN} characters`;
  if (length > LENGTH_MAX) return `should have at most ${LENGTH_MAX} characters`;
  const plain = plainOf(password);
  if (isRun(plain) || COMMON.has(plain) || COMMON.has(plain.replace(/[\d\W_]+$/, ''))) return 'is one of the commonest';
  if (new Set(password).size < 4) return 'repeats a few characters';
  const left = [...CONTEXT, ...context.map(plainOf)]
    .filter((word) => word.length >= 3)
    .reduce((text, word) => text.replaceAll(word, ''), plain);
  // What is left beside the names of this place must be worth guessing by itself.
  if (left !== plain && left.replace(/[\d\W_]/g, '').length < 6) return 'is made of the names of this place';
  return undefined;
}

/** Words that whoever guesses at this place tries first. */
const CONTEXT = [
  'dozor',
  'operator',
  'admin',
  'supervisor',
  'noc',
  'telekom',
  'telecom',
  'monitor',
  'wall',
  'password',
  'lozinka',
  'passwort',
];

function plainOf(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function derive(password: string, salt: BinaryLike, options: ScryptOptions): Promise<Buffer> {
  return new Promise((done, failed) => {
    scrypt(password, salt, HASH_BYTES, options, (error, key) => (error ? failed(error) : done(key)));
  });
}

function partsOf(kept: string): { readonly cost: Cost; readonly salt: Buffer; readonly hash: Buffer } {
  const [, ln, r, p, salt, hash] = /^scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(kept) ?? [];
  if (hash === undefined) throw new Error('a kept password cannot be read');
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt!, 'base64url'), hash: Buffer.from(hash, 'base64url') };
}
