/**
 * Files of charging records in the frame of 3GPP TS 32.297: a header for the file, a short one before each record. The frame
 * says by itself what is missing: how many records the file has, which number it has, how many records were lost before it.
 */
import { type Instant, parseInstant } from '../../domain/units.js';
import { Cursor } from './ber.js';
import { type ChargingGiven, chargingUsage } from './charging-record.js';
import { type FileFacts, type FileReading, Findings } from './format.js';

/** What the file's header says. */
export interface ChargingFileFacts extends FileFacts {
  readonly format: 'cdr';
  /** Such as `15.4`: the highest and lowest release and version among the records. */
  readonly highestVersion?: string;
  readonly lowestVersion?: string;
  /** Month, day, time and offset from UTC, as the header has them: it has no year. `06-12T10:05+02:00`. */
  readonly openedAt?: string;
  readonly lastAppendedAt?: string;
  readonly closureReason?: string;
  /** Records that the network had and could not write. `least`: or more. */
  readonly lost?: { readonly count: number; readonly is: 'exact' | 'least' };
}

/** What the fixed part of the header has before the routeing filter, in bytes. */
const HEADER_FIXED_LENGTH = 50;
const SEQUENCE_MAX = 2 ** 32 - 1;
/** The release field has three bits: 7 says that the release stands in a byte of its own. */
const RELEASE_EXTENDED = 7;
const BER_FORMAT = 1;
const FORMATS = ['', 'ber', 'unaligned-per', 'aligned-per', 'xer'];

const CLOSURE_REASONS: Readonly<Record<number, string>> = {
  0: 'normal',
  1: 'size limit',
  2: 'time limit',
  3: 'record limit',
  4: 'by hand',
  5: 'change of version',
  128: 'abnormal',
  129: 'system error',
  130: 'no space left',
  131: 'integrity',
};
/** From here on a reason is a fault. */
const CLOSED_BADLY_MIN = 128;

/** Reads a file. Never throws on bytes; what can be read is given, the rest is told. */
export function readChargingFile(bytes: Uint8Array, given: ChargingGiven): FileReading<ChargingFileFacts> {
  const findings = new Findings('cdr', given);
  const header = headerOf(bytes, findings);
  if (!header) return findings.reading({ records: 0 }, undefined) as FileReading<ChargingFileFacts>;
  const { headerLength, recordsStated, sequence, closed, ...facts } = header;
  const givenClosed: ChargingGiven = { ...given, closedAt: (endedAt) => instantNear(closed, endedAt) };
  findings.sequence(sequence, 0, SEQUENCE_MAX);

  let records = 0;
  let lastKnownAt: number | undefined;
  let at = headerLength;
  while (at < bytes.length) {
    const where = `record ${records + 1}, byte ${at}`;
    const record = recordHeaderOf(bytes, at);
    if (typeof record === 'string') {
      findings.problem('unreadable', where, record);
      break;
    }
    records += 1;
    at = record.end;
    if (record.format !== BER_FORMAT) {
      findings.problem(
        'bad-record',
        where,
        `the record is in ${FORMATS[record.format] || 'an unknown form'}, not in BER`,
      );
      continue;
    }
    const knownAt = findings.attempt('bad-record', `record ${records}`, () => {
      const cursor = new Cursor(bytes, record.contentAt, record.end);
      const element = cursor.element();
      if (element.end !== record.end) findings.problem('note', where, 'there are bytes behind the record in its frame');
      return chargingUsage(element, record.specification, where, givenClosed, findings);
    });
    if (knownAt !== undefined && !(knownAt < (lastKnownAt ?? knownAt))) lastKnownAt = knownAt;
  }
  if (records !== recordsStated) {
    findings.problem('count', 'header', `the file says that it has ${recordsStated} records, and has ${records}`);
  }
  return findings.reading(
    { ...facts, sequence, records, recordsStated },
    lastKnownAt,
  ) as FileReading<ChargingFileFacts>;
}

function headerOf(bytes: Uint8Array, findings: Findings) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (why: string) => findings.problem('unreadable', 'header', why);
  if (bytes.length < HEADER_FIXED_LENGTH) return bad('the header is cut off');
  const fileLength = view.getUint32(0);
  const headerLength = view.getUint32(4);
  if (headerLength < HEADER_FIXED_LENGTH || headerLength > bytes.length)
    return bad('the length of the header is wrong');
  if (fileLength !== bytes.length) {
    findings.problem('unreadable', 'header', `the file says that it has ${fileLength} bytes, and has ${bytes.length}`);
  }
  const reason = bytes[26]!;
  if (reason >= CLOSED_BADLY_MIN) {
    findings.problem('lost', 'header', `the file was closed for a fault: ${CLOSURE_REASONS[reason] ?? reason}`);
  }
  const lost = lostOf(bytes[47]!);
  if (lost) {
    const many = `${lost.is === 'least' ? 'at least ' : ''}${lost.count}`;
    findings.problem('lost', 'header', `the network says that it lost ${many} records`);
  }
  return {
    headerLength,
    ...versionsOf(bytes, view, headerLength),
    openedAt: stampOf(view.getUint32(10)),
    lastAppendedAt: stampOf(view.getUint32(14)),
    closed: view.getUint32(14),
    recordsStated: view.getUint32(18),
    sequence: view.getUint32(22),
    closureReason: CLOSURE_REASONS[reason] ?? `reason ${reason}`,
    sender: addressOf(bytes.subarray(27, 47)),
    ...(lost && { lost }),
  };
}

/** Releases past 9 stand behind the two fields of free length, the high one first. */
function versionsOf(bytes: Uint8Array, view: DataView, headerLength: number) {
  const filterEnd = HEADER_FIXED_LENGTH + view.getUint16(48);
  const privateEnd = filterEnd + 2 <= headerLength ? filterEnd + 2 + view.getUint16(filterEnd) : headerLength;
  let extension = privateEnd;
  const version = (byte: number): string => {
    let release = byte >> 5;
    if (release === RELEASE_EXTENDED) release = extension < headerLength ? 10 + bytes[extension++]! : 10;
    else release = release === 0 ? 99 : release + 3;
    return `${release}.${byte & 0x1f}`;
  };
  return { highestVersion: version(bytes[8]!), lowestVersion: version(bytes[9]!) };
}

/** The highest bit says that the number is known exactly; by itself it says that there are some. */
function lostOf(byte: number): ChargingFileFacts['lost'] {
  if (byte === 0) return undefined;
  if (byte < 0x80) return { count: byte, is: 'least' };
  if (byte === 0x80) return { count: 1, is: 'least' };
  return byte === 0xff ? { count: 127, is: 'least' } : { count: byte - 0x80, is: 'exact' };
}

/** Month 4 bits, day 5, hour 5, minute 6, sign 1 (1 is plus), hours 5, minutes 6. */
function stampOf(word: number): string {
  const two = (shift: number, bits: number) => String((word >>> shift) & (2 ** bits - 1)).padStart(2, '0');
  const sign = (word >>> 11) & 1 ? '+' : '-';
  return `${two(28, 4)}-${two(23, 5)}T${two(18, 5)}:${two(12, 6)}${sign}${two(6, 5)}:${two(0, 6)}`;
}

/**
 * The instant of such a stamp that is nearest to another: it has no year. Never before that other; a stamp that is none of the
 * calendar says nothing.
 */
function instantNear(word: number, near: Instant): Instant {
  const year = new Date(near).getUTCFullYear();
  const instants = [year - 1, year, year + 1].flatMap(
    (one) => parseInstant(`${one}-${withSeconds(stampOf(word))}`) ?? [],
  );
  const distance = (at: Instant) => Math.abs(at - near);
  const nearest = instants.sort((a, b) => distance(a) - distance(b))[0];
  return nearest === undefined ? near : Math.max(nearest, near);
}

/** `06-12T10:20+02:00` with seconds, as RFC 3339 wants them. */
function withSeconds(stamp: string): string {
  return stamp.replace(/(?=[+-]\d\d:\d\d$)/, ':00');
}

/** IPv4 stands behind twelve bytes of ones or a mapped prefix, IPv6 in the last sixteen bytes. */
function addressOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(4)).toString('hex');
  if (/^(f{24}|0{24}|0{20}f{4})/.test(hex)) return bytes.subarray(16).join('.');
  return hex.replace(/(.{4})(?=.)/g, '$1:');
}

interface RecordHeader {
  readonly contentAt: number;
  readonly end: number;
  readonly format: number;
  /** Which specification the record is of: 6 circuit-switched, 7 packet-switched. */
  readonly specification: number;
}

function recordHeaderOf(bytes: Uint8Array, at: number): RecordHeader | string {
  if (at + 4 > bytes.length) return 'the header of the record is cut off';
  const length = (bytes[at]! << 8) | bytes[at + 1]!;
  const contentAt = at + (bytes[at + 2]! >> 5 === RELEASE_EXTENDED ? 5 : 4);
  const end = contentAt + length;
  if (end > bytes.length) return 'the record goes past the end of the file';
  return { contentAt, end, format: bytes[at + 3]! >> 5, specification: bytes[at + 3]! & 0x1f };
}
