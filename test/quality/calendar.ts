/** Local time of Belgrade and Vienna from 2025 to 2027, from a table: the oracle must not ask the code that it judges. */
const SUMMER: readonly (readonly [from: number, to: number])[] = [
  [Date.UTC(2025, 2, 30, 1), Date.UTC(2025, 9, 26, 1)],
  [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)],
  [Date.UTC(2027, 2, 28, 1), Date.UTC(2027, 9, 31, 1)],
];

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

function offset(at: number): number {
  return SUMMER.some(([from, to]) => from <= at && at < to) ? 2 * HOUR : HOUR;
}

/** Local midnight of a date; days and months run over into what follows. */
export function midnight(year: number, month: number, day: number): number {
  const wall = Date.UTC(year, month, day);
  const winter = wall - HOUR;
  return offset(winter) === HOUR ? winter : wall - 2 * HOUR;
}

/** Half-open, in ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The calendar months that lie between two instants, whole, with their names. */
export function monthsOver(from: number, to: number): readonly (Span & { readonly name: string })[] {
  return cuts(from, to, 'last').map((span) => {
    const inside = new Date(span.from + 15 * DAY);
    return { ...span, name: inside.toISOString().slice(0, 7) };
  });
}

/** The billing cycles that touch the time between two instants: cut at the end of the billing day. */
export function cuts(from: number, to: number, billingDay: number | 'last'): readonly Span[] {
  const first = billingDay === 'last' ? 1 : billingDay + 1;
  const spans: Span[] = [];
  for (let month = 0; month < 36; month++) {
    const span = { from: midnight(2025, month, first), to: midnight(2025, month + 1, first) };
    if (span.from < to && span.to > from) spans.push(span);
  }
  return spans;
}
