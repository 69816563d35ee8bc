/** What the bounds of all limits are beside what was measured of the feeds: the report, the page and the interface read it here. */
import { FEEDS } from './event.js';
import { formatMoney } from './money.js';
import { boundOf, Delays, type Measured, type Overrun, overruns } from './overrun.js';
import type { PlainAmount, PlainOverrun } from './overrun-wire.js';
import type { FeedRules, Packs } from './pack.js';
import { FOREVER } from './units.js';

/** A bound, and what it would be with the delay that 99 in 100 records did not exceed; null where nothing was measured. */
export interface OverrunLine extends Overrun {
  readonly measured: Overrun['overrun'] | null;
}

/** Delays of records, by operator and feed. */
export class FeedDelays {
  readonly #of = new Map<string, Delays>();

  /** A record of a feed (`none` where it names none) that was known so many ms after the use. */
  add(operator: string, feed: Measured['feed'], delay: number): void {
    const name = `${operator} ${feed}`;
    let of = this.#of.get(name);
    if (!of) this.#of.set(name, (of = new Delays()));
    of.add(delay);
  }

  /** Adds what another has counted. */
  join(other: FeedDelays): void {
    for (const [name, delays] of other.#of) {
      let of = this.#of.get(name);
      if (!of) this.#of.set(name, (of = new Delays()));
      of.join(delays);
    }
  }

  /** By operator, the feeds in the order of the contract. */
  get measured(): readonly Measured[] {
    const order = (feed: Measured['feed']) => (feed === 'none' ? FEEDS.length : FEEDS.indexOf(feed));
    return [...this.#of]
      .map(([name, of]): Measured => {
        const [operator = '', feed = 'none'] = name.split(' ');
        const [median, p99] = [of.percentile(50), of.percentile(99)];
        return { operator, feed: feed as Measured['feed'], records: of.count, median, p99, max: of.max };
      })
      .sort((a, b) => (a.operator < b.operator ? -1 : a.operator > b.operator ? 1 : order(a.feed) - order(b.feed)));
  }
}

/** Every bound of every operator, by the rules that come last. */
export function overrunReport(packs: Packs, measured: readonly Measured[]): readonly OverrunLine[] {
  return [...packs.operators().keys()].sort().flatMap((operator) => {
    const pack = packs.at(operator, FOREVER)!;
    return overruns(pack).map((one) => ({ ...one, measured: measuredBound(one, measured, pack.rules.feeds!) }));
  });
}

function measuredBound(
  { operator, feed, measure, overrun }: Overrun,
  measured: readonly Measured[],
  rules: FeedRules,
): Overrun['overrun'] | null {
  const found = measured.find((one) => one.operator === operator && one.feed === feed);
  if (!found) return null;
  const currency = typeof overrun === 'number' ? '' : overrun.currency;
  return boundOf(rules, measure, found.p99 + rules.deciding + rules.barring, currency).overrun;
}

/** The report as it goes over the wire. */
export function plainOverrun(packs: Packs, measured: readonly Measured[]): PlainOverrun {
  const plain = (amount: Overrun['overrun']): PlainAmount =>
    typeof amount === 'number' ? amount : formatMoney(amount);
  const orNull = (amount: Overrun['overrun'] | null) => (amount === null ? null : plain(amount));
  return {
    bounds: overrunReport(packs, measured).map(
      ({ operator, rule, clause, measure, feed, worst, wholeCycle, ...of }) => ({
        ...{ operator, rule, clause, measure, limit: orNull(of.limit), feed, delaySeconds: of.delay / 1_000 },
        ...{ overrun: plain(of.overrun), worst, wholeCycle, overrunAtMeasuredP99: orNull(of.measured) },
      }),
    ),
    delays: measured.map(({ operator, feed, records, median, p99, max }) => ({
      ...{ operator, feed, records },
      ...{ medianSeconds: median / 1_000, p99Seconds: p99 / 1_000, maxSeconds: max / 1_000 },
    })),
  };
}
