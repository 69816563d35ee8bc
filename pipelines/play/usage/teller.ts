/** Makes the event of what was held: the same five numbers give the same event, now, weeks later, and the second time. */
import type { Instant } from '../../domain/units.js';
import { SECOND } from '../../domain/units.js';
import type { WireEvent } from '../generator.js';
import { barData, billIssued, billPaid, historyData, noticeData } from './accounts.js';
import { FAULTY } from './faults.js';
import { TOLD, WHAT_BITS } from './held.js';
import { OPERATORS, type Operator, type OperatorId, type People } from './people.js';
import { COUNTRIES, type Country, PARTNERS, partnerIn } from './places.js';
import { happeningOf, isSplitInNrtrde, PART_SECONDS, partsOf, usageData } from './records.js';
import { TARIFFS, tariffData, tariffId } from './tariffs.js';
import { type Summer, whereabouts } from './trips.js';
import { WallText } from './wall-text.js';

type Data = Readonly<Record<string, unknown>>;

/** The systems that events come from; those of roaming have one source for each partner. */
const FEEDS = ['crm', 'mediation', 'aaa', 'presence', 'billing', 'care', 'gateway'] as const;
type Feed = (typeof FEEDS)[number];

interface Sources extends Readonly<Record<Feed, string>> {
  readonly nrtrde: readonly string[];
  readonly tap: readonly string[];
}

function sourcesOf(id: OperatorId): Sources {
  const of = (feed: string) => `made-up/${id}/${feed}`;
  return {
    ...(Object.fromEntries(FEEDS.map((feed) => [feed, of(feed)])) as Record<Feed, string>),
    nrtrde: PARTNERS.map(({ network }) => of(`nrtrde/${network}`)),
    tap: PARTNERS.map(({ network }) => of(`tap/${network}`)),
  };
}

const SOURCES: Readonly<Record<OperatorId, Sources>> = { 'a1-rs': sourcesOf('a1-rs'), 'mtel-at': sourcesOf('mtel-at') };

/** Numbers of 16 bits: an id that has a whole seed in it is unique, and need not be slow to write. */
const HEX = Array.from({ length: 0x10000 }, (_, i) => i.toString(16).padStart(4, '0'));

/** Tells the events of one story. Seconds are those of the story, from `from` on. */
export class Teller {
  readonly #from: Instant;
  readonly #people: People;
  readonly #summer: Summer;
  readonly #texts: Readonly<Record<OperatorId, WallText>>;

  constructor(from: Instant, people: People, summer: Summer) {
    this.#from = from;
    this.#people = people;
    this.#summer = summer;
    const text = (id: OperatorId) => new WallText(from, OPERATORS[id].zone);
    this.#texts = { 'a1-rs': text('a1-rs'), 'mtel-at': text('mtel-at') };
  }

  *tariffs(operator: Operator): Generator<WireEvent, void, undefined> {
    for (const number of TARIFFS.keys()) {
      const id = tariffId(operator.id, number);
      yield this.#wire(
        operator,
        SOURCES[operator.id].crm,
        id,
        'tariff.upserted',
        id,
        0,
        0,
        tariffData(operator.id, number),
      );
    }
  }

  /** What is known of a service from before the story; undefined where that is nothing. */
  history(service: number): WireEvent | undefined {
    const person = this.#people.of(service);
    const operator = this.#people.operatorOf(person);
    const data = historyData(this.#people, person, operator, this.#from, this.#summer);
    const { crm } = SOURCES[operator.id];
    return data && this.#wire(operator, crm, `history-${service}`, 'history.imported', subjectOf(service), 0, 0, data);
  }

  /** What was held, as `usage/held.ts` has it. */
  event(due: number, service: number, start: number, seed: number, what: number): WireEvent {
    const people = this.#people;
    const person = people.of(service);
    const operator = people.operatorOf(person);
    const told = what & ((1 << WHAT_BITS) - 1);
    const number = what >>> WHAT_BITS;
    const id = `${service}-${start}-${HEX[seed >>> 16]!}${HEX[seed & 0xffff]!}`;
    if (told <= TOLD.corrected) return this.#usage(due, service, person, operator, start, seed, told, number, id);
    const say = (feed: Feed, name: string, type: string, time: number, data: Data) =>
      this.#wire(operator, SOURCES[operator.id][feed], name, type, subjectOf(service), time, due, data);
    const version = start >= people.changes(person) ? 1 : 0;
    switch (told) {
      case TOLD.faulty:
        return this.#bad(due, service, operator, id, number);
      case TOLD.presence: {
        const place = whereabouts(person, operator.home, start, this.#summer);
        const country = COUNTRIES[place]?.code ?? operator.home;
        return say('presence', id, 'presence.observed', start, { country });
      }
      case TOLD.billIssued: {
        const issued = this.#from + start * SECOND;
        const tariff = people.tariffOf(person, version);
        const data = billIssued(operator, tariff, people.billingDayOf(person, version), issued, seed);
        return say('billing', id, 'bill.issued', start, data);
      }
      case TOLD.billPaid:
        // `start` is when the bill was issued: the fee is the one that it has.
        return say('billing', `${id}.p`, 'bill.paid', due, billPaid(operator, people.tariffOf(person, version), seed));
      case TOLD.barRequested:
        return say('care', id, 'bar.requested', start, barData(seed));
      case TOLD.barWithdrawn:
        return say('care', id, 'bar.withdrawn', start, barData(seed));
      case TOLD.notice:
        return say('gateway', id, 'notice.progressed', start, noticeData(seed));
      case TOLD.upserted:
        return say('crm', `service-${service}-${number}`, 'service.upserted', start, people.record(service, number));
      case TOLD.ended:
        return say('crm', `end-${service}`, 'service.ended', start, { reason: 'contract ended' });
      default:
        throw new Error(`nothing is told of ${told}`);
    }
  }

  /** A record of a happening, or that one is withdrawn. */
  #usage(
    due: number,
    service: number,
    person: number,
    operator: Operator,
    start: number,
    seed: number,
    told: number,
    number: number,
    id: string,
  ): WireEvent {
    const people = this.#people;
    const sources = SOURCES[operator.id];
    const place = whereabouts(person, operator.home, start, this.#summer);
    const subject = subjectOf(service);
    const of = told === TOLD.cancelled || told === TOLD.corrected ? number : told;
    if (told === TOLD.cancelled) {
      const [source, recordId] =
        of === TOLD.tap ? [sources.tap[partnerIn(place, seed)]!, `${id}.t`] : [sources.mediation, id];
      return this.#wire(operator, source, `${id}.x`, 'usage.cancelled', subject, due, due, { recordId });
    }
    const happening = happeningOf(seed, people.isDataOnly(person), place !== 0);
    const corrected = told === TOLD.corrected;
    const charged = people.isCharged(person);
    if (place === 0) {
      const part = corrected ? 0 : number;
      const parts = part === 0 ? 0 : partsOf(seed, happening);
      const feed = parts === 0 ? 'cdr' : 'radius';
      const sessionId = parts === 0 ? undefined : `s-${id}`;
      const abroad = undefined;
      const data = usageData({ operator, seed, happening, abroad, feed, sessionId, part, parts, charged, corrected });
      const name = corrected ? `${id}.c` : part === 0 ? id : `${id}.${part}`;
      const source = part === 0 ? sources.mediation : sources.aaa;
      return this.#wire(operator, source, name, 'usage.recorded', subject, beginOf(start, part), due, data);
    }
    const partner = partnerIn(place, seed);
    const { code: country, roaming: zone } = COUNTRIES[place] as Country;
    const abroad = { country, zone, partner: PARTNERS[partner]! };
    const feed = of === TOLD.tap ? 'tap' : 'nrtrde';
    const part = of === TOLD.tap ? 0 : number;
    const parts = part > 0 && isSplitInNrtrde(seed, happening) ? 2 : 0;
    const sessionId = `s-${id}`;
    const data = usageData({ operator, seed, happening, abroad, feed, sessionId, part, parts, charged, corrected });
    const name = feed === 'tap' ? `${id}.t${corrected ? '.c' : ''}` : part === 0 ? `${id}.n` : `${id}.n${part}`;
    const source = sources[feed][partner]!;
    return this.#wire(operator, source, name, 'usage.recorded', subject, beginOf(start, part), due, data);
  }

  /** A record that is bad on purpose; its source says how. */
  #bad(due: number, service: number, operator: Operator, id: string, number: number): WireEvent {
    const { name, reason, data, time = 0, type = 'usage.recorded', subject, specversion } = FAULTY[number]!;
    const foreign = operator.currency === 'EUR' ? 'RSD' : 'EUR';
    const text = this.#texts[operator.id];
    return {
      specversion: specversion ?? '1.0',
      id: `${id}.f`,
      source: `made-up/faulty/${name}`,
      type,
      subject: subject ?? subjectOf(service),
      time: typeof time === 'string' ? time : text.of(due + time),
      recordedtime: text.of(due),
      madeup: true,
      planted: reason,
      data: data({ foreign, own: operator.currency }),
    };
  }

  #wire(
    operator: Operator,
    source: string,
    id: string,
    type: string,
    subject: string,
    time: number,
    known: number,
    data: Data,
  ): WireEvent {
    const text = this.#texts[operator.id];
    return {
      specversion: '1.0',
      id,
      source,
      type,
      subject,
      time: text.of(time),
      recordedtime: text.of(known),
      madeup: true,
      data,
    };
  }
}

/** When a part of a session begins. */
function beginOf(start: number, part: number): number {
  return part === 0 ? start : start + (part - 1) * PART_SECONDS;
}

function subjectOf(service: number): string {
  return `made-up-${service}`;
}
