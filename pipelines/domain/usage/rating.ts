/** Rates the records that came without a charge: each by the tariff that the service had at its time. */
import type { BillingChange } from '../calendar.js';
import { ONE } from '../rating/quantity.js';
import { settle } from '../rating/settle.js';
import type { Tariff } from '../rating/tariff.js';
import type { Instant, Zone } from '../units.js';
import type { UsageBook } from './book.js';
import { FINE_PER_MINOR, type Fine, type UsageRecord } from './record.js';

/** Where a tariff is found, by the instant of a record. */
export interface Tariffs {
  readonly tariffAt: (at: Instant) => Tariff | undefined;
  readonly zone: Zone;
  readonly billing: readonly BillingChange[];
  readonly currency: string;
  /** How many minor units a major one has. */
  readonly minorPerMajor: number;
}

/**
 * Sets what every record without a charge of its own comes to. All of them are shared out again: a late record may take a
 * bundle's minutes from later ones. Records without a tariff or a price come to nothing until there is one.
 */
export function rateBook(book: UsageBook, tariffs: Tariffs): void {
  const records = book.unpriced();
  const tariffAt = (at: Instant): Tariff | undefined => {
    const tariff = tariffs.tariffAt(at);
    // Money of another currency cannot be added up: a tariff in it is none.
    return tariff?.currency === tariffs.currency ? tariff : undefined;
  };
  const settled = settle(tariffAt, records.map(ratedForm), tariffs);
  const charges = new Map<string, Fine>();
  for (const { print } of records) {
    const one = settled.get(print);
    charges.set(print, one?.is === 'rated' ? fineFrom(one.charge, tariffs.minorPerMajor) : 0);
  }
  book.rate(charges);
}

function ratedForm({ print, kind, incoming, at, amount, destination, session }: UsageRecord) {
  return {
    id: print,
    kind,
    direction: incoming ? ('in' as const) : ('out' as const),
    start: at,
    amount: BigInt(kind === 'premium' ? 1 : amount) * ONE,
    ...(destination && { destination }),
    ...(session !== undefined && { sessionId: session }),
  };
}

/** A charge has no more decimals than its currency: it is a whole number of minor units. */
function fineFrom(charge: { readonly numerator: bigint; readonly denominator: bigint }, minorPerMajor: number): Fine {
  return Number((charge.numerator * BigInt(minorPerMajor * FINE_PER_MINOR)) / charge.denominator);
}
