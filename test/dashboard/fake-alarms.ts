/** A list of alarms in memory, to be set by a test. */
import type { AlarmSource } from '../../dashboard/topics/alarms.js';
import type { AlarmBoard, AlarmRecord } from '../../pipelines/domain/alarm.js';

export const T0 = Date.parse('2026-06-12T00:00:05+02:00');

export class FakeAlarms implements AlarmSource {
  clock = T0;
  /** Set: another process keeps the list. */
  fails: string | undefined;
  /** How often it was looked at. */
  asked = 0;
  #records: readonly AlarmRecord[] = [];
  readonly #listeners = new Set<() => void>();

  set(records: readonly AlarmRecord[]): void {
    this.#records = records;
    for (const listener of this.#listeners) listener();
  }

  alarms(): readonly AlarmRecord[] {
    return this.#records;
  }

  board(): AlarmBoard {
    this.asked += 1;
    if (this.fails !== undefined) throw new Error(this.fails);
    const shown = this.#records.filter(({ state }) => state.is === 'raised');
    const bySeverity: Record<string, number> = {};
    for (const { perceivedSeverity } of shown) bySeverity[perceivedSeverity] = (bySeverity[perceivedSeverity] ?? 0) + 1;
    return {
      clock: this.clock,
      standing: shown.length,
      bySeverity,
      unacknowledged: shown.filter(({ operatorState }) => operatorState.is === 'none').length,
      shelved: 0,
      suppressed: 0,
      maintenance: 0,
      flapping: 0,
      stale: 0,
      flood: null,
      shown,
      rest: {},
      figures: {
        perTenMinutes: { now: 0, mean: 0, worst: 0 },
        perDay: 0,
        raised: 0,
        floodShare: 0,
        bySeverity: {},
        chattering: [],
        standingOverDay: 0,
        worst: [],
        worstShare: 0,
      },
    };
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
}

/** An alarm that stands, raised a minute before T0. */
export function alarm(id: string, given: Partial<AlarmRecord> = {}): AlarmRecord {
  return {
    id,
    resource: `cell-${id}`,
    source: 'reported',
    qualifier: id,
    operator: 'a1-rs',
    said: { specificProblem: 'mains power lost' },
    perceivedSeverity: 'major',
    alarmType: 'equipmentAlarm',
    state: { is: 'raised', from: T0 - 60_000 },
    operatorState: { is: 'none' },
    automation: [],
    changedAt: T0 - 60_000,
    updated: false,
    raises: 1,
    repeats: 0,
    children: { alarms: 0, resources: 0, of: 0 },
    comments: [],
    ...given,
  };
}
