/** A wall in memory, to be set by a test. */
import type { Found, WallAlarm, WallPart, WallParts, WallViews } from '../../pipelines/domain/wall.js';

export class FakeWall implements WallViews {
  #parts = new Map<WallPart, Found>();
  readonly #listeners = new Set<() => void>();

  /** Puts parts in, found now unless told otherwise. */
  set(parts: Partial<WallParts>, lookedAt = Date.now()): void {
    for (const [part, value] of Object.entries(parts) as [WallPart, Found['value']][])
      this.#parts.set(part, { part, value, lookedAt, clock: null });
    for (const listener of this.#listeners) listener();
  }

  look(): readonly Found[] {
    return [...this.#parts.values()];
  }

  /** All parts but these were looked at just now. */
  lookAgain(...but: readonly WallPart[]): void {
    for (const [part, found] of this.#parts)
      if (!but.includes(part)) this.#parts.set(part, { ...found, lookedAt: Date.now() });
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
}

export function wallAlarm(key: string, given: Partial<WallAlarm> = {}): WallAlarm {
  return {
    key,
    severity: 'major',
    from: Date.now() - 5 * 60_000,
    what: 'mains power lost',
    element: `site-${key}`,
    district: 'Nišavski okrug',
    owner: 'noc-power',
    taken: null,
    explains: 0,
    ...given,
  };
}

/** The part `alarms` with these. */
export function wallAlarms(...newest: readonly WallAlarm[]): WallParts['alarms'] {
  const counted = (some: readonly WallAlarm[]) => {
    const counts: Partial<Record<WallAlarm['severity'], number>> = {};
    for (const { severity } of some) counts[severity] = (counts[severity] ?? 0) + 1;
    return counts;
  };
  return {
    absent: null,
    bySeverity: counted(newest),
    untaken: counted(newest.filter(({ taken }) => !taken)),
    standing: newest.length,
    suppressed: 0,
    shelved: 0,
    maintenance: 0,
    flapping: 0,
    stale: 0,
    flood: null,
    newest,
  };
}

/** A wall of a network of two districts on which nothing stands. */
export function quietWall(): WallParts {
  const clock = Date.now() - 2_000;
  const well = (elements: number) => ({ elements, alarms: 0, worst: 'cleared' }) as const;
  return {
    clock: { clock, mode: 'live', heldBy: [], madeUp: null, services: 2_000, elements: 3 },
    health: {
      technologies: ['4G', '5G'],
      districts: [
        { name: 'Grad Beograd', all: well(2), cells: [well(1), well(1)] },
        { name: 'Nišavski okrug', all: well(1), cells: [well(1), null] },
      ],
      withoutTechnology: 0,
    },
    map: {
      districts: [
        { name: 'Grad Beograd', latitude: 44.81, longitude: 20.46, alarms: 0, worst: 'cleared' },
        { name: 'Nišavski okrug', latitude: 43.32, longitude: 21.9, alarms: 0, worst: 'cleared' },
      ],
      sites: [
        [44.81, 20.46, 'cleared'],
        [43.32, 21.9, 'cleared'],
      ],
      sitesLeftOut: 0,
      withoutPosition: 0,
    },
    alarms: wallAlarms(),
    outages: { rows: [], leftOut: 0, services: 0, misses: [] },
    day: { from: clock - 3_600_000, zone: 'Europe/Belgrade', credits: 12, bars: 3, fairUse: 1, isAtLeast: false },
    sources: {
      absent: null,
      list: [
        { name: 'oss/alarms', last: clock - 5_000, usual: 60_000, events: 900 },
        { name: 'oss/pm', last: clock - 3_600_000, usual: 900_000, events: 40 },
      ],
      leftOut: 0,
    },
    trends: { absent: 'no samples of indicators have come', series: [], leftOut: 0 },
    settings: { kosovo: 'dashed', shapes: false },
  };
}
