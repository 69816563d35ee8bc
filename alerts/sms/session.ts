/**
 * One link to a message centre: questions and their answers matched by number, each with its own time-out; questions of the other
 * side answered; the link asked whether it lives when it is quiet, and dropped when it does not answer. What a link cannot know it
 * says: a question whose answer did not come may have been carried out.
 */
import type { Duplex } from 'node:stream';
import type { Milliseconds } from '../../pipelines/domain/units.js';
import {
  type Body,
  COMMANDS,
  type Command,
  decodePdu,
  encodePdu,
  FrameReader,
  isAnswer,
  type Pdu,
  pdu,
  STATUS,
  type Tlvs,
} from './pdu.js';

/** What became of a question. */
export type Outcome =
  | { readonly is: 'answered'; readonly answer: Pdu }
  /** It was never written: it can be asked elsewhere without a doubt. */
  | { readonly is: 'unsent'; readonly why: string }
  /** It may have been carried out. */
  | { readonly is: 'silent'; readonly why: 'time-out' | 'link-lost' };

/** The answer to a question of the other side. */
export interface Reply {
  readonly status: number;
  readonly messageId?: string;
}

export interface SessionGiven {
  readonly link: Duplex;
  /** Questions of the other side but `enquire_link` and `unbind`. A rejection is answered as a temporary failure. */
  readonly asked: (question: Pdu) => Promise<Reply>;
  /** An answer that came after its time-out: the question had been carried out, or not, after all. */
  readonly answeredLate: (question: Pdu, answer: Pdu) => void;
  /** Once, when the link is gone, for whatever reason. */
  readonly closed: (why: string) => void;
  /** Quiet for so long, the link is asked whether it lives. */
  readonly enquireAfter: Milliseconds;
  readonly answerWithin: Milliseconds;
  /** Questions of the other side in hand at one time; more are answered as a temporary failure. */
  readonly askedMax?: number;
}

const ASKED_MAX = 500;
/** Questions without an answer that are remembered for one that comes late. */
const LATE_MAX = 10_000;
const SEQUENCE_MAX = 0x7fffffff;

interface Waiting {
  readonly question: Pdu;
  readonly settle: (outcome: Outcome) => void;
  readonly timer: NodeJS.Timeout;
}

/** The command that answers another: its name with `_resp`. */
export type Question = 'bind_transceiver' | 'submit_sm' | 'deliver_sm' | 'query_sm' | 'enquire_link' | 'unbind';

export class Session {
  readonly #given: SessionGiven;
  readonly #frames = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  readonly #late = new Map<number, Pdu>();
  #sequence = 0;
  #inHand = 0;
  #open = true;
  #quiet: NodeJS.Timeout | undefined;

  constructor(given: SessionGiven) {
    this.#given = given;
    const { link } = given;
    link.on('data', (octets: Buffer) => this.#take(octets));
    link.on('error', (error: NodeJS.ErrnoException) => this.#close(error.code ?? error.message));
    link.on('close', () => this.#close('the other side closed the link'));
    this.#listen();
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Asks, and resolves when the answer, its time-out or the end of the link has come; throws a `RangeError` for what cannot be written. */
  ask<C extends Question>(
    command: C,
    given: { readonly body?: Partial<Body<C>>; readonly tlvs?: Tlvs } = {},
    answerWithin: Milliseconds = this.#given.answerWithin,
  ): Promise<Outcome> {
    const question = pdu(command, this.#next(), given) as Pdu;
    const frame = encodePdu(question);
    if (!this.#open) return Promise.resolve({ is: 'unsent', why: 'the link is closed' });
    return new Promise((settle) => {
      const { sequence } = question;
      const timer = setTimeout(() => this.#overdue(sequence), answerWithin);
      this.#waiting.set(sequence, { question, settle, timer });
      this.#given.link.write(frame);
    });
  }

  /** Drops the link; what still waits for an answer is told that it was lost. */
  drop(why: string): void {
    this.#close(why);
  }

  /** Takes leave: asks to unbind, and drops the link when that is answered or overdue. */
  async unbind(within: Milliseconds): Promise<void> {
    if (this.#open) await this.ask('unbind', {}, within);
    this.#close('unbound');
  }

  #next(): number {
    this.#sequence = this.#sequence >= SEQUENCE_MAX ? 1 : this.#sequence + 1;
    return this.#sequence;
  }

  #take(octets: Buffer): void {
    if (!this.#open) return;
    this.#listen();
    try {
      for (const frame of this.#frames.take(octets)) this.#frame(frame);
    } catch (error) {
      // Where a frame begins is not known any more, so nothing that follows could be believed.
      this.#close(`unreadable: ${(error as Error).message}`);
    }
  }

  #frame(frame: Buffer): void {
    const decoded = decodePdu(frame);
    if (!decoded.ok) {
      const { why, commandId, sequence } = decoded;
      // Never an answer to an answer: two sides would go on for ever.
      if (commandId >= 0x80000000) return;
      const status = why === 'malformed' ? STATUS.invalidLength : STATUS.invalidCommand;
      if (commandId === COMMANDS.deliver_sm) this.#send(pdu('deliver_sm_resp', sequence, { status }));
      else this.#send(pdu('generic_nack', sequence, { status }));
      return;
    }
    if (isAnswer(decoded.pdu.command)) this.#answer(decoded.pdu);
    else void this.#question(decoded.pdu);
  }

  #answer(answer: Pdu): void {
    const { sequence } = answer;
    const waiting = this.#waiting.get(sequence);
    if (waiting && answers(answer.command, waiting.question.command)) {
      this.#waiting.delete(sequence);
      clearTimeout(waiting.timer);
      waiting.settle({ is: 'answered', answer });
      return;
    }
    const late = this.#late.get(sequence);
    if (late && answers(answer.command, late.command)) {
      this.#late.delete(sequence);
      this.#given.answeredLate(late, answer);
    }
  }

  #overdue(sequence: number): void {
    const waiting = this.#waiting.get(sequence);
    if (!waiting) return;
    this.#waiting.delete(sequence);
    this.#late.set(sequence, waiting.question);
    if (this.#late.size > LATE_MAX) this.#late.delete(this.#late.keys().next().value!);
    waiting.settle({ is: 'silent', why: 'time-out' });
  }

  async #question(question: Pdu): Promise<void> {
    const { command, sequence } = question;
    if (command === 'enquire_link') return this.#send(pdu('enquire_link_resp', sequence));
    if (command === 'unbind') {
      this.#send(pdu('unbind_resp', sequence));
      this.#close('the other side unbound');
      return;
    }
    const reply = await this.#replyTo(question);
    if (command === 'deliver_sm') return this.#send(pdu('deliver_sm_resp', sequence, { status: reply.status }));
    const { status, messageId = '' } = reply;
    if (command === 'submit_sm') this.#send(pdu('submit_sm_resp', sequence, { status, body: { messageId } }));
    else this.#send(pdu('generic_nack', sequence, { status }));
  }

  async #replyTo(question: Pdu): Promise<Reply> {
    if (this.#inHand >= (this.#given.askedMax ?? ASKED_MAX)) return { status: STATUS.receiverTemporary };
    this.#inHand += 1;
    try {
      return await this.#given.asked(question);
    } catch {
      // Not known to be kept: the other side has it still, and brings it again.
      return { status: STATUS.receiverTemporary };
    } finally {
      this.#inHand -= 1;
    }
  }

  #send(answer: Pdu): void {
    if (this.#open) this.#given.link.write(encodePdu(answer));
  }

  /** Begins to count the quiet anew. */
  #listen(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.#enquire(), this.#given.enquireAfter);
  }

  async #enquire(): Promise<void> {
    const outcome = await this.ask('enquire_link');
    if (outcome.is === 'silent') this.#close('enquire_link was not answered');
  }

  #close(why: string): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#quiet);
    // What was written last, such as the answer to an unbind, still goes out; a dead link is given up soon after.
    this.#given.link.end();
    setTimeout(() => this.#given.link.destroy(), 1_000).unref();
    for (const { settle, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      settle({ is: 'silent', why: 'link-lost' });
    }
    this.#waiting.clear();
    this.#given.closed(why);
  }
}

function answers(answer: Command, question: Command): boolean {
  return answer === 'generic_nack' || answer === `${question}_resp`;
}
