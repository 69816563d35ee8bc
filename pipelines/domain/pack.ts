/**
 * Rule packs: an operator's terms as data. Every value is a term: what it is, the clause it comes from and how that clause is
 * read. Detectors get the plain rules; `dozor terms check` and docs/clauses.md read the terms.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { MEASURES, type Measure } from './decision.js';
import { type Feed, TECHNOLOGIES, type TvDevice } from './event.js';
import type { Responsibility } from './fault.js';
import { RESPONSIBILITIES } from './fault.js';
import { STATISTICS, type Statistic } from './kpi/rollup.js';
import { WIDTHS, type Width } from './kpi/windows.js';
import type { Money } from './money.js';
import type { RateBounds } from './service-level/rates.js';
import type { Instant, Milliseconds, Zone } from './units.js';

/** The rules on outages. `clauses` names the clause of each term. */
export interface OutageRules {
  readonly clause: string;
  /** Counted time must be longer than this. */
  readonly limit: Milliseconds;
  /** A restoration shorter than this does not end an outage. */
  readonly minRestoration: Milliseconds;
  /** Time that does not count, longer than this on end, ends an outage. */
  readonly maxPause: Milliseconds;
  readonly excused: readonly Responsibility[];
  readonly excusedWhileAccessBarred: boolean;
  /** Planned works are excused only inside windows announced this long ahead on this channel; null: as `excused` says. */
  readonly works: { readonly notice: Milliseconds; readonly channel: string } | null;
  readonly credit: { readonly by: 'elapsed-share' } | { readonly by: 'touched-day'; readonly days: number } | null;
  /** Whether a subscriber may choose a longer term in place of the credit. */
  readonly extension: boolean;
  readonly overdue: {
    readonly after: Milliseconds;
    readonly by: 'elapsed' | 'counted';
    readonly regulator: boolean;
  } | null;
  readonly termination: { readonly after: Milliseconds } | null;
  /** The NOC is told when the running clock reaches these. */
  readonly marks: readonly Milliseconds[];
  readonly clauses: Clauses;
}

/** The rules on faulty equipment. */
export interface EquipmentRules {
  readonly clause: string;
  readonly remedy: 'credit' | 'extension';
  readonly excused: readonly Responsibility[];
  readonly clauses: Clauses;
}

/** The rules on a parked service. */
export interface ParkingRules {
  readonly clause: string;
  readonly daysInYear: number;
  readonly clauses: Clauses;
}

/** The rules on late porting. */
export interface PortingRules {
  readonly clause: string;
  readonly deadline: Milliseconds;
  readonly daysMax: number;
  /** null where the price list is not given. */
  readonly amountPerDay: Money | null;
  readonly clauses: Clauses;
}

/** The rules on when work on a reported fault must have begun. */
export interface RepairStartRules {
  readonly clause: string;
  readonly within: Milliseconds;
  readonly severity: Severity;
  readonly clauses: Clauses;
}

/** The rules on a fault of a platform that is shown and told, and gives no credit. */
export interface PlatformFaultRules {
  readonly clause: string;
  readonly kinds: readonly string[];
  readonly severity: Severity;
  readonly tellViewerAfter: Milliseconds;
  readonly clauses: Clauses;
}

/** When samples of an indicator make a fault: `downSamples` of the last `downWindow` below the bound; likewise up. */
export interface KpiFaultRule {
  readonly kpi: string;
  readonly downBelow: number;
  readonly downSamples: number;
  readonly downWindow: number;
  readonly upSamples: number;
  readonly upWindow: number;
  /** The spacing of samples: a place without one is "no data", neither down nor up. Absent: the window is the last samples. */
  readonly period?: Milliseconds | undefined;
  readonly responsibility: Responsibility;
}

/** When a raw alarm makes a fault. An absent condition holds for all. */
export interface AlarmFaultRule {
  readonly severities?: readonly string[] | undefined;
  readonly probableCause?: string | undefined;
  readonly specificProblem?: string | undefined;
  readonly alarmKey?: string | undefined;
  /** The alarm must stand at least this long. */
  readonly hold: Milliseconds;
  readonly responsibility: Responsibility;
  readonly reason: string;
}

/** How faults are derived from what the network sends. */
export interface FaultRules {
  readonly clause: string;
  readonly kpis: readonly KpiFaultRule[];
  readonly alarms: readonly AlarmFaultRule[];
  readonly clauses: Clauses;
}

/** Whether a sum passes a bound when it comes to it, or only above it. */
export type Tie = 'reach' | 'above';

/** What a bar stops, and what it never touches. */
interface BarRules {
  readonly services: readonly string[];
  readonly keeps: readonly string[];
}

/** The rules on limits that a subscriber or an operator sets, and on traffic that is atypical beyond them. */
export interface LimitRules {
  readonly clause: string;
  readonly passes: Tie;
  readonly atypicalFactor: number;
  /** How many complete windows before one make its mean. */
  readonly lookBack: { readonly days: number; readonly weeks: number; readonly cycles: number };
  /** What is proposed to be restricted once the subscriber was told. */
  readonly restricts: readonly string[];
  /** What a restriction never touches. */
  readonly keeps: readonly string[];
  /** Whether a proposed restriction holds at once, until a person says otherwise. */
  readonly autoAccept: boolean;
  /** When it ends by itself: at the window's end or at `until`, whichever is first; or at `until` where one was given. */
  readonly ends: 'first' | 'until';
  readonly clauses: Clauses;
}

/** The rules on a bar that a subscriber asked for. */
export interface SpendBarRules extends BarRules {
  readonly clause: string;
  readonly cap: Money;
  readonly passes: Tie;
  /** In hundredths of the cap. */
  readonly warnAtPercent: number;
  readonly feeCounts: boolean;
  readonly clauses: Clauses;
}

/** The rules on unpaid usage charges. */
export interface CreditLimitRules extends BarRules {
  readonly clause: string;
  /** Where the service has no limit of its own. */
  readonly limit: Money;
  readonly passes: Tie;
  readonly warnAt: Money;
  /** In place of a bar, data may go on at this rate to the end of the cycle. */
  readonly throttleBitsPerSecond: number | null;
  /** Whether the services of a customer share one limit, or have one each. */
  readonly severalNumbers: 'one-limit' | 'each';
  readonly clauses: Clauses;
}

/** The rules on telling a subscriber that a cycle costs twice what the ones before did. */
export interface DoubledSpendRules {
  readonly clause: string;
  readonly factor: number;
  readonly cycles: number;
  readonly passes: Tie;
  readonly customers: readonly string[];
  readonly clauses: Clauses;
}

/** The rules on fair use in roaming at home prices. */
export interface RoamingRules {
  readonly clause: string;
  readonly homeCountries: readonly string[];
  readonly zone: readonly string[];
  /** What a day or use in any other country counts as. */
  readonly elsewhere: 'neither' | 'home';
  readonly months: number;
  /** Whole local days after the receipt of the warning. */
  readonly termDays: number;
  /** Whether both stay and use must prevail abroad, or one of them. */
  readonly risk: 'both' | 'either';
  /** Without proof of receipt the term does not start, or the warning counts as received on the next day. */
  readonly receipt: 'proof' | 'deemed-next-day';
  /** How long proof is waited for before the warning is sent again. */
  readonly resendAfter: Milliseconds;
  readonly clauses: Clauses;
}

/** The rules on how much data a subscriber may use at home prices in the countries of roaming fair use, in a billing cycle. */
export interface RoamingDataRules {
  readonly clause: string;
  /** The volume is so many times what the price of the bundle, net of VAT, buys at the wholesale cap. */
  readonly factor: number;
  /** Caps on the wholesale price of a gigabyte, each from a local date on. */
  readonly wholesaleCaps: readonly { readonly from: string; readonly perGigabyte: Money }[];
  /** What a unit of a cap's currency is in the pack's, a decimal, each from a local date on. */
  readonly exchangeRates: readonly { readonly from: string; readonly currency: string; readonly rate: string }[];
  readonly gigabyteBytes: number;
  /** The volume is rounded up to whole units of so many bytes. */
  readonly unitBytes: number;
  /** Where the tariff has a data allowance: all of it, at most the formula, or the formula where a gigabyte costs less than the cap. */
  readonly allowance: 'whole' | 'formula' | 'by-price';
  readonly passes: Tie;
  readonly clauses: Clauses;
}

/** The rules on several SIMs of one customer that are used abroad in turn. */
export interface SimsInTurnRules {
  readonly clause: string;
  /** So many SIMs with roaming days, each with at least so many of them. */
  readonly simsMin: number;
  readonly roamingDaysMin: number;
  readonly clauses: Clauses;
}

/** The rules on a SIM that is long inactive at home and used mostly in roaming. */
export interface IdleSimRules {
  readonly clause: string;
  /** Whole local days on end without any use or presence at home. */
  readonly inactiveDays: number;
  /** The window, in months of whole local days, over which its use is looked at. */
  readonly months: number;
  /** Of the days on which it was seen at home or in the zone, more than so many hundredths in the zone. */
  readonly roamingSharePercent: number;
  readonly clauses: Clauses;
}

/** What marks use as unusual, for an engineer to judge. None of it bars or warns anybody. */
export interface UnusualUseRules {
  readonly clause: string;
  /** A day's sum above median + factor x MAD of the days before it. */
  readonly deviation: {
    readonly measures: readonly Measure[];
    /** How many whole days before it are looked back at, and of how few nothing is said. */
    readonly days: number;
    readonly daysMin: number;
    readonly factor: number;
    /** A day's sum below this is never unusual. */
    readonly floor: {
      readonly charge: Money;
      readonly voiceSeconds: number;
      readonly messages: number;
      readonly dataBytes: number;
    };
  } | null;
  /** More calls than this at one moment overlap: call waiting makes two. */
  readonly callsMax: number;
  /** Between countries without a common border nobody travels in less; null: not looked at. */
  readonly travelMin: Milliseconds | null;
  /** Calls no longer than `secondsMax` to numbers that begin so, at least `callsMin` of them in a local day. */
  readonly shortCalls: { readonly ranges: readonly string[]; readonly secondsMax: number; readonly callsMin: number };
  readonly clauses: Clauses;
}

/** How late records of a feed can be, and how fast use can grow meanwhile: by how much a limit can be passed. */
export interface FeedRules {
  readonly clause: string;
  /** By feed: the longest use that one record tells of, and how long it then takes until it is here. */
  readonly delays: Readonly<Record<Feed, { readonly record: Milliseconds; readonly delivery: Milliseconds }>>;
  /** From a record's arrival to the decision. */
  readonly deciding: Milliseconds;
  /** From the decision until the network acts by it. */
  readonly barring: Milliseconds;
  /** Sessions of one service at a time. */
  readonly sessions: number;
  /** The highest plausible use of one session, and its highest price with VAT. */
  readonly rates: {
    readonly voicePerMinute: Money;
    readonly dataPerMegabyte: Money;
    readonly dataBitsPerSecond: number;
    readonly perMessage: Money;
    readonly messagesPerMinute: number;
  };
  readonly clauses: Clauses;
}

/** The rules on the mean of what a line, or television over it, carried in a calendar month. */
export interface LineQualityRules {
  readonly clause: string;
  /** In hundredths of the contracted rate; of television, of the nominal one. */
  readonly shareMinPercent: number;
  /** The kinds of service whose sessions are television over the line. */
  readonly tvKinds: readonly string[];
  readonly clauses: Clauses;
}

/** The rules of a regulator on the speed of a line in a billing period. */
export interface SpeedRulebookRules {
  readonly clause: string;
  /** Where the rulebook was published. */
  readonly act: string;
  /** Below so many hundredths of the contracted rate for longer than `belowMax` on end is a breach. */
  readonly minimumPercent: number;
  readonly belowMax: Milliseconds;
  /** The mean, in hundredths of the contracted rate. */
  readonly meanPercent: number;
  /** So many hundredths of the contracted rate must be available for so many hundredths of the time. */
  readonly availablePercent: number;
  readonly availableShareMinPercent: number;
  /** Below so many hundredths of the period measured the answer is that it is not known. */
  readonly coverageMinPercent: number;
  /** A measurement stands for so long where no other follows. */
  readonly holds: Milliseconds;
  /** Measurements further apart than this are not "on end". */
  readonly gapMax: Milliseconds;
  /** Which rate a measurement is held against: the one contracted at its time, or at the period's end. */
  readonly contracted: 'at-the-time' | 'at-end';
  /** A measurement known so long after the period's end still revises what was said. */
  readonly lateFor: Milliseconds;
  readonly clauses: Clauses;
}

/** The rules on television over the internet: which access it needs, and what is no shortfall. */
export interface TvRules {
  readonly clause: string;
  readonly kinds: readonly string[];
  /** The access that a device needs. */
  readonly requiredBitsPerSecond: Readonly<Record<TvDevice, number>>;
  /** A programme older than this is no shortfall. */
  readonly catchUpMax: Milliseconds;
  /** A measurement of the line no older than this is evidence for a session. */
  readonly lineFresh: Milliseconds;
  /** How long sessions are remembered as evidence for others of the same service. */
  readonly remembers: Milliseconds;
  /** So many short sessions on a device, and as many good ones on others, point at the device. */
  readonly sessionsMin: number;
  /** Of at least so many sessions on the same node or channel so many hundredths are short, over so many networks: the service. */
  readonly peersMin: number;
  readonly peersShortPercent: number;
  readonly accessNetworksMin: number;
  readonly clauses: Clauses;
}

/** The hours of a local day in which a message may leave, "HH:MM" from and up to before; the week has five weekdays. */
export interface SendingHours {
  readonly weekdays: { readonly from: string; readonly to: string };
  readonly weekends: { readonly from: string; readonly to: string };
}

/**
 * What becomes of a message of which nobody can say whether it left: sent again (it may come twice), on by the next channel, on a
 * person's list, or left alone.
 */
export type AmbiguousOutcome = 'again' | 'next-channel' | 'person' | 'drop';

/** The rules on how notices reach people; those of who has none stand in `alerts/policy/rules.ts`. */
export interface NoticeRules {
  readonly clause: string;
  /** Of a class that is not named, messages leave at any hour. Legal and security notices always do. */
  readonly hours: { readonly service: SendingHours | null; readonly marketing: SendingHours | null };
  readonly ambiguous: Readonly<Record<'legal' | 'security' | 'service' | 'marketing', AmbiguousOutcome>>;
  /** How long news of a message that may have left is waited for. */
  readonly ambiguousWait: Milliseconds;
  /** The classes that the word STOP ends. */
  readonly stopEnds: readonly ('service' | 'marketing')[];
  /** When a notice counts as delivered by the terms, whatever is known of it: local days after it was sent; null: they do not say. */
  readonly deemed: {
    readonly electronic: 'next-day' | null;
    readonly web: 'next-working-day' | null;
    readonly post: 'second-working-day' | null;
  };
  /** Local dates that are no working days, beside Saturdays and Sundays. */
  readonly holidays: readonly string[];
  /** Whether a person signs the regulator's notice before it leaves. */
  readonly signOff: boolean;
  readonly clauses: Clauses;
}

/** The rules on what a whole network promises of a year. */
export interface ServiceLevelRules {
  readonly clause: string;
  /** The kinds of services whose users weigh, and of elements that do. */
  readonly kinds: readonly string[];
  readonly elementKinds: readonly string[];
  /** Which of the two means decides. */
  readonly weightedBy: 'users' | 'elements';
  /** Faults that do not count. */
  readonly excused: readonly Responsibility[];
  readonly availabilityPercent: number;
  readonly coveragePercent: number;
  /** Of the country: what the people covered are a share of. */
  readonly population: number;
  readonly busyHours: number;
  readonly busyLossPercent: number;
  /** The counters of what was offered to the network in an hour, and what of it was served. */
  readonly offeredKpi: string;
  readonly servedKpi: string;
  /** A fact known so long after the year's end still revises what was said. */
  readonly lateFor: Milliseconds;
  readonly clauses: Clauses;
}

/** The greatest rates that a technology gives: bounds of what can be true. */
export interface RateBoundRules {
  readonly clause: string;
  readonly bounds: RateBounds;
  readonly severity: Severity;
  readonly clauses: Clauses;
}

/** When a figure of an indicator's windows is an alarm: pairs of bounds, the least severe first. */
export interface KpiThresholdRule {
  /** Names the alarm: `kpi:` and this. */
  readonly name: string;
  readonly kpi: string;
  readonly window: Width;
  readonly statistic: Statistic;
  readonly direction: 'above' | 'below';
  /** Whether a figure at `raise` is high, or only one beyond it. */
  readonly bound: 'reached' | 'passed';
  readonly levels: readonly { readonly severity: Severity; readonly raise: number; readonly clear: number }[];
  /** How long high windows on end must have lasted. */
  readonly for: Milliseconds;
  /** A window with fewer samples is no evidence. */
  readonly samplesMin: number;
}

/** When the samples of an indicator have stopped: nothing newer was learnt for so many intervals. */
export interface KpiStaleRule {
  readonly kpi: string;
  readonly interval: Milliseconds;
  readonly missing: number;
  readonly severity: Severity;
}

/** A mobile network in the terms of short messages: its prices and shares, without VAT. */
export interface SmsNetworkRules {
  /** MCC and MNC. */
  readonly network: string;
  readonly name: string;
  /** First digits as dialled at home. A default only: a ported number keeps them. */
  readonly prefixes: readonly string[];
  /** Of one part. */
  readonly basicPrice: Money;
  /** Of the added value of a message. */
  readonly platformShare: Money;
  readonly clientShare: Money;
  /** So many days after the end of a month its earnings can be paid; null: as soon as it has ended. */
  readonly afterMonthDays: number | null;
}

/** The rules on messages to short codes: what they cost, who gets what of it, and when it is paid out. */
export interface SmsRules {
  readonly clause: string;
  readonly shortCodes: readonly string[];
  /** The country whose numbers the prefixes belong to, as dialled from abroad. */
  readonly countryCode: string;
  readonly networks: readonly SmsNetworkRules[];
  /** Of one message, to whoever sends it. */
  readonly addedValue: Money;
  readonly addedValueVat: 'excluded' | 'included';
  /** Whether each part of a longer message counts as one, or all of them together. */
  readonly chargedPer: 'part' | 'message';
  /** What is due where the service could not be given. */
  readonly whenNotServed: 'all' | 'basic';
  /** For each network apart, at the middle rate of the day. */
  readonly payoutFloor: Money;
  readonly payWithin: { readonly orderWorkingDays: number; readonly collectionWorkingDays: number };
  /** After the end of the month in which the account was closed. */
  readonly payAfterClosingDays: number;
  /** Dates, or month and day of every year. */
  readonly holidays: readonly string[];
  readonly clauses: Clauses;
}

/** How an operator watches indicators. */
export interface KpiRules {
  readonly clause: string;
  /** A sample so long after the end of its window still changes what was told of it. */
  readonly lateness: Milliseconds;
  /** How long after its end a window is looked at, for what is still on its way. */
  readonly delay: Milliseconds;
  readonly thresholds: readonly KpiThresholdRule[];
  readonly stale: readonly KpiStaleRule[];
  readonly clauses: Clauses;
}

/** When sessions of several services on one node, or of one channel, make an alarm together. */
export interface TvTogetherRules {
  readonly clause: string;
  /** A minute with fewer sessions, or of fewer services, says nothing. */
  readonly sessionsMin: number;
  readonly servicesMin: number;
  /** In hundredths of the sessions of a minute: at least so many short raise it, fewer than so many show it well. */
  readonly raiseSharePercent: number;
  readonly clearSharePercent: number;
  /** So many minutes that show it well, with none between that does not, clear it. */
  readonly clearMinutes: number;
  /** The minute of a session is that in which it ended or began. */
  readonly minuteOf: 'end' | 'begin';
  /** A minute is judged so long after its end; for so long after that sessions known late change what was judged. */
  readonly settlesAfter: Milliseconds;
  readonly lateFor: Milliseconds;
  readonly severity: Severity;
  readonly clauses: Clauses;
}

/** All rules of an operator. A section that is absent: the operator has no such rule. */
export interface Rules {
  readonly outage?: OutageRules;
  readonly equipment?: EquipmentRules;
  readonly parking?: ParkingRules;
  readonly porting?: PortingRules;
  readonly repairStart?: RepairStartRules;
  readonly platformFault?: PlatformFaultRules;
  readonly faults?: FaultRules;
  readonly limits?: LimitRules;
  readonly spendBar?: SpendBarRules;
  readonly creditLimit?: CreditLimitRules;
  readonly doubledSpend?: DoubledSpendRules;
  readonly roaming?: RoamingRules;
  readonly roamingData?: RoamingDataRules;
  readonly idleSim?: IdleSimRules;
  readonly simsInTurn?: SimsInTurnRules;
  readonly unusualUse?: UnusualUseRules;
  readonly feeds?: FeedRules;
  readonly lineQuality?: LineQualityRules;
  readonly speedRulebook?: SpeedRulebookRules;
  readonly tv?: TvRules;
  readonly tvTogether?: TvTogetherRules;
  readonly serviceLevel?: ServiceLevelRules;
  readonly rateBounds?: RateBoundRules;
  readonly notices?: NoticeRules;
  readonly kpi?: KpiRules;
  readonly sms?: SmsRules;
}

export type RuleName = keyof Rules;
export type Clauses = Readonly<Record<string, string>>;
export type Severity = 'critical' | 'major' | 'minor' | 'warning' | 'indeterminate';

/** One version of an operator's terms, in force from an instant on. */
export interface Pack {
  readonly operator: string;
  readonly name: string;
  readonly zone: Zone;
  readonly currency: string;
  readonly vatPercent: string;
  readonly language: string;
  readonly inForceFrom: Instant;
  /** MCC and MNC of the operator's own networks (ITU-T E.212), by which `import` knows its subscribers; not needed elsewhere. */
  readonly homeNetworks?: readonly string[];
  readonly rules: Rules;
}

// The schema of a pack file. Marked durations become milliseconds when the file is loaded.

const duration = () => Type.Unsafe<Milliseconds>({ type: 'string', 'x-dozor': 'duration' });
const term = <S extends TSchema>(schema: S) =>
  Type.Object(
    {
      is: schema,
      clause: Type.String({ minLength: 1 }),
      reading: Type.Optional(Type.String({ minLength: 1 })),
      unverified: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  );
const section = <T extends Record<string, TSchema>>(terms: T) =>
  Type.Object(
    {
      clause: Type.String({ minLength: 1 }),
      about: Type.String({ minLength: 1 }),
      terms: Type.Object(
        Object.fromEntries(Object.entries(terms).map(([name, schema]) => [name, term(schema)])) as {
          [K in keyof T]: ReturnType<typeof term<T[K]>>;
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  );
const closed = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });
const responsibility = Type.Union(RESPONSIBILITIES.map((name) => Type.Literal(name)));
const responsibilities = Type.Array(responsibility, { uniqueItems: true });
const severity = Type.Union(
  ['critical', 'major', 'minor', 'warning', 'indeterminate'].map((name) => Type.Literal(name)),
);
const count = Type.Integer({ minimum: 1 });
const money = Type.Unsafe<Money>({
  type: 'object',
  properties: { amount: { type: 'string' }, currency: { type: 'string' } },
  required: ['amount', 'currency'],
  additionalProperties: false,
  'x-dozor': 'money',
});
const tie = Type.Union([Type.Literal('reach'), Type.Literal('above')]);
const words = Type.Array(Type.String({ minLength: 1 }), { uniqueItems: true });
const percent = Type.Integer({ minimum: 0, maximum: 100 });
const rate = Type.Number({ exclusiveMinimum: 0 });
const countries = Type.Array(Type.String({ pattern: '^[A-Z]{2}$' }), { minItems: 1, uniqueItems: true });
const date = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const feed = closed({ record: duration(), delivery: duration() });
const time = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$' });
const hours = closed({ weekdays: closed({ from: time, to: time }), weekends: closed({ from: time, to: time }) });
const ambiguous = Type.Union(['again', 'next-channel', 'person', 'drop'].map((name) => Type.Literal(name)));

export const ruleSchemas = {
  outage: section({
    limit: duration(),
    minRestoration: duration(),
    maxPause: duration(),
    excused: responsibilities,
    excusedWhileAccessBarred: Type.Boolean(),
    works: Type.Union([Type.Null(), closed({ notice: duration(), channel: Type.String() })]),
    credit: Type.Union([
      Type.Null(),
      closed({ by: Type.Literal('elapsed-share') }),
      closed({ by: Type.Literal('touched-day'), days: count }),
    ]),
    extension: Type.Boolean(),
    overdue: Type.Union([
      Type.Null(),
      closed({
        after: duration(),
        by: Type.Union([Type.Literal('elapsed'), Type.Literal('counted')]),
        regulator: Type.Boolean(),
      }),
    ]),
    termination: Type.Union([Type.Null(), closed({ after: duration() })]),
    marks: Type.Array(duration(), { uniqueItems: true }),
  }),
  equipment: section({
    remedy: Type.Union([Type.Literal('credit'), Type.Literal('extension')]),
    excused: responsibilities,
  }),
  parking: section({ daysInYear: count }),
  porting: section({
    deadline: duration(),
    daysMax: count,
    amountPerDay: Type.Union([Type.Null(), money]),
  }),
  repairStart: section({ within: duration(), severity }),
  platformFault: section({ kinds: Type.Array(Type.String(), { minItems: 1 }), severity, tellViewerAfter: duration() }),
  faults: section({
    kpis: Type.Array(
      closed({
        kpi: Type.String({ minLength: 1 }),
        downBelow: Type.Number(),
        downSamples: count,
        downWindow: count,
        upSamples: count,
        upWindow: count,
        period: Type.Optional(duration()),
        responsibility,
      }),
    ),
    alarms: Type.Array(
      closed({
        severities: Type.Optional(Type.Array(severity, { minItems: 1 })),
        probableCause: Type.Optional(Type.String({ minLength: 1 })),
        specificProblem: Type.Optional(Type.String({ minLength: 1 })),
        alarmKey: Type.Optional(Type.String({ minLength: 1 })),
        hold: duration(),
        responsibility,
        reason: Type.String({ minLength: 1 }),
      }),
    ),
  }),
  limits: section({
    passes: tie,
    atypicalFactor: count,
    lookBack: closed({ days: count, weeks: count, cycles: count }),
    restricts: words,
    keeps: words,
    autoAccept: Type.Boolean(),
    ends: Type.Union([Type.Literal('first'), Type.Literal('until')]),
  }),
  spendBar: section({
    cap: money,
    passes: tie,
    warnAtPercent: Type.Integer({ minimum: 1, maximum: 100 }),
    feeCounts: Type.Boolean(),
    services: words,
    keeps: words,
  }),
  creditLimit: section({
    limit: money,
    passes: tie,
    warnAt: money,
    throttleBitsPerSecond: Type.Union([Type.Null(), Type.Integer({ minimum: 128_000 })]),
    severalNumbers: Type.Union([Type.Literal('one-limit'), Type.Literal('each')]),
    services: words,
    keeps: words,
  }),
  doubledSpend: section({ factor: count, cycles: count, passes: tie, customers: words }),
  roaming: section({
    homeCountries: countries,
    zone: countries,
    elsewhere: Type.Union([Type.Literal('neither'), Type.Literal('home')]),
    months: count,
    termDays: count,
    risk: Type.Union([Type.Literal('both'), Type.Literal('either')]),
    receipt: Type.Union([Type.Literal('proof'), Type.Literal('deemed-next-day')]),
    resendAfter: duration(),
  }),
  roamingData: section({
    factor: count,
    wholesaleCaps: Type.Array(closed({ from: date, perGigabyte: money }), { minItems: 1 }),
    exchangeRates: Type.Array(
      closed({
        from: date,
        currency: Type.String({ pattern: '^[A-Z]{3}$' }),
        rate: Type.String({ pattern: '^\\d{1,9}(\\.\\d{1,9})?$' }),
      }),
    ),
    gigabyteBytes: count,
    unitBytes: count,
    allowance: Type.Union([Type.Literal('whole'), Type.Literal('formula'), Type.Literal('by-price')]),
    passes: tie,
  }),
  simsInTurn: section({ simsMin: Type.Integer({ minimum: 2 }), roamingDaysMin: count }),
  idleSim: section({
    inactiveDays: count,
    months: count,
    roamingSharePercent: percent,
  }),
  unusualUse: section({
    deviation: Type.Union([
      Type.Null(),
      closed({
        measures: Type.Array(Type.Union(MEASURES.map((name) => Type.Literal(name))), { uniqueItems: true }),
        days: Type.Integer({ minimum: 1, maximum: 100 }),
        daysMin: count,
        factor: Type.Integer({ minimum: 1, maximum: 1_000 }),
        floor: closed({ charge: money, voiceSeconds: count, messages: count, dataBytes: count }),
      }),
    ]),
    callsMax: count,
    travelMin: Type.Union([Type.Null(), duration()]),
    shortCalls: closed({
      ranges: Type.Array(Type.String({ pattern: '^\\d{1,15}$' }), { uniqueItems: true }),
      secondsMax: count,
      callsMin: count,
    }),
  }),
  feeds: section({
    delays: closed({ cdr: feed, radius: feed, nrtrde: feed, tap: feed }),
    deciding: duration(),
    barring: duration(),
    sessions: count,
    rates: closed({
      voicePerMinute: money,
      dataPerMegabyte: money,
      dataBitsPerSecond: rate,
      perMessage: money,
      messagesPerMinute: count,
    }),
  }),
  lineQuality: section({ shareMinPercent: percent, tvKinds: words }),
  speedRulebook: section({
    act: Type.String({ minLength: 1 }),
    minimumPercent: percent,
    belowMax: duration(),
    meanPercent: percent,
    availablePercent: percent,
    availableShareMinPercent: percent,
    coverageMinPercent: percent,
    holds: duration(),
    gapMax: duration(),
    contracted: Type.Union([Type.Literal('at-the-time'), Type.Literal('at-end')]),
    lateFor: duration(),
  }),
  tvTogether: section({
    sessionsMin: count,
    servicesMin: count,
    raiseSharePercent: percent,
    clearSharePercent: percent,
    clearMinutes: count,
    minuteOf: Type.Union([Type.Literal('end'), Type.Literal('begin')]),
    settlesAfter: duration(),
    lateFor: duration(),
    severity,
  }),
  tv: section({
    kinds: words,
    requiredBitsPerSecond: closed({ stb: rate, 'smart-tv': rate, mobile: rate }),
    catchUpMax: duration(),
    lineFresh: duration(),
    remembers: duration(),
    sessionsMin: count,
    peersMin: count,
    peersShortPercent: Type.Integer({ minimum: 1, maximum: 100 }),
    accessNetworksMin: count,
  }),
  serviceLevel: section({
    kinds: words,
    elementKinds: words,
    weightedBy: Type.Union([Type.Literal('users'), Type.Literal('elements')]),
    excused: responsibilities,
    availabilityPercent: percent,
    coveragePercent: percent,
    population: count,
    busyHours: count,
    busyLossPercent: percent,
    offeredKpi: Type.String({ minLength: 1 }),
    servedKpi: Type.String({ minLength: 1 }),
    lateFor: duration(),
  }),
  rateBounds: section({
    bounds: closed(
      Object.fromEntries(
        TECHNOLOGIES.map((name) => [name, Type.Optional(closed({ down: rate, up: Type.Optional(rate) }))]),
      ),
    ),
    severity,
  }),
  notices: section({
    hours: closed({ service: Type.Union([Type.Null(), hours]), marketing: Type.Union([Type.Null(), hours]) }),
    ambiguous: closed({ legal: ambiguous, security: ambiguous, service: ambiguous, marketing: ambiguous }),
    ambiguousWait: duration(),
    stopEnds: Type.Array(Type.Union([Type.Literal('service'), Type.Literal('marketing')]), { uniqueItems: true }),
    deemed: closed({
      electronic: Type.Union([Type.Null(), Type.Literal('next-day')]),
      web: Type.Union([Type.Null(), Type.Literal('next-working-day')]),
      post: Type.Union([Type.Null(), Type.Literal('second-working-day')]),
    }),
    holidays: Type.Array(date, { uniqueItems: true }),
    signOff: Type.Boolean(),
  }),
  sms: section({
    shortCodes: Type.Array(Type.String({ pattern: '^\\d{3,6}$' }), { minItems: 1, uniqueItems: true }),
    countryCode: Type.String({ pattern: '^[1-9]\\d{0,2}$' }),
    networks: Type.Array(
      closed({
        network: Type.String({ pattern: '^\\d{5,6}$' }),
        name: Type.String({ minLength: 1 }),
        prefixes: Type.Array(Type.String({ pattern: '^0\\d+$' }), { uniqueItems: true }),
        basicPrice: money,
        platformShare: money,
        clientShare: money,
        afterMonthDays: Type.Union([Type.Null(), count]),
      }),
      { minItems: 1 },
    ),
    addedValue: money,
    addedValueVat: Type.Union([Type.Literal('excluded'), Type.Literal('included')]),
    chargedPer: Type.Union([Type.Literal('part'), Type.Literal('message')]),
    whenNotServed: Type.Union([Type.Literal('all'), Type.Literal('basic')]),
    payoutFloor: money,
    payWithin: closed({ orderWorkingDays: count, collectionWorkingDays: count }),
    payAfterClosingDays: count,
    holidays: Type.Array(Type.String({ pattern: '^(\\d{4}-)?\\d{2}-\\d{2}$' }), { uniqueItems: true }),
  }),
  kpi: section({
    lateness: duration(),
    delay: duration(),
    thresholds: Type.Array(
      closed({
        name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }),
        kpi: Type.String({ minLength: 1 }),
        window: Type.Union(WIDTHS.map((name) => Type.Literal(name))),
        statistic: Type.Union(STATISTICS.map((name) => Type.Literal(name))),
        direction: Type.Union([Type.Literal('above'), Type.Literal('below')]),
        bound: Type.Union([Type.Literal('reached'), Type.Literal('passed')]),
        levels: Type.Array(closed({ severity, raise: Type.Number(), clear: Type.Number() }), { minItems: 1 }),
        for: duration(),
        samplesMin: count,
      }),
    ),
    stale: Type.Array(closed({ kpi: Type.String({ minLength: 1 }), interval: duration(), missing: count, severity })),
  }),
} as const satisfies Record<RuleName, TSchema>;

export const packSchema = Type.Object(
  {
    operator: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }),
    name: Type.String({ minLength: 1 }),
    zone: Type.String({ minLength: 1 }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    vatPercent: Type.String({ pattern: '^\\d{1,2}(\\.\\d{1,2})?$' }),
    language: Type.Union([Type.Literal('sr-Latn'), Type.Literal('sr-Cyrl'), Type.Literal('en'), Type.Literal('de')]),
    inForceFrom: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    source: Type.String({ minLength: 1 }),
    homeNetworks: Type.Optional(Type.Array(Type.String({ pattern: '^\\d{5,6}$' }), { minItems: 1 })),
    rules: Type.Object(
      Object.fromEntries(Object.entries(ruleSchemas).map(([name, schema]) => [name, Type.Optional(schema)])),
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

/** A pack file as it stands on disk. */
export type PackFile = Static<typeof packSchema> & {
  readonly rules: Readonly<Record<string, { clause: string; about: string; terms: Record<string, PackTerm> }>>;
};

/** One term of a pack file: a value, its clause, how the clause is read, and whether a person still has to confirm it. */
export interface PackTerm {
  readonly is: unknown;
  readonly clause: string;
  readonly reading?: string;
  readonly unverified?: boolean;
}

/** The packs of an installation, by operator, each with its versions in order of their dates. */
export class Packs {
  readonly #byOperator = new Map<string, Pack[]>();

  constructor(packs: readonly Pack[]) {
    for (const pack of packs) {
      const versions = this.#byOperator.get(pack.operator) ?? [];
      versions.push(pack);
      versions.sort((a, b) => a.inForceFrom - b.inForceFrom);
      this.#byOperator.set(pack.operator, versions);
    }
  }

  /** The version in force at an instant; the first one also for all time before it. Undefined for an unknown operator. */
  at(operator: string, at: Instant): Pack | undefined {
    const versions = this.#byOperator.get(operator);
    if (!versions) return undefined;
    let found = versions[0];
    for (const version of versions) if (version.inForceFrom <= at) found = version;
    return found;
  }

  operators(): ReadonlyMap<string, Pack> {
    return new Map([...this.#byOperator].map(([operator, versions]) => [operator, versions[versions.length - 1]!]));
  }

  all(): readonly Pack[] {
    return [...this.#byOperator.values()].flat();
  }
}
