/** Every template with the longest realistic values in every language and form: whole, right, and not too long. */
import { describe, expect, it } from 'vitest';
import { alphabetOf } from '../../../alerts/sms/alphabet.js';
import { latinOf } from '../../../alerts/texts/cyrillic.js';
import { ParameterError } from '../../../alerts/texts/kinds.js';
import { PARAMETERS, readParameters } from '../../../alerts/texts/parameters.js';
import {
  languageOf,
  type NoticeData,
  type RenderGiven,
  renderNotice,
  renderText,
} from '../../../alerts/texts/render.js';
import { LANGUAGES, type Language } from '../../../alerts/texts/words.js';
import { TEMPLATES, type Template } from '../../../pipelines/domain/decision.js';
import { parseInstant } from '../../../pipelines/domain/units.js';
import { LONGEST } from './longest.js';

const ZONE = 'Europe/Belgrade';
const CHANNELS = ['sms', 'email'] as const;
const PARTS_MAX = 4;

const given = (language: Language, channel: 'sms' | 'email', over: Partial<RenderGiven> = {}): RenderGiven => ({
  operatorName: 'mts Smart Home',
  zone: ZONE,
  language,
  channel,
  ...over,
});
const notice = (template: Template, parameters: object, over: Partial<NoticeData> = {}): NoticeData => ({
  template,
  parameters: parameters as Record<string, unknown>,
  clause: 'A1 9.1.3',
  class: 'legal',
  ...over,
});

/** Every longest notice in every language, late and not. */
const ALL = TEMPLATES.flatMap((template) =>
  LONGEST[template].flatMap((parameters, i) =>
    LANGUAGES.flatMap((language) =>
      [false, true].map(
        (late) =>
          [
            `${template} ${i + 1}, ${language}${late ? ', late' : ''}`,
            { template, parameters, language, late },
          ] as const,
      ),
    ),
  ),
);

/** Money in the form of a language, by the locale data of the host and not by ours. */
function moneyIn(language: Language, { amount, currency }: { amount: string; currency: string }): string {
  const format = new Intl.NumberFormat(language === 'en' ? 'en' : 'de-DE', { minimumFractionDigits: 2 });
  return `${format.format(Number(amount)).replace('−', '-')} ${currency}`;
}

/** Every local date that the values touch. */
function datesOf(parameters: object, language: Language): Set<string> {
  const dates = new Set<string>();
  const add = (at: number) => {
    const parts = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, dateStyle: 'short' }).format(at).split('/');
    const [day = '', month = '', year = ''] = parts;
    const name = new Intl.DateTimeFormat('en-US', { timeZone: ZONE, month: 'short' }).format(at);
    dates.add(language === 'en' ? `${Number(day)} ${name} ${year}` : `${day}.${month}.${year}`);
  };
  const walk = (value: unknown): void => {
    if (typeof value === 'object' && value) for (const one of Object.values(value)) walk(one);
    const at = typeof value === 'string' ? parseInstant(value) : undefined;
    // The end of a cycle is told by the day before it.
    if (at !== undefined) for (const one of [at, at - 1]) add(one);
  };
  walk(parameters);
  return dates;
}

describe('every template, with its longest values', () => {
  it.each(ALL)('%s', (_, { template, parameters, language, late }) => {
    const data = notice(template, parameters, { late });
    const sms = renderNotice(data, given(language, 'sms'));
    const email = renderNotice(data, given(language, 'email', { helpLine: '0800 100 100' }));
    expect(sms.parts, sms.text).toBeLessThanOrEqual(PARTS_MAX);
    expect(sms.subject).toBeUndefined();
    expect(email.parts).toBe(1);
    expect(email.subject).not.toContain('\n');
    expect(email.subject!.startsWith('mts Smart Home: ')).toBe(true);
    for (const text of [sms.text, email.text, email.subject!]) {
      expect(text).not.toMatch(/undefined|null|NaN|Infinity|\[object|[{}$]|\ue000|\ue001/u);
      // No gap, no doubled point, no sentence that breaks off.
      expect(text).not.toMatch(/ {2}|\( |\(\)| [.,;:)]|[^.]\.\.(?!\.)|\.{4}|,\.|:\./);
      expect(text.trim()).toBe(text);
    }
    expect(sms.text.endsWith('.')).toBe(true);
    const both = `${sms.text}\n${email.text}`;
    // An alarm rests on no clause.
    if (template !== 'noc-alarm') expect(both).toContain('9.1.3');

    // The alphabet: English and German are never UCS-2, and each Serbian script is pure.
    if (language === 'en' || language === 'de') expect(sms.alphabet).toBe('gsm');
    if (language !== 'sr-Cyrl') expect(both).not.toMatch(/[Ѐ-ӿ]/u);
    if (language === 'sr-Cyrl') {
      for (const [channel, { text }] of [
        ['sms', sms],
        ['email', email],
      ] as const) {
        const latin = renderNotice(data, given('sr-Latn', channel, { helpLine: '0800 100 100' })).text;
        expect(latinOf(text)).toBe(latin);
        // What stays in Latin came from outside, or is a unit.
        const outside = JSON.stringify(parameters);
        for (const word of text.match(/[A-Za-zčćžšđČĆŽŠĐ]{2,}/gu) ?? []) {
          expect(/^(mts|Smart|Home|RSD|EUR|GB|MB|KB|kbit|UTC)$/.test(word) || outside.includes(word), word).toBe(true);
        }
      }
    }

    // Amounts and dates.
    for (const value of Object.values(parameters as Record<string, { amount?: string; currency?: string } | null>)) {
      if (value?.amount === undefined || value.currency === undefined) continue;
      expect(both).toContain(moneyIn(language, { amount: value.amount, currency: value.currency }));
    }
    const dates = datesOf(parameters, language);
    const shown = both.match(language === 'en' ? /\d{1,2} [A-Z][a-z]{2} \d{4}/g : /\d{2}\.\d{2}\.\d{4}/g) ?? [];
    for (const date of shown) expect([...dates]).toContain(date);
    expect(sms.characters).toBe([...sms.text].length);
    expect(alphabetOf(sms.text)).toBe(sms.alphabet);
  });

  it('names the same amounts, dates, times, volumes and shares in every language, each as often', () => {
    const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    const figures = (text: string): readonly string[] =>
      [
        ...text.matchAll(/([-+]?[\d.,]*\d) ?(RSD|EUR|GB|MB|%|kbit)/g),
        ...text.matchAll(/\b\d\d:\d\d|UTC.\d/g),
        ...text.matchAll(/(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})|(\d{2})\.(\d{2})\.(\d{4})/g),
      ]
        .map(([whole, day, month, year]) =>
          month !== undefined && MONTHS.includes(month)
            ? `${day!.padStart(2, '0')}${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}${year}`
            : whole.replace(/[.,]/g, ''),
        )
        .sort();
    let named = 0;
    for (const template of TEMPLATES) {
      for (const parameters of LONGEST[template]) {
        for (const channel of CHANNELS) {
          const of = (language: Language) => {
            const { subject, text } = renderNotice(notice(template, parameters), given(language, channel));
            return figures(`${subject}\n${text}`);
          };
          const expected = of('en');
          named += expected.length;
          for (const language of LANGUAGES)
            expect(of(language), `${template}, ${language}, ${channel}`).toEqual(expected);
        }
      }
    }
    expect(named).toBeGreaterThan(200);
  });

  it('has words that are read in Cyrillic as they are written: none where lj, nj or dž are two letters', () => {
    const texts = ALL.filter(([, { language }]) => language === 'sr-Latn').flatMap(
      ([, { template, parameters, late }]) =>
        CHANNELS.map((channel) => renderNotice(notice(template, parameters, { late }), given('sr-Latn', channel)).text),
    );
    expect(texts.length).toBeGreaterThan(150);
    for (const text of texts) {
      expect(text).not.toMatch(/\b(nad|pod|od|pred)ž|\b(in|kon|tan)j[euk]|\bvanjez/iu);
    }
  });
});

describe('a notice in words', () => {
  const credit = {
    outageId: 's1:cell-1/f1',
    from: '2026-06-21T00:00:00+02:00',
    to: '2026-06-24T23:30:00Z',
    amount: { amount: '1999.00', currency: 'RSD' },
    cycle: { from: '2026-06-06T00:00:00+02:00', to: '2026-07-06T00:00:00+02:00' },
  };
  const say = (language: Language, template: Template = 'credit-granted', parameters: object = credit) =>
    renderNotice(
      notice(template, parameters, { clause: 'A1 3.3' }),
      given(language, 'sms', { operatorName: 'A1 Srbija' }),
    ).text;

  it('says what happened, the money, what to do and the clause, in the zone of the operator', () => {
    expect(say('sr-Latn')).toBe(
      'A1 Srbija: Zbog prekida usluge od 21.06.2026. u 00:00 do 25.06.2026. u 01:30 umanjujemo Vam naknadu za 1.999,00 RSD (period 06.06.2026. - 05.07.2026.). Biće na narednom računu, zahtev nije potreban. Opšti uslovi 3.3.',
    );
    expect(say('sr-Cyrl')).toBe(
      'A1 Srbija: Због прекида услуге од 21.06.2026. у 00:00 до 25.06.2026. у 01:30 умањујемо Вам накнаду за 1.999,00 RSD (период 06.06.2026. - 05.07.2026.). Биће на наредном рачуну, захтев није потребан. Општи услови 3.3.',
    );
    expect(say('en')).toBe(
      'A1 Srbija: Because your service was out from 21 Jun 2026, 00:00 to 25 Jun 2026, 01:30, we reduce your fee by 1,999.00 RSD (period 6 Jun 2026 - 5 Jul 2026). It will be on your next bill; you need not apply. See our terms, clause 3.3.',
    );
    expect(say('de')).toBe(
      'A1 Srbija: Wegen des Ausfalls Ihres Dienstes vom 21.06.2026, 00:00 Uhr bis 25.06.2026, 01:30 Uhr schreiben wir Ihnen 1.999,00 RSD gut (Periode 06.06.2026 - 05.07.2026). Die Gutschrift steht auf der nächsten Rechnung. Ein Antrag ist nicht nötig. Siehe Punkt 3.3 unserer AGB.',
    );
  });

  it('is a whole letter by e-mail, with the help line; the operations centre gets the facts alone', () => {
    const { subject, text } = renderNotice(
      notice('credit-granted', credit, { clause: 'Truf 50, 70', late: true }),
      given('en', 'email', { operatorName: 'Truf', helpLine: '0800 100 100' }),
    );
    expect(subject).toBe('Truf: Reduction of your fee: 1,999.00 RSD');
    expect(text.split('\n\n')).toEqual([
      'Dear Sir or Madam,',
      'Because your service was out from 21 Jun 2026, 00:00 to 25 Jun 2026, 01:30, we reduce your fee.',
      'Reduction: 1,999.00 RSD, for the billing period 6 Jun 2026 - 5 Jul 2026.',
      'It will be shown on your next bill. You need not apply.',
      'The data on which this rests reached us late.',
      'This message rests on our terms, article 50, 70.',
      'For questions and complaints please contact customer service: 0800 100 100.',
      'Yours faithfully,\nTruf',
    ]);
    const noc = renderNotice(notice('noc-outage-clock', LONGEST['noc-outage-clock'][0]!), given('en', 'email')).text;
    expect(noc).not.toMatch(/Dear|Yours|customer service/);
    const regulator = renderNotice(notice('regulator-outage', LONGEST['regulator-outage'][0]!), given('en', 'email'));
    expect(regulator.text).toMatch(/^Dear Sir or Madam,[\s\S]*Yours faithfully,/);
    expect(regulator.text).not.toContain('customer service');
  });

  it('names the cause of what is granted: outage, equipment, parking', () => {
    const { outageId: _, ...parked } = { ...credit, seconds: 3_600 };
    expect(say('en', 'extension-granted', { ...parked, outageId: 'o1' })).toContain('your service was out');
    expect(say('en', 'extension-granted', { ...parked, equipmentId: 'ont-1' })).toContain('your equipment was faulty');
    expect(say('en', 'extension-granted', parked)).toContain('your service was on hold');
  });

  it('says of a bar by the credit limit whether data is barred or slowed down', () => {
    const bar = { services: ['data'], keeps: ['emergency'] };
    expect(say('de', 'credit-limit-barred', bar)).toContain('Gesperrt: mobile Daten.');
    expect(say('de', 'credit-limit-barred', { ...bar, throttleBitsPerSecond: 128_000 })).toContain(
      'auf 128 kbit/s verlangsamt',
    );
  });

  it('reads a warning that is sent again, which brings no figures', () => {
    expect(say('en', 'roaming-warning', {})).toMatch(/at home\. If that does not change within 15 days/);
    expect(
      say('en', 'roaming-warning', {
        window: { from: 1_767_222_000_000, to: 1_777_586_400_000 },
        domesticDays: 20,
        roamingDays: 100,
      }),
    ).toContain('(days roaming: 100, at home: 20)');
  });

  it('tells a duration as the contract has it and as notices bring it, ISO 8601 and ms', () => {
    const overdue = { outageId: 'o1', reasons: [], excused: 0 };
    expect(say('en', 'repair-overdue', { ...overdue, counted: 172_801_000 })).toContain('so far 48 hours');
    expect(say('en', 'repair-overdue', { ...overdue, counted: 'PT48H1S' })).toContain('so far 48 hours');
  });
});

describe('letters without accents', () => {
  const doubled = {
    cycle: { from: '2026-06-01T00:00:00+02:00', to: '2026-07-01T00:00:00+02:00' },
    charges: { amount: '2.00', currency: 'EUR' },
    reference: { amount: '1.00', currency: 'EUR' },
  };
  const sent = (noticeClass: NoticeData['class'], over: Partial<RenderGiven> = {}) =>
    renderNotice(notice('spend-doubled', doubled, { class: noticeClass }), given('sr-Latn', 'sms', over));

  it('are for the classes that allow it, where they save a part: a legal notice keeps its own unless it is told', () => {
    expect(sent('legal')).toMatchObject({ alphabet: 'ucs2', parts: 4 });
    expect(sent('service')).toMatchObject({ alphabet: 'gsm', parts: 2 });
    expect(sent('legal', { transliterated: ['legal'] })).toEqual(sent('service'));
    expect(sent('service', { transliterated: [] })).toEqual(sent('legal'));
    // Cyrillic was asked for, and stays.
    expect(sent('service', { language: 'sr-Cyrl' }).alphabet).toBe('ucs2');
  });

  it('are the same words', () => {
    const plain = sent('legal').text.replace(/[čć]/g, 'c').replace(/ž/g, 'z').replace(/š/g, 's').replace(/đ/g, 'dj');
    expect(sent('service').text).toBe(plain.replace(/Š/g, 'S').replace(/Č/g, 'C'));
  });
});

describe('parameters', () => {
  it('that are missing or of another kind are named, with their template', () => {
    const [credit] = LONGEST['credit-granted'];
    const without = (name: string) => ({ ...credit, [name]: undefined });
    const read = (parameters: object) => () => renderNotice(notice('credit-granted', parameters), given('en', 'sms'));
    expect(read(without('amount'))).toThrow('text of credit-granted: parameter amount is missing');
    expect(read({ ...credit, amount: 5 })).toThrow('text of credit-granted: parameter amount is no money');
    expect(read({ ...credit, amount: { amount: '5.001', currency: 'RSD' } })).toThrow('parameter amount is no money');
    expect(read({ ...credit, from: '2026-06-31T00:00:00Z' })).toThrow('parameter from is no time');
    expect(read({ ...credit, cycle: { from: 5 } })).toThrow('parameter cycle is no span of time');
    expect(read(without('cycle'))).toThrow(ParameterError);
    expect(() => renderNotice(notice('no-such' as Template, {}), given('en', 'sms'))).toThrow(
      'no text for the template no-such',
    );
  });

  it('are each asked for: without any one that is not optional there is no text', () => {
    let asked = 0;
    for (const template of TEMPLATES) {
      const [first] = LONGEST[template];
      for (const [name, kind] of Object.entries(PARAMETERS[template])) {
        const parameters = { ...first, [name]: undefined };
        if ('maybe' in kind) readParameters(template, parameters);
        else {
          expect(() => readParameters(template, parameters)).toThrow(`${template}: parameter ${name} is missing`);
          asked += 1;
        }
        // A value of no kind at all.
        expect(() => readParameters(template, { ...first, [name]: Symbol.iterator })).toThrow(
          `${template}: parameter ${name}`,
        );
      }
    }
    expect(asked).toBeGreaterThan(60);
  });

  it('of another template do not compile', () => {
    const about = { clause: 'A1 20.4', class: 'legal' } as const;
    const right = renderText(
      'porting-compensation',
      { portingId: 'p', days: 3, amount: null },
      about,
      given('en', 'sms'),
    );
    expect(right.text).toContain('late by 3 days');
    const daysMissing = { portingId: 'p', amount: null };
    // @ts-expect-error a parameter is missing
    expect(() => renderText('porting-compensation', daysMissing, about, given('en', 'sms'))).toThrow();
    const capOfAnotherKind = { set: true, cap: 5000 };
    // @ts-expect-error a parameter of another kind
    expect(() => renderText('spend-bar-set', capOfAnotherKind, about, given('en', 'sms'))).toThrow('no amount');
    // @ts-expect-error a parameter that the template does not have
    renderText('termination-allowed', { outageId: 'o', from: 0, until: 0 }, about, given('en', 'sms'));
  });
});

describe('the language', () => {
  it.each([
    ['sr-Latn', 'sr-Latn'],
    ['sr-cyrl', 'sr-Cyrl'],
    ['sr-Cyrl-RS', 'sr-Cyrl'],
    ['sr', 'sr-Latn'],
    ['en-GB', 'en'],
    ['de-AT', 'de'],
    ['fr', undefined],
    ['', undefined],
  ])('of %s is %s', (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });
});
