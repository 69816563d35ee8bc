/**
 * Where a service is at any second of the story: at home, on a trip of days to months, or, for a few, mostly abroad and now
 * and then at home (what fair use is about). Time is cut into seasons of 64 days; each season may begin one trip, so that
 * to know where somebody is, three seasons are looked at and nothing is remembered.
 */
import { DRAWS, draw, seedOf, unit, whole } from './chance.js';
import { countryNumber, DAY, HOUR } from './places.js';

/** Days in a season. */
const SEASON = 64;
/** The longest trip in days: it ends before the third season after the one it began in. */
export const TRIP_DAYS_MAX = 120;

type Weights = readonly (readonly [code: string, share: number])[];

/** Where subscribers of a country go, and where those live who live abroad. The shares of a list add up to 1. */
const GOING: Readonly<Record<'RS' | 'AT', { readonly trips: Weights; readonly residences: Weights }>> = {
  RS: {
    trips: [
      ['ME', 0.27],
      ['BA', 0.25],
      ['HR', 0.14],
      ['MK', 0.12],
      ['AT', 0.1],
      ['XK', 0.07],
      ['AL', 0.05],
    ],
    residences: [
      ['BA', 0.4],
      ['ME', 0.3],
      ['XK', 0.15],
      ['MK', 0.1],
      ['AL', 0.05],
    ],
  },
  AT: {
    trips: [
      ['RS', 0.35],
      ['BA', 0.25],
      ['HR', 0.24],
      ['ME', 0.08],
      ['MK', 0.05],
      ['XK', 0.02],
      ['AL', 0.01],
    ],
    residences: [
      ['RS', 0.6],
      ['BA', 0.4],
    ],
  },
};

/** A list of 256 places, each as often as its share says: a draw of eight bits picks one. */
const wheelOf = (weights: Weights): Uint8Array => {
  const wheel = new Uint8Array(256);
  let upTo = 0;
  let filled = 0;
  for (const [code, share] of weights) {
    upTo += share * 256;
    wheel.fill(countryNumber(code), filled, Math.round(upTo));
    filled = Math.round(upTo);
  }
  return wheel;
};
const TRIPS = { RS: wheelOf(GOING.RS.trips), AT: wheelOf(GOING.AT.trips) };
const RESIDENCES = { RS: wheelOf(GOING.RS.residences), AT: wheelOf(GOING.AT.residences) };

/** The share of services that live abroad. */
export const ABROAD_SHARE = 0.008;
const FREQUENT_SHARE = 0.06;
const OCCASIONAL_SHARE = 0.45;

/** Whether the service is mostly used abroad. */
export function livesAbroad(person: number): boolean {
  return unit(person, DRAWS.travel) < ABROAD_SHARE;
}

/** Whether it ever leaves home. */
export function travels(person: number): boolean {
  return unit(person, DRAWS.travel) < OCCASIONAL_SHARE;
}

/** Trips are more frequent where `summer` says so: a number of the season, 1 in the mean. */
export type Summer = (season: number) => number;

/** Where the service is at a second of the story (also before its beginning): a number in `COUNTRIES`, 0 at home. */
export function whereabouts(person: number, home: 'RS' | 'AT', second: number, summer: Summer): number {
  const kind = unit(person, DRAWS.travel);
  if (kind >= OCCASIONAL_SHARE) return 0;
  const season = Math.floor(second / (SEASON * DAY));
  if (kind < ABROAD_SHARE) {
    for (let at = season; at >= season - 1; at--) {
      const visit = seedOf(person, at);
      const from = startOf(visit, at);
      if (second >= from && second < from + whole(visit, DRAWS.tripLength, 2, 18) * DAY) return 0;
    }
    return RESIDENCES[home][draw(person, DRAWS.residence) & 255]!;
  }
  const chance = kind < FREQUENT_SHARE ? 0.75 : 0.2;
  // Of two trips the one begun last holds.
  for (let at = season; at >= season - 2; at--) {
    const trip = seedOf(person, at);
    if (unit(trip, DRAWS.trip) >= chance * summer(at)) continue;
    const from = startOf(trip, at);
    if (second >= from && second < from + lengthOf(trip)) return TRIPS[home][draw(trip, DRAWS.destination) & 255]!;
  }
  return 0;
}

/** A trip begins between six in the morning and ten in the evening. */
function startOf(trip: number, season: number): number {
  const bits = draw(trip, DRAWS.tripDay);
  return (season * SEASON + (bits & (SEASON - 1))) * DAY + (6 + ((bits >>> 8) & 15)) * HOUR;
}

/** In seconds: mostly days, sometimes weeks, rarely months. */
function lengthOf(trip: number): number {
  const sort = unit(trip, DRAWS.tripLength);
  const part = unit(trip, DRAWS.detail);
  const days =
    sort < 0.68
      ? 1 + part * 8
      : sort < 0.91
        ? 8 + part * 16
        : sort < 0.98
          ? 24 + part * 36
          : 60 + part * (TRIP_DAYS_MAX - 60);
  return Math.floor(days * DAY);
}

/** The factor of each season for a story that begins at `from` (ms since the epoch): people travel in summer. */
export function summerFrom(from: number): Summer {
  const known = new Map<number, number>();
  return (season) => {
    let factor = known.get(season);
    if (factor === undefined) {
      const month = new Date(from + (season + 0.5) * SEASON * DAY * 1_000).getUTCMonth();
      factor = month >= 5 && month <= 8 ? 1.3 : month === 11 || month === 0 ? 1.1 : 0.8;
      known.set(season, factor);
    }
    return factor;
  };
}
