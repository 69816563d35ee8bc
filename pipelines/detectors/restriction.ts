/**
 * What becomes of a proposal: A1 14.2, 15.5. Part of `limits`, which knows what was proposed.
 *
 * A person or a policy accepts or declines a proposed restriction, or the proposed security of payment: then services are
 * restricted until the security is given, which is told by declining. A restriction is lifted when its reason ends: the window of
 * the traffic is over, its `until` has come, the proposal is declined, or a correction makes the traffic typical. It never touches
 * emergency calls, customer service and what comes in. What restricts again under the same proposal is the next episode.
 *
 * Of several words on one proposal the one of the latest time holds, so the order in which they become known does not matter; a
 * word on a proposal that is not known yet waits for it. A restriction begins and ends when it is decided, never before.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft, Measure, RestrictionEnd, Window } from '../domain/decision.js';
import { type Effect, type Given, refOf } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import type { LimitRules, Pack } from '../domain/pack.js';
import { activeAt } from '../domain/service.js';
import { DAY, EVER, FOREVER, type Instant } from '../domain/units.js';

/** What a person or a policy said of a proposal. */
interface Word {
  readonly at: Instant;
  readonly known: Instant;
  /** The event's name; absent: the pack's policy. */
  readonly ref?: string;
  readonly accepted: boolean;
  /** Absent: all that were proposed. */
  readonly services?: readonly string[];
  readonly until?: Instant;
  readonly reason?: string;
  readonly by: string;
}

/** What was said of one proposal, and the restriction that stands for it. */
export interface Restriction {
  readonly proposalId: string;
  readonly words: readonly Word[];
  readonly episodes: number;
  readonly standing: Standing | null;
}

interface Standing {
  readonly services: readonly string[];
  readonly from: Instant;
  readonly until: Instant;
  readonly proposed: Proposal['proposed'];
  readonly window: Window;
  readonly measure: Measure;
}

/** A proposal that was made. */
export interface Proposal {
  readonly id: string;
  readonly proposed: 'restriction' | 'security';
  readonly window: Window;
  readonly measure: Measure;
  /** When the window is over. */
  readonly to: Instant;
  /** Whether the traffic of the window is atypical by what is known now. */
  readonly isAtypical: () => boolean;
}

/** How long a word waits for its proposal: as long as late records can make one. */
const REMEMBERED = 170 * DAY;
/** What nothing restricts, whatever a pack says. */
const ALWAYS_KEPT = ['emergency', 'customer-service', 'incoming'];
/** Who accepts where the pack says so. */
const POLICY = 'policy/auto-accept';

/** Keeps what was said of a proposal. */
export function withWord(
  held: readonly Restriction[],
  event: EventOf<'restriction.decided'>,
): readonly [Restriction, ...Restriction[]] {
  const { proposalId, accepted, services, until, reason, by } = event.data;
  const word: Word = {
    at: event.time,
    known: event.recordedtime,
    ref: refOf(event),
    accepted,
    ...(services && { services }),
    ...(until !== undefined && { until }),
    ...(reason !== undefined && { reason }),
    by,
  };
  const known = held.find((one) => one.proposalId === proposalId) ?? newOf(proposalId);
  const words = [...known.words, word].sort((a, b) => a.at - b.at || a.known - b.known || (a.ref! < b.ref! ? -1 : 1));
  return [{ ...known, words }, ...held.filter((one) => one !== known)];
}

/** The policy accepts what was just proposed, unless a person has spoken: whatever a person says weighs more. */
export function acceptedByPolicy(held: readonly Restriction[], proposalId: string): readonly Restriction[] {
  if (held.some((one) => one.proposalId === proposalId)) return held;
  const word: Word = { at: EVER, known: EVER, accepted: true, by: POLICY };
  return [...held, { ...newOf(proposalId), words: [word] }];
}

function newOf(proposalId: string): Restriction {
  return { proposalId, words: [], episodes: 0, standing: null };
}

interface Asked {
  readonly given: Given;
  readonly now: Instant;
  readonly rules: LimitRules;
  readonly pack: Pack;
}

/** What follows from all that was said, by now: restrictions applied and lifted, and what is still to be kept. */
export function restrict(
  held: readonly Restriction[],
  proposals: ReadonlyMap<string, Proposal>,
  asked: Asked,
): readonly [readonly Restriction[], readonly Effect[]] {
  const effects: Effect[] = [];
  const kept = [...held]
    .sort((a, b) => (a.proposalId < b.proposalId ? -1 : 1))
    .flatMap((one) => judge(one, proposals.get(one.proposalId), asked, effects));
  const restricted = new Set(kept.flatMap(({ standing }) => standing?.services ?? []));
  return [kept, effects.map((effect) => freeing(effect, restricted))];
}

/** What a lifting gives back: what another restriction stops, or the same one decided anew, stays stopped. */
function freeing(effect: Effect, restricted: ReadonlySet<string>): Effect {
  if (effect.do !== 'decide' || effect.draft.type !== 'restriction.lifted') return effect;
  const { data } = effect.draft;
  const services = data.services.filter((one) => !restricted.has(one));
  if (services.length === data.services.length) return effect;
  const stillRestricted = data.services.filter((one) => restricted.has(one));
  const because = { ...data.because, stillRestricted };
  return { do: 'decide', draft: { ...effect.draft, data: { ...data, services, because } } };
}

function judge(
  held: Restriction,
  proposal: Proposal | undefined,
  asked: Asked,
  effects: Effect[],
): readonly Restriction[] {
  const { given, now, rules } = asked;
  const word = held.words.findLast(({ at }) => at <= now);
  const ahead = held.words.filter(({ at }) => at > now);
  let { standing, episodes } = held;
  const of = proposal ?? (standing && { ...standing, to: standing.until, isAtypical: () => true });
  if (word && of) {
    const until = endOf(word, of.to, rules);
    const wished = servicesOf(word, rules);
    const over: RestrictionEnd | undefined = !word.accepted
      ? 'declined'
      : now >= until
        ? until === word.until
          ? 'until'
          : 'window-over'
        : of.isAtypical()
          ? undefined
          : 'no-longer-atypical';
    const changed = standing && (standing.until !== until || standing.services.join() !== wished.join());
    const why = over ?? (changed ? 'decided-anew' : undefined);
    if (standing && why) {
      effects.push(lifted(held.proposalId, standing, episodes, why, word, asked));
      standing = null;
    }
    if (!standing && !over && wished.length > 0 && activeAt(given.facts, now)) {
      const { proposed, window, measure } = of;
      standing = { services: wished, from: now, until, proposed, window, measure };
      episodes += 1;
      effects.push(applied(held.proposalId, standing, episodes, word, asked));
    }
  }
  for (const { at } of ahead) effects.push({ do: 'wake', at });
  if (standing) effects.push({ do: 'wake', at: standing.until });
  // What was applied once stays known with its proposal: another episode must not be taken for the first.
  const isOver = of
    ? episodes === 0 && rules.ends === 'first' && now >= of.to
    : now >= (held.words.at(-1)?.at ?? EVER) + REMEMBERED;
  if (!standing && isOver) return [];
  // Of what was said before, nothing can hold again.
  return [{ ...held, words: word ? [word, ...ahead] : ahead, episodes, standing }];
}

/** When a restriction ends by itself. */
function endOf({ until }: Word, windowEnd: Instant, { ends }: LimitRules): Instant {
  return ends === 'until' ? (until ?? windowEnd) : Math.min(until ?? FOREVER, windowEnd);
}

function keptBy({ keeps }: LimitRules): string[] {
  return [...new Set([...ALWAYS_KEPT, ...keeps])];
}

/** What is restricted: of what may be, what was chosen. */
function servicesOf({ services }: Word, rules: LimitRules): readonly string[] {
  const kept = keptBy(rules);
  return rules.restricts.filter((one) => !kept.includes(one) && (!services || services.includes(one)));
}

function applied(proposalId: string, standing: Standing, episode: number, word: Word, asked: Asked): Effect {
  const { pack, rules, now } = asked;
  const draft: Draft<'restriction.applied'> = {
    type: 'restriction.applied',
    subject: asked.given.facts.id,
    time: now,
    data: {
      operator: pack.operator,
      clause: rules.clauses['restricts']!,
      because: becauseOf(proposalId, word, pack),
      ...standing,
      services: [...standing.services],
      keeps: keptBy(rules),
      proposalId,
      episode,
    },
  };
  return { do: 'decide', draft };
}

function lifted(
  proposalId: string,
  standing: Standing,
  episode: number,
  reason: RestrictionEnd,
  word: Word,
  asked: Asked,
): Effect {
  const { pack, rules, now } = asked;
  const { until, ...rest } = standing;
  const draft: Draft<'restriction.lifted'> = {
    type: 'restriction.lifted',
    subject: asked.given.facts.id,
    time: now,
    data: {
      operator: pack.operator,
      clause: rules.clauses['ends']!,
      because: { ...becauseOf(proposalId, word, pack), standsUntil: formatLocal(until, pack.zone) },
      ...rest,
      services: [...standing.services],
      keeps: keptBy(rules),
      to: now,
      proposalId,
      episode,
      reason,
    },
  };
  return { do: 'decide', draft };
}

/** Who decided what, and when. */
function becauseOf(proposalId: string, word: Word, { zone }: Pack): Record<string, unknown> {
  const { at, ref, accepted, by, reason } = word;
  return {
    proposal: proposalId,
    accepted,
    by,
    ...(ref !== undefined && { events: [ref], decidedAt: formatLocal(at, zone) }),
    ...(reason !== undefined && { reason }),
  };
}
