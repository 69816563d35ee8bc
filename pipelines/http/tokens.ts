/**
 * Who may write, and what. A token is 256 random bits, shown once when it is made; the file holds its SHA-256 alone, so who
 * reads the file cannot write. Random tokens need no slow hash: there is nothing to guess.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { roleFor } from '../access/roles.js';
import type { Grant } from './ports.js';

/** A fresh token. `token` is shown to its owner once; `sha256` goes into the file. */
export interface NewToken {
  readonly token: string;
  readonly sha256: string;
}

interface Entry {
  readonly grant: Grant;
  readonly hash: Buffer;
}

const LISTS = ['sources', 'operators', 'types'] as const;
const SHA256 = /^[0-9a-f]{64}$/i;

/** The tokens of an installation: a JSON array of `{ name, sha256, sources?, operators?, types? }`. */
export class Tokens {
  #entries: readonly Entry[];
  readonly #file: string | undefined;

  private constructor(entries: readonly Entry[], file?: string) {
    this.#entries = entries;
    this.#file = file;
  }

  /** Reads the file; throws an error that names the file and what is wrong in it. */
  static fromFile(file: string): Tokens {
    return new Tokens(entriesIn(file), file);
  }

  /** Takes the content of such a file. */
  static of(content: unknown): Tokens {
    return new Tokens(entriesOf(content, 'tokens'));
  }

  /** Reads the file anew, so that a token can be given or taken away without a restart. A bad file throws and changes nothing. */
  reload(): void {
    if (this.#file !== undefined) this.#entries = entriesIn(this.#file);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** What the presented token may do; undefined where it is none of ours. Every hash is compared, each in constant time. */
  find(presented: string): Grant | undefined {
    const hash = sha256(presented);
    let found: Grant | undefined;
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) found = entry.grant;
    return found;
  }
}

/** Makes a token. It is nowhere kept: show it, and store the hash. */
export function makeToken(): NewToken {
  const token = `dozor_${randomBytes(32).toString('base64url')}`;
  return { token, sha256: sha256(token).toString('hex') };
}

/** Why a token may not send this event; undefined where it may. What is no event at all is for the door to refuse. */
export function forbidden(
  grant: Grant,
  event: unknown,
): { readonly field: string; readonly message: string } | undefined {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return undefined;
  const { source, type, data } = event as Record<string, unknown>;
  const operator =
    typeof data === 'object' && data !== null ? (data as Record<string, unknown>)['operator'] : undefined;
  const no = (field: string, value: unknown) => ({
    field,
    message: `the token '${grant.name}' may not send events of ${field} ${String(value).slice(0, 64)}`,
  });
  if (grant.sources && !among(grant.sources, source)) return no('source', source);
  if (grant.types && !among(grant.types, type))
    return grant.role === undefined ? no('type', type) : missing(grant.role, type);
  const by = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)['by'] : undefined;
  if (grant.role !== undefined && by !== undefined && by !== grant.name)
    return { field: 'data.by', message: 'what you do is done in your own name: leave data.by out' };
  // An upsert says whose it is; one that does not is refused at the door.
  if (
    grant.operators &&
    operator !== undefined &&
    String(type).endsWith('.upserted') &&
    !among(grant.operators, operator)
  ) {
    return no('data.operator', operator);
  }
  return undefined;
}

function missing(role: string, type: unknown): { readonly field: string; readonly message: string } {
  const needed = typeof type === 'string' ? roleFor(type) : undefined;
  const words =
    needed === undefined ? 'no person may send events of type' : `the role ${needed} is needed for events of type`;
  return { field: 'type', message: `${words} ${String(type).slice(0, 64)}; yours is ${role}` };
}

/** Whether a token may do everything. */
export function isUnlimited(grant: Grant): boolean {
  return LISTS.every((list) => grant[list] === undefined);
}

function among(list: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && list.includes(value);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function entriesIn(file: string): readonly Entry[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`the token file ${file} cannot be read: ${(error as Error).message}`);
  }
  return entriesOf(content, file);
}

function entriesOf(content: unknown, where: string): readonly Entry[] {
  if (!Array.isArray(content)) throw new Error(`${where} should hold a list of tokens`);
  const names = new Set<string>();
  return content.map((one: unknown, i) => {
    const wrong = (what: string) => new Error(`${where}, token ${i + 1}: ${what}`);
    if (typeof one !== 'object' || one === null) throw wrong('should be an object');
    const { name, sha256: hash, ...rest } = one as Record<string, unknown>;
    if (typeof name !== 'string' || name === '') throw wrong('name should be a text that is not empty');
    if (names.has(name)) throw wrong(`the name '${name}' stands there twice`);
    names.add(name);
    if (typeof hash !== 'string' || !SHA256.test(hash)) throw wrong('sha256 should be 64 hexadecimal digits');
    for (const [key, value] of Object.entries(rest)) {
      // A list that is misspelt would be no list, and no list means: all.
      if (!(LISTS as readonly string[]).includes(key))
        throw wrong(`there is no field '${key}'; the lists are ${LISTS.join(', ')}`);
      if (!Array.isArray(value) || value.some((item) => typeof item !== 'string' || item === '')) {
        throw wrong(`${key} should be a list of texts`);
      }
    }
    return { grant: { name, ...(rest as Omit<Grant, 'name'>) }, hash: Buffer.from(hash, 'hex') };
  });
}
