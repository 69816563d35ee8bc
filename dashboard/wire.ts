/** What the server tells the page. Instants are numbers here: the page counts on from them. */
import type { AlarmBoard, AlarmRecord } from '../pipelines/domain/alarm.js';
import type { Instant, Zone } from '../pipelines/domain/units.js';
import type { OutageView, StatusView, WireDecision } from '../pipelines/http/ports.js';

/** How abnormal something is; each has its own shape, letter and colour. */
export type Level = 'critical' | 'major' | 'minor' | 'warning' | 'indeterminate' | 'cleared';

/** A decision as a row of the list; or many alike, decided at the same instant by the same clause, as one. */
export interface DecisionRow {
  /** What makes decisions alike. */
  readonly key: string;
  /** Of many the newest. */
  readonly id: string;
  readonly type: string;
  readonly time: Instant;
  readonly subject: string;
  readonly operator: string;
  readonly clause: string;
  /** What was decided, in plain words. */
  readonly words: string;
  /** null: nothing abnormal. */
  readonly level: Level | null;
  /** Of many their sum, where there is one. */
  readonly amount: { readonly value: string; readonly unit: string } | null;
  readonly count: number;
  /** Whether there may be more than were counted: they came faster than they were looked at. */
  readonly isAtLeast: boolean;
  /** The newest of many, some of them. */
  readonly alike: readonly { readonly id: string; readonly subject: string }[];
}

/** The first event of every stream, `hello`. */
export interface Hello {
  /** Which build of the page the server has; another one than ours: load anew. */
  readonly page: string;
  /** The zone in which the page shows times. */
  readonly zone: Zone;
  /** The server's wall clock. */
  readonly at: Instant;
}

/** What every event of a topic has. Values are absolute: an event that is heard twice changes nothing. */
export interface Said {
  /** All of it; what changed since the event before; or that nothing did, so that silence is no riddle. */
  readonly is: 'snapshot' | 'change' | 'same';
  /** The server's wall clock. */
  readonly at: Instant;
}

/** The topic `picture`, all of it. */
export interface Snapshot extends Said {
  readonly status: StatusView;
  /** The most urgent first; only so many are sent. */
  readonly outages: readonly OutageView[];
  readonly outagesLeftOut: number;
  /** Newest first. */
  readonly decisions: readonly DecisionRow[];
}

/** The topic `picture`, what changed; an absent part is as it was. */
export interface Update extends Said {
  readonly status: StatusView;
  readonly outages?: readonly OutageView[];
  readonly outagesLeftOut?: number;
  /** Those that are new, newest first. */
  readonly decisions?: readonly DecisionRow[];
}

/** The topic `alarms`: all of it, or what changed; an absent part is as it was. */
export interface AlarmsSaid extends Said {
  /** How far the list's clock has come; null where nobody keeps the list here, or it has not begun. */
  readonly clock: Instant | null;
  /** Why there is no list; null where there is one. */
  readonly absent?: string | null;
  readonly board?: AlarmFiguresSaid | null;
  /** Those that are new or were changed, by id; of a snapshot all, at most so many, in the order of `byPressing`. */
  readonly alarms?: readonly AlarmRecord[];
  /** Those that are not on the list any more, or not among those that are sent. */
  readonly gone?: readonly string[];
  /** How many alarms of the list are not sent. */
  readonly leftOut?: number;
}

/** The board of the list; those that it names are among the alarms. */
export interface AlarmFiguresSaid extends Omit<AlarmBoard, 'shown' | 'clock'> {
  readonly named: readonly string[];
}

/** A decision with all that it rests on. */
export interface Why {
  readonly row: DecisionRow;
  readonly decision: WireDecision;
  /** How the pack reads the terms that it hangs on; absent where the packs are not known here. */
  readonly readings?: readonly { readonly term: string; readonly clause: string; readonly reading: string }[];
}
