/**
 * What was known of a service's use before this installation was: sums of whole billing cycles and of single days. It is kept packed,
 * for most services are looked at without anybody asking so far back, and read once when somebody does.
 */
import type { Measure } from '../decision.js';
import { Packer, Unpacker } from './packed.js';

type Sums = Partial<Record<Measure, number>>;

/** Days are local days as numbers, `to` is not included. Charges in `Fine`; all whole numbers. */
export interface History {
  readonly cycles: readonly { readonly from: number; readonly to: number; readonly sums: Sums }[];
  readonly days: readonly { readonly day: number; readonly sums: Sums }[];
}

/** The place of a measure is part of what stores hold. */
const MEASURES: readonly Measure[] = ['charge', 'voiceSeconds', 'messages', 'dataBytes'];
const packer = new Packer();

export class PastUse {
  static readonly none = new PastUse('');
  /** Empty: nothing was known. */
  readonly packed: string;
  #cycles: History['cycles'] | undefined;
  #days: History['days'] | undefined;
  /** Where the days begin. */
  #daysAt = 0;
  readonly #first: number = Number.POSITIVE_INFINITY;
  /** The first day of which nothing is known any more. */
  readonly #end: number = Number.NEGATIVE_INFINITY;

  constructor(packed: string) {
    this.packed = packed;
    if (packed === '') return;
    const reader = new Unpacker(packed);
    this.#first = reader.signed();
    this.#end = reader.signed();
  }

  static of({ cycles, days }: History): PastUse {
    if (cycles.length + days.length === 0) return PastUse.none;
    const firsts = [...cycles.map(({ from }) => from), ...days.map(({ day }) => day)];
    const ends = [...cycles.map(({ to }) => to), ...days.map(({ day }) => day + 1)];
    packer.signed(firsts.reduce((a, b) => Math.min(a, b))).signed(ends.reduce((a, b) => Math.max(a, b)));
    packer.count(cycles.length);
    for (const { from, to, sums } of cycles) packSums(packer.signed(from).signed(to), sums);
    packer.count(days.length);
    for (const { day, sums } of days) packSums(packer.signed(day), sums);
    return new PastUse(packer.take());
  }

  /** With more that was known. */
  with({ cycles, days }: History): PastUse {
    return PastUse.of({
      cycles: [...this.#allCycles, ...cycles].sort((a, b) => a.from - b.from),
      days: [...this.#allDays, ...days].sort((a, b) => a.day - b.day),
    });
  }

  /** Without what ended before a day. */
  since(day: number): PastUse {
    if (this.#first >= day) return this;
    const [cycles, days] = [this.#allCycles, this.#allDays];
    const kept = { cycles: cycles.filter(({ to }) => to >= day), days: days.filter((one) => one.day >= day) };
    return kept.cycles.length === cycles.length && kept.days.length === days.length ? this : PastUse.of(kept);
  }

  /** The sum of a measure over whole days; with `cycle`, that of cycles within them where there are any, else that of the days. */
  sum(measure: Measure, from: number, to: number, cycle: boolean): number {
    if (from >= this.#end || to <= this.#first) return 0;
    let sum = 0;
    if (cycle) {
      const within = this.#allCycles.filter(
        (one) => one.from >= from && one.to <= to && one.sums[measure] !== undefined,
      );
      for (const one of within) sum += one.sums[measure]!;
      if (within.length > 0) return sum;
    }
    for (const { day, sums } of this.#allDays) if (day >= from && day < to) sum += sums[measure] ?? 0;
    return sum;
  }

  /** Mostly cycles are asked for, and there are few of them: the days are left packed then. */
  get #allCycles(): History['cycles'] {
    if (this.#cycles || this.packed === '') return this.#cycles ?? [];
    const reader = new Unpacker(this.packed);
    reader.signed();
    reader.signed();
    this.#cycles = Array.from({ length: reader.count() }, () => ({
      from: reader.signed(),
      to: reader.signed(),
      sums: sumsOf(reader),
    }));
    this.#daysAt = reader.at;
    return this.#cycles;
  }

  get #allDays(): History['days'] {
    if (this.#days || this.packed === '') return this.#days ?? [];
    if (!this.#cycles) void this.#allCycles;
    const reader = new Unpacker(this.packed, this.#daysAt);
    this.#days = Array.from({ length: reader.count() }, () => ({ day: reader.signed(), sums: sumsOf(reader) }));
    return this.#days;
  }
}

/** Which measures there are, and of which the sum is negative; then each without its sign. */
function packSums(into: Packer, sums: Sums): void {
  let mask = 0;
  MEASURES.forEach((measure, i) => {
    const sum = sums[measure];
    if (sum !== undefined) mask |= (1 << i) | (sum < 0 ? 0x10 << i : 0);
  });
  into.byte(mask);
  for (const measure of MEASURES) {
    const sum = sums[measure];
    if (sum !== undefined) into.count(Math.abs(sum));
  }
}

function sumsOf(reader: Unpacker): Sums {
  const mask = reader.byte();
  const sums: Sums = {};
  for (let i = 0; i < MEASURES.length; i++) {
    if ((mask & (1 << i)) === 0) continue;
    const sum = reader.count();
    sums[MEASURES[i]!] = mask & (0x10 << i) ? -sum : sum;
  }
  return sums;
}
