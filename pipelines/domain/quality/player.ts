/**
 * What a player's requests for pieces of a picture say of the session: start-up time, start failure, rebuffering, average bitrate
 * and switches by the names of CTA-2066. A request carries what CMCD (CTA-5004) has of it: bitrate, length, buffer, starvation.
 *
 * All of it is a function of the set of requests: the order in which they were written or read does not matter. What no request
 * says is left out: nothing is measured of the time after the last request, and a stall whose length nobody told makes the whole
 * stalled time unknown rather than too short.
 */
import { type Instant, type Milliseconds, SECOND } from '../units.js';

/** What was asked for. A piece of media that does not say of which kind it is counts as picture. */
export const PIECE_KINDS = ['picture', 'sound', 'init', 'list', 'other'] as const;
export type PieceKind = (typeof PIECE_KINDS)[number];

/** One request of a player. */
export interface Request {
  readonly at: Instant;
  readonly kind: PieceKind;
  /** Of the rendition asked for, and of the best that the player may choose. */
  readonly bitsPerSecond?: number;
  readonly topBitsPerSecond?: number;
  /** How long the piece plays. */
  readonly length?: Milliseconds;
  /** What was in the buffer when it was asked for. */
  readonly buffer?: Milliseconds;
  /** Between the player and the server, as the player measured it. */
  readonly throughputBitsPerSecond?: number;
  /** The buffer ran empty since the request before. */
  readonly starved: boolean;
  /** Wanted at once: to start, to go on after a stall, or after a jump. */
  readonly urgent: boolean;
  /** 0 is a pause. */
  readonly speed: number;
  /** How long the server took to deliver it. */
  readonly delivery?: Milliseconds;
  /** The answer was an error. */
  readonly failed: boolean;
  /** Orders requests of one instant; also what makes two of them the same. */
  readonly name: string;
}

/** What a session was; absent what the player did not say. */
export interface Measured {
  readonly from: Instant;
  readonly to: Instant;
  readonly startup?: Milliseconds;
  /** No picture came, and an error was the answer to some request. Without an error the viewer left before: nobody's fault. */
  readonly failed: boolean;
  readonly played: Milliseconds;
  readonly stalled?: Milliseconds;
  readonly stalls?: number;
  readonly deliveredBitsPerSecond?: number;
  readonly topBitsPerSecond?: number;
  readonly throughputBitsPerSecond?: number;
  readonly switches: number;
}

/** Measures a session of at least one request. */
export function measured(requests: readonly Request[]): Measured {
  const all = inOrder(requests);
  const pieces = picture(all);
  const came = good(pieces);
  const span = { from: all[0]!.at, to: all[all.length - 1]!.at };
  const began = beganAt(came);
  const time = timeOf(came, began);
  const startup = began === undefined ? undefined : began - span.from;
  return {
    ...span,
    ...(startup !== undefined && { startup }),
    failed: came.length === 0 && all.some(({ failed }) => failed),
    ...time,
    ...has('deliveredBitsPerSecond', mean(came, 'bitsPerSecond')),
    ...has('topBitsPerSecond', mean(came, 'topBitsPerSecond')),
    ...has('throughputBitsPerSecond', median(came)),
    switches: came.filter((one, i) => i > 0 && isSwitch(came[i - 1]!, one)).length,
  };
}

/** By time, those of one instant by name; the same one twice is one. */
function inOrder(requests: readonly Request[]): readonly Request[] {
  const sorted = [...requests].sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return sorted.filter((one, i) => i === 0 || sorted[i - 1]!.at !== one.at || sorted[i - 1]!.name !== one.name);
}

/** The pieces whose playing is watched: of the picture, or of the sound where there is none. */
function picture(all: readonly Request[]): readonly Request[] {
  const pieces = all.filter(({ kind }) => kind === 'picture');
  return pieces.length > 0 ? pieces : all.filter(({ kind }) => kind === 'sound');
}

/** Those that were delivered. That the buffer ran empty before one that failed is told by the next. */
function good(pieces: readonly Request[]): readonly Request[] {
  const came: Request[] = [];
  let starved = false;
  for (const piece of pieces) {
    starved ||= piece.starved;
    if (piece.failed) continue;
    came.push(starved === piece.starved ? piece : { ...piece, starved });
    starved = false;
  }
  return came;
}

/**
 * When the first frame was there, at the latest: the first piece that is not urgent was asked for while it played, and the last
 * urgent one before it had come by then. Undefined where the player does not mark urgent pieces, or left before.
 */
function beganAt(came: readonly Request[]): Instant | undefined {
  if (!came[0]?.urgent) return undefined;
  const first = came.findIndex(({ urgent }) => !urgent);
  if (first < 0) return undefined;
  const last = came[first - 1]!;
  return last.delivery === undefined ? came[first]!.at : Math.min(came[first]!.at, last.at + last.delivery);
}

/** Played and stalled time from the first frame to the last request. */
function timeOf(
  came: readonly Request[],
  began: Instant | undefined,
): { readonly played: Milliseconds; readonly stalled?: Milliseconds; readonly stalls?: number } {
  const since = began ?? came[0]?.at ?? 0;
  let played = 0;
  let stalled: Milliseconds | undefined = 0;
  let stalls = 0;
  came.forEach((one, i) => {
    const next = came[i + 1];
    if (!next || next.at <= since) return;
    const span = next.at - Math.max(one.at, since);
    // What runs empty before the first frame is part of the start.
    const starved = next.starved && one.at >= since;
    const progress = progressOf(one, next, span, starved);
    if (starved) {
      stalls += 1;
      stalled = stalled === undefined || progress === undefined ? undefined : stalled + (span - progress);
      played += progress ?? 0;
    } else played += one.speed === 0 ? 0 : (progress ?? span);
  });
  // Who tells neither buffer nor starvation does not say that nothing stalled.
  const tells = came.some(({ buffer, starved }) => buffer !== undefined || starved);
  if (!tells) return { played };
  return { played, stalls, ...(stalled !== undefined && { stalled }) };
}

/**
 * How much was played between two requests: what was in the buffer and came, less what is in it at the next. Where the player
 * does not say that much of a stall, the buffer played out and then waited for the piece.
 */
function progressOf(one: Request, next: Request, span: Milliseconds, starved: boolean): Milliseconds | undefined {
  const within = (time: Milliseconds) => Math.min(Math.max(time, 0), span);
  const { buffer, length, delivery, speed } = one;
  if (buffer !== undefined && next.buffer !== undefined && length !== undefined) {
    return within((buffer + length - next.buffer) / (speed || 1));
  }
  if (!starved) return undefined;
  if (buffer !== undefined && delivery !== undefined) return within(span - Math.max(0, delivery - buffer));
  return undefined;
}

/** Rates weighted by how long each piece plays; pieces of a stream that do not say so are of one length. */
function mean(came: readonly Request[], field: 'bitsPerSecond' | 'topBitsPerSecond'): number | undefined {
  const known = came.filter((one) => one[field] !== undefined);
  const lengths = known.flatMap(({ length }) => length ?? []);
  const usual = lengths.length === 0 ? 1 : sum(lengths) / lengths.length;
  const weights = known.map(({ length }) => length ?? usual);
  const whole = sum(weights);
  return whole === 0 ? undefined : sum(known.map((one, i) => one[field]! * weights[i]!)) / whole;
}

/** The lower median of what the player measured. */
function median(came: readonly Request[]): number | undefined {
  const rates = came.flatMap(({ throughputBitsPerSecond }) => throughputBitsPerSecond ?? []).sort((a, b) => a - b);
  return rates[Math.floor((rates.length - 1) / 2)];
}

function isSwitch(before: Request, one: Request): boolean {
  const { bitsPerSecond } = before;
  return bitsPerSecond !== undefined && one.bitsPerSecond !== undefined && bitsPerSecond !== one.bitsPerSecond;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function has<K extends string>(name: K, value: number | undefined): { readonly [key in K]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: number };
}

/** How a quality of experience is counted of one piece after another (the linear one of ABR research). */
export interface LinearQuality {
  /** Points lost for each second stalled. */
  readonly perStalledSecond: number;
  /** The rendition that the player stood at before the first piece. */
  readonly beganAtBitsPerSecond: number;
}

/** That of the public replays: 4.3 points a second, which is the best rendition there, and 750 kbit/s before the first piece. */
export const LINEAR_QUALITY: LinearQuality = { perStalledSecond: 4.3, beganAtBitsPerSecond: 750_000 };

/**
 * The linear quality of each piece, in Mbit/s: its rendition, less what was stalled before it, less the change of rendition.
 * The wait to start counts as a stall of the first.
 */
export function linearQualities(
  pieces: readonly { readonly bitsPerSecond: number; readonly stalled: Milliseconds }[],
  { perStalledSecond, beganAtBitsPerSecond }: LinearQuality = LINEAR_QUALITY,
): readonly number[] {
  return pieces.map(({ bitsPerSecond, stalled }, i) => {
    const before = pieces[i - 1]?.bitsPerSecond ?? beganAtBitsPerSecond;
    return bitsPerSecond / 1e6 - (perStalledSecond * stalled) / SECOND - Math.abs(bitsPerSecond - before) / 1e6;
  });
}
