/**
 * What a text would be as a short message, before it is sent: letters, alphabet, parts, the letters that force the wider alphabet,
 * the same in plain letters where that is cheaper, and what it costs on each network of an operator's terms. Where it names a short
 * code, whether it states the price as the terms ask (Mobitext 4.2, Annex 1.2).
 */
import { formatMoney } from '../../pipelines/domain/money.js';
import type { Pack } from '../../pipelines/domain/pack.js';
import { chargeOf, partsPrice } from '../../pipelines/domain/sms.js';
import { alphabetOf, CAPACITY, cheaper, type Measured, measureText, splitText } from './alphabet.js';

export interface Preview {
  readonly text: string;
  readonly measured: Measured;
  /** How many more units fit before it takes one more part. */
  readonly unitsLeft: number;
  /** Letters outside the GSM alphabet, each once. */
  readonly wide: readonly string[];
  /** In plain letters, where that saves parts. */
  readonly plain?: { readonly text: string; readonly measured: Measured };
  /** What it costs to send on each network, VAT included; empty where the operator's terms have no prices. */
  readonly networks: readonly NetworkPrice[];
  /** Short codes that it names: what a message to them costs, and whether the text says so. */
  readonly shortCodes: readonly ShortCodePrice[];
}

export interface NetworkPrice {
  readonly name: string;
  readonly network: string;
  readonly prefixes: readonly string[];
  readonly amount: string;
  readonly currency: string;
}

export interface ShortCodePrice {
  readonly shortCode: string;
  readonly prices: readonly NetworkPrice[];
  /** Networks whose price is not in the text. */
  readonly unstated: readonly string[];
}

/** A text as it would leave by these terms. */
export function previewOf(text: string, pack?: Pack): Preview {
  const measured = measureText(text);
  const plain = cheaper(text);
  const saves = splitText(plain).length < measured.parts;
  return {
    text,
    measured,
    unitsLeft: unitsLeftIn(text),
    wide: [...new Set([...text].filter((letter) => alphabetOf(letter) === 'ucs2'))],
    ...(saves && { plain: { text: plain, measured: measureText(plain) } }),
    networks: pack ? pricesOf(pack, measured.parts) : [],
    shortCodes: pack ? shortCodesIn(text, pack) : [],
  };
}

function unitsLeftIn(text: string): number {
  const { alphabet, units } = measureText(text);
  const { single, part } = CAPACITY[alphabet];
  const parts = splitText(text);
  return parts.length === 1 ? single - units : part - measureUnits(parts.at(-1)!, alphabet);
}

/** The units of a part in the alphabet of the whole. */
function measureUnits(part: string, alphabet: Measured['alphabet']): number {
  return alphabet === 'ucs2' ? part.length : measureText(part).units;
}

function pricesOf(pack: Pack, parts: number): readonly NetworkPrice[] {
  const networks = pack.rules.sms?.networks ?? [];
  return networks.map((one) => {
    const { name, network, prefixes } = one;
    return { name, network, prefixes, ...formatMoney(partsPrice(pack, one, parts)) };
  });
}

function shortCodesIn(text: string, pack: Pack): readonly ShortCodePrice[] {
  const rules = pack.rules.sms;
  const named = rules?.shortCodes.filter((code) => new RegExp(`(?<!\\d)${code}(?!\\d)`).test(text)) ?? [];
  return named.map((shortCode) => {
    const prices = rules!.networks.map((one) => {
      const { name, network, prefixes } = one;
      const { amount } = chargeOf(rules!, pack, one, { parts: 1, served: true });
      return { name, network, prefixes, ...formatMoney(amount) };
    });
    const unstated = prices.filter(({ amount }) => !states(text, amount)).map(({ name }) => name);
    return { shortCode, prices, unstated };
  });
}

/** Whether a text names an amount, with a comma or a point, as a number of its own. */
function states(text: string, amount: string): boolean {
  const [whole = '', cents = ''] = amount.split('.');
  const decimals = cents === '00' ? '([.,]00)?' : `[.,]${cents}`;
  return new RegExp(`(?<![\\d.,])${whole}${decimals}(?!\\d|[.,]\\d)`).test(text);
}
