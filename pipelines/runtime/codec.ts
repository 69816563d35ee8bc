/** How state is written: MessagePack, so that a record is compact and reads back as what it was. */
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, moreTypes: true, int64AsType: 'number' });

/** A value as bytes. Plain data only: objects, lists, strings, numbers (also infinite ones), booleans, null, undefined. */
export function encode(value: unknown): Uint8Array {
  return packr.pack(value);
}

export function decode(bytes: Uint8Array): unknown {
  return packr.unpack(bytes);
}
