/** Random histories of a measured line, and the lines in which they are told. All times lie on steps of ten minutes. */
import fc from 'fast-check';
import { DAY, HOUR, MINUTE, midnight } from './calendar.js';
import type { History, Rate, Session } from './oracle.js';

const C = 1_000_000;
/** In hundredths of the contracted rate, most of them near a bound. */
const LEVELS = [10, 50, 69.75, 70, 75, 79.75, 80, 81, 90, 120];

const delay = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 6 * 24 * 6 }).map((steps) => steps * 10 * MINUTE) },
  { weight: 1, arbitrary: fc.integer({ min: 20, max: 70 }).map((days) => days * DAY) },
);

/** Some hours of measurements at one spacing about one level, all known at the stretch's end or later. */
const stretch = fc.record({
  hours: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 40, max: 60 })),
  spacing: fc.constantFrom(1, 3, 6, 6, 6, 12, 100, 144, 145),
  level: fc.nat({ max: LEVELS.length - 1 }),
  wobble: fc.constantFrom(0, 0, 0, 0.25, 20),
  /** Before the next one: negative where they overlap. */
  gap: fc.constantFrom(0, 0, 0, 0, 1, 12, 60, 160, -10),
  delay,
});

/** Stretches without a hole, so that enough of the cycle is measured for an answer. */
const dense = fc.array(
  fc.record({
    hours: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 46, max: 51 })),
    spacing: fc.constantFrom(1, 3, 6, 6),
    level: fc.nat({ max: LEVELS.length - 1 }),
    wobble: fc.constantFrom(0, 0, 0.25),
    gap: fc.constantFrom(0, 0, 0, 0, 0, 2),
    delay: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: delay }),
  }),
  { minLength: 2, maxLength: 7 },
);

const line = fc.record({
  // Often so short before a cycle ends that little makes all of it.
  activeDay: fc.oneof(
    fc.integer({ min: -4, max: 40 }),
    fc.integer({ min: 5, max: 8 }),
    fc.integer({ min: 33, max: 39 }),
  ),
  lead: fc.constantFrom(0, 0, 0, 0, 0, 2 * HOUR, 30 * HOUR),
  billingDay: fc.constantFrom<number | 'last'>('last', 'last', 5, 27, 28),
  stretches: fc.oneof(
    { weight: 1, arbitrary: fc.array(stretch, { minLength: 1, maxLength: 6 }) },
    { weight: 2, arbitrary: dense },
  ),
  change: fc.option(fc.record({ day: fc.nat({ max: 60 }), delay, share: fc.constantFrom(0, 50, 87.5, 200) }), {
    freq: 3,
  }),
  end: fc.option(fc.record({ hours: fc.integer({ min: 10, max: 200 }), delay }), { freq: 5 }),
  singles: fc.array(fc.record({ of: fc.nat(), level: fc.nat({ max: LEVELS.length - 1 }), delay }), { maxLength: 3 }),
  rest: fc.nat({ max: 90 }),
});

/** A line with its contract, measured about the turn of some cycles of early 2026, summer time's begin among them. */
export const lines: fc.Arbitrary<History> = line.map((one) => {
  const activeFrom = midnight(2026, 1, 20 + one.activeDay);
  const measured: Rate[] = [];
  let at = activeFrom - one.lead;
  for (const { hours, spacing, level, wobble, gap, delay } of one.stretches) {
    const end = at + hours * HOUR;
    for (let i = 0; at < end; at += spacing * 10 * MINUTE, i++) {
      measured.push({ at, known: end + delay, rate: LEVELS[level]! * C + (i % 2 === 0 ? wobble : -wobble) });
    }
    at += gap * HOUR;
  }
  // At the very instant of another, or known long after all others.
  for (const { of, level, delay } of one.singles) {
    const other = measured[of % measured.length]!;
    measured.push({ at: other.at, known: other.at + delay, rate: LEVELS[level]! * C });
  }
  const contracted = [{ at: midnight(2026, 0, 1), known: midnight(2026, 0, 1), rate: (100 * C) as number | undefined }];
  if (one.change) {
    const { day, delay, share } = one.change;
    const from = midnight(2026, 1, 20 + day);
    contracted.push({ at: from, known: from + delay, rate: share === 0 ? undefined : share * C });
  }
  const stop = one.end && activeFrom + one.end.hours * HOUR;
  const ended = one.end && stop !== null ? [{ at: stop, known: stop + one.end.delay }] : [];
  const last = Math.max(...[...measured, ...contracted, ...ended].map(({ known }) => known));
  const until = last + one.rest * DAY;
  return { activeFrom, billingDay: one.billingDay, contracted, ended, measured, played: [], until };
});

const session = fc.record({
  step: fc.nat({ max: 60 * 144 }),
  delay,
  delivered: fc.constantFrom(4e6, 6e6, 8e6, 7_999_999.75, 9e6),
  nominal: fc.constantFrom(5e6, 10e6, 10e6, 10e6, 20e6),
});

/** Television over a line, through some months. */
export const sessions: fc.Arbitrary<History> = fc
  .tuple(fc.array(session, { minLength: 1, maxLength: 12 }), fc.nat({ max: 60 }))
  .map(([all, rest]) => {
    const begin = midnight(2026, 2, 1);
    const played: Session[] = all.map(({ step, delay, delivered, nominal }, i) => {
      const at = begin + step * 10 * MINUTE;
      return { id: `p${i}`, at, known: at + delay, delivered, nominal };
    });
    const until = Math.max(...played.map(({ known }) => known)) + rest * DAY;
    const contracted = [{ at: begin, known: begin, rate: undefined }];
    return { activeFrom: begin, billingDay: 'last', contracted, ended: [], measured: [], played, until };
  });

/** An event as it stands on a line. */
export interface Wire {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: 'history';
  readonly type: string;
  readonly subject: 's1';
  readonly time: string;
  readonly recordedtime: string;
  readonly data: object;
}

const iso = (at: number) => new Date(at).toISOString();

/** The history as lines, in the order in which they became known. */
export function told(history: History, kind: string): readonly Wire[] {
  const wire = (id: string, type: string, { at, known }: { at: number; known: number }, data: object): Wire => ({
    specversion: '1.0',
    id,
    source: 'history',
    type,
    subject: 's1',
    time: iso(at),
    recordedtime: iso(known),
    data,
  });
  const { activeFrom, billingDay } = history;
  const record = { operator: 'truf-rs', kind, activeFrom: iso(activeFrom), billingDay };
  const all = [
    ...history.contracted.map((one, i) =>
      wire(`c${i}`, 'service.upserted', one, { ...record, contractedDownBitsPerSecond: one.rate }),
    ),
    ...history.ended.map((one, i) => wire(`e${i}`, 'service.ended', one, {})),
    ...history.measured.map((one, i) => wire(`m${i}`, 'line.measured', one, { downBitsPerSecond: one.rate })),
    ...history.played.map((one) =>
      wire(one.id, 'tv.played', one, {
        device: 'stb',
        deliveredBitsPerSecond: one.delivered,
        nominalBitsPerSecond: one.nominal,
      }),
    ),
  ];
  return all.sort((a, b) => Date.parse(a.recordedtime) - Date.parse(b.recordedtime));
}
