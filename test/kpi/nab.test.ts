/** What the scores are worth on the developers' part of the Numenta benchmark. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { SeriesScorer } from '../../pipelines/domain/kpi/series-scorer.js';
import {
  NAB_PROFILES,
  type NabProfileName,
  type NabSeries,
  nabReference,
  nabScore,
  nabSeries,
} from '../bench/scores/nab.js';
import { describeShared, sharedFile } from '../shared-data.js';

const FILES = ['nab/labels/combined_windows.json', 'nab/reference/expected.json'];

describeShared('the Numenta benchmark, 38 files', FILES, () => {
  let series: readonly NabSeries[];
  beforeAll(() => {
    series = nabSeries(sharedFile('nab'))!;
  });

  it('its scorer gives what is expected of four published detectors', () => {
    type Figures = { threshold: number; raw: number; normalized: number; best_normalized: number };
    const { detectors } = JSON.parse(readFileSync(sharedFile('nab/reference/expected.json'), 'utf8')) as {
      detectors: Record<string, Record<NabProfileName, Figures>>;
    };
    for (const detector of ['windowedGaussian', 'contextOSE', 'numenta', 'twitterADVec']) {
      const scores = nabReference(sharedFile('nab'), detector);
      for (const profile of Object.keys(NAB_PROFILES) as NabProfileName[]) {
        const { threshold, raw, normalized, best_normalized } = detectors[detector]![profile];
        const found = nabScore(series, scores, NAB_PROFILES[profile], threshold);
        expect(found.raw).toBeCloseTo(raw, 5);
        expect(found.normalized).toBeCloseTo(normalized, 3);
        expect(found.best.normalized).toBeCloseTo(best_normalized, 3);
      }
    }
  });

  it('at the threshold of 0.5, the same for every file, the scores are worth what docs/kpi-scores.md says', () => {
    const scores = new Map(
      series.map(({ file, times, values }) => {
        const scorer = new SeriesScorer('UTC');
        return [file, values.map((value, i) => scorer.take(times[i]!, value)?.score ?? 0)] as const;
      }),
    );
    const at = (profile: NabProfileName) => nabScore(series, scores, NAB_PROFILES[profile], 0.5).normalized;
    expect(at('standard')).toBeGreaterThan(70);
    expect(at('reward_low_FP_rate')).toBeGreaterThan(56);
    expect(at('reward_low_FN_rate')).toBeGreaterThan(77);
  });
});
