import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoamingDataRules } from '../../../pipelines/domain/pack.js';
import { readTariff } from '../../../pipelines/domain/rating/tariff.js';
import { allowanceOf, roamingVolume, type VolumeGiven } from '../../../pipelines/domain/roaming-volume.js';
import { a1, instant, mtel } from '../../usage-told.js';

const rules = a1.rules.roamingData!;
const GB = 1_000_000_000;
const given = (more: Partial<VolumeGiven> = {}): VolumeGiven => ({
  pack: mtel,
  rules,
  begins: instant('2026-06-01', mtel.zone),
  fee: { minor: 2_500, currency: 'EUR' },
  allowance: undefined,
  ...more,
});
const bytes = (more: Partial<VolumeGiven> = {}) => roamingVolume(given(more))?.bytes;
const ruled = (more: Partial<RoamingDataRules>) => ({ rules: { ...rules, ...more } });

describe('the formula of the open data bundle: twice the net price over the wholesale cap', () => {
  // 25.00 EUR with 20 % VAT are 20.8333 EUR: over the cap of each year, twice, and up to a whole megabyte.
  it.each([
    ['2024-06-01', 26_882],
    ['2025-06-01', 32_052],
    ['2026-06-01', 37_879],
    ['2027-06-01', 41_667],
  ])('a cycle that begins on %s: %i MB', (date, megabytes) => {
    expect(bytes({ begins: instant(date, mtel.zone) })).toBe(megabytes * 1_000_000);
  });

  it('the cap is that of the first instant of the cycle, by the zone of the operator', () => {
    const begins = instant('2027-01-01', mtel.zone);
    expect(bytes({ begins: begins - 1 })).toBe(37_879_000_000);
    expect(bytes({ begins })).toBe(41_667_000_000);
    // Before the first cap that is listed the first holds: 41.6667 / 2.00.
    expect(bytes({ begins: instant('2020-01-01', mtel.zone) })).toBe(20_834_000_000);
  });

  it('a price without VAT is taken as it is', () => {
    expect(bytes({ fee: { minor: 2_500, currency: 'EUR', vat: 'excluded' } })).toBe(45_455_000_000);
  });

  it.each([
    ['a byte', 1, 37_878_787_879],
    ['a megabyte', 1_000_000, 37_879_000_000],
    ['a gigabyte', GB, 38_000_000_000],
  ])('is rounded up, never down, to whole units: %s', (_, unitBytes, volume) => {
    expect(bytes(ruled({ unitBytes }))).toBe(volume);
  });

  it('what comes out whole is not rounded up further', () => {
    const wholesaleCaps = [{ from: '2026-01-01', perGigabyte: { minor: 200, currency: 'EUR' } }];
    expect(bytes({ ...ruled({ wholesaleCaps }), fee: { minor: 1_200, currency: 'EUR' } })).toBe(10 * GB);
  });

  it('a cap in another currency is taken at the rate of the day on which the cycle begins', () => {
    const exchangeRates = [
      { from: '2026-07-01', currency: 'EUR', rate: '110' },
      { from: '2026-01-01', currency: 'EUR', rate: '100' },
    ];
    const fee = { minor: 132_000, currency: 'RSD' };
    const in2026 = (begins: string) =>
      roamingVolume({ ...given({ pack: a1, fee, begins: instant(begins) }), ...ruled({ exchangeRates }) })!;
    // 1,100 RSD net are 11 EUR, or 10 EUR: over 1.10, twice.
    expect(in2026('2026-06-30').bytes).toBe(20 * GB);
    expect(in2026('2026-07-01').bytes).toBe(18_182_000_000);
    expect(in2026('2026-07-01').from).toMatchObject({
      factor: 2,
      priceNetMinor: '110000',
      vatPercent: '20',
      wholesaleCap: { minor: 110, currency: 'EUR', from: '2026-01-01' },
      exchangeRate: { of: 'EUR', is: '110', from: '2026-07-01' },
    });
  });

  it('without a price none: null, not given, nothing', () => {
    for (const fee of [null, undefined, { minor: 0, currency: 'EUR' }]) expect(bytes({ fee })).toBeUndefined();
  });

  it('is never less than the exact quotient, and less than a unit more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 8 }), fc.integer({ min: 1, max: 10 ** 7 }), (minor, unitBytes) => {
        const volume = BigInt(bytes({ ...ruled({ unitBytes }), fee: { minor, currency: 'EUR' } })!);
        // volume >= 2 x (minor / 1.2) / 110 x 10^9, on whole numbers.
        const exact = 2n * BigInt(minor) * 10n * BigInt(GB);
        expect(volume * 12n * 110n >= exact).toBe(true);
        expect((volume - BigInt(unitBytes)) * 12n * 110n < exact).toBe(true);
      }),
    );
  });
});

describe('a tariff with an allowance of its own', () => {
  // Twice what 20.8333 EUR buy at 1.10 are 37,879 MB; once they are 18,939.39.
  it.each([
    ['a gigabyte below the cap: at most the formula', 50 * GB, 37_879_000_000],
    ['an allowance below the formula', 20 * GB, 20 * GB],
    ['a gigabyte just below the cap', 18_939_393_940, 18_939_393_940],
    ['a gigabyte at the cap or above: all of it', 18_939_393_939, 18_939_393_939],
  ])('by price: %s', (_, allowance, volume) => {
    expect(bytes({ allowance })).toBe(volume);
  });

  it('the setting decides: all of it, or at most the formula', () => {
    const low = { allowance: 50 * GB };
    expect(bytes({ ...low, ...ruled({ allowance: 'whole' }) })).toBe(50 * GB);
    expect(bytes({ ...low, ...ruled({ allowance: 'formula' }) })).toBe(37_879_000_000);
    expect(bytes({ allowance: 5 * GB, ...ruled({ allowance: 'formula' }) })).toBe(5 * GB);
  });

  it('the formula bounds a cheap bundle, and never one that costs more than the cap', () => {
    // 20.8333 EUR buy 10.42 GB at 2.00.
    const few = { allowance: 18_000_000_000 };
    const small = {
      factor: 1,
      unitBytes: GB,
      wholesaleCaps: [{ from: '2026-01-01', perGigabyte: { minor: 200, currency: 'EUR' } }],
    };
    expect(bytes({ ...few, ...ruled(small) })).toBe(11 * GB);
    expect(bytes({ allowance: 10 * GB, ...ruled({ ...small, factor: 1 }) })).toBe(10 * GB);
  });

  it('without a price the allowance alone', () => {
    expect(bytes({ fee: null, allowance: 7 * GB })).toBe(7 * GB);
  });

  it('is the sum of its bundles of data for a cycle that hold everywhere', () => {
    const read = readTariff({
      currency: 'EUR',
      bundles: [
        { kind: 'data', amount: 3 * GB, period: 'month' },
        { kind: 'data', amount: GB, period: 'calendar-month' },
        { kind: 'data', amount: GB, period: 'day' },
        { kind: 'data', amount: GB, period: 'month', zones: ['eu'] },
        { kind: 'voice', amount: 600, period: 'month' },
      ],
    });
    if (!read.ok) throw new Error(read.problem.why);
    expect(allowanceOf(read.value)).toBe(4 * GB);
    expect(allowanceOf({ ...read.value, bundles: [] })).toBeUndefined();
    expect(allowanceOf(undefined)).toBeUndefined();
  });
});
