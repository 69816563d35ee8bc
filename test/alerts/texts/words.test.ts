/** Numbers, money, dates, durations and counted nouns, in the form of each language. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutMarks } from '../../../alerts/texts/cyrillic.js';
import { deGrammar } from '../../../alerts/texts/de-words.js';
import { enGrammar } from '../../../alerts/texts/en-words.js';
import { srGrammar } from '../../../alerts/texts/sr-words.js';
import { NOUNS, Words } from '../../../alerts/texts/words.js';
import { DAY, HOUR, MINUTE, parseInstant, SECOND } from '../../../pipelines/domain/units.js';

const sr = new Words(srGrammar, 'Europe/Belgrade', false);
const en = new Words(enGrammar, 'Europe/Belgrade', false);
const de = new Words(deGrammar, 'Europe/Vienna', false);
const short = new Words(srGrammar, 'Europe/Belgrade', true);
const at = (text: string) => parseInstant(text)!;

describe('counted nouns', () => {
  it.each([
    [0, '0 dana', '0 days', '0 Tage'],
    [1, '1 dan', '1 day', '1 Tag'],
    [2, '2 dana', '2 days', '2 Tage'],
    [5, '5 dana', '5 days', '5 Tage'],
    [11, '11 dana', '11 days', '11 Tage'],
    [21, '21 dan', '21 days', '21 Tage'],
    [1.5, '1,5 dana', '1.5 days', '1,5 Tage'],
    [1_234, '1.234 dana', '1,234 days', '1.234 Tage'],
  ])('%d days', (value, inSerbian, inEnglish, inGerman) => {
    expect([sr, en, de].map((words) => words.count(value, 'day'))).toEqual([inSerbian, inEnglish, inGerman]);
  });

  it.each([
    [1, '1 poruka', '1 sat', '1 sekunda', '1 usluga'],
    [3, '3 poruke', '3 sata', '3 sekunde', '3 usluge'],
    [12, '12 poruka', '12 sati', '12 sekundi', '12 usluga'],
    [101, '101 poruka', '101 sat', '101 sekunda', '101 usluga'],
    [1_204, '1.204 poruke', '1.204 sata', '1.204 sekunde', '1.204 usluge'],
  ])('Serbian has three forms: %d', (value, ...forms) => {
    expect((['message', 'hour', 'second', 'service'] as const).map((noun) => sr.count(value, noun))).toEqual(forms);
  });

  it('have a form for every category that the language has', () => {
    for (const { grammar } of [sr, en, de]) {
      for (const category of new Intl.PluralRules(grammar.locale).resolvedOptions().pluralCategories) {
        for (const noun of NOUNS) expect(grammar.forms[noun][category], `${grammar.locale} ${noun}`).toBeTruthy();
      }
    }
  });
});

describe('money', () => {
  it.each([
    ['1999.00', 'RSD', '1.999,00 RSD', '1,999.00 RSD'],
    ['60.00', 'EUR', '60,00 EUR', '60.00 EUR'],
    ['0.05', 'EUR', '0,05 EUR', '0.05 EUR'],
    ['-1234567.89', 'RSD', '-1.234.567,89 RSD', '-1,234,567.89 RSD'],
    ['5000', 'JPY', '5.000 JPY', '5,000 JPY'],
    ['90071992547409.91', 'RSD', '90.071.992.547.409,91 RSD', '90,071,992,547,409.91 RSD'],
  ])('%s %s', (amount, currency, inSerbian, inEnglish) => {
    const money = { amount, currency };
    expect(withoutMarks(sr.money(money))).toBe(inSerbian);
    expect(de.money(money)).toBe(inSerbian);
    expect(en.money(money)).toBe(inEnglish);
  });

  it('has its sign where it is a change, but for nothing', () => {
    expect(en.change({ amount: '600.00', currency: 'RSD' })).toBe('+600.00 RSD');
    expect(en.change({ amount: '-600.00', currency: 'RSD' })).toBe('-600.00 RSD');
    expect(en.change({ amount: '0.00', currency: 'RSD' })).toBe('0.00 RSD');
  });
});

describe('dates and times', () => {
  it('are those of the operator, in the form of the language', () => {
    const noon = at('2026-06-09T22:05:00Z');
    expect(sr.time(noon)).toBe('10.06.2026. u 00:05');
    expect(en.time(noon)).toBe('10 Jun 2026, 00:05');
    expect(de.time(noon)).toBe('10.06.2026, 00:05 Uhr');
  });

  it('name the offset in the hour that the clock shows twice, and in no other', () => {
    const shown = (text: string) => en.time(at(text));
    expect(shown('2026-10-25T01:59:59+02:00')).toBe('25 Oct 2026, 01:59');
    expect(shown('2026-10-25T02:00:00+02:00')).toBe('25 Oct 2026, 02:00 (UTC+2)');
    expect(shown('2026-10-25T02:59:59+01:00')).toBe('25 Oct 2026, 02:59 (UTC+1)');
    expect(shown('2026-10-25T03:00:00+01:00')).toBe('25 Oct 2026, 03:00');
    expect(shown('2026-03-29T03:00:00+02:00')).toBe('29 Mar 2026, 03:00');
  });

  it('of a cycle are its first and its last day', () => {
    const cycle = { from: at('2026-02-06T00:00:00+01:00'), to: at('2026-03-06T00:00:00+01:00') };
    expect(sr.days(cycle)).toBe('06.02.2026. - 05.03.2026.');
    expect(de.days(cycle)).toBe('06.02.2026 - 05.03.2026');
    expect(en.lastDay({ from: cycle.from, to: cycle.from })).toBe('6 Feb 2026');
  });
});

describe('durations', () => {
  it.each([
    [0, '0 sekundi', '0 seconds'],
    [SECOND, '1 sekunda', '1 second'],
    [48 * HOUR, '48 sati', '48 hours'],
    [48 * HOUR + SECOND, '48 sati i 1 sekunda', '48 hours and 1 second'],
    [72 * HOUR, '72 sata', '72 hours'],
    [72 * HOUR + MINUTE, '3 dana i 1 minut', '3 days and 1 minute'],
    [40 * DAY, '40 dana', '40 days'],
    [4 * DAY + 9 * HOUR + 25 * MINUTE + 999, '4 dana, 9 sati i 25 minuta', '4 days, 9 hours and 25 minutes'],
  ])('%d ms', (length, inSerbian, inEnglish) => {
    expect(sr.duration(length)).toBe(inSerbian);
    expect(en.duration(length)).toBe(inEnglish);
  });
});

describe('measures', () => {
  it.each([
    ['dataBytes', 5_000_000_001, '5 GB'],
    ['dataBytes', 12_345_678_901, '12.35 GB'],
    ['dataBytes', 1_500_000, '1.5 MB'],
    ['dataBytes', 900, '0.9 KB'],
    ['voiceSeconds', 90, '1.5 minutes'],
    ['voiceSeconds', 60, '1 minute'],
    ['messages', 1, '1 message'],
    ['messages', 123.4, '123.4 messages'],
    ['charge', { amount: '5000.01', currency: 'RSD' }, '5,000.01 RSD'],
  ] as const)('%s %o', (measure, value, words) => {
    expect(en.quantity(measure, value)).toBe(words);
  });

  it('shares and rates', () => {
    expect([0.8, 0.29, 0.7999, 1, 0.5].map((share) => en.percent(share))).toEqual(['80%', '29%', '79%', '100%', '50%']);
    expect([128_000, 10_000_000, 1_500_000].map((rate) => en.rate(rate))).toEqual([
      '128 kbit/s',
      '10 Mbit/s',
      '1.5 Mbit/s',
    ]);
  });
});

describe('clauses', () => {
  it.each([
    ['A1 3.3', 'tač. 3.3 Opštih uslova', 'our terms, clause 3.3', 'Punkt 3.3 unserer AGB'],
    ['MTEL 20.1.f', 'tač. 20.1.f Opštih uslova', 'our terms, clause 20.1.f', 'Punkt 20.1.f unserer AGB'],
    ['Truf 50, 70', 'čl. 50, 70 Opštih uslova', 'our terms, article 50, 70', 'Art. 50, 70 unserer AGB'],
    ['GO4YU 47', 'čl. 47 Opštih uslova', 'our terms, article 47', 'Art. 47 unserer AGB'],
    ['Demo rules', 'Demo rules', 'Demo rules', 'Demo rules'],
  ])('%s', (label, ...words) => {
    expect([sr, en, de].map((one) => withoutMarks(one.clause(label)))).toEqual(words);
  });
});

describe('reasons and other free texts', () => {
  it('are words where the operator gave none of its own; a short message has room for the first', () => {
    const reasons = ['weather', ' kabl  je prekinut ', 'weather', ''];
    expect(withoutMarks(sr.reasons(reasons)!)).toBe('vremenske nepogode; kabl je prekinut.');
    expect(withoutMarks(short.reasons(reasons)!)).toBe('vremenske nepogode i dr.');
    expect(sr.reasons(['', ' '])).toBeUndefined();
    expect(sr.reasons([])).toBeUndefined();
  });

  it('that the packs give are said in the language of who is told', () => {
    const folder = 'pipelines/packs';
    const packs = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const said = packs.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/"reason": "([^"]+)"/g)].map(([, reason]) => reason!),
    );
    expect(said).toContain('power problem');
    for (const grammar of [srGrammar, enGrammar, deGrammar]) {
      const words = grammar.reasons as Readonly<Record<string, string>>;
      expect(said.filter((reason) => !words[reason])).toEqual([]);
    }
    expect(withoutMarks(short.reasons(['power problem'])!)).toBe('prekid napajanja.');
    expect(new Words(deGrammar, 'Europe/Vienna', false).reasons(['power problem'])).toBe('Stromausfall.');
  });

  it('are cut in a short message alone, by whole letters, and ids never', () => {
    const long = '📷'.repeat(40);
    expect([...withoutMarks(short.free(long))]).toHaveLength(32);
    expect(withoutMarks(short.free(long))).toBe(`${'📷'.repeat(29)}...`);
    expect(withoutMarks(sr.free(long))).toBe(long);
    expect(withoutMarks(short.id(long))).toBe(long);
  });

  it('take the letters of GSM where the language itself has no others', () => {
    expect(new Words(enGrammar, 'Europe/Belgrade', true).free('Dečja soba 📷')).toBe('Decja soba');
    expect(en.free('Dečja soba 📷')).toBe('Dečja soba 📷');
  });
});
