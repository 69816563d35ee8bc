/**
 * One bind to a message centre, kept up for ever: connect, bind as a transceiver, hold a window of unanswered submissions, wait
 * longer after each failure, begin again. A centre that says "too fast" makes the whole bind wait, not the one message; what was
 * not written yet is given back, so that another bind may take it. It is long because connecting, binding, holding and stopping
 * share one state.
 */
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { MINUTE, type Milliseconds, SECOND } from '../../pipelines/domain/units.js';
import type { SmsGatewayView } from '../ports.js';
import { type Body, type Pdu, STATUS, type Tlvs } from './pdu.js';
import { type Outcome, type Reply, Session } from './session.js';

export interface BindSettings {
  /** A word of ours, for receipts, logs and metrics. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: boolean;
  /** Authorities to believe in place of the system's, PEM. */
  readonly ca?: string;
  readonly systemId: string;
  readonly password: string;
  readonly systemType?: string;
  /** Its share of the traffic beside other binds; 1 unless given. */
  readonly weight?: number;
  /** Submissions without an answer at one time. */
  readonly window?: number;
  /** Submissions that wait for a place in the window. */
  readonly queueMax?: number;
  readonly connectWithin?: Milliseconds;
  readonly answerWithin?: Milliseconds;
  readonly enquireAfter?: Milliseconds;
  /** The wait before it connects again: the first, doubled after each failure up to the last. */
  readonly reconnect?: Wait;
  /** The wait of the whole bind when the centre says "too fast" or "full". */
  readonly hold?: Wait;
}

/** Waits that double from the first to the last. */
export interface Wait {
  readonly first: Milliseconds;
  readonly max: Milliseconds;
}

const DEFAULTS = {
  weight: 1,
  window: 10,
  queueMax: 1_000,
  connectWithin: 10 * SECOND,
  answerWithin: 30 * SECOND,
  enquireAfter: 20 * SECOND,
  reconnect: { first: SECOND, max: MINUTE },
  hold: { first: SECOND, max: 30 * SECOND },
} as const;

/** `interface_version` of SMPP 3.4. */
const VERSION = 0x34;
/** How long a bind must have stood for the waits to begin anew. */
const STEADY: Milliseconds = 30 * SECOND;
const TOO_FAST: ReadonlySet<number> = new Set([STATUS.throttled, STATUS.queueFull]);

/** `refused`: the centre does not know us. `held`: it asked us to be slower. */
export type BindState = 'stopped' | 'connecting' | 'bound' | 'held' | 'waiting' | 'refused';

/** How a bind does: for status and metrics. Counts go up only. */
export interface BindView extends SmsGatewayView {
  readonly state: BindState;
  /** Why the link last ended; absent before it did. */
  readonly lastEnd?: string;
}

export interface BindGiven {
  readonly settings: BindSettings;
  /** A `deliver_sm`: a receipt, or a message from a telephone. */
  readonly delivered: (question: Pdu) => Promise<Reply>;
  readonly answeredLate: (question: Pdu, answer: Pdu) => void;
  /** From 0 to 1: spreads the reconnections of many processes. */
  readonly random?: () => number;
}

export class Bind {
  readonly settings: Required<Omit<BindSettings, 'tls' | 'ca' | 'systemType'>> & BindSettings;
  readonly #given: BindGiven;
  readonly #random: () => number;
  readonly #queue: ((go: boolean) => void)[] = [];
  #session: Session | undefined;
  #state: BindState = 'stopped';
  #inFlight = 0;
  #binds = 0;
  #holds = 0;
  #holdLevel = 0;
  #holdTimer: NodeJS.Timeout | undefined;
  #heldUntil = 0;
  #lastEnd: string | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;
  /** Ends the wait before the next attempt. */
  #wake: () => void = () => {};
  /** Ends the attempt or the link that is under way. */
  #drop: (why: string) => void = () => {};

  constructor(given: BindGiven) {
    this.#given = given;
    this.settings = { ...DEFAULTS, ...given.settings };
    this.#random = given.random ?? Math.random;
  }

  start(): void {
    this.#stopping = false;
    this.#running ??= this.#run();
  }

  /** Whether a submission would be written, now or when the window has a place. */
  get canTake(): boolean {
    return this.#state === 'bound' && !this.#stopping && this.#queue.length < this.settings.queueMax;
  }

  /** How long it still holds back; 0 where it does not. */
  get heldFor(): Milliseconds {
    return this.#state === 'held' ? Math.max(0, this.#heldUntil - performance.now()) : 0;
  }

  get view(): BindView {
    return {
      name: this.settings.name,
      state: this.#state,
      up: this.#state === 'bound',
      inFlight: this.#inFlight,
      queued: this.#queue.length,
      binds: this.#binds,
      holds: this.#holds,
      ...(this.#lastEnd === undefined ? {} : { lastEnd: this.#lastEnd }),
    };
  }

  /** Submits when the window has a place. */
  async submit(body: Partial<Body<'submit_sm'>>, tlvs: Tlvs): Promise<Outcome> {
    if (!this.canTake || !(await this.#enter())) return { is: 'unsent', why: this.#state };
    try {
      const outcome = await this.#ask((session) => session.ask('submit_sm', { body, tlvs }));
      if (outcome.is === 'answered') this.#heed(outcome.answer.status);
      return outcome;
    } finally {
      this.#leave();
    }
  }

  /** Takes a place in the window; false where the wait was ended before there was one. */
  #enter(): boolean | Promise<boolean> {
    if (this.#inFlight >= this.settings.window) return new Promise((turn) => this.#queue.push(turn));
    this.#inFlight += 1;
    return true;
  }

  /** Hands the place over to who waits for it, so that nobody can come between. */
  #leave(): void {
    const next = this.#state === 'bound' ? this.#queue.shift() : undefined;
    if (next) next(true);
    else this.#inFlight -= 1;
  }

  /** Asks what became of a message. */
  query(body: Partial<Body<'query_sm'>>): Promise<Outcome> {
    return this.#ask((session) => session.ask('query_sm', { body }));
  }

  async #ask(ask: (session: Session) => Promise<Outcome>): Promise<Outcome> {
    const session = this.#session;
    return session ? ask(session) : { is: 'unsent', why: this.#state };
  }

  /** Waits for the answers that are due, unbinds, and does not come back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#giveBack();
    const deadline = performance.now() + this.settings.answerWithin;
    while (this.#inFlight > 0 && performance.now() < deadline) await new Promise((next) => setTimeout(next, 10));
    if (this.#session) await this.#session.unbind(Math.min(this.settings.answerWithin, 5 * SECOND));
    else this.#drop('stopped');
    this.#wake();
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      this.#state = 'connecting';
      const { why, refused, stood } = await this.#link();
      this.#lastEnd = why;
      if (this.#stopping) break;
      failures = stood >= STEADY ? 0 : failures + 1;
      this.#state = refused ? 'refused' : 'waiting';
      await this.#pause(lengthOf(this.settings.reconnect, failures - 1) * (0.5 + this.#random() / 2));
    }
    this.#state = 'stopped';
  }

  /** Connects, binds and serves, until the link ends. Never rejects. */
  async #link(): Promise<{ readonly why: string; readonly refused: boolean; readonly stood: Milliseconds }> {
    const opened = await this.#connect();
    if (typeof opened === 'string') return { why: opened, refused: false, stood: 0 };
    const { enquireAfter, answerWithin, systemId, password, systemType = '' } = this.settings;
    let session: Session;
    const ended = new Promise<string>((closed) => {
      session = new Session({
        link: opened,
        enquireAfter,
        answerWithin,
        closed,
        asked: (question) => this.#asked(question),
        answeredLate: (question, answer) => this.#given.answeredLate(question, answer),
      });
    });
    this.#drop = (why) => session.drop(why);
    const body = { systemId, password, systemType, interfaceVersion: VERSION };
    const outcome = await session!.ask('bind_transceiver', { body });
    if (outcome.is !== 'answered' || outcome.answer.status !== STATUS.ok) {
      const why =
        outcome.is === 'answered' ? `bind refused with status ${outcome.answer.status}` : 'no answer to the bind';
      session!.drop(why);
      await ended;
      return { why, refused: outcome.is === 'answered', stood: 0 };
    }
    const since = performance.now();
    this.#session = session!;
    this.#binds += 1;
    this.#state = 'bound';
    const why = await ended;
    this.#session = undefined;
    clearTimeout(this.#holdTimer);
    this.#state = 'waiting';
    this.#giveBack();
    return { why, refused: false, stood: performance.now() - since };
  }

  /** An open socket, or why there is none. */
  #connect(): Promise<Duplex | string> {
    const { host, port, tls, ca, connectWithin } = this.settings;
    return new Promise((settle) => {
      const socket = tls ? connectTls({ host, port, ...name(host), ...(ca && { ca }) }) : connectTcp({ host, port });
      const fail = (why: string) => {
        clearTimeout(timer);
        socket.destroy();
        settle(why);
      };
      const timer = setTimeout(() => fail('no connection in time'), connectWithin);
      this.#drop = fail;
      const failed = (error: NodeJS.ErrnoException) => fail(error.code ?? error.message);
      socket.once('error', failed);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        socket.setNoDelay(true);
        socket.removeListener('error', failed);
        settle(socket);
      });
    });
  }

  async #asked(question: Pdu): Promise<Reply> {
    if (question.command !== 'deliver_sm') return { status: STATUS.invalidCommand };
    return this.#given.delivered(question);
  }

  /** Slows down when the centre asks for it. Answers that were under way then ask for the same, and count once. */
  #heed(status: number): void {
    if (!TOO_FAST.has(status)) {
      if (status === STATUS.ok && this.#state === 'bound') this.#holdLevel = 0;
      return;
    }
    if (this.#state !== 'bound') return;
    const length = lengthOf(this.settings.hold, this.#holdLevel);
    this.#holdLevel += 1;
    this.#holds += 1;
    this.#state = 'held';
    this.#heldUntil = performance.now() + length;
    this.#holdTimer = setTimeout(() => {
      if (this.#state === 'held') this.#state = 'bound';
    }, length);
    this.#giveBack();
  }

  /** What waits for the window was never written. */
  #giveBack(): void {
    for (const turn of this.#queue.splice(0)) turn(false);
  }

  #pause(length: Milliseconds): Promise<void> {
    return new Promise((over) => {
      const timer = setTimeout(over, length);
      this.#wake = () => {
        clearTimeout(timer);
        over();
      };
    });
  }
}

/** The name that the certificate must have; an address has none to send. */
function name(host: string): { readonly servername?: string } {
  return isIP(host) ? {} : { servername: host };
}

function lengthOf({ first, max }: Wait, doublings: number): Milliseconds {
  return Math.min(max, first * 2 ** Math.min(doublings, 30));
}
