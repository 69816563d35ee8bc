/** The oracle's spend bar, credit limit and doubled spend: contract 4, 5 and 6. */
import type { Facts } from './facts.js';
import type { Look, Rule } from './oracle.js';
import { type Event, type Exact, exact, MEASURES, type Span, type WireMoney, wireMoney } from './wire.js';

const CAP: Exact = 5_000_00_00n;
const WARN_AT: Exact = 4_000_00_00n;

function distinct(cycles: readonly Span[]): readonly Span[] {
  return [...new Map(cycles.map((cycle) => [cycle.from, cycle])).values()];
}

/** The cycles of what was touched. */
function cyclesOf({ touched, facts }: Look): readonly Span[] {
  return distinct(touched.map(({ at }) => facts.cycle(at)));
}

function usage(facts: Facts, cycle: Span): Exact {
  return facts.sums('month', cycle).charge;
}

/** Whether the subscriber had asked for the bar by then: the latest word of the record and of requests holds. */
export function isRequested(facts: Facts, at: number): boolean {
  const said = facts
    .of('bar.requested', 'bar.withdrawn')
    .filter(({ at: time, data }) => time <= at && data['kind'] === 'spend-cap')
    .map(({ at: time, known, ref, type }) => ({ at: time, known, ref, wants: type === 'bar.requested' }));
  const version = facts.versions.findLast((one) => one.at <= at) ?? facts.versions[0]!;
  const { spendBar } = version.profile;
  if (spendBar !== undefined) said.push({ at: version.at, known: version.known, ref: version.ref, wants: spendBar });
  said.sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
  return said.at(-1)?.wants ?? false;
}

export class SpendBar implements Rule {
  readonly #warned = new Set<number>();
  #barred: Span | undefined;
  #episode = 0;

  look(look: Look): void {
    const { now, facts, decide } = look;
    const cycle = facts.cycle(now);
    const charges = usage(facts, cycle);
    const requested = isRequested(facts, now);
    const barred = (data: Span) => ({ reason: 'spend-cap', cycle: data, episode: this.#episode });
    if (this.#barred && (this.#barred.from !== cycle.from || !requested || charges <= CAP)) {
      decide('bar.lifted', barred(this.#barred));
      this.#barred = undefined;
    }
    // What was asked and became known late was asked in cycles that are over too.
    const records = facts.live.filter(
      ({ counts, sums }) => counts === 'all' && MEASURES.some((one) => sums[one] !== 0n),
    );
    const cycles = cyclesOf(look.asked ? { ...look, touched: [...look.touched, ...records] } : look);
    for (const one of distinct([cycle, ...cycles])) this.#warn(one, look);
    if (!this.#barred && requested && charges > CAP) {
      this.#barred = cycle;
      this.#episode += 1;
      decide('bar.applied', barred(cycle));
    }
  }

  #warn(cycle: Span, { now, facts, decide }: Look): void {
    const closed = cycle.to <= now;
    const charges = usage(facts, cycle);
    if (cycle.from > now || this.#warned.has(cycle.from) || charges < WARN_AT) return;
    if (!isRequested(facts, Math.min(now, cycle.to - 1))) return;
    this.#warned.add(cycle.from);
    const money = { charges: wireMoney(charges, facts.currency), cap: wireMoney(CAP, facts.currency) };
    decide('spend.warned', { reason: 'spend-cap', ...money, cycle, late: closed });
  }
}

const CREDIT: Exact = 60_00_00n;
const CREDIT_WARN_AT: Exact = 30_00_00n;

export class CreditLimit implements Rule {
  #balance: Exact = 0n;
  #charged: Exact = 0n;
  #barred = false;
  /** The one in which it was barred: unpaid charges themselves know no cycles. */
  #cycle: Span | undefined;
  #warned = false;
  #episode = 0;

  heard({ type, data }: Event, facts: Facts): void {
    const charged = facts.charged();
    this.#add(charged - this.#charged);
    this.#charged = charged;
    if (type === 'bill.paid') this.#add(-exact((data['usageAmount'] ?? data['amount']) as WireMoney));
    if (type === 'history.imported' && data['unpaid']) this.#add(exact(data['unpaid'] as WireMoney));
  }

  #add(delta: Exact): void {
    this.#balance += delta;
    if (this.#balance < 0n) this.#balance = 0n;
  }

  look({ now, facts, decide }: Look): void {
    const { creditLimit } = facts.profileAt(now);
    const limit = creditLimit ? exact(creditLimit) : CREDIT;
    if (this.#balance < CREDIT_WARN_AT) this.#warned = false;
    else if (!this.#warned && limit > CREDIT_WARN_AT) {
      this.#warned = true;
      const money = { charges: wireMoney(this.#balance, facts.currency), cap: wireMoney(limit, facts.currency) };
      decide('spend.warned', { reason: 'credit-limit', ...money });
    }
    if (this.#barred === this.#balance >= limit) return;
    this.#barred = !this.#barred;
    if (this.#barred) {
      this.#episode += 1;
      this.#cycle = facts.cycle(now);
    }
    const data = { reason: 'credit-limit', cycle: this.#cycle, episode: this.#episode };
    decide(this.#barred ? 'bar.applied' : 'bar.lifted', data);
  }
}

export class Doubled implements Rule {
  readonly #told = new Set<number>();

  look(look: Look): void {
    const { now, facts, touched } = look;
    const current = facts.cycle(now);
    const began = current.from === now;
    for (const cycle of distinct([...cyclesOf(look), ...(touched.length > 0 || began ? [current] : [])]))
      this.#judge(cycle, look);
  }

  #judge(cycle: Span, { now, facts, decide }: Look): void {
    if (this.#told.has(cycle.from)) return;
    if ((facts.profileAt(Math.min(now, cycle.to - 1)).customerType ?? 'consumer') !== 'consumer') return;
    const charges = all(facts, cycle);
    const before = completed(facts, cycle);
    const [sum, parts, referenceKind] =
      before.length === 3
        ? [before.reduce((total, one) => total + all(facts, one), 0n), 3n, 'three-cycle-average' as const]
        : [facts.feeAt(cycle.from), 1n, 'monthly-fee' as const];
    if (sum <= 0n || charges * parts < 2n * sum) return;
    this.#told.add(cycle.from);
    const reference = wireMoney(sum, facts.currency, parts);
    decide('spend.doubled', { cycle, charges: wireMoney(charges, facts.currency), reference, referenceKind });
  }
}

/** Everything due for a cycle: usage, and the fee that held when it began. */
function all(facts: Facts, cycle: Span): Exact {
  return usage(facts, cycle) + facts.feeAt(cycle.from);
}

/** The cycles before one for all of which the service was active, three at most. */
function completed(facts: Facts, cycle: Span): readonly Span[] {
  const found: Span[] = [];
  for (let at = cycle.from; found.length < 3; ) {
    const one = facts.cycle(at - 1);
    if (one.from < facts.since) break;
    found.push(one);
    at = one.from;
  }
  return found;
}
