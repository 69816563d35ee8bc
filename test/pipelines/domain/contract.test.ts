/**
 * The contract as the code has it: every type is there, every sample goes through the door and back unchanged, the published
 * schemas take the same samples, and the AsyncAPI document is a valid one.
 */
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { asyncApi, jsonSchemas } from '../../../pipelines/domain/asyncapi.js';
import {
  DECISION_TYPES,
  type Decision,
  type DetectedType,
  type Draft,
  decide,
  decodeDecision,
  encodeDecision,
} from '../../../pipelines/domain/decision.js';
import { EVENT_TYPES, type EventType, encodeEvent } from '../../../pipelines/domain/event.js';
import {
  canonicalJson,
  decoder,
  duration,
  encoder,
  instant,
  money,
  moneyOrNull,
  quantity,
} from '../../../pipelines/domain/schema.js';
import { HOUR, type Instant, parseInstant } from '../../../pipelines/domain/units.js';
import { decodeObject } from '../../../pipelines/runtime/decode.js';

const ZONE = 'Europe/Belgrade';
const FROM = '2026-06-10T00:00:00+02:00';
const TO = '2026-06-13T00:00:00+02:00';
const span = { from: FROM, to: TO };
const rsd = (amount: string) => ({ amount, currency: 'RSD' });
const given = { operators: new Map([['a1-rs', { currency: 'RSD' }]]) };
const ajv = new Ajv({ strict: false, validateFormats: false });

/** One event of every type, with all fields that the contract names. */
const events: Record<EventType, Record<string, unknown>> = {
  'service.upserted': {
    operator: 'a1-rs',
    kind: 'mobile',
    customerId: 'c1',
    customerType: 'business',
    payment: 'postpaid',
    activeFrom: FROM,
    contractTo: TO,
    monthlyFee: { ...rsd('3000.00'), vat: 'excluded' },
    billingDay: 28,
    tariffId: 't1',
    contractedDownBitsPerSecond: 100_000_000,
    servedBy: ['cell-1'],
    limits: {
      daily: { charge: rsd('500.00'), dataBytes: 5_000_000_000 },
      weekly: { voiceSeconds: 3600 },
      monthly: { messages: 100 },
    },
    creditLimit: rsd('6000.00'),
    spendBar: true,
    outagePreference: 'extension',
    language: 'sr-Cyrl',
    notifyBy: ['sms', 'email'],
    addedByTheOperator: { kept: true },
  },
  'contact.upserted': {},
  'service.ended': { reason: 'moved' },
  'service.transferred': { customerId: 'c2', reason: 'sale' },
  'service.parked': {},
  'service.unparked': {},
  'service.suspended': { reason: 'unpaid' },
  'service.resumed': {},
  'tariff.upserted': {
    tariffId: 't1',
    currency: 'RSD',
    prices: [{ kind: 'voice', bands: [{ from: '00:00', slots: [{ rate: '1.00', unit: 60, increment: 1 }] }] }],
  },
  'history.imported': {
    cycles: [{ ...span, charges: rsd('3100.00'), usage: { charge: rsd('100.00'), voiceSeconds: 60 } }],
    days: [{ date: '2026-06-09', country: 'RS', dataBytes: 10, voiceSeconds: 0, messages: 1 }],
    unpaid: rsd('0.00'),
  },
  'element.upserted': {
    operator: 'a1-rs',
    kind: 'cell',
    technology: '5G',
    parent: 'core-1',
    links: ['cell-2'],
    latitude: 44.8,
    longitude: 20.4,
    district: 'Beograd',
    populationCovered: 12_000,
  },
  'fault.opened': { faultId: 'f1', responsibility: 'operator', reason: 'power', accessBarred: false },
  'fault.updated': { faultId: 'f1', responsibility: 'force-majeure' },
  'fault.cleared': { faultId: 'f1' },
  'fault.reported': { reportId: 'r1', faultId: 'f1', channel: 'phone', symptom: 'no signal' },
  'repair.started': { faultId: 'f1' },
  'works.announced': { worksId: 'w1', ...span, channel: 'web' },
  'works.cancelled': { worksId: 'w1', by: 'noc-shift', reason: 'the crew is elsewhere' },
  'alarm.reported': {
    alarmKey: 'k1',
    perceivedSeverity: 'major',
    probableCause: 'powerProblem',
    specificProblem: 'rectifier',
    text: 'mains lost',
  },
  'alarm.ended': { alarmKey: 'k1' },
  'alarm.acknowledged': { alarmId: 'a1', by: 'noc-shift' },
  'alarm.unacknowledged': { alarmId: 'a1', by: 'noc-shift' },
  'alarm.shelved': { alarmId: 'a1', by: 'noc-shift', reason: 'works of the landlord', until: TO },
  'alarm.unshelved': { alarmId: 'a1', by: 'noc-shift' },
  'alarm.commented': { alarmId: 'a1', by: 'noc-shift', text: 'diesel is on its way' },
  'alarm.closed': { alarmId: 'a1', by: 'noc-lead', reason: 'replaced' },
  'kpi.sampled': { kpi: 'RSRP', value: -110.5, unit: 'dBm' },
  'usage.recorded': {
    kind: 'voice',
    direction: 'out',
    seconds: 60,
    messages: 0,
    bytes: 0,
    charge: rsd('-12.50'),
    destination: { zone: 'on-net', country: 'RS', prefix: '38164' },
    sessionId: 's-1',
    part: 2,
    feed: 'nrtrde',
    country: 'XK',
    visitedNetwork: '22101',
  },
  'usage.cancelled': { recordId: 'u1' },
  'presence.observed': { country: 'BA' },
  'line.measured': {
    downBitsPerSecond: 10_000_000.5,
    upBitsPerSecond: 1,
    latencyMilliseconds: 12.5,
    lossRatio: 0.01,
  },
  'tv.played': {
    device: 'stb',
    mode: 'catch-up',
    channelId: 'rts1',
    broadcastAt: FROM,
    seconds: 600,
    deliveredBitsPerSecond: 6_000_000,
    nominalBitsPerSecond: 8_000_000,
    accessBitsPerSecond: 40_000_000,
    rebufferSeconds: 0.5,
    startupMilliseconds: 900,
    failed: false,
  },
  'bill.issued': { amount: rsd('3500.00'), usageAmount: rsd('500.00'), due: '2026-07-15', cycle: span },
  'bill.paid': { amount: rsd('3500.00'), usageAmount: rsd('500.00') },
  'bar.requested': { kind: 'spend-cap' },
  'bar.withdrawn': { kind: 'premium-sms' },
  'restriction.decided': {
    proposalId: 'a'.repeat(32),
    accepted: true,
    services: ['data'],
    until: TO,
    reason: 'calls to one number abroad',
    by: 'fraud-desk',
  },
  'complaint.received': { complaintId: 'x1', about: 'bill' },
  'complaint.answered': { complaintId: 'x1', accepted: false },
  'complaint.extended': { complaintId: 'x1', consented: true },
  'complaint.resolved': { complaintId: 'x1', accepted: true },
  'porting.accepted': { portingId: 'p1' },
  'porting.completed': { portingId: 'p1', excused: [{ ...span, reason: 'no one at home' }] },
  'equipment.reported': { equipmentId: 'ont-1', responsibility: 'operator' },
  'equipment.replaced': { equipmentId: 'ont-1' },
  'notice.progressed': { noticeId: 'n1', template: 'roaming-warning', state: 'delivered', channel: 'sms', part: 1 },
  'notice.signed': { noticeId: 'regulator-outage:f-1', by: 'shift-lead' },
  'notice.settled': { noticeId: 'credit-granted:1', as: 'again', by: 'shift-lead', reason: 'text' },
  'sms.received': {
    text: 'STOP',
    shortCode: '1234',
    network: '22003',
    prefix: '064',
    parts: 2,
    served: false,
    sender: 'snd-1',
  },
  'sms.collected': { network: '22003', month: '2026-06', messages: 1_000 },
  'payout.ordered': { orderId: 'o1', network: '22003' },
  'rate.published': { currency: 'EUR', date: '2026-06-10', perUnit: '117.1500' },
  'device.reported': {
    deviceId: 'd1',
    kind: 'thermometer',
    name: 'T',
    location: 'home',
    room: 'hall',
    reachable: true,
    readings: { celsius: -3.5 },
  },
  'device.commanded': { deviceId: 'd1', command: { on: true } },
  'preferences.updated': {
    rules: [{ name: 'frost', when: { celsius: { below: 0 } }, notify: ['sms'] }],
    quietHours: { from: '22:00', to: '07:00' },
  },
};

function sample(type: EventType): Record<string, unknown> {
  return { specversion: '1.0', id: `e-${type}`, source: 'test', type, subject: 's1', time: FROM, data: events[type] };
}

const at = (text: string): Instant => parseInstant(text)!;
const own = { operator: 'a1-rs', clause: 'A1 3.3', because: { counted: 'PT60H' } };
const para = (minor: number) => ({ minor, currency: 'RSD' });
const days = { from: at(FROM), to: at(TO) };
const windowed = { window: 'day', measure: 'charge', ...days } as const;
const proposal = { ...own, ...windowed, services: ['data'] };
const bar = { ...own, reason: 'spend-cap', services: ['data'], keeps: ['emergency'], cycle: days, episode: 1 } as const;
const restriction = {
  ...own,
  ...windowed,
  services: ['data'],
  keeps: ['emergency'],
  proposalId: 'p1',
  proposed: 'restriction',
  episode: 1,
} as const;
const surcharge = { ...own, from: at(FROM), episode: 1 };
const pattern = { ...own, pattern: 'long-inactivity', window: days, episode: 1, inactiveDays: 61 } as const;
const flagged = {
  ...own,
  ...days,
  flag: 'deviation',
  measure: 'charge',
  value: para(90_000),
  expected: para(1_000),
  bound: para(9_000),
  evidence: ['00ff00ff00ff00ff'],
  episode: 1,
} as const;
const alarm = { ...own, alarmId: 'al-1', episode: 1, perceivedSeverity: 'major', affectedServices: 12 } as const;
const assessed = { period: days, value: 0.96, required: 0.95, met: true };

/** One decision of every type that a detector makes. */
const decisions: { [T in DetectedType]: Draft<T>['data'] } = {
  'repair.overdue': {
    ...own,
    outageId: 's1/f1',
    faultIds: ['f1'],
    reasons: ['power'],
    counted: 40 * HOUR,
    excused: 8 * HOUR,
  },
  'outage.confirmed': { ...own, outageId: 's1/f1', from: at(FROM), episode: 1 },
  'outage.withdrawn': { ...own, outageId: 's1/f1', episode: 1 },
  'credit.granted': { ...own, outageId: 's1/f1', ...days, amount: para(25_000), cycle: days },
  'credit.adjusted': { ...own, of: 'abc', revision: 1, amount: para(0), difference: para(-25_000), cycle: days },
  'extension.granted': { ...own, equipmentId: 'ont-1', report: 1, ...days, seconds: 259_200 },
  'extension.adjusted': { ...own, of: 'abc', revision: 2, ...days, seconds: 0, difference: -259_200 },
  'compensation.granted': { ...own, portingId: 'p1', days: 3, amount: null },
  'termination.allowed': { ...own, outageId: 's1/f1', from: at(FROM) },
  'termination.ended': { ...own, outageId: 's1/f1', from: at(TO) },
  'parking.exceeded': { ...own, year: 2026, days: 32 },
  'notice.requested': {
    ...own,
    noticeId: 'n1',
    audience: 'subscriber',
    template: 'credit-granted',
    parameters: { amount: '250.00' },
    class: 'legal',
    channels: ['sms'],
    language: 'sr-Latn',
    dueBy: at(TO),
    expiresAt: at(TO),
    late: true,
  },
  'limit.exceeded': { ...own, ...windowed, limit: para(50_000), value: para(50_001) },
  'traffic.atypical': { ...own, ...windowed, measure: 'dataBytes', value: 9, average: 3.5 },
  'restriction.proposed': proposal,
  'security.proposed': proposal,
  'restriction.applied': { ...restriction, until: at(TO) },
  'restriction.lifted': { ...restriction, reason: 'no-longer-atypical' },
  'spend.warned': { ...own, share: 0.8, charges: para(400_000), cap: para(500_000), cycle: days },
  'spend.doubled': {
    ...own,
    cycle: days,
    charges: para(600_000),
    reference: para(300_000),
    referenceKind: 'monthly-fee',
  },
  'bar.applied': bar,
  'bar.lifted': bar,
  'roaming.risk.found': {
    ...own,
    window: days,
    domesticDays: 10,
    roamingDays: 20,
    domesticUse: { dataBytes: 1 },
    roamingUse: { dataBytes: 2 },
    episode: 1,
  },
  'roaming.surcharge.started': surcharge,
  'roaming.surcharge.stopped': surcharge,
  'roaming.surcharge.refunded': surcharge,
  'roaming.pattern.found': pattern,
  'roaming.pattern.withdrawn': { of: 'abc', ...pattern },
  'usage.flagged': flagged,
  'usage.flag.withdrawn': { of: 'abc', ...flagged },
  'sms.charged': {
    ...own,
    record: 'm1',
    recordSource: 'gateway',
    at: at(FROM),
    shortCode: '6624',
    network: '22003',
    networkBy: 'prefix',
    parts: 1,
    basic: para(220),
    addedValue: para(3_000),
    vat: para(644),
    amount: para(3_864),
    shares: { operator: para(1_800), platform: para(540), client: para(660) },
  },
  'payout.allowed': {
    ...own,
    orderId: 'o1',
    network: '22003',
    amount: para(600_000),
    vat: 'excluded',
    floor: { minor: 5_000, currency: 'EUR' },
    rate: '117.1500',
    rateDate: '2026-06-10',
    payBy: '2026-07-22',
  },
  'quality.assessed': {
    ...own,
    measure: 'line',
    month: '2026-06',
    meanBitsPerSecond: 79.5,
    requiredBitsPerSecond: 80,
    met: false,
  },
  'speed.assessed': { ...own, ...assessed, parameter: 'mean-80', coverage: 0.5 },
  'tv.shortfall': {
    ...own,
    device: 'stb',
    deliveredBitsPerSecond: 4,
    requiredBitsPerSecond: 10,
    attribution: 'undetermined',
    operatorLiable: null,
    session: 'e1',
  },
  'alarm.raised': alarm,
  'alarm.changed': { ...alarm, perceivedSeverity: 'critical' },
  'alarm.cleared': { ...alarm, perceivedSeverity: 'cleared' },
  'service.level.assessed': { ...own, ...assessed, parameter: 'availability' },
  'kpi.scored': {
    ...own,
    kpi: 'RSRP',
    value: -110.5,
    score: 0.2,
    expectedLow: -115,
    expectedHigh: null,
    sample: 'e1',
  },
};

function draft(type: DetectedType, time = at(TO)): Draft {
  return { type, subject: 's1', time, data: decisions[type] } as Draft;
}

describe('events', () => {
  it('every type of the contract is there, and no other', () => {
    expect([...EVENT_TYPES].sort()).toEqual(
      `service.upserted contact.upserted service.ended service.transferred service.parked service.unparked service.suspended
       service.resumed tariff.upserted history.imported element.upserted fault.opened fault.updated fault.cleared
       fault.reported repair.started works.announced works.cancelled alarm.reported alarm.ended alarm.acknowledged
       alarm.unacknowledged alarm.shelved alarm.unshelved alarm.commented alarm.closed kpi.sampled usage.recorded usage.cancelled
       presence.observed line.measured tv.played bill.issued bill.paid bar.requested bar.withdrawn complaint.received
       complaint.answered complaint.extended complaint.resolved porting.accepted porting.completed equipment.reported
       restriction.decided equipment.replaced notice.progressed notice.signed notice.settled sms.received sms.collected payout.ordered rate.published
       device.reported device.commanded preferences.updated`
        .split(/\s+/)
        .sort(),
    );
  });

  it.each(EVENT_TYPES)('%s goes in and comes out as it was', (type) => {
    const before = JSON.stringify(sample(type));
    const wire = JSON.parse(before) as Record<string, unknown>;
    const decoded = decodeObject(wire, given);
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.rejection));
    expect(encodeEvent(decoded.event, ZONE)).toEqual(wire);
    expect(JSON.stringify(wire)).toBe(before);
    expect(decoded.wire).toEqual(wire);
  });

  it.each(EVENT_TYPES)('the published schema takes %s', (type) => {
    const valid = ajv.compile(jsonSchemas()[type]!);
    expect(valid(sample(type)), JSON.stringify(valid.errors)).toBe(true);
    expect(valid({ ...sample(type), subject: '+381641234567' })).toBe(false);
  });

  it('times become instants, money minor units, and VAT is not forgotten', () => {
    const decoded = decodeObject(sample('service.upserted'), given);
    expect(decoded.ok && decoded.event.data).toMatchObject({
      activeFrom: Date.parse(FROM),
      monthlyFee: { minor: 300_000, currency: 'RSD', vat: 'excluded' },
      limits: { daily: { charge: { minor: 50_000, currency: 'RSD' } } },
    });
  });

  it('recordedtime is the time where it is absent, and comes back where it differs', () => {
    const plain = decodeObject(sample('fault.cleared'), given);
    expect(plain.ok && plain.event.recordedtime).toBe(Date.parse(FROM));
    const wire = { ...sample('fault.cleared'), recordedtime: TO, sequence: '7', subjectkind: 'element' };
    const late = decodeObject(wire, given);
    expect(late.ok && late.event).toMatchObject({
      recordedtime: Date.parse(TO),
      sequence: '7',
      subjectkind: 'element',
    });
    expect(late.ok && encodeEvent(late.event, ZONE)).toEqual(wire);
  });
});

describe('decisions', () => {
  const detected = Object.keys(decisions) as DetectedType[];

  it('every type of the contract is there, and no other', () => {
    expect([...DECISION_TYPES].sort()).toEqual(
      `repair.overdue outage.confirmed outage.withdrawn credit.granted credit.adjusted extension.granted extension.adjusted
       compensation.granted termination.allowed termination.ended parking.exceeded notice.requested limit.exceeded
       traffic.atypical restriction.proposed restriction.applied restriction.lifted security.proposed spend.warned spend.doubled bar.applied bar.lifted
       roaming.risk.found roaming.surcharge.started roaming.surcharge.stopped roaming.surcharge.refunded quality.assessed
       roaming.pattern.found roaming.pattern.withdrawn usage.flagged usage.flag.withdrawn
       sms.charged payout.allowed speed.assessed tv.shortfall alarm.raised alarm.changed alarm.cleared service.level.assessed kpi.scored
       event.rejected`
        .split(/\s+/)
        .sort(),
    );
    expect([...detected, 'event.rejected'].sort()).toEqual([...DECISION_TYPES].sort());
  });

  it.each(detected)('%s goes out by its schema and is read back as it was', (type) => {
    const decision = decide(draft(type)) as Decision;
    const wire = JSON.parse(JSON.stringify(encodeDecision(decision, ZONE)));
    const valid = ajv.compile(jsonSchemas()[type]!);
    expect(valid(wire), JSON.stringify(valid.errors)).toBe(true);
    expect(decodeDecision(wire)).toEqual({ ok: true, value: decision });
    expect(Object.keys(wire)).toEqual(['specversion', 'id', 'source', 'type', 'subject', 'time', 'data']);
  });

  it('times go out in the zone, money as decimal strings, durations as ISO 8601', () => {
    expect(encodeDecision(decide(draft('credit.granted')) as Decision, ZONE)).toMatchObject({
      time: TO,
      data: { from: FROM, to: TO, amount: { amount: '250.00', currency: 'RSD' }, cycle: { from: FROM } },
    });
    expect(encodeDecision(decide(draft('repair.overdue')) as Decision, ZONE)['data']).toMatchObject({
      counted: 'PT40H',
      excused: 'PT8H',
    });
  });

  it.each(detected)('%s has the same id whenever and for whatever reason it is taken', (type) => {
    const first = decide(draft(type));
    const again = { ...draft(type, at(FROM)), data: { ...decisions[type], because: { other: 1 } } } as Draft;
    expect(decide(again).id).toBe(first.id);
    expect(decide({ ...draft(type), subject: 's2' } as Draft).id).not.toBe(first.id);
    expect(first.id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('no two samples share an id', () => {
    expect(new Set(detected.map((type) => decide(draft(type)).id)).size).toBe(detected.length);
  });

  it.each([
    ['credit.granted', { cycle: { from: at(TO), to: at(TO) + 1 } }],
    ['credit.granted', { outageId: 's1/f2' }],
    ['credit.adjusted', { revision: 2 }],
    ['extension.granted', { report: 2 }],
    ['limit.exceeded', { limit: para(60_000) }],
    ['limit.exceeded', { episode: 2 }],
    ['bar.applied', { episode: 2 }],
    ['bar.applied', { reason: 'credit-limit' }],
    ['restriction.applied', { episode: 2 }],
    ['restriction.lifted', { proposalId: 'p2' }],
    ['alarm.changed', { perceivedSeverity: 'minor' }],
    ['alarm.changed', { revision: 3 }],
    ['quality.assessed', { revision: 1 }],
    ['tv.shortfall', { sessionSource: 'other' }],
  ] as [DetectedType, object][])('another %s has another id: %j', (type, change) => {
    const other = { ...draft(type), data: { ...decisions[type], ...change } } as Draft;
    expect(decide(other).id).not.toBe(decide(draft(type)).id);
  });

  it('an extension for parking is named by its start, one for an outage by the outage', () => {
    const { equipmentId: _, report: __, ...parked } = decisions['extension.granted'] as Record<string, unknown>;
    const make = (change: object) => decide({ ...draft('extension.granted'), data: { ...parked, ...change } } as Draft);
    expect(make({ from: at(TO) }).id).not.toBe(make({}).id);
    expect(make({ outageId: 'o', from: at(TO) }).id).toBe(make({ outageId: 'o' }).id);
  });

  it('what is no decision is not read as one', () => {
    const wire = encodeDecision(decide(draft('credit.granted')) as Decision, ZONE);
    const field = (change: object) => {
      const read = decodeDecision({ ...wire, ...change });
      return read.ok ? undefined : read.problem.field;
    };
    expect(field({ type: 'fault.opened' })).toBe('type');
    expect(field({ type: 'toString' })).toBe('type');
    expect(field({ time: 'now' })).toBe('time');
    expect(field({ id: 1 })).toBe('id');
    expect(field({ source: null })).toBe('source');
    expect(field({ subject: 1 })).toBe('subject');
    expect(field({ data: { ...(wire['data'] as object), from: 'then' } })).toBe('data.from');
    expect(decodeDecision(null).ok).toBe(false);
  });
});

describe('the vocabulary', () => {
  const shape = Type.Object({
    length: duration,
    either: Type.Union([Type.Null(), Type.Object({ after: duration })]),
    byName: Type.Record(Type.String(), Type.Object({ fee: moneyOrNull })),
    several: Type.Array(Type.Object({ at: instant })),
    amount: Type.Optional(quantity),
  });
  const wire = {
    length: 'PT48H',
    either: { after: 'PT1M' },
    byName: { a: { fee: rsd('1.00') }, b: { fee: null } },
    several: [{ at: FROM }, { at: TO }],
    amount: 12,
  };
  const decode = decoder(shape);

  it('marks are found in objects, lists, maps and choices', () => {
    const decoded = decode(wire);
    expect(decoded).toEqual({
      ok: true,
      value: {
        length: 48 * HOUR,
        either: { after: 60_000 },
        byName: { a: { fee: para(100) }, b: { fee: null } },
        several: [{ at: at(FROM) }, { at: at(TO) }],
        amount: 12,
      },
    });
    expect(decoded.ok && encoder(shape)(decoded.value, ZONE)).toEqual(wire);
    expect(decode({ ...wire, length: 90, either: null, amount: rsd('0.05') })).toMatchObject({
      value: { length: 90_000, either: null, amount: para(5) },
    });
  });

  it.each([
    [{ length: 'P1Y' }, 'length'],
    [{ length: -1 }, 'length'],
    [{ either: { after: 'x' } }, 'either.after'],
    [{ either: {} }, 'either'],
    [{ byName: { a: { fee: { amount: '1', currency: 'XXX' } } } }, 'byName.a.fee.currency'],
    [{ several: [{ at: FROM }, { at: '2026-06-10' }] }, 'several.1.at'],
    [{ amount: '12' }, 'amount'],
    [{ amount: { currency: 'RSD' } }, 'amount.amount'],
    [{ amount: { amount: '1.00' } }, 'amount.currency'],
    [{ amount: { ...rsd('1.00'), vat: 'some' } }, 'amount.vat'],
  ])('%j is a problem of %s', (change, field) => {
    const decoded = decode({ ...wire, ...change });
    expect(decoded.ok ? undefined : decoded.problem.field).toBe(field);
  });

  it('an unknown mark is our mistake', () => {
    expect(() => decoder(Type.Unsafe({ 'x-dozor': 'weather' }))).toThrow('unknown mark weather');
  });

  it('money alone is decoded too', () => {
    expect(decoder(money)(rsd('5000.00'))).toEqual({ ok: true, value: para(500_000) });
  });

  it('canonical JSON knows no order of keys', () => {
    const value = { b: [1, { d: null, c: 'č' }], a: undefined, A: 1.5 };
    expect(canonicalJson(value)).toBe('{"A":1.5,"b":[1,{"c":"č","d":null}]}');
    expect(canonicalJson([undefined, 1])).toBe('[null,1]');
  });
});

describe('AsyncAPI', () => {
  it('the document is valid by the official schema of AsyncAPI 3.0', () => {
    const require = createRequire(import.meta.url);
    const official = require('@asyncapi/specs/schemas/3.0.0.json');
    const { $schema: _, ...schema } = official;
    // It brings draft 7 with it, so ajv must not know its own.
    const settings = { strict: false, validateFormats: false, meta: false, validateSchema: false };
    const valid = new Ajv(settings).compile(schema);
    const document = JSON.parse(JSON.stringify(asyncApi()));
    expect(valid(document), JSON.stringify(valid.errors?.slice(0, 3))).toBe(true);
    expect(valid({ ...document, channels: { x: { bindings: { kafka: { partitions: 0 } } } } })).toBe(false);
  });

  it('each reference leads somewhere, and each event and decision lies on a topic', () => {
    const document = JSON.parse(JSON.stringify(asyncApi())) as Record<string, unknown>;
    const found = new Set<string>();
    JSON.stringify(document, (key, value: unknown) => {
      if (key === '$ref') found.add(value as string);
      return value;
    });
    for (const reference of found) {
      let at: unknown = document;
      for (const key of reference.split('/').slice(1)) at = (at as Record<string, unknown>)[key];
      expect(at, reference).toBeDefined();
    }
    const channels = document['channels'] as Record<string, { messages: object }>;
    expect(Object.keys(channels)).toEqual([
      'service-events',
      'element-events',
      'network',
      'contacts',
      'facts',
      'decisions',
      'rejected',
      'page-signals',
    ]);
    const carried = new Set(Object.values(channels).flatMap(({ messages }) => Object.keys(messages)));
    for (const type of [...EVENT_TYPES, ...DECISION_TYPES]) expect(carried).toContain(type);
  });

  it('phone numbers lie on contacts alone', () => {
    const { channels } = asyncApi() as { channels: Record<string, { messages: object }> };
    const carriers = Object.entries(channels).filter(([, { messages }]) => 'contact.upserted' in messages);
    expect(carriers.map(([topic]) => topic)).toEqual(['contacts']);
  });
});
