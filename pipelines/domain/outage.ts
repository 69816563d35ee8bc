/**
 * From faults to outages: when a service was out, which of that time counts, and when each limit was passed. Pure arithmetic
 * on everything known; whether a decision follows is `detectors/outage.ts`'s business.
 *
 * Contract, point 1: overlapping faults make one outage. Time for which every open fault is excused does not count, neither
 * does time parked or suspended; it pauses the outage, and ends it where it lasts longer than 48 h on end. A restoration
 * shorter than 15 minutes does not end an outage; its time is not counted.
 */
import type { Fault, FaultPart } from './fault.js';
import { faultName } from './fault.js';
import { clip, instantAfter, intersect, length, type Span, subtract, union } from './intervals.js';
import type { NetworkView } from './network.js';
import type { OutageRules } from './pack.js';
import { excusedBy } from './service.js';
import { FOREVER, type Instant, type Milliseconds, SECOND } from './units.js';

/** A stretch of an open fault as one service feels it. */
export interface DownPart extends FaultPart {
  readonly fault: Fault;
  readonly excused: boolean;
  /** How far above the serving element the fault lies; -1 for the service's own line. */
  readonly height: number;
}

/** A stretch for which the same faults were open and the service stood the same way. */
export interface Segment extends Span {
  readonly is: 'counted' | 'excused' | 'parked' | 'suspended';
  readonly parts: readonly DownPart[];
}

/** One outage of one service, as all facts known now have it. */
export interface Outage extends Span {
  readonly segments: readonly Segment[];
  readonly counted: readonly Span[];
  /** When its end is, or will be, certain; FOREVER while it is open. */
  readonly endKnown: Instant;
  readonly overdueAt: Instant | undefined;
  readonly confirmedAt: Instant | undefined;
  readonly terminationAt: Instant | undefined;
  readonly marks: readonly { readonly after: Milliseconds; readonly at: Instant }[];
}

/** An element that serves, and the time for which it does. */
export interface Serving extends Span {
  readonly element: string;
}

/** Every stretch of every fault that takes the service down through the network. */
export function networkParts(serving: readonly Serving[], view: NetworkView, rules: OutageRules): readonly DownPart[] {
  const parts: DownPart[] = [];
  const seen = new Map<Fault, Set<string>>();
  for (const { element, from, to } of serving) {
    for (const link of view.chain(element, { from, to })) {
      for (const fault of view.faults(link.element)) {
        let felt = seen.get(fault);
        if (!felt) seen.set(fault, (felt = new Set()));
        for (const part of fault.parts) {
          const begins = Math.max(part.from, link.from);
          const ends = Math.min(part.to, link.to);
          const stretch = `${begins} ${ends}`;
          if (begins >= ends || felt.has(stretch)) continue;
          felt.add(stretch);
          parts.push(...judged({ ...part, from: begins, to: ends, fault, height: link.height }, view, rules));
        }
      }
    }
  }
  return parts;
}

/** The faults of the line itself: never works, whatever was announced. */
export function lineParts(faults: readonly Fault[], rules: OutageRules): readonly DownPart[] {
  return faults.flatMap((fault) =>
    fault.parts.map((part) => ({ ...part, fault, height: -1, excused: excusedBy(part, rules) })),
  );
}

/** A part as the rules judge it; planned works are cut at the windows that were announced in time. */
function judged(part: Omit<DownPart, 'excused'>, view: NetworkView, rules: OutageRules): readonly DownPart[] {
  const { works } = rules;
  const excused = excusedBy(part, rules);
  if (excused || part.responsibility !== 'planned-works' || works === null) return [{ ...part, excused }];
  const windows = view.chain(part.fault.subject, part).flatMap((link) =>
    view
      .works(link.element)
      .filter((notice) => notice.channel === works.channel && notice.at + works.notice <= notice.from)
      .flatMap((notice) => clip([notice], link)),
  );
  return [
    ...intersect(windows, [part]).map((span) => ({ ...part, ...span, excused: true })),
    ...subtract([part], windows).map((span) => ({ ...part, ...span, excused: false })),
  ];
}

/** What stands beside the faults: when the service was active, parked, suspended. */
export interface Standing {
  readonly active: readonly Span[];
  readonly parked: readonly Span[];
  readonly suspended: readonly Span[];
}

/** For a service that was always active and never parked: what a whole group of services shares. */
export const ALWAYS: Standing = {
  active: [{ from: Number.NEGATIVE_INFINITY, to: FOREVER }],
  parked: [],
  suspended: [],
};

/** Cuts time at every change and says of each stretch with a fault open how it stands. */
export function segmentsOf(parts: readonly DownPart[], standing: Standing): readonly Segment[] {
  const cuts = new Set<Instant>();
  for (const span of [...parts, ...standing.active, ...standing.parked, ...standing.suspended]) {
    cuts.add(span.from);
    cuts.add(span.to);
  }
  const instants = [...cuts].sort((a, b) => a - b);
  const byStart = [...parts].sort((a, b) => a.from - b.from);
  const segments: Segment[] = [];
  let open: DownPart[] = [];
  let next = 0;
  for (let i = 0; i + 1 < instants.length; i++) {
    const from = instants[i]!;
    const to = instants[i + 1]!;
    open = open.filter((part) => part.to > from);
    while (next < byStart.length && byStart[next]!.from <= from) open.push(byStart[next++]!);
    if (open.length === 0 || !covers(standing.active, from)) continue;
    const is = covers(standing.parked, from)
      ? 'parked'
      : covers(standing.suspended, from)
        ? 'suspended'
        : open.every((part) => part.excused)
          ? 'excused'
          : 'counted';
    segments.push({ from, to, is, parts: [...open] });
  }
  return segments;
}

function covers(spans: readonly Span[], at: Instant): boolean {
  return spans.some((span) => span.from <= at && at < span.to);
}

/** Joins stretches into outages and finds the instants at which each limit is passed. */
export function outagesOf(segments: readonly Segment[], rules: OutageRules): readonly Outage[] {
  const outages: Outage[] = [];
  let current: Segment[] = [];
  let pause = 0;
  let spent = false; // ended by a long pause: only counted time, or a restoration, begins a new one
  let last: Instant | undefined;
  const close = (endKnown: Instant) => {
    const lasting = current.slice(current.findIndex((segment) => segment.is === 'counted' || segment.is === 'excused'));
    if (current.some((segment) => segment.is === 'counted' || segment.is === 'excused')) {
      outages.push(outage(lasting, endKnown, rules));
    }
    current = [];
    pause = 0;
  };
  for (const segment of segments) {
    if (last !== undefined && segment.from - last >= rules.minRestoration) {
      if (current.length > 0) close(last + rules.minRestoration);
      spent = false;
    }
    last = segment.to;
    if (segment.is === 'counted') {
      spent = false;
      pause = 0;
      current.push(segment);
      continue;
    }
    if (spent) continue;
    if (pause + (segment.to - segment.from) > rules.maxPause) {
      const cut = Math.min(segment.to, segment.from + (rules.maxPause + SECOND - pause));
      current.push({ ...segment, to: cut });
      close(cut);
      spent = true;
    } else {
      current.push(segment);
      pause += segment.to - segment.from;
    }
  }
  if (current.length > 0) close(last === FOREVER ? FOREVER : last! + rules.minRestoration);
  return outages;
}

function outage(segments: readonly Segment[], endKnown: Instant, rules: OutageRules): Outage {
  const counted = union(segments.filter((segment) => segment.is === 'counted'));
  const elapsed = union(segments.filter((segment) => segment.is === 'counted' || segment.is === 'excused'));
  const running = rules.overdue?.by === 'elapsed' ? elapsed : counted;
  const passes = (spans: readonly Span[], limit: Milliseconds) =>
    instantAfter(spans, limit + SECOND) ?? (length(spans) > limit ? endKnown : undefined);
  return {
    from: segments[0]!.from,
    to: segments[segments.length - 1]!.to,
    segments,
    counted,
    endKnown,
    overdueAt: rules.overdue ? passes(running, rules.overdue.after) : undefined,
    confirmedAt: passes(counted, rules.limit),
    terminationAt: rules.termination ? instantAfter(counted, rules.termination.after) : undefined,
    marks: rules.marks.flatMap((after) => {
      const at = instantAfter(running, after);
      return at === undefined ? [] : [{ after, at }];
    }),
  };
}

/** The faults of an outage up to an instant, in the order in which they were heard of. */
export function faultsOf(outage: Outage, until: Instant): readonly Fault[] {
  const found = new Set<Fault>();
  for (const segment of outage.segments) {
    if (segment.from >= until) break;
    for (const part of segment.parts) found.add(part.fault);
  }
  return [...found].sort((a, b) => a.heard - b.heard || a.from - b.from || (faultName(a) < faultName(b) ? -1 : 1));
}

/**
 * The fault that the others hang on: of those that lay open for at least half of the time the one highest in the network, of
 * several the first to open; where none did, the one open longest. It names the incident. So a short fault high up does not make
 * one incident of all that was long out below it for reasons of its own.
 */
export function rootOf(outage: Outage, until: Instant): Fault {
  const open = new Map<Fault, { readonly part: DownPart; readonly time: Milliseconds }>();
  let whole = 0;
  for (const segment of outage.segments) {
    if (segment.from >= until) break;
    const time = Math.min(segment.to, until) - segment.from;
    whole += time;
    // Felt on two ways at once it lies open once, and as high as it is felt.
    const felt = new Map<Fault, DownPart>();
    for (const part of segment.parts) {
      const held = felt.get(part.fault);
      if (!held || held.height < part.height) felt.set(part.fault, part);
    }
    for (const [fault, part] of felt) {
      const held = open.get(fault);
      open.set(fault, {
        part: held && held.part.height > part.height ? held.part : part,
        time: (held?.time ?? 0) + time,
      });
    }
  }
  const all = [...open.values()];
  const longest = Math.max(...all.map(({ time }) => time));
  const least = Math.min(longest, whole / 2);
  const [root] = all.filter(({ time }) => time >= least).sort((a, b) => (above(a.part, b.part) ? -1 : 1));
  return root!.part.fault;
}

function above(a: DownPart, b: DownPart): boolean {
  if (a.height !== b.height) return a.height > b.height;
  if (a.fault.from !== b.fault.from) return a.fault.from < b.fault.from;
  return faultName(a.fault) < faultName(b.fault);
}

/** Every fault as it is, whatever its cause: rules for who looks at the network and at no subscriber's contract. */
export const EVERY_FAULT: OutageRules = {
  clause: '',
  limit: 0,
  minRestoration: 0,
  maxPause: FOREVER,
  excused: [],
  excusedWhileAccessBarred: false,
  works: null,
  credit: null,
  extension: false,
  overdue: null,
  termination: null,
  marks: [],
  clauses: {},
};
