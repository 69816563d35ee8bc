/** Parts against a library that many use and that we did not write, for any text. */
import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { describe, expect, it } from 'vitest';
import { measureText, splitText } from '../../../alerts/sms/alphabet.js';

const GSM = [...'@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà^{}\\[~]|€\f'];
const WIDE = [...'čćžšđČĆŽŠĐљњџЂ„“–…’ç\u00a0客厅'];
/** Beyond the basic plane, each a grapheme by itself. */
const BEYOND = ['📷', '🔥', '🏠'];

const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...GSM), maxLength: 1_000 }),
  fc.string({ unit: fc.constantFrom(...GSM, ...WIDE), maxLength: 500 }),
  fc.string({ unit: fc.constantFrom('a', '€', 'č', ...BEYOND), maxLength: 500 }),
);
const theirs = (text: string) => {
  const message = new SegmentedMessage(text, 'auto');
  return { alphabet: message.encodingName === 'GSM-7' ? 'gsm' : 'ucs2', parts: message.segmentsCount };
};

describe('sms-segments-calculator', () => {
  it('counts the same parts in the same alphabet', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { alphabet, parts } = measureText(text);
        expect({ alphabet, parts }).toEqual(theirs(text));
      }),
      { numRuns: 500 },
    );
  });

  it('around every edge', () => {
    for (const letter of ['a', '€', 'č', '📷']) {
      for (const edge of [70, 80, 134, 160, 201, 306, 459]) {
        for (let length = edge - 2; length <= edge + 2; length++) {
          for (const text of [
            letter.repeat(length),
            `${'a'.repeat(edge - 1)}${letter}`,
            `${letter}${'a'.repeat(length)}`,
          ]) {
            const { alphabet, parts } = measureText(text);
            expect({ alphabet, parts }, text).toEqual(theirs(text));
          }
        }
      }
    }
  });

  it('takes at least as many where it keeps several letters together as one', () => {
    const joined = fc.string({ unit: fc.constantFrom('c\u030c', '👩\u200d🔧', '\r\n', 'a'), maxLength: 200 });
    fc.assert(
      fc.property(joined, (text) => {
        expect(splitText(text).length).toBeLessThanOrEqual(theirs(text).parts);
      }),
      { numRuns: 100 },
    );
  });
});
