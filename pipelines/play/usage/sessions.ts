/**
 * From a happening to the records that tell of it, and when each becomes known: at home after minutes, in parts where a session
 * is large, abroad within four hours by NRTRDE and after hours to four weeks by TAP; some twice, some withdrawn and told anew.
 */
import { DRAWS, draw, seedOf, unit, whole } from './chance.js';
import { FAULTY } from './faults.js';
import { type Tell, TOLD, what } from './held.js';
import type { People } from './people.js';
import { DAY, HOUR, MINUTE, nrtrdeDelay, partnerIn, tapDelay } from './places.js';
import { happeningOf, homeDelay, isSplitInNrtrde, lengthOf, PART_SECONDS, partsOf } from './records.js';
import { type Summer, whereabouts } from './trips.js';

const COPY_SHARE = 0.01;
const CORRECTED_SHARE = 0.006;
const TAP_ONLY_SHARE = 0.15;

/** Plans the records of happenings; `put` holds one until it becomes known. */
export class Sessions {
  readonly #people: People;
  readonly #summer: Summer;
  readonly #faulty: number;
  readonly #put: Tell<void>;

  /** `faulty`: bad records for each happening. */
  constructor(people: People, summer: Summer, faulty: number, put: Tell<void>) {
    this.#people = people;
    this.#summer = summer;
    this.#faulty = faulty;
    this.#put = put;
  }

  /** What befalls a service in an hour of the story: its records, and what becomes of them. */
  happen(service: number, person: number, hour: number, seed: number): void {
    const people = this.#people;
    const start = hour * HOUR + (draw(seed, DRAWS.second) % HOUR);
    if (start < people.joins(person) || start >= people.ends(person)) return;
    if (this.#faulty > 0 && unit(seed, DRAWS.faulty) < this.#faulty) {
      const number = draw(seed, DRAWS.fault) % FAULTY.length;
      this.#put(start + MINUTE, service, start, seed, what(TOLD.faulty, number));
    }
    const place = whereabouts(person, people.operatorOf(person).home, start, this.#summer);
    const happening = happeningOf(seed, people.isDataOnly(person), place !== 0);
    if (place !== 0) {
      const length = lengthOf(happening) + MINUTE;
      const known = start + Math.max(length, tapDelay(partnerIn(place, seed), start, draw(seed, DRAWS.delay)));
      if (unit(seed, DRAWS.detail) >= TAP_ONLY_SHARE) {
        const parts = isSplitInNrtrde(seed, happening) ? 2 : 1;
        for (let part = 1; part <= parts; part++) {
          const begun = start + (part - 1) * PART_SECONDS;
          const delay = nrtrdeDelay(draw(seed, DRAWS.late));
          this.#record(
            begun + Math.max(length, delay),
            service,
            start,
            seed,
            what(TOLD.nrtrde, parts === 1 ? 0 : part),
          );
        }
      }
      this.#record(known, service, start, seed, what(TOLD.tap));
      this.#correct(known, service, start, seed, TOLD.tap);
      return;
    }
    const parts = partsOf(seed, happening);
    for (let part = 1; part <= parts; part++) {
      const known = start + part * PART_SECONDS + homeDelay(seedOf(seed, part));
      this.#record(known, service, start, seed, what(TOLD.record, part));
    }
    if (parts > 0) return;
    const known = start + lengthOf(happening) + homeDelay(seed);
    this.#record(known, service, start, seed, what(TOLD.record, 0));
    this.#correct(known, service, start, seed, TOLD.record);
  }

  /** A record, and for one in a hundred the same again, minutes to three days later. */
  #record(due: number, service: number, start: number, seed: number, of: number): void {
    this.#put(due, service, start, seed, of);
    const copy = seedOf(seed, of);
    if (unit(copy, DRAWS.copy) >= COPY_SHARE) return;
    this.#put(due + whole(copy, DRAWS.copyDelay, 5, 3 * DAY), service, start, seed, of);
  }

  /** A few are withdrawn, one in eight of these before the record is known; most are told anew, with less in them. */
  #correct(known: number, service: number, start: number, seed: number, told: number): void {
    if (unit(seed, DRAWS.correction) >= CORRECTED_SHARE) return;
    const early = (draw(seed, DRAWS.correctionDelay) & 15) < 2;
    const due = early ? Math.max(start + 1, known - 30) : known + whole(seed, DRAWS.correctionDelay, HOUR, 15 * DAY);
    this.#put(due, service, start, seed, what(TOLD.cancelled, told));
    if (unit(seed, DRAWS.copyDelay) < 0.7)
      this.#put(due + 2 * MINUTE, service, start, seed, what(TOLD.corrected, told));
  }
}
