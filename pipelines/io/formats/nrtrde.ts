/**
 * NRTRDE 2.1 files: what roaming partners tell within four hours of a call, long before they bill it. Provisional: the TAP record
 * of the same event has the same key (`roaming-key.ts`) and replaces it.
 */
import {
  application,
  BerError,
  Cursor,
  count,
  type Element,
  find,
  octets,
  readElement,
  type TagId,
  tagName,
  unsigned,
} from './ber.js';
import { type FileFacts, type FileReading, Findings, type Given, type Identity, timeText } from './format.js';
import { partnerCode, type RoamingFile, type RoamingRecord, roamingUsage } from './roaming-record.js';
import { ascii, bcdDigits, duration, localInstant } from './values.js';

/** What an NRTRDE file says of itself. */
export interface NrtrdeFacts extends FileFacts {
  readonly format: 'nrtrde';
  readonly version?: string;
  readonly availableAt?: string;
  /** From the end of the earliest event to when the file was available, in seconds: partners have promised four hours. */
  readonly delaySecondsMax?: number;
}

const SEQUENCE_MAX = 9_999_999;
/** How long after the end of an event a partner may tell of it. */
const DELAY_SECONDS_MAX = 4 * 3_600;
const VERSION = '2.1';

const NRTRDE = application(1);
const EVENTS = application(2);
const KINDS: ReadonlyMap<TagId, RoamingRecord['kind']> = new Map([
  [application(3), 'moc'],
  [application(4), 'mtc'],
  [application(5), 'gprs'],
]);
const TAG = {
  servingNetwork: application(15),
  duration: application(19),
  eventCount: application(20),
  start: application(21),
  callReference: application(23),
  chargingId: application(26),
  connectedNumber: application(27),
  bytesIn: application(28),
  bytesOut: application(29),
  dialledDigits: application(30),
  availableAt: application(31),
  ggsn: application(32),
  imsi: application(34),
  entity: application(35),
  recipient: application(36),
  release: application(37),
  sender: application(38),
  sequence: application(39),
  sgsn: application(40),
  specification: application(41),
  teleService: application(43),
  offset: application(45),
  service: application(46),
  msisdn: application(49),
} as const;
const NAMES = new Map(Object.entries(TAG).map(([name, id]) => [tagName(id), name]));

/** Reads a file. Never throws on bytes; what can be read is given, the rest is told. */
export function readNrtrde(bytes: Uint8Array, given: Given): FileReading<NrtrdeFacts> {
  const findings = new Findings('nrtrde', given, (tag) => NAMES.get(tag));
  const reader = new NrtrdeReader(bytes, given, findings);
  findings.attempt('unreadable', 'file', () => reader.read());
  return findings.reading(reader.facts(), reader.file?.availableAt) as FileReading<NrtrdeFacts>;
}

class NrtrdeReader {
  readonly #bytes: Uint8Array;
  readonly #given: Given;
  readonly #findings: Findings;
  /** What stands before the events. */
  readonly #head = new Map<TagId, Element>();
  file: RoamingFile | undefined;
  #version: string | undefined;
  #records = 0;
  #stated: number | undefined;
  #delayMax: number | undefined;

  constructor(bytes: Uint8Array, given: Given, findings: Findings) {
    this.#bytes = bytes;
    this.#given = given;
    this.#findings = findings;
  }

  read(): void {
    const cursor = new Cursor(this.#bytes);
    if (cursor.header()?.id !== NRTRDE) throw new BerError('this is no NRTRDE file', 0);
    const inner = cursor.enter();
    for (let header = inner.header(); header; header = inner.header()) {
      if (header.id === EVENTS) {
        this.#begin();
        this.#events(inner.enter(), this.file!);
      } else {
        const element = inner.element();
        this.#head.set(element.id, element);
      }
    }
    if (!this.file) this.#begin();
    const stated = this.#head.get(TAG.eventCount);
    this.#stated = stated && count(stated);
    if (this.#stated !== this.#records) {
      const says =
        this.#stated === undefined ? 'does not say how many events there are' : `says ${this.#stated} events`;
      this.#findings.problem('count', 'file', `the file ${says}, and has ${this.#records}`);
    }
    if (this.#delayMax !== undefined && this.#delayMax > DELAY_SECONDS_MAX) {
      const hours = (this.#delayMax / 3_600).toFixed(1);
      this.#findings.problem('note', 'file', `an event was told of ${hours} h after its end, and not within 4 h`);
    }
  }

  facts() {
    const { sender, recipient, sequence, availableAt } = this.file ?? {};
    return {
      ...(this.file && { sender: sender!, recipient: recipient!, sequence: sequence! }),
      ...(this.#version !== undefined && { version: this.#version }),
      ...(availableAt !== undefined && { availableAt: timeText(availableAt) }),
      ...(this.#delayMax !== undefined && { delaySecondsMax: this.#delayMax }),
      records: this.#records,
      ...(this.#stated !== undefined && { recordsStated: this.#stated }),
    };
  }

  #begin(): void {
    const head = (id: TagId): Element => {
      const element = this.#head.get(id);
      if (!element) throw new BerError(`the file has no ${tagName(id)} before its events`, 0);
      return element;
    };
    const digits = ascii(head(TAG.sequence));
    if (!/^\d{1,9}$/.test(digits)) throw new BerError('the number of the file must be digits', head(TAG.sequence).at);
    const at = head(TAG.availableAt);
    this.file = {
      feed: 'nrtrde',
      sender: partnerCode(head(TAG.sender)),
      recipient: partnerCode(head(TAG.recipient)),
      sequence: Number(digits),
      availableAt: localInstant(ascii(at), ascii(head(TAG.offset)), at.at),
    };
    this.#version = [TAG.specification, TAG.release]
      .map((id) => this.#head.get(id))
      .map((element) => (element ? count(element) : '?'))
      .join('.');
    if (this.#version !== VERSION) {
      this.#findings.problem('version', 'file', `the file is of version ${this.#version}, and ${VERSION} is known`);
    }
    this.#findings.sequence(this.file.sequence, 1, SEQUENCE_MAX);
  }

  #events(list: Cursor, file: RoamingFile): void {
    for (let header = list.header(); header; header = list.header()) {
      this.#records += 1;
      const where = `event ${this.#records}`;
      const { at, contentAt, contentLength } = header;
      // An event of a known length that cannot be read is passed over; one of an unknown length ends the reading.
      const event =
        contentLength === undefined
          ? list.element()
          : this.#findings.attempt('bad-record', where, () => readElement(this.#bytes, at, contentAt + contentLength));
      if (contentLength !== undefined) list.skip();
      if (event) this.#findings.attempt('bad-record', where, () => this.#event(event, file, where));
    }
  }

  #event(event: Element, file: RoamingFile, where: string): void {
    const kind = KINDS.get(event.id);
    if (!kind) return this.#findings.skip(`event ${tagName(event.id)}`);
    const record = recordOf(kind, event, file.sender);
    const delay = (file.availableAt - record.start) / 1_000 - record.seconds;
    this.#delayMax = Math.max(this.#delayMax ?? delay, delay);
    roamingUsage(record, file, this.#records, `${where}, byte ${event.at}`, this.#given, this.#findings);
  }
}

function recordOf(kind: RoamingRecord['kind'], event: Element, sender: string): RoamingRecord {
  const start = needed(event, TAG.start);
  const served = find(event, TAG.servingNetwork);
  const basics = {
    by: identityOf(event),
    start: localInstant(ascii(start), ascii(needed(event, TAG.offset)), start.at),
    seconds: duration(needed(event, TAG.duration)),
    partner: served ? partnerCode(served) : sender,
  };
  if (kind === 'gprs') {
    const bytes = count(needed(event, TAG.bytesIn)) + count(needed(event, TAG.bytesOut));
    if (!Number.isSafeInteger(bytes)) throw new BerError('the volumes add up to too much', event.at);
    const gateway = find(event, TAG.ggsn) ?? find(event, TAG.sgsn);
    return {
      kind,
      ...basics,
      bytes,
      ...referenceOf(event, TAG.chargingId),
      ...(gateway && { recEntity: ascii(gateway) }),
    };
  }
  const teleService = find(needed(event, TAG.service), TAG.teleService);
  const called = find(event, TAG.connectedNumber) ?? find(event, TAG.dialledDigits);
  const digits = called && /^\+?(\d+)$/.exec(ascii(called))?.[1];
  const entity = find(event, TAG.entity);
  return {
    kind,
    ...basics,
    ...(teleService && { teleService: ascii(teleService) }),
    ...(kind === 'moc' && digits !== undefined && { calledDigits: digits }),
    ...referenceOf(event, TAG.callReference),
    ...(entity && { recEntity: ascii(entity) }),
  };
}

/** Without a sign: TAP has the same reference as plain bytes. */
function referenceOf(event: Element, id: TagId): Pick<RoamingRecord, 'reference'> {
  const found = find(event, id);
  return found ? { reference: unsigned(octets(found)) } : {};
}

function identityOf(event: Element): Identity {
  const [imsi, msisdn] = [find(event, TAG.imsi), find(event, TAG.msisdn)];
  if (!imsi && !msisdn) throw new BerError('the event names no subscriber', event.at);
  return { ...(imsi && { imsi: bcdDigits(imsi) }), ...(msisdn && { msisdn: bcdDigits(msisdn) }) };
}

function needed(event: Element, id: TagId): Element {
  const found = find(event, id);
  if (!found) throw new BerError(`the event has no ${tagName(id)}`, event.at);
  return found;
}
