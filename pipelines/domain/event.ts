/**
 * What comes in: every type of event, with the data it needs and the data it may have (contract, "Events in"). One schema each,
 * from which come the type, the check, the conversion and the published contract. A field is required only where the type means
 * nothing without it; enumerations are closed; a field that is not listed is taken and kept.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { formatLocal } from './calendar.js';
import { RESPONSIBILITIES } from './fault.js';
import { readTariff } from './rating/tariff.js';
import {
  count,
  country,
  currency,
  type Decoding,
  date,
  decoder,
  encoder,
  type Frozen,
  instant,
  measure,
  money,
  moneyOrNull,
  month,
  name,
  oneOf,
  type Problem,
  part,
  ratio,
  type span,
  text,
} from './schema.js';
import type { Instant, Zone } from './units.js';

// --- The closed lists ---

export const SERVICE_KINDS = ['mobile', 'internet', 'voice', 'iptv', 'ott-tv', 'data', 'smart-home'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];
export const ELEMENT_KINDS = ['cell', 'olt', 'dslam', 'headend', 'core', 'platform'] as const;
export type ElementKind = (typeof ELEMENT_KINDS)[number];
export const TECHNOLOGIES = ['2G', '3G', '4G', '5G', 'xDSL', 'DOCSIS', 'GPON'] as const;
export type Technology = (typeof TECHNOLOGIES)[number];
export const SEVERITIES = ['critical', 'major', 'minor', 'warning', 'indeterminate', 'cleared'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const LANGUAGES = ['sr-Latn', 'sr-Cyrl', 'en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
export const USAGE_KINDS = ['voice', 'sms', 'mms', 'data', 'premium'] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];
export const BAR_KINDS = ['spend-cap', 'international', 'roaming', 'premium', 'premium-sms'] as const;
export type BarKind = (typeof BAR_KINDS)[number];
export const NOTICE_STATES = ['submitted', 'accepted', 'delivered', 'failed', 'read'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];
/** What a person decides on a notice of which nobody knows what became, or that has to go by post. */
export const NOTICE_SETTLEMENTS = ['sent', 'again', 'next-channel', 'letter-sent', 'closed'] as const;
export type NoticeSettlement = (typeof NOTICE_SETTLEMENTS)[number];
/** Where a record of usage comes from. */
export const FEEDS = ['tap', 'nrtrde', 'radius', 'cdr'] as const;
export type Feed = (typeof FEEDS)[number];
export const TV_DEVICES = ['stb', 'smart-tv', 'mobile'] as const;
export type TvDevice = (typeof TV_DEVICES)[number];

const may = Type.Optional;
/** MCC and MNC. */
const mobileNetwork = Type.String({ pattern: '^\\d{5,6}$' });
const names = Type.Array(name);
const yes = Type.Boolean();
const responsibility = oneOf(RESPONSIBILITIES);

/** Limits or sums, one for each measure. */
const measures = Type.Object({
  charge: may(money),
  voiceSeconds: may(count),
  messages: may(count),
  dataBytes: may(count),
});
const billingDay = Type.Unsafe<number | 'last'>({
  anyOf: [{ type: 'integer', minimum: 1, maximum: 28 }, { const: 'last' }],
});
/** A price list is read by the rating, which says what is wrong in it. */
const rateTable = Type.Unsafe<unknown>({ type: ['object', 'array'] });
/** `name` is the subscriber's own, for registers that the law asks for. Split off at the door with the rest. */
const contact = Type.Object({ msisdn: may(name), email: may(name), name: may(name) });
const turn = Type.Object({ reason: may(text) });
/** A role or a policy: lower-case words, so that nobody's name is written there. */
const role = Type.String({ pattern: '^[a-z0-9]+([._:/-][a-z0-9]+)*$', maxLength: 64 });
const fault = { faultId: name, responsibility: may(responsibility), reason: may(text), accessBarred: may(yes) };
/** Time excused by two persons: the proposal, who asked and who confirmed. It stands whatever else says what the cause is. */
const excuse = { excuseId: may(name), by: may(role), confirmedBy: may(role) };
const bill = { amount: money, usageAmount: may(money) };
const complaint = {
  complaintId: name,
  about: may(oneOf(['bill', 'quality', 'other'])),
  accepted: may(yes),
  consented: may(yes),
};
/** `alarmType` and `sourceSystemId` as X.733 and TMF642 have them. */
const alarm = {
  alarmKey: name,
  perceivedSeverity: may(oneOf(SEVERITIES)),
  probableCause: may(text),
  specificProblem: may(text),
  text: may(text),
  alarmType: may(text),
  sourceSystemId: may(text),
};
/** What a person did with the alarm of this name (`alarmIdOf`), in which role. */
const alarmAct = { alarmId: name, by: role, reason: may(text) };
const device = {
  deviceId: name,
  kind: may(text),
  name: may(text),
  location: may(text),
  room: may(text),
  reachable: may(yes),
  readings: may(Type.Record(Type.String(), Type.Number())),
};

/** The data of every type of event. */
export const eventSchemas = {
  'service.upserted': Type.Object({
    operator: name,
    kind: oneOf(SERVICE_KINDS),
    customerId: may(name),
    customerType: may(oneOf(['consumer', 'business'])),
    payment: may(oneOf(['postpaid', 'prepaid'])),
    activeFrom: may(instant),
    contractTo: may(instant),
    monthlyFee: may(moneyOrNull),
    billingDay: may(billingDay),
    tariffId: may(name),
    contractedDownBitsPerSecond: may(measure),
    servedBy: may(names),
    limits: may(Type.Object({ daily: may(measures), weekly: may(measures), monthly: may(measures) })),
    creditLimit: may(money),
    spendBar: may(yes),
    outagePreference: may(oneOf(['credit', 'extension'])),
    language: may(oneOf(LANGUAGES)),
    notifyBy: may(Type.Array(oneOf(['sms', 'email']))),
    contact: may(contact),
  }),
  'contact.upserted': Type.Object({
    msisdn: may(name),
    email: may(name),
    name: may(name),
    registeredAt: may(instant),
  }),
  'service.ended': turn,
  'service.transferred': Type.Object({ customerId: may(name), reason: may(text) }),
  'service.parked': turn,
  'service.unparked': turn,
  'service.suspended': turn,
  'service.resumed': turn,
  'tariff.upserted': Type.Object({
    tariffId: may(name),
    currency,
    prices: may(rateTable),
    bundles: may(rateTable),
  }),
  'history.imported': Type.Object({
    cycles: may(Type.Array(Type.Object({ from: instant, to: instant, charges: may(money), usage: may(measures) }))),
    days: may(
      Type.Array(
        Type.Object({
          date,
          country: may(country),
          dataBytes: may(count),
          voiceSeconds: may(count),
          messages: may(count),
        }),
      ),
    ),
    unpaid: may(money),
  }),
  'element.upserted': Type.Object({
    operator: name,
    kind: oneOf(ELEMENT_KINDS),
    technology: may(oneOf(TECHNOLOGIES)),
    parent: may(name),
    links: may(names),
    latitude: may(Type.Number({ minimum: -90, maximum: 90 })),
    longitude: may(Type.Number({ minimum: -180, maximum: 180 })),
    district: may(text),
    populationCovered: may(measure),
  }),
  'fault.opened': Type.Object(fault),
  'fault.updated': Type.Object({ ...fault, ...excuse }),
  'fault.cleared': Type.Object({ faultId: name, reason: may(text) }),
  'fault.reported': Type.Object({
    reportId: may(name),
    faultId: may(name),
    channel: may(text),
    symptom: may(text),
  }),
  'repair.started': Type.Object({ faultId: name }),
  'works.announced': Type.Object({
    worksId: name,
    from: instant,
    to: instant,
    channel: may(oneOf(['web', 'sms', 'email'])),
    by: may(role),
    reason: may(text),
  }),
  /** Works that were announced will not be, or end now: from its `time` on they excuse nothing. */
  'works.cancelled': Type.Object({ worksId: name, by: may(role), reason: may(text) }),
  'alarm.reported': Type.Object(alarm),
  /** `by`: a person, in this role, and not the element ends it. */
  'alarm.ended': Type.Object({ ...alarm, by: may(role), reason: may(text) }),
  'alarm.acknowledged': Type.Object(alarmAct),
  'alarm.unacknowledged': Type.Object(alarmAct),
  'alarm.shelved': Type.Object({ ...alarmAct, until: instant, reason: name }),
  'alarm.unshelved': Type.Object(alarmAct),
  'alarm.commented': Type.Object({ ...alarmAct, text: name }),
  'alarm.closed': Type.Object(alarmAct),
  'kpi.sampled': Type.Object({ kpi: name, value: Type.Number(), unit: may(text) }),
  'usage.recorded': Type.Object({
    kind: oneOf(USAGE_KINDS),
    direction: may(oneOf(['out', 'in'])),
    seconds: may(count),
    messages: may(count),
    bytes: may(count),
    charge: may(money),
    destination: may(Type.Object({ zone: may(text), country: may(country), prefix: may(text) })),
    sessionId: may(name),
    part: may(part),
    feed: may(oneOf(FEEDS)),
    country: may(country),
    visitedNetwork: may(text),
  }),
  'usage.cancelled': Type.Object({ recordId: name }),
  'presence.observed': Type.Object({ country }),
  'line.measured': Type.Object({
    downBitsPerSecond: measure,
    upBitsPerSecond: may(measure),
    latencyMilliseconds: may(measure),
    lossRatio: may(ratio),
  }),
  'tv.played': Type.Object({
    device: oneOf(TV_DEVICES),
    mode: may(oneOf(['live', 'catch-up'])),
    channelId: may(name),
    broadcastAt: may(instant),
    seconds: may(measure),
    deliveredBitsPerSecond: may(measure),
    nominalBitsPerSecond: may(measure),
    accessBitsPerSecond: may(measure),
    rebufferSeconds: may(measure),
    startupMilliseconds: may(measure),
    failed: may(yes),
    /** Between the line and the device: Wi-Fi or cable. */
    homeNetworkBitsPerSecond: may(measure),
    deviceModel: may(name),
    firmware: may(name),
    /** How often it stalled, and how often the rendition changed. */
    stalls: may(count),
    switches: may(count),
    /** Between the server and the player, as the player measured it. */
    throughputBitsPerSecond: may(measure),
    /** What else the line carried while it played. */
    otherBitsPerSecond: may(measure),
    /** A test by cable at the line's end, while it played or right after. */
    wiredBitsPerSecond: may(measure),
    /** What others saw on the same node or channel in the same minute. */
    peers: may(
      Type.Object({
        sessions: count,
        short: count,
        accessNetworks: may(count),
        /** Of them those on the same model with the same firmware. */
        onModel: may(Type.Object({ sessions: count, short: count })),
      }),
    ),
    /** What the server could give to this session: its own limit, or what it gave to others then. */
    serverBitsPerSecond: may(measure),
  }),
  'bill.issued': Type.Object({
    ...bill,
    due: may(text),
    cycle: may(Type.Object({ from: may(instant), to: may(instant) })),
  }),
  'bill.paid': Type.Object(bill),
  'bar.requested': Type.Object({ kind: oneOf(BAR_KINDS) }),
  'bar.withdrawn': Type.Object({ kind: oneOf(BAR_KINDS) }),
  'restriction.decided': Type.Object({
    proposalId: name,
    accepted: yes,
    services: may(Type.Array(name, { minItems: 1, uniqueItems: true })),
    until: may(instant),
    reason: may(text),
    by: role,
  }),
  'complaint.received': Type.Object(complaint),
  'complaint.answered': Type.Object(complaint),
  'complaint.extended': Type.Object(complaint),
  'complaint.resolved': Type.Object(complaint),
  'porting.accepted': Type.Object({ portingId: name }),
  'porting.completed': Type.Object({
    portingId: name,
    excused: may(Type.Array(Type.Object({ from: instant, to: instant, reason: may(text) }))),
  }),
  'equipment.reported': Type.Object({ equipmentId: name, responsibility: may(responsibility) }),
  'equipment.replaced': Type.Object({ equipmentId: name, responsibility: may(responsibility) }),
  'notice.progressed': Type.Object({
    noticeId: may(name),
    template: may(name),
    state: oneOf(NOTICE_STATES),
    channel: may(text),
    part: may(part),
  }),
  /** A person, in this role, signs the regulator's notice: it may leave. The subject is that of the notice. */
  'notice.signed': Type.Object({ noticeId: name, by: role }),
  'notice.settled': Type.Object({ noticeId: name, as: oneOf(NOTICE_SETTLEMENTS), by: role, reason: may(text) }),
  'sms.received': Type.Object({
    text: may(text),
    shortCode: may(text),
    /** Of the number it came from: the network that was looked up (MCC and MNC), and its first digits as dialled at home. */
    network: may(mobileNetwork),
    prefix: may(Type.String({ pattern: '^0\\d{1,3}$' })),
    parts: may(Type.Integer({ minimum: 1, maximum: 255 })),
    /** Whether the service that it ordered could be given. */
    served: may(yes),
    /** Who sent it, where the subject is the account that it was sent to: an opaque id that can be replied to. */
    sender: may(name),
  }),
  /** So many messages of a month a network has collected by now: absolute, the last word counts. */
  'sms.collected': Type.Object({ network: mobileNetwork, month, messages: count }),
  'payout.ordered': Type.Object({ orderId: name, network: mobileNetwork }),
  /** The middle rate of a day: so many units of the operator's currency for one. */
  'rate.published': Type.Object({ currency, date, perUnit: Type.String({ pattern: '^[0-9]{1,9}(\\.[0-9]{1,6})?$' }) }),
  'device.reported': Type.Object(device),
  'device.commanded': Type.Object({ deviceId: name, command: may(Type.Unknown()) }),
  'preferences.updated': Type.Object({
    rules: may(Type.Array(Type.Object({ name: may(text), when: may(Type.Unknown()), notify: may(Type.Unknown()) }))),
    quietHours: may(Type.Unknown()),
  }),
} as const satisfies Record<string, TSchema>;

export type EventType = keyof typeof eventSchemas;

/** The data of one type, decoded. Phone numbers and addresses were split off at the door. */
export type DataOf<T extends EventType> = Frozen<
  T extends 'service.upserted'
    ? Omit<Static<(typeof eventSchemas)['service.upserted']>, 'contact'>
    : Static<(typeof eventSchemas)[T]>
>;

/** An event of one type, decoded: what the schema guarantees is there, with times as instants and money in minor units. */
export interface EventOf<T extends EventType> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: T;
  readonly subject: string;
  /** When it happened. */
  readonly time: Instant;
  /** When the operator got to know of it; equal to `time` where the wire has none. */
  readonly recordedtime: Instant;
  /** The number that the source gave it. */
  readonly sequence?: string;
  /** Given only where the type allows both. */
  readonly subjectkind?: 'service' | 'element';
  readonly data: DataOf<T>;
}

/** Any event; switch on `type`. */
export type DozorEvent = { [T in EventType]: EventOf<T> }[EventType];

export const EVENT_TYPES = Object.keys(eventSchemas) as readonly EventType[];

/** What the subject of a type is. */
export const SUBJECT_KIND: Readonly<Record<EventType, 'service' | 'element' | 'tariff' | 'either'>> = {
  'service.upserted': 'service',
  'contact.upserted': 'service',
  'service.ended': 'service',
  'service.transferred': 'service',
  'service.parked': 'service',
  'service.unparked': 'service',
  'service.suspended': 'service',
  'service.resumed': 'service',
  'tariff.upserted': 'tariff',
  'history.imported': 'service',
  'element.upserted': 'element',
  'fault.opened': 'either',
  'fault.updated': 'either',
  'fault.cleared': 'either',
  'fault.reported': 'either',
  'repair.started': 'either',
  'works.announced': 'element',
  'works.cancelled': 'element',
  'alarm.reported': 'element',
  'alarm.ended': 'element',
  'alarm.acknowledged': 'element',
  'alarm.unacknowledged': 'element',
  'alarm.shelved': 'element',
  'alarm.unshelved': 'element',
  'alarm.commented': 'element',
  'alarm.closed': 'element',
  'kpi.sampled': 'element',
  'usage.recorded': 'service',
  'usage.cancelled': 'service',
  'presence.observed': 'service',
  'line.measured': 'service',
  'tv.played': 'service',
  'bill.issued': 'service',
  'bill.paid': 'service',
  'bar.requested': 'service',
  'bar.withdrawn': 'service',
  'restriction.decided': 'service',
  'complaint.received': 'service',
  'complaint.answered': 'service',
  'complaint.extended': 'service',
  'complaint.resolved': 'service',
  'porting.accepted': 'service',
  'porting.completed': 'service',
  'equipment.reported': 'service',
  'equipment.replaced': 'service',
  'notice.progressed': 'service',
  'notice.signed': 'service',
  'notice.settled': 'service',
  'sms.received': 'service',
  'sms.collected': 'service',
  'payout.ordered': 'service',
  'rate.published': 'service',
  'device.reported': 'service',
  'device.commanded': 'service',
  'preferences.updated': 'service',
};

/** Whether a type may lie ahead and take effect at its `time`. */
export function mayLieAhead(type: EventType): boolean {
  return type.endsWith('.upserted') || type === 'works.announced';
}

// --- Between the wire and the types ---

/** What a schema cannot say: how fields of one record hang together. Fields are named from `data` on. */
/** A single charge above this (in minor units) is a mistake, and sums of such would not be exact. */
const CHARGE_MAX = 10_000_000_000;

function tooLarge(price: { readonly minor: number } | undefined, field: string): Problem | undefined {
  if (!price || Math.abs(price.minor) <= CHARGE_MAX) return undefined;
  return { what: 'malformed', field: `${field}.amount`, why: 'is larger than any charge' };
}

const rules: { readonly [T in EventType]?: (data: Static<(typeof eventSchemas)[T]>) => Problem | undefined } = {
  'tariff.upserted': (data) => {
    const read = readTariff(data);
    return read.ok ? undefined : read.problem;
  },
  'usage.recorded': ({ charge }) => tooLarge(charge, 'charge'),
  'bill.paid': ({ amount, usageAmount }) => tooLarge(amount, 'amount') ?? tooLarge(usageAmount, 'usageAmount'),
  'history.imported': ({ cycles = [], days = [], unpaid }) =>
    tooLarge(unpaid, 'unpaid') ??
    firstOf(
      cycles.flatMap((cycle, i) => [
        backwards(cycle, `cycles.${i}.to`),
        tooLarge(cycle.charges, `cycles.${i}.charges`),
        tooLarge(cycle.usage?.charge, `cycles.${i}.usage.charge`),
      ]),
    ) ??
    firstOf(days.map(({ date }, i) => (isDate(date) ? undefined : { ...NO_DATE, field: `days.${i}.date` }))),
  'fault.reported': ({ reportId, faultId }) =>
    reportId === undefined && faultId === undefined
      ? { what: 'missing', field: 'reportId', why: 'is missing, and so is faultId' }
      : undefined,
  'works.announced': (works) => backwards(works, 'to'),
  // What people write is kept for ever and shown to all: how to reach somebody does not belong there.
  'alarm.commented': ({ text }) => (CONTACT.test(text) ? { ...NO_CONTACT, field: 'text' } : undefined),
  'kpi.sampled': ({ kpi, value }) =>
    kpi === 'availability' && (value < 0 || value > 1)
      ? { what: value < 0 ? 'negative' : 'malformed', field: 'value', why: 'is no availability, which is 0 to 1' }
      : undefined,
  'porting.completed': ({ excused = [] }) => firstOf(excused.map((time, i) => backwards(time, `excused.${i}.to`))),
  'notice.progressed': ({ noticeId, template }) =>
    noticeId === undefined && template === undefined
      ? { what: 'missing', field: 'noticeId', why: 'is missing, and so is template' }
      : undefined,
};

const CONTACT = /(?:\+|\b00)\d[\d ()/-]{6,}\d|[\w.+-]+@[\w-]+\.\w/;
const NO_CONTACT = { what: 'malformed', why: 'holds a phone number or an address, which have no place here' } as const;
const NO_DATE = { what: 'malformed', why: 'is no date of the calendar' } as const;

/** Whether a text in the form of a date is one: not 31 June. */
function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function backwards({ from, to }: Static<typeof span>, field: string): Problem | undefined {
  return from < to ? undefined : { what: 'malformed', field, why: 'is not after its from' };
}

function firstOf(problems: readonly (Problem | undefined)[]): Problem | undefined {
  return problems.find((problem) => problem !== undefined);
}

const decoders = new Map<EventType, (wire: unknown) => Decoding<unknown>>();
const encoders = new Map<EventType, (data: unknown, zone: Zone) => unknown>();

/** Whether the text names a type of event. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

/** Checks and converts the data of one type; `contact` is still in it. The converter is compiled at the first use. */
export function decodeData<T extends EventType>(type: T, wire: unknown): Decoding<Static<(typeof eventSchemas)[T]>> {
  let decode = decoders.get(type);
  if (!decode) decoders.set(type, (decode = decoder(eventSchemas[type])));
  const decoded = decode(wire) as Decoding<Static<(typeof eventSchemas)[T]>>;
  const problem = decoded.ok ? rules[type]?.(decoded.value) : undefined;
  return problem ? { ok: false, problem } : decoded;
}

/** An event as JSON, with times in the zone's offset. */
export function encodeEvent(event: DozorEvent, zone: Zone = 'UTC'): Record<string, unknown> {
  let encode = encoders.get(event.type);
  if (!encode) encoders.set(event.type, (encode = encoder(eventSchemas[event.type] as TSchema)));
  const { specversion, id, source, type, subject, time, recordedtime, sequence, subjectkind } = event;
  return {
    specversion,
    id,
    source,
    type,
    subject,
    time: formatLocal(time, zone),
    ...(recordedtime !== time && { recordedtime: formatLocal(recordedtime, zone) }),
    ...(sequence !== undefined && { sequence }),
    ...(subjectkind !== undefined && { subjectkind }),
    data: encode(event.data, zone),
  };
}
