/**
 * The door, refusal by refusal: each names its reason and its field, keeps what came, and never throws. What is good passes
 * without its phone number.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDecision } from '../../../pipelines/domain/decision.js';
import {
  DEPTH_MAX,
  type Decoded,
  decodeLine,
  decodeObject,
  fingerprint,
  foreignMoney,
  LINE_BYTES_MAX,
  REASONS,
  type Reason,
  type Rejection,
  rejected,
} from '../../../pipelines/runtime/decode.js';

const given = {
  operators: new Map([
    ['a1-rs', { currency: 'RSD' }],
    ['mtel-at', { currency: 'EUR' }],
    ['truf-rs', { currency: 'RSD' }],
    ['go4yu', { currency: 'EUR' }],
  ]),
};

const TIME = '2026-06-10T12:00:00+02:00';
const rsd = (amount: string) => ({ amount, currency: 'RSD' });

function usage(data: object = {}, head: object = {}): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: 'u1',
    source: 'test',
    type: 'usage.recorded',
    subject: 's1',
    time: TIME,
    data: { kind: 'voice', direction: 'out', seconds: 60, ...data },
    ...head,
  };
}

function event(type: string, data: object, head: object = {}): Record<string, unknown> {
  return { ...usage(), type, data, ...head };
}

function service(data: object = {}, head: object = {}): Record<string, unknown> {
  return event('service.upserted', { operator: 'a1-rs', kind: 'mobile', ...data }, head);
}

function without(wire: Record<string, unknown>, key: string): Record<string, unknown> {
  const { [key]: _, ...rest } = wire;
  return rest;
}

function good(wire: object): Extract<Decoded, { ok: true }> {
  const decoded = decodeLine(JSON.stringify(wire), 1, given);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.rejection));
  return decoded;
}

function bad(decoded: Decoded): Rejection {
  if (decoded.ok) throw new Error(`taken: ${JSON.stringify(decoded.event)}`);
  return decoded.rejection;
}

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('what is refused, and as what', () => {
  const refusals: [what: string, line: unknown, reason: Reason, field?: string][] = [
    ['a line over 1 MiB', JSON.stringify(usage({ note: 'x'.repeat(LINE_BYTES_MAX) })), 'too-large'],
    ['a line over 1 MiB in bytes only', JSON.stringify(usage({ note: 'č'.repeat(LINE_BYTES_MAX / 2) })), 'too-large'],
    ['text', 'not json', 'not-json'],
    ['half a line', '{"specversion":"1.0","id":"x",', 'not-json'],
    ['an empty line', '', 'not-json'],
    ['deep nesting', `{"a":${nested(DEPTH_MAX + 1)}}`, 'too-deep'],
    ['a number', '42', 'not-a-cloudevent'],
    ['null', 'null', 'not-a-cloudevent'],
    ['a list', '[]', 'not-a-cloudevent'],
    ['an empty object', {}, 'not-a-cloudevent', 'specversion'],
    ['another specversion', usage({}, { specversion: '0.3' }), 'not-a-cloudevent', 'specversion'],
    ['no id', without(usage(), 'id'), 'not-a-cloudevent', 'id'],
    ['an empty id', usage({}, { id: '' }), 'not-a-cloudevent', 'id'],
    ['a number as id', usage({}, { id: 1 }), 'not-a-cloudevent', 'id'],
    ['no source', without(usage(), 'source'), 'not-a-cloudevent', 'source'],
    ['no type', without(usage(), 'type'), 'not-a-cloudevent', 'type'],
    ['an unknown type', usage({}, { type: 'usage.invented' }), 'unknown-type', 'type'],
    ['a type that every object has', usage({}, { type: 'constructor' }), 'unknown-type', 'type'],
    ['no subject', without(usage(), 'subject'), 'missing-field', 'subject'],
    ['subject null', usage({}, { subject: null }), 'missing-field', 'subject'],
    ['an empty subject', usage({}, { subject: '' }), 'malformed-field', 'subject'],
    ['no time', without(usage(), 'time'), 'missing-field', 'time'],
    ['yesterday', usage({}, { time: 'yesterday' }), 'malformed-field', 'time'],
    ['a time without offset', usage({}, { time: '2026-06-10T12:00:00' }), 'malformed-field', 'time'],
    ['30 February', usage({}, { time: '2026-02-30T12:00:00Z' }), 'malformed-field', 'time'],
    ['a bad recordedtime', usage({}, { recordedtime: 1 }), 'malformed-field', 'recordedtime'],
    ['a bad sequence', usage({}, { sequence: -1 }), 'malformed-field', 'sequence'],
    [
      'a bad subjectkind',
      event('fault.cleared', { faultId: 'f' }, { subjectkind: 'x' }),
      'malformed-field',
      'subjectkind',
    ],
    ['no data', without(usage(), 'data'), 'missing-field', 'data'],
    ['data as text', usage({}, { data: '{}' }), 'malformed-field', 'data'],
    ['data as a list', usage({}, { data: [] }), 'malformed-field', 'data'],
    ['a phone number', usage({}, { subject: '+381641234567' }), 'subject-looks-like-a-number', 'subject'],
    ['a number with spaces', usage({}, { subject: '+381 64 123-45-67' }), 'subject-looks-like-a-number', 'subject'],
    ['an IMSI', usage({}, { subject: '220051234567890' }), 'subject-looks-like-a-number', 'subject'],
    ['no kind of usage', usage({ kind: undefined }), 'missing-field', 'data.kind'],
    ['another kind of usage', usage({ kind: 'telex' }), 'malformed-field', 'data.kind'],
    ['no operator', service({ operator: undefined }), 'missing-field', 'data.operator'],
    ['no fault', event('fault.opened', {}), 'missing-field', 'data.faultId'],
    [
      'another responsibility',
      event('fault.opened', { faultId: 'f', responsibility: 'mine' }),
      'malformed-field',
      'data.responsibility',
    ],
    ['a report of nothing', event('fault.reported', {}), 'missing-field', 'data.reportId'],
    ['no record to cancel', event('usage.cancelled', {}), 'missing-field', 'data.recordId'],
    ['a KPI without value', event('kpi.sampled', { kpi: 'RSRP' }), 'missing-field', 'data.value'],
    ['a KPI as text', event('kpi.sampled', { kpi: 'RSRP', value: '1' }), 'malformed-field', 'data.value'],
    [
      'negative availability',
      event('kpi.sampled', { kpi: 'availability', value: -0.1 }),
      'negative-amount',
      'data.value',
    ],
    [
      'availability in per cent',
      event('kpi.sampled', { kpi: 'availability', value: 99 }),
      'malformed-field',
      'data.value',
    ],
    ['no equipment', event('equipment.reported', {}), 'missing-field', 'data.equipmentId'],
    ['no porting', event('porting.accepted', {}), 'missing-field', 'data.portingId'],
    [
      'works that end before they begin',
      event('works.announced', { worksId: 'w', from: TIME, to: TIME }),
      'malformed-field',
      'data.to',
    ],
    ['a notice without name', event('notice.progressed', { state: 'read' }), 'missing-field', 'data.noticeId'],
    [
      'an excuse without end',
      event('porting.completed', { portingId: 'p', excused: [{ from: TIME }] }),
      'missing-field',
      'data.excused.0.to',
    ],
    ['negative seconds', usage({ seconds: -5 }), 'negative-amount', 'data.seconds'],
    ['negative bytes', usage({ kind: 'data', bytes: -1 }), 'negative-amount', 'data.bytes'],
    ['negative messages', usage({ kind: 'sms', messages: -1 }), 'negative-amount', 'data.messages'],
    ['half a second', usage({ seconds: 0.5 }), 'malformed-field', 'data.seconds'],
    ['seconds as text', usage({ seconds: '60' }), 'malformed-field', 'data.seconds'],
    ['more bytes than a double counts', usage({ bytes: 2 ** 53 }), 'malformed-field', 'data.bytes'],
    ['a tenth of a para', usage({ charge: rsd('12.345') }), 'money-decimals', 'data.charge.amount'],
    [
      'an amount as number',
      usage({ charge: { amount: 12, currency: 'RSD' } }),
      'malformed-field',
      'data.charge.amount',
    ],
    ['an amount in words', usage({ charge: rsd('12,50') }), 'malformed-field', 'data.charge.amount'],
    ['no amount', usage({ charge: { currency: 'RSD' } }), 'missing-field', 'data.charge.amount'],
    ['no currency', usage({ charge: { amount: '1.00' } }), 'missing-field', 'data.charge.currency'],
    [
      'an invented currency',
      usage({ charge: { amount: '1.00', currency: 'ABC' } }),
      'malformed-field',
      'data.charge.currency',
    ],
    ['money as text', usage({ charge: '12.50 RSD' }), 'malformed-field', 'data.charge'],
    ['billing day 29', service({ billingDay: 29 }), 'malformed-field', 'data.billingDay'],
    ['billing day "first"', service({ billingDay: 'first' }), 'malformed-field', 'data.billingDay'],
    ['a fee of half a para', service({ monthlyFee: rsd('0.005') }), 'money-decimals', 'data.monthlyFee.amount'],
    ['a bad date in the record', service({ activeFrom: '2026-06-10' }), 'malformed-field', 'data.activeFrom'],
    ['a phone number as number', service({ contact: { msisdn: 381 } }), 'malformed-field', 'data.contact.msisdn'],
    [
      'a limit below zero',
      service({ limits: { daily: { dataBytes: -1 } } }),
      'negative-amount',
      'data.limits.daily.dataBytes',
    ],
    ['an unknown operator', service({ operator: 'nobody' }), 'unknown-operator', 'data.operator'],
    [
      'an element of an unknown operator',
      event('element.upserted', { operator: 'nobody', kind: 'cell' }),
      'unknown-operator',
      'data.operator',
    ],
    [
      'a fee in another currency',
      service({ monthlyFee: { amount: '1.00', currency: 'EUR' } }),
      'wrong-currency',
      'data.monthlyFee.currency',
    ],
    [
      'a limit in another currency',
      service({ operator: 'mtel-at', limits: { weekly: { charge: rsd('1.00') } } }),
      'wrong-currency',
      'data.limits.weekly.charge.currency',
    ],
    [
      'a time 5 minutes and a second ahead',
      usage({}, { recordedtime: '2026-06-10T11:54:59+02:00' }),
      'time-ahead',
      'time',
    ],
    [
      'usage of 130 days and a second before',
      usage({}, { recordedtime: '2026-10-18T12:00:01+02:00' }),
      'beyond-memory',
      'time',
    ],
    [
      'a cancellation of 130 days and a second before',
      event('usage.cancelled', { recordId: 'r' }, { recordedtime: '2026-10-18T12:00:01+02:00' }),
      'beyond-memory',
      'time',
    ],
    [
      'presence of 130 days and a second before',
      event('presence.observed', { country: 'RS' }, { recordedtime: '2026-10-18T12:00:01+02:00' }),
      'beyond-memory',
      'time',
    ],
  ];

  it.each(refusals)('%s', (_, line, reason, field) => {
    const text = typeof line === 'string' ? line : JSON.stringify(line);
    const rejection = bad(decodeLine(text, 7, given));
    expect(rejection).toMatchObject({ reason, line: 7 });
    expect(rejection.field).toBe(field);
    expect(rejection.message).not.toBe('');
    // Kept whole.
    expect(rejection.event).toEqual(typeof line === 'string' ? line : JSON.parse(text));
  });

  it('every reason but id-reused, which needs a memory, stands in this table', () => {
    const seen = new Set(refusals.map(([, , reason]) => reason));
    expect(REASONS.filter((reason) => !seen.has(reason))).toEqual(['id-reused']);
  });

  it('the first check that fails gives the reason', () => {
    const many = usage({ seconds: -5 }, { time: 'yesterday', subject: '+381641234567', specversion: '2' });
    expect(bad(decodeObject(many, given)).reason).toBe('not-a-cloudevent');
    expect(bad(decodeObject({ ...many, specversion: '1.0' }, given)).reason).toBe('malformed-field');
    expect(bad(decodeObject({ ...many, specversion: '1.0', time: TIME }, given)).reason).toBe(
      'subject-looks-like-a-number',
    );
  });

  it('an object that nests too deep is refused without a line', () => {
    const rejection = bad(decodeObject(JSON.parse(`{"a":${nested(DEPTH_MAX)}}`), given));
    expect(rejection.reason).toBe('too-deep');
    expect('line' in rejection).toBe(false);
    expect(bad(decodeObject(JSON.parse(nested(100_000)), given)).event).toBe('nested too deep to be written down');
  });
});

describe('what is taken', () => {
  it.each([
    ['a negative charge, which is a correction', usage({ charge: rsd('-12.50') })],
    ['no fee', service({ monthlyFee: null })],
    ['billing day "last"', service({ billingDay: 'last' })],
    ['billing day 28', service({ billingDay: 28 })],
    ['fields that nobody knows', usage({ cell: 'c1' }, { traceparent: '00-1' })],
    ['a KPI below zero', event('kpi.sampled', { kpi: 'RSRP', value: -110 })],
    ['availability 1', event('kpi.sampled', { kpi: 'availability', value: 1 })],
    ['a time 5 minutes ahead', usage({}, { recordedtime: '2026-06-10T11:55:00+02:00' })],
    ['a record that lies ahead', service({}, { recordedtime: '2026-06-01T00:00:00+02:00' })],
    [
      'works that lie ahead',
      event(
        'works.announced',
        { worksId: 'w', from: TIME, to: '2026-06-11T00:00:00Z' },
        { recordedtime: '2026-06-01T00:00:00+02:00' },
      ),
    ],
    ['usage of 130 days before', usage({}, { recordedtime: '2026-10-18T12:00:00+02:00' })],
    [
      'a fault of a year before',
      event('fault.opened', { faultId: 'f' }, { recordedtime: '2027-10-18T12:00:00+02:00' }),
    ],
    ['another currency where the service is not known', usage({ charge: { amount: '1.00', currency: 'EUR' } })],
    ['a report without fault', event('fault.reported', { reportId: 'r' })],
    ['a short number as an id', usage({}, { subject: '12345678' })],
    ['attributes that are null', usage({}, { recordedtime: null, sequence: null, subjectkind: null })],
    ['a line just under the depth', usage({ deep: JSON.parse(nested(DEPTH_MAX - 2)) })],
  ])('%s', (_, wire) => {
    expect(good(wire).event.id).toBe('u1');
  });

  it('a number as sequence becomes text', () => {
    expect(good(usage({}, { sequence: 17 })).event.sequence).toBe('17');
    expect(good(usage({}, { sequence: '0017' })).event.sequence).toBe('0017');
  });

  it('subjectkind counts only where a type allows both', () => {
    expect(good(usage({}, { subjectkind: 'element' })).event.subjectkind).toBeUndefined();
    const fault = event('fault.opened', { faultId: 'f' }, { subjectkind: 'element' });
    expect(good(fault).event.subjectkind).toBe('element');
  });

  it('money in another currency is found where the service is known', () => {
    const { type, data } = good(usage({ charge: { amount: '1.00', currency: 'EUR' } })).event;
    expect(foreignMoney(type, data, 'RSD')?.field).toBe('data.charge.currency');
    expect(foreignMoney(type, data, 'EUR')).toBeUndefined();
    expect(foreignMoney('presence.observed', {}, 'EUR')).toBeUndefined();
  });
});

describe('the contact', () => {
  const contact = { msisdn: '+381641234567', email: 'a@example.rs', language: 'sr-Latn' };

  it('of a service record is split off', () => {
    const decoded = good(service({ contact, notifyBy: ['sms'] }));
    expect(decoded.contact).toEqual(contact);
    expect(decoded.event.data).toEqual({ operator: 'a1-rs', kind: 'mobile', notifyBy: ['sms'] });
    expect(decoded.wire).toEqual(service({ notifyBy: ['sms'] }));
  });

  it('of its own event is split off too, whole', () => {
    const own = { ...contact, registeredAt: TIME };
    const decoded = good(event('contact.upserted', own));
    expect(decoded.contact).toEqual(own);
    expect(decoded.event.data).toEqual({});
    expect(decoded.wire).toEqual(event('contact.upserted', {}));
  });

  it('absent: nothing beside the event', () => {
    expect('contact' in good(service())).toBe(false);
  });
});

describe('the fingerprint', () => {
  const wire = usage({ charge: rsd('1.00') });

  it('names (source, id), and what the event says whatever the order of its keys', () => {
    const turned = Object.fromEntries(Object.entries(wire).reverse());
    expect(fingerprint(turned)).toEqual(fingerprint(wire));
    expect(fingerprint(wire).id).toMatch(/^[0-9a-f]{24}$/);
    expect(fingerprint(wire).content).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is not fooled by where source ends and id begins', () => {
    expect(fingerprint({ ...wire, source: 'a', id: 'b,c' }).id).not.toBe(
      fingerprint({ ...wire, source: 'a,b', id: 'c' }).id,
    );
  });

  it.each([
    ['type', { type: 'usage.cancelled' }],
    ['subject', { subject: 's2' }],
    ['time, compared as it is written', { time: '2026-06-10T10:00:00Z' }],
    ['data', { data: { ...(wire['data'] as object), seconds: 61 } }],
  ])('another %s is another content of the same id', (_, change) => {
    expect(fingerprint({ ...wire, ...change }).content).not.toBe(fingerprint(wire).content);
    expect(fingerprint({ ...wire, ...change }).id).toBe(fingerprint(wire).id);
  });

  it('recordedtime and sequence are no content', () => {
    expect(fingerprint({ ...wire, recordedtime: TIME, sequence: '1' })).toEqual(fingerprint(wire));
  });
});

describe('the decision on a refused event', () => {
  const negative = usage({ seconds: -5 });

  it('keeps the event, names the field and has the subject', () => {
    const decision = rejected(bad(decodeLine(JSON.stringify(negative), 3, given)), Date.parse('2026-07-01T00:00:00Z'));
    expect(encodeDecision(decision, 'Europe/Belgrade')).toEqual({
      specversion: '1.0',
      id: decision.id,
      source: 'dozor',
      type: 'event.rejected',
      subject: 's1',
      time: '2026-07-01T02:00:00+02:00',
      data: {
        reason: 'negative-amount',
        message: 'data.seconds is negative',
        field: 'data.seconds',
        line: 3,
        event: negative,
      },
    });
  });

  it('of a bad line with a subject has the same id wherever it stands', () => {
    const id = (line: number) => rejected(bad(decodeLine(JSON.stringify(negative), line, given))).id;
    expect(id(1)).toBe(id(2));
  });

  it('of a line without one has an id of number and text, and no subject', () => {
    const made = (line: number, text = 'not json') => rejected(bad(decodeLine(text, line, given)));
    expect(made(1).subject).toBeUndefined();
    expect('subject' in made(1)).toBe(false);
    expect(made(1).id).toBe(made(1).id);
    expect(made(1).id).not.toBe(made(2).id);
    expect(made(1).id).not.toBe(made(1, 'nor this').id);
  });

  it('a phone number becomes nobody’s key', () => {
    const decision = rejected(bad(decodeObject(usage({}, { subject: '+381641234567' }), given)));
    expect(decision.subject).toBeUndefined();
  });

  it('before the clock has begun the time is that of the event, or the beginning of all', () => {
    expect(rejected(bad(decodeObject(negative, given)), Number.NEGATIVE_INFINITY).time).toBe(Date.parse(TIME));
    const late = { ...negative, recordedtime: '2026-06-11T00:00:00Z' };
    expect(rejected(bad(decodeObject(late, given))).time).toBe(Date.parse('2026-06-11T00:00:00Z'));
    expect(rejected(bad(decodeLine('x', 1, given))).time).toBe(0);
  });
});

describe('whatever comes', () => {
  /** A refusal that cannot be told would be as bad as a throw. */
  const tell = (decoded: Decoded) => {
    if (!decoded.ok) JSON.stringify(encodeDecision(rejected(decoded.rejection), 'UTC'));
  };

  it('text never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => tell(decodeLine(text, 1, given))));
  });

  it('JSON never throws, and is the same by line and by object', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        tell(decodeLine(text, 1, given));
        tell(decodeObject(JSON.parse(text), given));
      }),
    );
  });

  it('a good event with one value replaced never throws, and never lets a number through', () => {
    const samples = [
      usage({ charge: rsd('1.00'), destination: { country: 'RS' } }),
      service({
        contact: { msisdn: '+381641234567' },
        limits: { daily: { charge: rsd('1.00') } },
        monthlyFee: rsd('1.00'),
        billingDay: 5,
        servedBy: ['c'],
      }),
      event('history.imported', { cycles: [{ from: TIME, to: '2026-06-11T00:00:00Z', charges: rsd('1.00') }] }),
      event('kpi.sampled', { kpi: 'availability', value: 1 }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.jsonValue(), (wire, place, value) => {
        const paths = pathsOf(wire);
        const changed = replaced(wire, paths[place % paths.length]!, value);
        const decoded = decodeLine(JSON.stringify(changed), 1, given);
        tell(decoded);
        const text = JSON.stringify(changed);
        const whole = text.startsWith('{') ? JSON.parse(text) : text;
        if (!decoded.ok) expect(decoded.rejection.event).toEqual(whole);
        else expect(JSON.stringify([decoded.event, decoded.wire])).not.toContain('+381641234567');
      }),
      { numRuns: 2_000 },
    );
  });
});

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner).map((path) => [key, ...path]))];
}

function replaced(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const CASES = new URL('../../../../shared/cases/', import.meta.url);

describe('the worked cases', () => {
  it.skipIf(!existsSync(CASES))('every event in them is taken, but for those meant to be bad', () => {
    const meantToBeBad = new Set(['negative', 'notime', 'subpara']);
    let taken = 0;
    for (const file of readdirSync(CASES).filter((name) => name.endsWith('.json'))) {
      const { events, lines = [] } = JSON.parse(readFileSync(new URL(file, CASES), 'utf8')) as {
        events: { id: string }[];
        lines?: string[];
      };
      for (const wire of events) {
        const decoded = decodeLine(JSON.stringify(wire), 1, given);
        expect(decoded.ok, `${file} ${JSON.stringify(decoded)}`).toBe(!meantToBeBad.has(wire.id));
        if (decoded.ok) taken += 1;
      }
      for (const line of lines) expect(decodeLine(line, 1, given).ok).toBe(false);
    }
    expect(taken).toBeGreaterThan(100);
  });
});
