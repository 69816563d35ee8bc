/** Stories of alarms for tests: short words for what happens, and what came of it. */

import { type Catalogue, readCatalogue } from '../../../alerts/alarms/catalogue.js';
import { AlarmList } from '../../../alerts/alarms/list.js';
import type { AlarmIdentity, AlarmSource } from '../../../pipelines/domain/alarm.js';
import { alarmIdOf } from '../../../pipelines/domain/alarm-id.js';
import type { DozorEvent, EventType } from '../../../pipelines/domain/event.js';
import type { NetworkRecord } from '../../../pipelines/domain/network.js';
import { HOUR, type Instant, MINUTE, parseInstant } from '../../../pipelines/domain/units.js';

export const T0 = parseInstant('2026-06-10T22:00:00+02:00')!;
/** Minutes after the beginning. */
export const min = (minutes: number): Instant => T0 + Math.round(minutes * MINUTE);

let numbers = 0;
export function event(type: EventType, subject: string, time: Instant, data: object, id = `e${numbers++}`): DozorEvent {
  return { specversion: '1.0', id, source: 'test', type, subject, time, recordedtime: time, data } as DozorEvent;
}

export const idOf = (resource: string, qualifier = 'k', source: AlarmSource = 'reported') =>
  alarmIdOf({ resource, source, qualifier } satisfies AlarmIdentity);

export const reported = (resource: string, at: Instant, said: object = {}, key = 'k') =>
  event('alarm.reported', resource, at, {
    alarmKey: key,
    perceivedSeverity: 'critical',
    probableCause: 'lossOfSignal',
    ...said,
  });
export const ended = (resource: string, at: Instant, by?: string, key = 'k') =>
  event('alarm.ended', resource, at, { alarmKey: key, ...(by && { by, reason: 'seen on site' }) });
export const did = (
  what: 'acknowledged' | 'unacknowledged' | 'shelved' | 'unshelved' | 'commented' | 'closed',
  resource: string,
  at: Instant,
  more: object = {},
) => event(`alarm.${what}`, resource, at, { alarmId: idOf(resource), by: 'noc-shift', ...more });

export function element(
  id: string,
  given: { parent?: string; links?: readonly string[]; kind?: string } = {},
): NetworkRecord {
  const { kind = 'cell', ...rest } = given;
  const version = { at: T0 - HOUR, known: T0 - HOUR, ref: id, operator: 'a1-rs', kind, ...rest };
  return { is: 'element', id, revision: 1, versions: [version] };
}

/** A catalogue of one schedule and the rules given. */
export function catalogueOf(rules: readonly object[], more: object = {}): Catalogue {
  const whole = {
    name: 'test',
    about: 'for a test',
    positions: 1,
    lead: 'PT90S',
    language: 'en',
    escalations: {
      calls: [
        { after: 'PT0S', to: 'shift', channels: ['page'] },
        { after: 'PT10M', to: 'on-call', channels: ['sms'] },
        { after: 'PT30M', to: 'lead', channels: ['sms', 'email'] },
      ],
    },
    rules: rules.map((rule) => ({
      match: {},
      impact: 'Something is out for somebody.',
      owner: 'noc',
      runbook: 'docs/alarms.md#signal-lost',
      clears: 'The element says that it is over.',
      willClear: true,
      escalation: 'calls',
      ...rule,
    })),
    ...more,
  };
  const read = readCatalogue(whole);
  if (!read.ok) throw new Error(read.problem);
  return read.catalogue;
}

/** Plays events in the order given, then moves the clock minute by minute, and says who was told: "2 cell-1 shift". */
export function play(
  list: AlarmList,
  until: Instant,
  events: readonly (DozorEvent | NetworkRecord)[],
): readonly string[] {
  const told: string[] = [];
  const look = () => {
    for (const { at, entry, step } of list.takeCalls()) told.push(`${(at - T0) / MINUTE} ${entry.resource} ${step.to}`);
  };
  for (const one of events) {
    if ('is' in one) list.network(one);
    else {
      list.advance(one.time - 1);
      look();
      list.hear(one);
    }
  }
  list.advance(until);
  look();
  return told;
}

export const told = (catalogue: Catalogue, until: Instant, events: readonly (DozorEvent | NetworkRecord)[]) =>
  play(new AlarmList(catalogue), until, events);
