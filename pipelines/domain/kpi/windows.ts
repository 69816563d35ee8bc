/** The windows in which samples are rolled up. Days are local; shorter ones begin at whole multiples since 1970. */
import { nextDay, startOfDay } from '../calendar.js';
import type { Span } from '../intervals.js';
import { HOUR, type Instant, MINUTE, type Zone } from '../units.js';

export const WIDTHS = ['minute', 'quarter', 'hour', 'day'] as const;
/** 1 min, 15 min, 1 h, 1 local day. */
export type Width = (typeof WIDTHS)[number];

/** Every zone's offset is a whole number of quarters, so local days are made of them. */
export const LENGTHS = { minute: MINUTE, quarter: 15 * MINUTE, hour: HOUR } as const;

/** The window that holds an instant. */
export function windowAt(width: Width, at: Instant, zone: Zone): Span {
  if (width === 'day') return { from: startOfDay(at, zone), to: nextDay(at, zone) };
  const from = floorTo(at, LENGTHS[width]);
  return { from, to: from + LENGTHS[width] };
}

/** The multiple of a length at or before an instant. */
export function floorTo(at: Instant, length: number): Instant {
  return Math.floor(at / length) * length;
}
