/**
 * How the list of alarms does by ISA-18.2 and EEMUA 191: what a person at it gets in ten minutes, whether it is a flood, which
 * alarms chatter, and the ten worst. Counted in buckets of ten minutes of event time, a day of them.
 */
import { DAY, EVER, HOUR, type Instant, MINUTE } from '../../pipelines/domain/units.js';

const BUCKET = 10 * MINUTE;
/** ISA-18.2: more than ten alarms in ten minutes for one person begin a flood, fewer than five end it. */
const FLOOD_BEGINS = 10;
const FLOOD_ENDS = 5;
/** Three raises within a minute chatter. */
const CHATTER = { raises: 3, within: MINUTE } as const;
const WORST = 10;

/** What happened in ten minutes. */
interface Bucket {
  /** Raises, by alarm. */
  readonly raised: Map<string, number>;
  /** Shown to a person, by severity. */
  readonly told: Map<string, number>;
}

export interface Figures {
  /** Told to a person and position in the last ten minutes, and the mean and the worst of the last day. */
  readonly perTenMinutes: { readonly now: number; readonly mean: number; readonly worst: number };
  readonly perDay: number;
  /** Raised in the last day, whether told or not. */
  readonly raised: number;
  /** Since when there are more than a person can read; absent: there are not. */
  readonly floodSince?: Instant;
  /** Share of the last day's ten minutes that were a flood. */
  readonly floodShare: number;
  readonly bySeverity: Readonly<Record<string, number>>;
  /** Alarms that were raised three times within a minute in the last hour. */
  readonly chattering: readonly string[];
  /** The alarms raised most often in the last day, and their share of all raises. */
  readonly worst: readonly { readonly id: string; readonly raises: number }[];
  readonly worstShare: number;
}

export class FigureBook {
  readonly #positions: number;
  readonly #buckets = new Map<number, Bucket>();
  readonly #dirty = new Set<number>();
  readonly #chatter = new Map<string, Instant>();

  constructor(positions: number) {
    this.#positions = positions;
  }

  /** An alarm was raised; `raises` are the instants of all its raises so far, in order, this one among them. */
  raised(id: string, at: Instant, raises: readonly Instant[]): void {
    const bucket = this.#bucket(at);
    bucket.raised.set(id, (bucket.raised.get(id) ?? 0) + 1);
    const place = raises.lastIndexOf(at);
    const first = raises[place - CHATTER.raises + 1];
    if (first !== undefined && at - first <= CHATTER.within)
      this.#chatter.set(id, Math.max(at, this.#chatter.get(id) ?? at));
  }

  /** An alarm was shown to a person for the first time in its standing. */
  told(severity: string, at: Instant): void {
    const { told } = this.#bucket(at);
    told.set(severity, (told.get(severity) ?? 0) + 1);
  }

  #bucket(at: Instant): Bucket {
    const number = Math.floor(at / BUCKET);
    let bucket = this.#buckets.get(number);
    if (!bucket) this.#buckets.set(number, (bucket = { raised: new Map(), told: new Map() }));
    this.#dirty.add(number);
    return bucket;
  }

  /** Forgets what is older than a day. */
  forget(now: Instant): readonly number[] {
    const oldest = Math.floor((now - DAY) / BUCKET);
    const gone = [...this.#buckets.keys()].filter((number) => number < oldest);
    for (const number of gone) {
      this.#buckets.delete(number);
      this.#dirty.delete(number);
    }
    for (const [id, at] of this.#chatter) if (at < now - HOUR) this.#chatter.delete(id);
    return gone;
  }

  /** The figures as of `now`: the bucket that runs and the day before it. EVER: nothing has happened yet. */
  figures(now: Instant): Figures {
    // Before the first tick nothing was raised: every bucket is empty then.
    const last = now === EVER ? 0 : Math.floor(now / BUCKET);
    const buckets = DAY / BUCKET;
    const counts: number[] = [];
    let since: number | undefined;
    let floods = 0;
    const worst = new Map<string, number>();
    const bySeverity: Record<string, number> = {};
    let raised = 0;
    for (let number = last - buckets + 1; number <= last; number++) {
      const bucket = this.#buckets.get(number);
      const told = bucket ? sum(bucket.told.values()) : 0;
      const each = told / this.#positions;
      counts.push(each);
      if (each > FLOOD_BEGINS) since ??= number * BUCKET;
      else if (each < FLOOD_ENDS) since = undefined;
      if (since !== undefined) floods += 1;
      for (const [id, n] of bucket?.raised ?? []) worst.set(id, (worst.get(id) ?? 0) + n);
      for (const [severity, n] of bucket?.told ?? []) bySeverity[severity] = (bySeverity[severity] ?? 0) + n;
      raised += bucket ? sum(bucket.raised.values()) : 0;
    }
    const ten = [...worst].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, WORST);
    const perDay = sum(counts);
    return {
      perTenMinutes: { now: counts[buckets - 1]!, mean: perDay / buckets, worst: Math.max(...counts) },
      perDay,
      raised,
      ...(since !== undefined && { floodSince: since }),
      floodShare: floods / buckets,
      bySeverity,
      chattering: [...this.#chatter]
        .filter(([, at]) => at >= now - HOUR)
        .map(([id]) => id)
        .sort(),
      worst: ten.map(([id, raises]) => ({ id, raises })),
      worstShare: raised === 0 ? 0 : ten.reduce((all, [, n]) => all + n, 0) / raised,
    };
  }

  /** Whether more comes now than people at the list can read. */
  floodSince(now: Instant): Instant | undefined {
    return this.figures(now).floodSince;
  }

  /** What changed since it was last asked, by bucket: to be kept. */
  takeChanges(): ReadonlyMap<number, unknown> {
    const changes = new Map<number, unknown>();
    for (const number of this.#dirty) {
      const { raised, told } = this.#buckets.get(number)!;
      changes.set(number, { raised: [...raised], told: [...told] });
    }
    this.#dirty.clear();
    return changes;
  }

  restore(number: number, kept: unknown): void {
    const { raised, told } = kept as { raised: [string, number][]; told: [string, number][] };
    this.#buckets.set(number, { raised: new Map(raised), told: new Map(told) });
  }
}

function sum(numbers: Iterable<number>): number {
  let all = 0;
  for (const one of numbers) all += one;
  return all;
}
