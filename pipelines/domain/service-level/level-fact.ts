/**
 * What a service task tells the collectors of a network's year: absolute sums over the services it owns, and what it sees of the
 * network, which is the same for every task. Whole numbers stand as decimal texts, for they may be larger than a double holds.
 */
import type { Span } from '../intervals.js';
import type { Instant } from '../units.js';
import type { Time } from './availability.js';
import type { Hour } from './busy-hours.js';

export interface TimeText {
  readonly inService: string;
  readonly down: string;
}

/** A clock hour of the network: its beginning, and what was offered and served. */
export type HourText = readonly [at: Instant, offered: string, served: string];

export interface LevelFact {
  readonly is: 'level';
  readonly from: string;
  readonly operator: string;
  readonly period: Span;
  readonly revision: number;
  /** When it was due, or found. */
  readonly at: Instant;
  readonly users: TimeText;
  /** How many services the task counted. */
  readonly services: number;
  readonly elements: TimeText & { readonly count: number };
  /** The people covered at the period's end; null where no element says. */
  readonly covered: number | null;
  /** The busiest hours, by what was offered. */
  readonly busiest: readonly HourText[];
}

/** What decides in which collector the year of a network meets. */
export function levelKey({ operator, period }: Pick<LevelFact, 'operator' | 'period'>): string {
  return `${operator}/${period.from}`;
}

export function textOf({ inService, down }: Time): TimeText {
  return { inService: String(inService), down: String(down) };
}

export function timeOfText({ inService, down }: TimeText): Time {
  return { inService: BigInt(inService), down: BigInt(down) };
}

export function hourText({ at, offered, served }: Hour): HourText {
  return [at, String(offered), String(served)];
}

export function hourOfText([at, offered, served]: HourText): Hour {
  return { at, offered: BigInt(offered), served: BigInt(served) };
}
