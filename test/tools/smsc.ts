/**
 * A message centre to test against: it speaks SMPP 3.4 as its own server, and goes wrong as real ones do, by a seed. It takes each
 * submission that it answers, or whose answer it loses; what it took, it remembers whole.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  codeOf,
  decodePdu,
  encodePdu,
  FrameReader,
  isAnswer,
  type Pdu,
  type PduOf,
  pdu,
  STATUS,
  TLV,
  type Tlvs,
  tlvNumber,
  tlvText,
} from '../../alerts/sms/pdu.js';

/** Shares are of 1. What is absent does not happen. */
export interface Faults {
  /** Taken, but never answered. */
  readonly lostAnswers?: number;
  /** Taken, and answered only after `lateAfter`. */
  readonly lateAnswers?: number;
  readonly doubledReceipts?: number;
  readonly lostReceipts?: number;
  /** The receipt goes out before the answer. */
  readonly earlyReceipts?: number;
  /** Refused with ESME_RTHROTTLED, and so is all else for `throttleFor`. */
  readonly throttled?: number;
  /** To these numbers nothing is answered, though it is taken. */
  readonly unansweredTo?: (destination: string) => boolean;
  /** And of these no receipt comes. */
  readonly noReceiptTo?: (destination: string) => boolean;
  /** The link is cut after so many submissions, in the middle of the window. */
  readonly dropEvery?: number;
}

export interface SmscSettings {
  readonly seed?: number;
  readonly port?: number;
  /** PEM: then links are by TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly systemId?: string;
  readonly password?: string;
  readonly faults?: Faults;
  readonly lateAfterMs?: number;
  readonly throttleForMs?: number;
  readonly answerAfterMs?: number;
  readonly receiptAfterMs?: number;
  /** How the answer writes an id, and how the receipt does. */
  readonly ids?: { readonly answer: 'hex' | 'decimal'; readonly receipt: 'hex' | 'decimal' };
  readonly receipts?: 'tlv' | 'text' | 'both';
  /** What becomes of a message: delivered unless told. */
  readonly fate?: (message: Taken) => keyof typeof WORDS;
}

/** A submission that was taken. */
export interface Taken {
  readonly number: number;
  readonly bind: string;
  readonly body: PduOf<'submit_sm'>['body'];
  readonly tlvs: Tlvs;
  readonly answered: 'yes' | 'lost' | 'late';
  /** Whether a receipt says what became of it. */
  readonly receipt: boolean;
}

const WORDS = {
  DELIVRD: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIV: 5,
  ACCEPTD: 6,
  UNKNOWN: 7,
  REJECTD: 8,
} as const;
const ANSWER_MS = 5_000;
const DELIVER_AGAIN_MS = 200;

interface Link {
  readonly socket: Socket;
  systemId: string | undefined;
  receives: boolean;
  submissions: number;
}

export class Smsc {
  readonly taken: Taken[] = [];
  /** What was refused, by code. */
  readonly refused = new Map<string, number>();
  readonly counts = { binds: 0, drops: 0, receipts: 0, doubled: 0, enquiries: 0, receiptsRefused: 0 };
  readonly #settings: SmscSettings;
  readonly #links = new Set<Link>();
  readonly #outbox: { readonly frame: (sequence: number) => Buffer; readonly systemId: string }[] = [];
  readonly #waiting = new Map<
    number,
    { readonly link: Link; readonly answered: (status: number | undefined) => void }
  >();
  readonly #timers = new Set<NodeJS.Timeout>();
  #server: Server | undefined;
  #random: () => number;
  #sequence = 0;
  #throttledUntil = 0;
  #faults: Faults;
  port = 0;

  constructor(settings: SmscSettings = {}) {
    this.#settings = settings;
    this.#faults = settings.faults ?? {};
    this.#random = randomOf(settings.seed ?? 1);
  }

  async start(): Promise<void> {
    const { tls } = this.#settings;
    const connected = (socket: Socket) => this.#connected(socket);
    this.#server = tls ? createTlsServer(tls, connected) : createServer(connected);
    // A client that does not believe the certificate ends the handshake: nobody is connected then.
    this.#server.on('tlsClientError', () => {});
    await new Promise<void>((listening) =>
      this.#server!.listen(this.#settings.port ?? this.port, '127.0.0.1', listening),
    );
    this.port = (this.#server.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.dropLinks();
    if (server) await new Promise((closed) => server.close(closed));
  }

  /** From now on other faults, or none. */
  set faults(faults: Faults) {
    this.#faults = faults;
  }

  /** Cuts every link at once. */
  dropLinks(): void {
    for (const { socket } of this.#links) socket.destroy();
  }

  /** Says nothing more to anybody, though links stand: for the enquiry that nobody answers. */
  silent = false;

  /** A message from a telephone to whoever is bound; resolves with the status of the answer. */
  receive(body: Partial<PduOf<'deliver_sm'>['body']>, tlvs: Tlvs = new Map()): Promise<number | undefined> {
    return this.#deliver(pdu('deliver_sm', 0, { body, tlvs }), undefined);
  }

  /** Asks a link for what a client cannot know: an enquiry, an unbind, or a stranger. */
  ask(frame: Buffer): void {
    for (const { socket } of this.#links) socket.write(frame);
  }

  get bound(): number {
    return [...this.#links].filter(({ systemId }) => systemId !== undefined).length;
  }

  #connected(socket: Socket): void {
    const link: Link = { socket, systemId: undefined, receives: false, submissions: 0 };
    this.#links.add(link);
    const reader = new FrameReader();
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#links.delete(link);
      for (const waiting of [...this.#waiting.values()]) if (waiting.link === link) waiting.answered(undefined);
    });
    socket.on('data', (octets) => {
      for (const frame of reader.take(octets)) {
        const decoded = decodePdu(frame);
        if (this.silent) continue;
        if (decoded.ok) this.#heard(link, decoded.pdu);
        else socket.write(encodePdu(pdu('generic_nack', decoded.sequence, { status: STATUS.invalidCommand })));
      }
    });
  }

  #heard(link: Link, heard: Pdu): void {
    const { socket } = link;
    const { sequence } = heard;
    if (isAnswer(heard.command)) {
      this.#waiting.get(sequence)?.answered(heard.status);
      return;
    }
    switch (heard.command) {
      case 'bind_transceiver':
      case 'bind_transmitter':
      case 'bind_receiver': {
        const { systemId, password } = heard.body;
        const welcome =
          systemId === (this.#settings.systemId ?? systemId) && password === (this.#settings.password ?? password);
        const status = welcome ? STATUS.ok : STATUS.invalidPassword;
        const answer = `${heard.command}_resp` as 'bind_transceiver_resp';
        socket.write(encodePdu(pdu(answer, sequence, { status, body: { systemId: 'smsc' } }) as Pdu));
        if (!welcome) return;
        this.counts.binds += 1;
        link.systemId = systemId;
        link.receives = heard.command !== 'bind_transmitter';
        if (link.receives) this.#flush();
        return;
      }
      case 'submit_sm':
        this.#submitted(link, heard);
        return;
      case 'query_sm': {
        const taken = this.taken.find(({ number }) => this.#idIn('answer', number) === heard.body.messageId);
        const state = taken && WORDS[this.#fate(taken)];
        const given = taken
          ? { body: { messageId: heard.body.messageId, messageState: state! } }
          : { status: STATUS.queryFailed };
        socket.write(encodePdu(pdu('query_sm_resp', sequence, given)));
        return;
      }
      case 'enquire_link':
        this.counts.enquiries += 1;
        socket.write(encodePdu(pdu('enquire_link_resp', sequence)));
        return;
      case 'unbind':
        socket.write(encodePdu(pdu('unbind_resp', sequence)));
        socket.end();
        return;
      default:
        socket.write(encodePdu(pdu('generic_nack', sequence, { status: STATUS.invalidCommand })));
    }
  }

  #submitted(link: Link, { sequence, body, tlvs }: PduOf<'submit_sm'>): void {
    const { socket } = link;
    const faults = this.#faults;
    if (link.systemId === undefined) return this.#refuse(socket, sequence, STATUS.invalidBindState);
    link.submissions += 1;
    if (faults.dropEvery && link.submissions % faults.dropEvery === 0) {
      // Half of those were taken just before the link was cut.
      if (this.#random() < 0.5) this.#take(link, body, tlvs, 'lost');
      this.counts.drops += 1;
      socket.destroy();
      return;
    }
    if (this.#random() < (faults.throttled ?? 0)) {
      this.#throttledUntil = performance.now() + (this.#settings.throttleForMs ?? 50);
    }
    if (performance.now() < this.#throttledUntil) return this.#refuse(socket, sequence, STATUS.throttled);
    const luck = this.#random();
    const lost = faults.unansweredTo?.(body.destination) ? 1 : (faults.lostAnswers ?? 0);
    const answered = luck < lost ? 'lost' : luck < lost + (faults.lateAnswers ?? 0) ? 'late' : 'yes';
    const number = this.#take(link, body, tlvs, answered);
    if (answered === 'lost') return;
    const messageId = this.#idIn('answer', number);
    const after = answered === 'late' ? (this.#settings.lateAfterMs ?? 500) : (this.#settings.answerAfterMs ?? 0);
    this.#later(after, () => socket.write(encodePdu(pdu('submit_sm_resp', sequence, { body: { messageId } }))));
  }

  #refuse(socket: Socket, sequence: number, status: number): void {
    const code = codeOf(status);
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
    socket.write(encodePdu(pdu('submit_sm_resp', sequence, { status })));
  }

  #take(link: Link, body: Taken['body'], tlvs: Tlvs, answered: Taken['answered']): number {
    const lost = this.#faults.noReceiptTo?.(body.destination) ? 1 : (this.#faults.lostReceipts ?? 0);
    const receipt = (body.registeredDelivery & 1) === 1 && this.#random() >= lost;
    const taken: Taken = { number: this.taken.length + 1, bind: link.systemId!, body, tlvs, answered, receipt };
    this.taken.push(taken);
    if (receipt) {
      const early = this.#random() < (this.#faults.earlyReceipts ?? 0);
      const twice = this.#random() < (this.#faults.doubledReceipts ?? 0);
      const news = this.#receiptOf(taken);
      this.counts.receipts += 1;
      // An early one goes out now; the answer is written in this same turn, or later.
      if (early) void this.#deliver(news, link.systemId);
      else this.#later(this.#settings.receiptAfterMs ?? 5, () => void this.#deliver(news, link.systemId));
      if (twice) {
        this.counts.doubled += 1;
        this.#later((this.#settings.receiptAfterMs ?? 5) * 2, () => void this.#deliver(news, link.systemId));
      }
    }
    return taken.number;
  }

  #fate(taken: Taken): keyof typeof WORDS {
    return this.#settings.fate?.(taken) ?? 'DELIVRD';
  }

  #idIn(place: 'answer' | 'receipt', number: number): string {
    const form = (this.#settings.ids ?? { answer: 'decimal', receipt: 'decimal' })[place];
    // Far from small numbers, as real centres are.
    const id = BigInt(number) + 1_000_000n;
    return form === 'hex' ? id.toString(16).toUpperCase().padStart(8, '0') : id.toString();
  }

  #receiptOf(taken: Taken): PduOf<'deliver_sm'> {
    const { body, tlvs: sent } = taken;
    const id = this.#idIn('receipt', taken.number);
    const word = this.#fate(taken);
    const form = this.#settings.receipts ?? 'both';
    const err = word === 'DELIVRD' ? '000' : '011';
    const text = `id:${id} sub:001 dlvrd:001 submit date:2611230101 done date:2611230102 stat:${word} err:${err} text:id:x stat:y`;
    const tlvs = new Map<number, Uint8Array>();
    const reference = sent.get(TLV.userMessageReference);
    if (form !== 'text') {
      tlvs.set(TLV.receiptedMessageId, tlvText(id));
      tlvs.set(TLV.messageState, tlvNumber(WORDS[word], 1));
      if (reference) tlvs.set(TLV.userMessageReference, reference);
    }
    return pdu('deliver_sm', 0, {
      body: {
        source: body.destination,
        sourceTon: body.destinationTon,
        sourceNpi: body.destinationNpi,
        destination: body.source,
        esmClass: 0x04,
        shortMessage: form === 'tlv' ? new Uint8Array(0) : Buffer.from(text),
      },
      tlvs,
    });
  }

  /** Brings a `deliver_sm` until it is answered with ok, over any link of the system. */
  #deliver(given: PduOf<'deliver_sm'>, systemId: string | undefined): Promise<number | undefined> {
    const link = [...this.#links].find(
      (one) => one.receives && !one.socket.destroyed && (systemId === undefined || one.systemId === systemId),
    );
    const sequence = ++this.#sequence;
    const frame = (number: number) => encodePdu({ ...given, sequence: number });
    if (!link) {
      this.#outbox.push({ frame, systemId: systemId ?? '' });
      return Promise.resolve(undefined);
    }
    return new Promise((settle) => {
      const answered = (status: number | undefined) => {
        clearTimeout(timer);
        this.#timers.delete(timer);
        this.#waiting.delete(sequence);
        if (systemId !== undefined && status !== STATUS.ok) {
          this.counts.receiptsRefused += 1;
          this.#later(DELIVER_AGAIN_MS, () => void this.#deliver(given, systemId));
        }
        settle(status);
      };
      const timer = setTimeout(() => answered(undefined), ANSWER_MS);
      this.#timers.add(timer);
      this.#waiting.set(sequence, { link, answered });
      link.socket.write(frame(sequence));
    });
  }

  /** What found no link goes out over a new one. */
  #flush(): void {
    for (const { frame, systemId } of this.#outbox.splice(0)) {
      const decoded = decodePdu(frame(0));
      if (decoded.ok) void this.#deliver(decoded.pdu as PduOf<'deliver_sm'>, systemId);
    }
  }

  #later(ms: number, what: () => void): void {
    if (this.#server === undefined) return;
    if (ms <= 0) return what();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }
}

/** Numbers from 0 to 1 by a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
