/** What pages and walls told of themselves, as metrics. Every label has few values: pages, builds and vitals by lists, walls by a limit. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type PageReport, type PageSignal, SIGNAL_PAGES, type WallHealth } from '../domain/page-signal.js';
import { OUTCOMES, type Outcome } from './collect/receiver.js';

/** So many walls have figures of their own; those of more are not shown. */
export const WALLS_MAX = 64;
/** A wall that has told nothing for so long has no figures any more. */
const WALL_GONE_MS = 24 * 3_600_000;

/** How the figures of pages are set. */
export interface SignalMetrics {
  /** A page told something. */
  pageReported(report: PageReport): void;
  /** A request to `/collect` was settled, and so many things in it are not kept. */
  collected(outcome: Outcome, passedOver: number): void;
  /** So many reports were dropped, because the log did not take them in time. */
  signalsDropped(reports: number): void;
  /** So many walls have an alarm that stands, by what is wrong. */
  wallAlarms(standing: Readonly<Record<string, number>>): void;
}

/** Registers the figures. */
export function signalMetrics(registers: Registry[], now: () => number = Date.now): SignalMetrics {
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const requests = counter('dozor_collect_requests_total', 'Requests to /collect, by what became of them.', [
    'outcome',
  ]);
  for (const outcome of OUTCOMES) requests.inc({ outcome }, 0);
  const passed = counter('dozor_collect_passed_over_total', 'Things that pages told and that are not kept.');
  const dropped = counter(
    'dozor_collect_dropped_total',
    'Reports of pages that were dropped because the log did not take them in time.',
  );
  const errors = counter('dozor_page_errors_total', 'Errors of scripts in pages, by page and build.', [
    'page',
    'build',
  ]);
  for (const page of SIGNAL_PAGES) errors.inc({ page, build: 'other' }, 0);
  const vitals = new Histogram({
    name: 'dozor_page_vital_seconds',
    help: 'Web vitals of pages: ttfb, fcp, lcp, inp.',
    labelNames: ['page', 'vital'],
    buckets: [0.05, 0.1, 0.2, 0.5, 1, 1.8, 2.5, 4, 8],
    registers,
  });
  const shifts = new Histogram({
    name: 'dozor_page_layout_shift',
    help: 'How much of a page moved by itself (web vital CLS, without unit).',
    labelNames: ['page'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  });
  const walls = wallFigures(registers, now);
  const alarms = new Gauge({
    name: 'dozor_wall_alarms',
    help: 'Walls with an alarm that stands, by what is wrong.',
    labelNames: ['what'],
    registers,
  });

  const take = (page: string, build: string, wall: string | undefined, signal: PageSignal) => {
    switch (signal.is) {
      case 'vital':
        if (signal.vital === 'cls') shifts.observe({ page }, signal.value);
        else vitals.observe({ page, vital: signal.vital }, signal.value / 1_000);
        return;
      case 'error':
        errors.inc({ page, build });
        return;
      case 'health':
        if (wall !== undefined) walls.show(wall, signal);
        return;
      case 'word':
        if (wall !== undefined) walls.said(wall, signal.word);
        return;
      default:
        signal satisfies never;
    }
  };
  return {
    pageReported({ page, build, wall, signals }) {
      for (const signal of signals) take(page, build, wall, signal);
    },
    collected(outcome, passedOver) {
      requests.inc({ outcome });
      if (passedOver > 0) passed.inc(passedOver);
    },
    signalsDropped: (reports) => dropped.inc(reports),
    wallAlarms(standing) {
      for (const [what, count] of Object.entries(standing)) alarms.set({ what }, count);
    },
  };
}

/** The figures of each wall, for as long as it tells any. */
function wallFigures(registers: Registry[], now: () => number) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['wall'], registers });
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: ['wall'], registers });
  const heap = gauge('dozor_wall_heap_bytes', 'Memory that the scripts of a wall hold, as its browser says.');
  const nodes = gauge('dozor_wall_dom_nodes', 'Elements of the page of a wall.');
  const gap = gauge('dozor_wall_frame_gap_seconds', 'The longest time between two frames in the last minute.');
  const age = gauge('dozor_wall_picture_age_seconds', 'How old the picture is that a wall shows.');
  const up = gauge('dozor_wall_up_seconds', 'How long ago the page of a wall was loaded.');
  const late = counter('dozor_wall_frames_late_total', 'Frames of a wall that came more than 50 ms after another.');
  const again = counter('dozor_wall_reconnects_total', 'Times that a wall opened its stream anew.');
  const missed = counter(
    'dozor_wall_updates_missed_total',
    'Times that a wall could not go on from where it was and got everything anew.',
  );
  const words = new Counter({
    name: 'dozor_wall_words_total',
    help: 'What walls said of their end: goodbye, crashed, frozen.',
    labelNames: ['word'],
    registers,
  });
  for (const word of ['goodbye', 'crashed', 'frozen']) words.inc({ word }, 0);
  const all = [heap, nodes, gap, age, up, late, again, missed];
  const seen = new Map<string, number>();
  const forget = (wall: string) => {
    seen.delete(wall);
    for (const figure of all) figure.remove({ wall });
  };
  const note = (wall: string): boolean => {
    const at = now();
    for (const [one, last] of seen) if (at - last > WALL_GONE_MS) forget(one);
    if (!seen.has(wall) && seen.size >= WALLS_MAX) return false;
    seen.set(wall, at);
    return true;
  };
  const maybe = (figure: Gauge<'wall'>, wall: string, value: number | undefined) =>
    value === undefined ? figure.remove({ wall }) : figure.set({ wall }, value);
  return {
    show(wall: string, health: WallHealth): void {
      if (!note(wall)) return;
      maybe(heap, wall, health.heapBytes);
      maybe(age, wall, health.pictureAgeMs === undefined ? undefined : health.pictureAgeMs / 1_000);
      nodes.set({ wall }, health.domNodes);
      gap.set({ wall }, health.frameGapMs / 1_000);
      up.set({ wall }, health.upSeconds);
      late.inc({ wall }, health.framesLate);
      again.inc({ wall }, health.reconnects);
      missed.inc({ wall }, health.missed);
    },
    said(wall: string, word: string): void {
      if (word === 'revoked') return forget(wall);
      words.inc({ word });
      if (word === 'goodbye') forget(wall);
    },
  };
}
