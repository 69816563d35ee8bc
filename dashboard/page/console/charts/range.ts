/** The time that charts show: the last hours or days up to the clock, or from one instant to another. It stands in the address. */
import { make } from '../../shared/dom.js';
import { dateTime } from '../../shared/time.js';
import { type RangeName, words } from './words.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LENGTHS: Readonly<Record<RangeName, number>> = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '1d': DAY_MS,
  '3d': 3 * DAY_MS,
  '14d': 14 * DAY_MS,
  '90d': 90 * DAY_MS,
  '1y': 365 * DAY_MS,
};
const NAMES = Object.keys(LENGTHS) as readonly RangeName[];
const SHORTEST_MS = 10 * 60_000;
const LONGEST_MS = 400 * DAY_MS;

export type Range =
  /** Up to the clock, and with it. */
  | { readonly is: 'live'; readonly name: RangeName }
  | { readonly is: 'fixed'; readonly from: number; readonly to: number };

/** The range that the address has; a day where it has none, or one that cannot be. */
export function rangeIn(query: URLSearchParams): Range {
  const name = query.get('range') as RangeName | null;
  if (name && NAMES.includes(name)) return { is: 'live', name };
  const [from, to] = ['from', 'to'].map((one) => Date.parse(query.get(one) ?? ''));
  if (from !== undefined && to !== undefined && to - from >= SHORTEST_MS && to - from <= LONGEST_MS)
    return { is: 'fixed', from, to };
  return { is: 'live', name: '1d' };
}

/** Puts the range into the address. */
export function withRange(query: URLSearchParams, range: Range): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const name of ['range', 'from', 'to']) next.delete(name);
  if (range.is === 'live') next.set('range', range.name);
  else {
    next.set('from', new Date(range.from).toISOString());
    next.set('to', new Date(range.to).toISOString());
  }
  return next;
}

/** From when to when, where the clock stands at `now`. */
export function spanOf(range: Range, now: number): { readonly from: number; readonly to: number } {
  return range.is === 'live' ? { from: now - LENGTHS[range.name], to: now } : range;
}

/** The range between two instants, as far as one can be. */
export function between(from: number, to: number): Range {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, to - from));
  const middle = (from + to) / 2;
  return { is: 'fixed', from: Math.round(middle - length / 2), to: Math.round(middle + length / 2) };
}

/** What is asked of the server: up to now is up to its clock, which need not be that of this machine. */
export function askedOf(range: Range): { readonly last: number } | { readonly from: number; readonly to: number } {
  return range.is === 'live' ? { last: LENGTHS[range.name] } : { from: range.from, to: range.to };
}

export type Step = 'earlier' | 'later' | 'in' | 'out';

/** The range after a step: half of it aside, half as long, or twice. */
export function stepped(range: Range, step: Step, now: number): Range {
  const { from, to } = spanOf(range, now);
  const half = (to - from) / 2;
  switch (step) {
    case 'earlier':
      return between(from - half, to - half);
    case 'later':
      return to + half >= now && range.is === 'fixed' ? upTo(to - from) : between(from + half, to + half);
    case 'in':
      return between(from + half / 2, to - half / 2);
    case 'out':
      return range.is === 'live' ? upTo(2 * (to - from)) : between(from - half, to + half);
  }
}

/** The named range up to the clock that is as long, or longer. */
function upTo(length: number): Range {
  return { is: 'live', name: NAMES.find((name) => LENGTHS[name] >= length) ?? '1y' };
}

/** The buttons of a range: everything that dragging does, and more. */
export class RangeBar {
  readonly element = make('div', 'range-bar');
  readonly #names = new Map<RangeName, HTMLButtonElement>();
  readonly #later: HTMLButtonElement;
  readonly #fixed = make('span', 'range-fixed');

  constructor(choose: (range: Range) => void, step: (step: Step) => void) {
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', words.range);
    for (const name of NAMES) {
      const made = button(words.ranges[name], () => choose({ is: 'live', name }));
      this.#names.set(name, made);
      this.element.append(made);
    }
    this.#later = button(words.later, () => step('later'));
    this.element.append(
      make('span', 'range-gap'),
      button(words.earlier, () => step('earlier')),
      this.#later,
      button(words.zoomIn, () => step('in')),
      button(words.zoomOut, () => step('out')),
      this.#fixed,
    );
  }

  show(range: Range): void {
    for (const [name, made] of this.#names)
      made.setAttribute('aria-pressed', String(range.is === 'live' && range.name === name));
    this.#later.disabled = range.is === 'live';
    this.#fixed.textContent = range.is === 'live' ? '' : words.fixed(dateTime(range.from), dateTime(range.to));
  }
}

function button(text: string, act: () => void): HTMLButtonElement {
  const made = make('button', 'button', text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}
