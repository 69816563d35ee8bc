/**
 * Walls: screens that show without anybody signing in. A screen asks, shows a short code, and an administrator lets it in by that
 * code. Its token lies in a cookie alone and changes every hour: the new one counts once the screen has shown that it has it, and the
 * one before for a little longer. A token that was given up and comes back was copied: the wall is shut, and it is said aloud.
 */
import { HOUR, type Instant, MINUTE } from '../domain/units.js';
import { Refusal } from './accounts.js';
import { codeOf, hashOf, randomCode, randomId, randomToken } from './secrets.js';
import type { Draft, Shelf } from './shelf.js';

export interface Wall {
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly seenAt: Instant;
  /** When the token that counts began to. */
  readonly rotatedAt: Instant;
  readonly current: string;
  /** Given to the screen, and not shown by it yet. */
  readonly next?: { readonly hash: string; readonly at: Instant };
  readonly previous?: { readonly hash: string; readonly until: Instant };
  /** Hashes of tokens that were given up, the newest last. */
  readonly past: readonly string[];
}

export type ShownWall = Pick<Wall, 'id' | 'name' | 'place' | 'createdAt' | 'createdBy' | 'seenAt'>;

/** Where a screen stands that asked to be let in. */
export type Enrolment =
  | { readonly is: 'none' }
  | { readonly is: 'waiting'; readonly until: Instant }
  | { readonly is: 'let-in'; readonly wall: string };

/** What a token that a screen shows is worth. */
export type Shown =
  | { readonly is: 'unknown' }
  /** `fresh`: what the screen is to show from now on. */
  | { readonly is: 'wall'; readonly wall: Wall; readonly fresh?: string }
  /** It had been given up: somebody has a copy. The wall is shut by now. */
  | { readonly is: 'copied'; readonly wall: string };

interface Asked {
  readonly token: string;
  readonly until: Instant;
}

interface Pointer {
  readonly wall?: string;
  readonly code?: string;
}

const CODE_LETTERS = 8;
const CODE_LASTS_MS = 10 * MINUTE;
const WAITING_MAX = 50;
const ROTATED_MS = HOUR;
/** Requests under way with the token before are still let through. */
const OVERLAP_MS = 2 * MINUTE;
/** A new token whose answer was lost is made again after this. */
const LOST_MS = MINUTE;
const SEEN_MS = MINUTE;
/** A week of given-up tokens is known again. */
const PAST_MAX = 168;
const TEXT_MAX = 60;

export class Walls {
  readonly #shelf: Shelf;
  readonly #now: () => Instant;

  constructor(shelf: Shelf, now: () => Instant) {
    this.#shelf = shelf;
    this.#now = now;
  }

  /** A screen asks to be let in: the code that it shows, and the token that it keeps. What it asked before is void. */
  ask(before?: string): Promise<{ readonly code: string; readonly token: string; readonly until: Instant }> {
    const [code, token] = [randomCode(CODE_LETTERS), randomToken()];
    const until = this.#now() + CODE_LASTS_MS;
    return this.#shelf.change(async (draft) => {
      if (before !== undefined) await forget(draft, before);
      const waiting = await this.#sweep(draft);
      if (waiting >= WAITING_MAX) throw new Refusal('too-many', 'too many screens ask to be let in: wait some minutes');
      draft.put(codeKey(code), { token: hashOf(token), until } satisfies Asked);
      draft.put(tokenKey(hashOf(token)), { code: hashOf(code) } satisfies Pointer);
      return { code, token, until };
    });
  }

  /** Where a screen stands, by the token that it keeps. */
  async standing(token: string): Promise<Enrolment> {
    const pointer = await this.#shelf.get<Pointer>(tokenKey(hashOf(token)));
    if (pointer?.wall !== undefined) {
      const wall = await this.#shelf.get<Wall>(wallKey(pointer.wall));
      return wall ? { is: 'let-in', wall: wall.id } : { is: 'none' };
    }
    const asked = pointer?.code === undefined ? undefined : await this.#shelf.get<Asked>(`e/${pointer.code}`);
    return asked && asked.until > this.#now() ? { is: 'waiting', until: asked.until } : { is: 'none' };
  }

  /** An administrator lets the screen in that shows this code. */
  letIn(typed: string, given: { readonly name: string; readonly place: string }, by: string): Promise<ShownWall> {
    const key = codeKey(codeOf(typed));
    const id = randomId('w');
    for (const field of ['name', 'place'] as const) {
      const text = given[field];
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      if (text.trim() === '' || text.length > TEXT_MAX || /[\u0000-\u001f\u007f]/.test(text))
        throw new Refusal('bad-field', `should have 1 to ${TEXT_MAX} printable characters`, field);
    }
    return this.#shelf.change(async (draft) => {
      const asked = await draft.get<Asked>(key);
      const now = this.#now();
      if (!asked || asked.until <= now) throw new Refusal('wrong-code', 'is on no screen, or has run out', 'code');
      const wall: Wall = {
        id,
        ...given,
        createdAt: now,
        createdBy: by,
        seenAt: now,
        // What the screen held while it waited is changed at its first request.
        rotatedAt: now - ROTATED_MS,
        current: asked.token,
        past: [],
      };
      draft.delete(key);
      draft.put(tokenKey(asked.token), { wall: id } satisfies Pointer);
      draft.put(wallKey(id), wall);
      return shown(wall);
    });
  }

  /** What a token is worth; it is changed when its hour is over. */
  async use(token: string): Promise<Shown> {
    const hash = hashOf(token);
    const pointer = await this.#shelf.get<Pointer>(tokenKey(hash));
    if (pointer?.wall === undefined) return { is: 'unknown' };
    const wall = await this.#shelf.get<Wall>(wallKey(pointer.wall));
    if (!wall) return { is: 'unknown' };
    const now = this.#now();
    if (standingOf(wall, hash, now) === 'current' && !isDue(wall, now) && now - wall.seenAt < SEEN_MS)
      return { is: 'wall', wall };
    const fresh = randomToken();
    return this.#shelf.change((draft) => turn(draft, wall.id, { hash, fresh, now }));
  }

  /** Whether a wall has not been shut. */
  async isOpen(id: string): Promise<boolean> {
    return (await this.#shelf.get<Wall>(wallKey(id))) !== undefined;
  }

  async list(): Promise<readonly ShownWall[]> {
    return (await this.#shelf.list<Wall>('w/')).map(shown);
  }

  /** Shuts a wall at once; false where there is none. */
  shut(id: string): Promise<boolean> {
    return this.#shelf.change(async (draft) => {
      const wall = await draft.get<Wall>(wallKey(id));
      if (wall) close(draft, wall);
      return wall !== undefined;
    });
  }

  async #sweep(draft: Draft): Promise<number> {
    const asked = await draft.list<Asked & { readonly code?: string }>('e/');
    let waiting = 0;
    for (const { token, until } of asked) {
      if (until > this.#now()) {
        waiting += 1;
        continue;
      }
      const pointer = await draft.get<Pointer>(tokenKey(token));
      if (pointer?.code !== undefined) draft.delete(`e/${pointer.code}`);
      draft.delete(tokenKey(token));
    }
    return waiting;
  }
}

type Standing = 'current' | 'next' | 'previous' | 'past';

function standingOf({ current, next, previous }: Wall, hash: string, now: Instant): Standing {
  if (hash === current) return 'current';
  if (hash === next?.hash) return 'next';
  return hash === previous?.hash && now < previous.until ? 'previous' : 'past';
}

function isDue({ rotatedAt, next }: Wall, now: Instant): boolean {
  return now - rotatedAt >= ROTATED_MS && (!next || now - next.at >= LOST_MS);
}

/** One request of a screen: what it shows is judged by what stands now, and the token goes on where it is time. */
async function turn(
  draft: Draft,
  id: string,
  { hash, fresh, now }: { readonly hash: string; readonly fresh: string; readonly now: Instant },
): Promise<Shown> {
  const wall = await draft.get<Wall>(wallKey(id));
  if (!wall) return { is: 'unknown' };
  switch (standingOf(wall, hash, now)) {
    case 'past':
      close(draft, wall);
      return { is: 'copied', wall: id };
    case 'previous':
      return { is: 'wall', wall };
    case 'next': {
      const { current, next: _, ...rest } = wall;
      const past = [...wall.past, current];
      for (const old of past.splice(0, past.length - PAST_MAX)) draft.delete(tokenKey(old));
      const previous = { hash: current, until: now + OVERLAP_MS };
      const turned: Wall = { ...rest, current: hash, previous, past, rotatedAt: now, seenAt: now };
      draft.put(wallKey(id), turned);
      return { is: 'wall', wall: turned };
    }
    case 'current': {
      if (!isDue(wall, now)) {
        const seen = { ...wall, seenAt: now };
        draft.put(wallKey(id), seen);
        return { is: 'wall', wall: seen };
      }
      // One that was given and never shown went astray, and may yet be shown by whoever found it.
      const past = wall.next ? [...wall.past, wall.next.hash] : wall.past;
      const given: Wall = { ...wall, past, seenAt: now, next: { hash: hashOf(fresh), at: now } };
      draft.put(tokenKey(hashOf(fresh)), { wall: id } satisfies Pointer);
      draft.put(wallKey(id), given);
      return { is: 'wall', wall: given, fresh };
    }
  }
}

function close(draft: Draft, { id, current, next, previous, past }: Wall): void {
  draft.delete(wallKey(id));
  for (const hash of [current, next?.hash, previous?.hash, ...past])
    if (hash !== undefined) draft.delete(tokenKey(hash));
}

async function forget(draft: Draft, token: string): Promise<void> {
  const pointer = await draft.get<Pointer>(tokenKey(hashOf(token)));
  if (pointer?.code === undefined) return;
  draft.delete(`e/${pointer.code}`);
  draft.delete(tokenKey(hashOf(token)));
}

const wallKey = (id: string) => `w/${id}`;
const tokenKey = (hash: string) => `t/${hash}`;
const codeKey = (code: string) => `e/${hashOf(code)}`;

function shown({ id, name, place, createdAt, createdBy, seenAt }: Wall): ShownWall {
  return { id, name, place, createdAt, createdBy, seenAt };
}
