/**
 * By how much a limit can be passed before the bar stands. Records come late, so what is decided from them always comes after
 * use that nobody could stop; this says how much that can be, for each rule and each feed.
 *
 *   overrun <= sessions x rate x (record + delivery + deciding + barring) + one unit that cannot be cut
 *
 * A bound must not be too low: everything is exact and rounded up once.
 */
import type { Measure } from './decision.js';
import { FEEDS, type Feed } from './event.js';
import { decimalsOf, type Money } from './money.js';
import type { FeedRules, Pack } from './pack.js';
import { DAY, HOUR, MINUTE, type Milliseconds, SECOND } from './units.js';

/** The bound of one rule, measure and feed. */
export interface Overrun {
  readonly operator: string;
  readonly rule: 'limits' | 'spendBar' | 'creditLimit' | 'roamingData';
  readonly clause: string;
  readonly measure: Measure;
  /** The limit itself, where the pack has one for all. */
  readonly limit: number | Money | null;
  readonly feed: Feed;
  /** From the use to the bar, ms. */
  readonly delay: Milliseconds;
  /** In the measure's unit. */
  readonly overrun: number | Money;
  /** The kind of use that makes the most of it: of charges. */
  readonly worst: 'voice' | 'data' | 'messages';
  /** The delay is as long as a billing cycle: within it nothing bounds the use. */
  readonly wholeCycle: boolean;
}

/** How long records of a feed took, from use to being known: of one operator. */
export interface Measured {
  readonly operator: string;
  /** `none` where records name no feed. */
  readonly feed: Feed | 'none';
  readonly records: number;
  readonly median: Milliseconds;
  readonly p99: Milliseconds;
  readonly max: Milliseconds;
}

/** The shortest billing cycle but for a change of its day. */
const CYCLE: Milliseconds = 28 * DAY;
/** The smaller megabyte makes the higher bound. */
const MEGABYTE = 1_000_000;
const BITS = 8;

/** The bounds of every limit of an operator; none where its pack says nothing of feeds. */
export function overruns(pack: Pack): readonly Overrun[] {
  const { feeds, limits, spendBar, creditLimit, roamingData, roaming } = pack.rules;
  if (!feeds) return [];
  const rows: Overrun[] = [];
  const add = (
    rule: Overrun['rule'],
    clause: string,
    limit: Overrun['limit'],
    measure: Measure,
    of: readonly Feed[] = FEEDS,
  ) => {
    for (const feed of of) {
      const delay = delayOf(feeds, feed);
      const bound = boundOf(feeds, measure, delay, pack.currency);
      const wholeCycle = delay >= CYCLE;
      rows.push({ operator: pack.operator, rule, clause, measure, limit, feed, delay, ...bound, wholeCycle });
    }
  };
  if (spendBar) add('spendBar', spendBar.clause, spendBar.cap, 'charge');
  if (creditLimit) add('creditLimit', creditLimit.clause, creditLimit.limit, 'charge');
  if (limits) for (const measure of LIMITED) add('limits', limits.clause, null, measure);
  // Of use abroad only partners tell.
  if (roamingData && roaming) add('roamingData', roamingData.clause, null, 'dataBytes', ['tap', 'nrtrde']);
  return rows;
}

const LIMITED: readonly Measure[] = ['charge', 'voiceSeconds', 'messages', 'dataBytes'];

/** From the beginning of the use that a record tells of to the bar. */
export function delayOf({ delays, deciding, barring }: FeedRules, feed: Feed): Milliseconds {
  const { record, delivery } = delays[feed];
  return record + delivery + deciding + barring;
}

/** The most that can be used in a time, and of which kind. */
export function boundOf(
  { sessions, rates }: FeedRules,
  measure: Measure,
  delay: Milliseconds,
  currency: string,
): Pick<Overrun, 'overrun' | 'worst'> {
  const [k, ms] = [BigInt(sessions), BigInt(delay)];
  const messages = (): bigint => ceiling(k * BigInt(rates.messagesPerMinute) * ms, BigInt(MINUTE)) + 1n;
  // Milliseconds x bit/s: thousandths of bits.
  const milliBits = k * BigInt(Math.ceil(rates.dataBitsPerSecond)) * ms;
  switch (measure) {
    case 'voiceSeconds':
      return { overrun: Number(ceiling(k * ms, BigInt(SECOND))), worst: 'voice' };
    case 'messages':
      return { overrun: Number(messages()), worst: 'messages' };
    case 'dataBytes':
      return { overrun: Number(ceiling(milliBits, BigInt(SECOND * BITS))), worst: 'data' };
    case 'charge': {
      // Each with a unit more that was begun: a minute, a megabyte.
      const voice =
        ceiling(k * BigInt(rates.voicePerMinute.minor) * ms, BigInt(MINUTE)) + BigInt(rates.voicePerMinute.minor);
      const price = BigInt(rates.dataPerMegabyte.minor);
      const data = ceiling(milliBits * price, BigInt(SECOND * BITS * MEGABYTE)) + price;
      const sent = messages() * BigInt(rates.perMessage.minor);
      const worst = voice >= data && voice >= sent ? 'voice' : data >= sent ? 'data' : 'messages';
      const minor = { voice, data, messages: sent }[worst];
      return { overrun: { minor: Number(minor), currency }, worst };
    }
  }
}

function ceiling(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/**
 * Delays counted in classes, eight for each power of two of seconds: in bounded memory whatever their number. What it says of them
 * is the upper bound of a class: never less than the delay itself, and at most an eighth and a second more.
 */
export class Delays {
  readonly #classes = new Map<number, number>();
  #count = 0;
  #max: Milliseconds = 0;

  /** A record that became known before it happened, by a clock that runs ahead, was not late. */
  add(delay: Milliseconds): void {
    const late = Math.max(0, delay);
    const of = classOf(late);
    this.#classes.set(of, (this.#classes.get(of) ?? 0) + 1);
    this.#count += 1;
    this.#max = Math.max(this.#max, late);
  }

  /** Adds what another has counted. */
  join(other: Delays): void {
    for (const [of, count] of other.#classes) this.#classes.set(of, (this.#classes.get(of) ?? 0) + count);
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  get count(): number {
    return this.#count;
  }

  get max(): Milliseconds {
    return this.#max;
  }

  /** The delay that so many hundredths of the records did not exceed; 0 where there are none. */
  percentile(percent: number): Milliseconds {
    const rank = Math.ceil((this.#count * percent) / 100);
    let seen = 0;
    for (const [of, count] of [...this.#classes].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= rank) return Math.min(this.#max, topOf(of));
    }
    return 0;
  }
}

const STEPS = 8;

/** Whole seconds up to eight each have a class; above, each power of two has eight. */
function classOf(delay: Milliseconds): number {
  const seconds = Math.ceil(delay / SECOND);
  if (seconds < STEPS) return seconds;
  const power = 31 - Math.clz32(seconds);
  return STEPS * (power - 2) + Math.floor((seconds - 2 ** power) / 2 ** (power - 3));
}

function topOf(of: number): Milliseconds {
  if (of < STEPS) return of * SECOND;
  const power = Math.floor(of / STEPS) + 2;
  return (2 ** power + ((of % STEPS) + 1) * 2 ** (power - 3) - 1) * SECOND;
}

/** A length of time for people: "1 h 5 min", "2 d 3 h". */
export function lengthOf(length: Milliseconds): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', DAY],
    ['h', HOUR],
    ['min', MINUTE],
    ['s', SECOND],
  ];
  const first = units.findIndex(([, size]) => length >= size);
  if (first < 0) return length === 0 ? '0 s' : 'under 1 s';
  const [[name, size], next] = [units[first]!, units[first + 1]];
  const rest = next ? Math.floor((length % size) / next[1]) : 0;
  return `${Math.floor(length / size)} ${name}${rest > 0 ? ` ${rest} ${next![0]}` : ''}`;
}

/** An amount of a measure for people. */
export function amountOf(measure: Measure, amount: number | Money): string {
  if (typeof amount !== 'number') {
    const digits = decimalsOf(amount.currency)!;
    return `${(amount.minor / 10 ** digits).toFixed(digits)} ${amount.currency}`;
  }
  if (measure === 'voiceSeconds') return lengthOf(amount * SECOND);
  if (measure === 'messages') return `${amount} messages`;
  return amount >= 1e9 ? `${(amount / 1e9).toFixed(2)} GB` : `${(amount / 1e6).toFixed(2)} MB`;
}
