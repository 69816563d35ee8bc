/**
 * The story for the live form: some days that end now, with traps: faults of single lines whose limit passes within the last
 * hours, of which most were mended before it. Whoever lets a timer ring before it has read that, decides what never was.
 */
import { DAY, HOUR, type Instant, MINUTE, parseInstant } from '../../pipelines/domain/units.js';
import { story as demonstration } from '../../pipelines/play/generator.js';
import { Random } from '../../pipelines/play/random.js';
import type { Moment } from './story.js';

const DAYS = 4;
/** How long a line may be out before something is due, and the fee, by operator. */
const TERMS = {
  'demo-mobile': { limit: 48 * HOUR, kind: 'mobile', monthlyFee: { amount: '1999.00', currency: 'RSD' } },
  'demo-cable': { limit: 48 * HOUR, kind: 'internet', monthlyFee: { amount: '2299.00', currency: 'RSD' } },
  'demo-alps': { limit: 24 * HOUR, kind: 'internet', monthlyFee: { amount: '29.90', currency: 'EUR' } },
} as const;
const OPERATORS = Object.keys(TERMS) as readonly (keyof typeof TERMS)[];
const MENDED_RATE = 0.7;
const KNOWN_AFTER = 3 * MINUTE;

export interface LiveStoryOptions {
  readonly seed: number;
  readonly services: number;
  readonly traps: number;
  /** Where the story ends. */
  readonly now: Instant;
  /** For how long nobody reads, before that. */
  readonly away: number;
  /** How far apart its instants are, in milliseconds. */
  readonly step: number;
}

export interface LiveStory {
  /** Until nobody reads any more, and from then on. */
  readonly before: readonly Moment[];
  readonly after: readonly Moment[];
  /** Services whose line was mended before its limit, which passed while nobody read. */
  readonly mended: ReadonlySet<string>;
  /** Services whose line was still out then. */
  readonly out: ReadonlySet<string>;
}

export function makeLiveStory(options: LiveStoryOptions): LiveStory {
  const { seed, services, traps, now, away, step } = options;
  const end = Math.floor(now / step) * step;
  const gone = end - Math.ceil(away / step) * step;
  const from = end - DAYS * DAY;
  const told = new Map<Instant, string[]>();
  const tell = (event: Readonly<Record<string, unknown>>, known: Instant) => {
    const clock = Math.ceil(known / step) * step;
    if (clock > end) return;
    const line = JSON.stringify({ ...event, recordedtime: iso(clock) });
    const lines = told.get(clock);
    if (lines) lines.push(line);
    else told.set(clock, [line]);
  };

  for (const event of demonstration({ seed, from, days: DAYS, services }))
    tell({ ...event }, parseInstant(event.recordedtime)!);

  const random = new Random(seed).fork('traps');
  const mended = new Set<string>();
  const out = new Set<string>();
  for (let n = 0; n < traps; n++) {
    const operator = random.pick(OPERATORS);
    const { limit, ...terms } = TERMS[operator];
    // No element serves it: what is amiss with it is what is told here.
    const subject = `${operator}-line-${n}`;
    const record = { operator, ...terms, activeFrom: iso(from - 400 * DAY), billingDay: random.pick([5, 17, 'last']) };
    const passes = random.integer(gone + 20 * MINUTE, end - 10 * MINUTE);
    const opened = passes - limit;
    const event = (type: string, time: Instant, data: object) =>
      tell(
        {
          specversion: '1.0',
          id: `trap-${n}-${type}`,
          source: 'chaos/lines',
          type,
          subject,
          ...(type.startsWith('fault.') && { subjectkind: 'service' }),
          time: iso(time),
          data,
        },
        time + random.integer(0, KNOWN_AFTER),
      );
    event('service.upserted', from, { ...record, servedBy: [] });
    event('fault.opened', opened, {
      faultId: `trap-${n}`,
      responsibility: 'operator',
      reason: 'cable to the building damaged',
    });
    if (random.chance(MENDED_RATE)) {
      event('fault.cleared', random.integer(gone + step, passes - KNOWN_AFTER - step), { faultId: `trap-${n}` });
      mended.add(subject);
    } else out.add(subject);
  }

  const moments = [...told].sort(([a], [b]) => a - b).map(([clock, lines]) => ({ clock, lines }));
  return {
    before: moments.filter(({ clock }) => clock <= gone),
    after: moments.filter(({ clock }) => clock > gone),
    mended,
    out,
  };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
