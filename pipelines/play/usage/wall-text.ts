/** Seconds of the story as RFC 3339 with the zone's offset: what is before and after the colon of the hour is made once. */
import { formatLocal } from '../../domain/calendar.js';
import { HOUR, type Instant, SECOND, type Zone } from '../../domain/units.js';

const two = (number: number) => String(number).padStart(2, '0');
/** What follows the hour, by the second of the hour; one list for each offset. */
const TAILS = new Map<string, readonly string[]>();
function tailsOf(offset: string): readonly string[] {
  let tails = TAILS.get(offset);
  if (tails === undefined) {
    tails = Array.from({ length: 3_600 }, (_, i) => `${two(Math.floor(i / 60))}:${two(i % 60)}${offset}`);
    TAILS.set(offset, tails);
  }
  return tails;
}

/** More hours than late records reach back to. */
const HOURS_MAX = 8_192;

/** Writes the seconds of a story that begins at `from`, in a zone whose offset is whole hours. */
export class WallText {
  readonly #from: Instant;
  readonly #zone: Zone;
  readonly #hours = new Map<number, readonly [before: string, tails: readonly string[]]>();

  constructor(from: Instant, zone: Zone) {
    this.#from = from;
    this.#zone = zone;
  }

  of(second: number): string {
    const at = this.#from + second * SECOND;
    const hour = Math.floor(at / HOUR);
    let parts = this.#hours.get(hour);
    if (parts === undefined) {
      if (this.#hours.size >= HOURS_MAX) this.#hours.clear();
      const text = formatLocal(hour * HOUR, this.#zone);
      this.#hours.set(hour, (parts = [text.slice(0, 14), tailsOf(text.slice(19))]));
    }
    return parts[0] + parts[1][Math.floor((at - hour * HOUR) / SECOND)]!;
  }
}
