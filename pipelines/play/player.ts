/**
 * Plays a story into an installation whose clock the events move: at a chosen speed, or as fast as it is taken. What was played
 * before a restart is passed over quickly, for the door knows it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, parseInstant, SECOND } from '../domain/units.js';
import type { EventIntake, LineAnswer } from '../http/ports.js';

const BATCH_MAX = 500;
/** With a speed, how often events are handed over. */
const BEAT_MS = 100;
const PLAYER = { name: 'player' };

export interface PlayerOptions {
  /** Story seconds for one second; undefined: as fast as it is taken. */
  readonly speed?: number;
  /** What was played already: events known up to here are handed over without waiting. */
  readonly played: Instant;
  readonly signal: AbortSignal;
  /** Where the clock goes when the last event was played; else it stays at that event. */
  readonly end?: (last: Instant) => Instant;
  readonly answered?: (answers: readonly LineAnswer[]) => void;
}

interface Playable {
  readonly time: string;
  readonly recordedtime?: string;
}

/** Plays to the end, or until the signal; then moves the clock to the last event. Resolves with the number of events. */
export async function play(
  events: AsyncIterable<Playable> | Iterable<Playable>,
  intake: EventIntake,
  options: PlayerOptions,
): Promise<number> {
  const { speed, played, signal } = options;
  let batch: Playable[] = [];
  let clock = played;
  let count = 0;
  let began: { readonly story: Instant; readonly wall: number } | undefined;
  const hand = async () => {
    if (batch.length === 0) return;
    const answers = await intake.takeObjects(batch, PLAYER);
    options.answered?.(answers);
    for (const { line, status } of answers) {
      // What was refused does not move the clock.
      if (status === 'accepted') clock = Math.max(clock, knownAt(batch[line - 1]!) ?? clock);
    }
    count += batch.length;
    batch = [];
  };
  for await (const event of events) {
    if (signal.aborted) return count;
    const known = knownAt(event) ?? clock;
    if (speed !== undefined && known > played) {
      began ??= { story: known, wall: performance.now() };
      const due = began.wall + ((known - began.story) / speed / SECOND) * 1_000;
      if (due - performance.now() > BEAT_MS) {
        await hand();
        await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => {});
        if (signal.aborted) return count;
      }
    }
    batch.push(event);
    if (batch.length >= BATCH_MAX) await hand();
  }
  await hand();
  if (clock > played) await intake.moveClock(options.end?.(clock) ?? clock);
  return count;
}

function knownAt(event: Playable): Instant | undefined {
  return parseInstant(event.recordedtime ?? event.time);
}
