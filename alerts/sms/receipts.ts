/**
 * What a message centre says of a message that it took, as `deliver_sm` (SMPP 3.4, 5.2.12 and appendix B). The optional parameters
 * are believed first; the text form differs from vendor to vendor, and says what they leave open. An id may stand in the answer to
 * `submit_sm` in hex and in the receipt in decimal, or the other way round: which, a bind is told or learns.
 */
import { fromWall } from '../../pipelines/domain/calendar.js';
import type { Instant, Zone } from '../../pipelines/domain/units.js';
import type { SmsState } from '../ports.js';
import { numberOf, type PduOf, TLV, textOf } from './pdu.js';

/** Bits 5 to 2 of `esm_class` in a `deliver_sm`. */
const KIND_BITS = 0x3c;
const KIND = { message: 0x00, receipt: 0x04, intermediate: 0x20 } as const;
/** `message_state` (5.2.28); 0 and 9 are of later versions. */
const STATES: Readonly<Record<number, SmsState>> = {
  0: 'enroute',
  1: 'enroute',
  2: 'delivered',
  3: 'expired',
  4: 'deleted',
  5: 'undeliverable',
  6: 'accepted',
  7: 'unknown',
  8: 'rejected',
  9: 'undeliverable',
};
/** How the words of the text form begin: vendors cut them, or write them out. */
const WORDS: readonly (readonly [begins: string, state: SmsState])[] = [
  ['DELIV', 'delivered'],
  ['DELET', 'deleted'],
  ['EXPIR', 'expired'],
  ['UNDEL', 'undeliverable'],
  ['FAIL', 'undeliverable'],
  ['REJEC', 'rejected'],
  ['UNKNO', 'unknown'],
  ['ACCEP', 'accepted'],
  ['ENROU', 'enroute'],
  ['BUFFE', 'enroute'],
];
const FINAL: ReadonlySet<SmsState> = new Set([
  'delivered',
  'expired',
  'deleted',
  'undeliverable',
  'unknown',
  'rejected',
]);

/** Whether nothing more can become of a message. */
export function isFinal(state: SmsState): boolean {
  return FINAL.has(state);
}

/** A receipt as it was read. */
export interface ReadReceipt {
  /** As the receipt writes it; two where parameter and text differ. */
  readonly ids: readonly string[];
  readonly state: SmsState;
  readonly at?: Instant;
  readonly error?: string;
  /** `user_message_reference`, where it is given back. */
  readonly reference?: number;
}

/** What a `deliver_sm` says as a receipt; undefined where it is a message from a telephone. `zone` is that of its dates. */
export function readReceipt({ body, tlvs }: PduOf<'deliver_sm'>, zone?: Zone): ReadReceipt | undefined {
  const kind = body.esmClass & KIND_BITS;
  const named = textOf(tlvs, TLV.receiptedMessageId);
  // Some leave `esm_class` at 0 and give the parameters all the same.
  if (kind !== KIND.receipt && kind !== KIND.intermediate && named === undefined) return undefined;
  const octets = body.shortMessage.length > 0 ? body.shortMessage : (tlvs.get(TLV.messagePayload) ?? new Uint8Array(0));
  const fields = fieldsOf(Buffer.from(octets).toString('latin1'));
  const written = fields.get('id');
  const told = numberOf(tlvs, TLV.messageState);
  const state = (told === undefined ? undefined : STATES[told]) ?? stateOf(fields.get('stat'));
  const error = networkError(tlvs.get(TLV.networkErrorCode)) ?? errorOf(fields.get('err'));
  const at = zone === undefined ? undefined : dateOf(fields.get('done date'), zone);
  const reference = numberOf(tlvs, TLV.userMessageReference);
  return {
    ids: [...new Set([named, written].filter((id): id is string => id !== undefined && id !== ''))],
    // What cannot be read ends nothing: another receipt, or a query, may say it.
    state: state ?? 'enroute',
    ...(at === undefined ? {} : { at }),
    ...(error === undefined ? {} : { error }),
    ...(reference === undefined ? {} : { reference }),
  };
}

/** The fields of the text form, by name in small letters. Behind `text:` the subscriber's own words begin. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const [head = ''] = text.split(/\btext:/i, 1);
  const fields = new Map<string, string>();
  for (const [, name, value] of head.matchAll(/\b(id|sub|dlvrd|submit date|done date|stat|err):\s*(\S*)/gi)) {
    const key = name!.toLowerCase();
    if (!fields.has(key)) fields.set(key, value!);
  }
  return fields;
}

/** The state that a word of the text form, or of an answer of a gateway, means; undefined where it is none of them. */
export function stateOf(word: string | undefined): SmsState | undefined {
  const upper = word?.toUpperCase();
  return upper === undefined ? undefined : WORDS.find(([begins]) => upper.startsWith(begins))?.[1];
}

/** The state of a number in `message_state`. */
export function stateOfNumber(state: number): SmsState | undefined {
  return STATES[state];
}

function errorOf(code: string | undefined): string | undefined {
  return code === undefined || /^0*$/.test(code) ? undefined : code;
}

/** "3:27" is code 27 of a GSM network; undefined where there is none. */
function networkError(octets: Uint8Array | undefined): string | undefined {
  if (octets?.length !== 3) return undefined;
  const code = octets[1]! * 256 + octets[2]!;
  return code === 0 ? undefined : `${octets[0]}:${code}`;
}

/** YYMMDDhhmm or YYMMDDhhmmss, on the centre's clock. */
export function dateOf(text: string | undefined, zone: Zone): Instant | undefined {
  const found = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(text ?? '');
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const wall = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  const back = new Date(wall);
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || back.getUTCHours() !== hour) return undefined;
  return fromWall(wall, zone);
}

// --- Ids in two bases ---

/** How receipts write the id that the answer to `submit_sm` gave. */
export type IdForm = 'same' | 'decimal' | 'hex';
const FORMS: readonly IdForm[] = ['same', 'decimal', 'hex'];
/** How often a form must explain a receipt that no other explains before it is taken for the centre's. */
const VOTES = 3;
const PADDED = 8;

/** The same for ids that differ in case and leading zeros only. */
export function canonicalId(id: string): string {
  const plain = id
    .trim()
    .toLowerCase()
    .replace(/^0+(?=.)/, '');
  return plain;
}

/** The ids that `submit` may have given where a receipt writes `id` in this form; none where it cannot be in it. */
export function acceptedIds(id: string, form: IdForm): readonly string[] {
  if (form === 'same') return [...new Set([id, canonicalId(id)])];
  if (form === 'hex') return /^[0-9a-f]{1,32}$/i.test(id) ? [BigInt(`0x${id}`).toString()] : [];
  if (!/^\d{1,38}$/.test(id)) return [];
  const hex = BigInt(id).toString(16);
  const padded = hex.padStart(PADDED, '0');
  return [...new Set([hex, hex.toUpperCase(), padded, padded.toUpperCase()])];
}

/** Learns from receipts in which form they write ids. */
export class IdForms {
  readonly #votes: Record<IdForm, number> = { same: 0, decimal: 0, hex: 0 };
  #known: IdForm | undefined;

  constructor(known?: IdForm) {
    this.#known = known;
  }

  /** The form once it is told or learnt. */
  get known(): IdForm | undefined {
    return this.#known;
  }

  /**
   * The ids that may be meant, the likeliest first. `fits` says whether an id (canonical) is of a message to the receipt's recipient:
   * such come first, and teach.
   */
  read(ids: readonly string[], fits: (canonical: string) => boolean): readonly string[] {
    if (this.#known) {
      const known = ids.flatMap((id) => acceptedIds(id, this.#known!));
      return known.length > 0 ? known : ids;
    }
    const byForm = FORMS.map((form) => ({ form, given: ids.flatMap((id) => acceptedIds(id, form)) }));
    const fitting = byForm.filter(({ given }) => given.some((id) => fits(canonicalId(id))));
    if (fitting.length === 1) this.#learn(fitting[0]!.form, ids);
    const rest = byForm.filter((one) => !fitting.includes(one));
    return [...new Set([...fitting, ...rest].flatMap(({ given }) => given))];
  }

  #learn(form: IdForm, ids: readonly string[]): void {
    // A small number without letters reads the same in both bases, and teaches nothing.
    if (form === 'same' && ids.every((id) => /^\d$/.test(id))) return;
    this.#votes[form] += 1;
    const others = FORMS.filter((other) => other !== form).some((other) => this.#votes[other] > 0);
    if (this.#votes[form] >= VOTES && !others) this.#known = form;
  }
}
