/** What TAP and NRTRDE have in common once their elements are read: a call or context of a roamer, and the usage it is. */
import type { Instant } from '../../domain/units.js';
import { BerError, type Element } from './ber.js';
import type { Findings, Given, Identity, Usage } from './format.js';
import { countryOfPartner, type Network } from './places.js';
import { type RoamingEvent, roamingKey } from './roaming-key.js';
import { ascii } from './values.js';

const SECOND = 1_000;

/** A call, message or data context (or a part of it), as either feed tells of it. */
export interface RoamingRecord {
  readonly kind: RoamingEvent['kind'];
  readonly by: Identity;
  readonly start: Instant;
  readonly seconds: number;
  /** Of data, both directions. */
  readonly bytes?: number;
  /** Of calls: the teleservice, such as 11; undefined where a bearer service was used. */
  readonly teleService?: string;
  readonly calledDigits?: string;
  readonly reference?: bigint;
  readonly recEntity?: string;
  readonly whole?: boolean;
  /** The network that served it. */
  readonly partner: string;
}

/** The file a record is of. */
export interface RoamingFile {
  readonly feed: 'tap' | 'nrtrde';
  readonly sender: string;
  readonly recipient: string;
  readonly sequence: number;
  readonly availableAt: Instant;
}

/** The five letters of a partner. */
export function partnerCode(element: Element): string {
  const code = ascii(element).toUpperCase();
  if (!/^[A-Z0-9]{5}$/.test(code))
    throw new BerError('the code of a partner must have five letters and digits', element.at);
  return code;
}

/** Puts the usage of a record into the findings; `ordinal` is its place in the file, from 1. */
export function roamingUsage(
  record: RoamingRecord,
  file: RoamingFile,
  ordinal: number,
  where: string,
  given: Given,
  findings: Findings,
): void {
  const { by, start, seconds } = record;
  const used = usedOf(record);
  if ('not' in used) {
    if (used.problem) findings.problem('not-counted', where, used.not);
    return findings.skip(used.not);
  }
  const destination = record.calledDigits === undefined ? undefined : given.destinationOf?.(record.calledDigits);
  const data: Usage = {
    ...used,
    ...(destination && { destination }),
    ...roamingKey(given.hashKey, { ...record, imsi: by.imsi ?? by.msisdn ?? '' }),
    feed: file.feed,
    ...networkOf(record.partner, given),
  };
  const name = { source: `${file.feed}/${file.sender}-${file.recipient}`, id: `${file.sequence}/${ordinal}` };
  findings.usage(where, name, by, start, data, Math.max(file.availableAt, start + seconds * SECOND));
}

/** What a record uses, or why nothing is counted, and whether somebody should know. */
function usedOf({ kind, seconds, bytes, teleService }: RoamingRecord): Usage | { not: string; problem: boolean } {
  if (kind === 'gprs') return { kind: 'data', bytes: bytes! };
  const direction = kind === 'moc' ? 'out' : 'in';
  // Teleservices by their group (3GPP TS 22.003): 1x speech, of which 12 are emergency calls, 2x short messages, 6x fax.
  if (teleService === undefined) return { not: 'a circuit-switched data call', problem: true };
  if (teleService === '12') return { not: 'emergency call: free of charge', problem: false };
  if (/^[16]/.test(teleService)) return { kind: 'voice', direction, seconds };
  if (/^2[12]$/.test(teleService)) return { kind: 'sms', direction, messages: 1 };
  return { not: 'a teleservice that is not known', problem: true };
}

function networkOf(partner: string, { networkOf }: Given): Network {
  const known = networkOf?.(partner);
  if (known) return known;
  const country = countryOfPartner(partner);
  return country === undefined ? {} : { country };
}
