/**
 * `dozor notices`: one notice with all that became of it, and what a person says of it (lists: notice-lists.ts). What is said becomes an event and goes through the door: it is part of the story. No number and no name of a person is shown or taken.
 */
import { decodeEntry, type Entry } from '../../alerts/ledger/entry.js';
import { entryKey } from '../../alerts/ledger/rows.js';
import { decisionId } from '../domain/decision.js';
import type { NoticeSettlement } from '../domain/event.js';
import type { Instant } from '../domain/units.js';
import type { Store } from '../io/store.js';
import { agreementOf } from '../runtime/agreement.js';
import { ledgerNames } from '../runtime/alerts-task.js';
import type { Config } from '../runtime/config.js';
import { partitionsOf } from '../runtime/node.js';
import { sendLines, type Target } from './client.js';
import { openParts } from './parts.js';

const SOURCE = 'dozor/commands';

/** The ledgers of an installation, by the names of their tasks. */
export async function ledgersOf(config: Config, store: Store): Promise<readonly string[]> {
  return ledgerNames((await agreementOf(store).catch(() => undefined))?.partitions ?? partitionsOf(config));
}

/** One entry of the ledger. Rejects in words where there is none. */
export async function showNotice(config: Config, noticeId: string): Promise<Entry> {
  const { store, close } = await openParts(config, 'read');
  try {
    return await entryOf(config, store, noticeId);
  } finally {
    await close();
  }
}

async function entryOf(config: Config, store: Store, noticeId: string): Promise<Entry> {
  for (const name of await ledgersOf(config, store)) {
    const [value] = await store.get(name, [entryKey(noticeId)]);
    if (value) return decodeEntry(value);
  }
  throw new Error(`there is no notice ${noticeId} on the ledger`);
}

/** What a person does with a notice. `by` is a role, such as `legal-officer`. */
export type NoticeAct =
  | { readonly is: 'sign-off'; readonly by: string; readonly time: Instant }
  | { readonly is: 'settle'; readonly as: NoticeSettlement; readonly by: string; readonly time: Instant };

/** Says it to the installation; the words say what became of that. Rejects where it makes no sense for this notice. */
export async function actOnNotice(config: Config, target: Target, noticeId: string, act: NoticeAct): Promise<string> {
  const entry = await showNotice(config, noticeId);
  refuse(entry, act);
  const refusals: string[] = [];
  const sent = await sendLines([JSON.stringify(actEvent(entry, act))], target, ({ message, reason }) =>
    refusals.push(`${message} (${reason})`),
  );
  if (sent.rejected > 0) throw new Error(refusals.join(', '));
  return sent.duplicates > 0 ? 'said already' : act.is === 'sign-off' ? 'signed' : `settled: ${act.as}`;
}

function refuse({ audience, signed, standing, noticeId }: Entry, act: NoticeAct): void {
  if (act.is === 'sign-off') {
    if (audience !== 'regulator') throw new Error(`${noticeId} is no notice to a regulator: it needs no signature`);
    if (signed) throw new Error(`${noticeId} is signed already, by ${signed.by}`);
  } else if (standing.is !== 'person' && standing.is !== 'letter')
    throw new Error(`${noticeId} is ${standing.is}: it is on no list of what a person has to settle`);
}

/** The event, named by what it says, so that said twice it is one. */
export function actEvent({ noticeId, subject }: Pick<Entry, 'noticeId' | 'subject'>, act: NoticeAct): object {
  const signs = act.is === 'sign-off';
  return {
    specversion: '1.0',
    id: decisionId([act.is, noticeId, act.by, act.time, signs ? null : act.as]),
    source: SOURCE,
    type: signs ? 'notice.signed' : 'notice.settled',
    subject,
    time: iso(act.time),
    data: { noticeId, by: act.by, ...(signs ? {} : { as: act.as }) },
  };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
