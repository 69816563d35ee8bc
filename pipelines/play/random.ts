/**
 * Chance that can be had again: xoshiro128** (Blackman and Vigna), its state filled by splitmix32 from a hash of a
 * path. A generator is named by its seed and by the names it was forked under; what it gives depends on that path
 * alone, never on what others drew before. Good for stories and tests; no secrets may come from it.
 */

/** A seeded source of numbers. The same path and the same calls give the same numbers, on every machine. */
export class Random {
  /** The seed, and the names it was forked under: "42/faults/3". Print it: with it the numbers can be had again. */
  readonly path: string;
  readonly #state: [number, number, number, number];

  constructor(seed: number | string) {
    this.path = String(seed);
    this.#state = stateOf(this.path);
  }

  /** An independent stream. It does not depend on how much was drawn here, and draws nothing from here. */
  fork(name: string | number): Random {
    return new Random(`${this.path}/${name}`);
  }

  /** 32 random bits, as a whole number from 0. */
  bits(): number {
    const s = this.#state;
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** From `min` (0) up to, and without, `max` (1). */
  uniform(min = 0, max = 1): number {
    // 53 bits: all that a double between 0 and 1 can hold.
    const unit = ((this.bits() >>> 5) * 0x4000000 + (this.bits() >>> 6)) / 0x20000000000000;
    return min + unit * (max - min);
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max)) {
      throw new RangeError(`no whole number from ${min} to ${max}`);
    }
    return min + Math.floor(this.uniform() * (max - min + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of the list, each as likely as the next. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from');
    return list[this.integer(0, list.length - 1)]!;
  }

  /** One of the list, as likely as its weight says; weights are not negative, and their sum is above 0. */
  weighted<T>(list: readonly (readonly [item: T, weight: number])[]): T {
    const sum = list.reduce((total, [, weight]) => total + weight, 0);
    if (!(sum > 0)) throw new RangeError('nothing to pick from');
    let left = this.uniform(0, sum);
    for (const [item, weight] of list) if ((left -= weight) < 0) return item;
    // Sums of floats may fall short by a hair.
    return list.findLast(([, weight]) => weight > 0)![0];
  }

  /** The wait for the next of many things that happen independently, `mean` apart. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Mean 0, standard deviation 1 (Box and Muller; the second number is dropped, so that no call leaves a trace). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Half of all lie below `median`; `sigma` is the standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** How many of many rare and independent things happen, `mean` on average (Knuth, in steps that cannot underflow). */
  poisson(mean: number): number {
    if (!(mean >= 0 && Number.isFinite(mean))) throw new RangeError(`no mean: ${mean}`);
    let count = 0;
    for (let left = mean; left > 0; left -= POISSON_STEP) {
      const floor = Math.exp(-Math.min(left, POISSON_STEP));
      for (let product = this.uniform(); product > floor; product *= this.uniform()) count++;
    }
    return count;
  }

  /** A copy in random order (Fisher and Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}

const POISSON_STEP = 30;

function rotate(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** A hash of the path into two words (after cyrb53), and splitmix32 from each for two words of state. */
function stateOf(path: string): [number, number, number, number] {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  const state: [number, number, number, number] = [splitmix(a, 1), splitmix(a, 2), splitmix(b, 1), splitmix(b, 2)];
  // All zeros is the one state that xoshiro never leaves.
  return state.some((word) => word !== 0) ? state : [1, 2, 3, 4];
}

/** The n-th number of splitmix32 from a seed. */
function splitmix(seed: number, n: number): number {
  let z = (seed + Math.imul(n, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}
