/** What the server tells the page. Instants are numbers here: the page counts on from them. */
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

/** The first event of every stream: the whole picture. */
export interface Snapshot {
  /** Which build of the page the server has; another one than ours: load anew. */
  readonly page: string;
  /** The zone in which the page shows times. */
  readonly zone: Zone;
  /** The server's wall clock. */
  readonly at: Instant;
  readonly status: StatusView;
  /** The most urgent first; only so many are sent. */
  readonly outages: readonly OutageView[];
  readonly outagesLeftOut: number;
  /** Newest first. */
  readonly decisions: readonly DecisionRow[];
}

/** What changed since the last event; an absent part is as it was. A `heartbeat` is one in which nothing did. */
export interface Update {
  readonly at: Instant;
  readonly status: StatusView;
  readonly outages?: readonly OutageView[];
  readonly outagesLeftOut?: number;
  /** Those that are new, newest first. */
  readonly decisions?: readonly DecisionRow[];
}

/** A decision with all that it rests on. */
export interface Why {
  readonly row: DecisionRow;
  readonly decision: WireDecision;
}
