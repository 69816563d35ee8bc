/**
 * How unusual a sample is, from what was known of its series before it: 0 normal, 1 anomalous, 0.5 and above worth a look.
 *
 * Six views of a sample are taken: the step from the one before, the shift of the last twelve and of the last seventy-two
 * against as many before them, the change of the spread within twelve, and the mean error of the last three and of the last
 * twelve against what is usual at that time of day. Of each the part above its own mean counts (a trend is no surprise), as a
 * ratio to its own record, which fades with time: 1 is "as far out as ever". So no unit, scale or shape of distribution is
 * assumed, and a series that is always wild needs more to stand out than a quiet one. The surprise is their fourth power mean:
 * several views that agree weigh more than one that shouts.
 *
 * One episode is told once: after a score of 0.5 the next ones are halved for a while, unless one goes three times beyond the
 * records that the episode has set by then.
 *
 * The file is long because views, records and band are of one buffer, which is copied at once.
 *
 * The constants were set on the developers' part of the Numenta benchmark (docs/kpi-scores.md), and are the same for every series.
 */

import { wall } from '../calendar.js';
import { DAY, type Instant, type Zone } from '../units.js';
import { DAYS_KEPT, NO_DAY, SEASON_SCALARS, Season, SLOTS } from './season.js';

const VIEWS = ['step', 'shift12', 'shift72', 'spread12', 'season3', 'season12'] as const;
/** How many samples each needs before it; of the last two, errors against what is usual. */
const BEFORE = [1, 23, 143, 23, 2, 11] as const;
const SEASONAL = 4;
/** The views of a sample, each as a ratio to its own record; 0 where there is none yet. */
export type Ratios = Readonly<Record<(typeof VIEWS)[number], number>>;

/** What is said of one sample. */
export interface Scored {
  readonly score: number;
  /** The band in which 99 of 100 samples are expected; null while too little is known. */
  readonly expectedLow: number | null;
  readonly expectedHigh: number | null;
  /** How many samples before this one the score is from. */
  readonly history: number;
  readonly ratios: Ratios;
  /** The fourth power mean of the ratios over `SURPRISING`, damped while the history is short. */
  readonly surprise: number;
  /** Within an episode that was told: the score is half of what it would be. */
  readonly told: boolean;
}

const RECENT = 144;
const SHORT = 12;
const LONG = 72;
const SEASON_SHORT = 3;
/** The power mean of the ratios at which a score is 0.5. */
export const SURPRISING = 0.82;
const POWER = 4;
/** One view alone can say no more than this. */
const RATIO_MAX = 20;
/** With so many samples known a surprise counts half. */
const HALF_TRUST = 20;
/** So often a view is had before it is held against its record. */
const LEARNING = 24;
/** A record fades to half in this time, but never in fewer samples than these. */
const FADE = 21 * DAY;
const FADE_SAMPLES = 1_000;
/** One sample raises a record to no more than so many times what it was: one wild value must not hide the next. */
const RISE_MAX = 1.25;
/** How many samples an episode lasts, and how surprising a sample must be to begin another. */
const EPISODE = 60;
const AGAIN = 3;
/** Changes smaller than this share of the values are rounding: what is usual is kept in single precision. */
const GRAIN = 1e-6;
/** What is greater counts as this: squares and single precision stay finite. */
const VALUE_MAX = 1e37;
/** How fast the mean of a view follows. */
const MEAN_GAIN = 1 / 100;
/** How fast the level follows, the mean error, and the band's width. */
const LEVEL_GAIN = 0.3;
const ERROR_GAIN = 1 / 200;
const WIDTH_GAIN = 0.05;
const OUTSIDE = 0.01;
/** The width at first, in mean errors: 99 of 100 of a Laplace distribution lie within. */
const WIDTH = 4.6;
const BAND_MIN = 20;

/** Places in the numbers of a series. */
const COUNT = 0;
const LAST_AT = 1;
const LEFT = 2;
const LEVEL = 3;
const LEVEL_ERROR = 4;
const SEASON_ERROR = 5;
const SEASON_COUNT = 6;
const LEVEL_WIDTH = 7;
const SEASON_WIDTH = 8;
const RECORDS = 9;
const MEANS = RECORDS + VIEWS.length;
const PEAKS = MEANS + VIEWS.length;
const ERRORS = PEAKS + VIEWS.length;
const SEASON_AT = ERRORS + SHORT;
const RECENT_AT = SEASON_AT + SEASON_SCALARS;
const NUMBERS = RECENT_AT + RECENT;
export const MODEL_BYTES = NUMBERS * 8 + SLOTS * DAYS_KEPT * 4 + SLOTS * 4;

/** All that is held of a series, in one buffer of `MODEL_BYTES`, so that it is copied at once. */
export class ScoreModel {
  readonly #bytes = new Uint8Array(MODEL_BYTES);
  readonly #n = new Float64Array(this.#bytes.buffer, 0, NUMBERS);
  readonly #season: Season;
  readonly #zone: Zone;

  constructor(zone: Zone) {
    this.#zone = zone;
    const { buffer } = this.#bytes;
    const lastDay = new Int32Array(buffer, NUMBERS * 8 + SLOTS * DAYS_KEPT * 4, SLOTS).fill(NO_DAY);
    const means = new Float32Array(buffer, NUMBERS * 8, SLOTS * DAYS_KEPT);
    this.#season = new Season(means, lastDay, this.#n.subarray(SEASON_AT, SEASON_AT + SEASON_SCALARS));
    this.#n[LEVEL_WIDTH] = WIDTH;
    this.#n[SEASON_WIDTH] = WIDTH;
  }

  become(other: ScoreModel): void {
    this.#bytes.set(other.#bytes);
  }

  /** Says how unusual the sample is, and takes it in. */
  take(at: Instant, given: number): Scored {
    const n = this.#n;
    const value = Math.max(-VALUE_MAX, Math.min(VALUE_MAX, given));
    const history = n[COUNT]!;
    const usual = this.#season.take(wall(at, this.#zone), value);
    const band = this.#band(usual);
    const views = this.#views(value, usual);
    const surprise = this.#surprise(views, at, value, history);
    n[LAST_AT] = at;
    n[COUNT] = history + 1;
    const told = n[LEFT]! > 0 && surprise.surprise < AGAIN;
    if (told) n[LEFT]! -= 1;
    else n[LEFT] = surprise.surprise >= 1 ? EPISODE : 0;
    const whole = surprise.surprise / (1 + surprise.surprise);
    this.#learn(value, usual, band);
    const { low, high } = band;
    return {
      score: rounded(told ? whole / 2 : whole),
      expectedLow: low,
      expectedHigh: high,
      history,
      ...surprise,
      told,
    };
  }

  /** The views in the order of VIEWS. Takes the value into the recent ones. */
  #views(value: number, usual: number): readonly number[] {
    const n = this.#n;
    const count = n[COUNT]!;
    const step = count === 0 ? 0 : Math.abs(value - n[RECENT_AT + ((count - 1) % RECENT)]!);
    n[RECENT_AT + (count % RECENT)] = value;
    const shift12 = count + 1 < 2 * SHORT ? 0 : Math.abs(this.#mean(0, SHORT) - this.#mean(SHORT, SHORT));
    const shift72 = count + 1 < 2 * LONG ? 0 : Math.abs(this.#mean(0, LONG) - this.#mean(LONG, LONG));
    const spread12 = count + 1 < 2 * SHORT ? 0 : Math.abs(this.#spread(0) - this.#spread(SHORT));
    let [season3, season12] = [0, 0];
    if (!Number.isNaN(usual)) {
      const errors = n[SEASON_COUNT]!;
      n[ERRORS + (errors % SHORT)] = value - usual;
      n[SEASON_COUNT] = errors + 1;
      season3 = this.#meanError(SEASON_SHORT);
      season12 = this.#meanError(SHORT);
    }
    return [step, shift12, shift72, spread12, season3, season12];
  }

  /** The mean of `size` recent values, those before the last `back`. */
  #mean(back: number, size: number): number {
    const n = this.#n;
    const end = n[COUNT]! - back;
    let sum = 0;
    for (let i = end - size + 1; i <= end; i++) sum += n[RECENT_AT + (i % RECENT)]!;
    return sum / size;
  }

  #spread(back: number): number {
    const n = this.#n;
    const mean = this.#mean(back, SHORT);
    const end = n[COUNT]! - back;
    let squares = 0;
    for (let i = end - SHORT + 1; i <= end; i++) squares += (n[RECENT_AT + (i % RECENT)]! - mean) ** 2;
    return Math.sqrt(squares / SHORT);
  }

  #meanError(size: number): number {
    const count = this.#n[SEASON_COUNT]!;
    if (count < size) return 0;
    let sum = 0;
    for (let i = count - size; i < count; i++) sum += this.#n[ERRORS + (i % SHORT)]!;
    return Math.abs(sum) / size;
  }

  /** Holds each view against its record, and lets the records fade and rise. */
  #surprise(
    views: readonly number[],
    at: Instant,
    value: number,
    history: number,
  ): { readonly ratios: Ratios; readonly surprise: number } {
    const n = this.#n;
    const elapsed = history === 0 ? 0 : Math.max(0, at - n[LAST_AT]!);
    const fade = 0.5 ** Math.min(elapsed / FADE, 1 / FADE_SAMPLES);
    const grain = GRAIN * Math.max(Math.abs(value), Math.abs(n[LEVEL]!));
    let sum = 0;
    const ratios: Record<string, number> = {};
    for (let i = 0; i < VIEWS.length; i++) {
      // How often this view was had before: the first ones are its own measure and say nothing.
      const had = (i < SEASONAL ? history : n[SEASON_COUNT]! - 1) - BEFORE[i]!;
      let ratio = 0;
      if (had >= 0) {
        const mean = n[MEANS + i]!;
        const excess = views[i]! - mean;
        const view = excess > grain ? excess : 0;
        // Within an episode a view is held against the highest that the episode has seen.
        const peak = n[LEFT]! > 0 ? n[PEAKS + i]! : 0;
        const record = Math.max(n[RECORDS + i]!, peak, grain);
        if (had >= LEARNING && record > 0) ratio = rounded(Math.min(view / record, RATIO_MAX));
        n[MEANS + i] = mean + Math.max(MEAN_GAIN, 1 / (had + 1)) * excess;
        const most = had < LEARNING || n[RECORDS + i]! <= grain ? Number.POSITIVE_INFINITY : RISE_MAX * n[RECORDS + i]!;
        n[PEAKS + i] = Math.max(peak, view);
        // The very first is its own mean.
        n[RECORDS + i] = had === 0 ? 0 : Math.max(n[RECORDS + i]! * fade, Math.min(view, most));
      }
      ratios[VIEWS[i]!] = ratio;
      sum += ratio ** POWER;
    }
    const mean = (sum / VIEWS.length) ** (1 / POWER);
    return { ratios: ratios as Ratios, surprise: rounded(((mean / SURPRISING) * history) / (history + HALF_TRUST)) };
  }

  /** The band around the better of two forecasts: the level, and what is usual at this time of day. */
  #band(usual: number): Band {
    const n = this.#n;
    if (n[COUNT]! < BAND_MIN) return NO_BAND;
    const seasonal = !Number.isNaN(usual) && n[SEASON_COUNT]! >= BAND_MIN && n[SEASON_ERROR]! < n[LEVEL_ERROR]!;
    const centre = seasonal ? usual : n[LEVEL]!;
    const width = seasonal ? n[SEASON_ERROR]! * n[SEASON_WIDTH]! : n[LEVEL_ERROR]! * n[LEVEL_WIDTH]!;
    return { low: centre - width, high: centre + width, by: seasonal ? SEASON_WIDTH : LEVEL_WIDTH };
  }

  /** The level, both errors, and the width: wider after a sample outside, so that in the long run one of 100 is. */
  #learn(value: number, usual: number, band: Band): void {
    const n = this.#n;
    const count = n[COUNT]!;
    if (count === 1) n[LEVEL] = value;
    else n[LEVEL_ERROR]! += Math.max(ERROR_GAIN, 1 / count) * (Math.abs(value - n[LEVEL]!) - n[LEVEL_ERROR]!);
    n[LEVEL]! += LEVEL_GAIN * (value - n[LEVEL]!);
    if (!Number.isNaN(usual)) {
      const gain = Math.max(ERROR_GAIN, 1 / n[SEASON_COUNT]!);
      n[SEASON_ERROR]! += gain * (Math.abs(value - usual) - n[SEASON_ERROR]!);
    }
    if (band.low === null) return;
    const outside = value < band.low || value > band.high;
    n[band.by]! *= Math.exp(WIDTH_GAIN * ((outside ? 1 : 0) - OUTSIDE));
  }
}

type Band = { readonly low: number; readonly high: number; readonly by: number } | typeof NO_BAND;
const NO_BAND = { low: null, high: null } as const;

/** So many decimals are said, and counted on with: what is said can be worked out again. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
