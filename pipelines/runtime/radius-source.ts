/**
 * RADIUS accounting as a live source. What a batch of requests changes in the sessions and the events that it makes are saved as one
 * commit; then the events go in at the door; then the requests are answered. So an answer means "stored":
 *
 *   heard ──► sessions + events saved ──► events taken by the door ──► answered
 *             a crash before: it comes again    a crash before: the saved events are sent again at the start, with the same ids
 *
 * One process of an installation does it; the one that began last, for the store refuses the other.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DAY, type Instant, MINUTE } from '../domain/units.js';
import type { EventIntake, Grant } from '../http/ports.js';
import type { FileProblem, ProblemKind, WireEvent } from '../io/formats/format.js';
import { type Identities, readIdentities } from '../io/formats/identities.js';
import type { Session } from '../io/formats/radius.js';
import { RadiusSessions, type Taken } from '../io/formats/radius-sessions.js';
import { guardedCommit } from '../io/guarded-commit.js';
import { RadiusClients } from '../io/radius-clients.js';
import { RadiusListener, type RadiusOutcome } from '../io/radius-listener.js';
import { FencedError, type Ownership, type Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import type { RadiusSettings } from './config.js';
import { Refused } from './failure.js';

/** The task of the store that has the sessions. */
export const RADIUS = 'radius';
const SESSION = 's/';
const OUTBOX = 'outbox';
/** How many commits there were. One that is restored is set below zero: what was told since is not in it. */
export const RADIUS_BATCH = 'batch';
/** A file in the data folder with the number of the last batch: a store that says less has fallen back. */
const BATCH_FILE = 'radius.batch';

const BY: Grant = { name: 'radius' };
/** How long a session that is over is remembered: what comes of it late must not count anew. Longer, where it may still speak. */
const CLOSED_FOR = DAY;
const UNSETTLED_FOR = 31 * DAY;
const LOOK_MS = 1_000;
const SILENT_EVERY: number = MINUTE;
const FILES_EVERY: number = MINUTE / 4;
/** Sessions saved at once. */
const PUTS_MAX = 5_000;
const [RETRY_MS, RETRY_MS_MAX] = [100, 5_000];

export interface RadiusSourceGiven {
  readonly settings: RadiusSettings;
  readonly hashKey: Uint8Array;
  readonly store: Store;
  readonly intake: Pick<EventIntake, 'takeObjects'>;
  readonly owner: string;
  readonly dataFolder: string;
  readonly watch: RadiusWatch;
  readonly now?: () => Instant;
}

/** Told of what happens, for metrics and for the log. */
export interface RadiusWatch {
  settled(outcome: RadiusOutcome): void;
  sessions(count: number): void;
  problem(kind: ProblemKind): void;
  warn(what: string, detail: Readonly<Record<string, unknown>>): void;
}

export class RadiusSource {
  readonly #given: RadiusSourceGiven;
  readonly #now: () => Instant;
  readonly #listener: RadiusListener;
  readonly #sessions: RadiusSessions;
  readonly #files: Files;
  readonly #told = new Map<ProblemKind, { count: number; readonly example: string }>();
  #own: Ownership;
  #batch: number;
  #outbox: readonly WireEvent[];

  private constructor(given: RadiusSourceGiven, opened: Opened, files: Files, listener: RadiusListener) {
    this.#given = given;
    this.#now = given.now ?? Date.now;
    this.#listener = listener;
    this.#files = files;
    this.#own = opened.own;
    this.#batch = opened.batch;
    this.#outbox = opened.outbox;
    this.#sessions = new RadiusSessions(
      {
        resolve: (identity, at) => files.identities.resolve(identity, at),
        hashKey: given.hashKey,
        silenceMax: given.settings.silenceMinutes * MINUTE,
        closedFor: CLOSED_FOR,
        unsettledFor: UNSETTLED_FOR,
      },
      opened.sessions,
    );
  }

  /** Takes the sessions over and begins to listen. Rejects where a file cannot be read or the port cannot be had. */
  static async open(given: RadiusSourceGiven): Promise<RadiusSource> {
    const { settings, hashKey } = given;
    const files = await Files.read(settings, hashKey);
    const opened = await takeOver(given);
    const listener = await RadiusListener.open({
      host: settings.host,
      port: settings.port,
      clients: () => files.clients,
      now: given.now ?? Date.now,
      settled: (outcome) => given.watch.settled(outcome),
    });
    return new RadiusSource(given, opened, files, listener);
  }

  /** The UDP port on which it listens. */
  get port(): number {
    return this.#listener.port;
  }

  /** Goes on until the signal; rejects where another process has taken over, or the socket failed. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => void this.#listener.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#begin(signal);
      let [silent, files] = [this.#now(), this.#now()];
      while (!signal.aborted) {
        await this.#take(signal);
        const now = this.#now();
        if (now - silent >= SILENT_EVERY) {
          silent = now;
          await this.#settle([this.#sessions.tick(now)], signal);
          this.#tell();
        }
        if (now - files >= FILES_EVERY) {
          files = now;
          await this.#files.readChanged(this.#given.watch.warn);
        }
        this.#given.watch.sessions(this.#sessions.size);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof FencedError) {
        throw new Refused('another process hears RADIUS accounting for this installation now: only one may');
      }
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await this.#listener.close();
    }
  }

  /** What was saved and perhaps not sent goes first. A store that has fallen back makes its sessions doubtful. */
  async #begin(signal: AbortSignal): Promise<void> {
    await this.#send(this.#outbox, signal);
    const reached = readBatch(this.#given.dataFolder);
    if (reached <= this.#batch) return;
    this.#given.watch.warn(
      'the sessions of RADIUS have fallen back: each goes on from the counters it is told of next',
      {
        saved: this.#batch,
        reached,
      },
    );
    this.#batch = reached;
    await this.#settle([this.#sessions.doubt()], signal);
  }

  async #take(signal: AbortSignal): Promise<void> {
    const waiting = await this.#listener.next(LOOK_MS);
    if (waiting.length === 0) return;
    const made: Taken[] = [];
    const answers: (() => void)[] = [];
    for (const { request, receivedAt, answer, drop } of waiting) {
      const taken = this.#sessions.take(request, receivedAt);
      if (!taken) {
        drop();
        continue;
      }
      made.push(taken);
      answers.push(answer);
    }
    await this.#settle(made, signal);
    if (!signal.aborted) for (const answer of answers) answer();
  }

  /** Saves what changed with the events that it makes, and sends them. When it resolves, all of it is stored. */
  async #settle(made: readonly Taken[], signal: AbortSignal): Promise<void> {
    const events = made.flatMap((one) => one.events);
    for (const { problems } of made) for (const problem of problems) this.#note(problem);
    // Sessions that made events are saved with them; those of a server that restarted may be very many, and make none.
    const bound = new Map<string, Session | undefined>();
    const free = new Map<string, Session | undefined>();
    for (const one of made) {
      for (const [key, session] of one.changed) {
        if (one.events.length > 0 || bound.has(key)) bound.set(key, session);
        else free.set(key, session);
      }
    }
    for (const key of bound.keys()) free.delete(key);
    if (bound.size + free.size === 0) return;
    this.#batch += 1;
    const pieces = [...chunksOf([...free], PUTS_MAX)];
    await this.#save([...bound, ...(pieces.shift() ?? [])], events, signal);
    for (const piece of pieces) await this.#save(piece, events, signal);
    writeBatch(this.#given.dataFolder, this.#batch);
    await this.#send(events, signal);
  }

  async #save(
    changed: readonly (readonly [string, Session | undefined])[],
    events: readonly WireEvent[],
    signal: AbortSignal,
  ): Promise<void> {
    const puts = new Map<string, Uint8Array>([
      [OUTBOX, pack(events)],
      [RADIUS_BATCH, pack(this.#batch)],
    ]);
    const deletes = new Set<string>();
    for (const [key, session] of changed) {
      if (session) puts.set(SESSION + key, pack(session));
      else deletes.add(SESSION + key);
    }
    this.#own = await this.#patiently(signal, () => guardedCommit(this.#given.store, this.#own, { puts, deletes }));
  }

  /** Tries again while the store does not answer: the same commit made twice is one. */
  async #patiently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let wait = RETRY_MS; ; wait = Math.min(wait * 2, RETRY_MS_MAX)) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof FencedError || signal.aborted) throw error;
        if (wait === RETRY_MS_MAX) {
          this.#given.watch.warn('RADIUS accounting waits for the store', { error: (error as Error).message });
        }
        await sleep(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Hands events to the door until it has taken them; one that it refuses is told and kept there. */
  async #send(events: readonly WireEvent[], signal: AbortSignal): Promise<void> {
    if (events.length === 0) return;
    for (let wait = RETRY_MS; !signal.aborted; wait = Math.min(wait * 2, RETRY_MS_MAX)) {
      try {
        const answers = await this.#given.intake.takeObjects(events, BY);
        for (const { status, reason, message } of answers) {
          if (status === 'rejected') {
            this.#note({ kind: 'bad-record', where: 'door', why: `${message ?? ''} (${reason ?? ''})` });
          }
        }
        return;
      } catch (error) {
        if (wait >= RETRY_MS_MAX) {
          this.#given.watch.warn('the door does not take what RADIUS tells', { error: (error as Error).message });
        }
        await sleep(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #note({ kind, where, why }: FileProblem): void {
    this.#given.watch.problem(kind);
    const before = this.#told.get(kind);
    if (before) before.count += 1;
    else this.#told.set(kind, { count: 1, example: `${where}: ${why}` });
  }

  /** What went wrong since the last time, in one line. */
  #tell(): void {
    if (this.#told.size === 0) return;
    this.#given.watch.warn(
      'RADIUS accounting told of sessions that cannot be counted whole',
      Object.fromEntries(this.#told),
    );
    this.#told.clear();
  }
}

interface Opened {
  readonly own: Ownership;
  readonly sessions: ReadonlyMap<string, Session>;
  readonly outbox: readonly WireEvent[];
  readonly batch: number;
}

async function takeOver({ store, owner }: RadiusSourceGiven): Promise<Opened> {
  const own = await store.acquire(RADIUS, owner);
  const sessions = new Map<string, Session>();
  for await (const [key, value] of store.entries(RADIUS, SESSION)) {
    sessions.set(key.slice(SESSION.length), unpack(value) as Session);
  }
  const [outbox, batch] = await store.get(RADIUS, [OUTBOX, RADIUS_BATCH]);
  return {
    own,
    sessions,
    outbox: outbox ? (unpack(outbox) as readonly WireEvent[]) : [],
    batch: batch ? (unpack(batch) as number) : 0,
  };
}

// --- Files that may change while it runs ---

class Files {
  readonly #settings: RadiusSettings;
  readonly #hashKey: Uint8Array;
  clients: RadiusClients;
  identities: Identities;
  #clientsAt: number;
  #identitiesAt: number;

  private constructor(settings: RadiusSettings, hashKey: Uint8Array, clients: RadiusClients, identities: Identities) {
    this.#settings = settings;
    this.#hashKey = hashKey;
    this.clients = clients;
    this.identities = identities;
    this.#clientsAt = changedAt(settings.clientsFile);
    this.#identitiesAt = changedAt(settings.servicesFile);
  }

  static async read(settings: RadiusSettings, hashKey: Uint8Array): Promise<Files> {
    const clients = RadiusClients.read(settings.clientsFile);
    return new Files(settings, hashKey, clients, await readIdentities(settings.servicesFile, hashKey));
  }

  /** Reads again what has changed. A file that cannot be used changes nothing, and is told. */
  async readChanged(warn: RadiusWatch['warn']): Promise<void> {
    const { clientsFile, servicesFile } = this.#settings;
    try {
      const at = changedAt(clientsFile);
      if (at !== this.#clientsAt) {
        this.#clientsAt = at;
        this.clients = RadiusClients.read(clientsFile);
      }
    } catch (error) {
      warn('the access servers are those of before', { error: (error as Error).message });
    }
    try {
      const at = changedAt(servicesFile);
      if (at !== this.#identitiesAt) {
        this.#identitiesAt = at;
        this.identities = await readIdentities(servicesFile, this.#hashKey);
      }
    } catch (error) {
      warn('the identities are those of before', { error: (error as Error).message });
    }
  }
}

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** A hint: where it is lost, nothing is known of what the store may have lost. */
function readBatch(folder: string): number {
  try {
    return Number(readFileSync(join(folder, BATCH_FILE), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

function writeBatch(folder: string, batch: number): void {
  writeFileSync(join(folder, BATCH_FILE), `${batch}\n`);
}

function* chunksOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
