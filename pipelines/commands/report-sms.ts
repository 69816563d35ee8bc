/**
 * `dozor report mobitext`: the monthly statement of messages to short codes, by account and network: how many arrived, what they
 * cost their senders, who gets what, and what was allowed to be paid out in the month. It is made from the decisions alone; a message
 * counts in the local month of its own time, however late it came. Amounts are without VAT but for `amountWithVat` (Mobitext 6.4).
 */
import { dayOf } from '../domain/calendar.js';
import { formatMoney, type Money, parseMoney, plus } from '../domain/money.js';
import type { Packs } from '../domain/pack.js';
import { parseInstant } from '../domain/units.js';
import type { WireDecision } from '../http/ports.js';
import type { Log } from '../io/log.js';
import type { Config } from '../runtime/config.js';
import { fromBytes, TOPICS } from '../runtime/topics.js';
import { openParts } from './parts.js';
import { compare, type Format, linesOf, type Row, topicRecords } from './report.js';

export interface StatementOptions {
  /** "2026-06", a month of the operator's calendar. */
  readonly month: string;
  readonly format: Format;
  /** One operator's; all without it. */
  readonly operator?: string;
}

const MONEY_COLUMNS = [
  'basic',
  'addedValue',
  'vat',
  'amountWithVat',
  'operatorShare',
  'platformShare',
  'clientShare',
] as const;
type MoneyColumn = (typeof MONEY_COLUMNS)[number];
const COLUMNS = [
  'month',
  'operator',
  'account',
  'network',
  'networkName',
  'messages',
  'parts',
  ...MONEY_COLUMNS,
  'payoutsAllowed',
  'payoutAmount',
  'payBy',
];

interface Sums {
  readonly operator: string;
  readonly account: string;
  /** MCC and MNC; undefined: messages without a price. */
  readonly network: string | undefined;
  messages: number;
  parts: number;
  readonly money: Partial<Record<MoneyColumn, Money>>;
  payouts: number;
  payout: Money | undefined;
  payBy: string | undefined;
}

/** The statement of an installation, line by line. Rejects in words where the month is none. */
export async function reportSms(config: Config, packs: Packs, options: StatementOptions): Promise<readonly string[]> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(options.month)) throw new Error('--month should be a month such as 2026-06');
  const { log, close } = await openParts(config, 'read');
  try {
    return await smsStatement(log, packs, options);
  } finally {
    await close();
  }
}

/** The statement of what is on a log. */
export async function smsStatement(log: Log, packs: Packs, options: StatementOptions): Promise<readonly string[]> {
  const decisions = new Map<string, WireDecision>();
  for await (const { value } of topicRecords(log, TOPICS.decisions)) {
    const decision = fromBytes(value) as WireDecision;
    if (decision.type !== 'sms.charged' && decision.type !== 'payout.allowed') continue;
    const { operator } = decision.data as { operator: string };
    if (options.operator !== undefined && operator !== options.operator) continue;
    // A copy has the same id.
    if (monthOf(decision, packs) === options.month) decisions.set(decision.id, decision);
  }
  const groups = new Map<string, Sums>();
  for (const decision of decisions.values()) take(groups, decision);
  const rows = [...groups].sort(([a], [b]) => compare(a, b)).map(([, sums]) => rowOf(sums, packs, options.month));
  return linesOf(COLUMNS, rows, options.format);
}

/** The local month of the message, or of the day on which a payout was allowed. */
function monthOf({ type, time, data }: WireDecision, packs: Packs): string | undefined {
  const at = parseInstant(type === 'sms.charged' ? String(data['at']) : time);
  const pack = at === undefined ? undefined : packs.at(String(data['operator']), at);
  return pack && dayOf(at!, pack.zone).slice(0, 7);
}

function take(groups: Map<string, Sums>, { type, subject = '', data }: WireDecision): void {
  const operator = String(data['operator']);
  const network = typeof data['network'] === 'string' ? data['network'] : undefined;
  const key = JSON.stringify([operator, subject, network ?? '']);
  const sums = groups.get(key) ?? {
    operator,
    account: subject,
    network,
    messages: 0,
    parts: 0,
    money: {},
    payouts: 0,
    payout: undefined,
    payBy: undefined,
  };
  groups.set(key, sums);
  if (type === 'payout.allowed') {
    sums.payouts += 1;
    sums.payout = sumOf(sums.payout, data['amount']);
    const payBy = String(data['payBy']);
    if (sums.payBy === undefined || payBy > sums.payBy) sums.payBy = payBy;
    return;
  }
  sums.messages += 1;
  sums.parts += Number(data['parts']);
  const { operator: kept, platform, client } = (data['shares'] ?? {}) as Record<string, unknown>;
  const parts: Record<MoneyColumn, unknown> = {
    basic: data['basic'],
    addedValue: data['addedValue'],
    vat: data['vat'],
    amountWithVat: data['amount'],
    operatorShare: kept,
    platformShare: platform,
    clientShare: client,
  };
  for (const column of MONEY_COLUMNS) {
    const sum = sumOf(sums.money[column], parts[column]);
    if (sum) sums.money[column] = sum;
  }
}

function sumOf(sum: Money | undefined, wire: unknown): Money | undefined {
  const parsed = parseMoney(wire);
  if (!parsed.ok) return sum;
  return sum ? plus(sum, parsed.money) : parsed.money;
}

function rowOf(sums: Sums, packs: Packs, month: string): Row {
  const { operator, account, network, messages, parts, money, payouts, payout, payBy } = sums;
  const rules = packs.at(operator, Date.parse(`${month}-28T00:00:00Z`))?.rules.sms;
  const amounts = MONEY_COLUMNS.map((column) => [column, money[column] && formatMoney(money[column])] as const);
  return {
    month,
    operator,
    account,
    network: network ?? 'unknown',
    networkName: rules?.networks.find((one) => one.network === network)?.name,
    messages,
    parts,
    ...Object.fromEntries(amounts),
    payoutsAllowed: payouts,
    payoutAmount: payout && formatMoney(payout),
    payBy,
  };
}
