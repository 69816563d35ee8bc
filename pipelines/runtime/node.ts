/** A process of Dozor as its command sees it, on embedded parts or as one of many on Kafka and Redis. */
import type { Measured } from '../domain/overrun.js';
import { FeedDelays } from '../domain/overrun-report.js';
import { EVER } from '../domain/units.js';
import type { Health, StatusView } from '../http/ports.js';
import type { Log } from '../io/log.js';
import type { Config } from './config.js';
import type { TaskHost, TaskRole } from './host.js';
import type { Partitions } from './topics.js';

/** Told of what happens, for metrics and for the log. */
export interface NodeWatch {
  committed?(seconds: number): void;
  tookOver?(role: TaskRole): void;
  refused?(role: TaskRole): void;
  rebuilt?(group: string): void;
  fellBack?(): void;
  /** Words for whoever looks after the process, with what they are about. */
  warn(what: string, detail: Readonly<Record<string, unknown>>): void;
}

/** How a task of this process is. */
export interface TaskReport {
  readonly name: string;
  readonly role: TaskRole;
  /** How far its clock lies behind now; null where events move the clock, and before it begins. */
  readonly lagSeconds: number | null;
  readonly lagRecords: number;
  readonly letters: number;
  readonly outboxAgeSeconds: number;
}

/** Samples that came after their quarter had closed and were added to it, and those older than what charts keep. */
export interface LateSamples {
  readonly late: number;
  readonly tooOld: number;
}

export interface Node {
  start(): void;
  /** Resolves when it has stopped; rejects with what stopped it, where that was a failure. */
  done(): Promise<void>;
  /** Finishes what was begun, saves, sends and closes. */
  stop(): Promise<void>;
  status(): StatusView;
  health(): Health;
  reports(): Promise<readonly TaskReport[]>;
  /** How long the clock has stood still; null where events move it. */
  readonly clockStoodMs: number | null;
  /** How many services are held in the tasks of this process. */
  readonly heldServices: number;
  readonly lateSamples: LateSamples;
  /** How late usage records were to the tasks of this process. */
  readonly feedDelays: readonly Measured[];
  /** How many decisions were told with two contents under one id, and the ids of the first of them. */
  readonly conflicts: { readonly count: number; readonly ids: readonly string[] };
}

export function partitionsOf(config: Config): Partitions {
  return {
    service: config.servicePartitions,
    element: config.elementPartitions,
    facts: config.factPartitions,
    decisions: config.decisionPartitions,
  };
}

/** How many services the tasks of a host hold back. */
export function heldIn(host: TaskHost): number {
  return host.running.reduce((sum, { kind }) => sum + (kind?.tally()['held'] ?? 0), 0);
}

/** The samples of indicators that came late to the tasks of this process, since they were opened. */
export function samplesIn(host: TaskHost): LateSamples {
  let [late, tooOld] = [0, 0];
  for (const { kind } of host.running) {
    if (!kind || !('samples' in kind)) continue;
    late += kind.samples.late;
    tooOld += kind.samples.tooOld;
  }
  return { late, tooOld };
}

/** How late records were to the service tasks of this process, since they were opened, by operator and feed. */
export function delaysIn(host: TaskHost): readonly Measured[] {
  const all = new FeedDelays();
  for (const { kind } of host.running) if (kind && 'delays' in kind) all.join(kind.delays);
  return all.measured;
}

/** How the tasks of a host are, with what the log says of their inputs. */
export function reportsOf(host: TaskHost, log: Log, live: boolean): Promise<readonly TaskReport[]> {
  const now = performance.now();
  return Promise.all(
    host.running.flatMap(({ name, role, task, kind }) => {
      if (!task || !kind) return [];
      const { clock } = task.stand;
      const since = task.lettersSince;
      return [
        log.end(kind.input).then((end) => ({
          name,
          role,
          lagSeconds: live && clock !== EVER ? Math.max(0, (Date.now() - clock) / 1_000) : null,
          lagRecords: Math.max(0, end - task.offset),
          letters: task.waitingLetters,
          outboxAgeSeconds: since === undefined ? 0 : (now - since) / 1_000,
        })),
      ];
    }),
  );
}
