/** What a run came to, for people and as JSON. */
import type { FaultKind } from './plan.js';
import type { Recovery, Totals } from './watch.js';

/** A fault as it was felt. */
export interface Felt {
  readonly kind: FaultKind;
  /** When it began, in seconds of the run. */
  readonly atSeconds: number;
  readonly recovery: Recovery;
  readonly notes: readonly string[];
}

export interface Report {
  readonly seed: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly verdict: 'right' | 'wrong';
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly totals: Totals;
  readonly faults: readonly Felt[];
  /** Ends of processes that nobody asked for. */
  readonly ownEnds: readonly string[];
  /** What was told on the way, with the second at which it was. */
  readonly log: readonly string[];
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1);

/** One line for each kind of fault: how often, and how long until the tasks had owners, the clock went on, no lag was left. */
export function table(faults: readonly Felt[]): readonly string[] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const width = Math.max(0, ...kinds.map(({ length }) => length));
  const spread = (values: readonly number[]) => {
    if (values.length === 0) return '-'.padStart(18);
    const sorted = [...values].sort((a, b) => a - b);
    const [least, median, most] = [sorted[0]!, sorted[Math.floor((sorted.length - 1) / 2)]!, sorted.at(-1)!];
    return `${seconds(least)} / ${seconds(median)} / ${seconds(most)}`.padStart(18);
  };
  const head = `${'fault (seconds: least / median / most)'.padEnd(width)}   n ${'new owners'.padStart(18)} ${'clock goes on'.padStart(18)} ${'no lag'.padStart(18)}`;
  return [
    head,
    ...kinds.map((kind) => {
      const recoveries = faults.filter((one) => one.kind === kind).map(({ recovery }) => recovery);
      const owned = recoveries.flatMap(({ ownedMs }) => (ownedMs === undefined ? [] : [ownedMs]));
      return [
        kind.padEnd(Math.max(width, 'fault (seconds: least / median / most)'.length)),
        String(recoveries.length).padStart(3),
        spread(owned),
        spread(recoveries.map(({ movingMs }) => movingMs)),
        spread(recoveries.map(({ caughtUpMs }) => caughtUpMs)),
      ].join(' ');
    }),
  ];
}
