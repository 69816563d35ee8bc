/** A replay as its callers see it. */
import { expect, it } from 'vitest';
import { said, told, upsert } from '../story.js';

it('an event that was kept for its service and then refused does not keep its id: the corrected one is taken', () => {
  const charge = (currency: string) => ({
    ...said('bill.paid', 's1', '06-10', { amount: { amount: '10.00', currency } }),
    id: 'the-same',
  });
  const lines = [charge('EUR'), upsert('s1', 'a1-rs'), charge('RSD')];
  const reasons = told(lines)
    .of('event.rejected')
    .map(({ data }) => data['reason']);
  expect(reasons).toEqual(['wrong-currency']);
});
