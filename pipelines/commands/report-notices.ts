/**
 * `dozor report notices`: the register of notices on use and charges that the law asks for: who, which number, which traffic, when,
 * by which clause. Name and number come out of the book of contacts only when it is printed, and only where that is asked for; until
 * then a service is its opaque id.
 */
import { ContactBook } from '../../alerts/contacts.js';
import { TEMPLATES, type Template } from '../domain/decision.js';
import { parseInstant } from '../domain/units.js';
import type { WireDecision } from '../http/ports.js';
import type { Log } from '../io/log.js';
import type { Config } from '../runtime/config.js';
import { fromBytes, TICK_KEY, TOPICS } from '../runtime/topics.js';
import { openParts } from './parts.js';
import { checkPeriod, compare, type Format, isWithin, linesOf, type Period, type Row, topicRecords } from './report.js';

/** The notices on use and charges: the register is of these unless it is asked for others. */
export const USE_TEMPLATES: readonly Template[] = TEMPLATES.filter((name) =>
  /^(spend|credit-limit|traffic|restriction|roaming)-/.test(name),
);

export interface NoticesOptions extends Period {
  readonly format: Format;
  readonly templates?: readonly string[];
  /** Puts name and number in: personal data, for who may see it. */
  readonly withContacts: boolean;
}

const COLUMNS = ['time', 'submittedAt', 'service'];
const CONTACT_COLUMNS = ['name', 'number'];
const MORE_COLUMNS = ['operator', 'template', 'clause', 'traffic', 'late', 'noticeId', 'decision'];

/** The register of an installation, line by line. Rejects in words where the period or a template is none. */
export async function reportNotices(config: Config, options: NoticesOptions): Promise<readonly string[]> {
  checkPeriod(options);
  const { log, close } = await openParts(config, 'read');
  try {
    return await noticesRegister(log, options);
  } finally {
    await close();
  }
}

/** The register of what is on a log: notices to subscribers requested within the period, by time. */
export async function noticesRegister(log: Log, options: NoticesOptions): Promise<readonly string[]> {
  const { templates = USE_TEMPLATES, withContacts, format } = options;
  for (const name of templates) {
    if (!(TEMPLATES as readonly string[]).includes(name)) throw new Error(`--template: there is no template ${name}`);
  }
  const notices = new Map<string, WireDecision>();
  for await (const { value } of topicRecords(log, TOPICS.decisions)) {
    const decision = fromBytes(value) as WireDecision;
    const { type, id, time, data } = decision;
    if (type !== 'notice.requested' || data['audience'] !== 'subscriber') continue;
    // A copy has the same id.
    if (templates.includes(String(data['template'])) && isWithin(options, parseInstant(time) ?? 0)) {
      notices.set(id, decision);
    }
  }
  const submitted = await submittedAt(log, new Set([...notices.values()].map(({ data }) => String(data['noticeId']))));
  const contacts = withContacts ? await contactsOf(log) : undefined;
  const rows = [...notices.values()].map((notice): Row => {
    const { subject = '', time, data } = notice;
    const contact = contacts?.find(subject);
    const because = data['because'] as { readonly decision?: unknown } | undefined;
    return {
      time,
      submittedAt: submitted.get(String(data['noticeId'])),
      service: subject,
      name: contact?.name,
      number: contact?.msisdn,
      operator: data['operator'],
      template: data['template'],
      clause: data['clause'],
      traffic: data['parameters'],
      late: data['late'] ?? false,
      noticeId: data['noticeId'],
      decision: because?.decision ?? notice.id,
    };
  });
  rows.sort(
    (a, b) =>
      parseInstant(String(a['time']))! - parseInstant(String(b['time']))! ||
      compare(String(a['service']), String(b['service'])) ||
      compare(String(a['noticeId']), String(b['noticeId'])),
  );
  return linesOf([...COLUMNS, ...(withContacts ? CONTACT_COLUMNS : []), ...MORE_COLUMNS], rows, format);
}

/** When each of these notices was first said to be on its way, by its id. A word by template alone names none of them. */
async function submittedAt(log: Log, noticeIds: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const first = new Map<string, string>();
  if (noticeIds.size === 0) return first;
  for await (const { key, value } of topicRecords(log, TOPICS.serviceEvents)) {
    if (key === TICK_KEY) continue;
    const text = Buffer.from(value).toString('utf8');
    if (!text.includes('"notice.progressed"')) continue;
    const { type, time, data } = parsed(text);
    const { noticeId, state } = data ?? {};
    if (type !== 'notice.progressed' || state === 'failed' || typeof time !== 'string') continue;
    if (typeof noticeId !== 'string' || !noticeIds.has(noticeId)) continue;
    const at = parseInstant(time);
    const known = first.get(noticeId);
    if (at !== undefined && (known === undefined || at < parseInstant(known)!)) first.set(noticeId, time);
  }
  return first;
}

interface Progress {
  readonly type?: unknown;
  readonly time?: unknown;
  readonly data?: { readonly noticeId?: unknown; readonly state?: unknown } | null;
}

/** A producer that writes straight to the log may write anything: what is no JSON says nothing here. */
function parsed(text: string): Progress {
  try {
    return (JSON.parse(text) as Progress | null) ?? {};
  } catch {
    return {};
  }
}

async function contactsOf(log: Log): Promise<ContactBook> {
  const book = new ContactBook({ log, partitions: await log.partitions(TOPICS.contacts) });
  await book.catchUp();
  return book;
}
