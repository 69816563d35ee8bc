/** Where a subscriber was, day by day, and what the rule of fair use in roaming makes of it. */
import { roaming } from '../../detectors/roaming.js';
import { roamingData } from '../../detectors/roaming-data.js';
import { beginOf, dayNumber, monthsBefore } from '../../domain/calendar.js';
import type { Pack, RoamingRules } from '../../domain/pack.js';
import { billingOf, profileAt } from '../../domain/service.js';
import { lengthOf, prevailing, showsRisk, stayOf } from '../../domain/stay.js';
import type { ViewDay, ViewRoaming, ViewVolumes } from '../../domain/subject/service-view.js';
import { DayUse } from '../../domain/usage/days.js';
import { cycleDays } from '../../domain/usage/windows.js';
import { dayText, type ServiceRead, stateIn, usageIn } from './service-read.js';

/** Null where the operator has no such rule, or the service was never seen in the zone. */
export function roamingOf(read: ServiceRead): ViewRoaming | null {
  const { now, facts, zone } = read;
  const pack = read.packs.at(profileAt(facts, now).operator, now)!;
  const rules = pack.rules.roaming;
  const { days } = usageIn(read);
  const state = stateIn(read, roaming);
  const wasAbroad = days.some(({ zoneSeen }) => zoneSeen > 0);
  if (!rules || (!wasAbroad && !state?.episode && !state?.surcharges.length)) return null;
  const today = dayNumber(now, zone);
  const from = monthsBefore(today, rules.months);
  const stay = stayOf(days, from, today, rules);
  return {
    clause: rules.clause,
    months: rules.months,
    termDays: rules.termDays,
    window: { from: dayText(from), to: dayText(today) },
    days: calendarOf(days, from, today, rules),
    domesticDays: lengthOf(stay.domestic),
    roamingDays: lengthOf(stay.roaming),
    domesticUse: { ...stay.domesticUse },
    roamingUse: { ...stay.roamingUse },
    prevails: prevailing(stay),
    risk: showsRisk(stay, pack),
    episode: episodeOf(read, rules),
    surcharges: (state?.surcharges ?? []).map(({ episode, measures, start, startedAt, stop, refunded }) => ({
      episode,
      measures,
      start: dayText(start),
      startedAt: read.local(startedAt),
      stop: stop === undefined ? null : dayText(stop),
      refundedFrom: refunded === undefined ? null : dayText(refunded),
    })),
    data: dataOf(read, pack),
  };
}

function calendarOf(days: readonly DayUse[], from: number, today: number, rules: RoamingRules): readonly ViewDay[] {
  const byDay = new Map(days.map((use) => [use.day, use]));
  return Array.from({ length: today - from + 1 }, (_, i) => dayOf(byDay.get(from + i) ?? new DayUse(from + i), rules));
}

function dayOf(use: DayUse, { elsewhere }: RoamingRules): ViewDay {
  const home = volumes(use.homeDataBytes, use.homeVoiceSeconds, use.homeMessages);
  const zone = volumes(use.zoneDataBytes, use.zoneVoiceSeconds, use.zoneMessages);
  const other = volumes(use.elsewhereDataBytes, use.elsewhereVoiceSeconds, use.elsewhereMessages);
  const [atHome, inZone, away] = [use.homeSeen > 0, use.zoneSeen > 0, use.elsewhereSeen > 0];
  const domestic = atHome || (away && elsewhere === 'home');
  return {
    day: dayText(use.day),
    is: atHome ? (inZone ? 'both' : 'home') : inZone ? 'abroad' : away ? 'elsewhere' : 'none',
    counts: domestic ? 'domestic' : inZone ? 'roaming' : null,
    ...(home && { home }),
    ...(zone && { zone }),
    ...(other && { elsewhere: other }),
  };
}

function volumes(dataBytes: number, voiceSeconds: number, messages: number): ViewVolumes | undefined {
  return dataBytes || voiceSeconds || messages ? { dataBytes, voiceSeconds, messages } : undefined;
}

function episodeOf(read: ServiceRead, { receipt, termDays }: RoamingRules): ViewRoaming['episode'] {
  const { zone, local } = read;
  const state = stateIn(read, roaming);
  if (!state?.episode) return null;
  const { measures, foundAt, sent, sentAt, received } = state.episode;
  const deemed = receipt === 'deemed-next-day' ? beginOf(dayNumber(foundAt, zone) + 1, zone) : Infinity;
  const known = Math.min(received ?? Infinity, deemed);
  // The term is of whole local days after the receipt.
  const begins = known === Infinity ? undefined : dayNumber(known, zone) + 1;
  return {
    episode: state.episodes,
    measures,
    foundAt: local(foundAt),
    sent,
    sentAt: local(sentAt),
    receivedAt: received === undefined ? null : local(received),
    term: begins === undefined ? null : { from: dayText(begins), to: dayText(begins + termDays) },
  };
}

function dataOf(read: ServiceRead, { rules, zone }: Pack): ViewRoaming['data'] {
  if (!rules.roamingData) return null;
  const cycle = cycleDays(read.now, billingOf(read.facts), zone);
  const within = usageIn(read).days.filter(({ day }) => day >= cycle.from && day < cycle.to);
  const told = (stateIn(read, roamingData)?.told ?? []).filter(([from]) => from === cycle.from);
  return {
    clause: rules.roamingData.clause,
    usedBytes: within.reduce((sum, { zoneDataBytes }) => sum + zoneDataBytes, 0),
    told: told.map(([, percent, volumeBytes]) => ({ percent, volumeBytes })),
  };
}
