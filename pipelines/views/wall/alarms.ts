/** The alarms of the wall: how many, and the newest, with who has them. Of single things only elements are named. */
import { hash } from 'node:crypto';
import type { AlarmBoard, AlarmRecord } from '../../domain/alarm.js';
import type { Severity } from '../../domain/event.js';
import type { WallAlarm, WallAlarms } from '../../domain/wall.js';
import type { PlaceOf } from './places.js';

/** How many of the newest are sent: more than the wall shows. */
const NEWEST_MAX = 12;
const TEXT_MAX = 120;

/** What the wall asks of the list of alarms. Each question throws while another process keeps it. */
export interface AlarmsAsked {
  alarms(): readonly AlarmRecord[];
  board(): AlarmBoard;
  subscribe?(changed: () => void): () => void;
}

/** Whether it stands, and neither a person nor automation holds it back. */
export function isShown({ state, operatorState, automation }: AlarmRecord): boolean {
  if (state.is !== 'raised' || operatorState.is === 'shelved' || operatorState.is === 'closed') return false;
  return !automation.some(
    ({ is }) => is === 'suppressed' || is === 'maintenance' || is === 'flapping' || is === 'pending',
  );
}

/** The part of the wall; `shown` are those of the list that pass `isShown`. */
export function alarmsOf(
  board: AlarmBoard,
  shown: readonly AlarmRecord[],
  places: ReadonlyMap<string, PlaceOf>,
): WallAlarms {
  const newest = [...shown].sort(
    (a, b) => Number(isTaken(a)) - Number(isTaken(b)) || b.state.from - a.state.from || (a.id < b.id ? -1 : 1),
  );
  const { standing, suppressed, shelved, maintenance, flapping, stale, flood } = board;
  return {
    absent: null,
    bySeverity: counted(shown),
    untaken: counted(shown.filter((one) => !isTaken(one))),
    ...{ standing, suppressed, shelved, maintenance, flapping, stale, flood },
    newest: newest.slice(0, NEWEST_MAX).map((one) => rowOf(one, places)),
  };
}

/** The part of the wall where there is no list. */
export function noAlarms(why: string): WallAlarms {
  const figures = { standing: 0, suppressed: 0, shelved: 0, maintenance: 0, flapping: 0, stale: 0, flood: null };
  return { absent: why, bySeverity: {}, untaken: {}, ...figures, newest: [] };
}

function rowOf(alarm: AlarmRecord, places: ReadonlyMap<string, PlaceOf>): WallAlarm {
  const { id, resource, perceivedSeverity, state, rule, operatorState, children, alarmType } = alarm;
  const place = places.get(resource);
  return {
    key: keyOf(id),
    severity: perceivedSeverity,
    from: state.from,
    what: (whatOf(alarm) ?? rule?.impact ?? alarmType).slice(0, TEXT_MAX),
    element: place ? resource : null,
    district: place?.district ?? null,
    owner: rule?.owner ?? null,
    taken: operatorState.is === 'acknowledged' ? { by: operatorState.by, at: operatorState.at } : null,
    explains: children.alarms,
  };
}

/** What is the matter: of a fault its reason, for that it lies open is plain. */
function whatOf({ source, said }: AlarmRecord): string | undefined {
  const { specificProblem, probableCause } = said;
  return source === 'fault' ? (probableCause ?? specificProblem) : (specificProblem ?? probableCause);
}

/** A name that says nothing of what it names. */
export function keyOf(name: string): string {
  return hash('sha256', name, 'hex').slice(0, 16);
}

function isTaken({ operatorState }: AlarmRecord): boolean {
  return operatorState.is !== 'none';
}

function counted(alarms: readonly AlarmRecord[]): Readonly<Partial<Record<Severity, number>>> {
  const counts: Partial<Record<Severity, number>> = {};
  for (const { perceivedSeverity } of alarms) counts[perceivedSeverity] = (counts[perceivedSeverity] ?? 0) + 1;
  return counts;
}
