/**
 * Pushes the alarms that people were told of to an Alertmanager (`/api/v2/alerts`): while one stands its end is set again and again
 * some minutes ahead, because Alertmanager takes one that is not refreshed for resolved; when it is cleared, its end is that instant.
 * What Alertmanager did not take is pushed again with the next round.
 */
import type { AlarmRecord } from '../../pipelines/domain/alarm.js';
import type { Instant, Milliseconds } from '../../pipelines/domain/units.js';
import { MINUTE, SECOND } from '../../pipelines/domain/units.js';

/** How far ahead the end of what stands is set, in rounds: two may be lost. */
const ROUNDS_AHEAD = 3;
const BATCH_MAX = 500;
const ANSWER_MS = 10 * SECOND;

export interface PushGiven {
  /** The root of the Alertmanager, such as http://127.0.0.1:9093. */
  readonly url: string;
  /** Where people find the alarm; its id is put at the end. Absent: they are told no address. */
  readonly linkTo?: string | undefined;
  /** The pause between two rounds. */
  readonly every: Milliseconds;
  /** Alarms that stand. */
  readonly standing: () => readonly AlarmRecord[];
  readonly find: (id: string) => AlarmRecord | undefined;
  /** The wall clock, which Alertmanager goes by. */
  readonly now: () => Instant;
  readonly fetch?: typeof fetch;
}

/** An alert in the form of the API. */
export interface PushedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** An alert that Alertmanager may hold as firing. */
interface Held {
  readonly id: string;
  readonly alert: PushedAlert;
}

export class AlertmanagerPush {
  readonly #given: PushGiven;
  /** By their labels, which is what Alertmanager knows an alert by. */
  #held = new Map<string, Held>();
  readonly counts = { pushed: 0, resolved: 0, failed: 0 };

  constructor(given: PushGiven) {
    this.#given = given;
  }

  /** One round: refreshes what stands, resolves what does not. False where Alertmanager did not take it. */
  async round(): Promise<boolean> {
    const { standing, now, every, linkTo } = this.#given;
    const at = now();
    const ahead = new Date(at + ROUNDS_AHEAD * Math.max(every, MINUTE / 2)).toISOString();
    const firing = new Map<string, Held>();
    for (const record of standing()) {
      if (!isForPeople(record)) continue;
      const alert = alertOf(record, ahead, linkTo);
      firing.set(JSON.stringify(alert.labels), { id: record.id, alert });
    }
    const over = [...this.#held].filter(([labels]) => !firing.has(labels)).map(([, held]) => this.#resolved(held, at));
    const alerts = [...[...firing.values()].map(({ alert }) => alert), ...over];
    // What may have arrived is to be resolved one day, whatever becomes of this round.
    this.#held = new Map([...this.#held, ...firing]);
    for (let i = 0; i < alerts.length; i += BATCH_MAX) {
      if (!(await this.#post(alerts.slice(i, i + BATCH_MAX)))) {
        this.counts.failed += 1;
        return false;
      }
    }
    this.#held = firing;
    this.counts.pushed += firing.size;
    this.counts.resolved += over.length;
    return true;
  }

  /** It ends when it was cleared; what is merely no longer for people (shelved, another severity) ends now. */
  #resolved({ id, alert }: Held, at: Instant): PushedAlert {
    const state = this.#given.find(id)?.state;
    const to = state?.is === 'cleared' ? Math.min(at, state.to) : at;
    return { ...alert, endsAt: new Date(Math.max(to, Date.parse(alert.startsAt))).toISOString() };
  }

  async #post(alerts: readonly PushedAlert[]): Promise<boolean> {
    const { url, fetch: ask = fetch } = this.#given;
    try {
      const response = await ask(new URL('/api/v2/alerts', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      // The body is nothing to us, and must be read for the connection to be used again.
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}

/** People were told of it, and nobody has put it aside. */
function isForPeople({ announcedAt, operatorState }: AlarmRecord): boolean {
  return announcedAt !== undefined && operatorState.is !== 'shelved' && operatorState.is !== 'closed';
}

function alertOf(record: AlarmRecord, endsAt: string, linkTo: string | undefined): PushedAlert {
  const { id, resource, operator, alarmType, perceivedSeverity, said, rule, state, operatorState, children } = record;
  return {
    labels: {
      alertname: rule?.id ?? 'alarm',
      severity: perceivedSeverity,
      resource,
      alarm_type: alarmType,
      ...(operator !== undefined && { operator }),
      ...(rule && { owner: rule.owner }),
      dozor_alarm: id,
    },
    annotations: {
      summary: `${said.specificProblem ?? said.probableCause ?? 'alarm'} on ${resource}`,
      ...(rule && { description: rule.impact, runbook_url: rule.runbook }),
      ...(children.alarms > 0 && { explains: `${children.alarms} alarms on ${children.resources} elements` }),
      ...(operatorState.is === 'acknowledged' && { acknowledged_by: operatorState.by }),
    },
    startsAt: new Date(state.from).toISOString(),
    endsAt,
    ...(linkTo !== undefined && { generatorURL: `${linkTo}${id}` }),
  };
}
