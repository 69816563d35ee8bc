/** A part as `submit_sm`, and a `deliver_sm` as the message of a telephone: alphabets, addresses, headers and dates (SMPP 3.4, 4.4). */
import type { Instant } from '../../pipelines/domain/units.js';
import type { SmsPart, SmsReceived } from '../ports.js';
import { octetsOf, textOfOctets } from './alphabet.js';
import { headerOf, readHeader } from './message.js';
import { type Body, numberOf, type PduOf, TLV, type Tlvs, tlvNumber } from './pdu.js';

/** Type of number and numbering plan of an address. */
export interface Numbering {
  readonly ton: number;
  readonly npi: number;
}

/** How a gateway wants parts to be written. */
export interface SubmissionForm {
  /** Where a part names no sender. */
  readonly sender: string;
  /** How parts of a longer message hang together: in a header of the text, or in optional parameters. */
  readonly concatenation: 'udh' | 'sar';
  /** `data_coding` of the GSM alphabet: 0 unless the gateway's default is another. */
  readonly gsmDataCoding: number;
  /** In place of what the sender looks like. */
  readonly sourceNumbering?: Numbering;
  readonly destinationNumbering?: Numbering;
  /** Whether `user_message_reference` is sent. */
  readonly userReference: boolean;
}

const UCS2 = 0x08;
const HEADER_INDICATOR = 0x40;
const RECEIPT_WANTED = 0x01;
const INTERNATIONAL: Numbering = { ton: 1, npi: 1 };
const NETWORK_SPECIFIC: Numbering = { ton: 3, npi: 0 };
const ALPHANUMERIC: Numbering = { ton: 5, npi: 0 };
const SHORT_CODE_MAX = 6;
const SENDER_LETTERS_MAX = 11;
const SHORT_MESSAGE_MAX = 254;

/** The body and optional parameters of a part. Throws a `RangeError` where it cannot be written: without number or text in it. */
export function submissionOf(part: SmsPart, form: SubmissionForm): { body: Partial<Body<'submit_sm'>>; tlvs: Tlvs } {
  const octets = octetsOf(part.text, part.alphabet);
  const inHeader = part.place !== undefined && form.concatenation === 'udh';
  const message = inHeader ? Buffer.concat([headerOf(part.place), octets]) : octets;
  const destination = digitsOf(part.to);
  if (destination === '') throw new RangeError('the recipient is no number');
  const source = part.from ?? form.sender;
  const tlvs = new Map<number, Uint8Array>();
  if (part.place && !inHeader) {
    tlvs.set(TLV.sarReference, tlvNumber(part.place.reference, 2));
    tlvs.set(TLV.sarTotal, tlvNumber(part.place.total, 1));
    tlvs.set(TLV.sarPart, tlvNumber(part.place.part, 1));
  }
  if (form.userReference) tlvs.set(TLV.userMessageReference, tlvNumber(userReferenceOf(part.key), 2));
  const fits = message.length <= SHORT_MESSAGE_MAX;
  if (!fits) tlvs.set(TLV.messagePayload, message);
  const from = form.sourceNumbering ?? numberingOf(source);
  const to = form.destinationNumbering ?? INTERNATIONAL;
  return {
    body: {
      source: from.ton === ALPHANUMERIC.ton ? source : digitsOf(source) || source,
      sourceTon: from.ton,
      sourceNpi: from.npi,
      destination,
      destinationTon: to.ton,
      destinationNpi: to.npi,
      esmClass: inHeader ? HEADER_INDICATOR : 0,
      registeredDelivery: RECEIPT_WANTED,
      dataCoding: part.alphabet === 'ucs2' ? UCS2 : form.gsmDataCoding,
      shortMessage: fits ? message : new Uint8Array(0),
      validity: part.expiresAt === undefined ? '' : smppTime(part.expiresAt),
    },
    tlvs,
  };
}

/** What the sender is by its look: letters, a short code, or a number. Throws where it has too many letters. */
export function numberingOf(sender: string): Numbering {
  if (/^\d+$/.test(sender) && sender.length <= SHORT_CODE_MAX) return NETWORK_SPECIFIC;
  if (/^\+?\d+$/.test(sender)) return INTERNATIONAL;
  if (sender.length > SENDER_LETTERS_MAX) {
    throw new RangeError(`the sender has ${sender.length} letters, at most ${SENDER_LETTERS_MAX}`);
  }
  return ALPHANUMERIC;
}

/** A number by its digits alone: no plus, no 00 in front, no spaces. */
export function digitsOf(number: string): string {
  return number.replace(/[^\d]/g, '').replace(/^00/, '');
}

/** 16 bits of the key: gateways that give it back in receipts say with it which part they mean. */
export function userReferenceOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193) >>> 0;
  return (hash ^ (hash >>> 16)) & 0xffff;
}

/** An absolute time in UTC: YYMMDDhhmmss, a tenth, no quarters of an hour from UTC (7.1.1). */
export function smppTime(at: Instant): string {
  const digits = new Date(at).toISOString().replace(/\D/g, '');
  return `${digits.slice(2, 14)}000+`;
}

/** A message of a telephone in words; what is in no alphabet that we know has an empty text. */
export function receivedOf({ body, tlvs }: PduOf<'deliver_sm'>, via: string): SmsReceived {
  const whole = body.shortMessage.length > 0 ? body.shortMessage : (tlvs.get(TLV.messagePayload) ?? body.shortMessage);
  const header = body.esmClass & HEADER_INDICATOR ? readHeader(whole) : undefined;
  const place = header?.place ?? sarPlace(tlvs);
  return {
    via,
    from: body.source,
    to: body.destination,
    text: decodeText(whole.subarray(header?.from ?? 0), body.dataCoding),
    ...(place === undefined ? {} : { place }),
  };
}

function sarPlace(tlvs: Tlvs): SmsReceived['place'] {
  const [reference, total, part] = [TLV.sarReference, TLV.sarTotal, TLV.sarPart].map((tag) => numberOf(tlvs, tag));
  if (reference === undefined || total === undefined || part === undefined || total < 2) return undefined;
  return { reference, total, part };
}

function decodeText(octets: Uint8Array, dataCoding: number): string {
  // From 0xF0 on it is a message class of GSM, whose bit 2 means octets that are no text (3GPP TS 23.038, 4).
  const alphabet = dataCoding >= 0xf0 ? (dataCoding & 0x04 ? 0x04 : 0) : dataCoding & 0x0f;
  switch (alphabet) {
    case 0x00:
      return textOfOctets(octets);
    case 0x01:
    case 0x03:
      return Buffer.from(octets).toString('latin1');
    case UCS2:
      return Buffer.from(octets.subarray(0, octets.length & ~1))
        .swap16()
        .toString('utf16le');
    default:
      return '';
  }
}
