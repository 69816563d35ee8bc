/**
 * Faults as facts with their own time. Nothing is edited: a fault is the fold of everything known of it, so that facts may
 * come in any order and late (contract, "Late facts").
 */
import type { Span } from './intervals.js';
import { FOREVER, type Instant } from './units.js';

export const RESPONSIBILITIES = [
  'operator',
  'subscriber',
  'third-party',
  'other-operator',
  'force-majeure',
  'weather',
  'interference',
  'coverage',
  'planned-works',
  'congestion',
  'equipment',
  'unknown',
] as const;
/** Whose cause a fault is, as the contract lists them. */
export type Responsibility = (typeof RESPONSIBILITIES)[number];

/** One thing known of a fault: that it opened, changed or was cleared at `at`, and since when (`known`) we know. */
export interface FaultFact {
  readonly do: 'opened' | 'updated' | 'cleared';
  readonly at: Instant;
  readonly known: Instant;
  /** The event it came from, `source#id`. */
  readonly ref: string;
  readonly responsibility?: Responsibility;
  readonly accessBarred?: boolean;
  readonly reason?: string;
  /** Two persons excused time: it is kept where the fault is worked out anew from samples or alarms. */
  readonly excuses?: true;
}

/** What holds of an open fault for a stretch of time. */
export interface FaultPart extends Span {
  readonly responsibility: Responsibility;
  readonly accessBarred: boolean;
  readonly reason: string;
}

/** One opening of a fault, to its clearing (FOREVER while open). A fault opened anew is another one. */
export interface Fault extends Span {
  readonly subject: string;
  readonly faultId: string;
  /** Its place among the openings in the order in which they were heard of: one that comes to light later renames none. */
  readonly number: number;
  /** When it was first known to have opened: the "first fault heard of" names an outage. */
  readonly heard: Instant;
  readonly parts: readonly FaultPart[];
  readonly refs: readonly string[];
}

/** Puts a fact into its place: by its own time, then by when it became known, then by its event. Twice the same is once. */
export function withFact(facts: readonly FaultFact[], fact: FaultFact): readonly FaultFact[] {
  if (facts.some((held) => held.ref === fact.ref && held.do === fact.do)) return facts;
  return [...facts, fact].sort(byTime);
}

/** What a fault is worked out to be, with the time that persons excused in what was known of it before. */
export function withExcuses(derived: readonly FaultFact[], before: readonly FaultFact[]): readonly FaultFact[] {
  return before.filter(({ excuses }) => excuses).reduce(withFact, derived);
}

function byTime(a: FaultFact, b: FaultFact): number {
  return a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0);
}

/**
 * The openings of one fault, from all that is known of it. Opened while open is an update; cleared while not open closes
 * nothing. Where an opening and a clearing share an instant, an open fault is closed first and a closed one opened first.
 */
export function foldFault(subject: string, faultId: string, facts: readonly FaultFact[]): readonly Fault[] {
  const faults: Omit<Fault, 'number'>[] = [];
  let open: { from: Instant; heard: Instant; parts: FaultPart[]; refs: string[] } | undefined;

  const start = (fact: FaultFact) => {
    open = { from: fact.at, heard: fact.known, parts: [], refs: [fact.ref] };
    open.parts.push({
      from: fact.at,
      to: FOREVER,
      responsibility: fact.responsibility ?? 'unknown',
      accessBarred: fact.accessBarred ?? false,
      reason: fact.reason ?? '',
    });
  };
  const change = (fact: FaultFact) => {
    if (!open) return;
    const last = open.parts[open.parts.length - 1]!;
    const next: FaultPart = {
      from: fact.at,
      to: FOREVER,
      responsibility: fact.responsibility ?? last.responsibility,
      accessBarred: fact.accessBarred ?? last.accessBarred,
      reason: fact.reason ?? last.reason,
    };
    open.parts.pop();
    if (last.from < fact.at) open.parts.push({ ...last, to: fact.at });
    open.parts.push(next);
    open.refs.push(fact.ref);
    if (fact.do === 'opened') open.heard = Math.min(open.heard, fact.known);
  };
  const close = (fact: FaultFact) => {
    if (!open) return;
    const last = open.parts.pop()!;
    if (last.from < fact.at) open.parts.push({ ...last, to: fact.at });
    if (open.from < fact.at) {
      faults.push({
        subject,
        faultId,
        from: open.from,
        to: fact.at,
        heard: open.heard,
        parts: open.parts,
        refs: [...open.refs, fact.ref],
      });
    }
    open = undefined;
  };

  for (let i = 0; i < facts.length; ) {
    let end = i + 1;
    while (end < facts.length && facts[end]!.at === facts[i]!.at) end++;
    const together = facts.slice(i, end);
    const order = open ? together.sort(clearedFirst) : together.sort(openedFirst);
    for (const fact of order) {
      if (fact.do === 'cleared') close(fact);
      else if (fact.do === 'opened' && !open) start(fact);
      else change(fact);
    }
    i = end;
  }
  if (open) {
    faults.push({
      subject,
      faultId,
      from: open.from,
      to: FOREVER,
      heard: open.heard,
      parts: open.parts,
      refs: open.refs,
    });
  }
  const heard = [...faults].sort((a, b) => a.heard - b.heard || a.from - b.from);
  return faults.map((fault) => ({ ...fault, number: heard.indexOf(fault) + 1 }));
}

const CLOSED_RANK = { opened: 0, updated: 1, cleared: 2 } as const;
const OPEN_RANK = { updated: 0, cleared: 1, opened: 2 } as const;

function openedFirst(a: FaultFact, b: FaultFact): number {
  return CLOSED_RANK[a.do] - CLOSED_RANK[b.do] || byTime(a, b);
}

function clearedFirst(a: FaultFact, b: FaultFact): number {
  return a.known - b.known || OPEN_RANK[a.do] - OPEN_RANK[b.do] || byTime(a, b);
}

/**
 * The name of one opening: `element/fault`, with `#number` where it was opened anew. Also the name of its incident. No two have
 * the same: what follows the last `/` is the fault's id, in which `/` and `#` are written otherwise.
 */
export function faultName({ subject, faultId, number }: Pick<Fault, 'subject' | 'faultId' | 'number'>): string {
  const id = faultId.replace(/[%/#]/g, encodeURIComponent);
  return `${subject}/${id}${number === 1 ? '' : `#${number}`}`;
}
