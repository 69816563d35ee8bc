import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParkingState, parking } from '../../../pipelines/detectors/parking.js';
import { type Decision, decide, decodeDecision, encodeDecision } from '../../../pipelines/domain/decision.js';
import type { Given } from '../../../pipelines/domain/detector.js';
import { intersect, length } from '../../../pipelines/domain/intervals.js';
import type { Pack } from '../../../pipelines/domain/pack.js';
import {
  activeSpans,
  newService,
  type Profile,
  parkedSpans,
  type Turn,
  withProfile,
  withTurn,
} from '../../../pipelines/domain/service.js';
import { DAY, HOUR, type Instant, parseInstant, SECOND } from '../../../pipelines/domain/units.js';
import { NO_USAGE } from '../../../pipelines/domain/usage/book.js';

const at = (text: string) => parseInstant(text)!;
const ZONE = 'Europe/Belgrade';

const truf: Pack = {
  operator: 'truf-rs',
  name: 'Truf',
  zone: ZONE,
  currency: 'RSD',
  vatPercent: '20',
  language: 'sr-Latn',
  inForceFrom: at('2018-09-01T00:00:00+02:00'),
  rules: { parking: { clause: 'Truf 20', daysInYear: 31, clauses: { daysInYear: 'Truf 20 (month)' } } },
};

/** A service with its clock, asked as the engine asks: timers in order, then the fact, then whatever it changed. */
class Told {
  facts = newService('s1');
  state: ParkingState = parking.start;
  readonly decisions: Decision[] = [];
  #now = at('2020-01-01T00:00:00Z');
  #due: Instant | undefined;
  readonly #pack: Pack;

  constructor(pack: Pack = truf, activeFrom = '2020-01-01T00:00:00+01:00') {
    this.#pack = pack;
    this.record({ operator: pack.operator, kind: 'internet', activeFrom: at(activeFrom) }, activeFrom);
  }

  /** A record; known when it says, or with the clock. */
  record(profile: Profile, time: string, known = time): this {
    this.until(known);
    this.facts = withProfile(this.facts, { at: at(time), known: at(known), ref: `case#${time} ${known}`, profile });
    this.#look();
    return this;
  }

  tell(what: Turn['do'], time: string, known = time): this {
    this.until(known);
    this.facts = withTurn(this.facts, { do: what, at: at(time), known: at(known), ref: `case#${what} ${time}` });
    this.#look();
    return this;
  }

  until(time: string): this {
    const to = at(time);
    while (this.#due !== undefined && this.#due <= to) {
      this.#now = Math.max(this.#now, this.#due);
      this.#look();
    }
    this.#now = Math.max(this.#now, to);
    return this;
  }

  #look(): void {
    const given: Given = {
      facts: this.facts,
      pack: () => this.#pack,
      parts: () => [],
      usage: NO_USAGE,
      submitted: 'when-told',
    };
    const [state, effects] = parking.step(this.state, { is: 'tick', now: this.#now }, given);
    this.state = state;
    this.#due = undefined;
    for (const effect of effects) {
      if (effect.do === 'wake') {
        // A wake that is not in the future would ring for ever.
        expect(effect.at).toBeGreaterThan(this.#now);
        this.#due = Math.min(this.#due ?? effect.at, effect.at);
      }
      if (effect.do !== 'decide') continue;
      expect(effect.draft.time).toBe(this.#now);
      const decision = decide(effect.draft) as Decision;
      expect(decodeDecision(encodeDecision(decision, ZONE))).toMatchObject({ ok: true });
      expect(this.decisions.map(({ id }) => id)).not.toContain(decision.id);
      this.decisions.push(decision);
    }
  }

  of<T extends Decision['type']>(type: T): Extract<Decision, { type: T }>[] {
    return this.decisions.filter((decision): decision is Extract<Decision, { type: T }> => decision.type === type);
  }

  /** The years told, each with the instant and the days. */
  get years(): unknown[] {
    return this.of('parking.exceeded').map(({ time, data }) => [data.year, data.days, new Date(time).toISOString()]);
  }

  /** The extensions in the order decided: granted or adjusted, and the seconds. */
  get extensions(): unknown[] {
    return this.decisions.flatMap((decision) =>
      decision.type === 'extension.granted' || decision.type === 'extension.adjusted'
        ? [[decision.type.slice('extension.'.length), decision.data.seconds]]
        : [],
    );
  }
}

describe('parking: at most one month in a calendar year (Truf 20)', () => {
  it('forty days: told when 31 days and a second have passed, 32 days begun', () => {
    const told = new Told().tell('parked', '2026-06-01T00:00:00+02:00').tell('unparked', '2026-07-11T00:00:00+02:00');
    expect(told.years).toEqual([[2026, 32, '2026-07-01T22:00:01.000Z']]);
    expect(told.of('parking.exceeded')[0]!.data).toMatchObject({
      operator: 'truf-rs',
      clause: 'Truf 20 (month)',
      late: false,
      because: {
        daysInYear: 31,
        wallSeconds: 31 * 86_400 + 1,
        due: '2026-07-02T00:00:01+02:00',
        events: ['case#parked 2026-06-01T00:00:00+02:00'],
      },
    });
  });

  it.each([
    ['a second less than 31 days', '2026-07-01T23:59:59+02:00', []],
    ['exactly 31 days', '2026-07-02T00:00:00+02:00', []],
    ['half a second more: told at the end', '2026-07-02T00:00:00.500+02:00', [[2026, 32, '2026-07-01T22:00:00.500Z']]],
    ['a second more', '2026-07-02T00:00:01+02:00', [[2026, 32, '2026-07-01T22:00:01.000Z']]],
  ])('%s', (_, end, years) => {
    const told = new Told().tell('parked', '2026-06-01T00:00:00+02:00').tell('unparked', end);
    expect(told.until('2027-06-01T00:00:00+02:00').years).toEqual(years);
  });

  it('several parkings of a year are added up: 20 days, 11 days, and a second of a third', () => {
    const told = new Told()
      .tell('parked', '2026-02-01T00:00:00+01:00')
      .tell('unparked', '2026-02-21T00:00:00+01:00')
      .tell('parked', '2026-05-01T12:00:00+02:00')
      .tell('unparked', '2026-05-12T12:00:00+02:00');
    expect(told.years).toEqual([]);
    told.tell('parked', '2026-09-01T08:00:00+02:00').until('2026-09-01T08:00:00+02:00');
    expect(told.years).toEqual([]);
    expect(told.until('2026-09-01T08:00:01+02:00').years).toEqual([[2026, 32, '2026-09-01T06:00:01.000Z']]);
  });

  it('local new year begins anew: 22 days and 24 days are too long in neither year', () => {
    const told = new Told().tell('parked', '2026-12-10T00:00:00+01:00').tell('unparked', '2027-01-25T00:00:00+01:00');
    expect(told.years).toEqual([]);
    expect(told.extensions).toEqual([['granted', 46 * 86_400]]);
  });

  it('local new year, not that of UTC: 31 days and 30 minutes by UTC are 31 days by the wall', () => {
    // 2027 begins at 23:00 UTC: the last hour of December by UTC is the first of January here.
    const told = new Told().tell('parked', '2026-12-01T00:00:00+01:00').tell('unparked', '2027-01-01T00:30:00+01:00');
    expect(told.until('2027-12-01T00:00:00+01:00').years).toEqual([]);
  });

  it('parked and never unparked: each year is told once, by timers alone', () => {
    const told = new Told().tell('parked', '2026-11-01T00:00:00+01:00').until('2029-03-01T00:00:00+01:00');
    expect(told.years).toEqual([
      [2026, 32, '2026-12-01T23:00:01.000Z'],
      [2027, 32, '2027-01-31T23:00:01.000Z'],
      [2028, 32, '2028-01-31T23:00:01.000Z'],
      [2029, 32, '2029-01-31T23:00:01.000Z'],
    ]);
    expect(told.extensions).toEqual([]);
  });

  it('a year is told once, however often it is parked after that', () => {
    const told = new Told()
      .tell('parked', '2026-03-01T00:00:00+01:00')
      .tell('unparked', '2026-05-01T00:00:00+02:00')
      .tell('parked', '2026-06-01T00:00:00+02:00')
      .tell('unparked', '2026-09-01T00:00:00+02:00');
    expect(told.years).toHaveLength(1);
  });

  it.each([
    // October has an hour more: 745 hours are 31 days; and a second.
    ['2026-10-10T00:00:00+02:00', '2026-11-10T00:00:00+01:00', '2026-11-09T23:00:01.000Z', 745],
    // March has an hour less: 743 hours are 31 days.
    ['2026-03-10T00:00:00+01:00', '2026-04-10T00:00:00+02:00', '2026-04-09T22:00:01.000Z', 743],
  ])('31 local days from %s, a long or short one among them, are no more than 31', (from, to, due, hours) => {
    const exact = new Told().tell('parked', from).tell('unparked', to).until('2026-12-31T00:00:00+01:00');
    expect(exact.years).toEqual([]);
    // The term is elapsed time.
    expect(exact.extensions).toEqual([['granted', hours * 3_600]]);
    expect(new Told().tell('parked', from).until('2026-12-31T00:00:00+01:00').years).toEqual([[2026, 32, due]]);
  });

  it('parked in the second of two equal hours in October: the second after 31 days is its own', () => {
    const told = new Told()
      .tell('parked', '2026-05-01T00:00:00+02:00')
      .tell('unparked', '2026-06-01T00:00:00+02:00')
      .tell('parked', '2026-10-25T02:30:00+01:00')
      .until('2026-10-26T00:00:00+01:00');
    expect(told.years).toEqual([[2026, 32, '2026-10-25T01:30:01.000Z']]);
  });

  it('parked before it was active, or after its end, does not count', () => {
    const early = new Told(truf, '2026-06-10T00:00:00+02:00')
      .tell('parked', '2026-06-01T00:00:00+02:00', '2026-06-10T00:00:00+02:00')
      .tell('unparked', '2026-07-05T00:00:00+02:00');
    expect(early.years).toEqual([]);
    expect(early.extensions).toEqual([['granted', 25 * 86_400]]);
    const ended = new Told()
      .tell('parked', '2026-06-01T00:00:00+02:00')
      .tell('ended', '2026-06-20T00:00:00+02:00')
      .until('2026-12-01T00:00:00+01:00');
    expect(ended.years).toEqual([]);
    expect(ended.extensions).toEqual([['granted', 19 * 86_400]]);
  });

  it('known late: told then, with the days known then, and late', () => {
    const told = new Told()
      .tell('parked', '2026-06-01T00:00:00+02:00', '2026-08-01T00:00:00+02:00')
      .tell('unparked', '2026-07-11T00:00:00+02:00', '2026-08-02T00:00:00+02:00');
    // At first it looks as if it went on until now.
    expect(told.years).toEqual([[2026, 61, '2026-07-31T22:00:00.000Z']]);
    expect(told.of('parking.exceeded')[0]!.data.late).toBe(true);
  });

  it('late facts that show that it was not too long undo nothing, and it is not told again', () => {
    const told = new Told()
      .tell('parked', '2026-06-01T00:00:00+02:00')
      .until('2026-07-05T00:00:00+02:00')
      .tell('unparked', '2026-06-10T00:00:00+02:00', '2026-07-06T00:00:00+02:00')
      .tell('parked', '2026-08-01T00:00:00+02:00')
      .until('2026-12-01T00:00:00+01:00');
    expect(told.years).toEqual([[2026, 32, '2026-07-01T22:00:01.000Z']]);
  });

  it('an operator without the rule: nothing', () => {
    const told = new Told({ ...truf, rules: {} }).tell('parked', '2026-06-01T00:00:00+02:00');
    told.tell('unparked', '2026-09-01T00:00:00+02:00');
    expect(told.decisions).toEqual([]);
  });

  it('the number of days is a term of the pack', () => {
    const pack = { ...truf, rules: { parking: { ...truf.rules.parking!, daysInYear: 2 } } };
    const told = new Told(pack).tell('parked', '2026-06-01T00:00:00+02:00').until('2026-06-30T00:00:00+02:00');
    expect(told.years).toEqual([[2026, 3, '2026-06-02T22:00:01.000Z']]);
  });

  it('a service that was never parked keeps the state that all share', () => {
    const told = new Told().tell('suspended', '2026-06-01T00:00:00+02:00').until('2026-12-01T00:00:00+01:00');
    expect(told.state).toBe(parking.start);
  });
});

describe('parking: the term is extended by the time parked (Truf 20)', () => {
  const parked = () => new Told().tell('parked', '2026-06-01T00:00:00+02:00');

  it('each parking when it ends', () => {
    const told = parked().tell('unparked', '2026-06-11T00:00:00+02:00');
    told.tell('parked', '2026-06-20T10:00:00+02:00').until('2026-06-20T20:00:00+02:00');
    expect(told.extensions).toEqual([['granted', 864_000]]);
    told.tell('unparked', '2026-06-20T20:00:01+02:00');
    expect(told.extensions).toEqual([
      ['granted', 864_000],
      ['granted', 36_001],
    ]);
    expect(told.of('extension.granted')[0]).toMatchObject({
      subject: 's1',
      time: at('2026-06-11T00:00:00+02:00'),
      data: {
        operator: 'truf-rs',
        clause: 'Truf 20',
        from: at('2026-06-01T00:00:00+02:00'),
        to: at('2026-06-11T00:00:00+02:00'),
        late: false,
        because: {
          parking: true,
          parked: '2026-06-01T00:00:00+02:00',
          unparked: '2026-06-11T00:00:00+02:00',
          seconds: 864_000,
          events: ['case#parked 2026-06-01T00:00:00+02:00', 'case#unparked 2026-06-11T00:00:00+02:00'],
        },
      },
    });
  });

  it('an unparking a little ahead of the clock is due at its own time', () => {
    const told = parked().tell('unparked', '2026-06-02T00:04:00+02:00', '2026-06-02T00:00:00+02:00');
    expect(told.extensions).toEqual([]);
    told.until('2026-06-02T00:04:00+02:00');
    expect(told.of('extension.granted')[0]).toMatchObject({
      time: at('2026-06-02T00:04:00+02:00'),
      data: { late: false },
    });
  });

  it('known late: granted then, and late', () => {
    const told = parked().tell('unparked', '2026-06-02T00:00:00+02:00', '2026-06-05T00:00:00+02:00');
    expect(told.of('extension.granted')[0]).toMatchObject({
      time: at('2026-06-05T00:00:00+02:00'),
      data: { seconds: 86_400, late: true },
    });
  });

  it('the same turn twice is once', () => {
    const told = parked().tell('unparked', '2026-06-11T00:00:00+02:00').tell('unparked', '2026-06-11T00:00:00+02:00');
    told.tell('unparked', '2026-06-12T00:00:00+02:00');
    expect(told.extensions).toEqual([['granted', 864_000]]);
  });

  it('late facts make it longer, then shorter: each a revision with its difference', () => {
    const told = parked().tell('unparked', '2026-06-11T00:00:00+02:00');
    told.tell('parked', '2026-05-31T00:00:00+02:00', '2026-06-12T00:00:00+02:00');
    told.tell('unparked', '2026-06-03T00:00:00+02:00', '2026-06-13T00:00:00+02:00');
    const [granted] = told.of('extension.granted');
    expect(told.of('extension.adjusted')).toMatchObject([
      {
        time: at('2026-06-12T00:00:00+02:00'),
        data: { of: granted!.id, revision: 1, seconds: 11 * 86_400, difference: 86_400, late: true },
      },
      {
        time: at('2026-06-13T00:00:00+02:00'),
        data: {
          of: granted!.id,
          revision: 2,
          from: at('2026-05-31T00:00:00+02:00'),
          to: at('2026-06-03T00:00:00+02:00'),
          seconds: 3 * 86_400,
          difference: -8 * 86_400,
          because: { parking: true, before: 11 * 86_400 },
        },
      },
    ]);
  });

  it('a parking moved without a change of its length asks for nothing', () => {
    const told = parked().tell('unparked', '2026-06-11T00:00:00+02:00');
    // First an hour more at the front, then an hour less at the back, both known before anyone looks.
    told.facts = withTurn(told.facts, {
      do: 'parked',
      at: at('2026-05-31T23:00:00+02:00'),
      known: at('2026-06-12T00:00:00+02:00'),
      ref: 'case#x',
    });
    told.tell('unparked', '2026-06-10T23:00:00+02:00', '2026-06-12T00:00:00+02:00');
    expect(told.of('extension.adjusted')).toEqual([]);
  });

  it('a parking shown never to have been: 0 seconds', () => {
    const told = parked().tell('unparked', '2026-06-11T00:00:00+02:00');
    told.tell('ended', '2026-05-20T00:00:00+02:00', '2026-06-15T00:00:00+02:00');
    expect(told.of('extension.adjusted')).toMatchObject([
      { data: { revision: 1, seconds: 0, difference: -864_000, because: { parking: true, before: 864_000 } } },
    ]);
    // And once more in force where a record shows that the service was taken up anew: the same grant, revised.
    const profile: Profile = { operator: 'truf-rs', kind: 'internet', activeFrom: at('2026-05-25T00:00:00+02:00') };
    told.record(profile, '2026-05-25T00:00:00+02:00', '2026-06-16T00:00:00+02:00');
    expect(told.extensions).toEqual([
      ['granted', 864_000],
      ['adjusted', 0],
      ['adjusted', 864_000],
    ]);
    expect(told.of('extension.adjusted')[1]!.data.of).toBe(told.of('extension.granted')[0]!.id);
  });

  it('late facts that split it: the first part keeps, the other is granted for itself', () => {
    const told = parked().tell('unparked', '2026-06-11T00:00:00+02:00');
    told.tell('parked', '2026-06-05T00:00:00+02:00', '2026-06-12T00:00:00+02:00');
    told.tell('unparked', '2026-06-03T00:00:00+02:00', '2026-06-13T00:00:00+02:00');
    expect(told.extensions).toEqual([
      ['granted', 10 * 86_400],
      ['adjusted', 2 * 86_400],
      ['granted', 6 * 86_400],
    ]);
  });

  it('moved to the front and split: each part has a name of its own', () => {
    const told = new Told().tell('parked', '2026-06-05T00:00:00+02:00').tell('unparked', '2026-06-11T00:00:00+02:00');
    told.tell('parked', '2026-06-01T00:00:00+02:00', '2026-06-12T00:00:00+02:00');
    told.tell('unparked', '2026-06-03T00:00:00+02:00', '2026-06-13T00:00:00+02:00');
    // The part that began when the first grant did is that grant's; the other is new.
    expect(told.extensions).toEqual([
      ['granted', 6 * 86_400],
      ['adjusted', 10 * 86_400],
      ['adjusted', 6 * 86_400],
      ['granted', 2 * 86_400],
    ]);
  });

  it('away for a while and back elsewhere: what began when it did is the same grant', () => {
    const record = (activeFrom: string): Profile => ({
      operator: 'truf-rs',
      kind: 'internet',
      activeFrom: at(activeFrom),
    });
    const told = parked().tell('unparked', '2026-06-11T00:00:00+02:00');
    // It seems to be active from the 5th only; then parked to the 3rd only; then active since long before.
    told.record(record('2026-06-05T00:00:00+02:00'), '2020-02-01T00:00:00+01:00', '2026-06-12T00:00:00+02:00');
    told.tell('unparked', '2026-06-03T00:00:00+02:00', '2026-06-13T00:00:00+02:00');
    told.record(record('2020-01-01T00:00:00+01:00'), '2020-03-01T00:00:00+01:00', '2026-06-14T00:00:00+02:00');
    expect(told.extensions).toEqual([
      ['granted', 10 * 86_400],
      ['adjusted', 6 * 86_400],
      ['adjusted', 0],
      ['adjusted', 2 * 86_400],
    ]);
  });

  it('late facts that join two: the first granted takes all, the other is 0', () => {
    const told = parked()
      .tell('unparked', '2026-06-11T00:00:00+02:00')
      .tell('parked', '2026-06-13T00:00:00+02:00')
      .tell('unparked', '2026-06-15T00:00:00+02:00')
      .tell('parked', '2026-06-11T00:00:00+02:00', '2026-06-20T00:00:00+02:00');
    const [first, second] = told.of('extension.granted');
    expect(told.of('extension.adjusted')).toMatchObject([
      { data: { of: first!.id, seconds: 14 * 86_400, difference: 4 * 86_400 } },
      { data: { of: second!.id, seconds: 0, difference: -2 * 86_400 } },
    ]);
  });

  it('late facts that show that it goes on: what was granted stands until it ends', () => {
    const told = parked()
      .tell('unparked', '2026-06-11T00:00:00+02:00')
      .tell('parked', '2026-06-11T00:00:00+02:00', '2026-06-12T00:00:00+02:00')
      .until('2026-06-14T00:00:00+02:00');
    expect(told.extensions).toEqual([['granted', 10 * 86_400]]);
    told.tell('unparked', '2026-06-15T00:00:00+02:00');
    expect(told.extensions).toEqual([
      ['granted', 10 * 86_400],
      ['adjusted', 14 * 86_400],
    ]);
  });
});

describe('parking: facts in any order', () => {
  const START = at('2024-01-01T00:00:00+01:00');
  const END = '2028-01-01T00:00:00+01:00';
  const turn = fc.record({
    what: fc.constantFrom<Turn['do'][]>('parked', 'unparked', 'parked', 'unparked', 'parked', 'unparked', 'ended'),
    after: fc.integer({ min: 0, max: 24 * 700 }),
    late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 24 * 200 })),
  });

  it('the extensions come to what all facts say in the end, and no decision has the name of another', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 14 }), (turns) => {
        const told = new Told(truf, '2023-01-01T00:00:00+01:00');
        const facts = turns.map((one) => ({
          ...one,
          at: START + one.after * HOUR,
          known: START + (one.after + one.late) * HOUR,
        }));
        for (const { what, at: time, known } of facts.sort((a, b) => a.known - b.known)) {
          told.tell(what, new Date(time).toISOString(), new Date(known).toISOString());
        }
        told.tell('unparked', END);
        const parkings = intersect(parkedSpans(told.facts), activeSpans(told.facts));
        const net = told.decisions.reduce((sum, decision) => {
          if (decision.type === 'extension.granted') return sum + decision.data.seconds;
          return decision.type === 'extension.adjusted' ? sum + decision.data.difference! : sum;
        }, 0);
        expect(net).toBe(length(parkings) / SECOND);
        // Elapsed time and the wall differ by an hour at most: 33 days of the one are more than 31 of the other.
        for (const year of [2024, 2025, 2026, 2027]) {
          const span = { from: at(`${year}-01-01T00:00:00+01:00`), to: at(`${year + 1}-01-01T00:00:00+01:00`) };
          const times = told.of('parking.exceeded').filter(({ data }) => data.year === year).length;
          expect(times).toBeLessThanOrEqual(1);
          if (length(intersect(parkings, [span])) > 33 * DAY) expect(times).toBe(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
