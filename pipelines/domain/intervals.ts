/**
 * Half-open spans of time and their algebra: [from, to) holds its first instant and not its last.
 * Every function takes spans in any order, overlapping or empty, and answers with normal ones: sorted, disjoint, not
 * touching, not empty. So down time is never counted twice, whatever the faults look like.
 */

import type { Instant, Milliseconds } from './units.js';

/** The time from `from` (or EVER) up to, but without, `to` (or FOREVER). Empty where `to` is not after `from`. */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** The spans in normal form: sorted, overlapping and touching ones joined, empty ones dropped. */
export function union(spans: readonly Span[]): Span[] {
  const sorted = spans.filter((span) => span.from < span.to).sort(byStart);
  const joined: Span[] = [];
  for (const span of sorted) {
    const last = joined.at(-1);
    if (!last || last.to < span.from) joined.push({ from: span.from, to: span.to });
    else if (last.to < span.to) joined[joined.length - 1] = { from: last.from, to: span.to };
  }
  return joined;
}

/** The time that lies in both. */
export function intersect(a: readonly Span[], b: readonly Span[]): Span[] {
  const left = union(a);
  const right = union(b);
  const common: Span[] = [];
  let i = 0;
  let j = 0;
  for (let x = left[i], y = right[j]; x && y; x = left[i], y = right[j]) {
    const from = Math.max(x.from, y.from);
    const to = Math.min(x.to, y.to);
    if (from < to) common.push({ from, to });
    if (x.to < y.to) i += 1;
    else j += 1;
  }
  return common;
}

/** The time that lies in `a` and not in `b`. */
export function subtract(a: readonly Span[], b: readonly Span[]): Span[] {
  const holes = union(b);
  const left: Span[] = [];
  let next = 0;
  for (const span of union(a)) {
    let from = span.from;
    // A hole that ends before this span starts lies before all later spans too.
    for (let hole = holes[next]; hole && hole.to <= from; hole = holes[next]) next += 1;
    for (let k = next, hole = holes[k]; hole && hole.from < span.to; hole = holes[++k]) {
      if (from < hole.from) left.push({ from, to: hole.from });
      from = Math.max(from, hole.to);
    }
    if (from < span.to) left.push({ from, to: span.to });
  }
  return left;
}

/** The part of the spans that lies within one span. */
export function clip(spans: readonly Span[], within: Span): Span[] {
  return intersect(spans, [within]);
}

/** The length of the spans in ms, time that several cover counted once; Infinity where they have no end. */
export function length(spans: readonly Span[]): Milliseconds {
  let sum = 0;
  for (const span of union(spans)) sum += span.to - span.from;
  return sum;
}

/** Whether the instant lies in one of the spans. */
export function contains(spans: readonly Span[], at: Instant): boolean {
  return spans.some((span) => span.from <= at && at < span.to);
}

/** Whether two spans have time in common: touching ones have none, and neither has an empty one. */
export function overlap(a: Span, b: Span): boolean {
  return Math.max(a.from, b.from) < Math.min(a.to, b.to);
}

/**
 * The first instant at which `amount` ms of the spans' time have passed; undefined where they hold less.
 * An amount of 0 has passed at the start of the first span, that of a whole span at its end, before any pause.
 */
export function instantAfter(spans: readonly Span[], amount: Milliseconds): Instant | undefined {
  if (!(amount >= 0)) throw new RangeError(`an amount of time is 0 or more, not ${amount}`);
  let left = amount;
  for (const span of union(spans)) {
    const held = span.to - span.from;
    if (left <= held) return span.from + left;
    left -= held;
  }
  return undefined;
}

function byStart(a: Span, b: Span): number {
  // A difference would be NaN where both start at EVER.
  return a.from < b.from ? -1 : a.from > b.from ? 1 : 0;
}
