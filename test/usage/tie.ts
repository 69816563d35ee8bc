/** Short words for the stories of the ties: one service, days of 2026, one line each. */
import { type Decided, engine } from './compare.js';
import { HOUR, instant } from './lines.js';
import type { Data, Wire } from './wire.js';

export const YEAR = '2026-01-01';
/** Noon, so many days into the year. */
export const noon = (day: number) => instant(YEAR, day, 12 * HOUR);
/** Days up to the first of June, a Monday. */
export const JUNE = 151;

let count = 0;
export function line(type: string, at: number, data: Data): Wire {
  const time = new Date(at).toISOString();
  return { specversion: '1.0', id: `t${++count}`, source: 'ties', type, subject: 's1', time, data };
}
export const rsd = (amount: string): Data => ({ amount, currency: 'RSD' });
export const eur = (amount: string): Data => ({ amount, currency: 'EUR' });
export const upsert = (data: Data, at = noon(0)) =>
  line('service.upserted', at, {
    operator: 'a1-rs',
    kind: 'mobile',
    activeFrom: '2025-01-01T00:00:00+01:00',
    billingDay: 'last',
    ...data,
  });
export const charged = (at: number, charge: Data) => line('usage.recorded', at, { kind: 'premium', charge });
export const used = (at: number, bytes: number, country = 'RS') =>
  line('usage.recorded', at, { kind: 'data', bytes, country });
export const seen = (at: number, country: string) => line('presence.observed', at, { country });

/** What of a type is decided. */
export function decisions(type: string, lines: readonly Wire[], until: number): readonly Decided[] {
  return engine(lines, until).filter((one) => one.type === type);
}

/** When a type is decided. */
export function times(type: string, lines: readonly Wire[], until: number): readonly string[] {
  return decisions(type, lines, until).map(({ time }) => new Date(time).toISOString());
}
export const at = (ms: number) => new Date(ms).toISOString();
