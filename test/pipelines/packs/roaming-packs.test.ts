/** What a pack must say so that its rules on roaming data, idle SIMs and unusual use can be worked out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPack, OWN_PACKS } from '../../../pipelines/runtime/packs.js';

interface Body {
  readonly rules: Record<string, { terms: Record<string, { is: unknown }> }>;
}
const NAME = 'a1-rs.2026-06-01.json';
/** The pack that comes with it, changed. */
function problems(change: (rules: Body['rules']) => void): readonly string[] {
  const body = JSON.parse(readFileSync(join(OWN_PACKS, NAME), 'utf8')) as Body;
  change(body.rules);
  return checkPack(body, NAME).problems;
}
const cap = (amount: string, currency = 'EUR') => [{ from: '2026-01-01', perGigabyte: { amount, currency } }];

describe('a pack on roaming', () => {
  it('is sound as it comes', () => {
    expect(problems(() => {})).toEqual([]);
  });

  it('needs to say which countries are home and zone', () => {
    const found = problems((rules) => delete rules['roaming']);
    expect(found).toEqual(
      ['roamingData', 'idleSim', 'unusualUse.terms.travelMin'].map(
        (name) => `rules.${name} needs the section roaming: it says which countries are home and zone`,
      ),
    );
    const alone = problems((rules) => {
      for (const name of ['roaming', 'roamingData', 'idleSim', 'simsInTurn']) delete rules[name];
      rules['unusualUse']!.terms['travelMin']!.is = null;
    });
    expect(alone).toEqual([]);
  });

  it.each([
    ['a cap in a currency without a rate', cap('1.00', 'USD'), 'exchangeRates has none of USD in RSD'],
    ['a cap of nothing', cap('0.00'), 'wholesaleCaps must be above 0'],
    ['a cap that is no money', cap('1.005'), 'wholesaleCaps.is.0.perGigabyte'],
    ['a cap from no date', [{ from: 'soon', perGigabyte: { amount: '1.00', currency: 'EUR' } }], 'wholesaleCaps'],
  ])('%s is refused', (_, caps, problem) => {
    const found = problems((rules) => {
      rules['roamingData']!.terms['wholesaleCaps']!.is = caps;
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });

  it('a rate of nothing is refused; a cap in the own currency needs none', () => {
    const rate = (is: string) =>
      problems((rules) => {
        rules['roamingData']!.terms['exchangeRates']!.is = [{ from: '2026-01-01', currency: 'EUR', rate: is }];
      });
    expect(rate('0')).toEqual(['rules.roamingData.terms.exchangeRates of 2026-01-01 must be above 0']);
    expect(rate('-1')).not.toEqual([]);
    const own = problems((rules) => {
      rules['roamingData']!.terms['wholesaleCaps']!.is = cap('100.00', 'RSD');
      rules['roamingData']!.terms['exchangeRates']!.is = [];
    });
    expect(own).toEqual([]);
  });
});
