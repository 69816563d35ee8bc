/**
 * TAP 3.12 files: what roaming partners bill. A batch of events, or a notification that there is nothing to bill. The file is
 * checked against its own audit: number of events, charges, taxes, earliest and latest event. Its amounts are between operators:
 * they are told as facts of the file, and no event has a charge from them.
 */
import type { Instant } from '../../domain/units.js';
import { BerError, Cursor, count, type Element, find, integer, readElement, type TagId, tagName } from './ber.js';
import { type FileFacts, type FileReading, Findings, type Given, timeText } from './format.js';
import { partnerCode, roamingUsage } from './roaming-record.js';
import { type TapTables, tapRecord } from './tap-record.js';
import { OTHER_EVENTS, TAP, tapFieldName } from './tap-tags.js';
import { ascii, localInstant } from './values.js';

/** What a TAP file says of itself. */
export interface TapFacts extends FileFacts {
  readonly format: 'tap';
  readonly is: 'batch' | 'notification' | 'unreadable';
  readonly version?: string;
  /** Test data: read, and none of it counts. */
  readonly test?: boolean;
  readonly createdAt?: string;
  readonly cutOffAt?: string;
  readonly availableAt?: string;
  /** Of a file sent again after the recipient returned it. */
  readonly rapSequence?: string;
  /** Between operators, never a subscriber's: totals of what was found, in `currency` (XDR: special drawing rights). */
  readonly wholesale?: { readonly currency: string; readonly charges: string; readonly taxes: string };
}

const SEQUENCE_MAX = 99_999;
const SPECIFICATION = 3;
const RELEASE_MAX = 12;
/** The charge type that is the sum of the others. */
const TOTAL = '00';

/** Reads a file. Never throws on bytes; what can be read is given, the rest is told. */
export function readTap(bytes: Uint8Array, given: Given): FileReading<TapFacts> {
  const findings = new Findings('tap', given, tapFieldName);
  const reader = new TapReader(bytes, given, findings);
  findings.attempt('unreadable', 'file', () => reader.file());
  return findings.reading(reader.facts(), reader.control?.availableAt) as FileReading<TapFacts>;
}

interface Control {
  readonly sender: string;
  readonly recipient: string;
  readonly sequence: number;
  readonly availableAt: Instant;
  readonly test: boolean;
  readonly facts: Partial<TapFacts>;
}

class TapReader {
  readonly #bytes: Uint8Array;
  readonly #given: Given;
  readonly #findings: Findings;
  control: Control | undefined;
  #is: TapFacts['is'] = 'unreadable';
  #records = 0;
  #stated: number | undefined;
  #offsets = new Map<number, string>();
  #entities = new Map<number, { id: string; type?: number }>();
  #currency = 'XDR';
  #places = 0;
  readonly #sums = { charge: 0n, refund: 0n, tax: 0n, taxRefund: 0n };
  #earliest: Instant | undefined;
  #latest: Instant | undefined;

  constructor(bytes: Uint8Array, given: Given, findings: Findings) {
    this.#bytes = bytes;
    this.#given = given;
    this.#findings = findings;
  }

  file(): void {
    const cursor = new Cursor(this.#bytes);
    const header = cursor.header();
    if (header?.id === TAP.notification) {
      this.#control(cursor.element());
      this.#is = 'notification';
    } else if (header?.id === TAP.batch) {
      this.#batch(cursor.enter());
    } else {
      throw new BerError('this is no TAP file: it begins with neither a batch nor a notification', 0);
    }
    // Some senders fill up the last block with zeros.
    const behind = this.#bytes.subarray(cursor.position());
    if (behind.some((byte) => byte !== 0)) this.#findings.problem('note', 'file', 'there are bytes behind the file');
  }

  facts() {
    const { sender, recipient, sequence, facts } = this.control ?? {};
    return {
      is: this.#is,
      ...(this.control && { sender: sender!, recipient: recipient!, sequence: sequence! }),
      ...facts,
      records: this.#records,
      ...(this.#stated !== undefined && { recordsStated: this.#stated }),
      ...(this.#is === 'batch' && { wholesale: this.#wholesale() }),
    };
  }

  #batch(batch: Cursor): void {
    this.#is = 'batch';
    let audited = false;
    for (let header = batch.header(); header; header = batch.header()) {
      if (header.id === TAP.events) {
        if (!this.control) throw new BerError('the events come before the control information', header.at);
        this.#events(batch.enter(), this.control);
        continue;
      }
      const part = batch.element();
      if (part.id === TAP.control) this.#control(part);
      else if (part.id === TAP.accounting) this.#accounting(part);
      else if (part.id === TAP.network) this.#network(part);
      else if (part.id === TAP.audit) {
        audited = true;
        this.#audit(part);
      }
    }
    if (!this.control) throw new BerError('the batch has no control information', 0);
    if (!audited) this.#findings.problem('count', 'file', 'the batch has no audit control information');
  }

  #control(part: Element): void {
    const time = (id: TagId) => {
      const element = find(part, id);
      return element && longInstant(element);
    };
    const [createdAt, cutOffAt, availableAt] = [TAP.createdAt, TAP.cutOffAt, TAP.availableAt].map(time);
    const at = availableAt ?? cutOffAt ?? createdAt;
    if (at === undefined) throw new BerError('the file says at no time when it was made', part.at);
    const test = textOf(part, TAP.fileType) === 'T';
    const rapSequence = textOf(part, TAP.rapSequence);
    const [specification, release] = [TAP.specification, TAP.release].map((id) => find(part, id));
    const version = `${specification ? count(specification) : '?'}.${release ? count(release) : '?'}`;
    this.control = {
      sender: partnerCode(needed(part, TAP.sender)),
      recipient: partnerCode(needed(part, TAP.recipient)),
      sequence: numberOf(needed(part, TAP.sequence)),
      availableAt: at,
      test,
      facts: {
        version,
        ...(test && { test }),
        ...(createdAt !== undefined && { createdAt: timeText(createdAt) }),
        ...(cutOffAt !== undefined && { cutOffAt: timeText(cutOffAt) }),
        ...(availableAt !== undefined && { availableAt: timeText(availableAt) }),
        ...(rapSequence !== undefined && { rapSequence }),
      },
    };
    const [major, minor] = version.split('.').map(Number);
    if (major !== SPECIFICATION || !(minor! <= RELEASE_MAX)) {
      this.#findings.problem('version', 'control', `the file is of version ${version}; 3.12 and before are known`);
    }
    if (test) this.#findings.problem('test-file', 'control', 'the file is test data: nothing of it counts');
    else this.#findings.sequence(this.control.sequence, 1, SEQUENCE_MAX);
  }

  #accounting(part: Element): void {
    this.#currency = textOf(part, TAP.tapCurrency) ?? textOf(part, TAP.localCurrency) ?? this.#currency;
    const places = find(part, TAP.decimalPlaces);
    if (!places) return;
    this.#places = count(places);
    if (this.#places > 12) throw new BerError('the amounts have too many decimal places', places.at);
  }

  #network(part: Element): void {
    for (const entry of find(part, TAP.offsets)?.children ?? []) {
      this.#offsets.set(count(needed(entry, TAP.offsetCode)), ascii(needed(entry, TAP.offset)));
    }
    for (const entry of find(part, TAP.entities)?.children ?? []) {
      const type = find(entry, TAP.entityType);
      const id = ascii(needed(entry, TAP.entityId));
      this.#entities.set(count(needed(entry, TAP.entityCode)), { id, ...(type && { type: count(type) }) });
    }
  }

  #events(list: Cursor, control: Control): void {
    const tables: TapTables = { sender: control.sender, offsets: this.#offsets, entities: this.#entities };
    for (let header = list.header(); header; header = list.header()) {
      this.#records += 1;
      const where = `event ${this.#records}`;
      const { at, contentLength } = header;
      // An event of a known length that cannot be read is passed over; one of an unknown length ends the reading.
      const event =
        contentLength === undefined
          ? list.element()
          : this.#findings.attempt('bad-record', where, () =>
              readElement(this.#bytes, at, header.contentAt + contentLength),
            );
      if (contentLength !== undefined) list.skip();
      if (event) this.#findings.attempt('bad-record', where, () => this.#event(event, tables, control, where));
    }
  }

  #event(event: Element, tables: TapTables, control: Control, where: string): void {
    this.#charges(event, event.id === TAP.messagingEvent, false);
    if (control.test) return this.#findings.skip('test file');
    const record = tapRecord(event, tables);
    if (!record) return this.#findings.skip(OTHER_EVENTS.get(event.id) ?? `event ${tagName(event.id)}`);
    this.#earliest = Math.min(this.#earliest ?? record.start, record.start);
    this.#latest = Math.max(this.#latest ?? record.start, record.start);
    roamingUsage(
      record,
      { feed: 'tap', ...control },
      this.#records,
      `${where}, byte ${event.at}`,
      this.#given,
      this.#findings,
    );
  }

  /** Adds up charges and taxes, wherever in the event they stand; those of a refund apart. */
  #charges(element: Element, messaging: boolean, refund: boolean): void {
    const indicator = element.id === TAP.contentUsed ? find(element, TAP.refundIndicator) : undefined;
    const back = refund || (indicator !== undefined && integer(indicator) === 1n);
    for (const child of element.children) {
      if (child.id === TAP.chargeDetail) {
        const charge = find(child, TAP.charge);
        if (charge && textOf(child, TAP.chargeType) === TOTAL)
          this.#sums[back ? 'refund' : 'charge'] += integer(charge);
      } else if (child.id === TAP.charge && messaging) {
        this.#sums.charge += integer(child);
      } else if (child.id === TAP.taxValue) {
        this.#sums[back ? 'taxRefund' : 'tax'] += integer(child);
      } else {
        this.#charges(child, messaging, back);
      }
    }
  }

  #audit(part: Element): void {
    const stated = find(part, TAP.eventCount);
    if (stated) this.#stated = count(stated);
    if (this.#stated !== this.#records) {
      const says =
        this.#stated === undefined ? 'does not say how many events there are' : `says ${this.#stated} events`;
      this.#findings.problem('count', 'audit', `the file ${says}, and has ${this.#records}`);
    }
    const { charge, refund, tax, taxRefund } = this.#sums;
    const totals: readonly (readonly [TagId, bigint, string])[] = [
      [TAP.totalCharge, charge, 'charges'],
      [TAP.totalRefund, refund, 'refunded charges'],
      [TAP.totalTax, tax, 'taxes'],
      [TAP.totalTaxRefund, taxRefund, 'refunded taxes'],
    ];
    for (const [id, found, what] of totals) {
      const total = find(part, id);
      const says = total ? integer(total) : 0n;
      if (says === found) continue;
      const [a, b] = [says, found].map((sum) => decimal(sum, this.#places));
      this.#findings.problem('total', 'audit', `the ${what} are ${a} by the audit, and ${b} when added up`);
    }
    this.#span(part);
  }

  #span(part: Element): void {
    const [earliest, latest] = [find(part, TAP.earliest), find(part, TAP.latest)];
    if (earliest && this.#earliest !== undefined && this.#earliest < longInstant(earliest)) {
      this.#findings.problem('total', 'audit', 'an event is earlier than the earliest by the audit');
    }
    if (latest && this.#latest !== undefined && this.#latest > longInstant(latest)) {
      this.#findings.problem('total', 'audit', 'an event is later than the latest by the audit');
    }
  }

  #wholesale() {
    const { charge, refund, tax, taxRefund } = this.#sums;
    const text = (sum: bigint) => decimal(sum, this.#places);
    return { currency: this.#currency, charges: text(charge - refund), taxes: text(tax - taxRefund) };
  }
}

/** A time with its own offset, as in control and audit. */
function longInstant(element: Element): Instant {
  return localInstant(ascii(needed(element, TAP.localTime)), ascii(needed(element, TAP.offset)), element.at);
}

function textOf(element: Element, id: TagId): string | undefined {
  const found = find(element, id);
  return found && ascii(found);
}

function numberOf(element: Element): number {
  const text = ascii(element);
  if (!/^\d{1,9}$/.test(text)) throw new BerError(`${tagName(element.id)} must be digits`, element.at);
  return Number(text);
}

/** A whole number of parts of ten as a decimal: 12345 with 3 places is 12.345. */
function decimal(sum: bigint, places: number): string {
  const digits = (sum < 0n ? -sum : sum).toString().padStart(places + 1, '0');
  const point = digits.length - places;
  return `${sum < 0n ? '-' : ''}${digits.slice(0, point)}${places ? `.${digits.slice(point)}` : ''}`;
}

function needed(element: Element, id: TagId): Element {
  const found = find(element, id);
  if (!found) throw new BerError(`${tagName(element.id)} has no ${tagName(id)}`, element.at);
  return found;
}
