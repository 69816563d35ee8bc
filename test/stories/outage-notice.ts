/**
 * The story of an outage that is not repaired in time, told by a whole installation whose clock the events move: the real door,
 * tasks, collector and ledger on embedded parts, with a made-up message centre and a made-up mailbox at its ends.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeEntry, type Entry } from '../../alerts/ledger/entry.js';
import type { Email, EmailTransport } from '../../alerts/ports.js';
import { type NoticeLedger, noticeLedger } from '../../pipelines/commands/notice-ledger.js';
import { actEvent } from '../../pipelines/commands/notices.js';
import { regulatorRegister } from '../../pipelines/commands/report-regulator-notices.js';
import { formatLocal } from '../../pipelines/domain/calendar.js';
import type { Packs } from '../../pipelines/domain/pack.js';
import { EVER, type Instant, parseInstant } from '../../pipelines/domain/units.js';
import { alertsTaskName } from '../../pipelines/runtime/alerts-task.js';
import { readConfig } from '../../pipelines/runtime/config.js';
import { Installation } from '../../pipelines/runtime/installation.js';
import { partitionsOf } from '../../pipelines/runtime/node.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { Gateway } from '../alerts/gateway.js';

const ZONE = 'Europe/Belgrade';
const BY = { name: 'story' };
const REST_MAX_MS = 50_000;
const at = (text: string): Instant => parseInstant(text)!;

/** Two subscribers of Truf behind one OLT; a made-up number and address, which stay in the ledger. */
export const EVENTS: readonly object[] = [
  event('element.upserted', 'made-up-olt-7', '2026-06-01T00:00:00+02:00', { operator: 'truf-rs', kind: 'olt' }),
  ...['made-up-ana', 'made-up-bojan'].map((service, i) =>
    event('service.upserted', service, '2026-06-01T00:00:00+02:00', {
      operator: 'truf-rs',
      kind: 'internet',
      customerId: `made-up-customer-${i + 1}`,
      activeFrom: '2026-01-01T00:00:00+01:00',
      monthlyFee: { amount: '2400.00', currency: 'RSD' },
      billingDay: 'last',
      servedBy: ['made-up-olt-7'],
      notifyBy: ['sms'],
      contact: i === 0 ? { msisdn: '+381600000001' } : { email: 'bojan@example.com' },
    }),
  ),
  event('fault.opened', 'made-up-olt-7', '2026-06-10T08:00:00+02:00', {
    faultId: 'made-up-fault',
    responsibility: 'operator',
    reason: 'presečen optički kabl',
  }),
];

function event(type: string, subject: string, time: string, data: object): object {
  const kind = type.startsWith('fault.') ? { subjectkind: 'element' } : {};
  return { specversion: '1.0', id: `${type}/${subject}`, source: 'made-up', type, subject, time, ...kind, data };
}

/** Tells it; the lines are for who watches, and for the page. */
export async function tell(packFolder = OWN_PACKS): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'story-'));
  try {
    return await tellIn(folder, loadPacks([packFolder]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tellIn(folder: string, packs: Packs): Promise<readonly string[]> {
  const noticesFile = join(folder, 'notices.json');
  const truf = { smsFrom: 'Truf', regulator: { email: 'prekidi@regulator.example' } };
  writeFileSync(noticesFile, JSON.stringify({ operators: { 'truf-rs': truf } }));
  const config = readConfig({ DOZOR_DATA: join(folder, 'data'), DOZOR_CLOCK: 'events', DOZOR_NOTICES: noticesFile });
  const installation = await Installation.open(config, packs);
  const { gate, log, store } = installation;
  const gateway = new Gateway(7);
  const mailbox: Email[] = [];
  const ledger = noticeLedger(
    config,
    packs,
    {
      partitions: partitionsOf(config),
      owner: randomUUID(),
      intake: gate,
      now: () => installation.status().clock ?? EVER,
      warn: (what, detail) => {
        throw new Error(`${what}: ${JSON.stringify(detail)}`);
      },
    },
    { sms: gateway.bind(), email: mailTo(mailbox) },
  )!;
  const stop = new AbortController();
  installation.start();
  const kept = ledger.run(log, store, stop.signal);
  const rest = () => rests(installation, ledger);
  const lines: string[] = [];
  const say = (when: string, what: string) => lines.push(`${formatLocal(at(when), ZONE)}  ${what}`);
  try {
    await gate.takeObjects(EVENTS, BY);
    say('2026-06-10T08:00:00+02:00', 'fault.opened on made-up-olt-7: presečen optički kabl');
    await gate.moveClock(at('2026-06-12T08:00:00+02:00'));
    await rest();
    say('2026-06-12T08:00:00+02:00', `48 h have passed, and not a second more: ${gateway.taken.length} messages`);
    await gate.moveClock(at('2026-06-12T08:00:01+02:00'));
    await rest();
    const notices = await entriesOf(installation);
    for (const entry of notices) lines.push(...linesOf(entry));
    lines.push('At the message centre:', ...gateway.taken.map(({ text }) => `    ${text}`));
    lines.push('In the mailbox:', ...mailbox.map(({ subject }) => `    ${subject}`));
    const regulator = notices.find(({ audience }) => audience === 'regulator')!;
    await gate.takeObjects(
      [actEvent(regulator, { is: 'sign-off', by: 'legal-officer', time: at('2026-06-12T09:30:00+02:00') })],
      BY,
    );
    await rest();
    say('2026-06-12T09:30:00+02:00', "a person signs the regulator's notice");
    lines.push(...linesOf((await entriesOf(installation)).find(({ noticeId }) => noticeId === regulator.noticeId)!));
    const last = mailbox.at(-1)!;
    lines.push(
      `To the regulator: ${last.subject}`,
      ...last.text.split('\n').map((line) => (line ? `    ${line}` : '')),
    );
    lines.push('dozor report regulator-notices:');
    const period = { from: at('2026-06-01T00:00:00+02:00'), to: at('2026-07-01T00:00:00+02:00') };
    lines.push(...(await regulatorRegister(store, [alertsTaskName(0)], { ...period, format: 'csv', packs })));
    return lines;
  } finally {
    stop.abort();
    await kept;
    await installation.stop();
  }
}

function mailTo(mailbox: Email[]): EmailTransport {
  return {
    async send(mail) {
      mailbox.push(mail);
      return { is: 'accepted', id: `<${mailbox.length}@made-up>`, via: 'made-up' };
    },
    async stop() {},
  };
}

/** Waits until all is decided, told, sent and heard. */
async function rests(installation: Installation, { office }: NoticeLedger): Promise<void> {
  const until = performance.now() + REST_MAX_MS;
  for (let still = 0; still < 10; ) {
    await sleep(30);
    // What has failed says why.
    if (!installation.health().alive) await installation.done();
    if (performance.now() > until) throw new Error('the installation does not come to rest');
    const quiet = office.ledgers.every((one) => one.heard === 0 && one.flying === 0 && !one.pressing);
    still = quiet && (await installation.caughtUp()) ? still + 1 : 0;
  }
}

async function entriesOf({ store }: Installation): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const [, value] of store.entries(alertsTaskName(0), 'e/')) entries.push(decodeEntry(value));
  return entries;
}

/** An entry of the ledger as a person looks at it. */
function linesOf({ template, subject, standing, deliveries, deemedAt, told, requestedAt }: Entry): readonly string[] {
  const { is } = standing;
  const how = is === 'done' ? standing.how : is === 'waiting' ? `waits: ${standing.why}` : is;
  const deemed = deemedAt === undefined ? '' : `, counts as delivered from ${formatLocal(deemedAt, ZONE)} (Truf 100)`;
  const channels = deliveries.map(({ channel, parts }) => `${channel} (${parts.length})`).join(', ');
  const words = told.length > 0 ? `; told: ${told.join(', ')}` : '';
  return [
    `${formatLocal(requestedAt, ZONE)}  ${template} to ${subject}: ${how}${channels ? ` by ${channels}` : ''}${deemed}${words}`,
  ];
}
