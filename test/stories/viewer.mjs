// Tells five evenings of a made-up viewer as NDJSON: node test/stories/viewer.mjs > viewer.ndjson
const VIEWER = 'made-up-ana-tv';
const M = 1_000_000;
let line = 0;
const tell = (type, subject, time, data) =>
  console.log(
    JSON.stringify({ specversion: '1.0', id: `v${(line += 1)}`, source: 'made-up/story', type, subject, time, data }),
  );
const played = (time, seconds, data) =>
  tell('tv.played', VIEWER, time, { mode: 'live', channelId: 'rts-1', seconds, nominalBitsPerSecond: 8 * M, ...data });
const tv = { device: 'smart-tv', deviceModel: 'TV-7', firmware: '1.2' };

tell('element.upserted', 'made-up-platform', '2026-01-01T00:00:00+01:00', { operator: 'go4yu', kind: 'platform' });
tell('service.upserted', VIEWER, '2026-01-01T00:00:00+01:00', {
  operator: 'go4yu',
  kind: 'ott-tv',
  customerId: 'made-up-c2',
  activeFrom: '2025-01-01T00:00:00+01:00',
  monthlyFee: { amount: '9.99', currency: 'EUR' },
  billingDay: 'last',
  servedBy: ['made-up-platform'],
  notifyBy: ['email'],
  language: 'sr-Latn',
});

// Monday: the line is fine, the Wi-Fi is, and so is the node; her model with its firmware stalls everywhere.
played('2026-06-08T20:05:00+02:00', 1_500, {
  ...tv,
  deliveredBitsPerSecond: 6.2 * M,
  accessBitsPerSecond: 48 * M,
  otherBitsPerSecond: 4 * M,
  homeNetworkBitsPerSecond: 120 * M,
  rebufferSeconds: 140,
  stalls: 12,
  switches: 14,
  startupMilliseconds: 2_100,
  peers: { sessions: 200, short: 33, accessNetworks: 5, onModel: { sessions: 100, short: 31 } },
});
// Tuesday: the app at 6 Mbit/s has what a telephone needs.
played('2026-06-09T20:00:00+02:00', 1_800, {
  device: 'mobile',
  nominalBitsPerSecond: 5 * M,
  deliveredBitsPerSecond: 6 * M,
  accessBitsPerSecond: 48 * M,
});
// Wednesday: the platform fails for an hour.
tell('fault.opened', 'made-up-platform', '2026-06-10T20:10:00+02:00', {
  faultId: 'origin-2',
  reason: 'origin server 2',
});
played('2026-06-10T20:30:00+02:00', 900, {
  ...tv,
  deliveredBitsPerSecond: 2.4 * M,
  accessBitsPerSecond: 48 * M,
  rebufferSeconds: 300,
  stalls: 21,
  switches: 9,
});
tell('fault.cleared', 'made-up-platform', '2026-06-10T21:10:00+02:00', { faultId: 'origin-2' });
// Thursday: her line carries less than a television set needs.
tell('line.measured', VIEWER, '2026-06-11T20:50:00+02:00', { downBitsPerSecond: 8.5 * M });
played('2026-06-11T21:00:00+02:00', 1_200, {
  ...tv,
  deliveredBitsPerSecond: 7 * M,
  accessBitsPerSecond: 8.5 * M,
  rebufferSeconds: 25,
  stalls: 3,
});
// Friday: nobody measured anything.
played('2026-06-12T19:00:00+02:00', 600, { ...tv, deliveredBitsPerSecond: 5 * M });
tell('complaint.received', VIEWER, '2026-06-12T19:20:00+02:00', { complaintId: 'made-up-k1', about: 'quality' });
