/**
 * A text as it is handed to a gateway: cut into parts as it is paid for, and what tells the telephone how they belong together
 * (3GPP TS 23.040, 9.2.3.24.1).
 */
import type { SmsPart } from '../ports.js';
import { alphabetOf, splitText } from './alphabet.js';

/** What of a part is the message's. */
export type Piece = Pick<SmsPart, 'text' | 'alphabet' | 'place'>;
export type Place = NonNullable<SmsPart['place']>;

/** No telephone can join more. */
export const PARTS_MAX = 255;
const HEADER_8_BIT = [0x05, 0x00, 0x03] as const;
/** Information elements of a header: the place with a reference of 8 bits, and of 16. */
const ELEMENT = { place8: 0x00, place16: 0x08 } as const;

/**
 * The parts of a text. `reference` tells them from those of another message to the same telephone; its last 8 bits count. Uncut,
 * the gateway does it (`message_payload`). Throws a `RangeError` where the text would take more than 255 parts.
 */
export function partsOf(text: string, reference: number, how: 'parts' | 'uncut' = 'parts'): readonly Piece[] {
  const alphabet = alphabetOf(text);
  const texts = splitText(text);
  if (texts.length > PARTS_MAX) throw new RangeError(`a text of ${texts.length} parts, at most ${PARTS_MAX}`);
  if (texts.length === 1 || how === 'uncut') return [{ alphabet, text }];
  return texts.map((one, at) => ({
    alphabet,
    text: one,
    place: { reference: reference & 0xff, part: at + 1, total: texts.length },
  }));
}

/** The header that stands before the octets of a part. */
export function headerOf({ reference, part, total }: Place): Uint8Array {
  return Uint8Array.of(...HEADER_8_BIT, reference, total, part);
}

/** Where the text begins behind a header, and the place that the header tells; undefined where it is no header. */
export function readHeader(octets: Uint8Array): { readonly from: number; readonly place?: Place } | undefined {
  const length = octets[0];
  if (length === undefined || octets.length <= length) return undefined;
  const from = length + 1;
  for (let at = 1; at < from; ) {
    const [id, size = from] = [octets[at], octets[at + 1]];
    const end = at + 2 + size;
    if (end > from) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = octets.subarray(at + 2, end);
    if (id === ELEMENT.place8 && size === 3) return { from, place: { reference: a, total: b, part: c } };
    if (id === ELEMENT.place16 && size === 4) return { from, place: { reference: a * 256 + b, total: c, part: d } };
    at = end;
  }
  return { from };
}
