/** An indicator over time as GET /v1/kpi answers it: columns in milliseconds since 1970, everything else RFC 3339. */
import type { KpiColumns } from '../../../../pipelines/domain/kpi/columns.js';
import type { Level } from '../../../wire.js';
import { read } from '../../shared/api.js';

export type Width = 'minute' | 'quarter' | 'hour' | 'day';

export interface Threshold {
  readonly name: string;
  readonly window: Width;
  readonly statistic: string;
  readonly direction: 'above' | 'below';
  readonly bound: 'reached' | 'passed';
  readonly levels: readonly { readonly severity: Level; readonly raise: number; readonly clear: number }[];
  readonly for: string;
}

export interface Kpi {
  readonly level: string;
  readonly id: string;
  readonly kpi: string;
  readonly width: Width;
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly clock: string;
  readonly keptFrom: string;
  readonly columns: KpiColumns;
  readonly windowsPerPoint: number;
  readonly usualStep: number | null;
  readonly gaps: { readonly from: readonly number[]; readonly to: readonly number[] };
  readonly band: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] } | null;
  readonly thresholds: readonly Threshold[];
}

export interface KpiAsk {
  readonly level?: string;
  readonly id: string;
  readonly kpi: string;
  /** So many ms up to the server's clock, or from one instant to another. */
  readonly last?: number;
  readonly from?: number;
  readonly to?: number;
  readonly points: number;
}

export function readKpi(
  { level = 'element', id, kpi, last, from, to, points }: KpiAsk,
  signal?: AbortSignal,
): Promise<Kpi> {
  const query = new URLSearchParams({ level, id, kpi, points: String(points) });
  if (last !== undefined) query.set('last', `PT${last / 1_000}S`);
  if (from !== undefined) query.set('from', new Date(from).toISOString());
  if (to !== undefined) query.set('to', new Date(to).toISOString());
  return read<Kpi>(`/v1/kpi?${query}`, signal);
}

export interface KpiListed {
  readonly kpi: string;
  readonly last: string | null;
}

export function readSeries(id: string, signal?: AbortSignal): Promise<{ readonly series: readonly KpiListed[] }> {
  return read(`/v1/kpi/series?${new URLSearchParams({ id })}`, signal);
}
