/**
 * Which walls are in trouble, worked out from what they told: one that fell silent, one that crashed or froze, one whose memory grows.
 * Pure: time is an argument, and the same records give the same alarms with the same ids, in whichever process they are read. Only how
 * long a silence lasts needs a clock; a silence in which nobody could have heard is none.
 */
import type { PageReport, WallHealth } from '../domain/page-signal.js';
import { HOUR, type Instant, MINUTE } from '../domain/units.js';

/** What can be wrong with a wall: the key of its alarm. */
export const TROUBLES = ['silent', 'crashing', 'leaking'] as const;
export type Trouble = (typeof TROUBLES)[number];

export interface WallTerms {
  /** After how long without a report a wall is silent. */
  readonly silentMs: number;
  /** By how much an hour its memory may grow. */
  readonly leakBytesPerHour: number;
}

/** An alarm that is to be raised or ended. */
export interface WallAlarm {
  readonly is: 'raised' | 'ended';
  readonly wall: string;
  readonly trouble: Trouble;
  readonly at: Instant;
  /** Names the standing: the same for both ends of it. */
  readonly since: Instant;
  /** What was seen, in plain words. */
  readonly text: string;
}

/** After so long without another crash a wall that reports is well again. */
const CALM_MS = 30 * MINUTE;
/** A silent wall is forgotten then; its alarm stands until a person clears it. */
const FORGOTTEN_MS = 7 * 24 * HOUR;
/** Memory is judged by an hour, of which the least of each part counts: collecting garbage makes saw teeth. */
const PARTS = 6;
const SPAN_MIN_MS = HOUR - 5 * MINUTE;
/** So many walls are watched: reports of more are not heard. */
export const WATCHED_MAX = 200;

interface Wall {
  enrolled: boolean;
  lastAt: Instant;
  /** The last report whose silence is told. */
  silentSince: Instant | undefined;
  /** When it said goodbye. A page that is loaded anew says so too: it is gone only when it does not come back. */
  leftAt: Instant | undefined;
  crash: { readonly since: Instant; last: Instant } | undefined;
  leakSince: Instant | undefined;
  upSeconds: number;
  heap: { readonly at: Instant; readonly bytes: number }[];
}

/** Follows every wall. */
export class WallHealthWatch {
  readonly #terms: WallTerms;
  readonly #walls = new Map<string, Wall>();
  #news: WallAlarm[] = [];

  constructor(terms: WallTerms) {
    this.#terms = terms;
  }

  /** How many walls have each trouble now. */
  get standing(): Readonly<Record<Trouble, number>> {
    const walls = [...this.#walls.values()];
    const count = (has: (wall: Wall) => boolean) => walls.filter(has).length;
    return {
      silent: count(({ silentSince }) => silentSince !== undefined),
      crashing: count(({ crash }) => crash !== undefined),
      leaking: count(({ leakSince }) => leakSince !== undefined),
    };
  }

  /** Takes in what a wall told at an instant of the log. */
  hear(at: Instant, { wall: name, enrolled = false, signals }: PageReport): void {
    if (name === undefined) return;
    const said = signals.flatMap((signal) => (signal.is === 'word' ? [signal.word] : []));
    const before = this.#walls.get(name);
    if (before) this.#back(name, before, at);
    const known = this.#walls.get(name);
    if (said.includes('revoked')) {
      if (known) this.#gone(name, known, at);
      return;
    }
    if (said.includes('goodbye') && !enrolled) {
      if (known) known.leftAt = known.lastAt = at;
      return;
    }
    // Errors alone say nothing of how a wall does.
    const health = signals.findLast((signal) => signal.is === 'health');
    if (!known && (this.#walls.size >= WATCHED_MAX || (!health && said.length === 0))) return;
    const wall = known ?? newWall(at);
    this.#walls.set(name, wall);
    wall.enrolled = enrolled;
    wall.lastAt = at;
    for (const word of said) if (word === 'crashed' || word === 'frozen') this.#crashed(name, wall, at, word);
    if (health) this.#healthy(name, wall, at, health);
  }

  /** Looks whether a wall has fallen silent. `heardSince`: from when on somebody listened. Gives all that is new since the last look. */
  look(now: Instant, heardSince: Instant): readonly WallAlarm[] {
    const { silentMs } = this.#terms;
    for (const [name, wall] of this.#walls) {
      if (now - wall.lastAt > FORGOTTEN_MS && !wall.enrolled) {
        this.#walls.delete(name);
        continue;
      }
      const { leftAt } = wall;
      if (leftAt !== undefined) {
        if (now - Math.max(leftAt, heardSince) > silentMs) this.#gone(name, wall, leftAt + silentMs);
        continue;
      }
      if (wall.silentSince !== undefined || now - Math.max(wall.lastAt, heardSince) <= silentMs) continue;
      wall.silentSince = wall.lastAt;
      const minutes = Math.round(silentMs / MINUTE);
      this.#tell('raised', name, 'silent', wall.lastAt + silentMs, wall.lastAt, `no report for ${minutes} minutes`);
    }
    const news = this.#news;
    this.#news = [];
    return news;
  }

  #tell(is: WallAlarm['is'], wall: string, trouble: Trouble, at: Instant, since: Instant, text: string): void {
    this.#news.push({ is, wall, trouble, at, since, text });
  }

  /** It says something, after a silence or a goodbye. */
  #back(name: string, wall: Wall, at: Instant): void {
    const { silentMs } = this.#terms;
    const { leftAt } = wall;
    if (leftAt !== undefined) {
      wall.leftAt = undefined;
      if (at - leftAt > silentMs) this.#gone(name, wall, leftAt + silentMs);
      return;
    }
    // Another process may have told of it, or this one before a restart: an end that was told is told again, and is the same event.
    if (wall.silentSince === undefined && at - wall.lastAt <= silentMs) return;
    wall.silentSince = undefined;
    this.#tell('ended', name, 'silent', at, wall.lastAt, 'it reports again');
  }

  /** A wall that was put out on purpose has no trouble any more. */
  #gone(name: string, wall: Wall, at: Instant): void {
    const { crash, leakSince } = wall;
    if (crash) this.#tell('ended', name, 'crashing', at, crash.since, 'it was put out');
    if (leakSince !== undefined) this.#tell('ended', name, 'leaking', at, leakSince, 'it was put out');
    this.#walls.delete(name);
  }

  #crashed(name: string, wall: Wall, at: Instant, word: 'crashed' | 'frozen'): void {
    if (wall.crash) wall.crash.last = at;
    else wall.crash = { since: at, last: at };
    const text =
      word === 'crashed' ? 'its page ended without a word and began anew' : 'its page stood still and began anew';
    this.#tell('raised', name, 'crashing', at, wall.crash.since, text);
  }

  #healthy(name: string, wall: Wall, at: Instant, { upSeconds, heapBytes }: WallHealth): void {
    const { crash } = wall;
    if (crash && at - crash.last >= CALM_MS) {
      wall.crash = undefined;
      this.#tell('ended', name, 'crashing', at, crash.since, 'it has run for half an hour');
    }
    // A page that was loaded anew has given everything back.
    const anew = upSeconds < wall.upSeconds;
    wall.upSeconds = upSeconds;
    if (anew) wall.heap = [];
    if (heapBytes !== undefined) wall.heap.push({ at, bytes: heapBytes });
    wall.heap = wall.heap.filter((sample) => sample.at > at - HOUR);
    const slope = slopeOf(wall.heap);
    const { leakBytesPerHour } = this.#terms;
    if (wall.leakSince === undefined) {
      if (slope === undefined || slope <= leakBytesPerHour) return;
      wall.leakSince = at;
      this.#tell('raised', name, 'leaking', at, at, `its memory grows by ${inMegabytes(slope)} MB an hour`);
    } else if (anew || (slope !== undefined && slope <= leakBytesPerHour / 2)) {
      const text = anew ? 'it was loaded anew' : 'its memory grows no more';
      this.#tell('ended', name, 'leaking', at, wall.leakSince, text);
      wall.leakSince = undefined;
    }
  }
}

function newWall(at: Instant): Wall {
  return {
    enrolled: false,
    lastAt: at,
    silentSince: undefined,
    leftAt: undefined,
    crash: undefined,
    leakSince: undefined,
    upSeconds: 0,
    heap: [],
  };
}

/** By how much the least memory of each sixth of the hour grows, in bytes an hour; undefined where less than the hour is known. */
export function slopeOf(heap: readonly { readonly at: Instant; readonly bytes: number }[]): number | undefined {
  const [first, last] = [heap[0], heap.at(-1)];
  if (!first || !last || last.at - first.at < SPAN_MIN_MS) return undefined;
  const least: { at: Instant; bytes: number }[] = [];
  const width = (last.at - first.at + 1) / PARTS;
  for (const { at, bytes } of heap) {
    const part = Math.floor((at - first.at) / width);
    if (least[part] === undefined || bytes < least[part].bytes) least[part] = { at, bytes };
  }
  const points = least.filter((one) => one !== undefined);
  // A part without a report is a gap, and too many of them are no picture.
  if (points.length < PARTS - 1) return undefined;
  const mean = (of: (point: { at: Instant; bytes: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const at = mean((point) => point.at);
  const bytes = mean((point) => point.bytes);
  const covariance = mean((point) => (point.at - at) * (point.bytes - bytes));
  const variance = mean((point) => (point.at - at) ** 2);
  return (covariance / variance) * HOUR;
}

function inMegabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
