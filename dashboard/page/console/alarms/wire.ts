/** Alarms as GET /v1/alarms answers them: times are RFC 3339. */
import type { Level } from '../../../wire.js';
import { read } from '../../shared/api.js';

export interface Alarm {
  readonly id: string;
  readonly resource: string;
  readonly source: 'reported' | 'fault' | 'decided';
  readonly qualifier: string;
  readonly operator?: string;
  readonly district?: string;
  readonly said: {
    readonly probableCause?: string;
    readonly specificProblem?: string;
    readonly text?: string;
    readonly affectedServices?: number;
    readonly aboutFault?: string;
  };
  readonly perceivedSeverity: Level;
  readonly alarmType: string;
  readonly state: {
    readonly is: 'raised' | 'cleared';
    readonly from: string;
    readonly to?: string;
    readonly by?: string;
  };
  readonly operatorState: {
    readonly is: 'none' | 'acknowledged' | 'shelved' | 'closed';
    readonly at?: string;
    readonly by?: string;
    readonly until?: string;
    readonly reason?: string;
  };
  readonly automation: readonly {
    readonly is: 'suppressed' | 'maintenance' | 'flapping' | 'stale' | 'pending';
    readonly by?: string;
    readonly root?: string;
    readonly why?: string;
    readonly worksId?: string;
    readonly raises?: number;
    readonly until?: string;
    readonly since?: string;
  }[];
  readonly changedAt: string;
  readonly raises: number;
  readonly repeats: number;
  readonly children: { readonly alarms: number; readonly resources: number; readonly of: number };
  readonly announcedAt?: string;
  readonly rule?: {
    readonly id: string;
    readonly impact: string;
    readonly owner: string;
    readonly runbook: string;
    readonly clears: string;
  };
  readonly comments: readonly { readonly at: string; readonly by: string; readonly text: string }[];
}

export interface AlarmPage {
  readonly clock: string | null;
  readonly total: number;
  readonly alarms: readonly Alarm[];
}

export interface AlarmWithJournal extends Alarm {
  readonly journal: readonly {
    readonly at: string;
    readonly what: string;
    readonly by: string;
    readonly text?: string;
    readonly severity?: Level;
    readonly ref?: string;
  }[];
}

export function readAlarms(query: URLSearchParams, signal?: AbortSignal): Promise<AlarmPage> {
  return read<AlarmPage>(`/v1/alarms?${query}`, signal);
}

export function readAlarm(id: string, signal?: AbortSignal): Promise<AlarmWithJournal> {
  return read<AlarmWithJournal>(`/v1/alarms/${encodeURIComponent(id)}`, signal);
}

/** What is wrong, in the alarm's own words. */
export function problemOf({ said, qualifier }: Alarm): string {
  return said.specificProblem || said.text || said.probableCause || qualifier;
}

export function hrefOf(id: string): string {
  return `/alarms/${encodeURIComponent(id)}`;
}
