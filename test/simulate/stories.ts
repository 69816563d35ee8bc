/**
 * Random stories: a few services and elements, what happens to them over hours to weeks, and what producers make of it: late,
 * doubled, shuffled, bad. A story is plain data; who delivers it, and what goes wrong on the way, is the world's business.
 */
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../pipelines/domain/units.js';
import type { Partitions } from '../../pipelines/runtime/topics.js';
import { Chance } from './chance.js';

/** A record as a producer writes it. */
export interface Delivery {
  /** When it is written, at the earliest; where events move the clock, its place in the order. */
  readonly at: Instant;
  /** What it says of when it became known; a record that cannot be read says nothing. */
  readonly known: Instant | undefined;
  readonly key: string;
  readonly text: string;
  readonly to: readonly ('service' | 'element')[];
  /** Written into another partition than its subject's. */
  readonly stray: boolean;
}

export interface Story {
  readonly seed: number;
  /** What moves the clock. */
  readonly form: 'events' | 'live';
  /**
   * Every fact is written the moment it happens, and the inventory before all: then no downtime of anybody may change what is
   * decided, and nothing is ever corrected.
   */
  readonly punctual: boolean;
  readonly partitions: Partitions;
  readonly start: Instant;
  readonly until: Instant;
  readonly tickEvery: number;
  readonly deliveries: readonly Delivery[];
}

interface Operator {
  readonly name: string;
  readonly currency: string;
  readonly short: string;
}

const OPERATORS: readonly Operator[] = [
  { name: 'a1-rs', currency: 'RSD', short: 'a' },
  { name: 'truf-rs', currency: 'RSD', short: 't' },
  { name: 'mtel-at', currency: 'EUR', short: 'm' },
  { name: 'go4yu', currency: 'EUR', short: 'g' },
];

/** Days near which something is at stake: the short and the long local day, new year, ends of months, a common day. */
const STARTS = ['2026-06-09', '2026-07-27', '2026-10-22', '2026-12-27', '2027-02-25', '2027-03-25'];

const RESPONSIBILITIES = [
  'operator',
  'operator',
  'operator',
  'equipment',
  'unknown',
  'weather',
  'subscriber',
  'third-party',
  'planned-works',
  'planned-works',
  'force-majeure',
];

type Wire = Record<string, unknown>;

interface Fact {
  readonly time: Instant;
  readonly type: string;
  readonly subject: string;
  readonly data: Wire;
  readonly known?: Instant;
}

/** `sparse`: few ticks far apart, so that much falls due within each. */
export function makeStory(seed: number, sparse = false): Story {
  return new Maker(seed, sparse).make();
}

class Maker {
  readonly #seed: number;
  readonly #sparse: boolean;
  readonly #chance: Chance;
  readonly #form: 'events' | 'live';
  readonly #punctual: boolean;
  readonly #start: Instant;
  readonly #span: number;
  readonly #deliveries: Delivery[] = [];
  readonly #elements: { id: string; operator: Operator; parent?: string }[] = [];
  readonly #services: { id: string; operator: Operator; record: Wire }[] = [];
  #ids = 0;

  constructor(seed: number, sparse: boolean) {
    this.#seed = seed;
    this.#sparse = sparse;
    const chance = (this.#chance = new Chance(seed, 1));
    this.#form = chance.yes(0.5) && !sparse ? 'events' : 'live';
    this.#punctual = this.#form === 'live' && chance.yes(sparse ? 0.2 : 0.4);
    this.#start = Date.parse(`${chance.pick(STARTS)}T00:00:00Z`) + chance.int(0, 3 * 24 * 4) * 15 * MINUTE;
    this.#span = chance.pick([30 * HOUR, 3 * DAY, 5 * DAY, 5 * DAY, 9 * DAY, 20 * DAY, 36 * DAY]);
  }

  make(): Story {
    const chance = this.#chance;
    const operators = chance
      .shuffle(this.#punctual ? OPERATORS.slice(0, 3) : OPERATORS)
      .slice(0, chance.pick([1, 1, 2]));
    for (const operator of operators) this.#inventory(operator);
    for (let i = chance.int(2, 9); i > 0; i--) this.#something();
    if (!this.#punctual) for (let i = chance.pick([0, 0, 1, 2, 3]); i > 0; i--) this.#secondThought();
    if (!this.#punctual) {
      for (let i = chance.pick([0, 0, 1, 2]); i > 0; i--) this.#bad();
      this.#doubles();
    }
    const counts = { service: chance.int(1, 3), element: chance.int(1, 2), facts: chance.int(1, 2) };
    const partitions = { ...counts, decisions: counts.facts };
    const until = this.#start + this.#span + chance.pick([HOUR, 3 * DAY, 3 * DAY, 8 * DAY]);
    const deliveries = this.#order().filter(({ at, known = at }) => Math.max(at, known) <= until);
    const tickEvery = Math.max(
      5 * SECOND,
      Math.round((until - this.#start) / chance.pick(this.#sparse ? [3, 5, 8] : [6, 12, 25, 45])),
    );
    const { form, punctual, start, seed } = {
      form: this.#form,
      punctual: this.#punctual,
      start: this.#start,
      seed: this.#seed,
    };
    return { seed, form, punctual, partitions, start, until, tickEvery, deliveries };
  }

  /** Delivered in the order in which it became known; those of one instant in any order. */
  #order(): readonly Delivery[] {
    return this.#chance
      .shuffle(this.#deliveries)
      .sort((a, b) => a.at - b.at || (this.#punctual ? rank(a) - rank(b) : 0));
  }

  // --- What there is ---

  #inventory(operator: Operator): void {
    const chance = this.#chance;
    const elements = chance.int(1, 4);
    const kinds =
      operator.name === 'go4yu' ? ['platform', 'headend', 'core', 'cell'] : ['core', 'olt', 'cell', 'dslam'];
    for (let i = 0; i < elements; i++) {
      const id = `el-${operator.short}${i}`;
      const parent = i > 0 && chance.yes(0.7) ? `el-${operator.short}${chance.int(0, i - 1)}` : undefined;
      this.#elements.push({ id, operator, ...(parent ? { parent } : {}) });
      const data = { operator: operator.name, kind: kinds[Math.min(i, 3)], ...(parent ? { parent } : {}) };
      this.#record({ type: 'element.upserted', subject: id, time: this.#start - 40 * DAY, data });
    }
    const services = this.#sparse ? 3 : chance.int(1, 3);
    for (let i = 0; i < services; i++) {
      const id = `sv-${operator.short}${i}`;
      const record = this.#profile(operator);
      this.#services.push({ id, operator, record });
      this.#record({ type: 'service.upserted', subject: id, time: this.#start - 40 * DAY, data: record });
    }
  }

  #profile(operator: Operator): Wire {
    const chance = this.#chance;
    const own = this.#elements.filter((one) => one.operator === operator).map(({ id }) => id);
    const young = !this.#punctual && chance.yes(0.12);
    const activeFrom = young ? this.#instant() : this.#start - chance.pick([35, 400, 1000]) * DAY;
    const fee = chance.pick(['1000.00', '2999.99', '0.01', '1234.56', '39.90']);
    const amount = { amount: fee, currency: operator.currency, ...(chance.yes(0.1) ? { vat: 'excluded' } : {}) };
    const servedBy = chance.yes(0.5) ? own.slice(-1) : chance.shuffle(own).slice(0, chance.pick([0, 1, 1, 2]));
    return {
      operator: operator.name,
      kind: operator.name === 'go4yu' ? 'ott-tv' : 'internet',
      activeFrom: iso(activeFrom),
      monthlyFee: chance.yes(0.05) ? null : amount,
      billingDay: chance.pick(['last', 1, 5, 9, 12, 25, 28, new Date(this.#start + DAY).getUTCDate() % 28 || 1]),
      servedBy,
      ...(operator.name === 'truf-rs' && chance.yes(0.3) ? { outagePreference: 'extension' } : {}),
      ...(chance.yes(0.2) ? { language: 'en', notifyBy: ['email'] } : {}),
    };
  }

  /** A record of the inventory: mostly there before all, sometimes late, sometimes last of all. */
  #record(fact: Fact): void {
    const { time } = fact;
    const known =
      !this.#punctual && this.#chance.yes(0.15)
        ? this.#chance.pick([this.#instant(), this.#start + this.#span])
        : this.#start - (this.#punctual ? 6 * DAY : this.#chance.int(0, 2) * HOUR);
    this.#tell({ ...fact, time, known });
  }

  // --- What happens ---

  #something(): void {
    const chance = this.#chance;
    const roll = chance.number();
    if (roll < 0.5) this.#fault(this.#subject());
    else if (roll < 0.58) this.#works();
    else if (roll < 0.66) this.#standing();
    else if (roll < 0.74) this.#change();
    else if (roll < 0.79) this.#equipment();
    else if (roll < 0.83) this.#porting();
    else if (roll < 0.88) this.#report();
    else if (roll < 0.92) this.#movedTwice();
    // A fault made of samples or alarms is always known late.
    else if (this.#punctual) this.#fault(this.#subject());
    else if (roll < 0.95) this.#samples();
    else this.#alarm();
  }

  /** Where something happens: more often than not where something has happened before. */
  #subject(): string {
    const chance = this.#chance;
    const before = this.#deliveries.filter((one) => one.text.includes('fault.opened'));
    if (before.length > 0 && chance.yes(0.3)) return chance.pick(before).key;
    return chance.yes(0.7) ? chance.pick(this.#elements).id : chance.pick(this.#services).id;
  }

  /** Days later it turns out that something was otherwise: what was decided no longer holds. */
  #secondThought(): void {
    const chance = this.#chance;
    const opened = this.#deliveries.filter((one) => one.text.includes('fault.opened'));
    if (opened.length === 0) return;
    const { subject, time, data } = parse(chance.pick(opened).text) as unknown as {
      subject: string;
      time: string;
      data: Wire;
    };
    const from = Date.parse(time);
    const at = from + chance.int(0, 60) * HOUR;
    const known = at + chance.int(1, 120) * HOUR;
    const { faultId } = data;
    const service = chance.pick(this.#services);
    switch (chance.int(0, 6)) {
      case 0:
        return this.#happens(subject, 'fault.cleared', at, { faultId }, known);
      case 1:
        return this.#happens(
          subject,
          'fault.updated',
          at,
          { faultId, responsibility: chance.pick(RESPONSIBILITIES) },
          known,
        );
      case 2:
        return this.#happens(subject, 'fault.opened', from - chance.int(1, 60) * HOUR, { faultId }, known);
      case 3: {
        const works = { worksId: `w${this.#ids}`, channel: 'web', from: iso(from), to: iso(at + HOUR) };
        if (!subject.startsWith('el-')) return;
        return this.#happens(subject, 'works.announced', from - 25 * HOUR, works, known);
      }
      case 4:
        return this.#happens(service.id, 'service.upserted', at, this.#changed(service), known);
      case 5: {
        const [on, off] = chance.pick([
          ['service.parked', 'service.unparked'],
          ['service.suspended', 'service.resumed'],
        ] as const);
        this.#happens(service.id, on, at, {}, known);
        return this.#happens(service.id, off, at + chance.int(1, 60) * HOUR, {});
      }
      default: {
        const report = { equipmentId: `q${this.#ids}`, responsibility: 'equipment' };
        this.#happens(service.id, 'equipment.reported', from - chance.int(-9, 9) * HOUR, report, known);
        return this.#happens(service.id, 'equipment.replaced', at, { equipmentId: report.equipmentId });
      }
    }
  }

  /** How long things last: about each limit, and anything else. */
  #lasting(): number {
    const chance = this.#chance;
    const near = chance.pick([-SECOND, 0, 0, SECOND, 2 * SECOND, MINUTE]);
    return Math.max(
      MINUTE,
      chance.pick([
        chance.int(2, 40) * MINUTE,
        chance.int(1, 47) * HOUR,
        24 * HOUR + near,
        48 * HOUR + near,
        48 * HOUR + near,
        chance.int(49, 75) * HOUR,
        chance.int(49, 120) * HOUR + chance.int(0, 3599) * SECOND,
        15 * DAY,
      ]),
    );
  }

  #fault(subject: string, from = this.#instant()): void {
    const chance = this.#chance;
    const faultId = `f${chance.int(1, 3)}`;
    const first = chance.pick(RESPONSIBILITIES);
    const barred = chance.yes(0.08) ? { accessBarred: true } : {};
    const reason = chance.yes(0.3) ? { reason: chance.pick(['cable cut', 'power', '']) } : {};
    // A clearing may be known days before the opening.
    const openedLate = !this.#punctual && chance.yes(0.12) ? from + chance.int(1, 90) * HOUR : undefined;
    this.#happens(subject, 'fault.opened', from, { faultId, responsibility: first, ...barred, ...reason }, openedLate);
    const to = from + this.#lasting();
    for (let i = chance.pick([0, 0, 0, 1, 2]); i > 0; i--) {
      const at = from + Math.floor(chance.number() * (to - from));
      const what = chance.yes(0.8)
        ? { responsibility: chance.pick(RESPONSIBILITIES) }
        : { accessBarred: chance.yes(0.5) };
      this.#happens(subject, chance.yes(0.85) ? 'fault.updated' : 'fault.opened', at, { faultId, ...what });
    }
    if (chance.yes(0.12)) return;
    this.#happens(subject, 'fault.cleared', to, { faultId });
    if (chance.yes(0.08)) this.#happens(subject, 'fault.cleared', to + chance.int(-600, 600) * SECOND, { faultId });
    if (chance.yes(0.25)) {
      const gap = chance.pick([MINUTE, 14 * MINUTE, 15 * MINUTE - SECOND, 15 * MINUTE, 16 * MINUTE, 5 * HOUR]);
      this.#happens(subject, 'fault.opened', to + gap, { faultId, responsibility: chance.pick(RESPONSIBILITIES) });
      if (chance.yes(0.8)) this.#happens(subject, 'fault.cleared', to + gap + this.#lasting(), { faultId });
    }
  }

  #works(): void {
    const chance = this.#chance;
    const subject = chance.pick(this.#elements).id;
    const from = this.#instant();
    const to = from + chance.int(1, 70) * HOUR;
    const announced = from - chance.pick([24 * HOUR, 24 * HOUR - SECOND, 30 * HOUR, 2 * HOUR]);
    const channel = chance.pick([{ channel: 'web' }, { channel: 'web' }, { channel: 'web' }, { channel: 'sms' }, {}]);
    const data = { worksId: `w${this.#ids}`, from: iso(from), to: iso(to), ...channel };
    this.#happens(subject, 'works.announced', announced, data);
    if (chance.yes(0.7)) this.#fault(subject, from + chance.int(-2, 3) * HOUR);
  }

  #standing(): void {
    const chance = this.#chance;
    const { id } = chance.pick(this.#services);
    const [on, off] = chance.pick([
      ['service.parked', 'service.unparked'],
      ['service.suspended', 'service.resumed'],
      ['service.parked', 'service.unparked'],
      ['service.ended', undefined],
      ['service.transferred', undefined],
    ] as const);
    const from = this.#instant();
    this.#happens(id, on, from, on === 'service.transferred' ? { customerId: `c${this.#ids}` } : {});
    const length = chance.pick([chance.int(1, 900) * MINUTE, chance.int(1, 60) * HOUR, 49 * HOUR, 31 * DAY, 33 * DAY]);
    if (off && chance.yes(0.8)) this.#happens(id, off, from + length, {});
    if (chance.yes(0.5)) this.#fault(id, from - chance.int(-10, 60) * HOUR);
  }

  /** The record changes: another fee, another element, another billing day. */
  #change(): void {
    const chance = this.#chance;
    const service = chance.pick(this.#services);
    this.#happens(service.id, 'service.upserted', this.#instant(), this.#changed(service));
    if (chance.yes(0.3)) {
      const element = chance.pick(this.#elements);
      const parents = this.#elements.filter((one) => one.operator === element.operator && one.id < element.id);
      const parent = parents.length > 0 && chance.yes(0.7) ? { parent: chance.pick(parents).id } : {};
      const data = { operator: element.operator.name, kind: 'cell', ...parent };
      this.#happens(element.id, 'element.upserted', this.#instant(), data);
    }
  }

  #changed(service: { operator: Operator; record: Wire }): Wire {
    const fresh = this.#profile(service.operator);
    const kept: Wire = { ...service.record, ...(this.#chance.yes(0.5) ? { monthlyFee: fresh['monthlyFee'] } : {}) };
    if (this.#chance.yes(0.6)) kept['servedBy'] = fresh['servedBy'];
    if (this.#chance.yes(0.2)) kept['billingDay'] = fresh['billingDay'];
    if (this.#chance.yes(0.2)) delete kept['outagePreference'];
    return kept;
  }

  /** A service that moves twice while a fault lies open. */
  #movedTwice(): void {
    const chance = this.#chance;
    const service = chance.pick(this.#services);
    const from = this.#instant();
    const [served] = service.record['servedBy'] as string[];
    this.#fault(served ?? chance.pick(this.#elements).id, from);
    for (let i = 0; i < 2; i++) {
      this.#happens(service.id, 'service.upserted', from + chance.int(1, 60) * HOUR, this.#changed(service));
    }
  }

  #equipment(): void {
    const chance = this.#chance;
    const { id } = chance.pick(this.#services);
    const from = this.#instant();
    const data = {
      // Reported again by somebody else, it is another's fault from the beginning: that is known late.
      equipmentId: this.#punctual ? `q${this.#ids}` : `q${chance.int(1, 2)}`,
      responsibility: chance.pick(['equipment', 'subscriber', 'operator']),
    };
    this.#happens(id, 'equipment.reported', from, data);
    if (chance.yes(0.8))
      this.#happens(id, 'equipment.replaced', from + this.#lasting(), { equipmentId: data.equipmentId });
    if (chance.yes(0.4)) this.#fault(id, from + chance.int(-20, 20) * HOUR);
  }

  #porting(): void {
    const chance = this.#chance;
    const { id } = chance.pick(this.#services);
    const from = this.#instant();
    const portingId = `p${chance.int(1, 2)}`;
    this.#happens(id, 'porting.accepted', from, { portingId });
    const to = from + chance.pick([DAY, 2 * DAY - SECOND, 2 * DAY, 50 * HOUR, 5 * DAY, 20 * DAY]);
    const excused = chance.yes(0.3) ? { excused: [{ from: iso(from + DAY), to: iso(from + DAY + 5 * HOUR) }] } : {};
    if (chance.yes(0.85)) this.#happens(id, 'porting.completed', to, { portingId, ...excused });
  }

  #report(): void {
    const chance = this.#chance;
    const subject = this.#subject();
    const from = this.#instant();
    const faultId = `f${chance.int(1, 3)}`;
    const named = chance.yes(0.6) ? { faultId } : {};
    const length = chance.pick([60 * HOUR, 100 * HOUR, 100 * HOUR, 90 * HOUR]);
    this.#happens(subject, 'fault.opened', from - chance.int(0, 3) * HOUR, { faultId, responsibility: 'operator' });
    this.#happens(subject, 'fault.reported', from, { reportId: `r${this.#ids}`, ...named });
    if (chance.yes(0.6)) {
      const at = from + chance.pick([20 * HOUR, 72 * HOUR, 72 * HOUR + SECOND, 72 * HOUR + 2 * SECOND, 80 * HOUR]);
      this.#happens(subject, 'repair.started', at, { faultId });
    }
    if (chance.yes(0.8)) this.#happens(subject, 'fault.cleared', from + length, { faultId });
  }

  /** Samples that go down and come up again. */
  #samples(): void {
    const chance = this.#chance;
    const subject = chance.pick(this.#elements).id;
    const low = chance.int(2, 3);
    const high = chance.pick([0, 1, 2, 3]);
    const from = this.#instant();
    const back = from + this.#lasting();
    const sample = (at: Instant, value: number) =>
      this.#happens(subject, 'kpi.sampled', at, { kpi: 'availability', value });
    sample(from - 15 * MINUTE, 1);
    for (let i = 0; i < low; i++) sample(from + i * 15 * MINUTE, chance.pick([0, 0.2, 0.49]));
    for (let i = 0; i < high; i++) sample(back + i * 15 * MINUTE, chance.pick([0.5, 0.9, 1]));
  }

  #alarm(): void {
    const chance = this.#chance;
    const subject = chance.pick(this.#elements).id;
    const from = this.#instant();
    const alarmKey = `k${chance.int(1, 2)}`;
    const cause = { probableCause: chance.pick(['communicationsSubsystemFailure', 'powerProblem', 'fire']) };
    const severity = { perceivedSeverity: chance.pick(['critical', 'critical', 'major', 'minor']) };
    // An alarm that made no fault is remembered for a week, but for its end: more is not asked for what comes later.
    const inTime = (at: Instant) => Math.min(this.#knownOf(at), at + 6 * DAY);
    const changes = chance.yes(0.3);
    const reported = changes ? inTime(from) : undefined;
    this.#happens(subject, 'alarm.reported', from, { alarmKey, ...cause, ...severity }, reported);
    if (changes) {
      const again = { alarmKey, perceivedSeverity: chance.pick(['critical', 'major', 'cleared']) };
      const at = from + chance.int(1, 9) * MINUTE;
      this.#happens(subject, 'alarm.reported', at, again, inTime(at));
    }
    const to = from + chance.pick([4 * MINUTE, 5 * MINUTE, 6 * MINUTE, 3 * HOUR, this.#lasting()]);
    if (chance.yes(0.8)) this.#happens(subject, 'alarm.ended', to, { alarmKey }, inTime(to));
  }

  // --- How it is told ---

  #instant(): Instant {
    const at = this.#start + Math.floor(this.#chance.number() * this.#span);
    return this.#chance.yes(0.5) ? at - (at % HOUR) : at - (at % SECOND);
  }

  /** Something that happened, told at once or late. */
  #happens(subject: string, type: string, time: Instant, data: Wire, known?: Instant): void {
    this.#tell({ subject, type, time, data, known: known ?? this.#knownOf(time) });
  }

  #knownOf(time: Instant): Instant {
    if (this.#punctual) return time;
    const chance = this.#chance;
    const roll = chance.number();
    if (this.#sparse && roll < 0.4) return time + chance.int(40, 200) * HOUR;
    if (roll < 0.65) return time;
    if (roll < 0.8) return time + chance.int(1, 3600) * SECOND;
    if (roll < 0.93) return time + chance.int(1, 60) * HOUR;
    return time + chance.int(1, 20) * DAY;
  }

  #tell(fact: Fact): void {
    const { type, subject, data } = fact;
    const time = fact.time;
    const known = Math.max(fact.known ?? time, this.#start - 40 * DAY);
    this.#ids += 1;
    const event: Wire = {
      specversion: '1.0',
      id: `e${this.#ids}`,
      source: this.#chance.pick(['oss', 'crm']),
      type,
      subject,
      time: iso(time),
      ...(known === time ? {} : { recordedtime: iso(known) }),
      data,
    };
    this.#deliver(event, known);
  }

  #deliver(event: Wire, known: Instant | undefined, at = this.#writtenAt(known ?? this.#instant())): void {
    const type = String(event['type']);
    const key = String(event['subject'] ?? '');
    const forElement = /^(element|works|alarm|kpi)/.test(type);
    const either = /^(fault|repair)/.test(type);
    const both: readonly ('service' | 'element')[] = either && this.#chance.yes(0.15) ? ['service', 'element'] : [];
    const to =
      both.length > 0
        ? both
        : forElement || (either && key.startsWith('el-'))
          ? ['element' as const]
          : ['service' as const];
    const stray = !this.#punctual && this.#chance.yes(0.04);
    this.#deliveries.push({ at, known, key, text: JSON.stringify(event), to, stray });
  }

  #writtenAt(known: Instant): Instant {
    if (this.#punctual) return known;
    const chance = this.#chance;
    if (chance.yes(0.88)) return known;
    return known + (chance.yes(0.7) ? chance.int(1, 7200) * SECOND : chance.int(1, 30) * HOUR);
  }

  /** Records that must be refused, or that change nothing. */
  #bad(): void {
    const chance = this.#chance;
    const service = chance.pick(this.#services);
    const at = this.#instant();
    const other = service.operator.currency === 'RSD' ? 'EUR' : 'RSD';
    const event = (more: Wire): Wire => ({
      specversion: '1.0',
      id: `b${++this.#ids}`,
      source: 'oss',
      type: 'bill.paid',
      subject: service.id,
      time: iso(at),
      data: { amount: { amount: '10.00', currency: service.operator.currency } },
      ...more,
    });
    const wrongMoney = event({ data: { amount: { amount: '10.00', currency: other } } });
    const known = chance.yes(0.5) ? at : undefined;
    switch (chance.int(0, 8)) {
      case 0:
        return this.#deliver(event({ type: 'no.such.type' }), known, at);
      case 1:
        return this.#deliver(event({ data: { amount: { amount: '1.001', currency: 'RSD' } } }), known, at);
      case 2:
        // Bad today, good tomorrow: a refused event does not take its id.
        this.#deliver(wrongMoney, at);
        return this.#deliver({ ...event({}), id: wrongMoney['id'] }, at + chance.int(0, 9) * HOUR);
      case 3: {
        this.#deliveries.push({
          at,
          known: undefined,
          key: '',
          text: '{"this is": no json',
          to: ['service'],
          stray: false,
        });
        return;
      }
      case 4:
        return this.#deliver(event({ time: iso(at + HOUR), recordedtime: iso(at) }), at);
      case 5: {
        // The name of another event, with another content.
        const held = chance.pick(this.#deliveries);
        const copy = parse(held.text);
        if (!copy || typeof copy['data'] !== 'object') return;
        const again = { ...copy, data: { ...copy['data'], reason: 'another', responsibility: 'operator' } };
        const late = Math.max(held.at, held.known ?? held.at) + chance.int(0, 30) * HOUR;
        this.#deliveries.push({ ...held, at: late, text: JSON.stringify(again), stray: false });
        return;
      }
      case 6:
        // Of somebody never heard of.
        return this.#deliver(event({ subject: 'sv-nobody' }), at);
      case 7:
        // Known from the future: refused where the log says when it came.
        return this.#form === 'live'
          ? this.#deliver(event({ recordedtime: iso(at + 3 * HOUR) }), at, at)
          : this.#deliver(event({ time: null }), known, at);
      default:
        return this.#deliver(event({ subject: undefined }), known, at);
    }
  }

  /** Everything may come twice. */
  #doubles(): void {
    const chance = this.#chance;
    const share = chance.pick([0, 0.05, 0.2]);
    for (const held of [...this.#deliveries]) {
      if (!chance.yes(share)) continue;
      const later = chance.pick([0, 0, 5 * SECOND, 3 * HOUR, 30 * HOUR]);
      this.#deliveries.push({ ...held, at: held.at + later, stray: chance.yes(0.05) });
    }
  }
}

/** Of one instant: what there is, then what ends, then what begins. */
function rank({ text }: Delivery): number {
  return text.includes('element.upserted') ? 0 : text.includes('service.upserted') ? 1 : 2;
}

function parse(text: string): (Wire & { data: Wire }) | undefined {
  try {
    return JSON.parse(text) as Wire & { data: Wire };
  } catch {
    return undefined;
  }
}

export function iso(at: Instant): string {
  return new Date(at).toISOString();
}
