/** What stands in the elements of charging records: digits, texts, networks, times. Errors never repeat a value. */
import { type Instant, parseInstant } from '../../domain/units.js';
import { BerError, context, count, type Element, octets, tagName } from './ber.js';

/** The digits of a BCD string, the first in the high half of its byte (TAP, NRTRDE); F fills up. Anything else is an error. */
export function bcdDigits(element: Element): string {
  return digitsOf(octets(element), element, (byte) => [byte >> 4, byte & 0x0f]);
}

/** The digits of a TBCD string, the first in the low half of its byte (3GPP TS 29.002); F fills up. */
export function tbcdDigits(element: Element, bytes = octets(element)): string {
  return digitsOf(bytes, element, (byte) => [byte & 0x0f, byte >> 4]);
}

/** The digits of an address with its type of number before them (3GPP TS 24.008, 29.002). */
export function addressDigits(element: Element): string {
  const bytes = octets(element);
  // The highest bit says that no further byte about presentation follows.
  const head = bytes.length > 1 && (bytes[0]! & 0x80) === 0 && (bytes[1]! & 0x80) !== 0 ? 2 : 1;
  return tbcdDigits(element, bytes.subarray(head));
}

function digitsOf(bytes: Uint8Array, element: Element, halves: (byte: number) => readonly [number, number]): string {
  let digits = '';
  let filled = false;
  for (const byte of bytes) {
    for (const half of halves(byte)) {
      if (half === 0x0f) {
        filled = true;
        continue;
      }
      // A digit behind the filler, or of a to e (star, hash and the like), is no number of a subscriber.
      if (filled || half > 9) throw new BerError(`${tagName(element.id)} holds no decimal digits`, element.at);
      digits += half;
    }
  }
  return digits;
}

/** Printable ASCII, without blanks at its ends. */
export function ascii(element: Element): string {
  const bytes = octets(element);
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) {
    throw new BerError(`${tagName(element.id)} is no printable text`, element.at);
  }
  return Buffer.from(bytes).toString('latin1').trim();
}

/** MCC and MNC of 3 bytes (3GPP TS 24.008, 10.5.1.3): `22005`, `310410`. */
export function plmn(element: Element): string {
  const bytes = octets(element);
  if (bytes.length !== 3) throw new BerError(`${tagName(element.id)} must have 3 bytes`, element.at);
  const [a, b, c] = bytes as unknown as readonly [number, number, number];
  const halves = [a & 15, a >> 4, b & 15, c & 15, c >> 4, ...(b >> 4 === 15 ? [] : [b >> 4])];
  if (halves.some((half) => half > 9)) throw new BerError(`${tagName(element.id)} is no network`, element.at);
  return halves.join('');
}

/** A record of a longer time is none: it would also end where no calendar goes. */
const SECONDS_MAX = 366 * 86_400;
/** Records lie between these years; what does not was misread. */
const [YEAR_MIN, YEAR_MAX] = [1990, 2099];

/** How long something took, in seconds. */
export function duration(element: Element): number {
  const seconds = count(element);
  if (seconds > SECONDS_MAX) throw new BerError(`${tagName(element.id)} is longer than a year`, element.at);
  return seconds;
}

/** An instant from a local time `YYYYMMDDhhmmss` and an offset `+hhmm`. */
export function localInstant(digits: string, offset: string, at: number): Instant {
  const time = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  const from = /^([+-])(\d\d)(\d\d)$/.exec(offset);
  if (!time) throw new BerError('the time has not the form YYYYMMDDhhmmss', at);
  if (!from) throw new BerError('the offset from UTC has not the form +hhmm', at);
  const [, year, month, day, hour, minute, second] = time;
  const [, sign, hours, minutes] = from;
  if (Number(year) < YEAR_MIN || Number(year) > YEAR_MAX) throw new BerError('the year is out of range', at);
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}${sign}${hours}:${minutes}`;
  const instant = parseInstant(text);
  if (instant === undefined) throw new BerError('the time is none of the calendar', at);
  return instant;
}

/** The time stamp of a 3GPP record: 9 bytes, BCD but for the sign. The years 00 to 99 are those of this century. */
export function bcdInstant(element: Element): Instant {
  const bytes = octets(element);
  if (bytes.length !== 9) throw new BerError(`${tagName(element.id)} must have 9 bytes`, element.at);
  const hex = Buffer.from(bytes).toString('hex');
  const sign = String.fromCharCode(bytes[6]!);
  return localInstant(`20${hex.slice(0, 12)}`, `${sign}${hex.slice(14)}`, element.at);
}

/** Binary addresses with a prefix length, and addresses as text (3GPP TS 32.298, IPAddress). */
const WITH_PREFIX = context(4);
const AS_TEXT = [context(2), context(3)];

/** The address of a node in one spelling: what two feeds write differently must compare equal. */
export function nodeAddress(element: Element): string {
  const [address] = element.children;
  if (element.id === WITH_PREFIX && address) return nodeAddress(address);
  if (AS_TEXT.includes(element.id)) return nodeName(ascii(element));
  const bytes = octets(element);
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length === 16)
    return Buffer.from(bytes)
      .toString('hex')
      .replace(/(.{4})(?=.)/g, '$1:');
  throw new BerError(`${tagName(element.id)} must have 4 or 16 bytes`, element.at);
}

/** The name of a node as written in a file, in one spelling: `010.001.2.3` is `10.1.2.3`. */
export function nodeName(text: string): string {
  const name = text.trim().toLowerCase();
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) ? name.split('.').map(Number).join('.') : name;
}
