/**
 * Television on one node, or of one channel, minute by minute over all services: GO4YU 47, MTEL SD A.3.1.3.
 *
 *   quiet ─a minute with enough sessions, and enough of them short─► raised ─so many minutes that show it well─► quiet
 *
 * A minute is judged once it is over and what ended in it is known; sessions known later change it for as long as the rule waits for
 * them, and what follows is decided then. A minute with too few sessions says nothing: an alarm is cleared by evidence, never by
 * silence. The resource of the alarm is the element, or the operator's channel.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { isLate } from '../domain/detector.js';
import { type PlayedFact, playedKey } from '../domain/fact.js';
import type { Pack, Packs, TvTogetherRules } from '../domain/pack.js';
import { EVER, type Instant, MINUTE } from '../domain/units.js';
import { type Collector, earliest } from './collector.js';

/** What the tasks counted in one minute. */
interface Minute {
  readonly at: Instant;
  readonly by: Readonly<Record<string, Sums & { readonly revision: number }>>;
}

/** What was played in a minute. Each service is counted by one task. */
type Sums = Pick<PlayedFact, 'sessions' | 'short' | 'services' | 'shortServices'>;

/** A stretch for which the alarm stands: from the minute that showed it to the minute that ended it, null while it stands. */
interface Stretch {
  readonly from: Instant;
  readonly to: Instant | null;
}

/** What follows from the minutes so far: whether the alarm stands, since which minute, and how many have shown it well since. */
interface Course {
  readonly from: Instant | null;
  readonly well: number;
}

export interface ChannelMinute {
  readonly operator: string;
  readonly of: PlayedFact['of'];
  readonly name: string;
  readonly minutes: ReadonlyMap<string, Minute>;
  readonly waiting: readonly PlayedFact[];
  /** The course of all minutes before `open`, of which nothing can come any more. */
  readonly course: Course;
  readonly open: Instant;
  /** The last instant as of which it was judged. */
  readonly judged: Instant;
  readonly episodes: number;
  /** What was decided of late. */
  readonly decided: readonly (Stretch & { readonly episode: number; readonly affected: number })[];
}

export const channelMinute: Collector<PlayedFact, ChannelMinute> = {
  name: 'channel-minute',
  hears: 'played',
  reads: ['tvTogether'],
  prefix: 'cm',
  keyOf: playedKey,
  start: ({ operator, of, name }) => ({
    operator,
    of,
    name,
    minutes: new Map(),
    waiting: [],
    course: { from: null, well: 0 },
    open: EVER,
    judged: EVER,
    episodes: 0,
    decided: [],
  }),
  hear(state, fact) {
    const held = state.minutes.get(String(fact.minute))?.by[fact.from]?.revision ?? 0;
    const same = (one: PlayedFact) =>
      one.from === fact.from && one.minute === fact.minute && one.revision === fact.revision;
    if (fact.minute < state.open || held >= fact.revision || state.waiting.some(same)) return state;
    return { ...state, waiting: [...state.waiting, fact] };
  },
  judge(state, { clock, packs }) {
    const look = new Look(state, packs);
    for (let at = look.next(); at !== undefined && at <= clock; at = look.next()) look.judge(at);
    look.forget(clock);
    return { state: look.state, drafts: look.drafts, next: look.wake() };
  },
  keep({ minutes, ...head }) {
    const idle = minutes.size === 0 && head.waiting.length === 0 && head.course.from === null;
    if (idle && head.episodes === 0) return undefined;
    return { head, parts: minutes };
  },
  take: ({ head, parts }) => ({ ...(head as unknown as ChannelMinute), minutes: parts as ChannelMinute['minutes'] }),
};

class Look {
  readonly drafts: Draft[] = [];
  state: ChannelMinute;
  readonly #packs: Packs;

  constructor(state: ChannelMinute, packs: Packs) {
    this.state = state;
    this.#packs = packs;
  }

  /** The next instant at which something became known or a minute is to be judged. */
  next(): Instant | undefined {
    const { waiting, judged } = this.state;
    return earliest([...waiting.map(({ at }) => at), ...this.#dues().filter((due) => due > judged)]);
  }

  /** When it has to be asked again: also to forget. */
  wake(): Instant | undefined {
    const rules = this.#rules(this.state.judged);
    const [oldest] = this.#sorted();
    const over = oldest && rules && oldest.at + MINUTE + rules.settlesAfter + rules.lateFor;
    return earliest([this.next(), over].filter((at) => at !== undefined));
  }

  judge(at: Instant): void {
    this.#learn(at);
    this.state = { ...this.state, judged: at };
    const pack = this.#packs.at(this.state.operator, at);
    const rules = pack?.rules.tvTogether;
    if (pack && rules) this.#decide(at, pack, rules);
  }

  /** Lets go of minutes of which nothing can come any more. */
  forget(clock: Instant): void {
    const rules = this.#rules(clock);
    const minutes = this.#sorted();
    const kept = rules
      ? minutes.filter((minute) => minute.at + MINUTE + rules.settlesAfter + rules.lateFor > clock)
      : minutes;
    if (!rules || kept.length === minutes.length) return;
    const gone = minutes.slice(0, minutes.length - kept.length);
    const { course } = run(this.state.course, gone, rules);
    const open = gone.at(-1)!.at + MINUTE;
    this.state = {
      ...this.state,
      minutes: new Map(kept.map((minute) => [String(minute.at), minute])),
      course,
      open,
      decided: this.state.decided.filter(({ to }) => to === null || to >= open),
    };
  }

  #learn(at: Instant): void {
    const facts = this.state.waiting.filter((fact) => fact.at <= at);
    if (facts.length === 0) return;
    const minutes = new Map(this.state.minutes);
    for (const fact of facts) {
      const key = String(fact.minute);
      const held = minutes.get(key) ?? { at: fact.minute, by: {} };
      if ((held.by[fact.from]?.revision ?? 0) >= fact.revision) continue;
      const { revision, sessions, short, services, shortServices } = fact;
      const counted = { revision, sessions, short, services, shortServices };
      minutes.set(key, { ...held, by: { ...held.by, [fact.from]: counted } });
    }
    this.state = { ...this.state, minutes, waiting: this.state.waiting.filter((fact) => fact.at > at) };
  }

  #decide(at: Instant, pack: Pack, rules: TvTogetherRules): void {
    const settled = this.#sorted().filter((minute) => dueOf(minute, rules) <= at);
    const { stretches } = run(this.state.course, settled, rules);
    const left = [...this.state.decided];
    const decided: ChannelMinute['decided'][number][] = [];
    let { episodes } = this.state;
    const say = (type: 'alarm.raised' | 'alarm.cleared', of: ChannelMinute['decided'][number], why: string) =>
      this.drafts.push(this.#alarm(type, of, why, at, pack, rules));
    for (const stretch of stretches) {
      const i = left.findIndex((one) => overlap(one, stretch));
      let held = i < 0 ? undefined : left.splice(i, 1)[0]!;
      if (!held || (held.to !== null && stretch.to === null)) {
        if (held) decided.push(held);
        episodes += 1;
        const minute = this.state.minutes.get(String(stretch.from));
        held = { ...stretch, to: null, episode: episodes, affected: minute ? sumsOf(minute).shortServices : 0 };
        say('alarm.raised', held, 'enough sessions of the minute were short');
      }
      if (held.to === null && stretch.to !== null) {
        held = { ...held, to: stretch.to };
        say('alarm.cleared', held, 'the minutes that followed showed it well');
      }
      decided.push(held);
    }
    for (const one of left) {
      const ends = one.to === null ? { ...one, to: one.from } : one;
      if (one.to === null) say('alarm.cleared', ends, 'sessions known late show that too few of the minute were short');
      decided.push(ends);
    }
    decided.sort((a, b) => a.episode - b.episode);
    this.state = { ...this.state, episodes, decided };
  }

  #alarm(
    type: 'alarm.raised' | 'alarm.cleared',
    { episode, from, to, affected }: ChannelMinute['decided'][number],
    why: string,
    at: Instant,
    { operator, zone }: Pack,
    rules: TvTogetherRules,
  ): Draft<'alarm.raised'> | Draft<'alarm.cleared'> {
    const { of, name } = this.state;
    const last = to ?? from;
    const minutes = this.#sorted()
      .filter((minute) => minute.at >= from && minute.at <= last && isEnough(sumsOf(minute), rules))
      .slice(-rules.clearMinutes);
    return {
      type,
      subject: of === 'node' ? name : `${operator}:${name}`,
      time: at,
      data: {
        operator,
        clause: rules.clause,
        because: {
          why,
          of,
          ...(of === 'channel' && { channelId: name }),
          minutes: minutes.map((minute) => ({ minute: formatLocal(minute.at, zone), ...sumsOf(minute) })),
          sessionsMin: rules.sessionsMin,
          servicesMin: rules.servicesMin,
          sharePercent: type === 'alarm.raised' ? rules.raiseSharePercent : rules.clearSharePercent,
        },
        alarmId: `tv-${of}:${operator}:${name}`,
        episode,
        perceivedSeverity: type === 'alarm.raised' ? rules.severity : 'cleared',
        probableCause: 'performanceDegraded',
        specificProblem: `television sessions short of their rate on one ${of}`,
        affectedServices: affected,
        from,
        ...(isLate(last + MINUTE + rules.settlesAfter, at) && { late: true }),
      },
    };
  }

  #rules(at: Instant): TvTogetherRules | undefined {
    return this.#packs.at(this.state.operator, at)?.rules.tvTogether;
  }

  #sorted(): readonly Minute[] {
    return [...this.state.minutes.values()].sort((a, b) => a.at - b.at);
  }

  #dues(): readonly Instant[] {
    const rules = this.#rules(this.state.judged);
    return rules ? [...this.state.minutes.values()].map((minute) => dueOf(minute, rules)) : [];
  }
}

/** When a minute is judged. */
function dueOf({ at }: Minute, { settlesAfter }: TvTogetherRules): Instant {
  return at + MINUTE + settlesAfter;
}

/** What minutes in order lead to. */
function run(
  begin: Course,
  minutes: readonly Minute[],
  rules: TvTogetherRules,
): { readonly course: Course; readonly stretches: readonly Stretch[] } {
  let { from, well } = begin;
  const stretches: Stretch[] = [];
  for (const minute of minutes) {
    const sums = sumsOf(minute);
    if (!isEnough(sums, rules)) continue;
    if (from === null) {
      if (100 * sums.short < rules.raiseSharePercent * sums.sessions) continue;
      from = minute.at;
      well = 0;
    } else if (100 * sums.short >= rules.clearSharePercent * sums.sessions) well = 0;
    else if (++well >= rules.clearMinutes) {
      stretches.push({ from, to: minute.at });
      from = null;
    }
  }
  if (from !== null) stretches.push({ from, to: null });
  return { course: { from, well }, stretches };
}

function sumsOf({ by }: Minute): Sums {
  const sums = { sessions: 0, short: 0, services: 0, shortServices: 0 };
  for (const fact of Object.values(by)) {
    sums.sessions += fact.sessions;
    sums.short += fact.short;
    sums.services += fact.services;
    sums.shortServices += fact.shortServices;
  }
  return sums;
}

function isEnough({ sessions, services }: Sums, rules: TvTogetherRules): boolean {
  return sessions >= rules.sessionsMin && services >= rules.servicesMin;
}

function overlap(a: Stretch, b: Stretch): boolean {
  return a.from <= (b.to ?? Number.POSITIVE_INFINITY) && b.from <= (a.to ?? Number.POSITIVE_INFINITY);
}
