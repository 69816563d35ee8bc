/** Keys of machines: shown once, kept as a hash, with a role, an end, and bounds on what they may send. */
import { DAY, type Instant, MINUTE } from '../domain/units.js';
import { Refusal } from './accounts.js';
import type { KeyRole } from './roles.js';
import { hashOf, randomId, randomToken } from './secrets.js';
import type { Shelf } from './shelf.js';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: KeyRole;
  readonly hash: string;
  readonly sources?: readonly string[];
  readonly operators?: readonly string[];
  readonly types?: readonly string[];
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly expiresAt: Instant;
  /** To some minutes. */
  readonly usedAt?: Instant;
}

export type ShownKey = Omit<ApiKey, 'hash'>;
export type NewKey = Pick<ApiKey, 'name' | 'role' | 'sources' | 'operators' | 'types' | 'expiresAt'>;

export const KEY_LASTS_MAX_MS = 400 * DAY;
const USED_MS = 10 * MINUTE;
const KEYS_MAX = 1_000;
const NAME = /^[a-z0-9]+(?:[._:/-][a-z0-9]+)*$/;

export class Keys {
  readonly #shelf: Shelf;
  readonly #now: () => Instant;

  constructor(shelf: Shelf, now: () => Instant) {
    this.#shelf = shelf;
    this.#now = now;
  }

  /** Makes a key; its text is given back once and kept nowhere. */
  async create(given: NewKey, by: string): Promise<{ readonly token: string; readonly key: ShownKey }> {
    const now = this.#now();
    if (given.name.length > 64 || !NAME.test(given.name))
      throw new Refusal('bad-field', 'should be small letters and digits, joined by . _ : / or -', 'name');
    if (!(given.expiresAt > now && given.expiresAt <= now + KEY_LASTS_MAX_MS))
      throw new Refusal('bad-field', 'should lie ahead, by 400 days at most', 'expiresAt');
    const token = `dozor_${randomToken()}`;
    const key: ApiKey = { id: randomId('k'), ...given, hash: hashOf(token), createdAt: now, createdBy: by };
    await this.#shelf.change(async (draft) => {
      const held = await draft.list<ApiKey>('k/');
      if (held.some(({ name, id }) => name === key.name && id !== key.id))
        throw new Refusal('name-taken', 'is taken', 'name');
      if (held.length >= KEYS_MAX) throw new Refusal('too-many', 'there are too many keys: remove some');
      draft.put(`k/${key.hash}`, key);
    });
    return { token, key: shown(key) };
  }

  /** Whose key it is; undefined where it is none, or has run out. */
  async find(token: string): Promise<ApiKey | undefined> {
    const key = await this.#shelf.get<ApiKey>(`k/${hashOf(token)}`);
    const now = this.#now();
    if (!key || key.expiresAt <= now) return undefined;
    if (now - (key.usedAt ?? 0) < USED_MS) return key;
    await this.#shelf.change(async (draft) => {
      const stands = await draft.get<ApiKey>(`k/${key.hash}`);
      if (stands) draft.put(`k/${key.hash}`, { ...stands, usedAt: now });
    });
    return key;
  }

  /** Whether a key stands by what is kept of it. */
  async isOpen({ hash }: ApiKey): Promise<boolean> {
    const key = await this.#shelf.get<ApiKey>(`k/${hash}`);
    return key !== undefined && key.expiresAt > this.#now();
  }

  async list(): Promise<readonly ShownKey[]> {
    return (await this.#shelf.list<ApiKey>('k/')).map(shown);
  }

  /** Takes a key away at once; its name, where there was one. */
  remove(id: string): Promise<string | undefined> {
    return this.#shelf.change(async (draft) => {
      const key = (await draft.list<ApiKey>('k/')).find((one) => one.id === id);
      if (key) draft.delete(`k/${key.hash}`);
      return key?.name;
    });
  }
}

function shown({ hash: _, ...rest }: ApiKey): ShownKey {
  return rest;
}
