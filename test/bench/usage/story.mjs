/**
 * The story of the bench: a month of usage, the same for the same sizes, as records for the log.
 *
 * First each service's upsert, then `events` of usage.recorded in the order in which they became known, and after every
 * `tickEvents` of them a tick in every partition, as a live clock of 5 s would write them at 2,000 events a second. The network
 * tells its frontier for each tick and nothing else. The clock of the ticks is the story's, so that a month passes.
 */
import { Random } from '../../../dist/pipelines/play/random.js';
import { partitionOf, TICK_KEY, TOPICS, toBytes } from '../../../dist/pipelines/runtime/topics.js';

const FROM = Date.parse('2026-10-01T00:00:00+02:00');
const MONTH_MS = 31 * 86_400_000 + 3_600_000;
const SOURCE = '/mediation/a1-rs/node-';
const BILLING_DAYS = [5, 9, 17, 21, 25, 'last'];
const CELLS = 200;

/** The partitions of the installation that hears this story. */
export function partitionsOf({ partitions }) {
  return { service: partitions, element: 1, facts: 1, decisions: 1 };
}

/** How many records the story has in all: services, events and ticks. */
export function recordCount({ services, events, partitions, tickEvents }) {
  return services + events + tickCount({ events, tickEvents }) * partitions;
}

function tickCount({ events, tickEvents }) {
  return Math.floor(events / tickEvents) + 1;
}

/** Yields `{ topic, partition, key, value }`, in order. `value` is bytes. */
export function* story({ services, events, partitions, tickEvents, seed = 1 }) {
  const chance = new Random(seed).fork('usage bench');
  const home = Array.from({ length: services }, (_, i) => partitionOf(nameOf(i), partitions));
  const record = (partition, key, value) => ({ topic: TOPICS.serviceEvents, partition, key, value: toBytes(value) });
  for (let i = 0; i < services; i += 1) yield record(home[i], nameOf(i), upsert(i));
  let tick = 0;
  function* beat(clock) {
    tick += 1;
    const told = { tick, told: { is: 'frontier', partition: 0, tick, clock } };
    yield { topic: TOPICS.network, partition: 0, key: 'frontier 0', value: toBytes(told) };
    // Time and data are for readers who know no ticks: to them it is a record of a service called #tick, without a charge.
    const value = { tick, clock, time: local(clock), data: {} };
    for (let partition = 0; partition < partitions; partition += 1) yield record(partition, TICK_KEY, value);
  }
  for (let n = 0; n < events; n += 1) {
    const known = FROM + Math.floor((n / events) * MONTH_MS);
    // A few use much, most use little.
    const service = Math.floor(services * chance.uniform() ** 2);
    yield record(home[service], nameOf(service), usage(n, service, known, chance));
    if ((n + 1) % tickEvents === 0) yield* beat(known);
  }
  if (events % tickEvents !== 0 || tick < tickCount({ events, tickEvents })) yield* beat(FROM + MONTH_MS);
}

function nameOf(i) {
  return `svc-${String(i).padStart(7, '0')}`;
}

function upsert(i) {
  return {
    specversion: '1.0',
    id: `inventory-2026-09-${i}`,
    source: '/crm/a1-rs',
    type: 'service.upserted',
    subject: nameOf(i),
    time: '2026-09-01T00:00:00+02:00',
    data: {
      operator: 'a1-rs',
      kind: 'mobile',
      customerId: `cust-${i >> 1}`,
      customerType: i % 10 === 0 ? 'business' : 'consumer',
      payment: 'postpaid',
      activeFrom: '2025-03-01T00:00:00+01:00',
      contractTo: '2027-03-01T00:00:00+01:00',
      monthlyFee: { amount: `${999 + (i % 4) * 500}.00`, currency: 'RSD' },
      billingDay: BILLING_DAYS[i % BILLING_DAYS.length],
      tariffId: `tariff-${i % 12}`,
      servedBy: [`cell-${i % CELLS}`],
      spendBar: i % 3 === 0,
      language: 'sr-Latn',
      notifyBy: ['sms'],
    },
  };
}

function usage(n, service, known, chance) {
  const kind = kindOf(chance.uniform());
  // Most records come within minutes, one in fifty hours late.
  const delayMs = chance.chance(0.02) ? chance.integer(3_600_000, 36_000_000) : chance.integer(2_000, 300_000);
  const node = service % 4;
  return {
    specversion: '1.0',
    id: `a1-med-${node}-${String(n).padStart(10, '0')}`,
    source: `${SOURCE}${node}`,
    type: 'usage.recorded',
    subject: nameOf(service),
    time: local(known - delayMs),
    recordedtime: local(known),
    data: {
      kind,
      direction: 'out',
      ...volumeOf(kind, chance),
      charge: { amount: (chance.uniform() ** 3 * 80).toFixed(2), currency: 'RSD' },
      ...(kind === 'data' ? {} : { destination: { zone: 'national', country: 'RS', prefix: `3816${n % 10}` } }),
      sessionId: `${(n * 2_654_435_761) % 0x1_0000_0000}-${n}`,
      ...(kind === 'data' && { part: 1 + (n % 4) }),
      feed: 'cdr',
      country: 'RS',
      visitedNetwork: '22005',
    },
  };
}

function kindOf(share) {
  if (share < 0.55) return 'data';
  if (share < 0.85) return 'voice';
  return share < 0.98 ? 'sms' : 'premium';
}

function volumeOf(kind, chance) {
  switch (kind) {
    case 'data':
      return { bytes: Math.floor(chance.uniform() ** 6 * 1e9) };
    case 'voice':
      return { seconds: 1 + Math.floor(chance.uniform() ** 3 * 1_800) };
    case 'sms':
      return { messages: 1 };
    default:
      return {};
  }
}

/** RFC 3339 in the summer offset: an instant, however the month's last days are shown. */
function local(at) {
  return new Date(at + 7_200_000).toISOString().slice(0, 19) + '+02:00';
}
