/** Who may do what in an installation: accounts, sessions, keys, walls and the trail, put together over a store and a log. */
import type { Instant } from '../domain/units.js';
import { HOUR, MINUTE } from '../domain/units.js';
import type { Log } from '../io/log.js';
import type { Store } from '../io/store.js';
import { Accounts } from './accounts.js';
import { type Act, Audit, type AuditRecord, latestAudit } from './audit.js';
import { Excuses } from './excuses.js';
import { Keys } from './keys.js';
import { type Cost, Passwords } from './passwords.js';
import { type SessionLimits, Sessions } from './sessions.js';
import { SetUp } from './set-up.js';
import { Shelf, Unavailable } from './shelf.js';
import { Walls } from './walls.js';

export interface AccessGiven {
  /** Names this run of the process. */
  readonly owner: string;
  readonly now?: () => Instant;
  readonly limits?: SessionLimits;
  readonly cost?: Cost;
  /** Told of what could not be written down. */
  readonly warn?: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

const LIMITS: SessionLimits = { idleMs: 30 * MINUTE, absoluteMs: 12 * HOUR };

export class Access {
  readonly now: () => Instant;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly keys: Keys;
  readonly setUp: SetUp;
  readonly walls: Walls;
  readonly shelf: Shelf;
  /** Time that one person proposed to excuse, for another to confirm. */
  readonly excuses: Excuses;
  readonly #audit: Audit;
  readonly #warn: NonNullable<AccessGiven['warn']>;
  #parts: { readonly log: Log; readonly store: Store } | undefined;

  constructor({ owner, now = Date.now, limits = LIMITS, cost, warn = () => {} }: AccessGiven) {
    this.now = now;
    this.shelf = new Shelf(() => this.#parts?.store, owner);
    this.excuses = new Excuses(new Shelf(() => this.#parts?.store, owner, 'excuses'), now);
    this.accounts = new Accounts(this.shelf, new Passwords(cost), now);
    this.sessions = new Sessions(this.shelf, limits, now);
    this.keys = new Keys(this.shelf, now);
    this.setUp = new SetUp(this.shelf, this.accounts, now);
    this.walls = new Walls(this.shelf, now);
    this.#audit = new Audit(() => this.#parts?.log, owner, now);
    this.#warn = warn;
  }

  /** From now on log and store can be asked. */
  attach(log: Log, store: Store): void {
    this.#parts = { log, store };
  }

  get isAttached(): boolean {
    return this.#parts !== undefined;
  }

  /** Writes an act down before it is answered: rejects (`Unavailable`) where it cannot be, so that nothing is done unseen. */
  write(act: Act): Promise<void> {
    return this.#audit.write(act).catch((cause: unknown) => {
      throw new Unavailable('the audit trail cannot be written', { cause });
    });
  }

  /** Writes down what has happened anyway, such as a refusal. What cannot be written is warned of. */
  note(act: Act): void {
    this.#audit.write(act).catch((error: Error) => {
      this.#warn('the audit trail could not be written', {
        what: act.what,
        outcome: act.outcome,
        error: error.message,
      });
    });
  }

  /** The newest records of the trail, newest first. */
  trail(count: number): Promise<readonly AuditRecord[]> {
    if (!this.#parts) throw new Unavailable('the log is not reached yet');
    return latestAudit(this.#parts.log, count);
  }
}
