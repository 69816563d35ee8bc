// Tells one billing cycle of a made-up subscriber as NDJSON: node test/stories/spend-cap.mjs > spend-cap.ndjson
const SUBSCRIBER = 'made-up-milica';
let line = 0;
const tell = (type, time, data, id = `m${(line += 1)}`) =>
  console.log(
    JSON.stringify({ specversion: '1.0', id, source: 'made-up/story', type, subject: SUBSCRIBER, time, data }),
  );
const rsd = (amount) => ({ amount, currency: 'RSD' });
const call = (time, seconds, charge, destination) =>
  tell('usage.recorded', time, {
    kind: 'voice',
    direction: 'out',
    country: 'RS',
    seconds,
    charge: rsd(charge),
    ...(destination && { destination }),
  });

tell('service.upserted', '2026-05-01T00:00:00+02:00', {
  operator: 'a1-rs',
  kind: 'mobile',
  customerId: 'made-up-c1',
  activeFrom: '2025-01-01T00:00:00+01:00',
  monthlyFee: rsd('1500.00'),
  billingDay: 'last',
  notifyBy: ['sms'],
  language: 'sr-Latn',
});
tell('bar.requested', '2026-06-02T09:15:00+02:00', { kind: 'spend-cap' });
call('2026-06-05T18:02:10+02:00', 1_260, '630.00');
tell('usage.recorded', '2026-06-11T21:40:00+02:00', {
  kind: 'data',
  direction: 'out',
  country: 'RS',
  bytes: 2_400_000_000,
  charge: rsd('2150.00'),
});
call('2026-06-17T12:30:00+02:00', 2_440, '1220.00');
call('2026-06-19T20:05:00+02:00', 1_999, '999.99');
call('2026-06-19T20:41:00+02:00', 60, '30.00');
// 112 is free, and no bar stops it.
call('2026-06-22T03:12:44+02:00', 94, '0.00', { prefix: '112' });
call('2026-07-01T08:00:00+02:00', 30, '15.00');
