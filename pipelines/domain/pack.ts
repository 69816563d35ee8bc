/**
 * Rule packs: an operator's terms as data. Every value is a term: what it is, the clause it comes from and how that clause is
 * read. Detectors get the plain rules; `dozor terms check` and docs/clauses.md read the terms.
 */
import Type, { type Static, type TSchema } from 'typebox';
import type { TvDevice } from './event.js';
import type { Responsibility } from './fault.js';
import { RESPONSIBILITIES } from './fault.js';
import type { Money } from './money.js';
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
  readonly lineQuality?: LineQualityRules;
  readonly speedRulebook?: SpeedRulebookRules;
  readonly tv?: TvRules;
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
  tv: section({
    kinds: words,
    requiredBitsPerSecond: closed({ stb: rate, 'smart-tv': rate, mobile: rate }),
    catchUpMax: duration(),
    lineFresh: duration(),
    remembers: duration(),
    sessionsMin: count,
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
