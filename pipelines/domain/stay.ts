/** Where a SIM was, day by day: runs of local days, the use on them, and whether stay and use prevail abroad (A1 9.1.3). */
import type { DayRuns, VolumeSums } from './fact.js';
import type { Pack, RoamingRules } from './pack.js';
import type { DayUse } from './usage/days.js';

export type Volume = keyof VolumeSums;
export const VOLUMES: readonly Volume[] = ['dataBytes', 'voiceSeconds', 'messages'];
export const NO_USE: Readonly<Record<Volume, number>> = { dataBytes: 0, voiceSeconds: 0, messages: 0 };

/** Days at home and in the zone of fair use, and the use there; a day with any sign at home is a day at home. */
export interface Stay {
  readonly domestic: DayRuns;
  readonly roaming: DayRuns;
  readonly domesticUse: VolumeSums;
  readonly roamingUse: VolumeSums;
}

/** The stay of the days from `from` to `to`, which is not included. `days` are in order. */
export function stayOf(days: readonly DayUse[], from: number, to: number, rules: RoamingRules): Stay {
  const elsewhereIsHome = rules.elsewhere === 'home';
  const domestic: number[] = [];
  const roaming: number[] = [];
  const home = { ...NO_USE };
  const abroad = { ...NO_USE };
  for (const use of days) {
    if (use.day < from || use.day >= to) continue;
    if (use.homeSeen > 0 || (elsewhereIsHome && use.elsewhereSeen > 0)) domestic.push(use.day);
    else if (use.zoneSeen > 0) roaming.push(use.day);
    home.dataBytes += use.homeDataBytes + (elsewhereIsHome ? use.elsewhereDataBytes : 0);
    home.voiceSeconds += use.homeVoiceSeconds + (elsewhereIsHome ? use.elsewhereVoiceSeconds : 0);
    home.messages += use.homeMessages + (elsewhereIsHome ? use.elsewhereMessages : 0);
    abroad.dataBytes += use.zoneDataBytes;
    abroad.voiceSeconds += use.zoneVoiceSeconds;
    abroad.messages += use.zoneMessages;
  }
  return { domestic: runsOf(domestic), roaming: runsOf(roaming), domesticUse: home, roamingUse: abroad };
}

/** Several stays as if they were one: a day on which any of them was at home is a day at home. */
export function together(stays: readonly Stay[]): Stay {
  const home = new Set(stays.flatMap(({ domestic }) => daysOf(domestic)));
  const abroad = new Set(stays.flatMap(({ roaming }) => daysOf(roaming)));
  const sorted = (days: Iterable<number>) => [...days].sort((a, b) => a - b);
  return {
    domestic: runsOf(sorted(home)),
    roaming: runsOf(sorted(abroad).filter((day) => !home.has(day))),
    domesticUse: sumOf(stays.map(({ domesticUse }) => domesticUse)),
    roamingUse: sumOf(stays.map(({ roamingUse }) => roamingUse)),
  };
}

/** The measures in which more was used abroad. */
export function prevailing({ domesticUse, roamingUse }: Stay): readonly Volume[] {
  return VOLUMES.filter((measure) => roamingUse[measure] > domesticUse[measure]);
}

/** Whether a stay shows risk: more days abroad, and more use there in some measure, as the rule joins the two. */
export function showsRisk(stay: Stay, { rules: { roaming } }: Pack): boolean {
  const stays = lengthOf(stay.roaming) > lengthOf(stay.domestic);
  const uses = prevailing(stay).length > 0;
  return roaming?.risk === 'either' ? stays || uses : stays && uses;
}

/** How many days are in the runs. */
export function lengthOf(runs: DayRuns): number {
  return runs.reduce((days, [from, to]) => days + to - from, 0);
}

/** Days in order as runs without a gap. */
export function runsOf(days: readonly number[]): DayRuns {
  const runs: [number, number][] = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last?.[1] === day) last[1] = day + 1;
    else runs.push([day, day + 1]);
  }
  return runs;
}

function daysOf(runs: DayRuns): readonly number[] {
  return runs.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
}

function sumOf(sums: readonly VolumeSums[]): VolumeSums {
  const total = { ...NO_USE };
  for (const one of sums) for (const measure of VOLUMES) total[measure] += one[measure];
  return total;
}
