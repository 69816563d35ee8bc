/** What scores are worth: the Numenta benchmark (developers' part), two labelled indicators, and processor time. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SHARED } from '../../cases.js';
import { DETECTORS, type Detector } from './baselines.js';
import { NAB_PROFILES, nabReference, nabScore, nabSeries } from './nab.js';

const FOLDER = join(SHARED, 'data/nab');
const series = nabSeries(FOLDER);
if (!series) throw new Error(`${FOLDER} is not there: the benchmark lies beside the project`);

function row(scores: ReadonlyMap<string, readonly number[]>, threshold: number) {
  const at = (name: keyof typeof NAB_PROFILES) => nabScore(series!, scores, NAB_PROFILES[name], threshold);
  const standard = at('standard');
  return {
    'standard at its threshold': standard.normalized.toFixed(1),
    'low FP': at('reward_low_FP_rate').normalized.toFixed(1),
    'low FN': at('reward_low_FN_rate').normalized.toFixed(1),
    'standard at the best': standard.best.normalized.toFixed(1),
    'best threshold': standard.best.threshold.toFixed(4),
  };
}

const table: Record<string, object> = {};
for (const [name, detector] of Object.entries(DETECTORS)) {
  const cpu = process.cpuUsage();
  const scores = new Map(series.map(({ file, times, values }) => [file, detector(times, values)]));
  const { user, system } = process.cpuUsage(cpu);
  const rows = series.reduce((sum, one) => sum + one.values.length, 0);
  table[name] = { ...row(scores, 0.5), 'us a sample': ((user + system) / rows).toFixed(1) };
}
const { detectors } = JSON.parse(readFileSync(join(FOLDER, 'reference/expected.json'), 'utf8')) as {
  detectors: Record<string, Record<string, { threshold: number }>>;
};
for (const name of ['contextOSE', 'numenta', 'twitterADVec', 'windowedGaussian'])
  table[`published: ${name}`] = row(nabReference(FOLDER, name), detectors[name]!['standard']!.threshold);
console.log('Numenta benchmark, 38 files');
console.table(table);

/** Labelled stretches found from their beginning to an hour after their end, and what was told elsewhere. */
function stretches(detector: Detector, file: string) {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1);
  const rows = lines.map((line) => line.split(',').map(Number) as [number, number, number]);
  const times = rows.map(([time]) => time * 1_000);
  const scores = detector(
    times,
    rows.map(([, value]) => value),
  );
  const labelled: { from: number; to: number }[] = [];
  rows.forEach(([, , label], i) => {
    const last = labelled.at(-1);
    if (label === 1 && last?.to === i - 1) last.to = i;
    else if (label === 1) labelled.push({ from: i, to: i });
  });
  const told = scores.flatMap((score, i) => (score >= 0.5 ? [i] : []));
  const isIn = (i: number, { from, to }: { from: number; to: number }) => i >= from && i <= to + 12;
  const found = labelled.filter((one) => told.some((i) => isIn(i, one))).length;
  return `${found} of ${labelled.length}, ${told.filter((i) => !labelled.some((one) => isIn(i, one))).length} elsewhere`;
}

const files = ['labelled_cpu4', 'labelled_server_res_eth1out_curve_6'];
const labelled: Record<string, object> = {};
for (const [name, detector] of Object.entries(DETECTORS)) {
  const paths = files.map((file) => [file, join(SHARED, `data/kpi/${file}.csv.gz`)] as const);
  labelled[name] = Object.fromEntries(
    paths.flatMap(([file, path]) => (existsSync(path) ? [[file, stretches(detector, path)]] : [])),
  );
}
console.log('two labelled indicators at the threshold 0.5: stretches found, samples told elsewhere (of 17 568)');
console.table(labelled);
