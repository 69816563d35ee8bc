/**
 * Every tie of the rules on usage, as a triple: just below, exactly, just above. Each story is told by hand to the engine, and what
 * must come of it stands beside it, so that turning one `>` into `>=`, in a pack or in a detector, makes a test fail.
 */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, instant } from './lines.js';
import { at, charged, decisions, eur, JUNE, line, noon, rsd, times, upsert, used, YEAR } from './tie.js';
import type { Data } from './wire.js';

describe('A1 14.1: a limit is passed above it, not at it', () => {
  it.each([
    ['just below', 999, false],
    ['exactly', 1000, false],
    ['just above', 1001, true],
  ])('day, bytes: %s', (_, bytes, passed) => {
    const lines = [upsert({ limits: { daily: { dataBytes: 1000 } } }), used(noon(JUNE), bytes)];
    expect(times('limit.exceeded', lines, noon(JUNE + 2))).toEqual(passed ? [at(noon(JUNE))] : []);
  });

  it.each([
    ['just below', '999.99', false],
    ['exactly', '1000.00', false],
    ['just above', '1000.01', true],
  ])('week, money over two days: %s', (_, amount, passed) => {
    const monday = noon(JUNE);
    const lines = [
      upsert({ limits: { weekly: { charge: rsd('1000.00') } } }),
      charged(monday, rsd('0.00')),
      charged(monday + 6 * DAY, rsd(amount)),
    ];
    expect(times('limit.exceeded', lines, monday + 8 * DAY)).toEqual(passed ? [at(monday + 6 * DAY)] : []);
  });

  it.each([
    ['just below', 59, false],
    ['exactly', 60, false],
    ['just above', 61, true],
  ])('month, seconds on its first and last instant: %s', (_, seconds, passed) => {
    const first = instant(YEAR, JUNE, 0);
    const last = instant(YEAR, JUNE + 30, 0) - 1;
    const lines = [
      upsert({ limits: { monthly: { voiceSeconds: 60 } } }),
      line('usage.recorded', first - 1, { kind: 'voice', seconds: 60 }),
      line('usage.recorded', first, { kind: 'voice', seconds: 1 }),
      line('usage.recorded', last, { kind: 'voice', seconds: seconds - 1 }),
      line('usage.recorded', last + 1, { kind: 'voice', seconds: 60 }),
    ];
    expect(times('limit.exceeded', lines, last + DAY)).toEqual(passed ? [at(last)] : []);
  });
});

describe('the instants at which something begins and ends', () => {
  const midnight = instant(YEAR, JUNE + 1, 0);
  const limited = (data: Data, time: number) => upsert({ limits: { daily: { dataBytes: 1000 } }, ...data }, time);

  it.each([
    ['the last instant of the day', -1, undefined],
    ['the first of the next', 0, true],
  ])('late: known at %s', (_, offset, late) => {
    const record = { ...used(noon(JUNE), 1001), recordedtime: at(midnight + offset) };
    const [found] = decisions('limit.exceeded', [limited({}, noon(0)), record], midnight + DAY);
    expect(found).toMatchObject({ time: expect.any(String), data: { value: 1001 } });
    expect(found!.data['late'] || undefined).toBe(late);
  });

  it('a limit holds from its own instant on', () => {
    const lines = [upsert({}), used(noon(JUNE), 1001), limited({}, noon(JUNE) + 1000)];
    expect(times('limit.exceeded', lines, noon(JUNE) + 1000)).toEqual([at(noon(JUNE) + 1000)]);
  });

  it.each([
    ['the last instant of a day', -1, []],
    ['the first of the next', 0, [at(noon(JUNE + 1))]],
  ])('a limit told before it holds, gone from %s on', (_, offset, found) => {
    const gone = upsert({}, midnight + offset);
    const lines = [limited({}, noon(0)), { ...gone, recordedtime: at(noon(JUNE - 1)) }];
    const record = { ...used(noon(JUNE), 1001), recordedtime: at(noon(JUNE + 1)) };
    expect(times('limit.exceeded', [...lines, record], midnight + 2 * DAY)).toEqual(found);
  });
});

describe('A1 14.2: atypical is more than twice the mean, not twice', () => {
  it.each([
    ['just below', 1999, false],
    ['exactly', 2000, false],
    ['just above', 2001, true],
  ])('day, seven days of 1,000 before: %s', (_, bytes, atypical) => {
    const before = Array.from({ length: 7 }, (__, i) => used(noon(JUNE + i), 1000));
    const lines = [upsert({ limits: { daily: { dataBytes: 1500 } } }), ...before, used(noon(JUNE + 7), bytes)];
    expect(times('limit.exceeded', lines, noon(JUNE + 9))).toEqual([at(noon(JUNE + 7))]);
    const found = atypical ? [at(noon(JUNE + 7))] : [];
    for (const type of ['traffic.atypical', 'restriction.proposed', 'security.proposed']) {
      expect(times(type, lines, noon(JUNE + 9)), type).toEqual(found);
    }
  });

  // A mean of 1,000 and a seventh: nobody may round it before comparing.
  it.each([
    ['just below', 2000, false],
    ['just above', 2001, true],
  ])('a mean that is no whole number: %s', (_, bytes, atypical) => {
    const before = Array.from({ length: 7 }, (__, i) => used(noon(JUNE + i), i === 0 ? 1001 : 1000));
    const lines = [upsert({ limits: { daily: { dataBytes: 1500 } } }), ...before, used(noon(JUNE + 7), bytes)];
    expect(times('traffic.atypical', lines, noon(JUNE + 9))).toEqual(atypical ? [at(noon(JUNE + 7))] : []);
  });

  it.each([
    ['a day before activeFrom is missing, not zero', '2026-06-07T00:00:00+02:00', 2001, true],
    ['twice the one day since', '2026-06-07T00:00:00+02:00', 2000, false],
    ['a day that it was not active for from its beginning is missing', '2026-06-07T00:00:01+02:00', 1501, true],
  ])('%s', (_, activeFrom, bytes, atypical) => {
    const seventh = noon(JUNE + 6);
    const lines = [
      upsert({ activeFrom, limits: { daily: { dataBytes: 1500 } } }, seventh),
      used(seventh, 1000),
      used(seventh + DAY, bytes),
    ];
    expect(times('traffic.atypical', lines, seventh + 3 * DAY)).toEqual(atypical ? [at(seventh + DAY)] : []);
  });
});

describe('A1 14.3: the bar falls above 5,000.00, the warning comes at 80 %', () => {
  const bar = upsert({ spendBar: true });
  it.each([
    ['just below', '4999.99', false],
    ['exactly', '5000.00', false],
    ['just above', '5000.01', true],
  ])('bar: %s', (_, amount, barred) => {
    const lines = [bar, charged(noon(JUNE), rsd(amount))];
    expect(times('bar.applied', lines, noon(JUNE + 2))).toEqual(barred ? [at(noon(JUNE))] : []);
  });

  it.each([
    ['just below', '3999.99', false],
    ['exactly', '4000.00', true],
    ['just above', '4000.01', true],
  ])('warning: %s', (_, amount, warned) => {
    const lines = [bar, charged(noon(JUNE), rsd(amount))];
    expect(times('spend.warned', lines, noon(JUNE + 2))).toEqual(warned ? [at(noon(JUNE))] : []);
  });

  it.each([
    ['still above', '-0.99', false],
    ['down to the cap', '-1.00', true],
    ['below the cap', '-1.01', true],
  ])('lifted by a correction: %s', (_, amount, lifted) => {
    const lines = [bar, charged(noon(JUNE), rsd('5001.00')), charged(noon(JUNE + 1), rsd(amount))];
    expect(times('bar.lifted', lines, noon(JUNE + 2))).toEqual(lifted ? [at(noon(JUNE + 1))] : []);
  });

  const HOUR_1 = noon(JUNE) + HOUR;
  const HOUR_2 = noon(JUNE) + 2 * HOUR;
  const asked = (type: string, offset: number, known: number) => ({
    ...line(type, noon(JUNE) + offset, { kind: 'spend-cap' }),
    recordedtime: at(known),
  });
  const recorded = (spendBar: boolean, known: number) => ({
    ...upsert({ spendBar }, noon(JUNE)),
    recordedtime: at(known),
  });
  it.each([
    ['the record of the same time, known earlier', recorded(true, HOUR_1), asked('bar.withdrawn', 0, HOUR_2), 0],
    ['the request of the same time, known earlier', asked('bar.withdrawn', 0, HOUR_1), recorded(true, HOUR_2), 1],
    ['the record of a later time, known earlier', recorded(true, HOUR_1), asked('bar.withdrawn', -1, HOUR_2), 1],
    ['the request of a later time, known earlier', asked('bar.withdrawn', 1, HOUR_1), recorded(true, HOUR_2), 0],
  ])('the later word holds: after %s', (_, first, second, bars) => {
    const lines = [upsert({ monthlyFee: null }), first, second, charged(noon(JUNE + 1), rsd('5000.01'))];
    expect(times('bar.applied', lines, noon(JUNE + 2))).toHaveLength(bars);
  });

  it.each([
    ['the last instant of a cycle is that cycle', -1, []],
    ['the first of the next is the next', 0, ['bar.applied']],
  ])('%s', (_, offset, decided) => {
    const cut = instant(YEAR, JUNE + 30, 0);
    const lines = [bar, charged(cut + offset, rsd('3000.00')), charged(cut + DAY, rsd('2000.01'))];
    expect(times('bar.applied', lines, cut + 2 * DAY)).toEqual(decided.map(() => at(cut + DAY)));
  });
});

describe('a record told up to five minutes ahead', () => {
  const cut = instant(YEAR, JUNE + 30, 0);
  it.each([
    ['in the cycle that runs, at once', -1, -2],
    ['in the next, when that begins', 0, 0],
  ])('%s', (_, offset, decided) => {
    const ahead = { ...charged(cut + offset, rsd('5000.01')), recordedtime: at(cut - 2) };
    const lines = [upsert({ spendBar: true, monthlyFee: rsd('1000.00') }), ahead];
    for (const type of ['bar.applied', 'spend.warned']) {
      expect(times(type, lines, cut), type).toEqual([at(cut + decided)]);
    }
  });
});

describe('MTEL 20.1.f: the bar falls when 60.00 is reached, the warning comes at 30.00', () => {
  const service = upsert({ operator: 'mtel-at' });
  it.each([
    ['just below', '59.99', false],
    ['exactly', '60.00', true],
    ['just above', '60.01', true],
  ])('bar: %s', (_, amount, barred) => {
    const lines = [service, charged(noon(JUNE), eur(amount))];
    expect(times('bar.applied', lines, noon(JUNE + 2))).toEqual(barred ? [at(noon(JUNE))] : []);
  });

  it.each([
    ['just below', '29.99', false],
    ['exactly', '30.00', true],
    ['just above', '30.01', true],
  ])('warning: %s', (_, amount, warned) => {
    const lines = [service, charged(noon(JUNE), eur(amount))];
    expect(times('spend.warned', lines, noon(JUNE + 2))).toEqual(warned ? [at(noon(JUNE))] : []);
  });

  it.each([
    ['still at the limit', '1.00', false],
    ['below it', '1.01', true],
  ])('lifted by a payment: %s', (_, amount, lifted) => {
    const lines = [
      service,
      charged(noon(JUNE), eur('61.00')),
      line('bill.paid', noon(JUNE + 1), { amount: eur(amount) }),
    ];
    expect(times('bar.lifted', lines, noon(JUNE + 2))).toEqual(lifted ? [at(noon(JUNE + 1))] : []);
  });

  it.each([
    ['not warned where the limit is the warning', '30.00', []],
    ['warned where it is more', '30.01', ['spend.warned']],
  ])('%s', (_, amount, warned) => {
    const lines = [upsert({ operator: 'mtel-at', creditLimit: eur(amount) }), charged(noon(JUNE), eur('30.00'))];
    expect(times('spend.warned', lines, noon(JUNE + 2))).toEqual(warned.map(() => at(noon(JUNE))));
  });

  it.each([
    ['still at the warning', '5.00', 1],
    ['below it, and up again', '5.01', 2],
  ])('warned again: %s', (_, amount, warnings) => {
    const lines = [
      service,
      charged(noon(JUNE), eur('35.00')),
      line('bill.paid', noon(JUNE + 1), { amount: eur(amount) }),
      charged(noon(JUNE + 2), eur('1.00')),
    ];
    expect(times('spend.warned', lines, noon(JUNE + 3))).toHaveLength(warnings);
  });
});

describe('A1 14.4: doubled when twice the reference is reached', () => {
  const months = ['200.00', '400.00', '600.00'].map((amount, i) => charged(noon(60 + 31 * i), rsd(amount)));
  it.each([
    ['just below', '1799.99', false],
    ['exactly', '1800.00', true],
    ['just above', '1800.01', true],
  ])('the mean of three cycles, fee included: %s', (_, amount, doubled) => {
    const lines = [upsert({ monthlyFee: rsd('1000.00') }), ...months, charged(noon(JUNE), rsd(amount))];
    expect(times('spend.doubled', lines, noon(JUNE + 2))).toEqual(doubled ? [at(noon(JUNE))] : []);
  });

  // A third of 1,000.01 is no whole cent: 2 x 333.3366... is reached at 666.68, not at 666.67.
  it.each([
    ['just below', '666.67', false],
    ['just above', '666.68', true],
  ])('a mean that is no whole cent: %s', (_, amount, doubled) => {
    const lines = [upsert({}), charged(noon(100), rsd('1000.01')), charged(noon(JUNE), rsd(amount))];
    expect(times('spend.doubled', lines, noon(JUNE + 2)).slice(-1)).toEqual(doubled ? [at(noon(JUNE))] : []);
  });

  it.each([
    ['just below', '999.99', false],
    ['exactly', '1000.00', true],
    ['just above', '1000.01', true],
  ])('twice the fee, with fewer than three cycles: %s', (_, amount, doubled) => {
    const service = upsert({ monthlyFee: rsd('1000.00'), activeFrom: '2026-04-01T00:00:00+02:00' }, noon(100));
    const lines = [service, charged(noon(JUNE), rsd(amount))];
    expect(times('spend.doubled', lines, noon(JUNE + 2))).toEqual(doubled ? [at(noon(JUNE))] : []);
  });

  // Three cycles of 0.00 make no reference; the fee would make one.
  it.each([
    ['active for all of three', '2026-03-01T00:00:00+01:00', false],
    ['for all of two', '2026-03-01T00:00:01+01:00', true],
  ])('%s: a cycle counts only if it was active for all of it', (_, activeFrom, doubled) => {
    const lines = [
      upsert({ activeFrom, monthlyFee: rsd('0.00') }, noon(60)),
      upsert({ activeFrom, monthlyFee: rsd('1000.00') }, noon(JUNE - 5)),
      charged(noon(JUNE), rsd('1000.00')),
    ];
    expect(times('spend.doubled', lines, noon(JUNE + 2))).toEqual(doubled ? [at(noon(JUNE))] : []);
  });
});
