/** The indicators of the wall: of each operator's network, over the last day, inside where they usually lie. */
import type { KpiViews } from '../../domain/kpi/chart.js';
import { HOUR } from '../../domain/units.js';
import type { WallSeries, WallTrends } from '../../domain/wall.js';

/** How many lines a wall shows. */
const SERIES_MAX = 6;
const LENGTH = 24 * HOUR;
const POINTS = 96;
/** What says most comes first, of every operator; then the rest by name. */
const FIRST = ['availability'];

/** Reads them anew. Rejects where the store does not answer. */
export async function trendsOf(kpis: KpiViews): Promise<WallTrends> {
  const listed = await kpis.list('country');
  const rank = (kpi: string) => (FIRST.includes(kpi) ? FIRST.indexOf(kpi) : FIRST.length);
  const wanted = [...listed].sort(
    (a, b) => rank(a.kpi) - rank(b.kpi) || (a.kpi < b.kpi ? -1 : a.kpi > b.kpi ? 1 : a.id < b.id ? -1 : 1),
  );
  const series: WallSeries[] = [];
  for (const { id, kpi } of wanted.slice(0, SERIES_MAX)) {
    const one = await seriesOf(kpis, id, kpi);
    if (one) series.push(one);
  }
  const absent = listed.length > 0 ? null : 'no samples of indicators have come';
  return { absent, series, leftOut: Math.max(0, wanted.length - SERIES_MAX) };
}

async function seriesOf(kpis: KpiViews, operator: string, kpi: string): Promise<WallSeries | undefined> {
  const series = { level: 'country', id: operator, kpi } as const;
  // The clock is known with the answer alone: the length is that of a day before it.
  const answer = await kpis.chart({ series, width: 'quarter', pointsMax: POINTS });
  if (!answer) return undefined;
  const { columns, band, from, to } = answer;
  if (to - from > LENGTH) throw new RangeError('a trend is of a day');
  return {
    operator,
    kpi,
    from,
    to,
    at: columns.at,
    mean: columns.mean.map(short),
    low: band ? band.low.map(short) : null,
    high: band ? band.high.map(short) : null,
  };
}

/** Four figures are more than a line on a wall shows. */
function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}
