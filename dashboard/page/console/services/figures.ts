/** Figures of a service for people: money, volumes, rates, days. */
import type { ViewMoney, ViewVolumes } from '../../../../pipelines/domain/subject/service-view.js';
import { locale } from '../../shared/language.js';
import { lengthOf } from '../../shared/time.js';
import { words } from './words.js';

const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });

/** All decimals as they came: money is never rounded for the eye. */
export function moneyText({ amount, currency }: ViewMoney): string {
  const [whole = '0', decimals] = amount.split('.');
  const grouped = new Intl.NumberFormat(locale).format(BigInt(whole.replace('-', '')));
  const point = new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === 'decimal')!.value;
  return `${amount.startsWith('-') ? '−' : ''}${grouped}${decimals ? `${point}${decimals}` : ''} ${currency}`;
}

export function percentText(share: number): string {
  return percent.format(share);
}

export function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${number.format(bytes / 1e9)} GB`;
  if (bytes >= 1e6) return `${number.format(bytes / 1e6)} MB`;
  return bytes >= 1e3 ? `${number.format(bytes / 1e3)} kB` : `${bytes} B`;
}

export function rateText(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6
    ? `${number.format(bitsPerSecond / 1e6)} Mbit/s`
    : `${number.format(bitsPerSecond / 1e3)} kbit/s`;
}

/** An amount of one of the measures of limits. */
export function measureText(
  measure: 'charge' | 'voiceSeconds' | 'messages' | 'dataBytes',
  value: number | ViewMoney,
): string {
  if (typeof value !== 'number') return moneyText(value);
  if (measure === 'voiceSeconds') return lengthOf(value * 1_000);
  return measure === 'dataBytes' ? bytesText(value) : number.format(value);
}

/** What was used, of what was used at all. */
export function volumesText({ dataBytes, voiceSeconds, messages }: ViewVolumes): string {
  return [
    ...(dataBytes ? [bytesText(dataBytes)] : []),
    ...(voiceSeconds ? [lengthOf(voiceSeconds * 1_000)] : []),
    ...(messages ? [words.volumes.messages(number.format(messages))] : []),
  ].join(', ');
}

/** A local day: it is a day of the calendar, whatever zone the page shows. */
export function dayText(day: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }).format(
    Date.parse(`${day}T00:00:00Z`),
  );
}

export function monthText(month: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'long', year: 'numeric' }).format(
    Date.parse(`${month}-01T00:00:00Z`),
  );
}
