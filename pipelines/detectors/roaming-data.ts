/**
 * Data in roaming at home prices: A1 9.1.3.
 *
 * In the countries of roaming fair use a subscriber may use a certain volume of data in a billing cycle at home prices
 * (`domain/roaming-volume.ts`). The operator tells in time of the limit and of what was used: when four fifths of it are reached,
 * and when all of it is. Each is told once for a cycle and a value of the volume: with another fee the volume is another. What
 * was told stays told; a record that is withdrawn, or comes late, counts in the cycle of its own time.
 *
 * A cycle's volume is that of the service's record at the cycle's last instant so far.
 */
import { dayNumber, formatLocal } from '../domain/calendar.js';
import type { Template } from '../domain/decision.js';
import { atEachTick, type Effect, type Given, type ServiceDetector } from '../domain/detector.js';
import type { RoamingDataRules } from '../domain/pack.js';
import { allowanceOf, type RoamingVolume, roamingVolume } from '../domain/roaming-volume.js';
import { billingOf, profileAt } from '../domain/service.js';
import type { Instant } from '../domain/units.js';
import { type DayUse, useOn } from '../domain/usage/days.js';
import { type Days, instantsOf, windowOf } from '../domain/usage/windows.js';
import { passes, seenOf } from './limits.js';
import { requestNotice } from './notices.js';

export interface RoamingDataState {
  /** What the records and tariffs of the service that were looked at come to; empty: it never used data in the zone. */
  readonly seen: string;
  /** What was told: of which cycle (its first day), at which share, of which volume. */
  readonly told: readonly (readonly [from: number, percent: number, bytes: number])[];
}

export const roamingData: ServiceDetector<RoamingDataState> = {
  name: 'roaming-data',
  hears: [],
  reads: ['roamingData'],
  start: { seen: '', told: [] },
  step: atEachTick(look),
};

/** The shares of the volume that are told, in hundredths: each has a text of its own. */
const TOLD_AT: readonly (readonly [percent: number, template: Template])[] = [
  [80, 'roaming-data-80'],
  [100, 'roaming-data-100'],
];
/** How long a cycle is remembered: as long as late records can come for it. */
const REMEMBERED_DAYS = 170;

function look(state: RoamingDataState, given: Given, now: Instant): readonly [RoamingDataState, readonly Effect[]] {
  const { days, touched } = given.usage;
  // Most services are never abroad: nothing is looked up for them.
  if (state.seen === '' && !touched.some((day) => (useOn(days, day)?.zoneDataBytes ?? 0) > 0)) return [state, []];
  const pack = given.pack(now);
  const rules = pack.rules.roamingData;
  if (!rules) return [state, []];
  const today = dayNumber(now, pack.zone);
  const { versions } = given.facts;
  const ahead = versions.find(({ at }) => at > now);
  const effects: Effect[] = ahead ? [{ do: 'wake', at: ahead.at }] : [];
  const seen = `${pack.inForceFrom} ${seenOf(versions.filter(({ at }) => at <= now))} ${allowanceOf(given.tariff?.(now)) ?? ''}`;
  const isNew = state.seen !== '' && state.seen !== seen;
  // A sum that did not grow passes nothing new.
  const used = touched.filter((day) => (useOn(days, day)?.zoneDataBytes ?? 0) > 0);
  if (used.length === 0 && !isNew && state.seen !== '') {
    const kept = remembered(state, days, today);
    return [kept, kept === roamingData.start ? [] : effects];
  }

  const billing = billingOf(given.facts);
  const cycles = new Map<number, Days>();
  // Another fee may be that of any cycle; what was imported is looked back at, and by itself says nothing of a cycle.
  const others = isNew ? [...days.filter(hasRecords).map(({ day }) => day), today] : [];
  for (const day of [...used, ...others]) {
    const cycle = windowOf('month', day, billing, pack.zone);
    cycles.set(cycle.from, cycle);
  }
  const { told: before } = remembered(state, days, today);
  const told = [...before];
  for (const cycle of [...cycles.values()].sort((a, b) => a.from - b.from)) {
    const value = usedIn(cycle, days);
    const volume = value > 0 ? volumeOf(cycle, given, now, rules) : undefined;
    if (!volume) continue;
    for (const [percent, template] of TOLD_AT) {
      if (!passes(value * 100, volume.bytes * percent, rules.passes)) continue;
      if (told.some(([from, share, bytes]) => from === cycle.from && share === percent && bytes === volume.bytes))
        continue;
      told.push([cycle.from, percent, volume.bytes]);
      effects.push(noticeOf(template, percent, { cycle, value, volume }, given, now));
    }
  }
  const isSame = seen === state.seen && before === state.told && told.length === before.length;
  return [isSame ? state : { seen, told }, effects];
}

/** What still matters of a state: when nothing does, the service is one that was never abroad. */
function remembered(state: RoamingDataState, days: readonly DayUse[], today: number): RoamingDataState {
  const told = state.told.filter(([from]) => from >= today - REMEMBERED_DAYS);
  if (told.length === 0 && !days.some(({ zoneDataBytes }) => zoneDataBytes > 0)) return roamingData.start;
  return told.length === state.told.length ? state : { ...state, told };
}

interface Found {
  readonly cycle: Days;
  readonly value: number;
  readonly volume: RoamingVolume;
}

function noticeOf(
  template: Template,
  percent: number,
  { cycle, value, volume }: Found,
  given: Given,
  now: Instant,
): Effect {
  const { zone, rules } = given.pack(now);
  const { clause, passes: tie } = rules.roamingData!;
  const span = instantsOf(cycle, zone);
  const draft = requestNotice(template, `${given.facts.id}:${formatLocal(span.from, zone)}:${volume.bytes}`, {
    given,
    now,
    clause,
    because: {
      arithmetic: `data in the zone is ${tie === 'reach' ? 'at least' : 'more than'} ${percent} % of the volume`,
      bytes: value,
      volumeBytes: volume.bytes,
      volume: volume.from,
    },
    parameters: { value, limit: volume.bytes, cycle: span },
    late: now >= span.to,
  });
  return { do: 'decide', draft };
}

function volumeOf(cycle: Days, given: Given, now: Instant, rules: RoamingDataRules): RoamingVolume | undefined {
  const pack = given.pack(now);
  const { from, to } = instantsOf(cycle, pack.zone);
  const at = Math.min(now, to - 1);
  return roamingVolume({
    pack,
    rules,
    begins: from,
    fee: profileAt(given.facts, at).monthlyFee,
    allowance: allowanceOf(given.tariff?.(at)),
  });
}

/** Bytes used in the zone in a cycle, in both directions. */
function usedIn({ from, to }: Days, days: readonly DayUse[]): number {
  let bytes = 0;
  for (const use of days) if (use.day >= from && use.day < to) bytes += use.zoneDataBytes;
  return bytes;
}

/** Whether records tell of a day, and not only a history that was imported. */
function hasRecords({ charge, voiceSeconds, messages, dataBytes }: DayUse): boolean {
  return charge !== 0 || voiceSeconds > 0 || messages > 0 || dataBytes > 0;
}
