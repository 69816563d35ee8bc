/**
 * Where people go, and the partners there: visited networks by their MCC and MNC, and how long each takes to send its TAP
 * files. The networks exist; the delays say nothing about them, and are dealt out so that every model occurs.
 */
import { DRAWS, Sizes, seedOf, unit } from './chance.js';

export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 86_400;
export const WEEK = 7 * DAY;

/** The longest that a TAP record takes: four weeks. */
export const TAP_SECONDS_MAX = 28 * DAY;
/** An NRTRDE record is there within four hours (TD.35). */
export const NRTRDE_SECONDS_MAX = 4 * HOUR;

/** Of the quickest some TAP records come before the NRTRDE record of the same session. */
export type Pace = 'soon' | 'hours' | 'days' | 'weeks';

export interface Partner {
  /** MCC and MNC. */
  readonly network: string;
  readonly pace: Pace;
}

export interface Country {
  readonly code: string;
  /** The zone of the price list for use there. */
  readonly roaming: 'roaming-region' | 'roaming-eu';
  readonly partners: readonly Partner[];
}

const PACES: readonly Pace[] = ['hours', 'days', 'soon', 'weeks', 'hours', 'days', 'days'];
let dealt = 0;
const country = (code: string, roaming: Country['roaming'], ...networks: readonly string[]): Country => ({
  code,
  roaming,
  partners: networks.map((network) => ({ network, pace: PACES[dealt++ % PACES.length]! })),
});

/** Number 0 stands for home. A person's whereabouts are a number in this list. */
export const COUNTRIES: readonly (Country | undefined)[] = [
  undefined,
  country('BA', 'roaming-region', '21803', '21805', '21890'),
  country('ME', 'roaming-region', '29701', '29702', '29703'),
  country('MK', 'roaming-region', '29401', '29403'),
  country('AL', 'roaming-region', '27601', '27602'),
  country('XK', 'roaming-region', '22101', '22102'),
  country('RS', 'roaming-region', '22001', '22003', '22005'),
  country('HR', 'roaming-eu', '21901', '21910'),
  country('AT', 'roaming-eu', '23201', '23203', '23205'),
];

/** The number of a country in `COUNTRIES`. */
export function countryNumber(code: string): number {
  const found = COUNTRIES.findIndex((one) => one?.code === code);
  if (found < 0) throw new RangeError(`nobody goes to ${code}`);
  return found;
}

/** All partners, by their number; what is made of strings for each is made once. */
export const PARTNERS: readonly Partner[] = COUNTRIES.flatMap((one) => one?.partners ?? []);
const firstOf: readonly number[] = COUNTRIES.map((_, at) =>
  COUNTRIES.slice(0, at).reduce((sum, one) => sum + (one?.partners.length ?? 0), 0),
);

/** The partner in a country that served this happening: its number in `PARTNERS`. */
export function partnerIn(place: number, seed: number): number {
  const count = COUNTRIES[place]!.partners.length;
  return firstOf[place]! + Math.floor(unit(seed, DRAWS.network) * count);
}

const NRTRDE = new Sizes('nrtrde', 45 * MINUTE, 0.7, 5 * MINUTE, NRTRDE_SECONDS_MAX);
const TAP: Readonly<Record<Pace, Sizes>> = {
  soon: new Sizes('tap-soon', 2.5 * HOUR, 0.6, HOUR, DAY),
  hours: new Sizes('tap-hours', 10 * HOUR, 0.5, 2 * HOUR, 4 * DAY),
  days: new Sizes('tap-days', 2.5 * DAY, 0.6, 8 * HOUR, 14 * DAY),
  weeks: new Sizes('tap-weeks', 8 * DAY, 0.6, DAY, TAP_SECONDS_MAX),
};

/** How long after the event its NRTRDE record is known, in seconds. */
export function nrtrdeDelay(bits: number): number {
  return Math.min(NRTRDE_SECONDS_MAX, NRTRDE.of(bits));
}

/** How often a partner sends no TAP files for the rest of a week, and how long it takes to send them then, at most. */
const HALT_SHARE = 0.03;
const HALT_SECONDS_MAX = 12 * DAY;

/** How long after the event its TAP record is known, in seconds: by the partner's pace, and longer where its files halt. */
export function tapDelay(partner: number, start: number, bits: number): number {
  const usual = TAP[PARTNERS[partner]!.pace].of(bits);
  const week = Math.floor(start / WEEK);
  const halt = seedOf(seedOf(0x7a9, partner), week);
  const halted = unit(halt, DRAWS.late) < HALT_SHARE;
  const until = halted ? (week + 1) * WEEK - start + unit(halt, DRAWS.delay) * HALT_SECONDS_MAX : 0;
  return Math.min(TAP_SECONDS_MAX, usual + Math.floor(until));
}
