/** Messages to 6624 and what they cost (Mobitext Annex 1, 4.2, 6.4), told as stories. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundHalfUp, withVat } from '../../../pipelines/domain/money.js';
import type { SmsNetworkRules } from '../../../pipelines/domain/pack.js';
import { chargeOf, networkOf, partsPrice, prefixOf, smsProblems } from '../../../pipelines/domain/sms.js';
import { type Data, inOrder, known, type Line, local, packs, said, told, upsert } from '../story.js';

const account = upsert('acc-1', 'mobitext-rs', { kind: 'data', monthlyFee: null, servedBy: [] });
const sms = (time: string, data: Data = {}): Line =>
  said('sms.received', 'acc-1', time, { shortCode: '6624', text: 'GLAS 1', prefix: '064', ...data });
const charges = (...lines: Line[]) => told([account, ...inOrder(lines)]).of('sms.charged');
const rsd = (amount: string) => ({ amount, currency: 'RSD' });
const pack = packs.at('mobitext-rs', Date.UTC(2026, 5, 1))!;
const rules = pack.rules.sms!;

describe('the price of a message (Annex 1.3, 1.4; 6.4: without VAT)', () => {
  it.each([
    ['064', '22003', '2.20', '6.44', '38.64'],
    ['065', '22003', '2.20', '6.44', '38.64'],
    ['066', '22003', '2.20', '6.44', '38.64'],
    ['062', '22001', '3.00', '6.60', '39.60'],
    ['063', '22001', '3.00', '6.60', '39.60'],
    ['069', '22001', '3.00', '6.60', '39.60'],
    ['060', '22005', '2.90', '6.58', '39.48'],
    ['061', '22005', '2.90', '6.58', '39.48'],
  ])('from %s', (prefix, network, basic, vat, amount) => {
    const [charge, ...more] = charges(sms('06-10 12:00', { prefix }));
    expect(more).toEqual([]);
    expect(charge!.data).toMatchObject({
      operator: 'mobitext-rs',
      network,
      networkBy: 'prefix',
      parts: 1,
      basic: rsd(basic),
      addedValue: rsd('30.00'),
      vat: rsd(vat),
      amount: rsd(amount),
      late: false,
    });
  });

  it.each([
    ['064', '18.00', '5.40', '6.60'],
    ['062', '22.68', '2.16', '5.16'],
    ['060', '19.50', '4.41', '6.09'],
  ])('from %s: who gets what of the added value (Annex 1.5)', (prefix, operator, platform, client) => {
    const { data } = charges(sms('06-10 12:00', { prefix }))[0]!;
    expect(data['shares']).toEqual({ operator: rsd(operator), platform: rsd(platform), client: rsd(client) });
  });

  it('each part of a longer message counts', () => {
    const { data } = charges(sms('06-10 12:00', { parts: 3 }))[0]!;
    expect(data).toMatchObject({ basic: rsd('6.60'), addedValue: rsd('90.00'), amount: rsd('115.92') });
    expect(data['shares']).toMatchObject({ client: rsd('19.80') });
  });
});

describe('the network (Annex 1.5)', () => {
  it('that was looked up wins over the prefix: the number was ported', () => {
    const { data } = charges(sms('06-10 12:00', { prefix: '064', network: '22005' }))[0]!;
    expect(data).toMatchObject({ network: '22005', networkBy: 'lookup', amount: rsd('39.48') });
  });

  it.each([
    ['a prefix without terms', { prefix: '068' }],
    ['a network without terms, though its prefix has some', { prefix: '064', network: '22011' }],
    ['nothing known', { prefix: undefined }],
  ])('%s: no price is known, and that is decided', (_, data) => {
    const [charge] = charges(sms('06-10 12:00', data));
    expect(charge!.data).toMatchObject({ network: null, networkBy: 'unknown', amount: null, basic: null, vat: null });
    expect(charge!.data).not.toHaveProperty('shares');
  });

  it.each([
    ['+381 64 123-4567', '064'],
    ['00381601234567', '060'],
    ['0691234567', '069'],
    ['+38268123456', undefined],
    ['6624', undefined],
  ])('the prefix of %s', (number, prefix) => {
    expect(prefixOf(rules, number)).toBe(prefix);
  });
});

describe('which messages', () => {
  it('only those to the short code: another, or none, is not charged', () => {
    expect(
      charges(sms('06-10 12:00', { shortCode: '1234' }), said('sms.received', 'acc-1', '06-10', { text: 'STOP' })),
    ).toEqual([]);
  });

  it('not those of an operator without such terms', () => {
    const a1 = upsert('s1', 'a1-rs', { servedBy: [] });
    expect(
      told([a1, said('sms.received', 's1', '06-10', { shortCode: '6624', prefix: '060' })]).of('sms.charged'),
    ).toEqual([]);
  });

  it('each once, also where it comes twice; one that comes late is charged at its own time', () => {
    const one = sms('06-10 12:00');
    const late = known('06-12 12:00', sms('06-09 12:00'));
    const all = charges(one, one, late);
    expect(all.map(({ data }) => [data['at'], data['late']])).toEqual([
      [local('06-10 12:00'), false],
      [local('06-09 12:00'), true],
    ]);
  });

  it('the order of arrival changes nothing but the time of the decision', () => {
    const day = (n: number, data: Data) => sms(`06-1${n} 12:00`, data);
    const lines = [day(0, {}), day(1, { prefix: '062' }), day(2, { network: '22005' }), day(3, { parts: 2 })];
    const plain = (all: readonly { id: string; data: Data }[]) =>
      all.map(({ id, data: { late: _, ...data } }) => ({ id, ...data })).sort((a, b) => (a.id < b.id ? -1 : 1));
    const expected = plain(charges(...lines));
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 4 }), (shuffled) => {
        const later = shuffled.map((line, n) => known(`06-20 12:0${n}`, { ...line }));
        // Their ids are made of what they say, recordedtime too: what was charged is compared by message.
        const money = (all: readonly { data: Data }[]) =>
          all.map(({ data }) => JSON.stringify([data['at'], data['network'], data['amount']])).sort();
        expect(money(charges(...later))).toEqual(money(charges(...lines)));
      }),
      { numRuns: 20 },
    );
    expect(expected).toHaveLength(4);
  });
});

describe('a message that could not be served (4.2)', () => {
  it('is charged, and its sender is told in reply what it costs', () => {
    const all = told([account, sms('06-10 12:00', { served: false, sender: 'snd-7' })]);
    const [notice, ...more] = all.of('notice.requested');
    expect(more).toEqual([]);
    expect(notice!.subject).toBe('snd-7');
    expect(notice!.data).toMatchObject({
      clause: 'Mobitext 4.2',
      template: 'sms-not-served',
      parameters: { shortCode: '6624', amount: rsd('38.64'), at: local('06-10 12:00') },
      class: 'service',
      channels: ['sms'],
    });
    expect(all.of('sms.charged')[0]!.data['amount']).toEqual(rsd('38.64'));
  });

  it('is charged without a reply where nobody knows who sent it, or what it costs; one that was served has none', () => {
    const lines = [
      sms('06-10 12:00', { served: false }),
      sms('06-10 12:01', { served: false, sender: 'snd-7', prefix: '068' }),
      sms('06-10 12:02', { served: true, sender: 'snd-7' }),
    ];
    const all = told([account, ...lines]);
    expect(all.of('sms.charged')).toHaveLength(3);
    expect(all.of('notice.requested')).toEqual([]);
  });

  it('costs the basic price alone where the pack reads it so', () => {
    const basicOnly = { ...rules, whenNotServed: 'basic' as const };
    const { network } = networkOf(rules, { prefix: '064' })!;
    const charge = chargeOf(basicOnly, pack, network, { parts: 2, served: false });
    expect(charge).toMatchObject({
      amount: { minor: 528 },
      addedValue: { minor: 0 },
      shares: { client: { minor: 0 } },
    });
    expect(chargeOf(basicOnly, pack, network, { parts: 2, served: true }).amount.minor).toBe(7_728);
  });
});

describe('other readings', () => {
  const { network } = networkOf(rules, { prefix: '064' })!;

  it('an added value that has its VAT in it', () => {
    const charge = chargeOf({ ...rules, addedValueVat: 'included' }, pack, network, { parts: 1, served: true });
    expect(charge).toMatchObject({
      basic: { minor: 220 },
      addedValue: { minor: 2_500 },
      amount: { minor: 3_264 },
      vat: { minor: 544 },
      shares: { operator: { minor: 1_300 }, platform: { minor: 540 }, client: { minor: 660 } },
    });
  });

  it('one added value for all parts of a message', () => {
    const charge = chargeOf({ ...rules, chargedPer: 'message' }, pack, network, { parts: 3, served: true });
    expect(charge).toMatchObject({
      basic: { minor: 660 },
      addedValue: { minor: 3_000 },
      shares: { client: { minor: 660 } },
    });
  });

  it('whatever they are, the parts of an end price add up, and it is rounded once', () => {
    fc.assert(
      fc.property(
        fc.record({ parts: fc.integer({ min: 1, max: 255 }), served: fc.boolean() }),
        fc.constantFrom('excluded' as const, 'included' as const),
        fc.constantFrom('part' as const, 'message' as const),
        fc.constantFrom('20', '18', '7.5'),
        fc.constantFrom(...rules.networks),
        (message, addedValueVat, chargedPer, vatPercent, on) => {
          const charge = chargeOf({ ...rules, addedValueVat, chargedPer }, { vatPercent }, on, message);
          const { basic, addedValue, vat, amount, shares } = charge;
          expect(basic.minor + addedValue.minor + vat.minor).toBe(amount.minor);
          expect(shares.operator.minor + shares.platform.minor + shares.client.minor).toBe(addedValue.minor);
          const messages = chargedPer === 'part' ? message.parts : 1;
          const net =
            on.basicPrice.minor * message.parts +
            (addedValueVat === 'excluded' ? rules.addedValue.minor * messages : 0);
          const gross = addedValueVat === 'included' ? rules.addedValue.minor * messages : 0;
          expect(amount.minor).toBe(roundHalfUp(withVat({ minor: net, currency: 'RSD' }, vatPercent)) + gross);
        },
      ),
    );
  });
});

describe('a plain message on each network, VAT included (contract 15)', () => {
  it.each([
    ['22003', 1, 264],
    ['22003', 2, 528],
    ['22001', 1, 360],
    ['22005', 1, 348],
    ['22005', 5, 1_740],
  ])('%s, %i parts', (network, parts, minor) => {
    expect(partsPrice(pack, networkOf(rules, { network })!.network, parts)).toEqual({ minor, currency: 'RSD' });
  });
});

describe('terms that make no sense', () => {
  const [one, two, three] = rules.networks as [SmsNetworkRules, SmsNetworkRules, SmsNetworkRules];
  it.each<[string, SmsNetworkRules[], string]>([
    ['another currency', [{ ...one, clientShare: { minor: 1, currency: 'EUR' } }, two], 'currency RSD'],
    ['shares beyond the price', [{ ...one, clientShare: { minor: 3_000, currency: 'RSD' } }, two], 'shares of 22003'],
    ['a prefix of two networks', [one, { ...two, prefixes: ['064'] }], '064 stands twice'],
    ['a network twice', [one, { ...three, network: one.network }], '22003 stands twice'],
  ])('%s', (_, networks, problem) => {
    expect(smsProblems({ networks, addedValue: rules.addedValue }, 'RSD').join()).toContain(problem);
    expect(smsProblems(rules, 'RSD')).toEqual([]);
  });
});
