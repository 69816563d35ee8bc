/**
 * Fair use in roaming at home prices: A1 9.1.3.
 *
 *   none ─risk─► warned ─receipt─► term (15 whole local days) ─still so─► surcharged ─no risk─► none
 *     ▲            └──────no risk──────┴───────not so─────────┘
 *
 * Once a local day, at its beginning, and right after late records, the last four months of whole local days are looked at. A
 * day with any presence or use at home is a domestic day, else one with any in the zone is a roaming day. There is risk when there
 * are more roaming days than domestic ones and more roaming than domestic use in one or more of data, voice and messages, in
 * both directions. The warning is sent once, again without proof of its receipt, then by another channel. The surcharge holds for
 * use after the term and stops at the first look without risk. Late records that show that it should not have started, or have
 * stopped earlier, stop it and refund it; nothing is ever charged backwards.
 */
import { beginOf, dayNumber, formatLocal, monthsAfter, monthsBefore } from '../domain/calendar.js';
import { type Draft, decide, type Measure } from '../domain/decision.js';
import { type Effect, type Given, type Heard, isLate, type ServiceDetector } from '../domain/detector.js';
import type { Pack, RoamingRules } from '../domain/pack.js';
import { activeSince, profileAt } from '../domain/service.js';
import { assertNever, DAY, type Instant } from '../domain/units.js';
import type { DayUse } from '../domain/usage/days.js';
import { noticeIdOf, requestNotice } from './notices.js';

type Volume = Exclude<Measure, 'charge'>;
const VOLUMES: readonly Volume[] = ['dataBytes', 'voiceSeconds', 'messages'];

/** A surcharge, by local days: it holds from `start` on; `stop` and `refunded` as far as they were decided. */
interface Surcharge {
  readonly episode: number;
  readonly measures: readonly Volume[];
  /** The first day of the term, which `start` may lie long after where the receipt became known late. */
  readonly term: number;
  readonly start: number;
  readonly startedAt: Instant;
  readonly stop?: number;
  readonly refunded?: number;
}

export interface RoamingState {
  readonly episodes: number;
  readonly episode: {
    readonly measures: readonly Volume[];
    readonly foundAt: Instant;
    readonly noticeId: string;
    /** How often, and when last, the warning was sent. */
    readonly sent: number;
    readonly sentAt: Instant;
    readonly received?: Instant;
  } | null;
  /** Those of which something may still have to be refunded; the last may be running. */
  readonly surcharges: readonly Surcharge[];
  /** The day whose look is due next; 0 where nothing shows that one is needed. */
  readonly next: number;
}

export const roaming: ServiceDetector<RoamingState> = {
  name: 'roaming',
  hears: ['notice.progressed'],
  reads: ['roaming'],
  start: { episodes: 0, episode: null, surcharges: [], next: 0 },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [withReceipt(state, heard), []];
      case 'tick':
        return look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

const TEMPLATE = 'roaming-warning';
/** For how long late records can change what a surcharge stood on. */
const REMEMBERED_DAYS = 131;

function withReceipt(state: RoamingState, { event }: Heard & { is: 'event' }): RoamingState {
  const { episode } = state;
  if (event.type !== 'notice.progressed' || !episode) return state;
  const { state: progress, noticeId, template } = event.data;
  if (progress !== 'delivered' && progress !== 'read') return state;
  const own =
    noticeId === undefined
      ? template === TEMPLATE && event.time >= episode.foundAt
      : noticeId === episode.noticeId || noticeId.startsWith(`${episode.noticeId}:`);
  if (!own || (episode.received !== undefined && episode.received <= event.time)) return state;
  return { ...state, episode: { ...episode, received: event.time } };
}

function look(state: RoamingState, given: Given, now: Instant): readonly [RoamingState, readonly Effect[]] {
  const pack = given.pack(now);
  const rules = pack.rules.roaming;
  const { days, touched } = given.usage;
  if (
    !rules ||
    (state.episode === null && state.surcharges.length === 0 && !days.some(({ zoneSeen }) => zoneSeen > 0))
  ) {
    return [state, []];
  }
  const looking = new Look(state, given, now, pack, rules);
  const { today } = looking;
  // The first look is that of the next midnight: what today shows is not yet a whole day.
  const due = state.next !== 0 && state.next <= today;
  const late = touched.some((day) => day < today);
  // What was known before and is imported late is no reason to look at today, but what was judged without it may be wrong.
  if (late || given.usage.imported) looking.settle();
  if (due || late) looking.judge();
  looking.advance();
  looking.plan();
  return [looking.state, looking.effects];
}

/** What a window shows. */
interface Shown {
  readonly from: number;
  readonly to: number;
  readonly domesticDays: number;
  readonly roamingDays: number;
  readonly domestic: Readonly<Record<Volume, number>>;
  readonly roaming: Readonly<Record<Volume, number>>;
  /** The measures in which roaming use prevails. */
  readonly prevails: readonly Volume[];
  readonly risk: boolean;
}

class Look {
  state: RoamingState;
  readonly effects: Effect[] = [];
  readonly today: number;
  readonly #given: Given;
  readonly #now: Instant;
  readonly #pack: Pack;
  readonly #rules: RoamingRules;

  constructor(state: RoamingState, given: Given, now: Instant, pack: Pack, rules: RoamingRules) {
    this.state = state;
    this.#given = given;
    this.#now = now;
    this.#pack = pack;
    this.#rules = rules;
    this.today = dayNumber(now, pack.zone);
  }

  /** Judges surcharges anew after late records: what should not have been is stopped and refunded. */
  settle(): void {
    const surcharges = this.state.surcharges.filter(
      ({ stop }) => stop === undefined || stop >= this.today - REMEMBERED_DAYS,
    );
    this.state = { ...this.state, surcharges: surcharges.map((one) => this.#settled(one)) };
  }

  #settled(one: Surcharge): Surcharge {
    const end = one.stop ?? this.today + 1;
    let refund: number | undefined;
    let why = '';
    // What lies further back than late records reach is as it was judged then.
    const reach = this.today - REMEMBERED_DAYS;
    if (one.start >= reach && !this.#mayStart(one.term, one.start, one.measures)) {
      refund = one.start;
      why = 'late records show that it should not have started';
    } else {
      for (let day = Math.max(one.start + 1, reach); day < end; day++) {
        if (this.#window(day).risk) continue;
        refund = day;
        why = 'late records show that a look before found no risk';
        break;
      }
    }
    if (refund === undefined || (one.refunded !== undefined && one.refunded <= refund)) return one;
    // At the instant of today's look it just stops.
    const isNow = beginOf(this.today, this.#pack.zone) === this.#now;
    if (one.stop === undefined && refund === this.today && refund !== one.start && isNow) return one;
    const from = refund === one.start ? one.startedAt : beginOf(refund, this.#pack.zone);
    const until = one.stop === undefined ? this.#now : beginOf(one.stop, this.#pack.zone);
    if (one.stop === undefined)
      this.#surcharge('roaming.surcharge.stopped', one, this.#now, why, this.#window(this.today));
    this.#surcharge('roaming.surcharge.refunded', one, from, why, this.#window(refund), until);
    return { ...one, stop: one.stop ?? this.today, refunded: refund };
  }

  /** Today's look. */
  judge(): void {
    if (!this.#mayLook(this.today)) return;
    const { episode, surcharges } = this.state;
    const running = surcharges.find(({ stop }) => stop === undefined);
    // At the end of a term it is the term that is judged, see `advance`.
    if (episode && this.#termEnd() === this.today) return;
    const shown = this.#window(this.today);
    if (running) {
      if (shown.risk) return;
      this.#surcharge('roaming.surcharge.stopped', running, this.#now, 'a look found no risk', shown);
      this.state = {
        ...this.state,
        surcharges: surcharges.map((one) => (one === running ? { ...one, stop: this.today } : one)),
      };
    } else if (episode) {
      if (!shown.risk) this.state = { ...this.state, episode: null };
    } else if (shown.risk) this.#find(shown);
  }

  /** What time brings: the end of the term, or a warning that must be sent again. */
  advance(): void {
    const { episode } = this.state;
    if (!episode) return;
    const end = this.#termEnd();
    if (end === undefined) {
      this.#warnAgain();
      return;
    }
    if (end > this.today) return;
    const term = end - this.#rules.termDays;
    const started = this.#mayStart(term, this.today, episode.measures);
    this.state = { ...this.state, episode: null };
    if (!started) return;
    const surcharge = {
      episode: this.state.episodes,
      measures: episode.measures,
      term,
      start: this.today,
      startedAt: this.#now,
    };
    this.state = { ...this.state, surcharges: [...this.state.surcharges, surcharge] };
    const why = 'the term passed, home did not prevail in it, and the window still shows risk';
    this.#surcharge('roaming.surcharge.started', surcharge, this.#now, why, this.#window(this.today));
  }

  /** When it has to be looked at again. */
  plan(): void {
    const { zone } = this.#pack;
    const { episode, surcharges } = this.state;
    const from = monthsBefore(this.today + 1, this.#rules.months);
    const roamed = this.#given.usage.days.some((use) => use.zoneSeen > 0 && use.day >= from);
    const running = surcharges.some(({ stop }) => stop === undefined);
    const next = roamed || episode || running ? this.today + 1 : 0;
    const kept = surcharges.filter(({ stop }) => stop === undefined || stop >= this.today - REMEMBERED_DAYS);
    if (next !== this.state.next || kept.length !== surcharges.length) {
      this.state = { ...this.state, next, surcharges: kept };
    }
    if (next) this.effects.push({ do: 'wake', at: beginOf(next, zone) });
    if (episode && this.#termEnd() === undefined) {
      this.effects.push({ do: 'wake', at: episode.sentAt + this.#rules.resendAfter });
    }
  }

  // --- The rule ---

  /** No look before so many months after the service became active. */
  #mayLook(day: number): boolean {
    const { zone } = this.#pack;
    const since = activeSince(this.#given.facts);
    const began = dayNumber(since, zone);
    // Who became active at noon has been so for four months at noon.
    return day >= monthsAfter(began, this.#rules.months) + (beginOf(began, zone) === since ? 0 : 1);
  }

  #window(day: number): Shown {
    return this.#shown(monthsBefore(day, this.#rules.months), day);
  }

  #shown(from: number, to: number): Shown {
    let domesticDays = 0;
    let roamingDays = 0;
    const domestic = { dataBytes: 0, voiceSeconds: 0, messages: 0 };
    const roaming = { dataBytes: 0, voiceSeconds: 0, messages: 0 };
    const elsewhereIsHome = this.#rules.elsewhere === 'home';
    for (const use of this.#given.usage.days) {
      if (use.day < from || use.day >= to) continue;
      if (use.homeSeen > 0 || (elsewhereIsHome && use.elsewhereSeen > 0)) domesticDays += 1;
      else if (use.zoneSeen > 0) roamingDays += 1;
      addHome(domestic, use);
      if (elsewhereIsHome) addElsewhere(domestic, use);
      addZone(roaming, use);
    }
    const prevails = VOLUMES.filter((measure) => roaming[measure] > domestic[measure]);
    const stays = roamingDays > domesticDays;
    const risk = this.#rules.risk === 'both' ? stays && prevails.length > 0 : stays || prevails.length > 0;
    return { from, to, domesticDays, roamingDays, domestic, roaming, prevails, risk };
  }

  /** Whether a surcharge may start on a day, after the term that began on another. */
  #mayStart(term: number, day: number, measures: readonly Volume[]): boolean {
    const shown = this.#shown(term, term + this.#rules.termDays);
    if (shown.domesticDays > shown.roamingDays) return false;
    if (measures.some((measure) => shown.domestic[measure] > shown.roaming[measure])) return false;
    return this.#window(day).risk;
  }

  /** The day at whose beginning the term is over; undefined while it has not begun. */
  #termEnd(): number | undefined {
    const { episode } = this.state;
    if (!episode) return undefined;
    const { zone } = this.#pack;
    const deemed =
      this.#rules.receipt === 'deemed-next-day' ? beginOf(dayNumber(episode.foundAt, zone) + 1, zone) : undefined;
    const received = Math.min(episode.received ?? Infinity, deemed ?? Infinity);
    return received === Infinity ? undefined : dayNumber(received, zone) + 1 + this.#rules.termDays;
  }

  // --- What is decided ---

  #find(shown: Shown): void {
    const { zone, operator } = this.#pack;
    const episodes = this.state.episodes + 1;
    const due = beginOf(this.today, zone);
    const draft: Draft<'roaming.risk.found'> = {
      type: 'roaming.risk.found',
      subject: this.#given.facts.id,
      time: this.#now,
      data: {
        operator,
        clause: this.#rules.clause,
        because: {
          arithmetic: 'more roaming than domestic days, and more roaming than domestic use in these measures',
          measures: [...shown.prevails],
          lookOf: formatLocal(due, zone),
        },
        window: { from: beginOf(shown.from, zone), to: beginOf(shown.to, zone) },
        domesticDays: shown.domesticDays,
        roamingDays: shown.roamingDays,
        domesticUse: shown.domestic,
        roamingUse: shown.roaming,
        episode: episodes,
        ...(isLate(due, this.#now) && { late: true }),
      },
    };
    const noticeId = noticeIdOf(TEMPLATE, decide(draft).id);
    const episode = {
      measures: shown.prevails,
      foundAt: this.#now,
      noticeId,
      sent: 1,
      sentAt: this.#now,
    };
    this.state = { ...this.state, episodes, episode };
    this.effects.push({ do: 'decide', draft });
  }

  /** Without proof the warning goes again, and from the third time on by the channels that were not tried. */
  #warnAgain(): void {
    const episode = this.state.episode!;
    if (this.#now < episode.sentAt + this.#rules.resendAfter) return;
    const sent = episode.sent + 1;
    const tried = profileAt(this.#given.facts, this.#now).notifyBy ?? ['sms'];
    const others = (['sms', 'email'] as const).filter((channel) => !tried.includes(channel));
    this.state = { ...this.state, episode: { ...episode, sent, sentAt: this.#now } };
    this.effects.push({
      do: 'decide',
      draft: requestNotice(TEMPLATE, `${episode.noticeId.slice(TEMPLATE.length + 1)}:${sent}`, {
        given: this.#given,
        now: this.#now,
        clause: this.#rules.clauses['resendAfter']!,
        because: { warning: episode.noticeId, withoutProofFor: `${(this.#now - episode.foundAt) / DAY} days` },
        parameters: this.#warningParameters(sent),
        ...(sent > 2 && others.length > 0 && { channels: others }),
      }),
    });
  }

  #warningParameters(attempt: number): Record<string, unknown> {
    const { zone } = this.#pack;
    const { from, to, domesticDays, roamingDays } = this.#window(this.today);
    return { attempt, window: { from: beginOf(from, zone), to: beginOf(to, zone) }, domesticDays, roamingDays };
  }

  #surcharge(
    type: 'roaming.surcharge.started' | 'roaming.surcharge.stopped' | 'roaming.surcharge.refunded',
    { episode, term, start }: Surcharge,
    from: Instant,
    why: string,
    shown: Shown,
    to?: Instant,
  ): void {
    const { zone, operator } = this.#pack;
    this.effects.push({
      do: 'decide',
      draft: {
        type,
        subject: this.#given.facts.id,
        time: this.#now,
        data: {
          operator,
          clause: this.#rules.clause,
          because: {
            why,
            window: {
              from: formatLocal(beginOf(shown.from, zone), zone),
              to: formatLocal(beginOf(shown.to, zone), zone),
            },
            domesticDays: shown.domesticDays,
            roamingDays: shown.roamingDays,
            domesticUse: shown.domestic,
            roamingUse: shown.roaming,
            termFrom: formatLocal(beginOf(term, zone), zone),
            startedOn: formatLocal(beginOf(start, zone), zone),
          },
          from,
          ...(to !== undefined && { to }),
          episode,
          ...(type === 'roaming.surcharge.refunded' && { late: true }),
        },
      },
    });
  }
}

function addHome(sums: Record<Volume, number>, use: DayUse): void {
  sums.dataBytes += use.homeDataBytes;
  sums.voiceSeconds += use.homeVoiceSeconds;
  sums.messages += use.homeMessages;
}

function addZone(sums: Record<Volume, number>, use: DayUse): void {
  sums.dataBytes += use.zoneDataBytes;
  sums.voiceSeconds += use.zoneVoiceSeconds;
  sums.messages += use.zoneMessages;
}

function addElsewhere(sums: Record<Volume, number>, use: DayUse): void {
  sums.dataBytes += use.elsewhereDataBytes;
  sums.voiceSeconds += use.elsewhereVoiceSeconds;
  sums.messages += use.elsewhereMessages;
}
