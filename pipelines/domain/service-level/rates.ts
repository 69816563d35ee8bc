/**
 * The greatest rates that a technology gives by an operator's own terms (A1 3.2, MTEL SD B.2.4.1), as bounds of what can be true:
 * a measurement above them was written in another unit, or comes from a counter that jumped. It is shown and counted, never left
 * out: what the terms promise of a month is the mean of its measurements, and only a person may say that one of them is none.
 */
import type { Technology } from '../event.js';

/** Bit/s; a technology that is absent has no bound. */
export type RateBounds = Readonly<
  Partial<Record<Technology, { readonly down: number; readonly up?: number | undefined }>>
>;

export interface AboveBound {
  readonly direction: 'down' | 'up';
  readonly bitsPerSecond: number;
  readonly bound: number;
  /** The fastest of the technologies that serve. */
  readonly technology: Technology;
  /** By what it would have to be divided to be possible: a unit that was mistaken; undefined where no usual one explains it. */
  readonly mistaken?: (typeof UNITS)[number]['mistaken'];
}

/** Units that are mistaken for others, the nearest first. */
const UNITS = [
  { factor: 8, mistaken: 'bits for bytes' },
  { factor: 1_000, mistaken: 'bit/s for kbit/s' },
  { factor: 8_000, mistaken: 'bytes/s for kbit/s' },
  { factor: 1_000_000, mistaken: 'bit/s for Mbit/s' },
] as const;

/** What is above the bound of every technology that serves; empty where all may be true, or a technology has no bound. */
export function aboveBounds(
  measured: { readonly down?: number | undefined; readonly up?: number | undefined },
  technologies: readonly Technology[],
  bounds: RateBounds,
): readonly AboveBound[] {
  return (['down', 'up'] as const).flatMap((direction): AboveBound[] => {
    const bitsPerSecond = measured[direction];
    const known = technologies.map((technology) => ({ technology, bound: bounds[technology]?.[direction] }));
    if (bitsPerSecond === undefined || known.length === 0) return [];
    let fastest: { technology: Technology; bound: number } | undefined;
    for (const { technology, bound } of known) {
      if (bound === undefined) return [];
      if (!fastest || bound > fastest.bound) fastest = { technology, bound };
    }
    const { technology, bound } = fastest!;
    if (bitsPerSecond <= bound) return [];
    const mistaken = UNITS.find(({ factor }) => bitsPerSecond / factor <= bound)?.mistaken;
    return [{ direction, bitsPerSecond, bound, technology, ...(mistaken && { mistaken }) }];
  });
}
