/**
 * Bytes in a string of characters 0 to 255: the form in which usage is held. A string has a header of a few bytes, is found in
 * natively, and cannot be changed by whom it was given to; a typed array costs a hundred bytes before its first.
 */

/** In both forms the same. */
const ASCII = /^[ -~]*$/;

/** Writes numbers and short texts one after the other. */
export class Packer {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  byte(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  /** A whole number from 0 to 2^53, seven bits a byte. */
  count(value: number): this {
    this.#room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
    return this;
  }

  /** A whole number of either sign, up to 2^52. */
  signed(value: number): this {
    return this.count(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Packed characters as they are. */
  raw(packed: string): this {
    this.#room(packed.length);
    this.#length += this.#bytes.write(packed, this.#length, 'latin1');
    return this;
  }

  text(text: string): this {
    const bytes = ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
    return this.count(bytes.length).raw(bytes);
  }

  /** What was written, and begins anew. */
  take(): string {
    const packed = this.#bytes.toString('latin1', 0, this.#length);
    this.#length = 0;
    return packed;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(2 * (this.#length + more));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** Reads what a packer wrote, in the same order. */
export class Unpacker {
  readonly #packed: string;
  at: number;

  constructor(packed: string, at = 0) {
    this.#packed = packed;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.#packed.length;
  }

  byte(): number {
    return this.#packed.charCodeAt(this.at++);
  }

  count(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      if (!(byte >= 0)) throw new RangeError('packed usage ends in the middle of a number');
    }
  }

  signed(): number {
    const value = this.count();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  raw(length: number): string {
    return this.#packed.slice(this.at, (this.at += length));
  }

  text(): string {
    const bytes = this.raw(this.count());
    return ASCII.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
  }
}

/** Characters of a `print`. */
export const PRINT_LENGTH = 8;

const SEEDS = [0x2545f491, 0x9e3779b9] as const;

/**
 * 64 bits that stand for a text among those of one service. Among ten thousand records two are taken for one once in three
 * hundred billion services.
 */
export function printOf(text: string): string {
  const [a, b] = [lane(text, SEEDS[0]), lane(text, SEEDS[1])];
  return String.fromCharCode(
    a & 0xff,
    (a >>> 8) & 0xff,
    (a >>> 16) & 0xff,
    a >>> 24,
    b & 0xff,
    (b >>> 8) & 0xff,
    (b >>> 16) & 0xff,
    b >>> 24,
  );
}

/** MurmurHash3 (32 bit) over the text's UTF-16 units, one unit a block: its mixing is what keeps running numbers apart. */
function lane(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
