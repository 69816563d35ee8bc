/**
 * The lists of the ledger: what waits for a person, every notice with how it stands, and what has to go by post with its text. They
 * are read from the store, beside the process that keeps it or at rest; no number, address or name stands in them.
 */
import { readFileSync } from 'node:fs';
import { decodeEntry, type Entry } from '../../alerts/ledger/entry.js';
import { decodeRow, entryKey, type ListRow } from '../../alerts/ledger/rows.js';
import { wordingOf } from '../../alerts/ledger/wording.js';
import type { Packs } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';
import type { Config } from '../runtime/config.js';
import { ledgersOf } from './notices.js';
import { openParts } from './parts.js';
import { compare, type Format, linesOf } from './report.js';

export const LISTS = ['person', 'letter', 'sign-off'] as const;
export type ListName = (typeof LISTS)[number];
/** Lines for people, or one of the forms of registers. */
export type ListFormat = 'text' | Format;

const WAITING = ['list', 'since', 'noticeId', 'subject', 'operator', 'template', 'class', 'dueBy', 'why'];

/** A line for each notice that waits for a person, the oldest first. */
export async function listNotices(
  config: Config,
  list: ListName | undefined,
  format: ListFormat = 'text',
): Promise<readonly string[]> {
  const { store, close } = await openParts(config, 'read');
  try {
    const rows: ListRow[] = [];
    for (const name of await ledgersOf(config, store))
      for await (const [, value] of store.entries(name, 'p/')) rows.push(decodeRow<ListRow>(value));
    const shown = rows.filter((row) => list === undefined || row.list === list).sort(byAge);
    if (format === 'text') return shown.length > 0 ? shown.map(lineOf) : ['nothing waits for a person'];
    return linesOf(
      WAITING,
      shown.map((row) => ({ ...row, since: iso(row.since), dueBy: row.dueBy === undefined ? null : iso(row.dueBy) })),
      format,
    );
  } finally {
    await close();
  }
}

function byAge(a: ListRow, b: ListRow): number {
  return a.since - b.since || compare(a.noticeId, b.noticeId);
}

function lineOf({ list, since, noticeId, subject, class: noticeClass, why, dueBy }: ListRow): string {
  const due = dueBy === undefined ? '' : `  due ${iso(dueBy)}`;
  return `${list}  since ${iso(since)}  ${noticeId}  ${subject}  ${noticeClass}${due}  ${why}`;
}

const ALL = [
  'state',
  'requestedAt',
  'noticeId',
  'subject',
  'operator',
  'template',
  'class',
  'channels',
  'overdue',
  'why',
];

/**
 * Every notice of the ledger, or those in one state, by when they were asked for. A state is waiting, sending, awaiting-receipt, person,
 * letter, or how it ended: delivered, no-receipt and so on.
 */
export async function allNotices(
  config: Config,
  state: string | undefined,
  format: Format,
): Promise<readonly string[]> {
  const { store, close } = await openParts(config, 'read');
  try {
    const found: Entry[] = [];
    for (const name of await ledgersOf(config, store))
      for await (const [, value] of store.entries(name, 'e/')) {
        const entry = decodeEntry(value);
        if (state === undefined || stateOf(entry) === state) found.push(entry);
      }
    found.sort((a, b) => a.requestedAt - b.requestedAt || compare(a.noticeId, b.noticeId));
    const rows = found.map(({ deliveries, standing, ...entry }) => ({
      ...entry,
      state: stateOf({ standing }),
      requestedAt: iso(entry.requestedAt),
      channels: deliveries.map(({ channel }) => channel),
      overdue: entry.overdue ?? false,
      why: 'why' in standing ? standing.why : null,
    }));
    return linesOf(ALL, rows, format);
  } finally {
    await close();
  }
}

/** How an entry stands, in a word; what has left and has no receipt yet is `awaiting-receipt`. */
function stateOf({ standing }: Pick<Entry, 'standing'>): string {
  if (standing.is === 'sent') return 'awaiting-receipt';
  return standing.is === 'done' ? standing.how : standing.is;
}

const LETTERS = ['since', 'noticeId', 'subject', 'operator', 'template', 'dueBy', 'language', 'why', 'title', 'text'];

/**
 * What has to go by post, with the text of each letter, for whoever knows the postal address behind a service. `packs` are those by
 * which the text is put into words. Rejects where one of them cannot be: nothing must go missing in a register.
 */
export async function letterList(config: Config, packs: Packs, format: Format): Promise<readonly string[]> {
  const lines = helpLines(config.noticesFile);
  const { store, close } = await openParts(config, 'read');
  try {
    const rows: (ListRow & { readonly entry: Entry })[] = [];
    for (const name of await ledgersOf(config, store)) {
      for await (const [, value] of store.entries(name, 'p/')) {
        const row = decodeRow<ListRow>(value);
        if (row.list !== 'letter') continue;
        const [entry] = await store.get(name, [entryKey(row.noticeId)]);
        if (entry) rows.push({ ...row, entry: decodeEntry(entry) });
      }
    }
    return linesOf(
      LETTERS,
      rows.sort(byAge).map(({ entry, ...row }) => ({
        ...row,
        since: iso(row.since),
        dueBy: row.dueBy === undefined ? null : iso(row.dueBy),
        language: entry.language,
        ...letterOf(entry, packs, lines(entry.operator)),
      })),
      format,
    );
  } finally {
    await close();
  }
}

function letterOf(entry: Entry, packs: Packs, helpLine: string | undefined): { title: string; text: string } {
  const pack = packs.at(entry.operator, entry.requestedAt);
  if (!pack) throw new Error(`${entry.noticeId}: there is no rule pack of ${entry.operator}`);
  const words = wordingOf(entry, 'email', { pack, helpLine });
  if ('fault' in words) throw new Error(`${entry.noticeId}: ${words.fault}`);
  return { title: words.subject ?? '', text: words.text };
}

/** How customer service is reached, by operator, where the settings of notices say it. */
function helpLines(file: string | undefined): (operator: string) => string | undefined {
  if (file === undefined) return () => undefined;
  const { operators = {} } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly operators?: Readonly<Record<string, { readonly helpLine?: string }>>;
  };
  return (operator) => operators[operator]?.helpLine;
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
