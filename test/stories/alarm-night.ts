/**
 * An engineer's night, told from a real alarm log: twelve hours of a mobile network of 55 devices (`data/kpi/alarms`, 18V_55N), by
 * rules made of the expert's graph of which type of alarm causes which. Made up, because the log has none: who is called, that
 * whoever is on shift acknowledges four minutes after a call, and that a device whose alarm flaps is shelved until the morning.
 */

import { type Catalogue, readCatalogue } from '../../alerts/alarms/catalogue.js';
import { AlarmList, type Call } from '../../alerts/alarms/list.js';
import { AlarmPictures } from '../../alerts/alarms/views.js';
import { formatLocal } from '../../pipelines/domain/calendar.js';
import type { DozorEvent } from '../../pipelines/domain/event.js';
import { HOUR, type Instant, MINUTE, parseInstant, SECOND } from '../../pipelines/domain/units.js';

/** Seconds since an unknown start in the log at which the night begins: the busiest twelve hours of its 240 days. */
const FROM_SECONDS = 79_200 + 155 * 43_200;
const HOURS = 12;
/** The night on our calendar; the log has none. */
const BEGIN = parseInstant('2026-06-10T19:00:00+02:00')!;
const ZONE = 'Europe/Belgrade';
const SHIFT_ANSWERS_AFTER = 4 * MINUTE;

export interface LoggedAlarm {
  readonly alarm_id: string;
  readonly device_id: string;
  readonly start_timestamp: string;
  readonly end_timestamp: string;
}
export interface Cause {
  readonly cause_alarm: string;
  readonly effect_alarm: string;
}

/** Rules of the expert's graph: each type explains its effects on the same device, and deserves a person when it has stood ten minutes. */
export function rulesOf(causes: readonly Cause[], types: readonly string[]): Catalogue {
  const rules = types.map((type) => ({
    id: `type-${type}`,
    match: { source: 'reported', probableCauses: [`type-${type}`] },
    impact: 'A function of the device has failed; what it serves is degraded or out.',
    owner: 'noc-radio',
    runbook: 'docs/alarm-night.md',
    clears: 'The device reports the end of the alarm.',
    willClear: true,
    hold: 'PT10M',
    explains: causes
      .filter(({ cause_alarm }) => cause_alarm === type)
      .map(({ effect_alarm }) => `type-${effect_alarm}`),
    escalation: 'night',
  }));
  const escalations = {
    night: [
      { after: 'PT0S', to: 'noc-shift', channels: ['page'] },
      { after: 'PT15M', to: 'noc-on-call', channels: ['sms'] },
    ],
  };
  const read = readCatalogue({
    name: 'night',
    about: 'a night',
    positions: 1,
    lead: 'PT90S',
    language: 'en',
    escalations,
    rules,
  });
  if (!read.ok) throw new Error(read.problem);
  return read.catalogue;
}

export interface Night {
  readonly reported: number;
  readonly alarms: number;
  /** Shorter than ten minutes every time. */
  readonly tooShort: number;
  readonly explained: number;
  readonly flapping: number;
  readonly told: number;
  readonly shelved: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly busiestTenMinutes: { readonly reported: number; readonly told: number };
  readonly transcript: readonly string[];
}

/** Plays the night: every event at its own time, the clock moved every five seconds as it is live. */
export function playNight(log: readonly LoggedAlarm[], catalogue: Catalogue): Night {
  const end = BEGIN + HOURS * HOUR;
  const list = new AlarmList(catalogue);
  const devices = new Set(log.map(({ device_id }) => device_id));
  for (const id of devices) {
    const version = { at: BEGIN - HOUR, known: BEGIN - HOUR, ref: id, operator: 'made-up', kind: 'cell' };
    list.network({ is: 'element', id: `device-${id}`, revision: 1, versions: [version] });
  }
  const events = log.flatMap(eventsOf).sort((a, b) => a.time - b.time);
  const seen = { reported: 0, explained: new Set<string>(), flapping: new Set<string>(), shelved: new Set<string>() };
  const perTen = { reported: new Map<number, number>(), told: new Map<number, number>() };
  const calls: Record<string, number> = {};
  const transcript: string[] = [];
  const acts: DozorEvent[] = [];
  const bump = (map: Map<number, number>, at: Instant) =>
    map.set(Math.floor(at / (10 * MINUTE)), (map.get(Math.floor(at / (10 * MINUTE))) ?? 0) + 1);
  const act = (
    type: 'alarm.acknowledged' | 'alarm.shelved',
    id: string,
    subject: string,
    time: Instant,
    more: object,
  ): DozorEvent =>
    ({
      specversion: '1.0',
      id: `act-${type}-${id}-${time}`,
      source: 'night',
      type,
      subject,
      time,
      recordedtime: time,
      data: { alarmId: id, by: 'noc-shift', ...more },
    }) as DozorEvent;
  const say = (at: Instant, words: string) => transcript.push(`${formatLocal(at, ZONE).slice(11, 16)}  ${words}`);

  let next = 0;
  for (let now = BEGIN; now <= end; now += 5 * SECOND) {
    for (; next < events.length && events[next]!.time <= now; next++) {
      list.hear(events[next]!);
      if (events[next]!.type === 'alarm.reported') {
        seen.reported += 1;
        bump(perTen.reported, events[next]!.time);
      }
    }
    for (const due of acts.filter(({ time }) => time <= now)) {
      acts.splice(acts.indexOf(due), 1);
      const entry = list.find((due.data as { alarmId: string }).alarmId)!;
      if (entry.life!.operator.is !== 'none') continue;
      list.hear(due);
      const what = due.type === 'alarm.shelved' ? 'shelved   until morning:' : 'taken     by noc-shift:';
      say(due.time, `${what} ${due.subject} ${entry.rule!.id}`);
    }
    list.advance(now);
    for (const id of list.takeLooked()) {
      const entry = list.find(id)!;
      if (entry.explanation) seen.explained.add(id);
      if (!entry.life?.flapping || seen.flapping.has(id)) continue;
      seen.flapping.add(id);
      say(
        now,
        `flaps     ${entry.resource} ${entry.rule?.id}: ${entry.life.flapping.raises} times in ten minutes, nobody is called`,
      );
      const until = { until: end, reason: 'flaps: for the day shift' };
      acts.push(act('alarm.shelved', id, entry.resource, now + SHIFT_ANSWERS_AFTER, until));
      seen.shelved.add(id);
    }
    for (const call of list.takeCalls()) {
      calls[call.step.to] = (calls[call.step.to] ?? 0) + 1;
      say(call.at, `${callOf(call)}`);
      if (call.number === 0) bump(perTen.told, call.at);
      if (call.number === 0)
        acts.push(act('alarm.acknowledged', call.entry.id, call.entry.resource, call.at + SHIFT_ANSWERS_AFTER, {}));
    }
  }
  const entries = [...list.entries()];
  const told = entries.filter((entry) => entry.told);
  const quiet = entries.filter((entry) => !entry.told && !seen.explained.has(entry.id) && !seen.flapping.has(entry.id));
  return {
    reported: seen.reported,
    alarms: entries.length,
    tooShort: quiet.length,
    explained: [...seen.explained].filter((id) => !list.find(id)!.told).length,
    flapping: seen.flapping.size,
    shelved: seen.shelved.size,
    told: told.length,
    calls,
    busiestTenMinutes: { reported: Math.max(...perTen.reported.values()), told: Math.max(0, ...perTen.told.values()) },
    transcript: [...transcript, ...boardLines(new AlarmPictures(list))],
  };
}

function eventsOf(
  { alarm_id, device_id, start_timestamp, end_timestamp }: LoggedAlarm,
  line: number,
): readonly DozorEvent[] {
  const at = (seconds: string) => BEGIN + (Number(seconds) - FROM_SECONDS) * SECOND;
  const [from, to] = [at(start_timestamp), at(end_timestamp)];
  if (from < BEGIN || from >= BEGIN + HOURS * HOUR) return [];
  const base = { specversion: '1.0', source: 'night', subject: `device-${device_id}` } as const;
  const alarmKey = `type-${alarm_id}`;
  const said = { alarmKey, probableCause: alarmKey, perceivedSeverity: 'major' };
  return [
    { ...base, id: `${line}`, type: 'alarm.reported', time: from, recordedtime: from, data: said },
    { ...base, id: `${line}-end`, type: 'alarm.ended', time: to, recordedtime: to, data: { alarmKey } },
  ] as DozorEvent[];
}

function callOf({ entry, step, children }: Call): string {
  const explains = children.alarms === 0 ? '' : `, and explains ${children.alarms} more there`;
  return `calls     ${step.to}: ${entry.resource} ${entry.rule!.id} stands since ${formatLocal(entry.life!.standing!.from, ZONE).slice(11, 16)}${explains}`;
}

function boardLines(pictures: AlarmPictures): readonly string[] {
  const { standing, unacknowledged, shelved, suppressed, figures } = pictures.board();
  const { perTenMinutes, perDay, worst, worstShare } = figures;
  const bad = worst.slice(0, 3).map(({ resource, qualifier, raises }) => `${resource} ${qualifier} (${raises})`);
  return [
    `07:00  hand-over  ${standing} stand: ${unacknowledged} not acknowledged, ${shelved} shelved, ${suppressed} explained by others`,
    `07:00  figures    told ${perDay}, at the worst ${perTenMinutes.worst} in ten minutes; the ten worst raise ${Math.round(worstShare * 100)} % of all: ${bad.join(', ')}`,
  ];
}
