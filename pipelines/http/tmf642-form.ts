/** An alarm in the form of TMF642 v4, and the hub that tells listeners of what became of alarms. */
import { randomUUID } from 'node:crypto';
import type { AlarmRecord } from '../domain/alarm.js';
import type { Instant } from '../domain/units.js';

/** An alarm as TMF642 writes it. */
export interface TmfAlarm {
  readonly id: string;
  readonly href: string;
  readonly [attribute: string]: unknown;
}

/** The system that keeps this list. */
const OWN_SYSTEM = 'dozor';
/** A probable cause that nobody has named. */
const UNNAMED = 'indeterminate';

/** Writes an alarm as TMF642 has it; `base` is the path that the reader asked by. */
export function tmfOf(record: AlarmRecord, base: string): TmfAlarm {
  const { id, resource, source, qualifier, said, state, operatorState, automation, children, rule, comments } = record;
  const suppressed = automation.find((one) => one.is === 'suppressed');
  const ref = (alarm: string) => ({ id: alarm, href: `${base}/alarm/${alarm}` });
  const cleared = state.is === 'cleared' ? state : undefined;
  const acknowledged = operatorState.is === 'acknowledged' ? operatorState : undefined;
  const byPerson = cleared && cleared.by !== 'evidence';
  return {
    ...ref(id),
    '@type': 'Alarm',
    alarmType: record.alarmType,
    perceivedSeverity: record.perceivedSeverity,
    probableCause: said.probableCause || UNNAMED,
    ...(said.specificProblem !== undefined && { specificProblem: said.specificProblem }),
    ...(said.text !== undefined && { alarmDetails: said.text }),
    alarmedObject: { id: resource },
    sourceSystemId: said.sourceSystemId ?? (source === 'reported' ? resource : OWN_SYSTEM),
    reportingSystemId: OWN_SYSTEM,
    externalAlarmId: qualifier,
    state: cleared ? 'cleared' : record.updated ? 'updated' : 'raised',
    alarmRaisedTime: iso(state.from),
    alarmChangedTime: iso(record.changedAt),
    ...(cleared && { alarmClearedTime: iso(cleared.to), clearSystemId: OWN_SYSTEM }),
    ...(byPerson && { clearUserId: cleared.by }),
    ackState: acknowledged ? 'acknowledged' : 'unacknowledged',
    ...(acknowledged && { ackUserId: acknowledged.by, ackSystemId: OWN_SYSTEM }),
    isRootCause: children.alarms > 0 && !suppressed,
    plannedOutageIndicator: automation.some(({ is }) => is === 'maintenance') ? 'planned' : 'unplanned',
    ...(suppressed && { parentAlarm: [ref(suppressed.by)] }),
    ...(rule && { proposedRepairedActions: rule.runbook }),
    comment: comments.map(({ at, by, text }) => ({ time: iso(at), userId: by, systemId: OWN_SYSTEM, comment: text })),
  };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}

// --- The hub ---

export interface Listener {
  readonly id: string;
  readonly callback: string;
  readonly query?: string;
}

const LISTENERS_MAX = 20;
/** So many failures in a row, and a listener is taken for gone. */
const FAILURES_MAX = 20;
const ANSWER_MS = 5_000;
const EVENTS_AT_ONCE = 100;

interface Held {
  readonly listener: Listener;
  readonly base: string;
  failures: number;
}

/** What of an alarm makes its events. */
interface Seen {
  readonly state: string;
  readonly print: string;
}

/**
 * Tells listeners that an alarm was created, that its state changed, or something else of it. At most once each: who was not reached
 * reads the list anew. Listeners are forgotten with the process.
 */
export class AlarmHub {
  readonly #fetch: typeof fetch;
  readonly #listeners = new Map<string, Held>();
  readonly #seen = new Map<string, Seen>();
  readonly counts = { sent: 0, failed: 0 };

  constructor(given: { readonly fetch?: typeof fetch } = {}) {
    this.#fetch = given.fetch ?? fetch;
  }

  /** Whether anybody listens: nothing need be compared for nobody. */
  get listens(): boolean {
    return this.#listeners.size > 0;
  }

  /** Registers a listener; undefined where there are too many. */
  add(given: Omit<Listener, 'id'>, base: string): Listener | undefined {
    if (this.#listeners.size >= LISTENERS_MAX) return undefined;
    const listener = { id: randomUUID(), ...given };
    this.#listeners.set(listener.id, { listener, base, failures: 0 });
    return listener;
  }

  remove(id: string): boolean {
    return this.#listeners.delete(id);
  }

  /** Notes how alarms stand without telling anybody: what a listener finds when it comes. */
  note(records: readonly AlarmRecord[]): void {
    for (const record of records) this.#seen.set(record.id, seenOf(record));
  }

  /** Compares these alarms with what was told of them last, and tells the difference. */
  async told(records: readonly AlarmRecord[], now: Instant): Promise<void> {
    const news = records.flatMap((record) => {
      const before = this.#seen.get(record.id);
      const after = seenOf(record);
      if (before?.print === after.print) return [];
      this.#seen.set(record.id, after);
      const type = !before
        ? 'AlarmCreateEvent'
        : before.state === after.state
          ? 'AlarmAttributeValueChangeEvent'
          : 'AlarmStateChangeEvent';
      return [{ record, type }];
    });
    for (const held of this.#listeners.values()) {
      for (let i = 0; i < news.length; i += EVENTS_AT_ONCE) {
        const some = news.slice(i, i + EVENTS_AT_ONCE);
        await Promise.all(some.map(({ record, type }) => this.#send(held, type, record, now)));
      }
    }
  }

  async #send(held: Held, eventType: string, record: AlarmRecord, now: Instant): Promise<void> {
    const { listener, base } = held;
    const only = new URLSearchParams(listener.query ?? '').get('eventType');
    if (only !== null && !only.split(',').includes(eventType)) return;
    const alarm = tmfOf(record, base);
    const body = JSON.stringify({ eventId: randomUUID(), eventTime: iso(now), eventType, event: { alarm } });
    try {
      const response = await this.#fetch(listener.callback, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        // It is told what it asked for, and nobody else is.
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`answered ${response.status}`);
      held.failures = 0;
      this.counts.sent += 1;
    } catch {
      this.counts.failed += 1;
      held.failures += 1;
      if (held.failures >= FAILURES_MAX) this.remove(listener.id);
    }
  }
}

function seenOf(record: AlarmRecord): Seen {
  const { state, perceivedSeverity, operatorState, said, automation, comments, updated, changedAt } = record;
  const reasons = automation.map((one) => [one.is, one.is === 'suppressed' ? one.by : '']);
  const print = JSON.stringify([state, perceivedSeverity, operatorState, said, reasons, comments.length, changedAt]);
  return { state: state.is === 'cleared' ? 'cleared' : updated ? 'updated' : 'raised', print };
}
