/**
 * A short-message centre with faults, for the ledger's tests, and the transport that speaks to it. The centre outlives the process
 * that sends: `bind` makes a transport, `cut` is its death. Everything is drawn from a seed.
 *
 * A lost answer: the centre has taken the message, and the sender hears nothing. A drop of the link: of what was under way some has
 * arrived and some has not, and nobody is told which.
 */
import type {
  QueryAnswer,
  SmsHearer,
  SmsPart,
  SmsReceipt,
  SmsReceived,
  SmsState,
  SmsTransport,
  Submission,
} from '../../alerts/ports.js';

export interface GatewayFaults {
  /** Shares of 1. */
  readonly lostAnswers: number;
  readonly doubledReceipts: number;
  readonly undeliverable: number;
  readonly lostReceipts: number;
  /** Messages that are taken within 100 ms; more are throttled. */
  readonly per100ms: number;
  readonly answerMs: number;
  readonly receiptMs: number;
  /** How long a sender waits for an answer. */
  readonly timeoutMs: number;
}

export const NO_FAULTS: GatewayFaults = {
  lostAnswers: 0,
  doubledReceipts: 0,
  undeliverable: 0,
  lostReceipts: 0,
  per100ms: Number.POSITIVE_INFINITY,
  answerMs: 1,
  receiptMs: 2,
  timeoutMs: 20,
};

export interface Taken {
  readonly id: string;
  /** Our name of the part: the centre itself never sees it. */
  readonly key: string;
  readonly to: string;
  readonly text: string;
  state: SmsState;
}

const VIA = 'test';

export class Gateway {
  readonly #faults: GatewayFaults;
  readonly #random: () => number;
  /** Everything that was ever taken, in order. */
  readonly taken: Taken[] = [];
  readonly #byId = new Map<string, Taken>();
  #bound: GatewayTransport | undefined;
  readonly #undelivered: SmsReceipt[] = [];
  #window = { from: 0, count: 0 };
  #dropAt: number | undefined;
  readonly counts = { lostAnswers: 0, doubledReceipts: 0, throttled: 0, drops: 0, inFlightAtDrops: 0 };

  constructor(seed: number, faults: Partial<GatewayFaults> = {}) {
    this.#faults = { ...NO_FAULTS, ...faults };
    this.#random = mulberry32(seed);
  }

  get faults(): GatewayFaults {
    return this.#faults;
  }

  /** A transport for a process that begins. The one before is gone. */
  bind(): GatewayTransport {
    this.#bound?.cut();
    const transport = new GatewayTransport(this);
    this.#bound = transport;
    return transport;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  throttled(): boolean {
    const now = performance.now();
    if (now - this.#window.from >= 100) this.#window = { from: now, count: 0 };
    this.#window.count += 1;
    const over = this.#window.count > this.#faults.per100ms;
    if (over) this.counts.throttled += 1;
    return over;
  }

  /** The centre takes a message; its receipt comes later, whoever is bound then. */
  take(part: SmsPart): Taken {
    const id = (this.taken.length + 0x1000).toString(16);
    const one: Taken = { id, key: part.key, to: part.to, text: part.text, state: 'enroute' };
    this.taken.push(one);
    this.#byId.set(id, one);
    setTimeout(() => this.#report(one), this.#faults.receiptMs * (0.5 + this.#random()));
    return one;
  }

  #report(one: Taken): void {
    one.state = this.chance(this.#faults.undeliverable) ? 'undeliverable' : 'delivered';
    if (this.chance(this.#faults.lostReceipts)) return;
    const receipt: SmsReceipt = { via: VIA, ids: [one.id], to: one.to.replace(/^\+/, ''), state: one.state };
    this.#undelivered.push(receipt);
    if (this.chance(this.#faults.doubledReceipts)) {
      this.counts.doubledReceipts += 1;
      this.#undelivered.push(receipt);
    }
    this.flush();
  }

  /** A receipt stays here until a bound sender says that it has it. */
  flush(): void {
    const transport = this.#bound;
    if (!transport?.up) return;
    for (const receipt of this.#undelivered.splice(0)) {
      void transport.deliver(receipt).then((kept) => {
        if (!kept) this.#undelivered.push(receipt);
      });
    }
  }

  /** The link of whoever is bound breaks, and is back after a while. */
  drop(downMs = 50): void {
    this.counts.drops += 1;
    this.counts.inFlightAtDrops += this.#bound?.drop(downMs) ?? 0;
  }

  /** The link breaks as soon as so many parts are under way. */
  dropAt(underWay: number): void {
    this.#dropAt = underWay;
  }

  /** So many parts are under way: whether that was waited for. */
  underWay(count: number): void {
    if (this.#dropAt === undefined || count < this.#dropAt) return;
    this.#dropAt = undefined;
    this.drop();
  }

  ask(id: string): QueryAnswer {
    const one = this.#byId.get(id);
    return one ? { is: 'known', state: one.state } : { is: 'unknown' };
  }

  /** A telephone sends something. */
  async send(message: Omit<SmsReceived, 'via'>): Promise<void> {
    await this.#bound?.receive({ ...message, via: VIA });
  }
}

interface InFlight {
  readonly part: SmsPart;
  readonly answer: (submission: Submission) => void;
}

export class GatewayTransport implements SmsTransport {
  readonly #gateway: Gateway;
  #hearer: SmsHearer | undefined;
  readonly #flying = new Set<InFlight>();
  /** Whose answer was lost: the transport knows the part of a receipt that nothing else names, while it lives. */
  readonly #lost = new Map<string, string>();
  #downUntil = 0;
  #dead = false;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  get up(): boolean {
    return !this.#dead && this.#hearer !== undefined && performance.now() >= this.#downUntil;
  }

  async start(hearer: SmsHearer): Promise<void> {
    this.#hearer = hearer;
    this.#gateway.flush();
  }

  async stop(): Promise<void> {
    this.#dead = true;
  }

  submit(part: SmsPart): Promise<Submission> {
    const gateway = this.#gateway;
    const { answerMs, timeoutMs, lostAnswers } = gateway.faults;
    return new Promise((resolve) => {
      if (this.#dead) return;
      if (performance.now() < this.#downUntil) {
        resolve({ is: 'refused', code: 'link down', permanent: false, retryAfter: 50 });
        return;
      }
      if (gateway.throttled()) {
        resolve({ is: 'refused', code: 'ESME_RTHROTTLED', permanent: false, retryAfter: 100 });
        return;
      }
      const flight: InFlight = { part, answer: resolve };
      this.#flying.add(flight);
      setTimeout(() => {
        // Dropped meanwhile: what became of it was settled there.
        if (!this.#flying.delete(flight)) return;
        const taken = gateway.take(part);
        if (gateway.chance(lostAnswers)) {
          gateway.counts.lostAnswers += 1;
          this.#lost.set(taken.id, part.key);
          setTimeout(() => this.#answer(resolve, { is: 'ambiguous', why: 'no answer in time', via: VIA }), timeoutMs);
        } else this.#answer(resolve, { is: 'accepted', id: taken.id, via: VIA });
      }, answerMs);
      gateway.underWay(this.#flying.size);
    });
  }

  #answer(resolve: (submission: Submission) => void, submission: Submission): void {
    if (!this.#dead) resolve(submission);
  }

  /** Returns how much was under way. */
  drop(downMs: number): number {
    const flying = [...this.#flying];
    this.#flying.clear();
    this.#downUntil = performance.now() + downMs;
    for (const { part, answer } of flying) {
      if (this.#gateway.chance(0.5)) this.#gateway.take(part);
      this.#answer(answer, { is: 'ambiguous', why: 'the link was lost', via: VIA });
    }
    setTimeout(() => this.#gateway.flush(), downMs + 1);
    return flying.length;
  }

  /** The process dies: half of what was under way has reached the centre. */
  cut(): void {
    if (this.#dead) return;
    this.#dead = true;
    for (const { part } of this.#flying) if (this.#gateway.chance(0.5)) this.#gateway.take(part);
    this.#flying.clear();
  }

  async query(id: string): Promise<QueryAnswer> {
    if (!this.up) return { is: 'unavailable', why: 'the link is down' };
    return this.#gateway.ask(id);
  }

  /** False: the sender did not say that it has it. */
  async deliver(receipt: SmsReceipt): Promise<boolean> {
    const key = receipt.ids.map((id) => this.#lost.get(id)).find((one) => one !== undefined);
    const kept = this.#hearer!.onReceipt(key === undefined ? receipt : { ...receipt, key });
    return kept.then(
      () => !this.#dead,
      () => false,
    );
  }

  receive(message: SmsReceived): Promise<void> {
    return this.#hearer!.onReceived(message);
  }
}

/** A small generator of numbers from 0 to 1, the same for the same seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
