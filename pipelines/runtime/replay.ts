/**
 * A story told at once: events in, in the order of their lines, decisions out. No log, no store, no wall clock; the same output
 * for the same input. It puts the same logic together as the live tasks do, one of each kind.
 */
import type { Decision } from '../domain/decision.js';
import type { DozorEvent } from '../domain/event.js';
import { NetworkView } from '../domain/network.js';
import { isNoticeAct } from '../domain/notice.js';
import type { Packs } from '../domain/pack.js';
import { EVER, type Instant } from '../domain/units.js';
import { CollectorLogic } from './collector-logic.js';
import { type Rejection, rejected } from './decode.js';
import { Door, TransientMemory } from './door.js';
import { KpiScores } from './kpi-scores.js';
import { NetworkLogic } from './network-logic.js';
import { PrintTable } from './print-table.js';
import { ServiceLogic } from './service-logic.js';

/** As much of a decision's id as tells it from all others. */
const NAME_LENGTH = 24;
const NO_CONTENT = '0'.repeat(12);

export class Replay {
  readonly #packs: Packs;
  readonly #door: Door;
  readonly #view = new NetworkView();
  readonly #network: NetworkLogic;
  readonly #services: ServiceLogic;
  readonly #collector: CollectorLogic;
  readonly #scores: KpiScores | undefined;
  readonly #emit: (decision: Decision) => void;
  readonly #refuse: (rejection: Rejection) => void;
  readonly #out = new PrintTable();
  #clock: Instant = EVER;
  #changedElements = new Set<string>();
  /** What came in, by what became of it. */
  readonly counts = { events: 0, duplicates: 0, rejected: 0, decisions: 0 };

  constructor(given: {
    readonly packs: Packs;
    readonly decided: (decision: Decision) => void;
    readonly rejected?: (rejection: Rejection) => void;
    /** Whether every sample of an indicator is scored. */
    readonly scores?: boolean;
  }) {
    this.#packs = given.packs;
    this.#door = new Door({ packs: given.packs, memory: new TransientMemory() });
    this.#network = new NetworkLogic({ name: 'network-0', packs: given.packs });
    this.#services = new ServiceLogic({
      name: 'service-0',
      packs: given.packs,
      view: this.#view,
      submitted: 'at-once',
    });
    this.#collector = new CollectorLogic({ name: 'collector-0', packs: given.packs });
    if (given.scores) this.#scores = new KpiScores((element, at) => this.#network.ownerOf(element, at));
    this.#emit = given.decided;
    this.#refuse = given.rejected ?? (() => {});
  }

  /** What the clock says. */
  get clock(): Instant {
    return this.#clock;
  }

  /** Takes one line. Timers due by its `recordedtime` ring before it is applied. */
  line(text: string, number: number): void {
    const taken = this.#door.takeLine(text, number);
    switch (taken.is) {
      case 'duplicate':
        this.counts.duplicates += 1;
        return;
      case 'rejected':
        this.#reject(taken.rejection);
        return;
      case 'event':
        this.counts.events += 1;
        if (this.#door.clock > this.#clock) this.#advance(this.#door.clock);
        this.#apply(taken.event, taken.sides);
    }
  }

  /** Moves the clock to the end of the story: everything due by then is decided. */
  finish(until?: Instant): void {
    this.#advance(Math.max(until ?? EVER, this.#clock));
    for (const decision of this.#scores?.rest() ?? []) this.#publish(decision);
  }

  #apply(event: DozorEvent, sides: { readonly service: boolean; readonly element: boolean }): void {
    if (sides.element) this.#network.hear(event);
    if (this.#scores) this.#score(this.#scores, event);
    if (sides.service && !isNoticeAct(event.type)) {
      this.#services.hear(event);
      for (const { event: late, field, message } of this.#services.refused.splice(0)) {
        this.#door.release(late.source, late.id);
        this.#reject({ reason: 'wrong-currency', field, message, event: late });
      }
    }
  }

  #score(scores: KpiScores, event: DozorEvent): void {
    if (event.type === 'element.upserted') for (const decision of scores.known(event.subject)) this.#publish(decision);
    if (event.type !== 'kpi.sampled') return;
    for (const decision of scores.take(event, this.#clock)) this.#publish(decision);
  }

  #reject(rejection: Rejection): void {
    this.counts.rejected += 1;
    this.#refuse(rejection);
    this.#publish(rejected(rejection, this.#clock));
  }

  #advance(to: Instant): void {
    for (const _ of this.#network.advance(to));
    for (const record of this.#network.takeRecords()) {
      if (!this.#view.apply(record)) continue;
      if (record.is === 'element') this.#changedElements.add(record.id);
      else if (record.is === 'fault') this.#changedElements.add(record.subject);
      else if (record.is === 'works') this.#changedElements.add(record.element);
      else if (record.is === 'tariff') this.#changedElements.add(record.id);
    }
    this.#services.networkChanged(this.#changedElements);
    this.#changedElements = new Set();
    for (const _ of this.#services.advance(to));
    this.#services.finishTick();
    for (const fact of this.#services.takeFacts()) this.#collector.hear(fact);
    for (const _ of this.#collector.advance(to));
    const decisions = [
      ...this.#network.takeDecisions(),
      ...this.#services.takeDecisions(),
      ...this.#collector.takeDecisions(),
    ];
    // What is kept for a restart is not needed here.
    this.#network.dropChanges();
    this.#services.dropChanges();
    this.#collector.dropChanges();
    for (const decision of decisions.sort((a, b) => a.time - b.time)) this.#publish(decision);
    this.#clock = to;
  }

  #publish(decision: Decision): void {
    // The same decision taken twice is one.
    const name = decision.id.slice(0, NAME_LENGTH);
    if (this.#out.get(name) !== undefined) return;
    this.#out.set(name, NO_CONTENT);
    this.counts.decisions += 1;
    this.#emit(decision);
  }

  /** The zone whose offset a decision's times are written with: its operator's. */
  zoneOf(decision: Decision): string {
    const operator = 'operator' in decision.data ? decision.data.operator : undefined;
    return (operator && this.#packs.at(operator, decision.time)?.zone) || 'UTC';
  }
}
