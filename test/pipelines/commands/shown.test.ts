/** The routes of notices, texts and rule packs: what a ledger knows and what is known without one; the same words as in the docs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Entry, encodeEntry } from '../../../alerts/ledger/entry.js';
import { encodeRow, entryKey, listKey, listRowOf } from '../../../alerts/ledger/rows.js';
import { noticeRoutes } from '../../../pipelines/commands/shown/notices.js';
import { packRoutes } from '../../../pipelines/commands/shown/packs.js';
import type { NoticeList, NoticeView, PackLine, PackView, TextEntry } from '../../../pipelines/domain/subject/shown.js';
import { parseInstant } from '../../../pipelines/domain/units.js';
import { createApi } from '../../../pipelines/http/api.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import type { WireDecision } from '../../../pipelines/http/ports.js';
import { Tokens } from '../../../pipelines/http/tokens.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { LEDGER_STAND } from '../../../pipelines/runtime/alerts-task.js';
import { OWN_PACKS, readPacks } from '../../../pipelines/runtime/packs.js';
import { replayed } from '../../engine.js';
import { FakeViews } from '../http/fake.js';
import { packs, upsert, world } from '../story.js';

const PARTITIONS = { service: 1, element: 1, facts: 1, decisions: 2 };
const MSISDN = '+381641234567';

/** A notice that a replay of a barred subscriber asks for. */
function requested(): WireDecision {
  const use = (id: string, time: string, amount: string) =>
    JSON.stringify({
      specversion: '1.0',
      id,
      source: 'test',
      type: 'usage.recorded',
      subject: 's1',
      time,
      data: { kind: 'voice', direction: 'out', seconds: 60, country: 'RS', charge: { amount, currency: 'RSD' } },
    });
  const lines = [
    ...world('a1-rs')
      .slice(0, 1)
      .map((line) => JSON.stringify(line)),
    JSON.stringify(upsert('s1', 'a1-rs', { spendBar: true, notifyBy: ['sms', 'email'], contact: { msisdn: MSISDN } })),
    use('u1', '2026-06-10T10:00:00+02:00', '5000.01'),
  ];
  const until = parseInstant('2026-06-11T00:00:00+02:00')!;
  return replayed(packs, lines, until).find(({ data }) => data['template'] === 'spend-barred')!;
}

const notice = requested();
const noticeId = notice.data['noticeId'] as string;

async function api(fill: (store: MemoryStore) => Promise<void> = async () => {}) {
  const views = new FakeViews();
  views.all = [notice];
  const store = new MemoryStore();
  await fill(store);
  return createApi({
    views,
    status: () => views.status(),
    health: () => ({ alive: true, ready: true, waitingFor: [] }),
    metrics: createMetrics({ processMetrics: false }),
    tokens: Tokens.of([]),
    clockMode: 'live',
    further: [
      (app) => noticeRoutes(app, { views, store: () => store, packs, partitions: PARTITIONS }),
      (app) => packRoutes(app, { packs: readPacks([OWN_PACKS]), now: () => parseInstant('2026-07-01T00:00:00Z')! }),
    ],
  });
}

async function get<T>(path: string, fill?: (store: MemoryStore) => Promise<void>): Promise<T> {
  const answer = await (await api(fill)).request(path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

const at = (text: string) => parseInstant(text)!;

const entry: Entry = {
  noticeId,
  decision: notice.id,
  subject: 's1',
  operator: 'a1-rs',
  audience: 'subscriber',
  template: 'spend-barred',
  parameters: notice.data['parameters'] as Entry['parameters'],
  clause: 'A1 14.3',
  class: 'legal',
  language: 'sr-Latn',
  late: false,
  requestedAt: at(notice.time),
  heardAt: at('2026-06-10T10:00:01+02:00'),
  channels: ['email'],
  deliveries: [
    {
      channel: 'sms',
      text: 'A1: zabrana',
      print: 'print-of-a-number',
      openedAt: at('2026-06-10T10:00:02+02:00'),
      sentAt: at('2026-06-10T10:00:03+02:00'),
      parts: [
        {
          text: 'A1: zabrana',
          alphabet: 'gsm',
          tries: 1,
          ref: { id: 'm-1', via: 'centre-1' },
          state: { is: 'failed', at: at('2026-06-10T10:00:09+02:00'), code: '1' },
        },
      ],
    },
  ],
  standing: { is: 'letter', why: 'no channel is left', since: at('2026-06-10T10:05:00+02:00') },
  deemedAt: at('2026-06-17T00:00:00+02:00'),
  told: ['sms submitted'],
};

const kept = async (store: MemoryStore) => {
  for (const task of ['alerts-0', 'alerts-1']) {
    const own = await store.acquire(task, 'test');
    const puts = new Map([
      [LEDGER_STAND, new Uint8Array([1])],
      [entryKey(noticeId), encodeEntry(entry)],
      [listKey(noticeId), encodeRow(listRowOf(entry))],
    ]);
    await store.commit(own, { puts, deletes: new Set() });
  }
};

describe('GET /v1/notices', () => {
  it('without a ledger lists what was decided, and says that there is none', async () => {
    const { ledger, notices } = await get<NoticeList>('/v1/notices?subject=s1');
    expect(ledger).toBe(false);
    expect(notices).toMatchObject([{ noticeId, template: 'spend-barred', channels: ['sms', 'email'], standing: null }]);
  });

  it('with one says how each stands', async () => {
    const { ledger, notices } = await get<NoticeList>('/v1/notices', kept);
    expect(ledger).toBe(true);
    expect(notices[0]).toMatchObject({ standing: { is: 'letter', why: 'no channel is left' } });
    const waiting = await get<NoticeList>('/v1/notices?list=letter', kept);
    expect(waiting.notices.length).toBeGreaterThan(0);
    expect((await get<NoticeList>('/v1/notices?list=person', kept)).notices).toEqual([]);
  });

  it.each([
    ['list=post', 'list'],
    ['list=letter&limit=3', 'limit'],
    ['limit=0', 'limit'],
    ['type=credit.granted', 'type'],
    ['colour=red', 'colour'],
  ])('%s is refused, and %s named', async (query, name) => {
    const answer = await (await api()).request(`/v1/notices?${query}`);
    expect([answer.status, ((await answer.json()) as { message: string }).message.split(' ')[0]]).toEqual([400, name]);
  });
});

describe('GET /v1/notices/ID', () => {
  it('shows texts, parts, both states and a journal, and nothing of whose number it is', async () => {
    const view = await get<NoticeView>(`/v1/notices/${noticeId}`, kept);
    expect(view).toMatchObject({
      noticeId,
      standing: { is: 'letter' },
      deemedAt: '2026-06-16T22:00:00.000Z',
      deliveries: [{ channel: 'sms', parts: [{ via: 'centre-1', state: { is: 'failed', why: '1' } }] }],
      previews: [{ channel: 'email', subject: expect.stringContaining('A1') }],
    });
    expect(view.journal.map(({ what }) => what)).toEqual(['requested', 'heard', 'opened', 'sent', 'failed', 'deemed']);
    expect(JSON.stringify(view)).not.toMatch(/print-of|381/);
  });

  it('without a ledger shows what it would say, by its channel', async () => {
    const view = await get<NoticeView>(`/v1/notices/${noticeId}`);
    expect(view).toMatchObject({ ledger: false, standing: null, deliveries: [] });
    expect(view.previews.map(({ channel }) => channel)).toEqual(['sms', 'email']);
    expect((await (await api()).request('/v1/notices/no-such')).status).toBe(404);
  });
});

describe('texts and rule packs', () => {
  it('has the texts of docs/notices.md, in four languages', async () => {
    const { texts } = await get<{ texts: readonly TextEntry[] }>('/v1/texts');
    const page = readFileSync('docs/notices.md', 'utf8');
    for (const { template, texts: own } of texts) {
      expect(own.map(({ language }) => language)).toEqual(['sr-Latn', 'sr-Cyrl', 'en', 'de']);
      for (const { sms } of own) expect(page, template).toContain(sms.text.split('\n')[0]);
    }
  });

  it('lists the operators, and which version is in force', async () => {
    const { packs: lines } = await get<{ packs: readonly PackLine[] }>('/v1/packs');
    expect(lines.find(({ operator }) => operator === 'a1-rs')?.versions).toMatchObject([
      { inForceFrom: '2026-06-01', inForce: true },
    ]);
  });

  it('has every term with value, clause and reading, and the clauses of docs/clauses.md', async () => {
    const view = await get<PackView>('/v1/packs/a1-rs');
    const outage = view.versions[0]!.rules.find(({ name }) => name === 'outage')!;
    expect(outage.terms.find(({ name }) => name === 'limit')).toMatchObject({ value: 'PT48H', words: 'limit' });
    const page = readFileSync('docs/clauses.md', 'utf8');
    for (const { clause, about } of view.clauses!.entries)
      expect(page).toContain(`| ${clause} | ${about.replaceAll('|', '\\|')} |`);
    expect((await (await api()).request('/v1/packs/nobody')).status).toBe(404);
  });
});
