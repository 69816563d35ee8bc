/** The rest of the system as the HTTP side sees it, in memory, to be set by a test. */
import type {
  DecisionPage,
  DecisionQuery,
  EventIntake,
  Grant,
  LineAnswer,
  OutageView,
  StatusView,
  Views,
  WireDecision,
} from '../../../pipelines/http/ports.js';
import { decodeLine, decodeObject, fingerprint, LINE_BYTES_MAX } from '../../../pipelines/runtime/decode.js';

const operators = new Map([
  ['a1-rs', { currency: 'RSD' }],
  ['truf-rs', { currency: 'RSD' }],
]);

/** A door that judges with the real decoder, and remembers ids. `hold` makes it wait; `fail` makes it reject. */
export class FakeIntake implements EventIntake {
  readonly calls: { readonly lines: number; readonly first: number; readonly by: Grant }[] = [];
  readonly accepted: string[] = [];
  readonly clocks: number[] = [];
  readonly #seen = new Set<string>();
  hold: Promise<void> | undefined;
  fail: Error | undefined;

  async takeLines(lines: readonly string[], first: number, by: Grant): Promise<readonly LineAnswer[]> {
    this.calls.push({ lines: lines.length, first, by });
    await this.hold;
    if (this.fail) throw this.fail;
    return lines.flatMap((text, i) =>
      text.trim() === '' ? [] : [this.#answer(decodeLine(text, first + i, { operators }), first + i)],
    );
  }

  async takeObjects(events: readonly unknown[], by: Grant): Promise<readonly LineAnswer[]> {
    this.calls.push({ lines: events.length, first: 1, by });
    await this.hold;
    if (this.fail) throw this.fail;
    return events.map((event, i) => this.#answer(decodeObject(event, { operators }, i + 1), i + 1));
  }

  async moveClock(to: number): Promise<void> {
    if (this.clocks.some((at) => at > to)) throw new Error('the clock cannot be moved back');
    this.clocks.push(to);
  }

  #answer(decoded: ReturnType<typeof decodeLine>, line: number): LineAnswer {
    if (!decoded.ok) {
      const { reason, message, field } = decoded.rejection;
      return { line, status: 'rejected', reason, message, ...(field && { field }), decision: 'd'.repeat(32) };
    }
    const { id } = decoded.event;
    const print = fingerprint(decoded.wire).id;
    if (this.#seen.has(print)) return { line, status: 'duplicate', id };
    this.#seen.add(print);
    this.accepted.push(id);
    return { line, status: 'accepted', id };
  }
}

export const T0 = Date.parse('2026-06-12T00:00:05+02:00');

export class FakeViews implements Views {
  all: WireDecision[] = [];
  open: OutageView[] = [];
  now: StatusView = {
    clock: T0,
    behindMs: 2_000,
    clockMode: 'live',
    heldBy: [],
    madeUp: null,
    counts: { services: 2, elements: 1, events: 10, duplicates: 1, waiting: 0, decisions: {}, rejected: {} },
    startedAt: T0 - 3_600_000,
  };
  queries: DecisionQuery[] = [];
  readonly #listeners = new Set<() => void>();

  async decisions(query: DecisionQuery): Promise<DecisionPage> {
    this.queries.push(query);
    const { limit, after } = query;
    const from = after === undefined ? 0 : Number(after.split(':')[0]);
    const decisions = this.all.slice(from, from + limit);
    return { decisions, ...(from + limit < this.all.length && { next: `${from + limit}:d` }) };
  }
  async decision(id: string): Promise<WireDecision | undefined> {
    return this.all.find((one) => one.id === id);
  }
  outages(): readonly OutageView[] {
    return this.open;
  }
  status(): StatusView {
    return this.now;
  }
  latest(limit: number): readonly WireDecision[] {
    return this.all.slice(0, limit);
  }
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  get watched(): number {
    return this.#listeners.size;
  }
  /** Adds a decision on top. */
  decide(decision: WireDecision): void {
    this.all = [decision, ...this.all];
    this.changed();
  }
  set(status: Partial<StatusView>): void {
    this.now = { ...this.now, ...status };
    this.changed();
  }
  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

export function outage(given: Partial<OutageView> = {}): OutageView {
  const from = given.from ?? T0 - 34 * 3_600_000;
  return {
    incident: 'cell-1/f1',
    operator: 'a1-rs',
    operatorName: 'A1 Srbija',
    from,
    counts: true,
    reasons: ['power supply failed'],
    overdueAt: from + 48 * 3_600_000 + 1_000,
    confirmedAt: from + 48 * 3_600_000 + 1_000,
    services: 1_204,
    zone: 'Europe/Belgrade',
    ...given,
  };
}

export function credit(number: number, given: Partial<WireDecision> = {}): WireDecision {
  return {
    id: `credit${String(number).padStart(26, '0')}`,
    type: 'credit.granted',
    subject: `s${number}`,
    // Each at its own instant: those of one instant are shown as one.
    time: new Date(T0 - 5_000 + number * 1_000).toISOString(),
    data: {
      operator: 'a1-rs',
      clause: 'A1 3.3',
      because: {
        limit: 'PT48H',
        countedSeconds: 216_000,
        counted: [{ from: '2026-06-10T00:00:00+02:00', to: '2026-06-12T12:00:00+02:00' }],
        faults: [
          {
            fault: 'cell-1/f1',
            from: '2026-06-10T00:00:00+02:00',
            to: null,
            causes: [{ from: '2026-06-10T00:00:00+02:00', responsibility: 'operator', reason: 'power supply failed' }],
          },
        ],
        events: ['case#e3', 'case#e4'],
        arithmetic: 'sum of fee x seconds / cycle seconds, rounded half up once',
        cycleSeconds: 2_592_000,
        fees: [
          {
            from: '2026-06-10T00:00:00+02:00',
            to: '2026-06-12T12:00:00+02:00',
            seconds: 216_000,
            feeMinor: '300000',
            record: 'case#e2',
          },
        ],
        exactMinor: '25000',
        due: '2026-06-12T12:15:00+02:00',
      },
      outageId: `s${number}:cell-1/f1`,
      from: '2026-06-10T00:00:00+02:00',
      to: '2026-06-12T12:00:00+02:00',
      amount: { amount: '1250.00', currency: 'RSD' },
      cycle: { from: '2026-06-01T00:00:00+02:00', to: '2026-07-01T00:00:00+02:00' },
    },
    ...given,
  };
}

/** An event as text; `size` pads it. */
export function event(number: number, given: Record<string, unknown> = {}, size = 0): string {
  const data = { faultId: `f${number}`, responsibility: 'operator', reason: 'x'.repeat(size) };
  return JSON.stringify({
    specversion: '1.0',
    id: `e${number}`,
    source: 'noc',
    type: 'fault.opened',
    subject: 'cell-1',
    time: '2026-06-10T00:00:00+02:00',
    data,
    ...given,
  });
}

export const LINE_MAX = LINE_BYTES_MAX;
