/**
 * The services of the story, each a function of the seed and its number: operator, tariff, how active it is, what its record
 * says and when that changes. Nothing is held of them. None has a phone number or an address.
 */
import { formatLocal } from '../../domain/calendar.js';
import { type Instant, SECOND } from '../../domain/units.js';
import { DRAWS, draw, mix, seedOf, unit, whole } from './chance.js';
import { DAY } from './places.js';
import { monthlyFee, tariffId, wireMoney } from './tariffs.js';

export type OperatorId = 'a1-rs' | 'mtel-at';

export interface Operator {
  readonly id: OperatorId;
  readonly zone: string;
  readonly currency: string;
  readonly home: 'RS' | 'AT';
  readonly languages: readonly string[];
}

export const OPERATORS: Readonly<Record<OperatorId, Operator>> = {
  'a1-rs': {
    id: 'a1-rs',
    zone: 'Europe/Belgrade',
    currency: 'RSD',
    home: 'RS',
    languages: ['sr-Latn', 'sr-Latn', 'sr-Latn', 'sr-Cyrl', 'en'],
  },
  'mtel-at': {
    id: 'mtel-at',
    zone: 'Europe/Vienna',
    currency: 'EUR',
    home: 'AT',
    languages: ['de', 'de', 'sr-Latn', 'en'],
  },
};

/** How active a service is: factors with a mean of 1. One in eight is all but idle. */
export const ACTIVITY = [0.02, 0.15, 0.35, 0.6, 0.9, 1.3, 1.8, 2.88] as const;

const NEVER = 2 ** 31 - 1;
const BILLING_DAYS = [5, 9, 17, 21, 25, 28, 'last'] as const;
const MEGABYTES = 1_048_576;

/** The people of a story. A person is named by a 32-bit seed: `of(number)`. */
export class People {
  readonly #seed: number;
  readonly #from: Instant;
  readonly #operators: readonly Operator[];

  constructor(seed: number, from: Instant, operators: readonly OperatorId[]) {
    this.#seed = seed;
    this.#from = from;
    this.#operators = operators.map((id) => OPERATORS[id]);
  }

  of(service: number): number {
    return mix(seedOf(this.#seed, service));
  }

  /** Three in five are with the first operator. */
  operatorOf(person: number): Operator {
    const [first, second] = this.#operators;
    return second === undefined || unit(person, DRAWS.operator) < 0.6 ? first! : second;
  }

  /** A place in `ACTIVITY`. */
  activityOf(person: number): number {
    return draw(person, DRAWS.activity) & 7;
  }

  /** Whether its records come with a charge; else the tariff rates them. */
  isCharged(person: number): boolean {
    return unit(person, DRAWS.charged) < 0.35;
  }

  /** A service for data alone: a router, a tablet. */
  isDataOnly(person: number): boolean {
    return unit(person, DRAWS.profile) < 0.06;
  }

  /** Who pays before has no monthly fee, and no bills. */
  isPrepaid(person: number): boolean {
    return unit(person, DRAWS.prepaid) < 0.07;
  }

  /** The second of the story at which it begins; -1 where it is there from the beginning. */
  joins(person: number): number {
    if (unit(person, DRAWS.joins) >= 0.04) return -1;
    return whole(person, DRAWS.second, 0, 365 * DAY);
  }

  /** The second at which it ends; beyond all stories for most. */
  ends(person: number): number {
    if (unit(person, DRAWS.ends) >= 0.03) return NEVER;
    return Math.max(0, this.joins(person)) + whole(person, DRAWS.endDay, 20 * DAY, 380 * DAY);
  }

  /** The second at which the subscriber changes tariff, limits and billing day; never for most. */
  changes(person: number): number {
    if (unit(person, DRAWS.changes) >= 0.1) return NEVER;
    return Math.max(0, this.joins(person)) + whole(person, DRAWS.changeDay, DAY, 360 * DAY);
  }

  /** The number of its tariff, before and after the change. */
  tariffOf(person: number, version: number): number {
    return (Math.floor(unit(person, DRAWS.tariff) * 3) + version) % 3;
  }

  /** Only A1's subscribers change it: bills, which only MTEL's have here, keep their day. */
  billingDayOf(person: number, version: number): number | 'last' {
    const moved = version > 0 && this.operatorOf(person).id === 'a1-rs' ? 3 : 0;
    return BILLING_DAYS[((draw(person, DRAWS.billing) & 0xffff) + moved) % BILLING_DAYS.length]!;
  }

  /** From when on it is known: before the story for most, so that fair use and averages have something to look back at. */
  activeFrom(person: number): Instant {
    const joins = this.joins(person);
    if (joins >= 0) return this.#from + joins * SECOND;
    // One in seven is younger than the four months before which fair use is not looked at.
    const age = unit(person, DRAWS.age);
    return this.#from - Math.floor(age < 0.14 ? 5 + age * 800 : 130 + age * 2_000) * DAY * SECOND;
  }

  /** The data of `service.upserted`, first (version 0) and changed (1). */
  record(service: number, version: number): Readonly<Record<string, unknown>> {
    const person = this.of(service);
    const operator = this.operatorOf(person);
    const { id, currency, languages, zone } = operator;
    const tariff = this.tariffOf(person, version);
    const spend = unit(seedOf(person, version), DRAWS.spend);
    const prepaid = this.isPrepaid(person);
    const limits = this.#limits(seedOf(person, version), currency);
    return {
      operator: id,
      kind: this.isDataOnly(person) ? 'data' : 'mobile',
      // The last two of four numbers belong to one customer.
      customerId: `made-up-customer-${service % 4 === 3 ? service - 1 : service}`,
      customerType: unit(person, DRAWS.customer) < 0.12 ? 'business' : 'consumer',
      payment: prepaid ? 'prepaid' : 'postpaid',
      activeFrom: formatLocal(this.activeFrom(person), zone),
      monthlyFee: prepaid ? null : wireMoney(monthlyFee(id, tariff), currency),
      billingDay: this.billingDayOf(person, version),
      tariffId: tariffId(id, tariff),
      ...(limits && { limits }),
      ...(id === 'a1-rs' && spend < 0.2 && { spendBar: true }),
      ...(id === 'mtel-at' && spend < 0.25 && { creditLimit: wireMoney(spend < 0.1 ? 3_000 : 12_000, currency) }),
      language: languages[draw(person, DRAWS.language) % languages.length]!,
      notifyBy: spend > 0.7 ? ['sms', 'email'] : ['sms'],
    };
  }

  /** A third has limits of one kind or another. */
  #limits(seed: number, currency: string): Readonly<Record<string, unknown>> | undefined {
    const sort = unit(seed, DRAWS.limits);
    const size = 1 + (draw(seed, DRAWS.detail) & 3);
    const charge = wireMoney(size * (currency === 'RSD' ? 50_000 : 500), currency);
    if (sort < 0.08) return { daily: { dataBytes: size * 128 * MEGABYTES } };
    if (sort < 0.14) return { daily: { charge }, monthly: { dataBytes: size * 2_048 * MEGABYTES } };
    if (sort < 0.2) return { weekly: { voiceSeconds: size * 1_800, messages: size * 10 } };
    if (sort < 0.26)
      return {
        weekly: { charge },
        monthly: { charge: wireMoney(size * (currency === 'RSD' ? 150_000 : 1_500), currency) },
      };
    if (sort < 0.33)
      return { daily: { voiceSeconds: size * 900 }, monthly: { messages: size * 40, voiceSeconds: size * 9_000 } };
    return undefined;
  }
}
