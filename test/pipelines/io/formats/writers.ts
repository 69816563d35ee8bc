/** Writers of made-up files: what the readers are tried on. Numbers of subscribers are of the test network 001-01. */
import { createHmac, hash } from 'node:crypto';
import { application, context, integerBytes, type TagId, write } from '../../../../pipelines/io/formats/ber.js';
import type { Given } from '../../../../pipelines/io/formats/format.js';
import { TAP } from '../../../../pipelines/io/formats/tap-tags.js';

export const IMSI = '001010123456789';
export const MSISDN = '999000123456';
export const CALLED = '381601234567';
export const HASH_KEY = new TextEncoder().encode('a made-up key for tests');

/** Knows the one subscriber of the samples. */
export const given: Given = {
  resolve: ({ imsi, msisdn, userName }) =>
    imsi === IMSI || msisdn === MSISDN || userName === 'made-up@example' ? 'svc-1' : undefined,
  hashKey: HASH_KEY,
};

export const text = (id: TagId, value: string) => write(id, new TextEncoder().encode(value));
export const int = (id: TagId, value: number | bigint) => write(id, integerBytes(value));
export const node = (id: TagId, ...children: (Uint8Array | undefined)[]) =>
  write(
    id,
    children.filter((child) => child !== undefined),
  );
export const hex = (id: TagId, value: string) => write(id, new Uint8Array(Buffer.from(value, 'hex')));
const even = (digits: string) => (digits.length % 2 ? `${digits}f` : digits);
/** First digit in the high half. */
export const bcd = (id: TagId, digits: string) => hex(id, even(digits));
const swapped = (digits: string) => even(digits).replace(/(.)(.)/g, '$2$1');
/** First digit in the low half. */
export const tbcd = (id: TagId, digits: string) => hex(id, swapped(digits));
export const address = (id: TagId, digits: string) => hex(id, `91${swapped(digits)}`);

// --- TAP ---

export interface TapCall {
  readonly kind?: 'moc' | 'mtc';
  readonly imsi?: string;
  readonly start?: string;
  readonly seconds?: number;
  readonly reference?: string;
  readonly service?: string;
  readonly bearer?: string;
  readonly charge?: number;
  readonly tax?: number;
  readonly called?: string;
  readonly offsetCode?: number;
}

const at = (id: TagId, local: string, offsetCode = 0) =>
  node(id, text(TAP.localTime, local), int(TAP.offsetCode, offsetCode));
const long = (id: TagId, local: string) => node(id, text(TAP.localTime, local), text(TAP.offset, '+0200'));
const subscriber = (imsi: string) => node(TAP.subscriber, node(TAP.sim, bcd(TAP.imsi, imsi), bcd(TAP.msisdn, MSISDN)));
const charges = (charge: number, tax?: number) =>
  node(
    application(70),
    node(
      application(69),
      text(application(66), 'D'),
      node(
        application(64),
        node(TAP.chargeDetail, text(TAP.chargeType, '00'), int(TAP.charge, charge)),
        node(TAP.chargeDetail, text(TAP.chargeType, '01'), int(TAP.charge, charge)),
      ),
      tax === undefined
        ? undefined
        : node(application(214), node(application(213), int(application(212), 1), int(TAP.taxValue, tax))),
    ),
  );

export function tapCall({
  kind = 'moc',
  imsi = IMSI,
  start = '20260612101500',
  seconds = 61,
  reference = '00ab12',
  service = '11',
  bearer,
  charge = 1_500,
  tax,
  called = CALLED,
  offsetCode = 0,
}: TapCall = {}): Uint8Array {
  const code = bearer ? text(TAP.bearerService, bearer) : text(TAP.teleService, service);
  return node(
    TAP[kind],
    node(
      kind === 'moc' ? TAP.mocBasics : TAP.mtcBasics,
      subscriber(imsi),
      kind === 'moc' ? node(TAP.destination, bcd(TAP.calledNumber, called)) : undefined,
      at(TAP.start, start, offsetCode),
      int(TAP.duration, seconds),
    ),
    node(TAP.location, node(TAP.networkLocation, int(TAP.entityCode, 1), hex(TAP.callReference, reference))),
    node(TAP.servicesUsed, node(TAP.serviceUsed, node(TAP.service, node(TAP.serviceCode, code)), charges(charge, tax))),
  );
}

export interface TapData {
  readonly imsi?: string;
  readonly start?: string;
  readonly seconds?: number;
  readonly chargingId?: number;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly partial?: string;
  readonly charge?: number;
}

export function tapData({
  imsi = IMSI,
  start = '20260612110000',
  seconds = 900,
  chargingId = 4_000_000_001,
  bytesIn = 5_000_000,
  bytesOut = 250_000,
  partial,
  charge = 700,
}: TapData = {}): Uint8Array {
  return node(
    TAP.gprs,
    node(
      TAP.gprsBasics,
      node(TAP.gprsSubscriber, subscriber(imsi)),
      at(TAP.start, start),
      int(TAP.duration, seconds),
      partial === undefined ? undefined : text(TAP.partial, partial),
      int(TAP.chargingId, chargingId),
    ),
    node(
      TAP.gprsLocation,
      node(TAP.gprsNetworkLocation, node(TAP.entityCodes, int(TAP.entityCode, 3), int(TAP.entityCode, 2))),
    ),
    node(TAP.gprsServiceUsed, int(TAP.bytesIn, bytesIn), int(TAP.bytesOut, bytesOut), charges(charge)),
  );
}

export interface TapFile {
  readonly events: readonly Uint8Array[];
  readonly sequence?: string;
  readonly sender?: string;
  readonly test?: boolean;
  readonly release?: number;
  readonly audit?: { count?: number; charge?: number; tax?: number; earliest?: string; latest?: string } | false;
  readonly indefinite?: boolean;
}

export function tapFile({
  events,
  sequence = '00042',
  sender = 'AUTPT',
  test,
  release = 12,
  audit = {},
  indefinite,
}: TapFile): Uint8Array {
  const form = indefinite ? 'indefinite' : undefined;
  const parts = [
    node(
      TAP.control,
      text(TAP.sender, sender),
      text(TAP.recipient, 'SRBNO'),
      text(TAP.sequence, sequence),
      long(TAP.createdAt, '20260613020000'),
      long(TAP.cutOffAt, '20260613000000'),
      long(TAP.availableAt, '20260613030000'),
      int(TAP.specification, 3),
      int(TAP.release, release),
      test ? text(TAP.fileType, 'T') : undefined,
    ),
    node(TAP.accounting, text(TAP.localCurrency, 'EUR'), text(TAP.tapCurrency, 'XDR'), int(TAP.decimalPlaces, 3)),
    node(
      TAP.network,
      node(TAP.offsets, node(application(233), int(TAP.offsetCode, 0), text(TAP.offset, '+0200'))),
      node(TAP.entities, entity(1, 1, '43660000001'), entity(2, 3, '10.001.2.3'), entity(3, 4, '10.9.9.9')),
    ),
    write(TAP.events, events, form),
  ];
  if (audit) {
    parts.push(
      node(
        TAP.audit,
        audit.earliest ? long(TAP.earliest, audit.earliest) : undefined,
        audit.latest ? long(TAP.latest, audit.latest) : undefined,
        int(TAP.totalCharge, audit.charge ?? 0),
        int(TAP.totalTax, audit.tax ?? 0),
        int(application(225), 0),
        int(TAP.eventCount, audit.count ?? events.length),
      ),
    );
  }
  return write(TAP.batch, parts, form);
}

const entity = (code: number, type: number, id: string) =>
  node(application(183), int(TAP.entityCode, code), int(TAP.entityType, type), text(TAP.entityId, id));

export function tapNotification(sequence = '00043'): Uint8Array {
  return node(
    TAP.notification,
    text(TAP.sender, 'AUTPT'),
    text(TAP.recipient, 'SRBNO'),
    text(TAP.sequence, sequence),
    long(TAP.createdAt, '20260614020000'),
    long(TAP.availableAt, '20260614030000'),
    long(TAP.cutOffAt, '20260614000000'),
    int(TAP.specification, 3),
    int(TAP.release, 12),
  );
}

// --- NRTRDE ---

export interface NrtrdeEvent {
  readonly kind?: 'moc' | 'mtc' | 'gprs';
  readonly imsi?: string;
  readonly start?: string;
  readonly offset?: string;
  readonly seconds?: number;
  readonly reference?: number;
  readonly service?: string;
  readonly bytesIn?: number;
  readonly bytesOut?: number;
}

export function nrtrdeEvent({
  kind = 'moc',
  imsi = IMSI,
  start = kind === 'gprs' ? '20260612110000' : '20260612101500',
  offset = '+0200',
  seconds = kind === 'gprs' ? 900 : 61,
  reference = kind === 'gprs' ? 4_000_000_001 : 0xab12,
  service = '11',
  bytesIn = 5_000_000,
  bytesOut = 250_000,
}: NrtrdeEvent = {}): Uint8Array {
  const common = [
    bcd(application(34), imsi),
    text(application(21), start),
    text(application(45), offset),
    int(application(19), seconds),
    int(application(24), 0),
  ];
  if (kind === 'gprs') {
    return node(
      application(5),
      ...common,
      text(application(16), 'internet'),
      int(application(28), bytesIn),
      int(application(29), bytesOut),
      text(application(40), '10.9.9.9'),
      text(application(32), '10.1.2.3'),
      int(application(26), reference),
      text(application(15), 'AUTPT'),
    );
  }
  return node(
    application(kind === 'moc' ? 3 : 4),
    ...common,
    node(application(46), text(application(43), service)),
    kind === 'moc' ? text(application(27), CALLED) : text(application(22), CALLED),
    text(application(35), '43660000001'),
    int(application(23), reference),
    int(application(25), 987),
  );
}

export interface NrtrdeFile {
  readonly events: readonly Uint8Array[];
  readonly count?: number;
  readonly sequence?: string;
  readonly available?: string;
  readonly indefinite?: boolean;
}

export function nrtrdeFile({
  events,
  count = events.length,
  sequence = '0000007',
  available = '20260612130000',
  indefinite,
}: NrtrdeFile): Uint8Array {
  return write(
    application(1),
    [
      int(application(41), 2),
      int(application(37), 1),
      text(application(38), 'AUTPT'),
      text(application(36), 'SRBNO'),
      text(application(39), sequence),
      text(application(31), available),
      text(application(45), '+0200'),
      write(application(2), events, indefinite ? 'indefinite' : undefined),
      int(application(20), count),
    ],
    indefinite ? 'indefinite' : undefined,
  );
}

// --- 3GPP charging files ---

/** `260612101500` and an offset such as `2b0200` (2b is plus). */
export const stamp = (id: TagId, local: string, offset = '2b0200') => hex(id, local + offset);

export interface PgwRecord {
  readonly imsi?: string;
  readonly chargingId?: number;
  readonly opened?: string;
  readonly seconds?: number;
  readonly volumes?: readonly (readonly [up: number, down: number])[];
  readonly serviceData?: readonly (readonly [up: number, down: number])[];
  readonly part?: number;
  readonly plmn?: string;
  readonly nodeId?: string;
}

export function pgwRecord({
  imsi = IMSI,
  chargingId = 77,
  opened = '260612101500',
  seconds = 600,
  volumes = [
    [1_000, 20_000],
    [500, 3_000],
  ],
  serviceData,
  part,
  plmn = '00f110',
  nodeId,
}: PgwRecord = {}): Uint8Array {
  const list = (id: TagId, entries: readonly (readonly [number, number])[], up: number, down: number, time: number) =>
    node(
      id,
      ...entries.map(([a, b]) =>
        write(4 * 16, [
          ...(up === 12 ? [int(context(1), 10), hex(context(8), '0400')] : []),
          ...(up === 3 ? [int(context(up), a), int(context(down), b), int(context(5), 2)] : []),
          ...(up === 12 ? [int(context(up), a), int(context(down), b)] : []),
          stamp(context(time), '260612102500'),
        ]),
      ),
    );
  return node(
    context(79),
    int(context(0), 85),
    tbcd(context(3), imsi),
    node(context(4), hex(context(0), '0a010203')),
    int(context(5), chargingId),
    node(context(6), hex(context(0), '0a090909')),
    text(context(7), 'internet'),
    volumes.length ? list(context(12), volumes, 3, 4, 6) : undefined,
    stamp(context(13), opened),
    int(context(14), seconds),
    int(context(15), 17),
    part === undefined ? undefined : int(context(17), part),
    nodeId === undefined ? undefined : text(context(18), nodeId),
    address(context(22), MSISDN),
    hex(context(23), '0800'),
    hex(context(27), plmn),
    serviceData ? list(context(34), serviceData, 12, 13, 14) : undefined,
    node(context(35), int(4 * 10, 2)),
  );
}

export interface CallRecord {
  readonly kind?: 'moc' | 'mtc';
  readonly imsi?: string;
  readonly answered?: string | null;
  readonly seconds?: number;
  readonly part?: number;
  readonly reference?: string;
  readonly called?: string;
}

export function callRecord({
  kind = 'moc',
  imsi = IMSI,
  answered = '260612101500',
  seconds = 61,
  part,
  reference = '0a0b0c',
  called = CALLED,
}: CallRecord = {}): Uint8Array {
  const moc = kind === 'moc';
  return node(
    context(moc ? 0 : 1),
    int(context(0), moc ? 0 : 1),
    tbcd(context(1), imsi),
    address(context(3), MSISDN),
    moc ? address(context(5), called) : address(context(4), called),
    address(context(moc ? 9 : 6), '381600000001'),
    stamp(context(moc ? 22 : 19), '260612101455'),
    answered === null ? undefined : stamp(context(moc ? 23 : 20), answered),
    int(context(moc ? 25 : 22), seconds),
    int(context(moc ? 30 : 27), 0),
    hex(context(moc ? 32 : 29), reference),
    part === undefined ? undefined : int(context(moc ? 33 : 30), part),
  );
}

export function smsRecord(failed = false): Uint8Array {
  return node(
    context(6),
    int(context(0), 6),
    tbcd(context(1), IMSI),
    address(context(5), '381600000009'),
    address(context(6), '381600000001'),
    hex(context(8), '2a'),
    stamp(context(9), '260612120000'),
    failed ? node(context(10), int(context(0), 1)) : undefined,
    address(context(12), CALLED),
  );
}

export interface ChargingFile {
  readonly records: readonly { readonly bytes: Uint8Array; readonly specification: number; readonly format?: number }[];
  readonly count?: number;
  readonly sequence?: number;
  readonly reason?: number;
  readonly lost?: number;
  readonly release?: number;
  readonly filter?: Uint8Array;
}

export function chargingFile({
  records,
  count = records.length,
  sequence = 9,
  reason = 2,
  lost = 0,
  release = 15,
  filter = new Uint8Array(),
}: ChargingFile): Uint8Array {
  const extended = release >= 10;
  const bits = extended ? 7 : release - 3;
  const frames = records.map(({ bytes, specification, format = 1 }) => {
    const head = [bytes.length >> 8, bytes.length & 255, (bits << 5) | 4, (format << 5) | specification];
    return Buffer.concat([Uint8Array.from(extended ? [...head, release - 10] : head), bytes]);
  });
  const headerLength = 52 + filter.length + (extended ? 2 : 0);
  const header = Buffer.alloc(headerLength);
  header.writeUInt32BE(headerLength + frames.reduce((sum, frame) => sum + frame.length, 0), 0);
  header.writeUInt32BE(headerLength, 4);
  header[8] = header[9] = (bits << 5) | 4;
  // 12 June, 10:05 and 10:20, +02:00
  const time = (minute: number) => ((6 << 28) | (12 << 23) | (10 << 18) | (minute << 12) | (1 << 11) | (2 << 6)) >>> 0;
  header.writeUInt32BE(time(5), 10);
  header.writeUInt32BE(time(20), 14);
  header.writeUInt32BE(count, 18);
  header.writeUInt32BE(sequence, 22);
  header[26] = reason;
  header.fill(0xff, 27, 43);
  header.set([10, 1, 2, 3], 43);
  header[47] = lost;
  header.writeUInt16BE(filter.length, 48);
  header.set(filter, 50);
  if (extended) header.fill(release - 10, headerLength - 2);
  return new Uint8Array(Buffer.concat([header, ...frames]));
}

// --- RADIUS ---

/** An accounting request with a true authenticator. */
export function radiusPacket(
  attributes: readonly (readonly [type: number, value: number | string | Uint8Array])[],
  secret: string,
  id = 1,
): Uint8Array {
  const parts = attributes.map(([type, value]) => {
    const body = Buffer.isBuffer(value) || value instanceof Uint8Array ? value : bytesOf(value);
    return Buffer.concat([Uint8Array.of(type, body.length + 2), body]);
  });
  const body = Buffer.concat(parts);
  const length = 20 + body.length;
  const packet = Buffer.concat([Uint8Array.of(4, id, length >> 8, length & 255), Buffer.alloc(16), body]);
  packet.set(hash('md5', Buffer.concat([packet, Buffer.from(secret)]), 'buffer'), 4);
  return new Uint8Array(packet);
}

function bytesOf(value: number | string): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(value);
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value);
  return four;
}

/** Everything that must stand in no event and no problem. */
export function personal(): readonly string[] {
  const unkeyed = [IMSI, MSISDN].map((one) => createHmac('sha256', '').update(one).digest('hex').slice(0, 12));
  return [IMSI, MSISDN, CALLED, 'made-up@example', ...unkeyed];
}
