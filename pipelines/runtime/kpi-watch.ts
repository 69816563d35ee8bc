/**
 * The rules of the section `kpi` on each indicator of each element: thresholds and staleness. It takes samples in, asks the rules
 * when the clock moves on, and says what they decide. One watch an element and indicator; nothing for indicators without a rule.
 */

import { type StaleState, staleAlarms, withFreshSample } from '../detectors/kpi-stale.js';
import {
  NO_WINDOWS,
  type ThresholdState,
  thresholdAlarms,
  withdrawnAlarms,
  withWindowSample,
} from '../detectors/kpi-threshold.js';
import { type Decision, decide } from '../domain/decision.js';
import { refOf } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import type { KpiStaleRule, KpiThresholdRule, Pack } from '../domain/pack.js';
import { EVER, type Instant } from '../domain/units.js';
import { Timers } from './heap.js';

export const WATCH = 'q/';

interface Watch {
  /** By the rule's name, with the rule as it was last asked: a rule that is gone clears what it raised. */
  readonly thresholds: Readonly<Record<string, { readonly rule: KpiThresholdRule; readonly state: ThresholdState }>>;
  readonly stale?: { readonly rule: KpiStaleRule; readonly state: StaleState };
  readonly dirty: boolean;
  readonly due?: Instant;
}

const NEW: Watch = { thresholds: {}, dirty: true };

export interface WatchesGiven {
  /** The terms in force for an element. */
  readonly packOf: (element: string, at: Instant) => Pack | undefined;
  readonly save: (key: string, make: () => unknown) => void;
  readonly decided: (decision: Decision) => void;
}

export class KpiWatches {
  readonly #given: WatchesGiven;
  readonly #watches = new Map<string, Watch>();
  readonly #dirty = new Set<string>();
  readonly #timers = new Timers();

  constructor(given: WatchesGiven) {
    this.#given = given;
  }

  /** Takes a sample of a known element in. */
  take(event: EventOf<'kpi.sampled'>): void {
    const { subject, time, recordedtime, data } = event;
    const pack = this.#given.packOf(subject, time);
    const rules = pack?.rules.kpi;
    const thresholds = rules?.thresholds.filter(({ kpi }) => kpi === data.kpi) ?? [];
    const stale = rules?.stale.find(({ kpi }) => kpi === data.kpi);
    const key = `${subject}\n${data.kpi}`;
    const held = this.#watches.get(key);
    if (!held && thresholds.length === 0 && !stale) return;
    const watch = held ?? NEW;
    const states = { ...watch.thresholds };
    for (const rule of thresholds) {
      const state = states[rule.name]?.state ?? NO_WINDOWS;
      states[rule.name] = { rule, state: withWindowSample(state, { at: time, value: data.value }, rule, pack!.zone) };
    }
    const sample = { at: time, known: recordedtime, ref: refOf(event) };
    const staleRule = stale ?? watch.stale?.rule;
    const fresh = staleRule && { stale: { rule: staleRule, state: withFreshSample(watch.stale?.state, sample) } };
    this.#put(key, { ...watch, thresholds: states, ...fresh, dirty: true });
    this.#dirty.add(key);
  }

  #put(key: string, watch: Watch): void {
    this.#watches.set(key, watch);
    this.#given.save(`${WATCH}${key}`, () => this.#watches.get(key));
  }

  /** Judges what became known as of `now`, then rings every timer up to `to`, in order; yields between. */
  *advance(now: Instant, to: Instant): Generator<void, void, void> {
    if (now !== EVER) yield* this.#settle(now);
    for (let entry = this.#timers.take(to); entry; entry = this.#timers.take(to)) {
      if (this.#watches.get(entry.key)?.due !== entry.at) continue;
      this.#judge(entry.key, entry.at);
      yield;
    }
  }

  *#settle(now: Instant): Generator<void, void, void> {
    for (const key of [...this.#dirty].sort()) {
      this.#dirty.delete(key);
      this.#judge(key, now);
      yield;
    }
  }

  #judge(key: string, now: Instant): void {
    const watch = this.#watches.get(key)!;
    const element = key.slice(0, key.indexOf('\n'));
    const kpi = key.slice(element.length + 1);
    const pack = this.#given.packOf(element, now);
    if (!pack) return;
    const { operator, zone } = pack;
    const rules = pack.rules.kpi;
    const wakes: Instant[] = [];
    const thresholds: Record<string, { rule: KpiThresholdRule; state: ThresholdState }> = {};
    for (const [name, { rule: asked, state }] of Object.entries(watch.thresholds)) {
      const rule = rules?.thresholds.find((one) => one.name === name && one.kpi === kpi);
      if (!rule || !rules) {
        const gone = { element, operator, zone, rules: rules ?? GONE };
        const over = withdrawnAlarms(state, asked, gone, now);
        for (const draft of over.drafts) this.#given.decided(decide(draft) as Decision);
        thresholds[name] = { rule: asked, state: over.state };
        continue;
      }
      const found = thresholdAlarms(state, rule, { element, operator, zone, rules }, now);
      for (const draft of found.drafts) this.#given.decided(decide(draft) as Decision);
      if (found.wake !== undefined) wakes.push(found.wake);
      thresholds[name] = { rule, state: found.state };
    }
    const { due: _, stale: held, ...rest } = watch;
    let stale = held;
    if (held) {
      const inForce = rules?.stale.find((one) => one.kpi === kpi);
      const rule = inForce ?? held.rule;
      const by = { element, operator, zone, rules: rules ?? GONE };
      const found = staleAlarms(held.state, rule, inForce !== undefined, by, now);
      for (const draft of found.drafts) this.#given.decided(decide(draft) as Decision);
      if (found.wake !== undefined) wakes.push(found.wake);
      stale = { rule, state: found.state };
    }
    const due = wakes.length > 0 ? Math.min(...wakes) : undefined;
    if (due !== undefined) this.#timers.add(due, key);
    this.#put(key, { ...rest, thresholds, ...(stale && { stale }), dirty: false, ...(due !== undefined && { due }) });
  }

  restore(id: string, held: unknown): void {
    const watch = held as Watch;
    this.#watches.set(id, watch);
    if (watch.dirty) this.#dirty.add(id);
    if (watch.due !== undefined) this.#timers.add(watch.due, id);
  }
}

/** Stands for a section that is no longer there. */
const GONE = { clause: 'kpi', lateness: 0, delay: 0 };
