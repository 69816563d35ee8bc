/**
 * Who may sign in. An account has an opaque id, which stands wherever something was done; its login and its owner's name stand here
 * alone, and in no key.
 */
import { createHash } from 'node:crypto';
import type { Instant } from '../domain/units.js';
import { type Passwords, refusalOf } from './passwords.js';
import type { PersonRole } from './roles.js';
import { randomId } from './secrets.js';
import { endSessions } from './sessions.js';
import type { Draft, Shelf } from './shelf.js';

export interface Account {
  readonly id: string;
  /** What its owner types in; for one of another provider, what that calls him. */
  readonly login: string;
  readonly name: string;
  readonly role: PersonRole;
  readonly from: 'local' | 'oidc';
  /** Absent where another provider knows who it is. */
  readonly password?: string;
  readonly isDisabled: boolean;
  readonly createdAt: Instant;
  /** The account that made it; `set-up` and `machine` are the first code and the command line. */
  readonly createdBy: string;
  readonly signedInAt?: Instant;
}

/** An account as its administrators see it. */
export type ShownAccount = Omit<Account, 'password'>;

/** What cannot be done, in a word for programs and words for people; `field` where one is to blame. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly field: string | undefined;

  constructor(code: string, message: string, field?: string) {
    super(field === undefined ? message : `${field} ${message}`);
    this.code = code;
    this.field = field;
  }
}

export const accountKey = (id: string) => `a/${id}`;
/** Which account a login is. The login itself is in no key. */
const loginKey = (login: string) => `l/${createHash('sha256').update(plainOf(login)).digest('base64url')}`;
const LOGIN = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{1,63}$/u;
const NAME_MAX = 80;

export class Accounts {
  readonly #shelf: Shelf;
  readonly #passwords: Passwords;
  readonly #now: () => Instant;

  constructor(shelf: Shelf, passwords: Passwords, now: () => Instant) {
    this.#shelf = shelf;
    this.#passwords = passwords;
    this.#now = now;
  }

  find(id: string): Promise<Account | undefined> {
    return this.#shelf.get(accountKey(id));
  }

  async list(): Promise<readonly ShownAccount[]> {
    return (await this.#shelf.list<Account>('a/')).map(shown);
  }

  /** Whether anybody can administer this installation. */
  async hasAdmin(): Promise<boolean> {
    return (await this.#shelf.list<Account>('a/')).some(isAdmin);
  }

  /** Makes an account with a password. `first`: only where there is no administrator yet. */
  async create(
    given: { readonly login: string; readonly name?: string; readonly role: PersonRole; readonly password: string },
    by: string,
    { first = false }: { readonly first?: boolean } = {},
  ): Promise<ShownAccount> {
    const { login, role } = given;
    const name = (given.name ?? '').trim() || login;
    checkWords(login, name);
    const refusal = refusalOf(given.password, [login, name]);
    if (refusal) throw new Refusal('weak-password', refusal, 'password');
    const password = await this.#passwords.hash(given.password);
    const id = randomId('u');
    const account: Account = {
      id,
      login,
      name,
      role,
      from: 'local',
      password,
      isDisabled: false,
      createdAt: this.#now(),
      createdBy: by,
    };
    return this.#shelf.change(async (draft) => {
      if (first && (await draft.list<Account>('a/')).some(isAdmin))
        throw new Refusal('set-up-done', 'there is an administrator already');
      await keep(draft, account);
      return shown(account);
    });
  }

  /**
   * Who it is by login and password; undefined where it is nobody, whatever is wrong: the same work is done and nothing tells why. A
   * password that was kept with less work than now is kept anew.
   */
  async byPassword(login: string, password: string): Promise<Account | undefined> {
    const pointer = await this.#shelf.get<{ readonly id: string }>(loginKey(login));
    // Where there is none, as much is read and worked out as where there is one.
    const account = await this.find(pointer?.id ?? 'nobody');
    const isRight = await this.#passwords.isRight(password, account?.password);
    if (!account || !isRight || account.isDisabled) return undefined;
    const anew = this.#passwords.isWeak(account.password!) ? await this.#passwords.hash(password) : undefined;
    return this.#shelf.change(async (draft) => {
      const stands = await draft.get<Account>(accountKey(account.id));
      // Changed or locked while the password was being checked: it is not the one that was right.
      if (!stands || stands.isDisabled || stands.password !== account.password) return undefined;
      const next = { ...stands, signedInAt: this.#now(), ...(anew !== undefined && { password: anew }) };
      draft.put(accountKey(account.id), next);
      return next;
    });
  }

  /** The account of somebody whom another provider vouches for; made at the first time, and its role set each time. */
  byProvider(given: {
    readonly issuer: string;
    readonly subject: string;
    readonly login: string;
    readonly name: string;
    readonly role: PersonRole;
  }): Promise<Account | undefined> {
    const { issuer, subject, role } = given;
    const key = `p/${createHash('sha256')
      .update(JSON.stringify([issuer, subject]))
      .digest('base64url')}`;
    const fresh = randomId('u');
    return this.#shelf.change(async (draft) => {
      const pointer = await draft.get<{ readonly id: string }>(key);
      const stands = pointer && (await draft.get<Account>(accountKey(pointer.id)));
      if (stands?.isDisabled) return undefined;
      const now = this.#now();
      const { login, name } = given;
      const isNew = { id: fresh, from: 'oidc' as const, isDisabled: false, createdAt: now, createdBy: 'oidc' };
      const account: Account = { ...(stands ?? isNew), login, name: name.slice(0, NAME_MAX), role, signedInAt: now };
      if (stands && stands.role !== role) await endSessions(draft, ({ account: id }) => id === stands.id);
      draft.put(key, { id: account.id });
      draft.put(accountKey(account.id), account);
      return account;
    });
  }

  /** Changes role, name or whether it is locked. Whoever it was before is signed out everywhere. */
  change(
    id: string,
    what: { readonly role?: PersonRole; readonly name?: string; readonly isDisabled?: boolean },
  ): Promise<ShownAccount> {
    return this.#shelf.change(async (draft) => {
      const account = await existing(draft, id);
      const next: Account = { ...account, ...what };
      checkWords(next.login, next.name);
      if (isAdmin(account) && !isAdmin(next)) await keepOneAdmin(draft, id);
      draft.put(accountKey(id), next);
      if (next.role !== account.role || next.isDisabled !== account.isDisabled)
        await endSessions(draft, (session) => session.account === id);
      return shown(next);
    });
  }

  /** Sets a password, after `current` was checked where its owner does it himself. All sessions but `keep` end. */
  async setPassword(
    id: string,
    next: string,
    { current, keep: kept }: { readonly current?: string; readonly keep?: string } = {},
  ): Promise<void> {
    const account = await this.find(id);
    if (account?.from === 'oidc')
      throw new Refusal('not-here', 'this password is kept by another provider', 'password');
    if (current !== undefined && !(await this.#passwords.isRight(current, account?.password)))
      throw new Refusal('wrong-password', 'is not right', 'current');
    if (!account) throw unknown(id);
    const refusal = refusalOf(next, [account.login, account.name]);
    if (refusal) throw new Refusal('weak-password', refusal, 'password');
    const password = await this.#passwords.hash(next);
    await this.#shelf.change(async (draft) => {
      draft.put(accountKey(id), { ...(await existing(draft, id)), password });
      await endSessions(draft, (session) => session.account === id && session.id !== kept);
    });
  }

  /** Removes an account and what is known of its owner; what it did stays under its id. */
  remove(id: string): Promise<void> {
    return this.#shelf.change(async (draft) => {
      const account = await existing(draft, id);
      if (isAdmin(account)) await keepOneAdmin(draft, id);
      draft.delete(accountKey(id));
      if (account.from === 'local') draft.delete(loginKey(account.login));
      await endSessions(draft, (session) => session.account === id);
    });
  }
}

async function keep(draft: Draft, account: Account): Promise<void> {
  const taken = await draft.get<{ readonly id: string }>(loginKey(account.login));
  // The change may be worked through again after a lost reply: its own login is not taken.
  if (taken && taken.id !== account.id) throw new Refusal('login-taken', 'is taken', 'login');
  draft.put(loginKey(account.login), { id: account.id });
  draft.put(accountKey(account.id), account);
}

async function existing(draft: Draft, id: string): Promise<Account> {
  const account = await draft.get<Account>(accountKey(id));
  if (!account) throw unknown(id);
  return account;
}

async function keepOneAdmin(draft: Draft, id: string): Promise<void> {
  const others = (await draft.list<Account>('a/')).filter((one) => one.id !== id && isAdmin(one));
  if (others.length === 0) throw new Refusal('last-admin', 'this is the last administrator: make another one first');
}

function isAdmin({ role, isDisabled }: Account): boolean {
  return role === 'admin' && !isDisabled;
}

function checkWords(login: string, name: string): void {
  if (!LOGIN.test(login)) throw new Refusal('bad-field', 'should have 2 to 64 letters, digits, or . _ @ + -', 'login');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (name.length > NAME_MAX || /[\u0000-\u001f\u007f\u2028\u2029]/.test(name))
    throw new Refusal('bad-field', `should have at most ${NAME_MAX} printable characters`, 'name');
}

function unknown(id: string): Refusal {
  return new Refusal('not-found', `there is no account ${id.slice(0, 64)}`);
}

function plainOf(login: string): string {
  return login.normalize('NFKC').toLowerCase();
}

function shown({ password: _, ...rest }: Account): ShownAccount {
  return rest;
}
