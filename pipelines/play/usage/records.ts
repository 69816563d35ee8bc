/**
 * Calls, messages and data sessions, and the records that tell of them. A happening is its service, its second and its seed;
 * what it was and what each record says of it is worked out from these, so that a record can be told weeks later, or twice,
 * with the same content. Volumes and lengths have shapes like those of published synthetic records: half of all sessions
 * under 8 MB and of all calls under 75 s, with long tails.
 */
import type { UsageKind } from '../../domain/event.js';
import { DRAWS, draw, mix, Sizes, unit } from './chance.js';
import type { Operator } from './people.js';
import { HOUR, MINUTE, type Partner } from './places.js';
import { ownCharge, type PriceZone, wireMoney } from './tariffs.js';

const MEGABYTE = 1_048_576;
const VOICE = new Sizes('voice', 75, 1.1, 1, 1.6 * HOUR);
const DATA = new Sizes('data', 8 * MEGABYTE, 1.5, 2_048, 6_144 * MEGABYTE);
const FILES = new Sizes('files', 5 * MINUTE, 0.8, 30, 2 * HOUR);
const LATE = new Sizes('late', 4 * 24 * HOUR, 1.2, 5 * HOUR, 75 * 24 * HOUR);

/** A part of a session is reported each quarter of an hour. */
export const PART_SECONDS = 15 * MINUTE;
const PARTS_MAX = 6;

/** What a happening was. */
export interface Happening {
  readonly kind: UsageKind;
  readonly direction: 'out' | 'in';
  /** Seconds, bytes or messages; premium has none. */
  readonly amount: number;
}

/** What the seed says: kind, direction, how much. */
export function happeningOf(seed: number, dataOnly: boolean, abroad: boolean): Happening {
  const bits = draw(seed, DRAWS.kind) & 1023;
  const amount = draw(seed, DRAWS.amount);
  if (dataOnly || bits < 470) return { kind: 'data', direction: 'out', amount: DATA.of(amount) };
  const direction = unit(seed, DRAWS.direction) < 0.58 ? 'out' : 'in';
  // Two calls in a hundred are not answered.
  if (bits < 820) return { kind: 'voice', direction, amount: (amount & 127) < 3 ? 0 : VOICE.of(amount) };
  if (bits < 995 || abroad) return { kind: 'sms', direction, amount: (amount & 63) < 56 ? 1 : 2 + (amount & 1) };
  if (bits < 1010) return { kind: 'mms', direction, amount: 1 };
  return { kind: 'premium', direction: 'out', amount: 0 };
}

/** In how many parts a session is reported; 0: as a whole. At home one in five of the larger ones. */
export function partsOf(seed: number, happening: Happening): number {
  if (happening.kind !== 'data' || happening.amount < 32 * MEGABYTE || unit(seed, DRAWS.parts) >= 0.2) return 0;
  return 2 + (draw(seed, DRAWS.detail) % (PARTS_MAX - 1));
}

/** Abroad a session may be told in two NRTRDE records and one TAP record. */
export function isSplitInNrtrde(seed: number, { kind, amount }: Happening): boolean {
  return kind === 'data' && amount > 4 * MEGABYTE && unit(seed, DRAWS.parts) < 0.1;
}

/** Seconds from the beginning of a happening, or of a part of it, until its record can be written. */
export function lengthOf({ kind, amount }: Happening): number {
  return kind === 'voice' ? amount : kind === 'data' ? PART_SECONDS : 1;
}

/** How long the home network takes: minutes; three in a thousand are found days or weeks later. */
export function homeDelay(seed: number): number {
  return unit(seed, DRAWS.late) < 0.003 ? LATE.of(draw(seed, DRAWS.delay)) : FILES.of(draw(seed, DRAWS.delay));
}

/** Which record of a happening is told. All have the same fields in the same order: they are made by the million. */
export interface Telling {
  readonly operator: Operator;
  readonly seed: number;
  readonly happening: Happening;
  /** Undefined at home. */
  readonly abroad: { readonly country: string; readonly zone: PriceZone; readonly partner: Partner } | undefined;
  readonly feed: 'cdr' | 'radius' | 'nrtrde' | 'tap';
  /** What ties records of one session; undefined where there is one record only. */
  readonly sessionId: string | undefined;
  /** From 1, of how many; 0 of 0 where the session is told as a whole. */
  readonly part: number;
  readonly parts: number;
  readonly charged: boolean;
  readonly corrected: boolean;
}

/** The data of `usage.recorded`. */
export function usageData(telling: Telling): Readonly<Record<string, unknown>> {
  const { operator, seed, happening, abroad, feed, sessionId, part, parts } = telling;
  const { kind, direction } = happening;
  const amount = amountTold(telling);
  const data = measured(happening, amount, feed, abroad?.country ?? operator.home, seed);
  if (abroad) data['visitedNetwork'] = abroad.partner.network;
  const zone = abroad?.zone ?? zoneOf(seed, kind);
  if (direction === 'out' && kind !== 'premium') {
    const home = abroad !== undefined || zone === 'national';
    data['destination'] = destinationOf(zone, home ? operator.home : countryOf(zone, seed));
  }
  if (sessionId !== undefined) data['sessionId'] = sessionId;
  if (parts > 0) data['part'] = part;
  const charge = chargeOf(telling, zone, amount);
  if (charge !== undefined) data['charge'] = wireMoney(charge, operator.currency);
  return data;
}

/** What all records have, as literals: an object that grows field by field costs twice the memory. */
function measured(
  { kind, direction }: Happening,
  amount: number,
  feed: string,
  country: string,
  seed: number,
): Record<string, unknown> {
  if (kind === 'voice') return { kind, direction, seconds: amount, feed, country };
  if (kind === 'data') return { kind, direction, bytes: amount, feed, country };
  // An SMS without `messages` is one.
  if (kind === 'premium' || (amount === 1 && (seed & 1) === 1)) return { kind, direction, feed, country };
  return { kind, direction, messages: amount, feed, country };
}

type Destination = Readonly<{ zone: PriceZone; country: string }>;
const destinations = new Map<PriceZone, Map<string, Destination>>();

/** There are few, and events share them: nobody writes to an event. */
function destinationOf(zone: PriceZone, country: string): Destination {
  let byCountry = destinations.get(zone);
  if (byCountry === undefined) destinations.set(zone, (byCountry = new Map()));
  let destination = byCountry.get(country);
  if (destination === undefined) byCountry.set(country, (destination = Object.freeze({ zone, country })));
  return destination;
}

/** NRTRDE counts a little less than TAP, a corrected record a fifth less; parts share equally, the last takes the rest. */
function amountTold({ happening: { kind, amount }, feed, part, parts, corrected }: Telling): number {
  if (kind !== 'voice' && kind !== 'data') return amount;
  let told = corrected ? Math.floor(amount * 0.8) : amount;
  if (feed === 'nrtrde' && kind === 'data') told -= told >> 6;
  if (parts === 0) return told;
  const share = Math.floor(told / parts);
  return part < parts ? share : told - share * (parts - 1);
}

/** The operator's own charge comes with the final records, never with NRTRDE; what comes in has none. */
function chargeOf(telling: Telling, zone: PriceZone, amount: number): number | undefined {
  const { operator, happening, feed, charged, corrected, seed } = telling;
  if (happening.kind === 'premium') {
    const full = (operator.currency === 'RSD' ? 6_000 : 60) * (1 + (draw(seed, DRAWS.amount) & 3));
    return corrected ? full / 2 : full;
  }
  if (!charged || feed === 'nrtrde' || happening.direction === 'in') return undefined;
  return ownCharge(operator.id, happening.kind, zone, amount);
}

/** Data stays at home; of calls and messages most. */
function zoneOf(seed: number, kind: UsageKind): PriceZone {
  const sort = kind === 'data' ? 0 : unit(seed, DRAWS.destination);
  return sort < 0.93 ? 'national' : sort < 0.99 ? 'region' : 'world';
}

function countryOf(zone: PriceZone, seed: number): string {
  const bits = mix(seed);
  return zone === 'region' ? ['BA', 'ME', 'MK', 'AL'][bits & 3]! : ['US', 'CH', 'TR', 'GB'][bits & 3]!;
}
