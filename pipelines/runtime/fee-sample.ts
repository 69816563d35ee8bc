/**
 * What services pay, for projections: the fees of a bounded number of services, by the elements that serve them, read from the state
 * of the service tasks. Where all services fit into the sample it says what all of them pay.
 */
import { withVat } from '../domain/money.js';
import { activeAt, profileAt } from '../domain/service.js';
import type { Instant } from '../domain/units.js';
import type { Store } from '../io/store.js';
import type { FeeSample } from '../views/wall/misses.js';
import { ServiceCell } from './service-cell.js';

/** Services that are read in one go, in all tasks together, in the order of their ids. */
export const FEE_SAMPLE_MAX = 20_000;
/** So many are opened before others on the thread have their turn. */
const TURN = 100;

interface Sum {
  services: number;
  monthly: number;
  currency: string;
}

/** Reads the sample as of an instant; `vatOf` is an operator's rate in per cent. Rejects where the store does not answer. */
export async function readFees(
  store: Store,
  tasks: readonly string[],
  { at, vatOf }: { readonly at: Instant; readonly vatOf: (operator: string) => string },
): Promise<FeeSample> {
  const operators = new Map<string, Sum>();
  const served = new Map<
    string,
    { readonly serving: readonly string[]; readonly operator: string; readonly sum: Sum }
  >();
  const each = Math.ceil(FEE_SAMPLE_MAX / tasks.length);
  let isWhole = true;
  for (const task of tasks) {
    let count = 0;
    for await (const [key, bytes] of store.entries(task, 's/')) {
      if (count >= each) {
        isWhole = false;
        break;
      }
      count += 1;
      if (count % TURN === 0) await new Promise((next) => setImmediate(next));
      const { facts } = ServiceCell.fromBytes(key.slice(2), bytes).cell;
      if (facts.versions.length === 0 || !activeAt(facts, at)) continue;
      const { operator, monthlyFee, servedBy = [] } = profileAt(facts, at);
      const fee = monthlyFee ? feeOf(monthlyFee, vatOf(operator)) : 0;
      const currency = monthlyFee?.currency ?? operators.get(operator)?.currency ?? '';
      const serving = [...servedBy].sort();
      const name = `${operator}\n${serving.join('\n')}`;
      const of = served.get(name) ?? { serving, operator, sum: { services: 0, monthly: 0, currency } };
      served.set(name, of);
      const all = operators.get(operator) ?? { services: 0, monthly: 0, currency };
      operators.set(operator, all);
      for (const sum of [of.sum, all]) {
        sum.services += 1;
        sum.monthly += fee;
        if (sum.currency === '') sum.currency = currency;
      }
    }
  }
  return {
    isWhole,
    of: (operator) => operators.get(operator),
    below: (operator, elements) => {
      const all: Sum = { services: 0, monthly: 0, currency: operators.get(operator)?.currency ?? '' };
      for (const { operator: whose, serving, sum } of served.values()) {
        if (whose !== operator || !serving.some((element) => elements.has(element))) continue;
        all.services += sum.services;
        all.monthly += sum.monthly;
      }
      return all.services === 0 ? undefined : all;
    },
  };
}

/** The fee with VAT, in minor units, not yet rounded: it is added to others. */
function feeOf(fee: { readonly minor: number; readonly currency: string; readonly vat?: string }, vat: string): number {
  if (fee.vat !== 'excluded') return fee.minor;
  const { numerator, denominator } = withVat(fee, vat);
  return Number(numerator) / Number(denominator);
}
