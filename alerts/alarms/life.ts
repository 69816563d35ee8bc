/**
 * The life of one alarm, worked out from all that is known of it: facts in any order give the same life. What the resource does
 * (raised, updated, cleared), what people did with it, and whether it flaps or has gone stale are kept apart, after RFC 8632.
 *
 * Reported while it stands is an update; an end where it does not stand closes nothing. At one instant a standing alarm ends
 * before it is reported anew, and one that does not stand is reported before it ends. Raised again within the rule's `rejoin` it
 * is the same standing, with one more repeat.
 */
import { type AlarmSaid, BY_EVIDENCE, type OperatorState } from '../../pipelines/domain/alarm.js';
import type { Severity } from '../../pipelines/domain/event.js';
import { rankOf } from '../../pipelines/domain/severity.js';
import { FOREVER, type Instant, type Milliseconds } from '../../pipelines/domain/units.js';

/** One thing known of an alarm, at its own time. `known`: since when we know; `ref`: the event or decision it comes from. */
export type AlarmFact = { readonly at: Instant; readonly known: Instant; readonly ref: string } & (
  | { readonly do: 'reported'; readonly said: AlarmSaid }
  | { readonly do: 'ended'; readonly by?: string; readonly reason?: string }
  | {
      readonly do: 'acknowledged' | 'unacknowledged' | 'unshelved' | 'closed';
      readonly by: string;
      readonly reason?: string;
    }
  | { readonly do: 'shelved'; readonly by: string; readonly reason: string; readonly until: Instant }
  | { readonly do: 'commented'; readonly by: string; readonly text: string }
);

/** What of a rule the life of an alarm depends on. */
export interface LifeRule {
  /** It must stand so long before it is shown to a person; exactly as long is enough. */
  readonly hold: Milliseconds;
  /** Raised again so soon after it cleared, it is the same standing. */
  readonly rejoin: Milliseconds;
  /** So many raises `within` make it flap, until none came for `quiet`. */
  readonly flap: { readonly raises: number; readonly within: Milliseconds; readonly quiet: Milliseconds };
  /** Standing so long without a word it is stale; absent: its source says something only when something changes. */
  readonly staleAfter?: Milliseconds | undefined;
}

/** One standing: from its first report to its last end, repeats joined. */
export interface Standing {
  readonly from: Instant;
  /** FOREVER while it stands. */
  readonly to: Instant;
  readonly clearedBy: string;
  /** Times that it came back within `rejoin`. */
  readonly repeats: number;
}

export interface Life {
  /** The last standing; undefined where only people have said something so far. */
  readonly standing: Standing | undefined;
  readonly said: AlarmSaid;
  readonly severity: Severity;
  readonly operator: OperatorState;
  /** When it will have stood for `hold`, in this standing or in the one before that it rejoined. */
  readonly heldAt: Instant;
  readonly flapping: { readonly raises: number; readonly until: Instant } | undefined;
  readonly staleSince: Instant | undefined;
  readonly changedAt: Instant;
  /** Whether it has said something else since the standing began. */
  readonly updated: boolean;
  readonly raises: readonly Instant[];
  readonly comments: number;
  /** When to ask again. */
  readonly wake: Instant | undefined;
}

/** Told, in order, of all that happens in a life; the journal is made of it. */
export type Teller = (line: {
  readonly at: Instant;
  readonly what: string;
  readonly by: string;
  readonly ref?: string;
  readonly text?: string;
  readonly severity?: Severity;
}) => void;

/** Puts a fact into its place by time; the same event twice is once. The list given is not changed. */
export function withFact(facts: readonly AlarmFact[], fact: AlarmFact): readonly AlarmFact[] {
  if (facts.some((held) => held.ref === fact.ref && held.do === fact.do && held.at === fact.at)) return facts;
  const after = facts.findIndex((held) => compare(held, fact) > 0);
  return after === -1 ? [...facts, fact] : facts.toSpliced(after, 0, fact);
}

function compare(a: AlarmFact, b: AlarmFact): number {
  return a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0);
}

const isEvidence = (fact: AlarmFact) => fact.do === 'reported' || fact.do === 'ended';
const isEnd = (fact: AlarmFact) =>
  fact.do === 'ended' || (fact.do === 'reported' && fact.said.perceivedSeverity === 'cleared');

/** The walker's notes on the standing at hand. */
interface Open {
  from: Instant;
  to: Instant;
  clearedBy: string;
  repeats: number;
}

/** Works a life out as of `now`. Facts that lie after `now` are known and count: a report is shown when it comes. */
export function lifeOf(facts: readonly AlarmFact[], rule: LifeRule, now: Instant, tell: Teller = () => {}): Life {
  let standing: Open | undefined;
  let said: AlarmSaid = {};
  let operator = { is: 'none' } as OperatorState;
  let ackedRank = 0;
  let lastWord: Instant = now;
  let changedAt: Instant = facts[0]?.at ?? now;
  let heldAt: Instant = FOREVER;
  let comments = 0;
  let updated = false;
  const raises: Instant[] = [];
  const stands = () => standing !== undefined && standing.to === FOREVER;

  const report = (fact: AlarmFact & { do: 'reported' }) => {
    const before = severityOf(said);
    lastWord = fact.at;
    const { by, ref, text, ...line } = { by: BY_EVIDENCE, ref: fact.ref, text: fact.said.text, at: fact.at };
    const details = { ...line, by, ref, ...(text !== undefined && { text }) };
    if (stands()) {
      updated ||= Object.entries(fact.said).some(([name, value]) => said[name as keyof AlarmSaid] !== value);
      said = merged(said, fact.said);
      const severity = severityOf(said);
      if (severity !== before || fact.said.text !== undefined) changedAt = fact.at;
      tell({ ...details, what: severity === before ? 'reported again' : 'severity changed', severity });
      // Worse than what was acknowledged is news.
      if (operator.is === 'acknowledged' && rankOf(severity) < ackedRank) {
        operator = { is: 'none' };
        tell({ at: fact.at, what: 'unacknowledged: it has become worse', by: 'automation' });
      }
      return;
    }
    raises.push(fact.at);
    changedAt = fact.at;
    if (standing && fact.at - standing.to < rule.rejoin) {
      standing.to = FOREVER;
      standing.repeats += 1;
      said = merged(said, fact.said);
      // It was on the list already, or begins to wait anew.
      if (heldAt === FOREVER) heldAt = fact.at + rule.hold;
      tell({ ...details, what: 'raised again', severity: severityOf(said) });
      return;
    }
    said = merged({}, fact.said);
    updated = false;
    standing = { from: fact.at, to: FOREVER, clearedBy: BY_EVIDENCE, repeats: 0 };
    heldAt = fact.at + rule.hold;
    // A new standing is a new thing to acknowledge; a shelf holds for its time.
    if (operator.is === 'acknowledged' || operator.is === 'closed') operator = { is: 'none' };
    tell({ ...details, what: 'raised', severity: severityOf(said) });
  };
  const end = (fact: AlarmFact) => {
    if (!standing || !stands()) return;
    const by = fact.do === 'ended' ? (fact.by ?? BY_EVIDENCE) : BY_EVIDENCE;
    const reason = fact.do === 'ended' ? fact.reason : undefined;
    standing.to = fact.at;
    standing.clearedBy = by;
    // It did not stand long enough to be shown to anybody.
    if (fact.at < heldAt) heldAt = FOREVER;
    changedAt = fact.at;
    tell({ at: fact.at, what: 'cleared', by, ref: fact.ref, ...(reason !== undefined && { text: reason }) });
  };
  const act = (fact: AlarmFact) => {
    if (operator.is === 'shelved' && operator.until <= fact.at) operator = expire(operator, tell);
    switch (fact.do) {
      case 'acknowledged':
        if (operator.is !== 'none') return;
        operator = { is: 'acknowledged', at: fact.at, by: fact.by };
        ackedRank = rankOf(severityOf(said));
        break;
      case 'unacknowledged':
        if (operator.is === 'acknowledged') operator = { is: 'none' };
        break;
      case 'shelved':
        if (fact.until <= fact.at) return;
        operator = { is: 'shelved', at: fact.at, until: fact.until, by: fact.by, reason: fact.reason };
        break;
      case 'unshelved':
        if (operator.is === 'shelved') operator = { is: 'none' };
        break;
      case 'closed':
        operator = { is: 'closed', at: fact.at, by: fact.by };
        break;
      case 'commented':
        comments += 1;
        break;
    }
    const text = fact.do === 'commented' ? fact.text : 'reason' in fact ? fact.reason : undefined;
    const { at, by, ref } = fact as AlarmFact & { by: string };
    tell({ at, what: fact.do, by, ref, ...(text !== undefined && { text }) });
  };

  const take = (fact: AlarmFact) => {
    if (!isEvidence(fact)) act(fact);
    else if (isEnd(fact)) end(fact);
    else report(fact as AlarmFact & { do: 'reported' });
  };
  for (let i = 0, next = 0; i < facts.length; i = next) {
    while (next < facts.length && facts[next]!.at === facts[i]!.at) next += 1;
    if (next === i + 1) {
      take(facts[i]!);
      continue;
    }
    const together = facts.slice(i, next);
    const evidence = together.filter(isEvidence);
    evidence.sort((a, b) => (stands() ? a.known - b.known || rank(b) - rank(a) : rank(a) - rank(b)) || compare(a, b));
    // What a person does, he does with what the instant has brought.
    for (const fact of evidence) take(fact);
    for (const fact of together) if (!isEvidence(fact)) take(fact);
  }

  if (operator.is === 'shelved' && operator.until <= now) operator = expire(operator, tell);
  const flapping = flappingAt(raises, rule.flap, now);
  const staleAt = stands() && rule.staleAfter !== undefined ? lastWord + rule.staleAfter : FOREVER;
  const wakes = [
    stands() ? heldAt : FOREVER,
    flapping?.until ?? FOREVER,
    staleAt,
    operator.is === 'shelved' ? operator.until : FOREVER,
  ].filter((at) => at > now);
  const wake = Math.min(FOREVER, ...wakes);
  return {
    standing,
    said,
    severity: severityOf(said),
    operator,
    heldAt,
    flapping,
    staleSince: staleAt <= now ? staleAt : undefined,
    changedAt,
    updated,
    raises,
    comments,
    wake: wake === FOREVER ? undefined : wake,
  };
}

function rank(fact: AlarmFact): number {
  return Number(isEnd(fact));
}

function expire(shelved: OperatorState & { is: 'shelved' }, tell: Teller): OperatorState {
  tell({ at: shelved.until, what: 'unshelved: its time is over', by: 'automation' });
  return { is: 'none' };
}

/** A severity that nobody named is indeterminate. */
function severityOf({ perceivedSeverity = 'indeterminate' }: AlarmSaid): Severity {
  return perceivedSeverity;
}

function merged(held: AlarmSaid, said: AlarmSaid): AlarmSaid {
  return { ...held, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

/** Whether the raises come so thick that the alarm flaps: from the one that made it so many, until none came for `quiet`. */
function flappingAt(raises: readonly Instant[], flap: LifeRule['flap'], now: Instant): Life['flapping'] {
  let until = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const [i, at] of raises.entries()) {
    const first = raises[i - flap.raises + 1];
    const many = first !== undefined && at - first <= flap.within;
    if (at < until) count += 1;
    else if (many) count = flap.raises;
    if (many || at < until) until = at + flap.quiet;
  }
  return now < until ? { raises: count, until } : undefined;
}
