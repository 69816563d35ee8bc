/** Puts together what the pages tell: the receiver, the figures, the topic, and the watch over walls. */
import { type Context, Hono } from 'hono';
import { pageBuild } from '../../dashboard/app.js';
import { DAY, MINUTE } from '../domain/units.js';
import { collectRoute } from '../http/collect/receiver.js';
import type { Metrics } from '../http/metrics.js';
import type { Bindings, EventIntake, StatusView } from '../http/ports.js';
import { whoOf } from '../http/who.js';
import type { Log } from '../io/log.js';
import type { Config } from '../runtime/config.js';
import { SignalJournal } from '../views/signal-journal.js';
import { WallWatch } from '../views/wall-watch.js';

export interface PageSignalsGiven {
  readonly config: Pick<Config, 'pageSignalDays' | 'walls' | 'clock'>;
  readonly metrics: Metrics;
  /** Where alarms of walls go; absent: this process watches no walls. */
  readonly intake: Pick<EventIntake, 'takeObjects'> | undefined;
  readonly status: () => StatusView;
  /** The enrolled wall that asks, where walls are enrolled. */
  readonly wallOf?: (c: Context) => string | undefined;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

export interface PageSignals {
  /** `POST /collect`. */
  readonly routes: Hono<{ Bindings: Bindings }>;
  /** Writes what came and watches walls, until the signal. */
  run(log: Log, signal: AbortSignal): Promise<void>;
  /** Says that a wall is no longer one: its alarms end. */
  revoked(wall: string): void;
}

/** Makes them for one process. */
export function pageSignals({ config, metrics, intake, status, wallOf, warn }: PageSignalsGiven): PageSignals {
  const journal = new SignalJournal({
    keepMs: config.pageSignalDays * DAY,
    now: Date.now,
    dropped: metrics.signalsDropped,
    warn,
  });
  const build = pageBuild();
  const take: Parameters<typeof collectRoute>[1]['take'] = (report) => {
    metrics.pageReported(report);
    if (report.signals.length > 0) journal.take(report);
  };
  const routes = new Hono<{ Bindings: Bindings }>();
  collectRoute(routes, {
    take,
    mayLook: (c) => {
      const who = whoOf(c);
      return who === undefined || who.role !== undefined;
    },
    builds: new Set(build === undefined ? [] : [build]),
    settled: metrics.collected,
    ...(wallOf && { wallOf }),
  });
  const watch =
    intake &&
    new WallWatch({
      terms: {
        silentMs: config.walls.silentMinutes * MINUTE,
        leakBytesPerHour: config.walls.leakMegabytes * 1_000_000,
      },
      intake,
      clock: config.clock,
      storyClock: () => status().clock,
      now: Date.now,
      standing: metrics.wallAlarms,
      warn,
    });
  return {
    routes,
    run: async (log, signal) => {
      await Promise.all([journal.run(log, signal), watch?.run(log, signal)]);
    },
    revoked: (wall) =>
      take({ page: 'wall', build: build ?? 'other', wall, signals: [{ is: 'word', word: 'revoked' }] }),
  };
}
