/** Charges in ten-thousandths of a minor unit, so that VAT can be added to each and a sum be rounded once. */
import type { Money } from '../money.js';
import type { Price } from '../schema.js';
import { FINE_PER_MINOR, type Fine } from './record.js';

/** The amount with VAT; `vatPercent` has at most two decimals. */
export function fineOf(price: Price, vatPercent: string): Fine {
  if (price.vat !== 'excluded') return price.minor * FINE_PER_MINOR;
  const [whole = '0', digits = ''] = vatPercent.split('.');
  return price.minor * (FINE_PER_MINOR + Number(whole) * 100 + Number(digits.padEnd(2, '0').slice(0, 2)));
}

/** Rounded half up to the minor unit, a half away from zero. */
export function moneyOf(fine: Fine, currency: string): Money {
  const size = Math.floor((2 * Math.abs(fine) + FINE_PER_MINOR) / (2 * FINE_PER_MINOR));
  return { minor: fine < 0 && size > 0 ? -size : size, currency };
}
