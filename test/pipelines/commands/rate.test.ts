import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rateFile, rateLine } from '../../../pipelines/commands/rate.js';

const slots = [{ from: 0, rate: '0.2', unit: 60, increment: 60 }];
const rounding = { method: 'half-up', decimals: 2 };
const tariff = { connectFee: '0.4', slots, rounding };
const usage = { type: 'voice', unit: 'second', start: '2026-06-10T12:00:00+02:00', amount: 61, destination: '43664' };
const rated = (over: { tariff?: object; usage?: object } = {}) =>
  rateLine(JSON.stringify({ tariff: { ...tariff, ...over.tariff }, usage: { ...usage, ...over.usage } }));

describe('dozor rate', () => {
  it('rates the lines, names line and field of the bad ones, and goes on', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'rate-')), 'cases.ndjson');
    const lines = [
      JSON.stringify({ tariff, usage }),
      '{',
      '',
      JSON.stringify({ tariff, usage: { ...usage, start: 'noon' } }),
      JSON.stringify({ tariff: { ...tariff, slots: [{ ...slots[0], rate: null }] }, usage }),
      JSON.stringify({ tariff, usage: { ...usage, amount: 60 } }),
    ];
    writeFileSync(file, lines.join('\n'));
    const out: string[] = [];
    const bad: string[] = [];
    const code = await rateFile(
      file,
      (line) => void out.push(line),
      (line) => void bad.push(line),
    );
    expect(code).toBe(1);
    expect(out).toEqual(['{"cost":"0.8","charge":"0.80"}', '{"cost":"0.6","charge":"0.60"}']);
    expect(bad).toHaveLength(3);
    expect(bad[0]).toBe('line 2: is no JSON');
    expect(bad[1]).toBe('line 4: usage.start is no RFC 3339 time with an offset');
    expect(bad[2]).toMatch(/^line 5: tariff\.slots\.0\.rate /);
  });

  it('an endless cost has its first decimals, and says what it is', () => {
    expect(rated({ tariff: { connectFee: 0, slots: [{ ...slots[0], increment: 1 }] } })).toEqual({
      ok: true,
      rated: { cost: '0.20333333333333333333', charge: '0.20', costFraction: '61/300' },
    });
  });

  it('the numbers of the tariff are in the unit of the usage, unless they bring one', () => {
    const megabyte = { type: 'data', unit: 'MB', amount: '2.5' };
    expect(
      rated({ tariff: { connectFee: 0, slots: [{ from: 0, rate: 3, unit: 1, increment: 1 }] }, usage: megabyte }),
    ).toMatchObject({ rated: { cost: '9' } });
    expect(
      rated({
        tariff: { connectFee: 0, slots: [{ from: 0, rate: 3, unit: '1MB', increment: '512 KB' }] },
        usage: megabyte,
      }),
    ).toMatchObject({ rated: { cost: '7.5' } });
    const nanoseconds = { unit: 'ns', amount: 61_000_000_000 };
    expect(
      rated({ tariff: { slots: [{ from: '0s', rate: 0.2, unit: '60s', increment: '1m' }] }, usage: nanoseconds }),
    ).toMatchObject({ rated: { cost: '0.8' } });
    expect(
      rated({
        tariff: { connectFee: 0, slots: [{ from: 0, rate: 0.05, unit: 1, increment: 1 }] },
        usage: { type: 'sms', unit: 'message', amount: 2 },
      }),
    ).toMatchObject({ rated: { cost: '0.1' } });
  });

  it('bands follow the offset of the start, or a zone', () => {
    const bands = [
      { from: '08:00', connectFee: 0, slots: [{ from: 0, rate: 60, unit: 60, increment: 1 }] },
      { from: '18:00', connectFee: 0, slots: [{ from: 0, rate: 6, unit: 60, increment: 1 }] },
    ];
    const line = (start: string, zone?: string) =>
      rateLine(
        JSON.stringify({ tariff: { bands, rounding }, usage: { ...usage, start, amount: 20, ...(zone && { zone }) } }),
      );
    expect(line('2026-06-10T17:59:50+02:00')).toMatchObject({ rated: { cost: '11' } });
    expect(line('2026-06-10T17:59:50Z')).toMatchObject({ rated: { cost: '11' } });
    expect(line('2026-06-10T15:59:50Z')).toMatchObject({ rated: { cost: '20' } });
    expect(line('2026-06-10T15:59:50Z', 'Europe/Belgrade')).toMatchObject({ rated: { cost: '11' } });
    expect(line('2026-06-10T15:59:50Z', 'Europe/Atlantis')).toMatchObject({ problem: { field: 'usage.zone' } });
  });

  it.each([
    [{ usage: { type: 'telepathy' } }, 'usage.type'],
    [{ usage: { type: undefined } }, 'usage.type'],
    [{ usage: { amount: 'much' } }, 'usage.amount'],
    [{ usage: { amount: null } }, 'usage.amount'],
    [{ usage: { unit: 'KB' } }, 'usage.unit'],
    [{ usage: { start: '2026-06-10T12:00:00' } }, 'usage.start'],
    [{ tariff: { connectFee: '1,5' } }, 'tariff.connectFee'],
    [{ tariff: { slots: undefined } }, 'tariff.slots'],
    [{ tariff: { rounding: { method: 'up', decimals: -1 } } }, 'tariff.rounding.decimals'],
  ])('%j names %s', (over, field) => {
    expect(rated(over)).toMatchObject({ ok: false, problem: { field } });
  });

  it('nothing and less than nothing cost nothing', () => {
    for (const amount of [0, -60])
      expect(rated({ usage: { amount } })).toMatchObject({ rated: { cost: '0', charge: '0.00' } });
  });
});
