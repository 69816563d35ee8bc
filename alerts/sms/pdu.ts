/**
 * The PDUs of SMPP 3.4 that a transceiver speaks, as octets and back. Writing is strict: what does not fit its field is a
 * `RangeError` and never leaves. Reading is lenient where gateways are known to be careless (a body left out of an answer, a text
 * without its end), and strict about lengths: nothing is read past its frame. The numbers are those of the standard,
 * chapter 5. It is long because a third of it is the standard's tables.
 */

/** Command identifiers (5.1.2.1). An answer is its question with the highest bit set. */
export const COMMANDS = {
  generic_nack: 0x80000000,
  bind_receiver: 0x00000001,
  bind_receiver_resp: 0x80000001,
  bind_transmitter: 0x00000002,
  bind_transmitter_resp: 0x80000002,
  query_sm: 0x00000003,
  query_sm_resp: 0x80000003,
  submit_sm: 0x00000004,
  submit_sm_resp: 0x80000004,
  deliver_sm: 0x00000005,
  deliver_sm_resp: 0x80000005,
  unbind: 0x00000006,
  unbind_resp: 0x80000006,
  bind_transceiver: 0x00000009,
  bind_transceiver_resp: 0x80000009,
  enquire_link: 0x00000015,
  enquire_link_resp: 0x80000015,
} as const;

export type Command = keyof typeof COMMANDS;

/** The values of `command_status` that something hangs on (5.1.3). */
export const STATUS = {
  ok: 0x00,
  invalidLength: 0x02,
  invalidCommand: 0x03,
  invalidBindState: 0x04,
  alreadyBound: 0x05,
  systemError: 0x08,
  invalidSource: 0x0a,
  invalidDestination: 0x0b,
  invalidMessageId: 0x0c,
  bindFailed: 0x0d,
  invalidPassword: 0x0e,
  invalidSystemId: 0x0f,
  queueFull: 0x14,
  submitFailed: 0x45,
  throttled: 0x58,
  receiverTemporary: 0x64,
  receiverPermanent: 0x65,
  queryFailed: 0x67,
  unknownError: 0xff,
  /** From here on numbers are a vendor's own. */
  vendorFrom: 0x400,
} as const;

/** A status as a word for records and metrics: of a closed list, or its number. */
export function codeOf(status: number): string {
  const known = Object.entries(STATUS).find(([, number]) => number === status);
  return known ? known[0] : `status-0x${status.toString(16).padStart(2, '0')}`;
}

/** Optional parameters (5.3.2), by tag. */
export const TLV = {
  receiptedMessageId: 0x001e,
  userMessageReference: 0x0204,
  sarReference: 0x020c,
  sarTotal: 0x020e,
  sarPart: 0x020f,
  interfaceVersion: 0x0210,
  networkErrorCode: 0x0423,
  messagePayload: 0x0424,
  messageState: 0x0427,
} as const;

export const HEADER_OCTETS = 16;
/** A frame announced as longer than this is no frame: the reader has lost its place. */
export const FRAME_OCTETS_MAX = 128 * 1024;
const SHORT_MESSAGE_MAX = 254;

// --- The bodies, field by field ---

/** `octet` is a number of one octet, `text` is ASCII closed by a zero within so many octets, `message` is a length and octets. */
type Field =
  | readonly [name: string, kind: 'octet']
  | readonly [name: string, kind: 'text', octetsMax: number]
  | readonly [name: string, kind: 'message'];

const bind = [
  ['systemId', 'text', 16],
  ['password', 'text', 9],
  ['systemType', 'text', 13],
  ['interfaceVersion', 'octet'],
  ['addressTon', 'octet'],
  ['addressNpi', 'octet'],
  ['addressRange', 'text', 41],
] as const;
const bound = [['systemId', 'text', 16]] as const;
const short = [
  ['serviceType', 'text', 6],
  ['sourceTon', 'octet'],
  ['sourceNpi', 'octet'],
  ['source', 'text', 21],
  ['destinationTon', 'octet'],
  ['destinationNpi', 'octet'],
  ['destination', 'text', 21],
  ['esmClass', 'octet'],
  ['protocolId', 'octet'],
  ['priority', 'octet'],
  ['scheduledAt', 'text', 17],
  ['validity', 'text', 17],
  ['registeredDelivery', 'octet'],
  ['replaceIfPresent', 'octet'],
  ['dataCoding', 'octet'],
  ['defaultMessageId', 'octet'],
  ['shortMessage', 'message'],
] as const;
const named = [['messageId', 'text', 65]] as const;
const none = [] as const;

const BODIES = {
  generic_nack: none,
  bind_receiver: bind,
  bind_receiver_resp: bound,
  bind_transmitter: bind,
  bind_transmitter_resp: bound,
  bind_transceiver: bind,
  bind_transceiver_resp: bound,
  query_sm: [
    ['messageId', 'text', 65],
    ['sourceTon', 'octet'],
    ['sourceNpi', 'octet'],
    ['source', 'text', 21],
  ],
  query_sm_resp: [
    ['messageId', 'text', 65],
    ['finalDate', 'text', 17],
    ['messageState', 'octet'],
    ['errorCode', 'octet'],
  ],
  submit_sm: short,
  submit_sm_resp: named,
  deliver_sm: short,
  deliver_sm_resp: named,
  unbind: none,
  unbind_resp: none,
  enquire_link: none,
  enquire_link_resp: none,
} as const satisfies Record<Command, readonly Field[]>;

type Value<K> = K extends 'octet' ? number : K extends 'text' ? string : Uint8Array;
/** The body of a command, every field given. */
export type Body<C extends Command> = {
  readonly [F in (typeof BODIES)[C][number] as F[0]]: Value<F[1]>;
};
/** Optional parameters by tag, as octets. */
export type Tlvs = ReadonlyMap<number, Uint8Array>;

/** A PDU of one command. */
export interface PduOf<C extends Command> {
  readonly command: C;
  /** `command_status`: 0 in questions, and in answers that say yes. */
  readonly status: number;
  readonly sequence: number;
  readonly body: Body<C>;
  readonly tlvs: Tlvs;
}

/** Any PDU; switch on `command`. */
export type Pdu = { [C in Command]: PduOf<C> }[Command];

/** What a frame was: a PDU, or why it is none, with what is needed to answer it. */
export type Decoded =
  | { readonly ok: true; readonly pdu: Pdu }
  | {
      readonly ok: false;
      readonly why: 'unknown-command' | 'malformed';
      readonly commandId: number;
      readonly sequence: number;
    };

const NAMES: ReadonlyMap<number, Command> = new Map(
  Object.entries(COMMANDS).map(([name, id]) => [id, name as Command]),
);
const NO_TLVS: Tlvs = new Map();

/** Whether a command is the answer to a question. */
export function isAnswer(command: Command): boolean {
  return COMMANDS[command] >= 0x80000000;
}

/** A PDU with what is usual: status 0, fields that are not given empty or 0. */
export function pdu<C extends Command>(
  command: C,
  sequence: number,
  given: { readonly status?: number; readonly body?: Partial<Body<C>>; readonly tlvs?: Tlvs } = {},
): PduOf<C> {
  const { status = 0, body = {}, tlvs = NO_TLVS } = given;
  return { command, status, sequence, body: { ...emptyBody(command), ...body }, tlvs };
}

function emptyBody<C extends Command>(command: C): Body<C> {
  const fields: readonly Field[] = BODIES[command];
  return Object.fromEntries(fields.map(([name, kind]) => [name, EMPTY[kind]])) as Body<C>;
}

const EMPTY = { octet: 0, text: '', message: new Uint8Array(0) } as const;

// --- Writing ---

/** The frame of a PDU. Throws a `RangeError` that names the field where a value does not fit. */
export function encodePdu(given: Pdu): Buffer {
  const { command, status, sequence, body, tlvs } = given;
  const pieces: Uint8Array[] = [new Uint8Array(HEADER_OCTETS)];
  // An answer that says no has no body (4.4.2).
  if (status === 0) {
    for (const field of BODIES[command] as readonly Field[]) {
      pieces.push(encodeField(field, (body as Readonly<Record<string, number | string | Uint8Array>>)[field[0]]!));
    }
  }
  for (const [tag, octets] of tlvs) {
    if (octets.length > 0xffff) throw new RangeError(`TLV ${tag}: ${octets.length} octets, at most 65535`);
    const head = Buffer.alloc(4);
    head.writeUInt16BE(tag, 0);
    head.writeUInt16BE(octets.length, 2);
    pieces.push(head, octets);
  }
  const frame = Buffer.concat(pieces);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(COMMANDS[command], 4);
  frame.writeUInt32BE(status, 8);
  frame.writeUInt32BE(sequence, 12);
  return frame;
}

function encodeField([name, kind, octetsMax]: Field, value: number | string | Uint8Array): Uint8Array {
  switch (kind) {
    case 'octet':
      if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 0xff) {
        throw new RangeError(`${name}: no octet`);
      }
      return Uint8Array.of(value as number);
    case 'text': {
      const text = value as string;
      // The value itself may be a phone number or a password, so it is not told.
      if (!isPlain(text)) throw new RangeError(`${name}: not ASCII`);
      if (text.length >= octetsMax) throw new RangeError(`${name}: ${text.length} letters, at most ${octetsMax - 1}`);
      return Buffer.from(`${text}\0`, 'latin1');
    }
    case 'message': {
      const octets = value as Uint8Array;
      if (octets.length > SHORT_MESSAGE_MAX) {
        throw new RangeError(`${name}: ${octets.length} octets, at most ${SHORT_MESSAGE_MAX}`);
      }
      return Buffer.concat([Uint8Array.of(octets.length), octets]);
    }
  }
}

function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0 || code > 0x7f) return false;
  }
  return true;
}

/** An optional parameter that is a number of so many octets. */
export function tlvNumber(value: number, octets: 1 | 2): Uint8Array {
  const written = Buffer.alloc(octets);
  written.writeUIntBE(value, 0, octets);
  return written;
}

/** An optional parameter that is text with its closing zero. */
export function tlvText(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'latin1');
}

// --- Reading ---

/** Reads one whole frame. */
export function decodePdu(frame: Buffer): Decoded {
  const commandId = frame.readUInt32BE(4);
  const status = frame.readUInt32BE(8);
  const sequence = frame.readUInt32BE(12);
  const command = NAMES.get(commandId);
  if (!command) return { ok: false, why: 'unknown-command', commandId, sequence };
  const reader = new BodyReader(frame);
  const body: Record<string, number | string | Uint8Array> = { ...emptyBody(command) };
  for (const field of BODIES[command] as readonly Field[]) {
    // An answer may leave its body out, and some leave out its tail: what is missing is empty.
    if (reader.isAtEnd && isAnswer(command)) break;
    const value = reader.field(field);
    if (value === undefined) return { ok: false, why: 'malformed', commandId, sequence };
    body[field[0]] = value;
  }
  const tlvs = reader.tlvs();
  if (!tlvs) return { ok: false, why: 'malformed', commandId, sequence };
  return { ok: true, pdu: { command, status, sequence, body, tlvs } as unknown as Pdu };
}

/** The number of an optional parameter; undefined where it is absent. */
export function numberOf(tlvs: Tlvs, tag: number): number | undefined {
  const octets = tlvs.get(tag);
  return octets === undefined || octets.length === 0 || octets.length > 4
    ? undefined
    : Buffer.from(octets).readUIntBE(0, octets.length);
}

/** The text of an optional parameter, up to its closing zero where it has one; undefined where it is absent. */
export function textOf(tlvs: Tlvs, tag: number): string | undefined {
  const octets = tlvs.get(tag);
  return octets === undefined ? undefined : Buffer.from(octets).toString('latin1').split('\0', 1)[0]!;
}

class BodyReader {
  readonly #frame: Buffer;
  #at = HEADER_OCTETS;

  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#frame.length;
  }

  /** undefined where the frame ends within the field. */
  field([, kind]: Field): number | string | Uint8Array | undefined {
    const frame = this.#frame;
    if (this.isAtEnd) return undefined;
    if (kind === 'octet') return frame[this.#at++];
    if (kind === 'text') {
      const zero = frame.indexOf(0, this.#at);
      const end = zero < 0 ? frame.length : zero;
      const text = frame.toString('latin1', this.#at, end);
      this.#at = end + 1;
      return text;
    }
    const length = frame[this.#at]!;
    const from = this.#at + 1;
    if (from + length > frame.length) return undefined;
    this.#at = from + length;
    // A copy: the frame may be a view of a larger buffer of the socket.
    return new Uint8Array(frame.subarray(from, from + length));
  }

  /** undefined where the frame ends within one. Of two with one tag the first counts. */
  tlvs(): Tlvs | undefined {
    if (this.isAtEnd) return NO_TLVS;
    const found = new Map<number, Uint8Array>();
    while (!this.isAtEnd) {
      if (this.#at + 4 > this.#frame.length) return undefined;
      const tag = this.#frame.readUInt16BE(this.#at);
      const length = this.#frame.readUInt16BE(this.#at + 2);
      const from = this.#at + 4;
      if (from + length > this.#frame.length) return undefined;
      if (!found.has(tag)) found.set(tag, new Uint8Array(this.#frame.subarray(from, from + length)));
      this.#at = from + length;
    }
    return found;
  }
}

/** Cuts a stream of octets into frames. Throws where a length cannot be: then the place is lost, and the link must be dropped. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** The frames that these octets complete. */
  take(octets: Buffer): readonly Buffer[] {
    this.#held = this.#held.length === 0 ? octets : Buffer.concat([this.#held, octets]);
    const frames: Buffer[] = [];
    let at = 0;
    while (this.#held.length - at >= 4) {
      const length = this.#held.readUInt32BE(at);
      if (length < HEADER_OCTETS || length > FRAME_OCTETS_MAX) throw new RangeError(`a frame of ${length} octets`);
      if (this.#held.length - at < length) break;
      frames.push(this.#held.subarray(at, at + length));
      at += length;
    }
    this.#held = this.#held.subarray(at);
    return frames;
  }
}
