/** From events to what is held of them. */
import { dayNumber, dayStart } from '../calendar.js';
import type { Measure } from '../decision.js';
import { refOf } from '../detector.js';
import type { DozorEvent, EventOf } from '../event.js';
import type { Pack, RoamingRules } from '../pack.js';
import type { Zone } from '../units.js';
import type { UsageBook } from './book.js';
import type { History } from './history.js';
import { fineOf } from './money.js';
import { printOf } from './packed.js';
import { HOME, type Place, type UsageRecord } from './record.js';

/** What tells of a service's use, or takes it off. */
export type UsageEvent = Extract<
  DozorEvent,
  { type: 'usage.recorded' | 'usage.cancelled' | 'presence.observed' | 'history.imported' | 'bill.paid' }
>;

/** A record can come so long after its own time, and so can the word that it is withdrawn. */
const MEMORY_DAYS = 131;

/** Takes an event into a service's book, by its operator's pack, and says whether it counts there. */
export function takeUsage(book: UsageBook, event: UsageEvent, pack: Pack): boolean {
  switch (event.type) {
    case 'usage.recorded':
      return book.add(recordOf(event, pack));
    case 'usage.cancelled': {
      const print = printOf(refOf({ source: event.source, id: event.data.recordId }));
      return book.cancel(print, dayNumber(event.recordedtime, pack.zone) + MEMORY_DAYS);
    }
    case 'presence.observed':
      book.present(dayNumber(event.time, pack.zone), placeOf(event.data.country, pack.rules.roaming));
      return true;
    case 'history.imported': {
      const { history, places } = historyOf(event, pack);
      book.remember(history, places);
      if (event.data.unpaid) book.owe(fineOf(event.data.unpaid, pack.vatPercent));
      return true;
    }
    case 'bill.paid':
      book.owe(-fineOf(event.data.usageAmount ?? event.data.amount, pack.vatPercent));
      return true;
  }
}

/** What is held of a `usage.recorded`. */
export function recordOf(event: EventOf<'usage.recorded'>, pack: Pack): UsageRecord {
  const { data } = event;
  const { kind, charge, sessionId, part, destination } = data;
  const feed = data.feed === 'tap' || data.feed === 'nrtrde' ? data.feed : 'other';
  return {
    print: printOf(refOf(event)),
    at: event.time,
    day: dayNumber(event.time, pack.zone),
    kind,
    incoming: data.direction === 'in',
    feed,
    place: placeOf(countryOf(data.country, data.visitedNetwork, feed), pack.rules.roaming),
    amount: amountOf(data),
    charge: charge ? fineOf(charge, pack.vatPercent) : 0,
    priced: charge !== undefined,
    ...(sessionId !== undefined && { session: printOf(sessionId) }),
    ...(sessionId !== undefined && part !== undefined && { part: printOf(String(part)) }),
    ...(charge === undefined && destination && { destination }),
    ...judgedBy(data, pack),
    standing: 'live',
  };
}

/** What only the rules on unusual use ask of a record: the country that it names, and whether its number is on their list. */
function judgedBy(
  { country, visitedNetwork, destination }: EventOf<'usage.recorded'>['data'],
  { rules: { unusualUse, roaming } }: Pack,
): Pick<UsageRecord, 'country' | 'listed'> {
  if (!unusualUse) return {};
  const { travelMin, shortCalls } = unusualUse;
  const named = travelMin === null ? undefined : countryOf(country, visitedNetwork, 'other');
  const isNamed = named !== undefined && named !== UNKNOWN;
  const prefix = shortCalls.ranges.length > 0 ? destination?.prefix?.replace(/^(?:\+|00)/, '') : undefined;
  return {
    ...(isNamed && { country: placeOf(named, roaming) === 'home' ? HOME : named }),
    ...(prefix && shortCalls.ranges.some((range) => prefix.startsWith(range)) && { listed: true as const }),
  };
}

/** Seconds, bytes or messages; a message without a number is one. */
function amountOf({ kind, seconds = 0, bytes = 0, messages = 1 }: EventOf<'usage.recorded'>['data']): number {
  switch (kind) {
    case 'voice':
      return seconds;
    case 'data':
      return bytes;
    case 'sms':
    case 'mms':
      return messages;
    case 'premium':
      return 0;
  }
}

/** A country abroad that no record names. */
const UNKNOWN = 'ZZ';
/** The countries of mobile country codes (ITU-T E.212) that a record may name in place of a country. */
const COUNTRY_OF: Readonly<Record<string, string>> = {
  220: 'RS',
  218: 'BA',
  297: 'ME',
  294: 'MK',
  276: 'AL',
  221: 'XK',
};

/** Where a record was made; undefined: at home, for only a network abroad is named. */
function countryOf(
  country: string | undefined,
  network: string | undefined,
  feed: UsageRecord['feed'],
): string | undefined {
  if (country !== undefined) return country;
  if (network !== undefined) return COUNTRY_OF[network.slice(0, 3)] ?? UNKNOWN;
  // A partner's record tells of a network abroad, though not of which.
  return feed === 'other' ? undefined : UNKNOWN;
}

/** The place of a country by the rules on roaming; without them everything is home. */
export function placeOf(country: string | undefined, rules: RoamingRules | undefined): Place {
  if (country === undefined || !rules || rules.homeCountries.includes(country)) return 'home';
  return rules.zone.includes(country) ? 'zone' : 'elsewhere';
}

/** What was known of a service before this installation was. Cycles are taken by their local days. */
export function historyOf(
  event: EventOf<'history.imported'>,
  pack: Pack,
): { readonly history: History; readonly places: readonly { day: number; place: Place; sums: Sums }[] } {
  const { cycles = [], days = [] } = event.data;
  const byDay = days.map(({ date, country, voiceSeconds, messages, dataBytes }) => {
    const sums: Sums = {
      ...(voiceSeconds !== undefined && { voiceSeconds }),
      ...(messages !== undefined && { messages }),
      ...(dataBytes !== undefined && { dataBytes }),
    };
    return { day: dayOfDate(date, pack.zone), place: placeOf(country, pack.rules.roaming), sums };
  });
  return {
    history: {
      cycles: cycles.map(({ from, to, charges, usage }) => ({
        from: dayNumber(from, pack.zone),
        to: dayNumber(to, pack.zone),
        sums: {
          ...(usage?.voiceSeconds !== undefined && { voiceSeconds: usage.voiceSeconds }),
          ...(usage?.messages !== undefined && { messages: usage.messages }),
          ...(usage?.dataBytes !== undefined && { dataBytes: usage.dataBytes }),
          ...(usage?.charge && { charge: fineOf(usage.charge, pack.vatPercent) }),
          ...(charges && { charge: fineOf(charges, pack.vatPercent) }),
        },
      })),
      days: byDay.map(({ day, sums }) => ({ day, sums })),
    },
    places: byDay,
  };
}

type Sums = Partial<Record<Measure, number>>;

function dayOfDate(date: string, zone: Zone): number {
  return dayNumber(dayStart(date, zone), zone);
}
