/** Simple detectors that the scores are held against: each gives every sample a score from 0 to 1 from those before it. */

import { median } from '../../../pipelines/domain/kpi/season.js';
import { SeriesScorer } from '../../../pipelines/domain/kpi/series-scorer.js';
import { DAY } from '../../../pipelines/domain/units.js';

export type Detector = (times: readonly number[], values: readonly number[]) => readonly number[];

/** A deviation in standard deviations as a score: 0.5 at three. */
const scoreOf = (deviations: number) => (Number.isFinite(deviations) ? deviations / (3 + deviations) : 0);

const dozor: Detector = (times, values) => {
  const scorer = new SeriesScorer('UTC');
  return values.map((value, i) => scorer.take(times[i]!, value)?.score ?? 0);
};

/** Mean and deviation of the first 15 %, and never again: a threshold set once by hand. */
const fixed: Detector = (_, values) => {
  const first = values.slice(0, Math.floor(0.15 * values.length));
  const mean = first.reduce((sum, value) => sum + value, 0) / first.length;
  const deviation = Math.sqrt(first.reduce((sum, value) => sum + (value - mean) ** 2, 0) / first.length);
  return values.map((value, i) => (i < first.length ? 0 : scoreOf(Math.abs(value - mean) / deviation)));
};

/** The error against a smoothed level in its own smoothed deviations. */
const ewma: Detector = (_, values) => {
  let [level, square] = [values[0]!, 0];
  return values.map((value, i) => {
    const error = value - level;
    const score = i < 20 ? 0 : scoreOf(Math.abs(error) / Math.sqrt(square));
    square += (error * error - square) / Math.min(i + 1, 200);
    level += 0.1 * error;
    return score;
  });
};

/** The error against the median of the same half hour of the days before, in their median deviations. */
const season: Detector = (times, values) => {
  const slots = new Map<number, { readonly day: number; readonly value: number }[]>();
  return values.map((value, i) => {
    const day = Math.floor(times[i]! / DAY);
    const slot = Math.floor((times[i]! % DAY) / (DAY / 48));
    const held = slots.get(slot) ?? [];
    const past = held.filter((one) => one.day < day).map((one) => one.value);
    slots.set(slot, [...held, { day, value }].slice(-84));
    if (past.length < 6) return 0;
    const usual = median([...past]);
    const spread = 1.4826 * median(past.map((one) => Math.abs(one - usual)));
    return scoreOf(Math.abs(value - usual) / spread);
  });
};

export const DETECTORS: Readonly<Record<string, Detector>> = {
  'Dozor, kpi.scored': dozor,
  'EWMA, standard deviations': ewma,
  'median of the half hour, MAD': season,
  'fixed, first 15 %': fixed,
};
