/**
 * What goes out: every type of decision, with its data (contract, "Decisions out") and with the fields that make it *that*
 * decision. The same decision taken twice has the same id, whenever and wherever it is taken.
 */
import { hash } from 'node:crypto';
import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { formatLocal } from './calendar.js';
import { BAR_KINDS, SEVERITIES } from './event.js';
import {
  anyObject,
  canonicalJson,
  count,
  type Decoding,
  date,
  decoder,
  duration,
  encoder,
  type Frozen,
  instant,
  measure,
  money,
  moneyOrNull,
  month,
  name,
  oneOf,
  quantity,
  ratio,
  span,
  text,
} from './schema.js';
import { type Instant, parseInstant, type Zone } from './units.js';

// --- The closed lists ---

export const WINDOWS = ['day', 'week', 'month'] as const;
export type Window = (typeof WINDOWS)[number];
export const MEASURES = ['charge', 'voiceSeconds', 'messages', 'dataBytes'] as const;
export type Measure = (typeof MEASURES)[number];
export const BAR_REASONS = ['spend-cap', 'credit-limit'] as const;
export type BarReason = (typeof BAR_REASONS)[number];
/** Why a restriction is lifted: its window or its `until` is over, it was declined or decided anew, or the traffic is typical. */
export const RESTRICTION_ENDS = ['window-over', 'until', 'declined', 'decided-anew', 'no-longer-atypical'] as const;
export type RestrictionEnd = (typeof RESTRICTION_ENDS)[number];
/** Patterns in roaming that a person should judge: a SIM idle at home for long, several SIMs of one customer in turn. */
export const ROAMING_PATTERNS = ['long-inactivity', 'sims-in-turn'] as const;
export type RoamingPattern = (typeof ROAMING_PATTERNS)[number];
/** What marks a day's use as unusual. */
export const USAGE_FLAGS = ['deviation', 'overlapping-calls', 'two-countries', 'short-calls'] as const;
export type UsageFlag = (typeof USAGE_FLAGS)[number];
export const TV_CAUSES = [
  'access-line',
  'concurrent-use',
  'home-network',
  'service',
  'device',
  'undetermined',
] as const;
export type TvCause = (typeof TV_CAUSES)[number];
export const AUDIENCES = ['subscriber', 'regulator', 'noc'] as const;
export type Audience = (typeof AUDIENCES)[number];
export const NOTICE_CLASSES = ['legal', 'security', 'service', 'marketing'] as const;
export type NoticeClass = (typeof NOTICE_CLASSES)[number];
export const TEMPLATES = [
  'outage-started',
  'repair-overdue',
  'credit-granted',
  'credit-adjusted',
  'extension-granted',
  'planned-works',
  'spend-warning',
  'spend-barred',
  'spend-bar-lifted',
  'spend-bar-set',
  'credit-limit-warning',
  'credit-limit-barred',
  'credit-limit-lifted',
  'spend-doubled',
  'traffic-atypical',
  'restriction-applied',
  'restriction-lifted',
  'roaming-data-80',
  'roaming-data-100',
  'roaming-warning',
  'roaming-surcharge-started',
  'roaming-surcharge-stopped',
  'roaming-surcharge-refunded',
  'porting-compensation',
  'termination-allowed',
  'parking-exceeded',
  'device-rule',
  'sms-not-served',
  'regulator-outage',
  'noc-outage-clock',
  'noc-alarm',
] as const;
export type Template = (typeof TEMPLATES)[number];

// --- The data ---

const may = Type.Optional;
const names = Type.Array(name);
const yes = Type.Boolean();
const yesNoOrOpen = Type.Unsafe<boolean | null>({ type: ['boolean', 'null'] });
const nameOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1 });
const numberOrNull = Type.Unsafe<number | null>({ type: ['number', 'null'] });
const episode = count;
const measured = Type.Object({
  charge: may(money),
  dataBytes: may(count),
  voiceSeconds: may(count),
  messages: may(count),
});

/** What every decision has, before what is its own. `incident` names what several decisions have in common. */
function decided<Own extends TProperties>(own: Own) {
  return Type.Object({
    operator: name,
    clause: text,
    because: anyObject,
    ...own,
    late: may(yes),
    incident: may(name),
  });
}

/** What a credit or an extension is for: an outage, a report of equipment (counted), or parking (neither). */
const cause = { outageId: may(name), equipmentId: may(name), report: may(count) };
const outage = { outageId: name, episode: may(episode) };
const window = { window: oneOf(WINDOWS), measure: oneOf(MEASURES), from: instant, to: instant, episode: may(episode) };
const proposal = { services: names, ...window, to: may(instant), noticeId: may(name) };
/**
 * `from` and `until` are those of the restriction; window and measure tell which traffic it is for. The services of a lifting are those
 * that are free again: what another restriction stops is not among them.
 */
const restriction = {
  services: names,
  keeps: names,
  from: instant,
  proposalId: name,
  proposed: oneOf(['restriction', 'security']),
  window: oneOf(WINDOWS),
  measure: oneOf(MEASURES),
  episode,
};
/** Of what all services of a customer owe together, where `scope` says so; else of the service's own. */
const ofCustomer = { scope: may(oneOf(['customer'])), customerId: may(name) };
const bar = {
  reason: oneOf(BAR_REASONS),
  services: names,
  keeps: names,
  cycle: may(span),
  episode,
  kind: may(oneOf(BAR_KINDS)),
  /** Data goes on at this rate in place of a bar. */
  throttleBitsPerSecond: may(count),
  ...ofCustomer,
};
const surcharge = { from: instant, to: may(instant), episode, amount: may(money) };
const pattern = {
  pattern: oneOf(ROAMING_PATTERNS),
  window: span,
  episode,
  domesticDays: may(count),
  roamingDays: may(count),
  domesticUse: may(measured),
  roamingUse: may(measured),
  /** Whole local days on end, from `inactiveFrom` on, without a sign of the SIM at home. */
  inactiveDays: may(count),
  inactiveFrom: may(instant),
  /** Where it is one of several SIMs: of which, and whose. */
  services: may(names),
  customerId: may(name),
};
/** `from` and `to` are the local day. `value` is what was seen, `expected` the median where there is one, `bound` what it passed. */
const flagged = {
  flag: oneOf(USAGE_FLAGS),
  measure: may(oneOf(MEASURES)),
  from: instant,
  to: instant,
  value: quantity,
  expected: may(quantity),
  bound: may(quantity),
  /** Records by which a person can judge, each named by 16 hex digits of its source and id; `dozor explain` finds them. */
  evidence: names,
  episode,
};
const alarm = {
  alarmId: name,
  episode,
  perceivedSeverity: oneOf(SEVERITIES),
  probableCause: may(text),
  specificProblem: may(text),
  affectedServices: may(count),
  from: may(instant),
  revision: may(count),
};

/** The data of every type of decision. */
export const decisionSchemas = {
  'repair.overdue': decided({
    ...outage,
    faultIds: names,
    reasons: Type.Array(text),
    counted: duration,
    excused: duration,
    from: may(instant),
    services: may(count),
  }),
  'outage.confirmed': decided({ ...outage, from: instant }),
  'outage.withdrawn': decided({ ...outage, from: may(instant) }),
  'credit.granted': decided({ ...cause, from: instant, to: instant, amount: money, cycle: span }),
  'credit.adjusted': decided({
    of: name,
    revision: count,
    ...cause,
    from: may(instant),
    to: may(instant),
    amount: money,
    difference: money,
    cycle: span,
  }),
  'extension.granted': decided({ ...cause, from: instant, to: instant, seconds: count }),
  'extension.adjusted': decided({
    of: name,
    revision: count,
    ...cause,
    from: instant,
    to: instant,
    seconds: count,
    difference: may(Type.Integer()),
  }),
  'compensation.granted': decided({ portingId: name, days: count, amount: moneyOrNull }),
  'termination.allowed': decided({ ...outage, from: instant }),
  'termination.ended': decided({ ...outage, from: instant }),
  'parking.exceeded': decided({ year: Type.Integer(), days: measure }),
  'notice.requested': decided({
    noticeId: name,
    audience: oneOf(AUDIENCES),
    template: oneOf(TEMPLATES),
    parameters: anyObject,
    class: oneOf(NOTICE_CLASSES),
    channels: names,
    language: text,
    dueBy: may(instant),
    expiresAt: may(instant),
  }),
  'limit.exceeded': decided({ ...window, limit: quantity, value: quantity }),
  'traffic.atypical': decided({ ...window, value: quantity, average: quantity }),
  'restriction.proposed': decided(proposal),
  'security.proposed': decided(proposal),
  'restriction.applied': decided({ ...restriction, until: instant }),
  'restriction.lifted': decided({ ...restriction, to: instant, reason: oneOf(RESTRICTION_ENDS) }),
  'spend.warned': decided({
    reason: may(oneOf(BAR_REASONS)),
    share: measure,
    charges: money,
    cap: money,
    cycle: may(span),
    episode: may(episode),
    ...ofCustomer,
  }),
  'spend.doubled': decided({
    cycle: span,
    charges: money,
    reference: money,
    referenceKind: oneOf(['three-cycle-average', 'monthly-fee']),
  }),
  'bar.applied': decided(bar),
  'bar.lifted': decided(bar),
  'roaming.risk.found': decided({
    window: span,
    domesticDays: count,
    roamingDays: count,
    domesticUse: measured,
    roamingUse: measured,
    episode,
  }),
  'roaming.surcharge.started': decided(surcharge),
  'roaming.surcharge.stopped': decided(surcharge),
  'roaming.surcharge.refunded': decided(surcharge),
  'roaming.pattern.found': decided(pattern),
  /** Late facts show that it was none. */
  'roaming.pattern.withdrawn': decided({ of: name, ...pattern }),
  'usage.flagged': decided(flagged),
  /** Late or withdrawn records take the reason away. */
  'usage.flag.withdrawn': decided({ of: name, ...flagged, value: may(quantity) }),
  'quality.assessed': decided({
    measure: oneOf(['line', 'tv']),
    month,
    meanBitsPerSecond: measure,
    requiredBitsPerSecond: measure,
    met: yes,
    samples: may(count),
    revision: may(count),
  }),
  'speed.assessed': decided({
    period: span,
    parameter: oneOf(['minimum-70', 'mean-80', 'available-80-for-90']),
    value: numberOrNull,
    required: Type.Number(),
    met: yesNoOrOpen,
    coverage: ratio,
    revision: may(count),
  }),
  'tv.shortfall': decided({
    device: text,
    deliveredBitsPerSecond: measure,
    requiredBitsPerSecond: measure,
    attribution: text,
    operatorLiable: yesNoOrOpen,
    /** What the evidence points at, where `attribution` is what the terms say of it. */
    likelyCause: may(oneOf(TV_CAUSES)),
    nominalBitsPerSecond: may(measure),
    session: name,
    sessionSource: may(name),
  }),
  'alarm.raised': decided(alarm),
  'alarm.changed': decided(alarm),
  'alarm.cleared': decided(alarm),
  'service.level.assessed': decided({
    parameter: name,
    period: span,
    value: numberOrNull,
    required: Type.Number(),
    met: yesNoOrOpen,
    revision: may(count),
  }),
  'sms.charged': decided({
    record: name,
    recordSource: name,
    at: instant,
    shortCode: name,
    /** MCC and MNC; null where the terms have no price for it, and then nothing else is known either. */
    network: nameOrNull,
    networkBy: oneOf(['lookup', 'prefix', 'unknown']),
    parts: count,
    /** Without VAT, as all but `amount`. */
    basic: moneyOrNull,
    addedValue: moneyOrNull,
    vat: moneyOrNull,
    amount: moneyOrNull,
    shares: may(Type.Object({ operator: money, platform: money, client: money })),
  }),
  'payout.allowed': decided({
    orderId: name,
    network: name,
    amount: money,
    vat: oneOf(['excluded']),
    floor: money,
    rate: text,
    rateDate: date,
    /** The last day on which it must be paid. */
    payBy: date,
  }),
  'kpi.scored': decided({
    kpi: name,
    value: Type.Number(),
    score: ratio,
    expectedLow: numberOrNull,
    expectedHigh: numberOrNull,
    sample: name,
    sampleSource: may(name),
  }),
  'event.rejected': Type.Object({
    reason: name,
    message: text,
    field: may(text),
    line: may(count),
    event: Type.Unknown(),
  }),
} as const satisfies Record<string, TSchema>;

export type DecisionType = keyof typeof decisionSchemas;
/** What detectors decide; `event.rejected` is the door's. */
export type DetectedType = Exclude<DecisionType, 'event.rejected'>;
export type DecisionData<T extends DecisionType> = Frozen<Static<(typeof decisionSchemas)[T]>>;

/** A decision of one type, with times as instants and money in minor units. */
export interface DecisionOf<T extends DecisionType> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: T;
  /** Absent only where a bad line had none. */
  readonly subject?: string;
  /** The clock's time at which it was due. */
  readonly time: Instant;
  readonly data: DecisionData<T>;
}

/** Any decision; switch on `type`. */
export type Decision = { [T in DecisionType]: DecisionOf<T> }[DecisionType];

/** What a detector makes; `decide` names it. */
export type Draft<T extends DetectedType = DetectedType> = {
  [Each in T]: {
    readonly type: Each;
    readonly subject: string;
    readonly time: Instant;
    readonly data: DecisionData<Each>;
  };
}[T];

export const DECISION_TYPES = Object.keys(decisionSchemas) as readonly DecisionType[];
/** The `source` of every decision. */
export const DECISION_SOURCE = 'dozor';

// --- What makes it that decision ---

type Field = string | number | boolean | null | undefined | { readonly minor: number; readonly currency: string };

function causeOf(
  data: { outageId?: string; equipmentId?: string; report?: number },
  parkedFrom: Instant,
): readonly Field[] {
  if (data.outageId !== undefined) return ['outage', data.outageId];
  if (data.equipmentId !== undefined) return ['equipment', data.equipmentId, data.report];
  return ['parking', parkedFrom];
}

/** A SIM may show a pattern by itself and with others of its customer, and its customer may change. */
function patternOf({
  pattern: of,
  episode: number,
  customerId,
}: DecisionData<'roaming.pattern.found'> | DecisionData<'roaming.pattern.withdrawn'>): readonly Field[] {
  return customerId === undefined ? [of, number] : [of, number, customerId];
}

/** A service may be barred for itself and for its customer, and its customer may change. */
function customerOf({ scope, customerId }: { scope?: 'customer'; customerId?: string }): readonly Field[] {
  return scope === undefined ? [] : [scope, customerId];
}

/** The fields that go into the id, beside type and subject: never the clock, never `because`, never a sum that may be corrected. */
export const identity: {
  readonly [T in DetectedType]: (subject: string, data: DecisionData<T>) => readonly Field[];
} = {
  'repair.overdue': (_, data) => [data.outageId, data.episode],
  'outage.confirmed': (_, data) => [data.outageId, data.episode],
  'outage.withdrawn': (_, data) => [data.outageId, data.episode],
  'credit.granted': (_, data) => [...causeOf(data, data.from), data.cycle.from],
  'credit.adjusted': (_, data) => [data.of, data.revision],
  'extension.granted': (_, data) => causeOf(data, data.from),
  'extension.adjusted': (_, data) => [data.of, data.revision],
  'compensation.granted': (_, data) => [data.portingId],
  'termination.allowed': (_, data) => [data.outageId, data.episode],
  'termination.ended': (_, data) => [data.outageId, data.episode],
  'parking.exceeded': (_, data) => [data.year],
  'notice.requested': (_, data) => [data.noticeId],
  'limit.exceeded': (_, data) => [data.window, data.measure, data.from, data.limit, data.episode],
  'traffic.atypical': (_, data) => [data.window, data.measure, data.from, data.episode],
  'restriction.proposed': (_, data) => [data.window, data.measure, data.from, data.episode],
  'security.proposed': (_, data) => [data.window, data.measure, data.from, data.episode],
  'restriction.applied': (_, data) => [data.proposalId, data.episode],
  'restriction.lifted': (_, data) => [data.proposalId, data.episode],
  'spend.warned': (_, data) => [data.reason, data.cycle?.from, data.share, data.episode, ...customerOf(data)],
  'spend.doubled': (_, data) => [data.cycle.from],
  'bar.applied': (_, data) => [data.reason, data.cycle?.from, data.episode, ...customerOf(data)],
  'bar.lifted': (_, data) => [data.reason, data.cycle?.from, data.episode, ...customerOf(data)],
  'roaming.risk.found': (_, data) => [data.episode],
  'roaming.surcharge.started': (_, data) => [data.episode],
  'roaming.surcharge.stopped': (_, data) => [data.episode],
  // Late records may refund from the start after they had refunded from a look.
  'roaming.surcharge.refunded': (_, data) => [data.episode, data.from],
  'roaming.pattern.found': (_, data) => patternOf(data),
  'roaming.pattern.withdrawn': (_, data) => patternOf(data),
  'usage.flagged': (_, data) => [data.flag, data.measure, data.from, data.episode],
  'usage.flag.withdrawn': (_, data) => [data.flag, data.measure, data.from, data.episode],
  'quality.assessed': (_, data) => [data.measure, data.month, data.revision],
  'speed.assessed': (_, data) => [data.parameter, data.period.from, data.revision],
  'tv.shortfall': (_, data) => [data.sessionSource, data.session],
  'alarm.raised': (_, data) => [data.alarmId, data.episode],
  // A severity may come back within one episode; then `revision` tells the changes apart.
  'alarm.changed': (_, data) => [data.alarmId, data.episode, data.perceivedSeverity, data.revision],
  'alarm.cleared': (_, data) => [data.alarmId, data.episode],
  'service.level.assessed': (_, data) => [data.parameter, data.period.from, data.revision],
  'sms.charged': (_, data) => [data.recordSource, data.record],
  'payout.allowed': (_, data) => [data.network, data.orderId],
  'kpi.scored': (_, data) => [data.sampleSource, data.sample, data.kpi],
};

/** Names a decision: its id is a function of what was decided. */
export function decide<T extends DetectedType>(draft: Draft<T>): DecisionOf<T> {
  const { type, subject, time, data } = draft as unknown as DecisionOf<T> & { subject: string };
  const fields = (identity[type] as (subject: string, data: DecisionData<T>) => readonly Field[])(subject, data);
  return {
    specversion: '1.0',
    id: decisionId([type, subject, ...fields]),
    source: DECISION_SOURCE,
    type,
    subject,
    time,
    data,
  };
}

/** 32 hex digits of SHA-256 over the canonical JSON of what makes a decision; an absent field counts as null. */
export function decisionId(fields: readonly unknown[]): string {
  return hash('sha256', canonicalJson(fields), 'hex').slice(0, 32);
}

// --- On the wire ---

const encoders = new Map<DecisionType, (data: unknown, zone: Zone) => unknown>();
const decoders = new Map<DecisionType, (wire: unknown) => Decoding<unknown>>();

/** A decision as JSON: times in the zone's offset, money as decimal strings. `because` is plain JSON already. */
export function encodeDecision(decision: Decision, zone: Zone): Record<string, unknown> {
  const { specversion, id, source, type, subject, time, data } = decision;
  let encode = encoders.get(type);
  if (!encode) encoders.set(type, (encode = encoder(decisionSchemas[type] as TSchema)));
  return {
    specversion,
    id,
    source,
    type,
    ...(subject !== undefined && { subject }),
    time: formatLocal(time, zone),
    data: encode(data, zone),
  };
}

/** Reads a decision back, for those who are told of it: notices, the page, reports. */
export function decodeDecision(wire: unknown): Decoding<Decision> {
  const { id, source, type, subject, time, data } = (typeof wire === 'object' && wire ? wire : {}) as Record<
    string,
    unknown
  >;
  if (typeof id !== 'string') return malformed('id');
  if (typeof source !== 'string') return malformed('source');
  if (typeof type !== 'string' || !Object.hasOwn(decisionSchemas, type)) return malformed('type');
  if (subject !== undefined && typeof subject !== 'string') return malformed('subject');
  const at = typeof time === 'string' ? parseInstant(time) : undefined;
  if (at === undefined) return malformed('time');
  const known = type as DecisionType;
  let decode = decoders.get(known);
  if (!decode) decoders.set(known, (decode = decoder(decisionSchemas[known] as TSchema)));
  const decoded = decode(data);
  if (!decoded.ok) return { ok: false, problem: { ...decoded.problem, field: `data.${decoded.problem.field}` } };
  const head = { specversion: '1.0', id, source, type: known, ...(subject !== undefined && { subject }), time: at };
  return { ok: true, value: { ...head, data: decoded.value } as Decision };
}

function malformed(field: string): {
  readonly ok: false;
  readonly problem: { what: 'malformed'; field: string; why: string };
} {
  return { ok: false, problem: { what: 'malformed', field, why: 'is not that of a decision' } };
}
