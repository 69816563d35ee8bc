/**
 * What was seen, in memory: 96 bits that name an event or a decision, 48 bits of what it said, and the day after which it may be
 * forgotten. Twenty bytes each in one typed array, where a map of texts takes two hundred: a replay of a year meets hundreds of
 * millions.
 */

/** Words of 32 bits: three of the name, one and a half of the content, half a one of the day. */
const WORDS = 5;
const FIRST_CAPACITY = 1_024;
const LOAD_MAX = 0.7;
/** The day of what is never forgotten, and of an empty place. */
const ALWAYS = 0;

export class PrintTable {
  #words = new Uint32Array(FIRST_CAPACITY * WORDS);
  #capacity = FIRST_CAPACITY;
  #size = 0;
  #today = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#words.byteLength;
  }

  /** The content held under a name of 24 hex digits, as 12 of them; undefined: none is. */
  get(name: string): string | undefined {
    const at = this.#find(name);
    return at < 0 ? undefined : this.#contentAt(at);
  }

  /** Holds a content under a name; from the day after `until` on it may be forgotten, without it never. */
  set(name: string, content: string, until: number = ALWAYS): void {
    let at = this.#find(name);
    if (at < 0) {
      if (this.#size + 1 > this.#capacity * LOAD_MAX) {
        this.#grow();
        at = this.#find(name);
      }
      at = -at - 1;
      this.#size += 1;
    }
    this.#write(at, wordsOf(name), wordsOfContent(content), until);
  }

  delete(name: string): void {
    const at = this.#find(name);
    if (at < 0) return;
    this.#size -= 1;
    // What follows without a gap may have been put off by what goes: it moves up.
    const words = this.#words;
    const mask = this.#capacity - 1;
    let gap = at / WORDS;
    for (let i = (gap + 1) & mask; !this.#isEmpty(i * WORDS); i = (i + 1) & mask) {
      const home = words[i * WORDS]! & mask;
      if (((i - home) & mask) < ((i - gap) & mask)) continue;
      words.copyWithin(gap * WORDS, i * WORDS, (i + 1) * WORDS);
      gap = i;
    }
    words.fill(0, gap * WORDS, (gap + 1) * WORDS);
  }

  /** Says which day it is: what was to be kept until before it is dropped when room is needed. */
  day(today: number): void {
    this.#today = today;
  }

  /** The place of a name, or of the gap where it belongs as -place - 1. */
  #find(name: string): number {
    const [a, b, c] = wordsOf(name);
    const words = this.#words;
    const mask = this.#capacity - 1;
    for (let i = a & mask; ; i = (i + 1) & mask) {
      const at = i * WORDS;
      if (this.#isEmpty(at)) return -at - 1;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return at;
    }
  }

  #isEmpty(at: number): boolean {
    const words = this.#words;
    return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0;
  }

  #contentAt(at: number): string {
    const high = this.#words[at + 3]!.toString(16).padStart(8, '0');
    return high + (this.#words[at + 4]! >>> 16).toString(16).padStart(4, '0');
  }

  #write(at: number, name: readonly number[], content: readonly number[], until: number): void {
    this.#words.set(name, at);
    this.#words[at + 3] = content[0]!;
    this.#words[at + 4] = ((content[1]! << 16) | (until & 0xffff)) >>> 0;
  }

  /** Drops what may be forgotten, and takes twice the room where that is not enough. */
  #grow(): void {
    const old = this.#words;
    const stays = (at: number): boolean => {
      if (old[at] === 0 && old[at + 1] === 0 && old[at + 2] === 0) return false;
      const until = old[at + 4]! & 0xffff;
      return until === ALWAYS || until >= this.#today;
    };
    let kept = 0;
    for (let at = 0; at < old.length; at += WORDS) if (stays(at)) kept += 1;
    if (kept + 1 > (this.#capacity * LOAD_MAX) / 2) this.#capacity *= 2;
    this.#words = new Uint32Array(this.#capacity * WORDS);
    const mask = this.#capacity - 1;
    for (let at = 0; at < old.length; at += WORDS) {
      if (!stays(at)) continue;
      let i = old[at]! & mask;
      while (!this.#isEmpty(i * WORDS)) i = (i + 1) & mask;
      for (let word = 0; word < WORDS; word++) this.#words[i * WORDS + word] = old[at + word]!;
    }
    this.#size = kept;
  }
}

function wordsOf(name: string): readonly [number, number, number] {
  const [a, b, c] = [word(name, 0), word(name, 8), word(name, 16)];
  // All zeros stand for an empty place: no hash comes to that.
  return [a, b, a === 0 && b === 0 && c === 0 ? 1 : c];
}

function wordsOfContent(content: string): readonly [number, number] {
  return [word(content, 0), Number.parseInt(content.slice(8, 12), 16)];
}

function word(hex: string, from: number): number {
  return Number.parseInt(hex.slice(from, from + 8), 16);
}
