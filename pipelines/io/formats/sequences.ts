/**
 * The numbers of the files of one source: which came, and which are missing. Numbers go up to a last one and then begin again;
 * here they go on counting. A number that is missing means usage that nobody told of: limits that rest on it cannot be trusted.
 */
import type { Instant } from '../../domain/units.js';

/** Numbers that are missing between two files that came. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** When the file that came after it was available: then it could be known. */
  readonly knownAt: Instant;
  /** What of it has not come since, as ranges. */
  readonly left: readonly (readonly [from: number, to: number])[];
  /** Its alarm was sent. */
  readonly told?: true;
}

/** What came of a source so far. */
export interface Series {
  readonly first: number;
  readonly last: number;
  readonly gaps: readonly Gap[];
}

/** What a number is to what came before. */
export type Numbered =
  | { readonly is: 'first' | 'next' }
  | { readonly is: 'ahead'; readonly gap: Gap }
  /** It was missing; `gap` is what it was missing in, with what is left of that. */
  | { readonly is: 'filling'; readonly gap: Gap }
  | { readonly is: 'again' };

/** The least and the greatest number that a file of this format can have. */
export const NUMBERS = {
  tap: [1, 99_999],
  nrtrde: [1, 9_999_999],
  cdr: [0, 2 ** 32 - 1],
} as const;

/** Takes a file's number. `knownAt` is when the file was available. */
export function numbered(
  series: Series | undefined,
  number: number,
  [least, greatest]: readonly [number, number],
  knownAt: Instant,
): { readonly series: Series; readonly numbered: Numbered } {
  if (!series) return { series: { first: number, last: number, gaps: [] }, numbered: { is: 'first' } };
  const size = greatest - least + 1;
  // Of all the times at which this number comes round, the one that lies nearest to the last.
  const round = Math.round((series.last - number) / size);
  const n = number + Math.max(0, round) * size;
  if (n === series.last + 1) return { series: { ...series, last: n }, numbered: { is: 'next' } };
  if (n > series.last) {
    const range = [series.last + 1, n - 1] as const;
    const gap: Gap = { from: range[0], to: range[1], knownAt, left: [range] };
    return { series: { ...series, last: n, gaps: [...series.gaps, gap] }, numbered: { is: 'ahead', gap } };
  }
  const found = series.gaps.find(({ left }) => left.some(([from, to]) => from <= n && n <= to));
  if (!found) return { series: { ...series, first: Math.min(series.first, n) }, numbered: { is: 'again' } };
  const left = found.left.flatMap(([from, to]) =>
    n < from || n > to ? [[from, to] as const] : [[from, n - 1] as const, [n + 1, to] as const],
  );
  const gap: Gap = { ...found, left: left.filter(([from, to]) => from <= to) };
  const gaps = series.gaps.flatMap((one) => (one === found ? (gap.left.length > 0 ? [gap] : []) : [one]));
  return { series: { ...series, gaps }, numbered: { is: 'filling', gap } };
}

/** The numbers of ranges as files have them: `41, 43-44`. */
export function rangesText(
  ranges: readonly (readonly [number, number])[],
  [least, greatest]: readonly [number, number],
): string {
  const size = greatest - least + 1;
  const own = (n: number) => ((n - least) % size) + least;
  return ranges.map(([from, to]) => (from === to ? `${own(from)}` : `${own(from)}-${own(to)}`)).join(', ');
}
