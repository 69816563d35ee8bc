/**
 * Percentiles without the samples: values are counted in buckets whose bounds grow by a constant factor, so that any value of a
 * bucket is told within `RELATIVE_ERROR` (the idea of DDSketch). Counts are integers and add, so sketches merge in any order to
 * the same sketch.
 */

/** A percentile is off by at most this share of its value. */
export const RELATIVE_ERROR = 0.01;
/** Smaller than this, either side of zero, is zero. */
export const ZERO_BELOW = 1e-12;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Keeps the keys of negative values apart from those of positive ones: no double has an index this large. */
const NEGATIVE = 1 << 20;
const ZERO = -NEGATIVE;

/** Counts by bucket. Keys rise with the index; those of negative values have NEGATIVE added. Never changed in place by others. */
export type Sketch = ReadonlyMap<number, number>;

/** The bucket of a finite value. */
export function bucketOf(value: number): number {
  const size = Math.abs(value);
  if (size < ZERO_BELOW) return ZERO;
  const index = Math.ceil(Math.log(size) / LOG_GAMMA);
  return value > 0 ? index : index + 2 * NEGATIVE;
}

/** The value that stands for all of a bucket. */
function middleOf(bucket: number): number {
  if (bucket === ZERO) return 0;
  const negative = bucket > NEGATIVE;
  const size = (2 * Math.exp((negative ? bucket - 2 * NEGATIVE : bucket) * LOG_GAMMA)) / (GAMMA + 1);
  return negative ? -size : size;
}

/** Counts of both. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  const merged = new Map(a);
  for (const [bucket, count] of b) merged.set(bucket, (merged.get(bucket) ?? 0) + count);
  return merged;
}

/** The value at a share (0 to 1) of the values in order, the lower of two; within RELATIVE_ERROR. Throws for an empty sketch. */
export function quantile(sketch: Sketch, share: number): number {
  const buckets = [...sketch].map(([bucket, count]) => ({ value: middleOf(bucket), count }));
  buckets.sort((a, b) => a.value - b.value);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) throw new RangeError('no quantile of nothing');
  let before = 0;
  const rank = Math.floor(share * (total - 1));
  for (const { value, count } of buckets) {
    before += count;
    if (before > rank) return value;
  }
  return buckets[buckets.length - 1]!.value;
}

/** The sketch as a list of bucket, count, bucket, count..., by bucket: the same counts are the same list. */
export function plainSketch(sketch: Sketch): readonly number[] {
  return [...sketch].sort(([a], [b]) => a - b).flat();
}

export function readSketch(plain: readonly number[]): Sketch {
  const sketch = new Map<number, number>();
  for (let i = 0; i + 1 < plain.length; i += 2) sketch.set(plain[i]!, plain[i + 1]!);
  return sketch;
}
