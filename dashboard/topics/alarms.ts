/**
 * The list of alarms: the figures of the board, and the most pressing alarms by name. An alarm's changes may come in one, but no
 * alarm is left out of what a page is told: what was changed and what went is kept by version, and who is further behind than that
 * gets the list anew.
 */
import type { AlarmBoard, AlarmRecord } from '../../pipelines/domain/alarm.js';
import type { Instant } from '../../pipelines/domain/units.js';
import { byPressing } from '../pressing.js';
import { members, type Topic } from './topic.js';

/** How many alarms are sent by name: more than anybody reads. The rest is a number. */
export const ALARMS_MAX = 500;
/** How many alarms that went are remembered for those who are behind. */
export const GONE_MAX = 5_000;
/** Looking takes at most this share of the time, however long the list is. */
const SHARE_MAX = 0.1;

/** What the topic asks of the list. Each question throws while another process keeps it. */
export interface AlarmSource {
  alarms(): readonly AlarmRecord[];
  board(): AlarmBoard;
  /** Calls back when the list may be another; returns how to stop. */
  subscribe?(changed: () => void): () => void;
}

interface Held {
  readonly json: string;
  readonly version: number;
}

export class AlarmTopic implements Topic {
  readonly name = 'alarms';
  readonly #source: AlarmSource;
  #version = 0;
  /** The list's own clock: it goes on without being a change. */
  #clock: Instant | null = null;
  #board = '';
  #boardVersion = 0;
  /** In the order in which they press. */
  #alarms: ReadonlyMap<string, Held> = new Map();
  /** Those that are sent no more, the longest gone first, with the version at which they went. */
  readonly #gone = new Map<string, number>();
  /** The oldest version from which it can be gone on. */
  #floor = 0;
  #restsUntil = 0;

  constructor(source: AlarmSource) {
    this.#source = source;
  }

  get version(): number {
    return this.#version;
  }

  watch(changed: () => void): () => void {
    return this.#source.subscribe?.(changed) ?? (() => {});
  }

  refresh(): void {
    const began = performance.now();
    if (began < this.#restsUntil) return;
    const version = this.#version + 1;
    const { board, alarms } = this.#look();
    if (board !== this.#board) {
      this.#board = board;
      this.#boardVersion = this.#version = version;
    }
    this.#take(alarms, version);
    const took = performance.now() - began;
    this.#restsUntil = began + took / SHARE_MAX;
  }

  #look(): { readonly board: string; readonly alarms: readonly AlarmRecord[] } {
    try {
      const { shown, clock, ...figures } = this.#source.board();
      const alarms = [...this.#source.alarms()].sort(byPressing);
      const leftOut = Math.max(0, alarms.length - ALARMS_MAX);
      this.#clock = clock;
      const named = shown.map(({ id }) => id);
      return {
        board: members({ absent: null, board: { ...figures, named }, leftOut }),
        alarms: alarms.slice(0, ALARMS_MAX),
      };
    } catch (error) {
      this.#clock = null;
      // Nobody keeps the list here now: that is said, and what was known is not shown as if it still were.
      return { board: members({ absent: (error as Error).message, board: null, leftOut: 0 }), alarms: [] };
    }
  }

  #take(alarms: readonly AlarmRecord[], version: number): void {
    const next = new Map<string, Held>();
    for (const alarm of alarms) {
      const json = JSON.stringify(alarm);
      const held = this.#alarms.get(alarm.id);
      if (held?.json === json) next.set(alarm.id, held);
      else {
        next.set(alarm.id, { json, version });
        this.#version = version;
      }
      this.#gone.delete(alarm.id);
    }
    for (const id of this.#alarms.keys()) {
      if (next.has(id)) continue;
      this.#gone.set(id, version);
      this.#version = version;
    }
    this.#alarms = next;
    for (const [id, at] of this.#gone) {
      if (this.#gone.size <= GONE_MAX) break;
      this.#gone.delete(id);
      this.#floor = at;
    }
  }

  snapshot(): string {
    return `${members({ clock: this.#clock })},${this.#board},"alarms":[${[...this.#alarms.values()].map(({ json }) => json).join()}]`;
  }

  since(seen: number): string | undefined {
    if (seen < this.#floor) return undefined;
    const changed = [...this.#alarms.values()].filter(({ version }) => version > seen).map(({ json }) => json);
    const gone = [...this.#gone].filter(([, version]) => version > seen).map(([id]) => id);
    return [
      members({ clock: this.#clock }),
      ...(seen < this.#boardVersion ? [this.#board] : []),
      ...(changed.length > 0 ? [`"alarms":[${changed.join()}]`] : []),
      ...(gone.length > 0 ? [members({ gone })] : []),
    ].join();
  }
}
