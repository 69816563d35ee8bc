/**
 * The first administrator: a code that is printed where the process runs, so that only who stands at the machine (or reads its log)
 * can use it. It works once, for an hour, and for ten tries.
 */
import { HOUR, type Instant } from '../domain/units.js';
import { type Accounts, Refusal, type ShownAccount } from './accounts.js';
import { codeOf, hashOf, isSame, randomCode } from './secrets.js';
import type { Shelf } from './shelf.js';

const LETTERS = 12;
const LASTS_MS = HOUR;
const TRIES = 10;
const KEY = 'c/set-up';

interface Kept {
  readonly hash: string;
  readonly until: Instant;
  readonly tries: number;
}

export interface SetUpGiven {
  readonly login: string;
  readonly name?: string;
  readonly password: string;
}

export class SetUp {
  readonly #shelf: Shelf;
  readonly #accounts: Accounts;
  readonly #now: () => Instant;

  constructor(shelf: Shelf, accounts: Accounts, now: () => Instant) {
    this.#shelf = shelf;
    this.#accounts = accounts;
    this.#now = now;
  }

  /** Whether there is nobody yet who can administer the installation. */
  async isDue(): Promise<boolean> {
    return !(await this.#accounts.hasAdmin());
  }

  /** A new code to print, where set-up is due and none stands; undefined otherwise. Of several processes one prints. */
  async freshCode(): Promise<string | undefined> {
    if (!(await this.isDue())) return undefined;
    const code = randomCode(LETTERS);
    return this.#shelf.change(async (draft) => {
      const kept = await draft.get<Kept>(KEY);
      if (kept && kept.until > this.#now() && kept.tries < TRIES && kept.hash !== hashOf(code)) return undefined;
      draft.put(KEY, { hash: hashOf(code), until: this.#now() + LASTS_MS, tries: 0 } satisfies Kept);
      return code;
    });
  }

  /** Forgets the code that stands: a process that starts anew prints its own. */
  forget(): Promise<void> {
    return this.#shelf.change((draft) => draft.delete(KEY));
  }

  /** Makes the first administrator for who has the code. */
  async complete(typed: string, given: SetUpGiven): Promise<ShownAccount> {
    const hash = hashOf(codeOf(typed));
    const isRight = await this.#shelf.change(async (draft) => {
      const kept = await draft.get<Kept>(KEY);
      if (!kept || kept.until <= this.#now() || kept.tries >= TRIES) return false;
      // Counted before it is compared: who tries many at once has no more tries.
      draft.put(KEY, { ...kept, tries: kept.tries + 1 });
      return isSame(kept.hash, hash);
    });
    if (!isRight)
      throw new Refusal('wrong-code', 'is not right, was used, or has run out: a new one is printed', 'code');
    const account = await this.#accounts.create({ ...given, role: 'admin' }, 'set-up', { first: true });
    await this.forget();
    return account;
  }
}
