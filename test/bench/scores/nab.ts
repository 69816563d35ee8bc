/**
 * The Numenta Anomaly Benchmark as its README in the shared data states it: files, windows and the score of a detector. Written
 * from that text; `nab.test.ts` holds it against the figures of four published detectors.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One file: its rows in order, and the rows that each labelled window begins and ends with. */
export interface NabSeries {
  readonly file: string;
  readonly times: readonly number[];
  readonly values: readonly number[];
  readonly windows: readonly NabWindow[];
}

export interface NabWindow {
  readonly left: number;
  readonly right: number;
}

/** What a hit, a false alarm and a missed window weigh. */
export interface NabProfile {
  readonly hit: number;
  readonly falseAlarm: number;
  readonly miss: number;
}

export const NAB_PROFILES = {
  standard: { hit: 1, falseAlarm: 0.11, miss: 1 },
  reward_low_FP_rate: { hit: 1, falseAlarm: 0.22, miss: 1 },
  reward_low_FN_rate: { hit: 1, falseAlarm: 0.11, miss: 2 },
} as const satisfies Record<string, NabProfile>;

export type NabProfileName = keyof typeof NAB_PROFILES;

/** The files of the benchmark below this folder, by name; undefined where the folder is not there. */
export function nabSeries(folder: string): readonly NabSeries[] | undefined {
  const labels = join(folder, 'labels/combined_windows.json');
  if (!existsSync(labels)) return undefined;
  const windows = JSON.parse(readFileSync(labels, 'utf8')) as Record<string, readonly (readonly [string, string])[]>;
  return Object.keys(windows)
    .sort()
    .map((file) => {
      const rows = readFileSync(join(folder, 'data', file), 'utf8')
        .trim()
        .split('\n')
        .slice(1);
      const cells = rows.map((row) => row.split(','));
      const times = cells.map(([time]) => utc(time!));
      return {
        file,
        times,
        values: cells.map(([, value]) => Number(value)),
        windows: windows[file]!.map(([start, end]) => ({
          left: times.indexOf(utc(start)),
          right: times.indexOf(utc(end)),
        })),
      };
    });
}

function utc(text: string): number {
  return Date.parse(`${text.trim().slice(0, 19).replace(' ', 'T')}Z`);
}

/** The scores that a published detector gave to each row, by file. */
export function nabReference(folder: string, detector: string): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  const text = gunzipSync(readFileSync(join(folder, 'reference', `${detector}.csv.gz`))).toString();
  for (const line of text.trim().split('\n').slice(1)) {
    const [file, row, score] = line.split(',');
    const scores = found.get(file!) ?? [];
    scores[Number(row)] = Number(score);
    found.set(file!, scores);
  }
  return found;
}

/** The first rows of a file, which count for nothing. */
export function probation(rows: number): number {
  return Math.min(Math.floor(0.15 * rows), 750);
}

function sigmoid(place: number): number {
  return place > 3 ? -1 : 2 / (1 + Math.exp(5 * place)) - 1;
}

/** What each row is worth as a detection outside of windows, and in which window it lies otherwise. */
interface Place {
  readonly window: number;
  readonly worth: number;
}

function placesOf({ times, windows }: NabSeries): readonly Place[] {
  const places: Place[] = [];
  for (let row = 0; row < times.length; row++) {
    const window = windows.findIndex(({ left, right }) => left <= row && row <= right);
    if (window >= 0) {
      const { left, right } = windows[window]!;
      places.push({ window, worth: sigmoid(-(right - row + 1) / (right - left + 1)) / sigmoid(-1) });
      continue;
    }
    const passed = windows.findLast(({ right }) => right < row);
    const worth = passed ? sigmoid((row - passed.right) / (passed.right - passed.left)) : -1;
    places.push({ window: -1, worth });
  }
  return places;
}

/** The raw score at every threshold that some score reaches, the highest first: one sweep over all rows. */
export function nabSweep(
  series: readonly NabSeries[],
  scores: ReadonlyMap<string, readonly number[]>,
  profile: NabProfile,
): readonly { readonly threshold: number; readonly raw: number; readonly normalized: number }[] {
  const rows: { readonly score: number; readonly key: string; readonly worth: number }[] = [];
  let windows = 0;
  for (const one of series) {
    windows += one.windows.length;
    const ofFile = scores.get(one.file)!;
    placesOf(one).forEach(({ window, worth }, row) => {
      if (row < probation(one.times.length)) return;
      rows.push({ score: ofFile[row]!, key: window < 0 ? '' : `${one.file}/${window}`, worth });
    });
  }
  rows.sort((a, b) => b.score - a.score);
  const best = new Map<string, number>();
  const floor = -profile.miss * windows;
  const ceiling = profile.hit * windows;
  const found = [];
  let raw = floor;
  for (let i = 0; i < rows.length; i++) {
    const { score, key, worth } = rows[i]!;
    if (key === '') raw += profile.falseAlarm * worth;
    else {
      const held = best.get(key);
      if (held === undefined) raw += profile.miss + profile.hit * worth;
      else if (worth > held) raw += profile.hit * (worth - held);
      if (held === undefined || worth > held) best.set(key, worth);
    }
    if (i + 1 === rows.length || rows[i + 1]!.score !== score)
      found.push({ threshold: score, raw, normalized: (100 * (raw - floor)) / (ceiling - floor) });
  }
  return found;
}

/** The score at one threshold; `best` at the one that is best on these very files. */
export function nabScore(
  series: readonly NabSeries[],
  scores: ReadonlyMap<string, readonly number[]>,
  profile: NabProfile,
  threshold: number,
): {
  readonly raw: number;
  readonly normalized: number;
  readonly best: { readonly threshold: number; readonly normalized: number };
} {
  const sweep = nabSweep(series, scores, profile);
  const windows = series.reduce((sum, one) => sum + one.windows.length, 0);
  const none = { threshold: Number.POSITIVE_INFINITY, raw: -profile.miss * windows, normalized: 0 };
  const at = sweep.findLast((one) => one.threshold >= threshold) ?? none;
  const best = sweep.reduce((held, one) => (one.normalized > held.normalized ? one : held), none);
  return { raw: at.raw, normalized: at.normalized, best };
}
