/**
 * Keeps the list of alarms beside the tasks of a process, shows it to HTTP, and pushes it to an Alertmanager where there is one. One
 * process keeps it at a time: another waits until the one before has saved nothing for a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Catalogue } from '../../alerts/alarms/catalogue.js';
import { loadCatalogue } from '../../alerts/alarms/check.js';
import { AlarmDesk, TASK } from '../../alerts/alarms/desk.js';
import { AlertmanagerPush } from '../../alerts/alarms/push.js';
import { AlarmPictures } from '../../alerts/alarms/views.js';
import type { Packs } from '../domain/pack.js';
import { MINUTE, SECOND } from '../domain/units.js';
import type { AlarmViews } from '../http/alarms.js';
import { Problem } from '../http/problem.js';
import { AlarmHub } from '../http/tmf642-form.js';
import type { Log } from '../io/log.js';
import type { Store } from '../io/store.js';
import type { Config } from '../runtime/config.js';
import { type Partitions, partitionOf, TOPICS } from '../runtime/topics.js';

/** The rules that come with the project. */
export const OWN_ALARM_RULES = fileURLToPath(new URL('../packs/alarms/noc.json', import.meta.url));
/** What the desk reads. */
export const DESK_TOPICS = [TOPICS.elementEvents, TOPICS.decisions, TOPICS.network, TOPICS.facts] as const;

/** How long the desk waits for more when it has read everything. */
const IDLE_MS = 100;
const AGAIN_MS = 2 * SECOND;
/** Who keeps the list saves at least so often. */
const BEAT_MS = 4 * SECOND;
/** Who has saved nothing for so long keeps it no more. */
const SILENT_MS = 20 * SECOND;
const LOOK_MS = 2 * SECOND;
const PUSH_EVERY = MINUTE / 2;

export interface AlarmServiceGiven {
  readonly config: Pick<Config, 'alarmRules' | 'alarmCalls' | 'alertmanagerUrl'>;
  readonly packs: Packs;
  readonly partitions: Partitions;
  /** Names this process. */
  readonly owner: string;
  /** No other process can keep the list: it need not be waited for. */
  readonly alone: boolean;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

export class AlarmService {
  readonly #given: AlarmServiceGiven;
  readonly #catalogue: Catalogue;
  /** Who listens by TMF642. */
  readonly hub = new AlarmHub();
  readonly #listeners = new Set<() => void>();
  #desk: AlarmDesk | undefined;
  #telling: Promise<void> = Promise.resolve();

  /** Throws where the rules may not be used. */
  constructor(given: AlarmServiceGiven) {
    this.#given = given;
    this.#catalogue = loadCatalogue(given.config.alarmRules ?? OWN_ALARM_RULES);
  }

  /** The list, for HTTP; each question is a Problem (503) while this process does not keep it. */
  get views(): AlarmViews {
    const now = () => {
      if (this.#desk) return new AlarmPictures(this.#desk.list);
      throw new Problem(503, 'not-yet', 'this process does not keep the list of alarms now', { 'retry-after': '2' });
    };
    return {
      get clock() {
        return now().clock;
      },
      alarm: (id) => now().alarm(id),
      alarms: (selection) => now().alarms(selection),
      journal: (id) => now().journal(id),
      board: () => now().board(),
      knows: (id, ref) => now().knows(id, ref),
      subscribe: (changed) => {
        this.#listeners.add(changed);
        return () => this.#listeners.delete(changed);
      },
    };
  }

  /** How the desk stands; undefined while another process keeps the list. */
  get stand(): AlarmDesk['stand'] | undefined {
    return this.#desk?.stand;
  }

  /** Keeps the list until the signal. What fails is said once and begun anew from what was saved. */
  async run(log: Log, store: Store, signal: AbortSignal): Promise<void> {
    const { warn } = this.#given;
    const pushing = this.#push(signal);
    for (let said = false; !signal.aborted; ) {
      try {
        if (!(await this.#mayTake(store, signal))) break;
        const desk = await this.#open(log, store);
        this.#desk = desk;
        said = false;
        const pictures = new AlarmPictures(desk.list);
        this.hub.note(pictures.alarms({ shown: 'all' }));
        for (let beat = performance.now(); !signal.aborted; ) {
          const idle = !(await desk.work());
          this.#tellHub(pictures, desk.list.takeLooked());
          if (performance.now() - beat >= BEAT_MS) {
            await desk.beat();
            beat = performance.now();
          }
          if (idle) await pause(IDLE_MS, signal);
          await new Promise((next) => setImmediate(next));
        }
      } catch (error) {
        this.#desk = undefined;
        if (!said && !signal.aborted)
          warn('the list of alarms begins anew from what was saved', { error: (error as Error).message });
        said = true;
        await pause(AGAIN_MS, signal);
      }
    }
    await pushing;
  }

  /** Listeners that are slow keep nobody waiting: they hear one round after the other. */
  #tellHub(pictures: AlarmPictures, ids: ReadonlySet<string>): void {
    if (ids.size === 0) return;
    for (const listener of this.#listeners) listener();
    const records = [...ids].flatMap((id) => pictures.alarm(id) ?? []);
    if (this.hub.listens) this.#telling = this.#telling.then(() => this.hub.told(records, Date.now()));
    else this.hub.note(records);
  }

  #open(log: Log, store: Store): Promise<AlarmDesk> {
    const { packs, partitions, owner, config } = this.#given;
    const zoneOf = (operator: string) => packs.operators().get(operator)?.zone;
    const calls = config.alarmCalls;
    return AlarmDesk.open({ log, store, owner, catalogue: this.#catalogue, calls, zoneOf, partitions, partitionOf });
  }

  /** Waits until whoever keeps the list has fallen silent; false where the signal came first. */
  async #mayTake(store: Store, signal: AbortSignal): Promise<boolean> {
    const { alone, owner } = this.#given;
    let seen: string | undefined;
    let since = performance.now();
    while (!alone && !signal.aborted) {
      const stands = await store.ownership(TASK);
      if (!stands || stands.owner === owner) break;
      const now = `${stands.epoch}/${stands.sequence}`;
      if (now !== seen) since = performance.now();
      else if (performance.now() - since >= SILENT_MS) break;
      seen = now;
      await pause(LOOK_MS, signal);
    }
    return !signal.aborted;
  }

  async #push(signal: AbortSignal): Promise<void> {
    const { config, warn } = this.#given;
    const url = config.alertmanagerUrl;
    if (url === undefined) return;
    const push = new AlertmanagerPush({
      url,
      every: PUSH_EVERY,
      standing: () => (this.#desk ? new AlarmPictures(this.#desk.list).alarms({ standing: true }) : []),
      find: (id) => this.#desk && new AlarmPictures(this.#desk.list).alarm(id),
      now: Date.now,
    });
    for (let well = true; !signal.aborted; ) {
      if (this.#desk) {
        const taken = await push.round();
        if (well && !taken) warn('Alertmanager does not take the alarms: they are pushed again', {});
        well = taken;
      }
      await pause(PUSH_EVERY, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
