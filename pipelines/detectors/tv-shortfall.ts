/**
 * Television over the internet: GO4YU 6, 48; MTEL SD A.3.1.3, A.3.1.4.3.
 *
 * A set-top box or smart TV needs an access of 10 Mbit/s, a mobile device 5. A session is short where less was delivered than the
 * rendition asks for (not said: than the access that the device needs). Where the access was below what the device needs, the
 * access is at fault and the operator not liable; where it was enough, the service is, and he is; where nobody knows it, it is
 * undetermined. Catch-up of a programme more than 72 h old is no shortfall.
 *
 * Beside what the terms say stands what the evidence points at (`likelyCause`), with all of it: the causes that hold, and where none
 * does what nobody knew (`wanted`). It is of what was known when the session was judged; attribution and liability rest on the session alone, and no later fact changes them.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type Effect, type Given, type Heard, isLate, type ServiceDetector } from '../domain/detector.js';
import { faultName } from '../domain/fault.js';
import { overlap } from '../domain/intervals.js';
import { EVERY_FAULT } from '../domain/outage.js';
import type { Pack, TvRules } from '../domain/pack.js';
import { causeOf, type LineRate } from '../domain/quality/cause.js';
import {
  deliveredOf,
  endOf,
  inOrder,
  metricsOf,
  metricsOfAll,
  type Played,
  playedOf,
  type Session,
  sessionOf,
} from '../domain/quality/session.js';
import { profileAt } from '../domain/service.js';
import { assertNever, type Instant } from '../domain/units.js';

export interface TvState {
  /** Heard since the last look. */
  readonly heard: readonly Session[];
  /** Judged, and remembered as evidence. */
  readonly sessions: readonly Played[];
  readonly lines: readonly LineRate[];
}

export const tvShortfall: ServiceDetector<TvState> = {
  name: 'tv-shortfall',
  hears: ['tv.played', 'line.measured'],
  reads: ['tv'],
  start: { heard: [], sessions: [], lines: [] },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [withFact(state, heard.event, given), []];
      case 'tick':
        return look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

/** However much is played within the time that is remembered: of what is more the latest stays. */
const SESSIONS_MAX = 64;
const LINES_MAX = 64;

function withFact(state: TvState, event: (Heard & { is: 'event' })['event'], given: Given): TvState {
  if (event.type !== 'tv.played' && event.type !== 'line.measured') return state;
  const rules = given.pack(event.time).rules.tv;
  if (!rules?.kinds.includes(profileAt(given.facts, event.time).kind)) return state;
  if (event.type === 'tv.played') return { ...state, heard: [...state.heard, sessionOf(event)] };
  return { ...state, lines: [...state.lines, [event.time, event.data.downBitsPerSecond]] };
}

function look(state: TvState, given: Given, now: Instant): readonly [TvState, readonly Effect[]] {
  // Most services play nothing: their state stays the one all of them share.
  if (state.heard.length + state.sessions.length + state.lines.length === 0) return [state, []];
  const judged = state.heard
    .toSorted((a, b) => a.at - b.at || (refOf(a) < refOf(b) ? -1 : 1))
    .map((session) => ({ session, pack: given.pack(session.at) }));
  const heard = judged.map(({ session, pack }) => playedOf(session, requiredOf(session, pack.rules.tv) !== undefined));
  const sessions = inOrder([...state.sessions, ...heard]);
  const lines = state.lines.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const effects = judged.flatMap(({ session, pack }): Effect[] => {
    const required = requiredOf(session, pack.rules.tv);
    if (required === undefined) return [];
    return [{ do: 'decide', draft: shortfall(session, required, { sessions, lines }, pack, given, now) }];
  });
  return [remembered({ heard: [], sessions, lines }, given, now), effects];
}

/** The rate that the session should have had, where it had less; undefined where it is not short. */
export function requiredOf({ at, data }: Session, rules: TvRules | undefined): number | undefined {
  const delivered = deliveredOf(data);
  if (!rules || delivered === undefined) return undefined;
  const isTooOld =
    data.mode === 'catch-up' && data.broadcastAt !== undefined && at - data.broadcastAt > rules.catchUpMax;
  if (isTooOld) return undefined;
  const should = data.nominalBitsPerSecond ?? rules.requiredBitsPerSecond[data.device];
  return delivered < should ? should : undefined;
}

interface Attribution {
  readonly attribution: 'access' | 'service' | 'undetermined';
  readonly operatorLiable: boolean | null;
  readonly clause: string;
}

/** What the terms say, of the session alone. */
function attributionOf({ data }: Session, rules: TvRules): Attribution {
  const access = data.accessBitsPerSecond;
  const clause = rules.clauses['requiredBitsPerSecond'] ?? rules.clause;
  if (access === undefined) return { attribution: 'undetermined', operatorLiable: null, clause };
  if (access < rules.requiredBitsPerSecond[data.device]) {
    return { attribution: 'access', operatorLiable: false, clause };
  }
  return { attribution: 'service', operatorLiable: true, clause };
}

function shortfall(
  session: Session,
  should: number,
  known: { readonly sessions: readonly Played[]; readonly lines: readonly LineRate[] },
  { operator, zone, rules: { tv } }: Pack,
  given: Given,
  now: Instant,
): Draft<'tv.shortfall'> {
  const rules = tv!;
  const { at, data, source, id } = session;
  const required = rules.requiredBitsPerSecond[data.device];
  const { clause, ...attributed } = attributionOf(session, rules);
  const { contractedDownBitsPerSecond: contracted } = profileAt(given.facts, at);
  const faults = openFaults(session, given);
  const found = causeOf(session, { required, ...known, contracted: contracted || undefined, faults, rules });
  const delivered = deliveredOf(data)!;
  return {
    type: 'tv.shortfall',
    subject: given.facts.id,
    time: now,
    data: {
      operator,
      clause,
      because: {
        arithmetic:
          'delivered is less than nominal (not said: than the access required), and access is held against the access required',
        event: refOf(session),
        from: formatLocal(at, zone),
        to: formatLocal(endOf(session), zone),
        mode: data.mode ?? null,
        channelId: data.channelId ?? null,
        broadcastAt: data.broadcastAt === undefined ? null : formatLocal(data.broadcastAt, zone),
        deliveredBitsPerSecond: delivered,
        shouldBitsPerSecond: should,
        accessBitsPerSecond: data.accessBitsPerSecond ?? null,
        accessRequiredBitsPerSecond: required,
        metrics: metricsOf(data),
        remembered: metricsOfAll(found.remembered),
        evidence: found.asked,
        causes: found.causes,
        wanted: found.wanted,
      },
      device: data.device,
      deliveredBitsPerSecond: delivered,
      requiredBitsPerSecond: required,
      ...attributed,
      likelyCause: found.likelyCause,
      ...(data.nominalBitsPerSecond !== undefined && { nominalBitsPerSecond: data.nominalBitsPerSecond }),
      session: id,
      sessionSource: source,
      late: isLate(Math.max(endOf(session), at), now),
    },
  };
}

/** The faults that lay open on what serves it while it played, as far as they were known; but for those of the subscriber. */
function openFaults(session: Session, given: Given): readonly string[] {
  const played = { from: session.at, to: Math.max(endOf(session), session.at + 1) };
  const felt = given
    .parts(EVERY_FAULT)
    .filter((part) => part.height >= 0 && part.responsibility !== 'subscriber' && overlap(part, played));
  return [...new Set(felt.map(({ fault }) => faultName(fault)))].sort();
}

/** What may still be evidence for a session that is told as it happens. */
function remembered(state: TvState, given: Given, now: Instant): TvState {
  const rules = given.pack(now).rules.tv;
  const sessionsFrom = now - (rules?.remembers ?? 0);
  const linesFrom = sessionsFrom - (rules?.lineFresh ?? 0);
  return {
    heard: [],
    sessions: state.sessions.filter(({ at }) => at > sessionsFrom).slice(-SESSIONS_MAX),
    lines: state.lines.filter(([at]) => at >= linesFrom).slice(-LINES_MAX),
  };
}

function refOf({ source, id }: Session): string {
  return `${source}#${id}`;
}
