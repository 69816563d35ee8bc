/**
 * The story of a chaos run: the demonstration's operators, networks and faults, a steady stream of usage on top, lines that are
 * no events at all, and copies. Whatever became known within some minutes is told at their end: so a story is a list of instants,
 * each with what became known then, and a replay of the lines moves its clock at the same instants as the log's ticks.
 */
import { DAY, HOUR, type Instant, MINUTE, parseInstant } from '../../pipelines/domain/units.js';
import { story as demonstration } from '../../pipelines/play/generator.js';
import { Random } from '../../pipelines/play/random.js';

/** What became known at one instant: lines of NDJSON, in their order. */
export interface Moment {
  readonly clock: Instant;
  readonly lines: readonly string[];
}

export interface StoryOptions {
  readonly seed: number;
  readonly services: number;
  readonly days: number;
  /** Usage records for each minute of the story. */
  readonly usage: number;
  /** How far apart its instants are, in milliseconds: whole minutes. */
  readonly step: number;
}

export interface ChaosStory {
  readonly moments: readonly Moment[];
  /** How many moments tell of what there is, before anything happens. */
  readonly inventory: number;
  readonly from: Instant;
  /** Where the clock goes when all is told: far enough that every billing cycle of the story has ended. */
  readonly until: Instant;
  readonly counts: { readonly lines: number; readonly faults: number; readonly usage: number; readonly bad: number };
}

const FROM = parseInstant('2026-03-02T00:00:00+01:00')!;
const SETTLED_AFTER = 32 * DAY;
/** As the demonstration has it: services come within ten minutes of its beginning. */
const INVENTORY = 10 * MINUTE;
const BAD_PER_DAY = 6;
const COPY_RATE = 0.01;
const COPY_LATER_MAX = 3 * HOUR;

/** The same options give the same story, byte for byte. */
export function makeStory(options: StoryOptions): ChaosStory {
  const { seed, services, days, usage, step } = options;
  const random = new Random(seed).fork('chaos');
  const told = new Map<Instant, string[]>();
  const stepped = (known: Instant) => FROM + Math.ceil((known - FROM) / step) * step;
  const tell = (known: Instant, line: string) => {
    const clock = stepped(known);
    const lines = told.get(clock);
    if (lines) lines.push(line);
    else told.set(clock, [line]);
  };
  const counts = { lines: 0, faults: 0, usage: 0, bad: 0 };
  const subjects: string[] = [];

  for (const event of demonstration({ seed, from: FROM, days, services })) {
    const known = parseInstant(event.recordedtime)!;
    if (event.type === 'service.upserted' && known <= FROM + INVENTORY) subjects.push(event.subject);
    if (event.type === 'fault.opened') counts.faults += 1;
    tell(known, JSON.stringify({ ...event, recordedtime: iso(stepped(known)) }));
  }

  const began = stepped(FROM + INVENTORY) + step;
  const ended = FROM + days * DAY;
  const stream = random.fork('usage');
  const copies = random.fork('copies');
  for (let clock = began; clock <= ended && subjects.length > 0; clock += step) {
    for (let left = stream.poisson((usage * step) / MINUTE); left > 0; left--) {
      const line = usageLine(counts.usage++, stream.pick(subjects), clock, stream);
      tell(clock, line);
      if (copies.chance(COPY_RATE)) tell(clock + copies.integer(0, COPY_LATER_MAX), line);
    }
  }
  const bad = random.fork('bad');
  for (let left = BAD_PER_DAY * days; left > 0; left--) tell(bad.integer(began, ended), badLine(counts.bad++, bad));

  const moments = [...told].sort(([a], [b]) => a - b).map(([clock, lines]) => ({ clock, lines }));
  // The copy of a usage record may be told after the last day has ended.
  const within = moments.filter(({ clock }) => clock <= ended);
  counts.lines = within.reduce((sum, { lines }) => sum + lines.length, 0);
  return {
    moments: within,
    inventory: within.filter(({ clock }) => clock < began).length,
    from: FROM,
    until: FROM + days * DAY + SETTLED_AFTER,
    counts,
  };
}

function usageLine(number: number, subject: string, known: Instant, random: Random): string {
  const time = known - random.integer(0, 20) * MINUTE;
  return JSON.stringify({
    specversion: '1.0',
    id: `u${number}`,
    source: `chaos/mediation-${number % 4}`,
    type: 'usage.recorded',
    subject,
    time: iso(time),
    recordedtime: iso(known),
    data: random.chance(0.6)
      ? { kind: 'data', direction: 'out', bytes: random.integer(1, 200) * 1_048_576, feed: 'cdr' }
      : { kind: 'voice', direction: 'out', seconds: random.integer(1, 1_800), feed: 'cdr' },
  });
}

/** What no door can read as an event. Each says its number, so that no two are the same. */
function badLine(number: number, random: Random): string {
  return random.pick([
    `{"id":"b${number}",`,
    `not json at all, number ${number}`,
    `["b${number}"]`,
    `{"specversion":"1.0","id":"b${number}","type":"usage.recorded"}`,
    `{"specversion":"1.0","id":"b${number}","source":"chaos","type":"no.such","subject":"s${number}","time":"${iso(FROM)}"}`,
  ]);
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
