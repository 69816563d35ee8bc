/**
 * Records of 3GPP TS 32.298 as usage: of the packet gateway (PGW), and of the switch calls made, calls received and messages
 * sent. What the serving gateway and others write of the same traffic is not counted: it would be counted twice.
 */

import type { Instant } from '../../domain/units.js';
import { BerError, context, count, type Element, find, octets, type TagId, tagName, unsigned } from './ber.js';
import { type Findings, type Given, type Identity, keyedName, type Usage } from './format.js';
import { networkOfPlmn } from './places.js';
import { addressDigits, ascii, bcdInstant, duration, nodeAddress, plmn, tbcdDigits } from './values.js';

/** What the reader of charging files is told beside what all are. */
export interface ChargingGiven extends Given {
  /**
   * MCC and MNC of the operator's own networks. Where they are given, subscribers of others are passed over, and so is data used
   * in other networks: NRTRDE and TAP tell of it, too, and under a name of their own.
   */
  readonly homeNetworks?: ReadonlySet<string>;
  /** When the file of a record that ended at this time was closed, and so when the operator got to know of it. */
  readonly closedAt?: (endedAt: Instant) => Instant;
}

const SECOND = 1_000;
/** The middle-tier specifications of the record header: circuit-switched (32.205, 32.250), packet-switched (32.251). */
const CIRCUIT_SWITCHED = [2, 6];
const PACKET_SWITCHED = 7;

// --- Tags ---

const PGW_RECORD = context(79);
const PGW = {
  imsi: context(3),
  address: context(4),
  chargingId: context(5),
  trafficVolumes: context(12),
  openingTime: context(13),
  duration: context(14),
  sequenceNumber: context(17),
  nodeId: context(18),
  msisdn: context(22),
  servingPlmn: context(27),
  serviceData: context(34),
} as const;
/** Bytes up and down of a traffic volume, and of service data. */
const TRAFFIC_BYTES = [context(3), context(4)];
const SERVICE_BYTES = [context(12), context(13)];

interface CallTags {
  readonly kind: 'moc' | 'mtc';
  readonly imsi: TagId;
  readonly msisdn: TagId;
  readonly called?: TagId;
  readonly entity: TagId;
  readonly answer: TagId;
  readonly duration: TagId;
  readonly reference: TagId;
  readonly sequenceNumber: TagId;
}
const CALLS = new Map<TagId, CallTags>([
  [
    context(0),
    {
      kind: 'moc',
      imsi: context(1),
      msisdn: context(3),
      called: context(5),
      entity: context(9),
      answer: context(23),
      duration: context(25),
      reference: context(32),
      sequenceNumber: context(33),
    },
  ],
  [
    context(1),
    {
      kind: 'mtc',
      imsi: context(1),
      msisdn: context(3),
      entity: context(6),
      answer: context(20),
      duration: context(22),
      reference: context(29),
      sequenceNumber: context(30),
    },
  ],
]);
const SMS_RECORD = context(6);
const SMS = {
  imsi: context(1),
  msisdn: context(3),
  entity: context(6),
  reference: context(8),
  time: context(9),
  result: context(10),
  destination: context(12),
} as const;

// --- Records ---

/** Puts the usage of a record into the findings. Answers when the operator got to know of it; throws a BerError on bad bytes. */
export function chargingUsage(
  record: Element,
  specification: number,
  where: string,
  given: ChargingGiven,
  findings: Findings,
): number | undefined {
  const call = CALLS.get(record.id);
  if (specification === PACKET_SWITCHED && record.id === PGW_RECORD) return packetUsage(record, where, given, findings);
  if (CIRCUIT_SWITCHED.includes(specification) && call) return callUsage(record, call, where, given, findings);
  if (CIRCUIT_SWITCHED.includes(specification) && record.id === SMS_RECORD)
    return smsUsage(record, where, given, findings);
  findings.skip(`specification ${specification}, record ${tagName(record.id)}`);
  return undefined;
}

function packetUsage(record: Element, where: string, given: ChargingGiven, findings: Findings): number | undefined {
  const by = identityOf(record, PGW.imsi, PGW.msisdn);
  if (!isOurs(by, given)) return passOver(findings, 'subscriber of another operator');
  const servedBy = find(record, PGW.servingPlmn);
  const network = servedBy && plmn(servedBy);
  if (network !== undefined && given.homeNetworks && !given.homeNetworks.has(network)) {
    return passOver(findings, 'data in another network: told by NRTRDE and TAP');
  }
  const named = find(record, PGW.nodeId);
  const address = find(record, PGW.address)?.children[0];
  if (!named && !address) throw new BerError('the record names no gateway', record.at);
  const node = named ? ascii(named) : nodeAddress(address!);
  const chargingId = count(needed(record, PGW.chargingId, 'chargingId'));
  const openedAt = bcdInstant(needed(record, PGW.openingTime, 'openingTime'));
  const endedAt = openedAt + duration(needed(record, PGW.duration, 'duration')) * SECOND;
  const sequenceNumber = find(record, PGW.sequenceNumber);
  const part = sequenceNumber && count(sequenceNumber);
  const data: Usage = {
    kind: 'data',
    bytes: bytesOf(record),
    sessionId: `${node}/${chargingId}`,
    ...(part !== undefined && { part }),
    feed: 'cdr',
    ...(network !== undefined && networkOfPlmn(network)),
  };
  // A record sent twice has the same name. Charging ids begin anew when a node restarts: so the time is in it.
  const id = `${chargingId}/${part ?? 'whole'}/${openedAt}`;
  findings.usage(where, { source: `cdr/${node}`, id }, by, openedAt, data, knownAt(endedAt, given));
  return endedAt;
}

/** Traffic volumes are the whole; service data divide it up, and stand alone where charging is by flow. */
function bytesOf(record: Element): number {
  const volumes = find(record, PGW.trafficVolumes);
  const [list, tags] = volumes ? [volumes, TRAFFIC_BYTES] : [find(record, PGW.serviceData), SERVICE_BYTES];
  let bytes = 0;
  for (const entry of list?.children ?? []) {
    for (const tag of tags) {
      const volume = find(entry, tag);
      if (volume) bytes += count(volume);
    }
  }
  if (!Number.isSafeInteger(bytes)) throw new BerError('the volumes add up to too much', record.at);
  return bytes;
}

function callUsage(record: Element, tags: CallTags, where: string, given: ChargingGiven, findings: Findings) {
  const by = identityOf(record, tags.imsi, tags.msisdn);
  if (!isOurs(by, given)) return passOver(findings, 'subscriber of another operator');
  const answer = find(record, tags.answer);
  if (!answer) return passOver(findings, 'not answered');
  const answeredAt = bcdInstant(answer);
  const seconds = duration(needed(record, tags.duration, 'duration'));
  const sequenceNumber = find(record, tags.sequenceNumber);
  const part = sequenceNumber && count(sequenceNumber);
  const reference = unsigned(octets(needed(record, tags.reference, 'reference'))).toString();
  const entity = addressDigits(needed(record, tags.entity, 'entity'));
  // A part has an answer time of its own: only a whole call may be named by it, against references used again.
  const parts = [tags.kind, entity, reference, by.imsi ?? by.msisdn!, part === undefined ? answeredAt : ''];
  const sessionId = keyedName(given.hashKey, 'call', parts);
  const data: Usage = {
    kind: 'voice',
    direction: tags.kind === 'moc' ? 'out' : 'in',
    seconds,
    ...destinationOf(tags.called === undefined ? undefined : find(record, tags.called), given),
    sessionId,
    ...(part !== undefined && { part }),
    feed: 'cdr',
  };
  const endedAt = answeredAt + seconds * SECOND;
  const name = { source: sourceOf(given, entity), id: `${sessionId}/${part ?? 'whole'}` };
  findings.usage(where, name, by, answeredAt, data, knownAt(endedAt, given));
  return endedAt;
}

function smsUsage(record: Element, where: string, given: ChargingGiven, findings: Findings) {
  const by = identityOf(record, SMS.imsi, SMS.msisdn);
  if (!isOurs(by, given)) return passOver(findings, 'subscriber of another operator');
  // The result is written only where the message did not go out.
  if (find(record, SMS.result)) return passOver(findings, 'message not sent');
  const sentAt = bcdInstant(needed(record, SMS.time, 'time'));
  const entity = addressDigits(needed(record, SMS.entity, 'entity'));
  const reference = unsigned(octets(needed(record, SMS.reference, 'reference'))).toString();
  const id = keyedName(given.hashKey, 'message', [entity, reference, by.imsi ?? by.msisdn!, sentAt]);
  const destination = destinationOf(find(record, SMS.destination), given);
  const data: Usage = { kind: 'sms', direction: 'out', messages: 1, ...destination, feed: 'cdr' };
  findings.usage(where, { source: sourceOf(given, entity), id }, by, sentAt, data, knownAt(sentAt, given));
  return sentAt;
}

// --- Fields ---

function identityOf(record: Element, imsiTag: TagId, msisdnTag: TagId): Identity {
  const [imsi, msisdn] = [find(record, imsiTag), find(record, msisdnTag)];
  if (!imsi && !msisdn) throw new BerError('the record names no subscriber', record.at);
  return { ...(imsi && { imsi: tbcdDigits(imsi) }), ...(msisdn && { msisdn: addressDigits(msisdn) }) };
}

/** By the first five or six digits of the IMSI; where there is none, `resolve` will know. */
function isOurs({ imsi }: Identity, { homeNetworks }: ChargingGiven): boolean {
  if (!homeNetworks || imsi === undefined) return true;
  return homeNetworks.has(imsi.slice(0, 5)) || homeNetworks.has(imsi.slice(0, 6));
}

function knownAt(endedAt: Instant, { closedAt }: ChargingGiven): Instant {
  return closedAt?.(endedAt) ?? endedAt;
}

function passOver(findings: Findings, why: string): undefined {
  findings.skip(why);
  return undefined;
}

function needed(record: Element, tag: TagId, name: string): Element {
  const element = find(record, tag);
  if (!element) throw new BerError(`the record has no ${name} ${tagName(tag)}`, record.at);
  return element;
}

/** A number with a star or hash in it is a code to the network, and has no destination. */
function destinationOf(called: Element | undefined, given: ChargingGiven): Pick<Usage, 'destination'> {
  if (!called || !given.destinationOf) return {};
  let digits: string;
  try {
    digits = addressDigits(called);
  } catch (error) {
    if (error instanceof BerError) return {};
    throw error;
  }
  const destination = given.destinationOf(digits);
  return destination ? { destination } : {};
}

/** A switch is named by its address, which looks like a phone number. */
function sourceOf({ hashKey }: Given, entity: string): string {
  return `cdr/${keyedName(hashKey, 'entity', [entity])}`;
}
