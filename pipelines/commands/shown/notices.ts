/**
 * GET /v1/notices and /v1/notices/ID: the notices that were decided, newest first, each with how it stands on the ledger. The list goes
 * by the decisions, so it is the same where no ledger is kept; what became of a notice is read from the ledger's own store. No number,
 * address or name stands there, nor the prints of numbers here.
 */
import type { Hono } from 'hono';
import { decodeEntry, type Entry, type PartState, type Standing } from '../../../alerts/ledger/entry.js';
import { decodeRow, entryKey, type ListRow } from '../../../alerts/ledger/rows.js';
import { languageOf, renderNotice } from '../../../alerts/texts/render.js';
import { type DecisionOf, decodeDecision } from '../../domain/decision.js';
import type { Packs } from '../../domain/pack.js';
import type {
  NoticeDelivery,
  NoticeLine,
  NoticeList,
  NoticePreview,
  NoticeStanding,
  NoticeView,
} from '../../domain/subject/shown.js';
import type { Instant } from '../../domain/units.js';
import type { Bindings, Views, WireDecision } from '../../http/ports.js';
import { Problem } from '../../http/problem.js';
import { checkNames, queryOf } from '../../http/query.js';
import type { Store } from '../../io/store.js';
import { alertsTaskName, LEDGER_STAND, ledgerNames } from '../../runtime/alerts-task.js';
import { type Partitions, partitionOf } from '../../runtime/topics.js';

export interface NoticeRoutesGiven {
  /** Absent, as is the store: this process shows nothing. */
  readonly views: Pick<Views, 'decisions'> | undefined;
  /** Gives undefined until it is reached. */
  readonly store: (() => Store | undefined) | undefined;
  readonly packs: Packs;
  readonly partitions: Partitions;
}

const NAMES = ['subject', 'operator', 'clause', 'incident', 'from', 'to', 'limit', 'after', 'order'];
const LISTS = ['person', 'letter', 'sign-off'];
const NO_STORE = { 'cache-control': 'no-store' } as const;
/** A notice without an entry is looked for among so many pages of decisions, the newest first. */
const PAGES_MAX = 20;
const PAGE = 1_000;

type Requested = DecisionOf<'notice.requested'>;

/** Adds the routes. */
export function noticeRoutes(app: Hono<{ Bindings: Bindings }>, given: NoticeRoutesGiven): void {
  app.get('/v1/notices', async (c) => {
    const asked = new URL(c.req.url).searchParams;
    const reader = readerOf(given);
    const list = asked.get('list');
    if (list !== null) {
      checkNames(asked, ['list']);
      if (!LISTS.includes(list)) throw new Problem(400, 'bad-parameter', `list should be one of ${LISTS.join(', ')}`);
      return c.json(await reader.waiting(list), 200, NO_STORE);
    }
    checkNames(asked, NAMES);
    asked.set('type', 'notice.requested');
    return c.json(await reader.page(queryOf(asked)), 200, NO_STORE);
  });
  app.get('/v1/notices/:id', async (c) => {
    const id = c.req.param('id');
    const view = await readerOf(given).one(id);
    if (!view) throw new Problem(404, 'not-found', `there is no notice ${id.slice(0, 64)}`);
    return c.json(view, 200, NO_STORE);
  });
}

function readerOf({ views, store, packs, partitions }: NoticeRoutesGiven): NoticeReader {
  if (!views || !store) throw new Problem(404, 'not-here', 'this process has not the role dashboard: ask one that has');
  const found = store();
  if (found) return new NoticeReader({ views, packs, partitions }, found);
  throw new Problem(503, 'not-yet', 'the ledger cannot be read yet: /readyz says what is waited for');
}

interface ReaderGiven extends Pick<NoticeRoutesGiven, 'packs' | 'partitions'> {
  readonly views: Pick<Views, 'decisions'>;
}

class NoticeReader {
  readonly #given: ReaderGiven;
  readonly #store: Store;

  constructor(given: ReaderGiven, store: Store) {
    this.#given = given;
    this.#store = store;
  }

  async page(query: Parameters<Views['decisions']>[0]): Promise<NoticeList> {
    const { decisions, next } = await this.#given.views.decisions(query);
    const notices = await Promise.all(
      decisions.map(async (decision) => {
        const requested = requestedOf(decision);
        const entry = await this.#entry(requested.data.noticeId, requested.subject ?? '');
        return entry ? lineOfEntry(entry) : lineOf(requested);
      }),
    );
    return { ledger: await this.#isKept(), notices, ...(next !== undefined && { next }) };
  }

  /** What waits for a person, the oldest first. */
  async waiting(list: string): Promise<NoticeList> {
    const rows: ListRow[] = [];
    for (const name of ledgerNames(this.#given.partitions))
      for await (const [, value] of this.#store.entries(name, 'p/')) rows.push(decodeRow<ListRow>(value));
    const wanted = rows.filter((row) => row.list === list).sort((a, b) => a.since - b.since);
    const entries = await Promise.all(wanted.slice(0, PAGE).map((row) => this.#entry(row.noticeId, row.subject)));
    const notices = entries.flatMap((entry) => (entry ? [lineOfEntry(entry)] : []));
    return { ledger: await this.#isKept(), notices };
  }

  async one(id: string): Promise<NoticeView | undefined> {
    const ledger = await this.#isKept();
    const entry = ledger ? await this.#anywhere(id) : undefined;
    if (entry) return this.#viewOf(entry, ledger);
    const requested = await this.#requested(id);
    if (!requested) return undefined;
    const { parameters, incident } = requested.data;
    const line = lineOf(requested);
    return {
      ...line,
      ledger,
      parameters,
      incident: incident ?? null,
      deliveries: [],
      previews: this.#previews(requested.data, line.channels, requested.time),
      passedOver: {},
      signed: null,
      deemedAt: null,
      told: [],
      journal: [{ at: line.requestedAt, what: 'requested' }],
    };
  }

  #viewOf(entry: Entry, ledger: boolean): NoticeView {
    const { parameters, incident, deliveries, passedOver = {}, signed, deemedAt, told, channels } = entry;
    return {
      ...lineOfEntry(entry),
      ledger,
      parameters,
      incident: incident ?? null,
      deliveries: deliveries.map(deliveryOf),
      previews: this.#previews(entry, channels, entry.requestedAt),
      passedOver,
      signed: signed ? { by: signed.by, at: iso(signed.at) } : null,
      deemedAt: may(deemedAt),
      told,
      journal: journalOf(entry),
    };
  }

  /** The text for the channels that it has not been put on. What cannot be put into words is left out: the ledger says why. */
  #previews(notice: Requested['data'] | Entry, channels: readonly string[], at: Instant): readonly NoticePreview[] {
    const pack = this.#given.packs.at(notice.operator, at);
    const language = pack && (languageOf(notice.language) ?? languageOf(pack.language));
    if (!pack || !language) return [];
    return channels.flatMap((channel) => {
      try {
        const { name: operatorName, zone } = pack;
        const form = channel === 'sms' ? 'sms' : 'email';
        const { text, subject = null } = renderNotice(notice, { operatorName, zone, language, channel: form });
        return [{ channel, subject, text }];
      } catch {
        return [];
      }
    });
  }

  /** Whether any ledger has ever stood in this store. */
  async #isKept(): Promise<boolean> {
    for (const name of ledgerNames(this.#given.partitions)) {
      const [stand] = await this.#store.get(name, [LEDGER_STAND]);
      if (stand) return true;
    }
    return false;
  }

  async #entry(noticeId: string, subject: string): Promise<Entry | undefined> {
    const task = alertsTaskName(partitionOf(subject, this.#given.partitions.decisions));
    const [value] = await this.#store.get(task, [entryKey(noticeId)]);
    return value && decodeEntry(value);
  }

  async #anywhere(noticeId: string): Promise<Entry | undefined> {
    for (const name of ledgerNames(this.#given.partitions)) {
      const [value] = await this.#store.get(name, [entryKey(noticeId)]);
      if (value) return decodeEntry(value);
    }
    return undefined;
  }

  async #requested(noticeId: string): Promise<Requested | undefined> {
    let after: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const query = { type: 'notice.requested', limit: PAGE, ...(after !== undefined && { after }) };
      const { decisions, next } = await this.#given.views.decisions(query);
      const found = decisions.find(({ data }) => data['noticeId'] === noticeId);
      if (found) return requestedOf(found);
      if (next === undefined) return undefined;
      after = next;
    }
    return undefined;
  }
}

function requestedOf(wire: WireDecision): Requested {
  const decoded = decodeDecision(wire);
  // What we decided ourselves can be read.
  if (!decoded.ok) throw new Error(`${wire.id}: ${decoded.problem.field} ${decoded.problem.why}`);
  return decoded.value as Requested;
}

/** A notice that no ledger knows. */
function lineOf({ id, subject = '', time, data }: Requested): NoticeLine {
  const { noticeId, operator, audience, template, class: noticeClass, clause, language, channels, late } = data;
  return {
    noticeId,
    decision: id,
    subject,
    operator,
    audience,
    template,
    class: noticeClass,
    clause,
    language,
    channels,
    requestedAt: iso(time),
    dueBy: may(data.dueBy),
    expiresAt: may(data.expiresAt),
    late: late ?? false,
    standing: null,
    overdue: false,
  };
}

function lineOfEntry(entry: Entry): NoticeLine {
  const { noticeId, decision, subject, operator, audience, template, class: noticeClass, clause, language } = entry;
  return {
    ...{ noticeId, decision, subject, operator, audience, template, class: noticeClass, clause, language },
    channels: [...entry.deliveries.map(({ channel }) => channel), ...entry.channels],
    requestedAt: iso(entry.requestedAt),
    dueBy: may(entry.dueBy),
    expiresAt: may(entry.expiresAt),
    late: entry.late,
    standing: standingOf(entry.standing),
    overdue: entry.overdue ?? false,
  };
}

function standingOf(standing: Standing): NoticeStanding {
  switch (standing.is) {
    case 'waiting':
      return { is: 'waiting', why: standing.why, ...(Number.isFinite(standing.until) && { at: iso(standing.until) }) };
    case 'person':
    case 'letter':
      return { is: standing.is, why: standing.why, at: iso(standing.since) };
    case 'done':
      return { is: standing.how, at: iso(standing.at), ...(standing.why !== undefined && { why: standing.why }) };
    case 'sent':
      // One that has ended as `sent` went by a channel that gives no receipts.
      return { is: 'awaiting-receipt' };
    default:
      return { is: standing.is };
  }
}

function deliveryOf({ channel, subject, text, openedAt, sentAt, parts }: Entry['deliveries'][number]): NoticeDelivery {
  return {
    channel,
    subject: subject ?? null,
    text,
    openedAt: iso(openedAt),
    sentAt: may(sentAt),
    parts: parts.map(({ text: partText, alphabet, place, tries, ref, state }) => ({
      text: partText,
      alphabet,
      place: place ? { part: place.part, total: place.total } : null,
      tries,
      via: ref?.via ?? null,
      state: partStateOf(state),
    })),
  };
}

function partStateOf(state: PartState): NoticeStanding {
  switch (state.is) {
    case 'waiting':
      return { is: 'waiting', at: iso(state.from) };
    case 'ambiguous':
      return { is: 'ambiguous', why: state.why, at: iso(state.since) };
    case 'failed':
      return { is: 'failed', why: state.code, at: iso(state.at) };
    default:
      return { is: state.is, at: iso(state.at) };
  }
}

/** Everything that has a time, in order. */
function journalOf(entry: Entry): NoticeView['journal'] {
  const { requestedAt, heardAt, deliveries, signed, deemedAt, standing } = entry;
  const lines: { at: Instant; what: string; detail?: string }[] = [
    { at: requestedAt, what: 'requested' },
    { at: heardAt, what: 'heard' },
    ...deliveries.flatMap(({ channel, openedAt, sentAt, parts }) => [
      { at: openedAt, what: 'opened', detail: channel },
      ...(sentAt === undefined ? [] : [{ at: sentAt, what: 'sent', detail: channel }]),
      ...parts.flatMap(({ state, place }) =>
        state.is === 'delivered' || state.is === 'failed'
          ? [{ at: state.at, what: state.is, detail: place ? `${channel} ${place.part}/${place.total}` : channel }]
          : [],
      ),
    ]),
    ...(signed ? [{ at: signed.at, what: 'signed', detail: signed.by }] : []),
    ...(deemedAt === undefined ? [] : [{ at: deemedAt, what: 'deemed' }]),
    ...(standing.is === 'done' ? [{ at: standing.at, what: 'done', detail: standing.how }] : []),
  ];
  return lines
    .filter(({ at }) => Number.isFinite(at))
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...line }) => ({ at: iso(at), ...line }));
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}

function may(at: Instant | undefined): string | null {
  return at === undefined || !Number.isFinite(at) ? null : iso(at);
}
