/**
 * Accounting packets of RADIUS (RFC 2866): bytes to a request, and the response to it. A request is believed only where its
 * authenticator shows that the sender has the shared secret. Errors say what is wrong with a packet and never repeat what it says.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../domain/units.js';
import type { Identity } from './format.js';

const ACCOUNTING_REQUEST = 4;
const ACCOUNTING_RESPONSE = 5;
const HEADER_LENGTH = 20;
const PACKET_LENGTH_MAX = 4096;
const AUTHENTICATOR_AT = 4;

const ATTRIBUTE = {
  userName: 1,
  nasIpAddress: 4,
  callingStationId: 31,
  nasIdentifier: 32,
  proxyState: 33,
  statusType: 40,
  delayTime: 41,
  inputOctets: 42,
  outputOctets: 43,
  sessionId: 44,
  sessionTime: 46,
  inputGigawords: 52,
  outputGigawords: 53,
  eventTimestamp: 55,
  nasIpv6Address: 95,
} as const;

const STATUS: Readonly<Record<number, AccountingRequest['status']>> = {
  1: 'start',
  2: 'stop',
  3: 'interim',
  7: 'nas-on',
  8: 'nas-off',
};

/** What an access server says of a session. Counters are of the whole session so far. */
export interface AccountingRequest {
  /** `nas-on`, `nas-off`: the server begins or ends; whatever sessions it had are over. */
  readonly status: 'start' | 'interim' | 'stop' | 'nas-on' | 'nas-off';
  /** The access server, by its own name or address. */
  readonly nas: string;
  /** Empty of `nas-on` and `nas-off`. */
  readonly sessionId: string;
  readonly by: Identity;
  readonly sessionSeconds?: number;
  /** Low 32 bits of the counters; absent where the packet has none. */
  readonly input?: Counter;
  readonly output?: Counter;
  /** How long ago it happened, as the server says, in seconds. */
  readonly delaySeconds: number;
  /** When it happened by the clock of the server. */
  readonly stampedAt?: Instant;
}

export interface Counter {
  readonly octets: number;
  /** How often the octets went past 32 bits; absent where the server does not say. */
  readonly gigawords?: number;
}

export type Received =
  | { readonly ok: true; readonly request: AccountingRequest; readonly response: Uint8Array }
  /** Not answered: RFC 2866 has such packets dropped in silence. */
  | { readonly ok: false; readonly is: 'malformed' | 'wrong-secret'; readonly why: string };

/** Reads a datagram. The response is to be sent once the request is recorded, and not before. Never throws on bytes. */
export function receive(bytes: Uint8Array, secret: Uint8Array): Received {
  const no = (why: string, is: 'malformed' | 'wrong-secret' = 'malformed'): Received => ({ ok: false, is, why });
  if (bytes.length < HEADER_LENGTH) return no('the packet is shorter than its header');
  const length = (bytes[2]! << 8) | bytes[3]!;
  if (length < HEADER_LENGTH || length > PACKET_LENGTH_MAX) return no('the length of the packet is wrong');
  if (length > bytes.length) return no('the packet is cut off');
  // What stands behind the length is padding.
  const packet = bytes.subarray(0, length);
  if (packet[0] !== ACCOUNTING_REQUEST) return no('the packet is no accounting request');
  const authenticator = packet.subarray(AUTHENTICATOR_AT, HEADER_LENGTH);
  if (!timingSafeEqual(authenticator, md5(withAuthenticator(packet, new Uint8Array(16)), secret))) {
    return no('the authenticator is wrong: another secret, or the packet was changed', 'wrong-secret');
  }
  const attributes = attributesOf(packet);
  if (!attributes) return no('an attribute goes past the end of the packet, or has no length');
  const request = requestOf(attributes);
  if (typeof request === 'string') return no(request);
  return { ok: true, request, response: responseTo(packet, attributes, secret) };
}

type Attribute = readonly [type: number, value: Uint8Array];

function attributesOf(packet: Uint8Array): readonly Attribute[] | undefined {
  const attributes: Attribute[] = [];
  for (let at = HEADER_LENGTH; at < packet.length; ) {
    const length = packet[at + 1] ?? 0;
    if (length < 2 || at + length > packet.length) return undefined;
    attributes.push([packet[at]!, packet.subarray(at + 2, at + length)]);
    at += length;
  }
  return attributes;
}

function requestOf(attributes: readonly Attribute[]): AccountingRequest | string {
  const found = (type: number) => attributes.find(([one]) => one === type)?.[1];
  const text = (type: number): string | undefined => {
    const value = found(type);
    return value?.length ? Buffer.from(value).toString('utf8') : undefined;
  };
  const malformed: number[] = [];
  const number = (type: number): number | undefined => {
    const value = found(type);
    if (value && value.length !== 4) malformed.push(type);
    return value?.length === 4 ? Buffer.from(value).readUInt32BE() : undefined;
  };
  const counter = (octetsType: number, gigawordsType: number): Counter | undefined => {
    const [octets, gigawords] = [number(octetsType), number(gigawordsType)];
    return octets === undefined ? undefined : { octets, ...(gigawords !== undefined && { gigawords }) };
  };
  const status = STATUS[number(ATTRIBUTE.statusType) ?? 0];
  if (!status) return 'the status is none of start, interim, stop, on, off';
  const nas =
    text(ATTRIBUTE.nasIdentifier) ?? addressOf(found(ATTRIBUTE.nasIpAddress) ?? found(ATTRIBUTE.nasIpv6Address));
  if (nas === undefined) return 'the access server names itself by neither identifier nor address';
  const sessionId = text(ATTRIBUTE.sessionId);
  const ofSession = status !== 'nas-on' && status !== 'nas-off';
  if (ofSession && sessionId === undefined) return 'the session has no id';
  const [userName, callingStationId] = [text(ATTRIBUTE.userName), text(ATTRIBUTE.callingStationId)];
  const input = counter(ATTRIBUTE.inputOctets, ATTRIBUTE.inputGigawords);
  const output = counter(ATTRIBUTE.outputOctets, ATTRIBUTE.outputGigawords);
  const sessionSeconds = number(ATTRIBUTE.sessionTime);
  const delaySeconds = number(ATTRIBUTE.delayTime) ?? 0;
  const stamp = number(ATTRIBUTE.eventTimestamp);
  if (malformed.length > 0) return `attribute ${malformed[0]} must have 4 bytes`;
  return {
    status,
    nas,
    sessionId: ofSession ? sessionId! : '',
    by: { ...(userName !== undefined && { userName }), ...(callingStationId !== undefined && { callingStationId }) },
    ...(sessionSeconds !== undefined && { sessionSeconds }),
    ...(input && { input }),
    ...(output && { output }),
    delaySeconds,
    ...(stamp !== undefined && { stampedAt: stamp * 1_000 }),
  };
}

function addressOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes?.length === 4) return bytes.join('.');
  return bytes?.length === 16
    ? Buffer.from(bytes)
        .toString('hex')
        .replace(/(.{4})(?=.)/g, '$1:')
    : undefined;
}

/** Says only that it was recorded, and returns what proxies on the way had added. */
function responseTo(packet: Uint8Array, attributes: readonly Attribute[], secret: Uint8Array): Uint8Array {
  const proxies = attributes.filter(([type]) => type === ATTRIBUTE.proxyState);
  const states = proxies.map(([type, value]) => Uint8Array.of(type, value.length + 2, ...value));
  const body = Buffer.concat(states);
  const length = HEADER_LENGTH + body.length;
  const head = Uint8Array.of(ACCOUNTING_RESPONSE, packet[1]!, length >> 8, length & 0xff);
  const response = new Uint8Array(Buffer.concat([head, packet.subarray(AUTHENTICATOR_AT, HEADER_LENGTH), body]));
  return withAuthenticator(response, md5(response, secret));
}

function withAuthenticator(packet: Uint8Array, authenticator: Uint8Array): Uint8Array {
  const copy = new Uint8Array(packet);
  copy.set(authenticator, AUTHENTICATOR_AT);
  return copy;
}

function md5(packet: Uint8Array, secret: Uint8Array): Uint8Array {
  return new Uint8Array(hash('md5', Buffer.concat([packet, secret]), 'buffer'));
}
