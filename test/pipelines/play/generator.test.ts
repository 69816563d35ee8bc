import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../../pipelines/domain/event.js';
import { Packs } from '../../../pipelines/domain/pack.js';
import { DAY, HOUR, type Instant, MINUTE, parseInstant, SECOND } from '../../../pipelines/domain/units.js';
import {
  demoPacks,
  isPlantedBad,
  type Meter,
  type StoryOptions,
  story,
  type WireEvent,
} from '../../../pipelines/play/generator.js';
import { Random } from '../../../pipelines/play/random.js';
import { decodeObject } from '../../../pipelines/runtime/decode.js';
import { checkPack } from '../../../pipelines/runtime/packs.js';
import { Replay } from '../../../pipelines/runtime/replay.js';

const from = parseInstant('2026-03-02T00:00:00+01:00')!;
const DEMO: StoryOptions = { seed: 1, from, days: 40, services: 2_000 };
const given = { operators: new Map(demoPacks.map(({ operator, currency }) => [operator, { currency }])) };
const meter = (): Meter => ({ services: 0, planned: 0, events: 0, heldMax: 0 });

const told = [...story(DEMO)];
const sound = told.filter((event) => !isPlantedBad(event));
const at = (text: string): Instant => parseInstant(text)!;
const of = (type: string) => sound.filter((event) => event.type === type);
const share = (part: number, whole: number) => part / whole;

function digest(events: Iterable<WireEvent>): string {
  const hash = createHash('sha256');
  for (const event of events) hash.update(`${JSON.stringify(event)}\n`);
  return hash.digest('hex');
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

/** From the first of one kind of event to the last of another, by the name that both carry. */
function lengths(
  begins: string,
  ends: string,
  name: string,
): readonly { from: Instant; length: number; data: object }[] {
  const key = (event: WireEvent) => `${event.subject} ${event.data[name]}`;
  const begun = new Map<string, WireEvent>();
  const ended = new Map(of(ends).map((event) => [key(event), event]));
  for (const event of of(begins)) if (!begun.has(key(event))) begun.set(key(event), event);
  return [...begun].flatMap(([id, { time, data }]) => {
    const end = ended.get(id);
    return end ? [{ from: at(time), length: at(end.time) - at(time), data }] : [];
  });
}

describe('the same options', () => {
  const short: StoryOptions = { ...DEMO, days: 6, services: 300 };

  it('give the same bytes', () => {
    expect(digest(story(short))).toBe(digest(story({ ...short, meter: meter() })));
    expect(digest(story(DEMO))).toBe(digest(told));
  });

  it('with another seed give others', () => {
    expect(digest(story({ ...short, seed: 2 }))).not.toBe(digest(story(short)));
  });

  it('with fewer days give the beginning of the same story', () => {
    const longer = [...story(short)];
    const shorter = [...story({ ...short, days: 2 })];
    expect(longer.slice(0, shorter.length)).toEqual(shorter);
    expect(at(longer[shorter.length]!.recordedtime)).toBeGreaterThanOrEqual(from + 2 * DAY);
  });

  it('and one operator give that operator alone', () => {
    const sources = new Set(
      [...story({ ...short, operators: ['demo-alps'] })].map(({ source }) => source.split('/')[0]),
    );
    expect([...sources]).toEqual(['demo-alps']);
  });

  it('must make sense', () => {
    expect(() => [...story({ ...short, services: -1 })]).toThrow('services');
    expect(() => [...story({ ...short, days: 1.5 })]).toThrow('days');
    expect([...story({ ...short, operators: [] })]).toEqual([]);
    expect([...story({ ...short, days: 0 })]).toEqual([]);
    expect([...story({ ...short, services: 0 })].map(({ type }) => type)).not.toContain('service.upserted');
  });
});

describe('every event', () => {
  it('comes in the order in which it became known, within the days asked for', () => {
    let last = from;
    for (const { recordedtime } of told) {
      expect(at(recordedtime)).toBeGreaterThanOrEqual(last);
      last = at(recordedtime);
    }
    expect(last).toBeLessThan(from + DEMO.days * DAY);
  });

  it('says that it is made up', () => {
    expect(told.every((event) => event.madeup === true)).toBe(true);
  });

  it('is as the contract has it, but for those that are bad on purpose', () => {
    const refused = sound.flatMap((event) => {
      const decoded = decodeObject(event, given);
      return decoded.ok ? [] : [decoded.rejection];
    });
    expect(refused).toEqual([]);
  });

  it('has times in whole seconds, in the offset of its operator', () => {
    const odd = told.filter(
      ({ time, recordedtime }) => ![time, recordedtime].every((text) => /T\d\d:\d\d:\d\d\+0[12]:00$/.test(text)),
    );
    expect(odd).toEqual([]);
  });

  it('has a name of its own; what is told twice is told the same', () => {
    const seen = new Map<string, string>();
    let twice = 0;
    for (const { recordedtime: _, ...event } of sound) {
      const name = `${event.source} ${event.id}`;
      const text = JSON.stringify(event);
      if (seen.has(name)) {
        expect(text).toBe(seen.get(name));
        twice++;
      }
      seen.set(name, text);
    }
    expect(share(twice, told.length)).toBeGreaterThan(0.002);
    expect(share(twice, told.length)).toBeLessThan(0.008);
  });

  it('has no phone number or address outside contact', () => {
    const rest = told
      .map(({ data: { contact: _, ...data }, ...event }) => JSON.stringify({ ...event, data }))
      .join('\n');
    expect(rest).not.toMatch(/\+\d{6,}/);
    expect(rest).not.toMatch(/38160/);
    expect(rest).not.toMatch(/"\+?\d{9,15}"/);
    expect(rest).not.toMatch(/@/);
  });

  it('has contacts that nobody has', () => {
    const contacts = told.flatMap(({ data }) => (data['contact'] ? [data['contact'] as Record<string, string>] : []));
    expect(contacts.length).toBeGreaterThanOrEqual(DEMO.services);
    for (const { msisdn, email } of contacts) {
      expect(msisdn).toMatch(/^\+38160000\d{4}$/);
      if (email !== undefined) expect(email).toMatch(/\.example$/);
    }
  });
});

describe('bad records', () => {
  const bad = told.filter(isPlantedBad);

  it('are rejected for the reason that they carry', () => {
    for (const event of bad) {
      const decoded = decodeObject(event, given);
      // Only a memory of ids can see that one was taken.
      if (event.planted === 'id-reused') expect(decoded.ok).toBe(true);
      else expect(decoded.ok ? 'taken' : decoded.rejection.reason).toBe(event.planted);
    }
  });

  it('are few, and of every class on the first day', () => {
    expect(bad.length).toBeLessThan(100);
    const early = bad.filter(({ recordedtime }) => at(recordedtime) < from + DAY).map(({ planted }) => planted);
    expect([...new Set(early)].sort()).toEqual([
      'beyond-memory',
      'id-reused',
      'malformed-field',
      'missing-field',
      'money-decimals',
      'negative-amount',
      'not-a-cloudevent',
      'time-ahead',
      'unknown-operator',
      'unknown-type',
      'wrong-currency',
    ]);
  });

  it('that take an id say something else under it', () => {
    for (const event of bad.filter(({ planted }) => planted === 'id-reused')) {
      const first = told.find(({ source, id }) => source === event.source && id === event.id)!;
      expect(first).not.toBe(event);
      expect(first.data).not.toEqual(event.data);
    }
  });
});

describe('the default story', () => {
  it('has some tens of thousands of events, of all that outages ask for', () => {
    expect(told.length).toBeGreaterThan(20_000);
    expect(told.length).toBeLessThan(60_000);
    const types = new Set(sound.map(({ type }) => type));
    expect(EVENT_TYPES.filter((type) => types.has(type))).toEqual([
      'service.upserted',
      'service.ended',
      'service.transferred',
      'service.parked',
      'service.unparked',
      'service.suspended',
      'service.resumed',
      'element.upserted',
      'fault.opened',
      'fault.updated',
      'fault.cleared',
      'fault.reported',
      'repair.started',
      'works.announced',
      'alarm.reported',
      'alarm.ended',
      'kpi.sampled',
      'porting.accepted',
      'porting.completed',
      'equipment.reported',
      'equipment.replaced',
    ]);
  });

  it('has every district, technology, billing day, language and way of telling', () => {
    const values = (type: string, field: string) => new Set(of(type).flatMap(({ data }) => data[field] ?? []));
    // 25 districts of Serbia, and states of Austria.
    expect(values('element.upserted', 'district').size).toBe(25 + 9);
    expect([...values('element.upserted', 'technology')].sort()).toEqual(['3G', '4G', '5G', 'DOCSIS', 'GPON']);
    expect([...values('element.upserted', 'kind')].sort()).toEqual(['cell', 'core', 'headend', 'olt', 'platform']);
    expect(values('service.upserted', 'billingDay')).toEqual(new Set([5, 9, 17, 21, 25, 'last']));
    expect([...values('service.upserted', 'language')].sort()).toEqual(['de', 'en', 'sr-Cyrl', 'sr-Latn']);
    expect([...values('service.upserted', 'notifyBy')].sort()).toEqual(['email', 'sms']);
    expect([...values('service.upserted', 'outagePreference')].sort()).toEqual(['credit', 'extension']);
  });

  it('has a network that hangs together, and services that hang on it', () => {
    const elements = new Set(of('element.upserted').map(({ subject }) => subject));
    for (const { data } of of('element.upserted')) {
      if (data['kind'] !== 'core') expect(elements).toContain(data['parent']);
    }
    for (const { data } of of('service.upserted')) {
      for (const element of data['servedBy'] as string[]) expect(elements).toContain(element);
    }
  });

  it('has alarms as real networks have them', () => {
    const alarms = new Map<string, Instant>();
    const lasting = sound.flatMap(({ type, time, data }) => {
      const key = String(data['alarmKey']);
      if (type === 'alarm.reported') alarms.set(key, at(time));
      return type === 'alarm.ended' && alarms.has(key) ? [at(time) - alarms.get(key)!] : [];
    });
    expect(median(lasting)).toBeGreaterThan(80 * SECOND);
    expect(median(lasting)).toBeLessThan(150 * SECOND);
    const long = lasting.filter((length) => length > 48 * HOUR).length;
    expect(long).toBeGreaterThanOrEqual(3);
    expect(share(long, lasting.length)).toBeLessThan(0.01);
    const minutes = new Map<number, number>();
    for (const { time } of of('alarm.reported')) {
      const minute = Math.floor(at(time) / MINUTE);
      minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
    }
    expect(Math.max(...minutes.values())).toBeGreaterThanOrEqual(8);
    const again = new Map<unknown, number>();
    for (const { data } of of('alarm.reported')) again.set(data['alarmKey'], (again.get(data['alarmKey']) ?? 0) + 1);
    expect([...again.values()].filter((times) => times > 5).length).toBeGreaterThan(3);
  });

  it('has faults of hours, and a share of more than 48', () => {
    const faults = lengths('fault.opened', 'fault.cleared', 'faultId');
    expect(faults.length).toBeGreaterThan(200);
    expect(median(faults.map(({ length }) => length))).toBeGreaterThan(3 * HOUR);
    expect(median(faults.map(({ length }) => length))).toBeLessThan(14 * HOUR);
    const long = share(faults.filter(({ length }) => length > 48 * HOUR).length, faults.length);
    expect(long).toBeGreaterThan(0.05);
    expect(long).toBeLessThan(0.25);
    expect(faults.filter(({ length }) => length === 48 * HOUR)).not.toEqual([]);
    const causes = new Set(of('fault.opened').map(({ data }) => data['responsibility']));
    for (const cause of ['force-majeure', 'other-operator', 'planned-works', 'third-party', 'weather']) {
      expect(causes).toContain(cause);
    }
    expect(of('fault.updated').some(({ data }) => data['accessBarred'] === true)).toBe(true);
  });

  it('has works announced in time and too late', () => {
    const ahead = of('works.announced').map(({ time, data }) => at(data['from'] as string) - at(time));
    expect(ahead.some((length) => length >= 24 * HOUR)).toBe(true);
    expect(ahead.some((length) => length < 24 * HOUR)).toBe(true);
  });

  it('has facts that come to light days later', () => {
    const late = of('fault.cleared').filter(({ time, recordedtime }) => at(recordedtime) - at(time) > DAY);
    expect(late.length).toBeGreaterThan(3);
    expect(share(late.length, of('fault.cleared').length)).toBeLessThan(0.12);
  });

  it('has parkings that are too long, and portings in time and late', () => {
    const parked = lengths('service.parked', 'service.unparked', 'undefined').map(({ length }) => length);
    expect(parked.some((length) => length > 31 * DAY)).toBe(true);
    expect(parked.some((length) => length < 31 * DAY)).toBe(true);
    const ported = lengths('porting.accepted', 'porting.completed', 'portingId').map(({ length }) => length);
    expect(ported.some((length) => length > 48 * HOUR)).toBe(true);
    expect(ported.some((length) => length < 24 * HOUR)).toBe(true);
    expect(of('porting.completed').some(({ data }) => data['excused'])).toBe(true);
  });

  it('has services that pay another fee, and that move, in a fault', () => {
    const firstOf = new Map<string, WireEvent>();
    const changed = { monthlyFee: 0, servedBy: 0 };
    for (const event of of('service.upserted')) {
      const first = firstOf.get(event.subject);
      if (!first) firstOf.set(event.subject, event);
      else if (JSON.stringify(first.data['servedBy']) !== JSON.stringify(event.data['servedBy'])) changed.servedBy++;
      else if (JSON.stringify(first.data['monthlyFee']) !== JSON.stringify(event.data['monthlyFee']))
        changed.monthlyFee++;
    }
    expect(changed.servedBy).toBeGreaterThan(3);
    expect(changed.monthlyFee).toBeGreaterThan(3);
  });

  it('has samples every quarter of an hour that follow the day and the week', () => {
    const load = of('kpi.sampled').filter(({ data }) => data['kpi'] === 'RRU.PrbTotDl');
    const mean = (hour: string) => {
      const values = load.filter(({ time }) => time.slice(11, 13) === hour).map(({ data }) => data['value'] as number);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    expect(mean('20')).toBeGreaterThan(3 * mean('04'));
    const availability = of('kpi.sampled').filter(({ data }) => data['kpi'] === 'availability');
    const cells = new Set(availability.map(({ subject }) => subject)).size;
    expect(share(availability.length, cells * 96 * DEMO.days)).toBeGreaterThan(0.98);
    const low = availability.filter(({ data }) => (data['value'] as number) < 0.5).length;
    expect(share(low, availability.length)).toBeGreaterThan(0.002);
    expect(share(low, availability.length)).toBeLessThan(0.2);
  });
});

describe('the terms of the made-up operators', () => {
  const checked = demoPacks.map((pack) => checkPack(pack, `${pack.operator}.json`));

  it('are sound, and say that they are made up', () => {
    expect(checked.flatMap(({ problems }) => problems)).toEqual([]);
    expect(demoPacks.filter(({ name, source }) => !(/made-up/.test(name) && /made up/.test(source)))).toEqual([]);
  });

  it('bring something to see on each of the first days', () => {
    const days: Record<string, Set<number>> = {};
    const replay = new Replay({
      packs: new Packs(checked.flatMap(({ pack }) => pack ?? [])),
      decided: ({ type, time, data }) => {
        const operator = 'operator' in data ? ` ${data.operator}` : '';
        (days[`${type}${operator}`] ??= new Set()).add(Math.floor((time - from) / DAY) + 1);
      },
    });
    let line = 0;
    for (const event of story({ ...DEMO, days: 5, services: 600 })) replay.line(JSON.stringify(event), ++line);
    replay.finish(from + 5 * DAY);
    const first = (name: string) => Math.min(...(days[name] ?? []));
    expect(first('event.rejected')).toBe(1);
    expect(first('outage.confirmed demo-alps')).toBe(2);
    expect(first('credit.granted demo-alps')).toBe(2);
    expect(first('outage.confirmed demo-mobile')).toBe(3);
    expect(first('credit.granted demo-mobile')).toBeLessThanOrEqual(3);
    expect(first('repair.overdue demo-mobile')).toBe(3);
    expect(first('outage.confirmed demo-cable')).toBe(3);
    expect(first('credit.granted demo-cable')).toBe(3);
    expect(first('extension.granted demo-cable')).toBeLessThanOrEqual(3);
    expect(first('compensation.granted demo-mobile')).toBe(4);
    expect(first('alarm.raised demo-alps')).toBe(4);
    for (const day of [2, 3, 4, 5]) {
      expect(Object.entries(days).some(([name, on]) => name.startsWith('credit.granted') && on.has(day))).toBe(true);
    }
  });
});

describe('a million services', () => {
  it('are made only as far as the story is read', () => {
    const made = meter();
    const options: StoryOptions = { seed: 1, from, days: 40, services: 1_000_000, meter: made };
    const take = story(options);
    for (let n = 0; n < 1_000; n++) expect(take.next().done).toBe(false);
    expect(made.events).toBe(1_000);
    // The day at hand is planned: its scenes look at some services; the million wait.
    expect(made.services).toBeLessThan(20_000);
    const before = made.services;
    for (let n = 0; n < 20_000; n++) take.next();
    expect(made.events).toBe(21_000);
    expect(made.services - before).toBeLessThan(20_000);
    expect(made.heldMax).toBeLessThan(50_000);
    take.return();
  });
});

describe('a random stream', () => {
  it('is a matter of its seed and its names alone', () => {
    const draw = (random: Random) => Array.from({ length: 4 }, () => random.bits());
    expect(draw(new Random(1))).toEqual(draw(new Random(1)));
    expect(draw(new Random(1))).not.toEqual(draw(new Random(2)));
    const parent = new Random(1);
    const early = draw(parent.fork('faults'));
    parent.uniform();
    expect(draw(parent.fork('faults'))).toEqual(early);
    expect(draw(parent.fork('alarms'))).not.toEqual(early);
    expect(parent.fork('faults').fork(3).path).toBe('1/faults/3');
  });

  it('has stayed what it was: stories of old seeds can be had again', () => {
    const random = new Random(42);
    expect([random.bits(), random.bits(), random.bits()]).toEqual([2212541444, 2272129561, 2815871699]);
  });

  it('has the means and medians that are asked for', () => {
    const random = new Random('means');
    const many = (draw: () => number) => Array.from({ length: 20_000 }, draw);
    const mean = (draw: () => number) => many(draw).reduce((sum, value) => sum + value, 0) / 20_000;
    expect(mean(() => random.uniform(2, 4))).toBeCloseTo(3, 1);
    expect(mean(() => random.integer(1, 6))).toBeCloseTo(3.5, 1);
    expect(mean(() => random.exponential(5)) / 5).toBeCloseTo(1, 1);
    expect(mean(() => random.normal())).toBeCloseTo(0, 1);
    expect(mean(() => random.poisson(0.7)) / 0.7).toBeCloseTo(1, 1);
    expect(mean(() => random.poisson(75)) / 75).toBeCloseTo(1, 2);
    expect(median(many(() => random.logNormal(110, 2.45))) / 110).toBeCloseTo(1, 0);
    expect(mean(() => (random.chance(0.25) ? 1 : 0))).toBeCloseTo(0.25, 1);
    const picks = many(() =>
      random.weighted([
        [0, 3],
        [1, 1],
        [2, 0],
      ]),
    );
    expect(share(picks.filter((pick) => pick === 1).length, picks.length)).toBeCloseTo(0.25, 1);
    expect(picks).not.toContain(2);
  });

  it('keeps its bounds, and refuses what has no answer', () => {
    const random = new Random(7);
    const dice = new Set(Array.from({ length: 500 }, () => random.integer(1, 6)));
    expect([...dice].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(random.shuffle([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
    expect(random.poisson(0)).toBe(0);
    expect(() => random.pick([])).toThrow(RangeError);
    expect(() => random.weighted([['a', 0]])).toThrow(RangeError);
    expect(() => random.integer(2, 1)).toThrow(RangeError);
    expect(() => random.poisson(Number.NaN)).toThrow(RangeError);
  });
});
