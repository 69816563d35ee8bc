/** How the histories of `histories.ts` are told: price lists, records, copies, in the order in which they are known. */
import { cycleOf } from '../../pipelines/domain/calendar.js';
import type { Currency, History, Imported, ServiceStory } from './histories.js';
import { DAY, type Delay, HOUR, type Item, instant, knownAfter, linesOf, type Told, trimmed, ZONE } from './lines.js';
import type { Data } from './wire.js';

const MIDNIGHT = { from: '00:00' };
/** Sums that meet the limits, and bundles of each period. */
const BUNDLED: Data = {
  tariffId: 't1',
  currency: 'RSD',
  prices: [
    { kind: 'voice', bands: [{ ...MIDNIGHT, connectFee: '1', slots: [{ rate: '499.99', unit: 60, increment: 60 }] }] },
    { kind: 'data', bands: [{ ...MIDNIGHT, slots: [{ rate: '1', unit: 1, increment: 500 }] }] },
    { kind: 'sms', bands: [{ ...MIDNIGHT, slots: [{ rate: '500', unit: 1, increment: 1 }] }] },
  ],
  bundles: [
    { kind: 'data', amount: 1000, period: 'day' },
    { kind: 'sms', amount: 2, period: 'month' },
    { kind: 'voice', amount: 120, period: 'week' },
  ],
};
const flat = (tariffId: string, currency: Currency, rate: string): Data => ({
  tariffId,
  currency,
  prices: ['voice', 'data', 'sms', 'mms'].map((kind) => ({
    kind,
    bands: [{ ...MIDNIGHT, slots: [{ rate, unit: 500, increment: 1 }] }],
  })),
});

/** Two price lists of A1, of which one changes in the middle; one of MTEL. */
function tariffsOf({ anchor: date, listed }: History): Item[] {
  const item = (id: string, at: number, known: number, data: Data): Item => ({
    id,
    type: 'tariff.upserted',
    subject: data['tariffId'] as string,
    at,
    known,
    data,
  });
  const early = instant(date, -500, 0);
  return [
    item('t1', early, instant(date, listed, 7 * HOUR), BUNDLED),
    item('t2', early, early, flat('t2', 'RSD', '500')),
    item('t2-new', instant(date, 4, 0), instant(date, 2, 0), flat('t2', 'RSD', '2500')),
    item('e1', early, early, flat('e1', 'EUR', '10')),
  ];
}

export function told(history: History): Told {
  const items = history.services.flatMap((service, i) => itemsOf(service, `s${i}`, history.anchor));
  items.unshift(...tariffsOf(history));
  const lines = linesOf(items, history.copies);
  return { lines, until: Math.max(...items.map(({ known }) => known)) + history.after };
}

function atLeast(known: number, item: Item): Item {
  return { ...item, known: Math.max(known, item.known) };
}

/** The last cycles before go-live, the one that runs included. */
function historyOf({ charges, unpaid }: Imported, day: number | 'last', begun: number): Data {
  let end = begun + 1;
  const cycles = charges.map((one) => {
    const { from, to } = cycleOf(end - 1, [{ from: begun, day }], ZONE);
    end = from;
    return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), charges: one };
  });
  return trimmed({ cycles, unpaid });
}

/** Partners tell of the same event at about the same time: sessions of other days are others. */
function onItsDay(data: Data, day: number): Data {
  return data['sessionId'] === undefined ? data : { ...data, sessionId: `${data['sessionId']}-${day}` };
}

function itemsOf(service: ServiceStory, subject: string, date: string): Item[] {
  const { operator, activeFrom, customerType, tariffId, profile: first, happens } = service;
  // Who brings a history along was active before; and nobody is known before being active.
  const begins = service.imported ? 400 : activeFrom;
  const active = begins === undefined ? undefined : Math.max(begins, service.upserted);
  const since = active === undefined ? undefined : new Date(instant(date, -active, 0)).toISOString();
  // Which windows of an imported history are judged is left open: those services have no limits.
  const upsert = ({ limits: own, ...data }: Data): Data =>
    trimmed({
      limits: service.imported ? undefined : own,
      operator,
      kind: 'mobile',
      customerType,
      tariffId,
      ...data,
      activeFrom: since,
    });
  const begun = instant(date, -service.upserted, 9 * HOUR);
  const item = (id: string, type: string, at: number, delay: Delay, data: Data): Item => ({
    id: `${subject}-${id}`,
    type,
    subject,
    at,
    known: knownAfter(at, delay),
    data,
  });
  const items = [item('first', 'service.upserted', begun, 0, upsert(first))];
  if (service.imported) {
    const { late } = service.imported;
    const data = historyOf(service.imported, first['billingDay'] as number | 'last', begun);
    items.push({ ...item('history', 'history.imported', begun, 0, data), known: begun + late * DAY });
  }
  const used = happens.filter((one) => one.is === 'use');
  happens.forEach((one, i) => {
    if (one.is === 'cancelled') {
      const target = used[one.of % Math.max(1, used.length)];
      if (!target) return;
      const known = knownAfter(instant(date, target.moment.day, target.moment.time), one.delay);
      const data = { recordId: `${subject}-${happens.indexOf(target)}` };
      items.push(item(String(i), 'usage.cancelled', known, 0, data));
      return;
    }
    const at = instant(date, one.moment.day, one.moment.time);
    switch (one.is) {
      case 'use':
        items.push(item(String(i), 'usage.recorded', at, one.delay, onItsDay(one.data, one.moment.day)));
        break;
      case 'bar':
        // No two of one instant: of equals the later known holds, and these may be known together.
        items.push(
          item(String(i), one.wants ? 'bar.requested' : 'bar.withdrawn', at + i + 1, one.delay, { kind: 'spend-cap' }),
        );
        break;
      case 'paid':
        items.push(
          item(String(i), 'bill.paid', at, one.delay, trimmed({ amount: one.amount, usageAmount: one.usageAmount })),
        );
        break;
      case 'profile':
        // Imported cycles are those of the first billing day. Told ahead, but not before anything is known of the service.
        items.push(
          atLeast(
            begun,
            item(
              String(i),
              'service.upserted',
              at,
              one.delay,
              upsert({ ...one.of, ...(service.imported && { billingDay: first['billingDay'] }) }),
            ),
          ),
        );
    }
  });
  return items;
}
