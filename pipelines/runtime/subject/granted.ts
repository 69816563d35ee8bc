/** What an incident has cost so far: every credit with its corrections, by currency, and every extension. */
import { formatMoney, type Money, parseMoney, plus } from '../../domain/money.js';
import type { OutageDetail } from '../../domain/outage-wire.js';
import type { Views } from '../../http/ports.js';

const PAGE = 1_000;
/** A bound for one who only looks: what lies behind it is in the decisions themselves. */
const PAGES_MAX = 100;

/** Adds up what the decisions grant: corrections say by how much they differ from what stood before. */
export async function grantedOf(
  incident: string,
  views: Pick<Views, 'decisions'>,
): Promise<Pick<OutageDetail, 'granted' | 'grantedSeconds'>> {
  const sums = new Map<string, Money>();
  let grantedSeconds = 0;
  for (const type of ['credit.granted', 'credit.adjusted', 'extension.granted', 'extension.adjusted'] as const) {
    let after: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const found = await views.decisions({ incident, type, limit: PAGE, ...(after !== undefined && { after }) });
      for (const { data } of found.decisions) {
        const value =
          data[type.endsWith('.granted') ? (type.startsWith('credit') ? 'amount' : 'seconds') : 'difference'];
        if (typeof value === 'number') grantedSeconds += value;
        else add(sums, value);
      }
      after = found.next;
      if (after === undefined) break;
    }
  }
  return { granted: wireOf(sums), grantedSeconds };
}

/** Adds an amount of money off the wire to the sum of its currency. */
function add(sums: Map<string, Money>, wire: unknown): void {
  const read = parseMoney(wire);
  if (read.ok) addMoney(sums, read.money);
}

/** Adds to the sum of the amount's own currency. */
export function addMoney(sums: Map<string, Money>, money: Money): void {
  const held = sums.get(money.currency);
  sums.set(money.currency, held ? plus(held, money) : money);
}

/** The sums by currency, as they go out. */
export function wireOf(sums: ReadonlyMap<string, Money>): OutageDetail['granted'] {
  return [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1)).map(formatMoney);
}
