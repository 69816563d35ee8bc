/**
 * What one usage costs. A started step counts whole, at the price of the band and slot in which it begins; where it ends the next
 * one begins, so a rounded part runs over into the next slot or band. Voice goes through the bands of the wall clock; all else
 * stays in the band of its start. The connect fee is the first band's, once, and nothing is due for nothing.
 *
 * Steps are counted by stretches in which band and slot stay the same, never one by one; whole weeks that repeat are counted
 * together. Numbers are exact; the charge is rounded once.
 */
import { addFractions, type Fraction, fraction, minFraction, multiply, ZERO_FRACTION } from '../money.js';
import type { Instant } from '../units.js';
import { ONE, PER_MILLISECOND, type Quantity } from './quantity.js';
import { roundTo } from './rounding.js';
import type { Band, Price, Slot } from './tariff.js';
import { type Stay, stayAt, type Wall } from './week.js';

export interface Usage {
  /** Only voice is split at bands. */
  readonly kind: string;
  readonly start: Instant;
  readonly amount: Quantity;
  readonly wall: Wall;
}

export interface Rating {
  /** Exact, not rounded; after the cap, if there is one. */
  readonly cost: Fraction;
  /** Rounded once. */
  readonly charge: Fraction;
}

/** Three hundred years: no call is longer, and up to here the calendar is asked. */
export const VOICE_MAX: Quantity = 10_000_000_000n * ONE;

/** Rates a usage. What bundles gave of it, from its beginning on, is `given` (see `bundles.ts`). */
export function rate(price: Price, usage: Usage, given?: { readonly upTo: Quantity; readonly fee: boolean }): Rating {
  if (usage.amount <= 0n) return { cost: ZERO_FRACTION, charge: ZERO_FRACTION };
  const steps = count(price, usage).steps;
  if (given && given.upTo > 0n) {
    for (const [slot, free] of count(price, usage, given.upTo).steps) steps.set(slot, steps.get(slot)! - free);
  }
  let cost = given?.fee ? ZERO_FRACTION : stayAt(price.week, usage.start, usage.wall).band.connectFee;
  for (const [slot, times] of steps) cost = addFractions(cost, multiply(slot.step, fraction(times)));
  if (price.cap) cost = minFraction(cost, price.cap);
  return { cost, charge: roundTo(cost, price.rounding) };
}

/** How many steps of each slot, and where the last of them ends. */
export interface Count {
  readonly steps: Map<Slot, bigint>;
  readonly end: Quantity;
}

/** Counts the steps of a usage: all that are begun, or with a `limit` those from its beginning that fit into it whole. */
export function count(price: Price, usage: Usage, limit?: Quantity): Count {
  const { amount, kind } = usage;
  const split = kind === 'voice' && price.week.length > 1;
  if (split && amount > VOICE_MAX) throw new RangeError('a call of more than three hundred years');
  const steps = new Map<Slot, bigint>();
  const weeks = new Weeks();
  let stay = stayAt(price.week, usage.start, usage.wall);
  let at: Quantity = 0n;
  while (at < amount) {
    if (split) {
      stay = stayAt(price.week, usage.start + Number(at / PER_MILLISECOND), usage.wall);
      if (stay.index === 0 && at >= price.lastSlot) {
        const skipped = weeks.skip(at, stay, steps, least(amount, positionOf(stay.steadyUntil, usage), limit));
        if (skipped > 0n) {
          at += skipped;
          continue;
        }
      }
    }
    const { slot, until } = slotAt(stay.band, at);
    const end = least(amount, until, split ? positionOf(stay.until, usage) : undefined);
    const begun = (end - at + slot.increment - 1n) / slot.increment;
    const fitting = limit === undefined ? begun : least((limit - at) / slot.increment, begun);
    steps.set(slot, (steps.get(slot) ?? 0n) + fitting);
    at += fitting * slot.increment;
    if (fitting < begun) break;
  }
  return { steps, end: at };
}

function slotAt({ slots }: Band, at: Quantity): { slot: Slot; until: Quantity | undefined } {
  const i = slots.findLastIndex(({ from }) => from <= at);
  return { slot: slots[i]!, until: slots[i + 1]?.from };
}

/** The offset of an instant into the usage; undefined where it never comes. */
function positionOf(at: Instant, { start }: Usage): Quantity | undefined {
  return Number.isFinite(at) ? BigInt(at - start) * PER_MILLISECOND : undefined;
}

/**
 * Between two changes of the clock the weeks are alike: where the wall shows, to the billionth, what it showed before, the steps
 * since then come again and again.
 */
class Weeks {
  readonly #seen = new Map<Quantity, { readonly at: Quantity; readonly steps: ReadonlyMap<Slot, bigint> }>();
  #steadyUntil: Instant | undefined;

  /** How far the weeks that end before `reach` lead on, after adding their steps; 0 where none repeats yet. */
  skip(at: Quantity, stay: Stay<Band>, steps: Map<Slot, bigint>, reach: Quantity): Quantity {
    if (this.#steadyUntil !== stay.steadyUntil) this.#seen.clear();
    this.#steadyUntil = stay.steadyUntil;
    // The wall is asked at whole milliseconds; the rest of the position goes with it.
    const phase = BigInt(stay.shown) * PER_MILLISECOND + (at % PER_MILLISECOND);
    const before = this.#seen.get(phase);
    if (!before) {
      this.#seen.set(phase, { at, steps: new Map(steps) });
      return 0n;
    }
    const period = at - before.at;
    const times = (reach - at) / period;
    if (times <= 0n) return 0n;
    for (const [slot, now] of steps) steps.set(slot, now + times * (now - (before.steps.get(slot) ?? 0n)));
    return times * period;
  }
}

function least(first: Quantity, ...others: readonly (Quantity | undefined)[]): Quantity {
  return others.reduce<Quantity>((low, one) => (one !== undefined && one < low ? one : low), first);
}
