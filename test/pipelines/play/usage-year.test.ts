import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { cycleOf } from '../../../pipelines/domain/calendar.js';
import { readTariff } from '../../../pipelines/domain/rating/tariff.js';
import { DAY, HOUR, parseInstant } from '../../../pipelines/domain/units.js';
import { isPlantedBad, type WireEvent } from '../../../pipelines/play/generator.js';
import { FAULTY } from '../../../pipelines/play/usage/faults.js';
import { COUNTRIES } from '../../../pipelines/play/usage/places.js';
import { type UsageMeter, type UsageYearOptions, usageYear } from '../../../pipelines/play/usage-year.js';
import { decodeLine, decodeObject, MEMORY } from '../../../pipelines/runtime/decode.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { Replay } from '../../../pipelines/runtime/replay.js';

const from = parseInstant('2026-03-01T00:00:00+01:00')!;
const SPRING: UsageYearOptions = { seed: 7, services: 900, from, days: 75, recordsPerServiceDay: 3, faulty: 0.004 };
const SHORT: UsageYearOptions = { seed: 7, services: 300, from, days: 6, faulty: 0.02 };
const given = {
  operators: new Map([
    ['a1-rs', { currency: 'RSD' }],
    ['mtel-at', { currency: 'EUR' }],
  ]),
};

let told: readonly WireEvent[] = [];
let sound: readonly WireEvent[] = [];
let usage: readonly WireEvent[] = [];
const meter: UsageMeter = { events: 0, held: 0, heldMax: 0 };
beforeAll(() => {
  told = [...usageYear({ ...SPRING, meter })];
  sound = told.filter((event) => !isPlantedBad(event));
  usage = once(of('usage.recorded'));
});

const at = (text: string) => parseInstant(text)!;
const delayOf = (event: WireEvent) => at(event.recordedtime) - at(event.time);
const of = (type: string) => sound.filter((event) => event.type === type);
const keyOf = ({ source, id }: WireEvent) => `${source} ${id}`;
const feedOf = (feed: string) => usage.filter(({ data }) => data['feed'] === feed);
const share = (part: readonly unknown[], whole: readonly unknown[]) => part.length / whole.length;

/** Without the copies. */
function once(events: readonly WireEvent[]): readonly WireEvent[] {
  const first = new Map<string, WireEvent>();
  for (const event of events) if (!first.has(keyOf(event))) first.set(keyOf(event), event);
  return [...first.values()];
}

function digest(events: Iterable<WireEvent>): string {
  const hash = createHash('sha256');
  for (const event of events) hash.update(`${JSON.stringify(event)}\n`);
  return hash.digest('hex');
}

describe('the same options', () => {
  it('give the same bytes', () => {
    const long = { ...SPRING, services: 100 };
    expect(digest(usageYear(long))).toBe(digest(usageYear({ ...long })));
  });

  it('with another seed give others', () => {
    expect(digest(usageYear({ ...SHORT, seed: 8 }))).not.toBe(digest(usageYear(SHORT)));
    expect(digest(usageYear({ ...SHORT, seed: 7 + 2 ** 32 }))).not.toBe(digest(usageYear(SHORT)));
  });

  it('with fewer days give the beginning of the same story', () => {
    const longer = [...usageYear(SHORT)];
    const shorter = [...usageYear({ ...SHORT, days: 2 })];
    expect(longer.slice(0, shorter.length)).toEqual(shorter);
    expect(at(longer[shorter.length]!.recordedtime)).toBeGreaterThanOrEqual(from + 2 * DAY);
  });

  it('cut by services give the same events of each', () => {
    const whole = [...usageYear(SHORT)].map((event) => JSON.stringify(event));
    const parts = [
      ...usageYear({ ...SHORT, services: 100 }),
      ...usageYear({ ...SHORT, services: 200, firstService: 100 }),
    ];
    // Each part brings the tariffs.
    expect(new Set(parts.map((event) => JSON.stringify(event)))).toEqual(new Set(whole));
  });

  it('and one operator give that operator alone', () => {
    const events = [...usageYear({ ...SHORT, faulty: 0, operators: ['mtel-at'] })];
    expect(events.every(({ source }) => source.startsWith('made-up/mtel-at/'))).toBe(true);
    expect(events.some(({ type }) => type === 'usage.recorded')).toBe(true);
  });

  it('must make sense', () => {
    const wrong: Partial<UsageYearOptions>[] = [
      { services: -1 },
      { days: 1.5 },
      { from: from + 1 },
      { seed: Number.NaN },
      { recordsPerServiceDay: -1 },
      { faulty: 2 },
      { operators: [] },
      { firstService: 2 ** 31 },
    ];
    for (const options of wrong) {
      const name = Object.keys(options)[0]!;
      expect(() => [...usageYear({ ...SHORT, ...options })], name).toThrow(/makes no sense/);
    }
    expect([...usageYear({ ...SHORT, days: 0 })]).toEqual([]);
    expect(new Set([...usageYear({ ...SHORT, services: 0 })].map(({ type }) => type))).toEqual(
      new Set(['tariff.upserted']),
    );
    const quiet = [...usageYear({ ...SHORT, recordsPerServiceDay: 0 })];
    expect(quiet.filter(({ type }) => type.startsWith('usage.'))).toEqual([]);
  });
});

describe('every event', () => {
  it('comes in the order in which it became known, within the days asked for', () => {
    let last = from;
    let backwards = 0;
    for (const { recordedtime } of told) {
      if (at(recordedtime) < last) backwards += 1;
      last = at(recordedtime);
    }
    expect(backwards).toBe(0);
    expect(last).toBeLessThan(from + SPRING.days * DAY);
    expect(last).toBeGreaterThan(from + SPRING.days * DAY - HOUR);
    expect(meter.events).toBe(told.length);
  });

  it('says that it is made up, in the event and in its source, and names nobody', () => {
    expect(told.filter(({ madeup, source }) => madeup !== true || !source.startsWith('made-up/'))).toEqual([]);
    expect(sound.filter(({ subject }) => !subject.startsWith('made-up-'))).toEqual([]);
    expect(JSON.stringify(of('service.upserted'))).not.toMatch(/msisdn|email":|contact|\+\d{6}/);
  });

  it('decodes, but for those that are bad on purpose, which are refused for their class', () => {
    // A wrong currency shows only where the service is known: it is tried below.
    const wrong = told.filter((event, i) => {
      const decoded = decodeLine(JSON.stringify(event), i + 1, given);
      const reason = decoded.ok ? undefined : decoded.rejection.reason;
      return reason !== (event.planted === 'wrong-currency' ? undefined : event.planted);
    });
    expect(wrong).toEqual([]);
  });

  it('with one source and id says one thing, and all but copies have an id of their own', () => {
    const known = new Map<string, string>();
    const changed: WireEvent[] = [];
    let copies = 0;
    for (const event of told) {
      const { type, subject, time, data } = event;
      const content = JSON.stringify({ type, subject, time, data });
      const first = known.get(keyOf(event));
      if (first !== undefined) copies += 1;
      if (first !== undefined && first !== content) changed.push(event);
      known.set(keyOf(event), content);
    }
    expect(changed).toEqual([]);
    expect(copies / usage.length).toBeGreaterThan(0.006);
    expect(copies / usage.length).toBeLessThan(0.014);
  });
});

describe('bad records', () => {
  it('are of every class, at the share asked for, and their source says which', () => {
    const bad = told.filter(isPlantedBad);
    const classes = new Set(bad.map(({ source }) => source));
    expect(classes).toEqual(new Set(FAULTY.map(({ name }) => `made-up/faulty/${name}`)));
    for (const { source, planted } of bad) {
      expect(planted).toBe(FAULTY.find(({ name }) => source.endsWith(`/${name}`))!.reason);
    }
    const happenings = SPRING.services * SPRING.days * SPRING.recordsPerServiceDay!;
    expect(bad.length / happenings).toBeGreaterThan(0.003);
    expect(bad.length / happenings).toBeLessThan(0.005);
    expect([...usageYear({ ...SHORT, faulty: 0 })].some(isPlantedBad)).toBe(false);
  });

  it('are exactly what a replay refuses, the wrong currency among them', () => {
    const refused: string[] = [];
    const events = [...usageYear({ ...SHORT, services: 150, faulty: 0.05 })];
    const replay = new Replay({
      packs: loadPacks([OWN_PACKS]),
      decided: () => {},
      rejected: ({ event, reason }) => refused.push(`${(event as WireEvent).source} ${reason}`),
    });
    for (const [i, event] of events.entries()) replay.line(JSON.stringify(event), i + 1);
    const planted = events.filter(isPlantedBad).map(({ source, planted: reason }) => `${source} ${reason}`);
    expect(planted).toContain('made-up/faulty/wrong-currency wrong-currency');
    expect(refused.sort()).toEqual(planted.sort());
  });
});

describe('tariffs and services', () => {
  it('have price lists that the rating can read, with bundles and bands', () => {
    const tariffs = of('tariff.upserted');
    expect(tariffs).toHaveLength(6);
    for (const { data } of tariffs) expect(readTariff(data), JSON.stringify(data)).toMatchObject({ ok: true });
    expect(tariffs.some(({ data }) => (data['bundles'] as unknown[]).length > 0)).toBe(true);
    expect(JSON.stringify(tariffs)).toContain('weekdays');
  });

  it('vary: limits, spend bars, credit limits, billing days, customers with two numbers, changes, ends', () => {
    const records = of('service.upserted');
    const first = records.filter(({ id }) => id.endsWith('-0'));
    expect(new Set(records.map(({ data }) => data['billingDay'])).size).toBe(7);
    const having = (field: string) =>
      share(
        first.filter(({ data }) => data[field] !== undefined),
        first,
      );
    expect(having('limits')).toBeGreaterThan(0.25);
    expect(having('spendBar')).toBeGreaterThan(0.07);
    expect(having('creditLimit')).toBeGreaterThan(0.05);
    expect(new Set(first.map(({ data }) => data['customerId'])).size).toBeLessThan(first.length * 0.8);
    expect(records.length - first.length).toBeGreaterThan(10);
    expect(of('service.ended').length).toBeGreaterThan(0);
    // Some begin within the story, and nothing is told of them before.
    const joined = first.filter(({ time }) => at(time) > from);
    expect(joined.length).toBeGreaterThan(2);
    const begun = new Map(first.map(({ subject, time }) => [subject, at(time)]));
    expect(usage.filter(({ subject, time }) => at(time) < begun.get(subject)!)).toEqual([]);
  });

  it('have tariffs that exist', () => {
    const ids = new Set(of('tariff.upserted').map(({ subject }) => subject));
    for (const { data } of of('service.upserted')) expect(ids).toContain(data['tariffId']);
  });

  it('bring what was before, of whole cycles', () => {
    const histories = of('history.imported');
    expect(histories.length).toBeGreaterThan(100);
    expect(histories.some(({ data }) => ((data['days'] as unknown[]) ?? []).length > 100)).toBe(true);
    for (const { data } of histories) {
      const cycles = data['cycles'] as { from: string; to: string }[];
      for (const [i, { to }] of cycles.entries()) {
        expect(at(to)).toBeLessThanOrEqual(from);
        if (i > 0) expect(cycles[i - 1]!.to).toBe(cycles[i]!.from);
      }
    }
  });
});

describe('usage at home', () => {
  const local = (event: WireEvent) => Number(event.time.slice(11, 13));

  it('is of all kinds, and part of it has no charge', () => {
    const kinds = new Map<unknown, number>();
    for (const { data } of usage) kinds.set(data['kind'], (kinds.get(data['kind']) ?? 0) + 1);
    const part = (kind: string) => (kinds.get(kind) ?? 0) / usage.length;
    expect(part('data')).toBeGreaterThan(0.4);
    expect(part('voice')).toBeGreaterThan(0.25);
    expect(part('sms')).toBeGreaterThan(0.1);
    expect(part('mms')).toBeGreaterThan(0.005);
    expect(part('premium')).toBeGreaterThan(0.003);
    const charged = share(
      usage.filter(({ data }) => data['charge'] !== undefined),
      usage,
    );
    expect(charged).toBeGreaterThan(0.15);
    expect(charged).toBeLessThan(0.4);
    expect(usage.filter(({ data }) => data['kind'] === 'premium' && data['charge'] === undefined)).toEqual([]);
  });

  it('has the shape of a day and of a week', () => {
    const hour = (of: number) => usage.filter((event) => local(event) === of).length;
    expect(hour(19)).toBeGreaterThan(6 * hour(4));
    const weekend = usage.filter((event) => {
      const day = new Date(event.time.slice(0, 10)).getUTCDay();
      return day === 0 || day === 6;
    });
    // Two days of seven would be 0.286.
    expect(share(weekend, usage)).toBeGreaterThan(0.22);
    expect(share(weekend, usage)).toBeLessThan(0.275);
    const perDay = usage.length / SPRING.services / SPRING.days;
    expect(perDay).toBeGreaterThan(2.7);
    expect(perDay).toBeLessThan(4.2);
  });

  it('has volumes with long tails', () => {
    const bytes = feedOf('cdr')
      .filter(({ data }) => data['kind'] === 'data')
      .map(({ data }) => data['bytes'] as number)
      .sort((a, b) => a - b);
    expect(bytes[bytes.length >> 1]! / 2 ** 20).toBeGreaterThan(5);
    expect(bytes[bytes.length >> 1]! / 2 ** 20).toBeLessThan(9);
    expect(bytes.at(-1)! / bytes[bytes.length >> 1]!).toBeGreaterThan(100);
  });

  it('has idle services, and sessions in parts that follow each other', () => {
    const active = new Set(usage.map(({ subject }) => subject));
    expect(active.size).toBeLessThan(of('service.upserted').length);
    const sessions = new Map<unknown, WireEvent[]>();
    for (const event of feedOf('radius')) {
      const { sessionId } = event.data;
      sessions.set(sessionId, [...(sessions.get(sessionId) ?? []), event]);
    }
    const whole = [...sessions.values()].filter((parts) => at(parts[0]!.time) < from + 30 * DAY);
    expect(whole.length).toBeGreaterThan(100);
    for (const parts of whole) {
      const numbers = parts.map(({ data }) => data['part'] as number).sort((a, b) => a - b);
      // One may be found after the story's end.
      if (numbers.length < numbers.at(-1)!) continue;
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
    expect(
      whole.some((parts) =>
        parts.some(({ data }, i) => i > 0 && (data['part'] as number) < (parts[i - 1]!.data['part'] as number)),
      ),
    ).toBe(true);
  });

  it('is known after minutes, for a few after weeks, and never beyond memory', () => {
    const delays = feedOf('cdr')
      .map(delayOf)
      .sort((a, b) => a - b);
    expect(delays[0]).toBeGreaterThanOrEqual(0);
    expect(delays[delays.length >> 1]).toBeLessThan(20 * 60_000);
    expect(delays.at(-1)).toBeGreaterThan(20 * DAY);
    expect(delays.at(-1)).toBeLessThan(MEMORY);
    const late = share(
      delays.filter((delay) => delay > 5 * HOUR),
      delays,
    );
    expect(late).toBeGreaterThan(0.001);
    expect(late).toBeLessThan(0.006);
  });
});

describe('roaming', () => {
  const sessionOf = ({ data }: WireEvent) => data['sessionId'] as string;

  it('goes to the neighbours, for days to months, and a few live there', () => {
    const tap = feedOf('tap');
    const countries = new Set(tap.map(({ data }) => data['country']));
    expect(countries).toEqual(new Set(COUNTRIES.flatMap((one) => (one ? [one.code] : []))));
    const abroad = share(tap, usage);
    expect(abroad).toBeGreaterThan(0.01);
    expect(abroad).toBeLessThan(0.15);
    // Days on which a SIM was seen abroad, by service.
    const days = new Map<string, Set<string>>();
    for (const { subject, data, time } of of('presence.observed')) {
      if (data['country'] === 'RS' || data['country'] === 'AT') continue;
      days.set(subject, (days.get(subject) ?? new Set()).add(time.slice(0, 10)));
    }
    const lengths = [...days.values()].map(({ size }) => size).sort((a, b) => a - b);
    expect(lengths[lengths.length >> 1]).toBeLessThan(20);
    expect(lengths.at(-1)).toBeGreaterThan(55);
    expect(lengths.filter((length) => length > 50).length / SPRING.services).toBeLessThan(0.03);
  });

  it('has networks of the country that serves', () => {
    for (const { data } of [...feedOf('tap'), ...feedOf('nrtrde')]) {
      const networks = COUNTRIES.find((one) => one?.code === data['country'])!.partners.map(({ network }) => network);
      expect(networks).toContain(data['visitedNetwork']);
    }
  });

  it('is known by NRTRDE within four hours, and by TAP after hours to four weeks', () => {
    const nrtrde = feedOf('nrtrde').map(delayOf);
    expect(Math.max(...nrtrde)).toBeLessThanOrEqual(4 * HOUR);
    const tap = feedOf('tap')
      .map(delayOf)
      .sort((a, b) => a - b);
    expect(tap[tap.length >> 1]).toBeGreaterThan(6 * HOUR);
    expect(tap[tap.length >> 1]).toBeLessThan(5 * DAY);
    expect(tap.at(-1)).toBeGreaterThan(20 * DAY);
    expect(tap.at(-1)).toBeLessThanOrEqual(28 * DAY);
    expect(tap[0]).toBeGreaterThanOrEqual(HOUR);
  });

  it('tells a session by both, in either order, or by TAP alone', () => {
    const early = (event: WireEvent) => at(event.time) < from + 40 * DAY;
    const tap = new Map(
      feedOf('tap')
        .filter((event) => early(event) && !event.id.endsWith('.c'))
        .map((event) => [sessionOf(event), event]),
    );
    const nrtrde = feedOf('nrtrde').filter(early);
    const both = nrtrde.filter((event) => tap.has(sessionOf(event)));
    expect(share(both, nrtrde)).toBe(1);
    expect(new Set(nrtrde.map(sessionOf)).size / tap.size).toBeGreaterThan(0.8);
    expect(new Set(nrtrde.map(sessionOf)).size / tap.size).toBeLessThan(0.9);
    expect(nrtrde.some(({ data }) => data['part'] === 2)).toBe(true);
    for (const event of both) {
      const final = tap.get(sessionOf(event))!;
      expect(final.data['kind']).toBe(event.data['kind']);
      expect(final.subject).toBe(event.subject);
      if (event.data['part'] === undefined) expect(final.time).toBe(event.time);
    }
    expect(both.some((event) => at(tap.get(sessionOf(event))!.recordedtime) < at(event.recordedtime))).toBe(true);
  });

  it('agrees with where the SIM was seen', () => {
    const seen = new Map<string, unknown[]>();
    const key = ({ subject, time }: WireEvent) => `${subject} ${time.slice(0, 10)}`;
    for (const event of of('presence.observed'))
      seen.set(key(event), [...(seen.get(key(event)) ?? []), event.data['country']]);
    // On a day without a border crossed there is one country.
    let compared = 0;
    for (const event of feedOf('tap')) {
      const countries = seen.get(key(event));
      if (countries?.length !== 1) continue;
      compared += 1;
      expect(event.data['country']).toBe(countries[0]);
    }
    expect(compared).toBeGreaterThan(1_000);
  });

  it('brings what became of warnings, by their template', () => {
    const states = new Set(of('notice.progressed').map(({ data }) => `${data['template']} ${data['state']}`));
    expect(states).toEqual(new Set(['delivered', 'read', 'failed'].map((state) => `roaming-warning ${state}`)));
  });
});

describe('corrections', () => {
  it('withdraw records of the same source, some before they are known, and most are told anew', () => {
    const records = new Map(usage.map((event) => [keyOf(event), event]));
    const cancelled = once(of('usage.cancelled'));
    expect(cancelled.length / usage.length).toBeGreaterThan(0.003);
    expect(cancelled.length / usage.length).toBeLessThan(0.009);
    let early = 0;
    let anew = 0;
    for (const event of cancelled) {
      const record = records.get(`${event.source} ${event.data['recordId']}`);
      // What was withdrawn early may itself become known after the end.
      if (!record) continue;
      expect(record.subject).toBe(event.subject);
      if (at(event.recordedtime) < at(record.recordedtime)) early += 1;
      const corrected = records.get(`${event.source} ${event.data['recordId']}.c`);
      if (!corrected) continue;
      anew += 1;
      expect(corrected.time).toBe(record.time);
      expect(corrected.data['kind']).toBe(record.data['kind']);
      const amount = (one: WireEvent) => Number(one.data['bytes'] ?? one.data['seconds'] ?? 0);
      expect(amount(corrected)).toBeLessThanOrEqual(amount(record));
    }
    expect(early / cancelled.length).toBeGreaterThan(0.05);
    expect(early / cancelled.length).toBeLessThan(0.25);
    expect(anew / cancelled.length).toBeGreaterThan(0.5);
  });
});

describe('bills and bars', () => {
  it('issues a bill at the end of each cycle to MTEL, and most are paid', () => {
    const issued = of('bill.issued');
    const days = new Map(
      of('service.upserted').map(({ subject, data }) => [subject, data['billingDay'] as number | 'last']),
    );
    for (const { subject, time, data, source } of issued) {
      expect(source).toBe('made-up/mtel-at/billing');
      const span = cycleOf(at(time) - DAY, [{ from: 0, day: days.get(subject)! }], 'Europe/Vienna');
      const cycle = data['cycle'] as { from: string; to: string };
      expect([at(cycle.from), at(cycle.to)]).toEqual([span.from, span.to]);
      expect(at(time) - span.to).toBeGreaterThan(0);
      expect(at(time) - span.to).toBeLessThan(DAY);
    }
    const lines = of('service.upserted').filter(
      ({ data, id }) => data['operator'] === 'mtel-at' && data['payment'] === 'postpaid' && id.endsWith('-0'),
    );
    // 75 days hold two cuts or three of each billing day.
    expect(issued.length / lines.length).toBeGreaterThan(2);
    expect(issued.length / lines.length).toBeLessThan(3);
    const paid = new Map(of('bill.paid').map((event) => [event.id, event]));
    const old = issued.filter(({ time }) => at(time) < from + 50 * DAY);
    const settled = old.filter(({ id }) => paid.has(`${id}.p`));
    expect(share(settled, old)).toBeGreaterThan(0.88);
    expect(share(settled, old)).toBeLessThan(0.99);
    const whole = settled.filter(
      ({ id, data }) => JSON.stringify(paid.get(`${id}.p`)!.data['amount']) === JSON.stringify(data['amount']),
    );
    expect(share(whole, settled)).toBeGreaterThan(0.93);
    expect(whole.length).toBeLessThan(settled.length);
  });

  it('asks for bars and takes some back', () => {
    const asked = of('bar.requested');
    const back = of('bar.withdrawn');
    expect(new Set(asked.map(({ data }) => data['kind']))).toEqual(
      new Set(['spend-cap', 'roaming', 'premium', 'international', 'premium-sms']),
    );
    expect(back.length).toBeGreaterThan(5);
    expect(back.length).toBeLessThan(asked.length);
    for (const { subject, data } of back) {
      expect(asked.some((one) => one.subject === subject && one.data['kind'] === data['kind'])).toBe(true);
    }
  });
});

describe('memory', () => {
  it('holds the records on their way, and not the story', () => {
    const small: UsageMeter = { events: 0, held: 0, heldMax: 0 };
    const longer: UsageMeter = { events: 0, held: 0, heldMax: 0 };
    const options: UsageYearOptions = { seed: 3, services: 150, from, days: 50 };
    for (const _ of usageYear({ ...options, meter: small }));
    for (const _ of usageYear({ ...options, days: 150, meter: longer }));
    expect(longer.events).toBeGreaterThan(2.5 * small.events);
    expect(longer.heldMax).toBeLessThan(2.5 * small.heldMax);
    expect(longer.heldMax).toBeLessThan(longer.events / 50);
  });

  it('makes nothing before it is asked for: the first events of millions of services come at once', () => {
    const counted: UsageMeter = { events: 0, held: 0, heldMax: 0 };
    const story = usageYear({ seed: 1, services: 5_000_000, from, days: 365, meter: counted });
    for (let i = 0; i < 1_000; i++) expect(story.next().done).toBe(false);
    expect(counted.events).toBe(1_000);
    expect(counted.heldMax).toBe(0);
  });

  it('streams three days of 100,000 services, holding few of the records', () => {
    const counted: UsageMeter = { events: 0, held: 0, heldMax: 0 };
    let last = '';
    let bad = 0;
    let looked = 0;
    for (const event of usageYear({ seed: 2, services: 100_000, from, days: 3, meter: counted })) {
      last = event.recordedtime;
      // All decode (above); here one in a hundred is looked at.
      if (++looked % 100 === 0 && !decodeObject(event, given).ok) bad += 1;
    }
    expect(counted.events).toBeGreaterThan(1_500_000);
    expect(counted.heldMax).toBeLessThan(150_000);
    expect(bad).toBe(0);
    expect(at(last)).toBeGreaterThan(from + 3 * DAY - 60_000);
  });
});
