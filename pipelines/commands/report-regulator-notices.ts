/**
 * `dozor report regulator-notices`: the register of notices to the regulator, one for an incident: when it was due, signed and sent,
 * and what it said. It is read from the ledger, and holds no person.
 */
import { decodeEntry, type Entry } from '../../alerts/ledger/entry.js';
import { formatLocal } from '../domain/calendar.js';
import type { Packs } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';
import type { Store } from '../io/store.js';
import type { Config } from '../runtime/config.js';
import { ledgersOf } from './notices.js';
import { openParts } from './parts.js';
import { checkPeriod, compare, type Format, isWithin, linesOf, type Period, type Row } from './report.js';

const COLUMNS = [
  'incident',
  'operator',
  'clause',
  'limit',
  'passedAt',
  'affectedServices',
  'reasons',
  'requestedAt',
  'dueBy',
  'overdue',
  'signedBy',
  'signedAt',
  'sentAt',
  'state',
  'late',
  'noticeId',
  'decision',
];

export interface RegulatorNoticesOptions extends Period {
  readonly format: Format;
  readonly packs: Packs;
}

/** The register, line by line: notices requested within the period, by time. */
export async function reportRegulatorNotices(
  config: Config,
  options: RegulatorNoticesOptions,
): Promise<readonly string[]> {
  checkPeriod(options);
  const { store, close } = await openParts(config, 'read');
  try {
    return await regulatorRegister(store, await ledgersOf(config, store), options);
  } finally {
    await close();
  }
}

/** The register out of the ledgers of a store. */
export async function regulatorRegister(
  store: Pick<Store, 'entries'>,
  ledgers: readonly string[],
  options: RegulatorNoticesOptions,
): Promise<readonly string[]> {
  const entries: Entry[] = [];
  for (const name of ledgers) {
    for await (const [, value] of store.entries(name, 'e/regulator-')) {
      const entry = decodeEntry(value);
      if (entry.audience === 'regulator' && isWithin(options, entry.requestedAt)) entries.push(entry);
    }
  }
  entries.sort((a, b) => a.requestedAt - b.requestedAt || compare(a.noticeId, b.noticeId));
  return linesOf(
    COLUMNS,
    entries.map((entry) => rowOf(entry, options.packs)),
    options.format,
  );
}

function rowOf(entry: Entry, packs: Packs): Row {
  const { parameters, standing, signed, deliveries, requestedAt, operator } = entry;
  const zone = packs.at(operator, requestedAt)?.zone ?? 'UTC';
  const local = (at: Instant | undefined) => (at === undefined ? undefined : formatLocal(at, zone));
  return {
    incident: entry.incident ?? parameters['incident'],
    operator,
    clause: entry.clause,
    limit: parameters['after'],
    passedAt: parameters['passedAt'],
    affectedServices: parameters['affectedServices'],
    reasons: parameters['reasons'],
    requestedAt: local(requestedAt),
    dueBy: local(entry.dueBy),
    overdue: entry.overdue ?? false,
    signedBy: signed?.by,
    signedAt: local(signed?.at),
    sentAt: local(deliveries.find(({ sentAt }) => sentAt !== undefined)?.sentAt),
    state: standing.is === 'done' ? standing.how : standing.is === 'waiting' ? standing.why : standing.is,
    late: entry.late,
    noticeId: entry.noticeId,
    decision: entry.decision,
  };
}
