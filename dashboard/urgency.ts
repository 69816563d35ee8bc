/** Which open outage needs eyes first. The server sends the most urgent ones by it, the page orders its rows by it. */
import type { Instant } from '../pipelines/domain/units.js';
import type { OutageView } from '../pipelines/http/ports.js';
import type { Level } from './wire.js';

/** An outage is new for so long. */
export const NEW_MS = 15 * 60_000;

/** Where an outage stands on its way to its limit, at `now`. */
export interface Stand {
  readonly level: Level;
  /** 0 to 1 of the way from its beginning to the limit; null where nothing is running towards one. */
  readonly share: number | null;
  /** When it passes the limit, or passed it. */
  readonly limitAt: Instant | null;
  /** What happens there. */
  readonly limit: 'confirmed' | 'overdue' | null;
  readonly isPast: boolean;
  readonly isNew: boolean;
}

/** The operations centre is told at 24 h and at 40 h of 48: a half and five sixths of the way. */
const HALF = 24 / 48;
const CLOSE = 40 / 48;

/** How an outage stands. Money comes first: the limit is that of the terms, or else that of the repair. */
export function standOf({ from, counts, overdueAt, confirmedAt }: OutageView, now: Instant): Stand {
  const limitAt = confirmedAt ?? overdueAt;
  const limit = confirmedAt !== null ? 'confirmed' : overdueAt !== null ? 'overdue' : null;
  const share = limitAt === null || limitAt <= from ? null : Math.min(1, Math.max(0, (now - from) / (limitAt - from)));
  const isPast = limitAt !== null && limitAt <= now;
  const isNew = now - from < NEW_MS;
  const level = isPast
    ? 'critical'
    : !counts
      ? 'cleared'
      : (share ?? 0) >= CLOSE
        ? 'major'
        : (share ?? 0) >= HALF
          ? 'minor'
          : 'warning';
  return { level, share, limitAt, limit, isPast, isNew };
}

/**
 * First those close to their limit, the nearest first: there something can still be done. Then the new ones, then those past
 * their limit, then the rest; within each the newest first. Those whose time does not count come last.
 */
export function byUrgency(outages: readonly OutageView[], now: Instant): OutageView[] {
  return outages
    .map((outage) => ({ outage, stand: standOf(outage, now) }))
    .sort(
      (a, b) =>
        rank(a.stand, a.outage) - rank(b.stand, b.outage) ||
        (rank(a.stand, a.outage) === 0 ? a.stand.limitAt! - b.stand.limitAt! : b.outage.from - a.outage.from) ||
        (a.outage.incident < b.outage.incident ? -1 : 1),
    )
    .map(({ outage }) => outage);
}

function rank({ level, isNew, isPast }: Stand, { counts }: OutageView): number {
  if (level === 'major') return 0;
  if (isNew && !isPast) return 1;
  if (isPast) return 2;
  return counts ? 3 : 4;
}
