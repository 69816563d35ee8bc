/**
 * Reads what walls tell from the topic, and brings the alarms that follow to the door, as any source of alarms does: `alarm.reported`
 * and `alarm.ended` on `wall:NAME`. Every process with a door may run one: the same event from two of them is a duplicate.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { decodePageReport } from '../domain/page-signal.js';
import type { Instant } from '../domain/units.js';
import type { EventIntake, Grant, LineAnswer } from '../http/ports.js';
import { type Log, LogError } from '../io/log.js';
import { fromBytes } from '../runtime/topics.js';
import { SIGNALS } from './signal-journal.js';
import { type Trouble, type WallAlarm, WallHealthWatch, type WallTerms } from './wall-health.js';

/** The source of these events. */
export const WALLS = 'dozor/walls';

export interface WallWatchGiven {
  readonly terms: WallTerms;
  readonly intake: Pick<EventIntake, 'takeObjects'>;
  /** Live: the wall clock. Where events move the clock: what it says; undefined before it begins, and then nothing is told. */
  readonly clock: 'live' | 'events';
  readonly storyClock: () => Instant | null;
  readonly now: () => Instant;
  readonly standing: (standing: Readonly<Record<Trouble, number>>) => void;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

const BATCH_MAX = 500;
const WAIT_MS = 2_000;
const AGAIN_MS = 5_000;
/** Alarms that wait for the door. More are not kept: what stands is told anew after a restart. */
const UNSENT_MAX = 1_000;
const BY: Grant = { name: 'walls', sources: [WALLS], types: ['alarm.reported', 'alarm.ended'] };

export class WallWatch {
  readonly #given: WallWatchGiven;
  #unsent: WallAlarm[] = [];

  constructor(given: WallWatchGiven) {
    this.#given = given;
  }

  /** Follows the topic from what is left of it until the signal. What fails is said once, and tried again. */
  async run(log: Log, signal: AbortSignal): Promise<void> {
    const { warn } = this.#given;
    for (let well = true; !signal.aborted; ) {
      try {
        await log.ensureTopic(SIGNALS.topic, 1);
        await this.#follow(log, signal, () => {
          well = true;
        });
      } catch (error) {
        if (well && !signal.aborted) warn('walls are not watched for now', { error: (error as Error).message });
        well = false;
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #follow(log: Log, signal: AbortSignal, went: () => void): Promise<void> {
    const { terms, now } = this.#given;
    const watch = new WallHealthWatch(terms);
    // A silence counts from when it could have been heard.
    const heardSince = now();
    let next = await log.start(SIGNALS);
    while (!signal.aborted) {
      const records = await readFrom(log, next);
      for (const { value, appendedAt } of records) {
        const decoded = decodePageReport(jsonOf(value));
        if (decoded.ok) watch.hear(appendedAt, decoded.value);
      }
      const last = records.at(-1);
      if (last) next = last.offset + 1;
      // Only who has read everything knows who is silent.
      if (records.length === BATCH_MAX) continue;
      this.#unsent.push(...watch.look(now(), heardSince));
      this.#unsent.splice(0, this.#unsent.length - UNSENT_MAX);
      await this.#send();
      this.#given.standing(watch.standing);
      went();
      await Promise.race([log.wait(SIGNALS, next, WAIT_MS), sleep(WAIT_MS, undefined, { signal }).catch(() => {})]);
    }
  }

  async #send(): Promise<void> {
    const { intake, clock, storyClock, now, warn } = this.#given;
    if (this.#unsent.length === 0) return;
    const story = clock === 'events' ? storyClock() : undefined;
    // A clock that events move knows nothing of walls before the first event.
    if (story === null) return;
    const alarms = this.#unsent;
    const answers = await intake.takeObjects(
      alarms.map((alarm) => eventOf(alarm, story ?? undefined, now())),
      BY,
    );
    this.#unsent = [];
    const refused = answers.find(({ status }: LineAnswer) => status === 'rejected');
    if (refused) warn('an alarm of a wall was refused', { reason: refused.reason, message: refused.message });
  }
}

const SEVERITY = { silent: 'major', crashing: 'major', leaking: 'minor' } as const;
const CAUSE = {
  silent: 'wallSilent',
  crashing: 'wallCrashed',
  leaking: 'wallLeaking',
} as const satisfies Readonly<Record<Trouble, string>>;

/** The event. Its id names wall, trouble and standing, so that it is the same whoever tells it. */
export function eventOf(
  { is, wall, trouble, at, since, text }: WallAlarm,
  story: Instant | undefined,
  now: Instant,
): object {
  const raised = is === 'raised';
  return {
    specversion: '1.0',
    id: `${wall}/${trouble}/${since}/${is}${raised && at !== since ? `/${at}` : ''}`,
    source: WALLS,
    type: raised ? 'alarm.reported' : 'alarm.ended',
    subject: `wall:${wall}`,
    time: new Date(story ?? at).toISOString(),
    ...(story === undefined && { recordedtime: new Date(now).toISOString() }),
    data: {
      alarmKey: trouble,
      ...(raised
        ? {
            perceivedSeverity: SEVERITY[trouble],
            probableCause: CAUSE[trouble],
            specificProblem: text,
            text: `wall ${wall}: ${text}`,
          }
        : { reason: text }),
      alarmType: 'processingErrorAlarm',
      sourceSystemId: WALLS,
    },
  };
}

async function readFrom(log: Log, next: number) {
  try {
    return await log.read(SIGNALS, next, BATCH_MAX);
  } catch (error) {
    // What is too old has gone: it is not needed.
    const start = error instanceof LogError ? await log.start(SIGNALS) : next;
    if (start <= next) throw error;
    return await log.read(SIGNALS, start, BATCH_MAX);
  }
}

function jsonOf(value: Uint8Array): unknown {
  try {
    return fromBytes(value);
  } catch {
    return undefined;
  }
}
