/** The events of a TAP file: calls made and received, and data. */
import { BerError, count, type Element, find, octets, type TagId, tagName, unsigned } from './ber.js';
import type { Identity } from './format.js';
import { partnerCode, type RoamingRecord } from './roaming-record.js';
import { TAP } from './tap-tags.js';
import { ascii, bcdDigits, duration, localInstant } from './values.js';

/** What the file says once, and events refer to by a code. */
export interface TapTables {
  readonly sender: string;
  /** Offsets from UTC by code: `+0200`. */
  readonly offsets: ReadonlyMap<number, string>;
  /** Recording entities by code. */
  readonly entities: ReadonlyMap<number, { readonly id: string; readonly type?: number }>;
}

/** GGSN and P-GW: who gives out charging ids. */
const GATEWAYS = [3, 7];

/** Reads an event; undefined where it is of another kind. Throws a BerError on bad bytes. */
export function tapRecord(event: Element, tables: TapTables): RoamingRecord | undefined {
  switch (event.id) {
    case TAP.moc:
      return callRecord('moc', event, needed(event, TAP.mocBasics), tables);
    case TAP.mtc:
      return callRecord('mtc', event, needed(event, TAP.mtcBasics), tables);
    case TAP.gprs:
      return gprsRecord(event, tables);
    default:
      return undefined;
  }
}

function callRecord(kind: 'moc' | 'mtc', event: Element, basics: Element, tables: TapTables): RoamingRecord {
  const service = needed(event, TAP.servicesUsed, TAP.serviceUsed, TAP.service, TAP.serviceCode);
  const teleService = find(service, TAP.teleService);
  if (!teleService && !find(service, TAP.bearerService)) throw new BerError('the event names no service', service.at);
  const called = find(basics, TAP.destination, TAP.calledNumber);
  const reference = find(event, TAP.location, TAP.networkLocation, TAP.callReference);
  const code = find(event, TAP.location, TAP.networkLocation, TAP.entityCode);
  const calledDigits = called && decimalDigits(called);
  return {
    kind,
    by: identityOf(basics),
    start: eventInstant(needed(basics, TAP.start), tables),
    seconds: duration(needed(basics, TAP.duration)),
    ...(teleService && { teleService: ascii(teleService) }),
    ...(calledDigits !== undefined && { calledDigits }),
    ...(reference && { reference: unsigned(octets(reference)) }),
    ...(code && { recEntity: entityOf(code, tables).id }),
    partner: servingNetwork(event, TAP.location, tables),
  };
}

function gprsRecord(event: Element, tables: TapTables): RoamingRecord {
  const basics = needed(event, TAP.gprsBasics);
  const used = needed(event, TAP.gprsServiceUsed);
  const bytes = count(needed(used, TAP.bytesIn)) + count(needed(used, TAP.bytesOut));
  if (!Number.isSafeInteger(bytes)) throw new BerError('the volumes add up to too much', used.at);
  const reference = find(basics, TAP.chargingId);
  const codes = find(event, TAP.gprsLocation, TAP.gprsNetworkLocation, TAP.entityCodes)?.children ?? [];
  const entities = codes.map((code) => entityOf(code, tables));
  const gateway = entities.find(({ type }) => type !== undefined && GATEWAYS.includes(type)) ?? entities[0];
  return {
    kind: 'gprs',
    by: identityOf(needed(basics, TAP.gprsSubscriber)),
    start: eventInstant(needed(basics, TAP.start), tables),
    seconds: duration(needed(basics, TAP.duration)),
    bytes,
    ...(reference && { reference: unsigned(octets(reference)) }),
    ...(gateway && { recEntity: gateway.id }),
    // First, intermediate and last parts say so.
    whole: find(basics, TAP.partial) === undefined,
    partner: servingNetwork(event, TAP.gprsLocation, tables),
  };
}

function identityOf(basics: Element): Identity {
  const sim = needed(basics, TAP.subscriber, TAP.sim);
  const [imsi, msisdn] = [find(sim, TAP.imsi), find(sim, TAP.msisdn)];
  if (!imsi && !msisdn) throw new BerError('the event names no subscriber', sim.at);
  return { ...(imsi && { imsi: bcdDigits(imsi) }), ...(msisdn && { msisdn: bcdDigits(msisdn) }) };
}

/** A number with a star or hash in it is a code to the network, and has no destination. */
function decimalDigits(element: Element): string | undefined {
  try {
    return bcdDigits(element);
  } catch (error) {
    if (error instanceof BerError) return undefined;
    throw error;
  }
}

function eventInstant(element: Element, { offsets }: TapTables): number {
  const offset = offsets.get(count(needed(element, TAP.offsetCode)));
  if (offset === undefined) throw new BerError('the file has no offset from UTC of this code', element.at);
  return localInstant(ascii(needed(element, TAP.localTime)), offset, element.at);
}

function entityOf(code: Element, { entities }: TapTables) {
  const entity = entities.get(count(code));
  if (!entity) throw new BerError('the file has no recording entity of this code', code.at);
  return entity;
}

function servingNetwork(event: Element, location: TagId, { sender }: TapTables): string {
  const named = find(event, location, TAP.geography, TAP.servingNetwork);
  return named ? partnerCode(named) : sender;
}

function needed(element: Element, ...path: readonly TagId[]): Element {
  const found = find(element, ...path);
  if (!found) throw new BerError(`the event has no ${path.map(tagName).join(' ')}`, element.at);
  return found;
}
