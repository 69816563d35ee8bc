/** What a text would cost before it is sent, and the network of a number. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureText, octetsOf, textOfOctets } from '../../../alerts/sms/alphabet.js';
import { headerOf, partsOf, readHeader } from '../../../alerts/sms/message.js';
import { PortedNumbers } from '../../../alerts/sms/networks.js';
import { previewOf } from '../../../alerts/sms/preview.js';
import { smsPreview } from '../../../pipelines/commands/sms-preview.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';

const packs = loadPacks([OWN_PACKS]);
const at = Date.UTC(2026, 5, 1);
const pack = packs.at('mobitext-rs', at)!;
const rules = pack.rules.sms!;

describe('a preview', () => {
  it('counts letters, units and parts, and says how much more fits', () => {
    expect(previewOf('a'.repeat(150)).unitsLeft).toBe(10);
    expect(previewOf('a'.repeat(160)).unitsLeft).toBe(0);
    expect(previewOf('a'.repeat(161))).toMatchObject({ unitsLeft: 145, measured: { parts: 2, units: 161 } });
    expect(previewOf('č'.repeat(71))).toMatchObject({ unitsLeft: 63, measured: { alphabet: 'ucs2', parts: 2 } });
    expect(previewOf('')).toMatchObject({ unitsLeft: 160, measured: { parts: 1 } });
  });

  it('so much more of one-unit letters fits, and no more', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'č', '€', '📷'), maxLength: 400 }), (text) => {
        const { unitsLeft, measured } = previewOf(text);
        const letter = measured.alphabet === 'gsm' ? 'a' : 'č';
        expect(measureText(text + letter.repeat(unitsLeft)).parts).toBe(measured.parts);
        expect(measureText(text + letter.repeat(unitsLeft + 1)).parts).toBe(measured.parts + 1);
      }),
    );
  });

  it('names the letters that force the wide alphabet, and offers plain ones where that saves a part', () => {
    const text = `Račun je šđžć. ${'a'.repeat(100)}`;
    const preview = previewOf(text);
    expect(preview.wide).toEqual(['č', 'š', 'đ', 'ž', 'ć']);
    expect(preview.plain).toMatchObject({ measured: { alphabet: 'gsm', parts: 1 } });
    expect(preview.plain!.text).toMatch(/^Racun je sdjzc\. /);
    expect(previewOf('Račun').plain).toBeUndefined();
  });

  it('says what it costs on each network, VAT included', () => {
    const prices = (text: string) => previewOf(text, pack).networks.map(({ name, amount }) => `${name} ${amount}`);
    expect(prices('kratko')).toEqual(['Telekom Srbija 2.64', 'Telenor 3.60', 'Vip 3.48']);
    expect(prices('a'.repeat(161))).toEqual(['Telekom Srbija 5.28', 'Telenor 7.20', 'Vip 6.96']);
    expect(previewOf('kratko', packs.at('a1-rs', at)).networks).toEqual([]);
  });
});

describe('a text that names the short code (4.2, Annex 1.2)', () => {
  const unstated = (text: string) => previewOf(text, pack).shortCodes.flatMap((one) => one.unstated);

  it('must state the price with VAT, for each network', () => {
    const text = 'Glasajte na 6624! Cena: mts 38,64, Telenor 39,60, Vip 39.48 RSD sa PDV.';
    expect(previewOf(text, pack).shortCodes).toMatchObject([{ shortCode: '6624', unstated: [] }]);
    expect(previewOf(text, pack).shortCodes[0]!.prices.map(({ amount }) => amount)).toEqual([
      '38.64',
      '39.60',
      '39.48',
    ]);
  });

  it.each([
    ['no price', 'Glasajte na 6624!', ['Telekom Srbija', 'Telenor', 'Vip']],
    ['one price of three', 'Glasajte na 6624, 38,64 RSD', ['Telenor', 'Vip']],
    ['a price without VAT', 'Glasajte na 6624, 30,00 RSD + PDV', ['Telekom Srbija', 'Telenor', 'Vip']],
    ['digits within another number', 'Glasajte na 6624: 138,64 39,601 39.48.1', ['Telekom Srbija', 'Telenor', 'Vip']],
  ])('%s', (_, text, names) => {
    expect(unstated(text)).toEqual(names);
  });

  it('one that names another number names no short code', () => {
    expect(previewOf('Zovite 066241234 ili 16624', pack).shortCodes).toEqual([]);
  });
});

describe('dozor sms preview', () => {
  const lines = (text: string, more = {}) => smsPreview({ text, packs, at, json: false, ...more });

  it('prints it for people', () => {
    expect(lines('Račun 📷 6624')).toEqual([
      '12 letters, UCS-2, 13 units, 1 part, 57 more fit',
      'outside the GSM alphabet: č 📷',
      '',
      'Mobitext, price with VAT (a ported number costs what its network does):',
      '  network         prefixes     price',
      '  Telekom Srbija  064 065 066  2.64 RSD',
      '  Telenor         062 063 069  3.60 RSD',
      '  Vip             060 061      3.48 RSD',
      '',
      'A message to 6624 costs:',
      '  network         price',
      '  Telekom Srbija  38.64 RSD',
      '  Telenor         39.60 RSD',
      '  Vip             39.48 RSD',
      'The text names 6624 and not its price for: Telekom Srbija, Telenor, Vip. The terms ask for it (Mobitext 4.2, Annex 1.2).',
    ]);
  });

  it('shows letters that nobody sees by their code', () => {
    expect(lines('a\u00a0b\u200bc')[1]).toBe('outside the GSM alphabet: U+00A0 U+200B');
  });

  it('prints it for machines, and says where there are no such terms', () => {
    const [json] = lines('kratko', { json: true });
    expect(JSON.parse(json!)).toMatchObject({ operator: 'mobitext-rs', measured: { parts: 1 }, unitsLeft: 154 });
    expect(() => lines('x', { operator: 'nobody' })).toThrow('no rule pack of nobody');
    expect(() => lines('x', { operator: 'a1-rs' })).toThrow('have no prices');
    expect(lines('x', { operator: 'mobitext-rs' })[0]).toBe('1 letter, GSM 03.38, 1 septet, 1 part, 159 more fit');
  });
});

describe('the table of ported numbers', () => {
  const table = PortedNumbers.read(['# number,network', '', '+381641234567,22005', ' 00381 , 1'].slice(0, 3));

  it('tells the network where a number was ported, and the prefix always; never the number', () => {
    expect(table.size).toBe(1);
    expect(table.factsOf('+381 64 123 4567', rules)).toEqual({ network: '22005', prefix: '064' });
    expect(table.factsOf('381647654321', rules)).toEqual({ prefix: '064' });
    expect(table.factsOf('+436641234567', rules)).toEqual({});
  });

  it.each([['+381641234567'], ['+381641234567,mts'], ['12,22005'], ['+381641234567,22005,x']])(
    'a line that is none is said by its number alone: %s',
    (line) => {
      const attempt = () => PortedNumbers.read(['', line]);
      expect(attempt).toThrow('line 2 of the ported numbers');
      expect(attempt).not.toThrow('38164');
    },
  );
});

describe('the parts of a text', () => {
  it('are read back out of their octets and headers', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '€', '{', 'č', 'Љ', '📷', ' '), maxLength: 500 }),
        fc.nat(70_000),
        (text, reference) => {
          const pieces = partsOf(text, reference);
          const back = pieces.map(({ text: own, alphabet, place }, at) => {
            const octets = octetsOf(own, alphabet);
            if (place) {
              const header = readHeader(Buffer.concat([headerOf(place), octets]))!;
              expect(header).toEqual({
                from: 6,
                place: { reference: reference & 0xff, part: at + 1, total: pieces.length },
              });
            }
            return alphabet === 'gsm' ? textOfOctets(octets) : Buffer.from(octets).swap16().toString('utf16le');
          });
          expect(back.join('')).toBe(text);
        },
      ),
    );
  });

  it('of a text for more than 255 there are none; uncut there is one', () => {
    expect(() => partsOf('a'.repeat(153 * 255 + 1), 1)).toThrow('256 parts');
    expect(partsOf('a'.repeat(400), 1, 'uncut')).toEqual([{ alphabet: 'gsm', text: 'a'.repeat(400) }]);
  });

  it('a header that lies about its length is none, one without a place has none', () => {
    expect(readHeader(Uint8Array.of(5, 0, 3, 1))).toBeUndefined();
    expect(readHeader(Uint8Array.of(5, 0, 9, 1, 2, 1, 0x41))).toBeUndefined();
    expect(readHeader(Uint8Array.of(3, 0x24, 1, 5, 0x41))).toEqual({ from: 4 });
    expect(readHeader(new Uint8Array(0))).toBeUndefined();
  });

  it('an escaped letter that nobody knows reads as the plain one, and an escape at the end as nothing', () => {
    expect(textOfOctets(Uint8Array.of(0x1b, 0x41, 0x1b, 0x65, 0x1b))).toBe('A€');
  });
});
