/** One record of usage as it is held: what is needed to take it back, to replace it, or to rate it anew. */
import type { UsageKind } from '../event.js';
import { USAGE_KINDS } from '../event.js';
import type { Instant } from '../units.js';
import { DAY } from '../units.js';
import { Packer, PRINT_LENGTH, Unpacker } from './packed.js';

/** Ten-thousandths of a minor unit: an amount without VAT, with VAT added to it, is a whole number of them. */
export type Fine = number;
export const FINE_PER_MINOR = 10_000;

/** Where a record was made: at home, in the countries of roaming fair use, or elsewhere. */
export type Place = 'home' | 'zone' | 'elsewhere';
const PLACES: readonly Place[] = ['home', 'zone', 'elsewhere'];

export type Standing = 'live' | 'cancelled' | 'replaced';
const STANDINGS: readonly Standing[] = ['live', 'cancelled', 'replaced'];

export interface Destination {
  readonly zone?: string;
  readonly country?: string;
  readonly prefix?: string;
}

/** A record of usage. */
export interface UsageRecord {
  /** What its source and id come to (`printOf`). */
  readonly print: string;
  readonly at: Instant;
  /** The local day of `at`, as a number. */
  readonly day: number;
  readonly kind: UsageKind;
  readonly incoming: boolean;
  readonly feed: 'nrtrde' | 'tap' | 'other';
  readonly place: Place;
  /** Seconds, bytes or messages; 0 for premium. */
  readonly amount: number;
  /** Given with the record, or by the tariff (0 until it is rated). */
  readonly charge: Fine;
  readonly priced: boolean;
  /** Prints of its session and its part, where it has them. */
  readonly session?: string;
  readonly part?: string;
  /** Kept only where the tariff rates the record. */
  readonly destination?: Destination;
  /** The country of the serving network, where the record names one and a rule asks; `HOME` for those of the operator. */
  readonly country?: string;
  /** To a number of a range on the operator's list. */
  readonly listed?: true;
  readonly standing: Standing;
}

/** Stands for the countries that are home, whichever. */
export const HOME = '--';

const packer = new Packer();
/** Beside standing and place. */
const MORE = { country: 16, home: 32, listed: 64 } as const;
const FLAG = { incoming: 8, nrtrde: 16, tap: 32, priced: 64, session: 128 } as const;
/** Where in a packed record its standing and place are. */
const STANDING_AT = PRINT_LENGTH + 1;

export function pack(record: UsageRecord): string {
  const { session, part, destination, country } = record;
  packer
    .raw(record.print)
    .byte(
      USAGE_KINDS.indexOf(record.kind) |
        (record.incoming ? FLAG.incoming : 0) |
        (record.feed === 'nrtrde' ? FLAG.nrtrde : 0) |
        (record.feed === 'tap' ? FLAG.tap : 0) |
        (record.priced ? FLAG.priced : 0) |
        (session === undefined ? 0 : FLAG.session),
    )
    .byte(
      STANDINGS.indexOf(record.standing) |
        (PLACES.indexOf(record.place) << 2) |
        (country === undefined ? 0 : country === HOME ? MORE.home : MORE.country) |
        (record.listed ? MORE.listed : 0),
    )
    // Local midnight lies at most a day from that of UTC.
    .count(record.at - (record.day - 1) * DAY)
    .count(record.amount)
    .signed(record.charge);
  if (session !== undefined) packer.raw(session).raw(part ?? NO_PART);
  if (!record.priced) {
    const { zone = '', country = '', prefix = '' } = destination ?? {};
    packer.text(zone).text(country).text(prefix);
  }
  if (country !== undefined && country !== HOME) packer.raw(country);
  return packer.take();
}

const NO_PART = '\0'.repeat(PRINT_LENGTH);

/** A record, with its place in the text. */
type Placed = UsageRecord & { readonly from: number; readonly to: number };

/** The packed records of one day, in the order in which they came. */
export function* unpack(chunk: string, day: number): Generator<Placed> {
  for (const reader = new Unpacker(chunk); !reader.done; ) yield read(reader, day);
}

function read(reader: Unpacker, day: number): Placed {
  const from = reader.at;
  const print = reader.raw(PRINT_LENGTH);
  const flags = reader.byte();
  const standing = reader.byte();
  const at = reader.count() + (day - 1) * DAY;
  const amount = reader.count();
  const charge = reader.signed();
  const priced = (flags & FLAG.priced) !== 0;
  const session = flags & FLAG.session ? reader.raw(PRINT_LENGTH) : undefined;
  const part = session === undefined ? NO_PART : reader.raw(PRINT_LENGTH);
  const destination = priced ? undefined : destinationOf(reader);
  const country = countryOf(reader, standing);
  return {
    print,
    at,
    day,
    kind: USAGE_KINDS[flags & 7]!,
    incoming: (flags & FLAG.incoming) !== 0,
    feed: flags & FLAG.nrtrde ? 'nrtrde' : flags & FLAG.tap ? 'tap' : 'other',
    place: PLACES[(standing >> 2) & 3]!,
    amount,
    charge,
    priced,
    ...(session !== undefined && { session }),
    ...(part !== NO_PART && { part }),
    ...(destination && { destination }),
    ...(country !== undefined && { country }),
    ...(standing & MORE.listed && { listed: true as const }),
    standing: STANDINGS[standing & 3]!,
    from,
    to: reader.at,
  };
}

/** Says by what is seen of a record at a glance whether it is asked for. */
export type Wanted = (kind: UsageKind, country: string | undefined) => boolean;

/** The records that count and are wanted; the others are passed over, which takes a fraction of the time. */
export function select(chunk: string, day: number, wanted: Wanted): readonly UsageRecord[] {
  const records: UsageRecord[] = [];
  for (const reader = new Unpacker(chunk); !reader.done; ) {
    const from = reader.at;
    reader.at += PRINT_LENGTH;
    const flags = reader.byte();
    const standing = reader.byte();
    // Time, amount, charge.
    for (let i = 0; i < 3; i++) reader.count();
    if (flags & FLAG.session) reader.at += 2 * PRINT_LENGTH;
    if (!(flags & FLAG.priced)) {
      for (let i = 0; i < 3; i++) {
        const length = reader.count();
        reader.at += length;
      }
    }
    const country = countryOf(reader, standing);
    const isLive = (standing & 3) === STANDINGS.indexOf('live');
    if (isLive && wanted(USAGE_KINDS[flags & 7]!, country)) records.push(read(new Unpacker(chunk, from), day));
  }
  return records;
}

function countryOf(reader: Unpacker, standing: number): string | undefined {
  return standing & MORE.country ? reader.raw(HOME.length) : standing & MORE.home ? HOME : undefined;
}

function destinationOf(reader: Unpacker): Destination {
  const [zone, country, prefix] = [reader.text(), reader.text(), reader.text()];
  return { ...(zone && { zone }), ...(country && { country }), ...(prefix && { prefix }) };
}

/** Whether the packed records may hold a print: where they do not, nothing has to be unpacked. */
export function mayHold(chunk: string, print: string): boolean {
  return chunk.includes(print);
}

/** The same records, the one between the offsets standing otherwise. */
export function restood(chunk: string, from: number, standing: Standing): string {
  const at = from + STANDING_AT;
  const byte = (chunk.charCodeAt(at) & ~3) | STANDINGS.indexOf(standing);
  return chunk.slice(0, at) + String.fromCharCode(byte) + chunk.slice(at + 1);
}
