/** `dozor sms preview`: a text as a short message, in a table for people or as JSON. Nothing is sent. */
import { type Preview, previewOf } from '../../alerts/sms/preview.js';
import type { Pack, Packs } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';

export interface PreviewOptions {
  readonly text: string;
  /** Whose prices; without one all operators that have such terms. */
  readonly operator?: string;
  /** As of when. */
  readonly at: Instant;
  readonly packs: Packs;
  readonly json: boolean;
}

/** The lines to print. Throws where there is no such operator, or its terms have no prices. */
export function smsPreview(options: PreviewOptions): readonly string[] {
  const packs = packsOf(options);
  const previews = packs.map((pack) => ({
    operator: pack.operator,
    name: pack.name,
    ...previewOf(options.text, pack),
  }));
  if (options.json) return previews.map((one) => JSON.stringify(one));
  const first = previews[0] ?? previewOf(options.text);
  return [...inWords(first), ...previews.flatMap(pricesInWords)];
}

function packsOf({ packs, operator, at }: PreviewOptions): readonly Pack[] {
  if (operator === undefined) {
    return [...packs.operators().keys()].map((one) => packs.at(one, at)!).filter(({ rules }) => rules.sms);
  }
  const pack = packs.at(operator, at);
  if (!pack) throw new Error(`no rule pack of ${operator}`);
  if (!pack.rules.sms) throw new Error(`the terms of ${operator} have no prices of short messages`);
  return [pack];
}

function inWords({ measured, unitsLeft, wide, plain }: Preview): readonly string[] {
  const { alphabet, characters, units, parts } = measured;
  const what = alphabet === 'gsm' ? 'GSM 03.38' : 'UCS-2';
  const lines = [
    `${count(characters, 'letter')}, ${what}, ${count(units, alphabet === 'gsm' ? 'septet' : 'unit')}, ${count(parts, 'part')}, ${unitsLeft} more fit`,
  ];
  if (wide.length > 0) lines.push(`outside the GSM alphabet: ${wide.map(shown).join(' ')}`);
  if (plain) lines.push(`in plain letters ${count(plain.measured.parts, 'part')}: ${plain.text}`);
  return lines;
}

function pricesInWords({ name, networks, shortCodes }: Preview & { readonly name: string }): readonly string[] {
  const rows = networks.map((one) => [one.name, one.prefixes.join(' '), `${one.amount} ${one.currency}`]);
  const lines = ['', `${name}, price with VAT (a ported number costs what its network does):`];
  lines.push(...table([['network', 'prefixes', 'price'], ...rows]));
  for (const { shortCode, prices, unstated } of shortCodes) {
    lines.push('', `A message to ${shortCode} costs:`);
    lines.push(...table([['network', 'price'], ...prices.map((one) => [one.name, `${one.amount} ${one.currency}`])]));
    lines.push(
      unstated.length === 0
        ? 'The text states the price for each network.'
        : `The text names ${shortCode} and not its price for: ${unstated.join(', ')}. The terms ask for it (Mobitext 4.2, Annex 1.2).`,
    );
  }
  return lines;
}

/** A letter that shows nothing by its code. */
function shown(letter: string): string {
  return /[\p{Z}\p{C}\p{M}]/u.test(letter)
    ? `U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
    : letter;
}

/** Columns as wide as their widest cell. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}
