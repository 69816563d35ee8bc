/** How the list of alarms does, as figures. */
import { expect, it } from 'vitest';
import { FigureBook } from '../../../alerts/alarms/figures.js';
import { EVER, MINUTE, parseInstant } from '../../../pipelines/domain/units.js';

it('before the first tick there are figures too: nothing has happened', () => {
  const none = { perTenMinutes: { now: 0, mean: 0, worst: 0 }, perDay: 0, raised: 0, floodShare: 0 };
  const figures = new FigureBook(2).figures(EVER);
  expect(figures).toEqual({ ...none, bySeverity: {}, chattering: [], worst: [], worstShare: 0 });
});

it('are of the ten minutes that run and the day before', () => {
  const book = new FigureBook(2);
  const at = parseInstant('2026-06-10T22:04:00Z')!;
  book.raised('a', at, [at]);
  book.told('critical', at);
  expect(book.figures(at + 5 * MINUTE)).toMatchObject({
    perTenMinutes: { now: 0.5 },
    raised: 1,
    bySeverity: { critical: 1 },
  });
  expect(book.figures(at + 24 * 60 * MINUTE + 10 * MINUTE)).toMatchObject({ raised: 0, bySeverity: {} });
});
