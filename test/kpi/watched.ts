/** Stories of indicators: a made-up operator with rules of its own, samples, and what was decided. */
import { encodeDecision } from '../../pipelines/domain/decision.js';
import { Packs } from '../../pipelines/domain/pack.js';
import { formatDuration } from '../../pipelines/domain/units.js';
import { checkPack } from '../../pipelines/runtime/packs.js';
import { Replay } from '../../pipelines/runtime/replay.js';
import { at, type Line, local, said } from '../pipelines/story.js';

export const OPERATOR = 'watched';

/** A threshold unless a test says otherwise: the mean of a quarter of an hour, major from 90 on, over at 80. */
export const RULE = {
  name: 'load',
  kpi: 'load',
  window: 'quarter',
  statistic: 'mean',
  direction: 'above',
  bound: 'reached',
  levels: [{ severity: 'major', raise: 90, clear: 80 }],
  for: 'PT0S',
  samplesMin: 1,
};

export const STALE = { kpi: 'load', interval: 'PT15M', missing: 3, severity: 'minor' };

type Json = Record<string, unknown>;

export interface Rules {
  readonly thresholds?: readonly Json[];
  readonly stale?: readonly Json[];
  readonly lateness?: number;
  readonly delay?: number;
  readonly zone?: string;
  readonly inForceFrom?: string;
}

/** The file of a pack with the section `kpi` alone. */
export function packFile({
  thresholds = [],
  stale = [],
  lateness = 3_600_000,
  delay = 0,
  zone,
  inForceFrom,
}: Rules): Json {
  const term = (is: unknown) => ({ is, clause: 'Watch 1' });
  const terms = {
    lateness: term(formatDuration(lateness)),
    delay: term(formatDuration(delay)),
    thresholds: term(thresholds),
    stale: term(stale),
  };
  return {
    operator: OPERATOR,
    name: 'made up',
    zone: zone ?? 'Europe/Belgrade',
    currency: 'RSD',
    vatPercent: '20',
    language: 'en',
    inForceFrom: inForceFrom ?? '2010-01-01',
    source: 'made up',
    rules: { kpi: { clause: 'Watch 1', about: 'made up', terms } },
  };
}

export function packsOf(...versions: readonly Rules[]): Packs {
  return new Packs(
    versions.map((rules) => {
      const file = packFile(rules);
      const { pack, problems } = checkPack(file, `${OPERATOR}.${file['inForceFrom']}.json`);
      if (!pack) throw new Error(problems.join('\n'));
      return pack;
    }),
  );
}

export const cell = (id = 'cell-1', data: Json = {}) =>
  said('element.upserted', id, '2010-01-01', { operator: OPERATOR, kind: 'cell', ...data });

export const sample = (time: string, value: number, more: { kpi?: string; element?: string } = {}): Line =>
  said('kpi.sampled', more.element ?? 'cell-1', time, { kpi: more.kpi ?? 'load', value });

/** A decision as it left. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly data: Json;
}

/** Tells a story up to a time. */
export function told(packs: Packs, lines: readonly Line[], until: string, scores = false): readonly Told[] {
  const all: Told[] = [];
  const replay: Replay = new Replay({
    packs,
    scores,
    decided: (decision) => all.push(encodeDecision(decision, replay.zoneOf(decision)) as unknown as Told),
  });
  lines.forEach((line, i) => {
    replay.line(JSON.stringify(line), i + 1);
  });
  replay.finish(at(until));
  if (new Set(all.map(({ id }) => id)).size !== all.length) throw new Error('two decisions have one id');
  return all;
}

/** Alarms, a line each: when, what, which, how severe. */
export function brief(all: readonly Told[]): readonly string[] {
  return all.map(({ type, time, subject, data }) => {
    const what = type.replace('alarm.', '');
    const late = data['late'] === true ? ' late' : '';
    const year = time.slice(0, 5) === '2026-' ? time.slice(5, 19) : time.slice(0, 19);
    const where = subject === 'cell-1' ? '' : `${subject} `;
    return `${year.replace('T', ' ')} ${where}${what} ${data['alarmId']}/${data['episode']} ${data['perceivedSeverity']}${late}`;
  });
}

export { local };
