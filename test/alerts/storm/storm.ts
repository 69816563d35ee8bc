/**
 * The storm: so many notices, and a message centre that loses answers, doubles receipts, throttles and drops its link, while the
 * sender is killed twice. At the end every notice must have an account: delivered, gone on by another channel, or on a person's list
 * within its deadline; and no part may have been taken twice.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { decodeEntry, type Entry } from '../../../alerts/ledger/entry.js';
import { DAY, SECOND } from '../../../pipelines/domain/units.js';
import { openEmbedded } from '../../../pipelines/io/embedded.js';
import { alertsTaskName } from '../../../pipelines/runtime/alerts-task.js';
import { partitionOf, TOPICS, toBytes, topicCounts } from '../../../pipelines/runtime/topics.js';
import { Gateway, type GatewayTransport, mulberry32 } from '../gateway.js';
import { noticeWire } from '../ledger/notice-wire.js';
import { AMBIGUOUS_WAIT_SECONDS, type FromSender, PARTITIONS, type ToSender } from './wire.js';

const FAULTS = {
  lostAnswers: 0.05,
  doubledReceipts: 0.02,
  undeliverable: 0.01,
  per100ms: 60,
  answerMs: 3,
  receiptMs: 60,
  timeoutMs: 400,
} as const;
const DROPS = 10;
const DROP_UNDER_WAY = 8;
const KILLS = 2;
const BATCH = 1_000;
const CLASSES = ['legal', 'legal', 'legal', 'legal', 'service', 'service', 'security', 'marketing'] as const;

const out = (text: string) => void process.stdout.write(`${text}\n`);

/** Runs it; the exit code is 1 where a promise was broken. */
export async function storm(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { notices: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
  });
  const [count, seed] = [Number(values.notices), Number(values.seed)];
  const folder = mkdtempSync(join(tmpdir(), 'storm-'));
  try {
    out(`${count} notices, seed ${seed}`);
    const asked = await prepare(folder, count, seed);
    const blown = await blow(folder, asked.parts, seed);
    return await account(folder, asked, blown);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Asked {
  readonly ids: ReadonlySet<string>;
  /** About how many parts there will be. */
  readonly parts: number;
}

/** Contacts, consents and the decisions that ask for notices, as the door and the service tasks would have put them on the log. */
async function prepare(folder: string, count: number, seed: number): Promise<Asked> {
  const { log, close } = await openEmbedded(folder);
  for (const [topic, n] of topicCounts(PARTITIONS)) await log.ensureTopic(topic, n);
  const random = mulberry32(seed);
  const ids = new Set<string>();
  const now = Date.now();
  // One subscriber in ten gets two.
  const services = Math.ceil(count / 1.1);
  for (let from = 0; from < services; from += BATCH) {
    const made = Array.from({ length: Math.min(BATCH, services - from) }, (_, i) => from + i);
    await appendAll(log, TOPICS.contacts, PARTITIONS.service, made, (n) => {
      const contact = { msisdn: `+38164${String(n).padStart(7, '0')}`, email: `kupac-${n}@example.com` };
      return toBytes({ time: '2026-01-01T00:00:00+01:00', contact, customer: `c${n}` });
    });
    const consent = { is: 'consent', given: true, at: now - DAY, event: 'storm' } as const;
    await appendAll(log, TOPICS.notices, PARTITIONS.decisions, made, (n) => toBytes({ ...consent, service: `s${n}` }));
  }
  for (let from = 0; from < count; from += BATCH) {
    const made = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => (from + i) % services);
    await appendAll(log, TOPICS.decisions, PARTITIONS.decisions, made, (n, i) => {
      const noticeId = `credit-granted:${seed}-${from + i}`;
      ids.add(noticeId);
      const noticeClass = CLASSES[Math.floor(random() * CLASSES.length)]!;
      return toBytes(noticeWire(`s${n}`, now, { noticeId, class: noticeClass, dueBy: now + DAY }));
    });
  }
  await close();
  return { ids, parts: count * 3 };
}

async function appendAll(
  log: Awaited<ReturnType<typeof openEmbedded>>['log'],
  topic: string,
  partitions: number,
  services: readonly number[],
  value: (service: number, i: number) => Uint8Array,
): Promise<void> {
  const records = services.map((n, i) => ({ key: `s${n}`, value: value(n, i) }));
  for (let partition = 0; partition < partitions; partition++) {
    const own = records.filter(({ key }) => partitionOf(key, partitions) === partition);
    if (own.length > 0) await log.append({ topic, partition }, own);
  }
}

interface Blown {
  readonly gateway: Gateway;
  readonly mails: readonly string[];
  readonly seconds: number;
  readonly kills: number;
  readonly stand: Extract<FromSender, { is: 'stand' }>;
}

async function blow(folder: string, parts: number, seed: number): Promise<Blown> {
  const gateway = new Gateway(seed, FAULTS);
  const mails: string[] = [];
  const began = performance.now();
  let stand: Extract<FromSender, { is: 'stand' }> | undefined;
  let sender = begin(folder, gateway, mails, (told) => (stand = told));
  const progress = () => Math.min(1, gateway.taken.length / parts);
  const drops = Array.from({ length: DROPS }, (_, i) => (i + 1) / (DROPS + 1));
  const kills = Array.from({ length: KILLS }, (_, i) => (i + 1) / (KILLS + 1));
  let killed = 0;
  for (let still = 0; still < 4; ) {
    await sleep(50);
    if (drops[0] !== undefined && progress() >= drops[0]) {
      drops.shift();
      // When parts are under way: throttled, there are none most of the time.
      gateway.dropAt(DROP_UNDER_WAY);
    }
    if (kills[0] !== undefined && progress() >= kills[0]) {
      kills.shift();
      killed += 1;
      await sender.kill();
      stand = undefined;
      sender = begin(folder, gateway, mails, (told) => (stand = told));
    }
    const rests: boolean = stand !== undefined && stand.open === 0 && stand.flying === 0 && stand.heard === 0;
    still = rests ? still + 1 : 0;
    if (sender.failed()) throw new Error('the sender ended by itself');
  }
  const seconds = (performance.now() - began) / 1_000;
  await sender.end();
  return { gateway, mails, seconds, kills: killed, stand: stand! };
}

function begin(
  folder: string,
  gateway: Gateway,
  mails: string[],
  told: (stand: Extract<FromSender, { is: 'stand' }>) => void,
) {
  const child: ChildProcess = fork(process.env['STORM_SENDER']!, [folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const transport: GatewayTransport = gateway.bind();
  const receipts = new Map<number, (kept: boolean) => void>();
  let n = 0;
  let ended = false;
  const say = (message: ToSender) => void (child.connected && child.send(message, () => {}));
  void transport.start({
    onReceipt: (receipt) =>
      new Promise((resolve, reject) => {
        const own = n++;
        receipts.set(own, (kept) => (kept ? resolve() : reject(new Error('not kept'))));
        say({ is: 'receipt', n: own, receipt });
      }),
    onReceived: async () => {},
    onLateAnswer: async () => {},
  });
  child.on('message', (message: FromSender) => {
    switch (message.is) {
      case 'submit':
        void transport.submit(message.part).then((submission) => say({ is: 'submitted', n: message.n, submission }));
        return;
      case 'query':
        void transport.query(message.id).then((answer) => say({ is: 'answered', n: message.n, answer }));
        return;
      case 'kept':
        receipts.get(message.n)?.(message.kept);
        receipts.delete(message.n);
        return;
      case 'mail':
        mails.push(message.key);
        return;
      case 'stand':
        told(message);
    }
  });
  const exited = new Promise<void>((done) =>
    child.once('exit', () => {
      ended = true;
      done();
    }),
  );
  const gone = async () => {
    await exited;
    // What the centre had not yet heard of as kept it brings again.
    transport.cut();
    for (const answer of receipts.values()) answer(false);
  };
  return {
    failed: () => ended,
    async kill() {
      child.kill('SIGKILL');
      await gone();
    },
    async end() {
      say({ is: 'stop' });
      await gone();
    },
  };
}

/** What became of every notice, and whether a promise was broken. */
async function account(
  folder: string,
  asked: Asked,
  { gateway, mails, seconds, kills, stand }: Blown,
): Promise<number> {
  const { store, close } = await openEmbedded(folder);
  const broken: string[] = [];
  const ends = new Map<string, number>();
  const lists = new Set<string>();
  const seen = new Set<string>();
  for (let d = 0; d < PARTITIONS.decisions; d++) {
    for await (const [key] of store.entries(alertsTaskName(d), 'p/')) lists.add(key.slice(2));
    for await (const [, value] of store.entries(alertsTaskName(d), 'e/')) {
      const entry = decodeEntry(value);
      seen.add(entry.noticeId);
      const how = entry.standing.is === 'done' ? entry.standing.how : entry.standing.is;
      ends.set(`${entry.class} ${how}`, (ends.get(`${entry.class} ${how}`) ?? 0) + 1);
      broken.push(...problemsOf(entry, lists));
    }
  }
  await close();
  const lost = [...asked.ids].filter((id) => !seen.has(id)).length;
  if (lost > 0) broken.push(`${lost} notices have no entry`);
  const twice = gateway.taken.length - new Set(gateway.taken.map(({ key }) => key)).size;
  if (twice > 0) broken.push(`${twice} parts were taken twice`);
  const mailedTwice = mails.length - new Set(mails).size;
  if (mailedTwice > 0) broken.push(`${mailedTwice} e-mails were sent twice`);
  const { lostAnswers, doubledReceipts, throttled, drops, inFlightAtDrops } = gateway.counts;
  out(
    `${asked.ids.size} notices, ${gateway.taken.length} parts taken in ${seconds.toFixed(1)} s, ${mails.length} e-mails`,
  );
  out(`  ${Math.round(gateway.taken.length / seconds)} parts a second`);
  out(`faults: ${lostAnswers} answers lost, ${doubledReceipts} receipts doubled, ${throttled} submissions throttled,`);
  out(`  ${drops} drops of the link with ${inFlightAtDrops} parts under way, ${kills} kills of the sender`);
  out(`told through the door by the last sender: ${stand.told}; receipts nobody knew: ${stand.unknownReceipts}`);
  for (const [name, n] of [...ends].sort()) out(`  ${n} ${name}`);
  out(
    `taken twice: ${twice}; mailed twice: ${mailedTwice}; without an account: ${lost}; on a person's list: ${lists.size}`,
  );
  for (const problem of broken.slice(0, 20)) out(`BROKEN: ${problem}`);
  return broken.length > 0 ? 1 : 0;
}

/** What is wrong with an entry at the end: nothing may be open, and who was asked was asked in time. */
function problemsOf(entry: Entry, lists: ReadonlySet<string>): readonly string[] {
  const { standing, noticeId, dueBy = Number.POSITIVE_INFINITY } = entry;
  switch (standing.is) {
    case 'done':
      return [];
    case 'person': {
      const doubts = entry.deliveries.at(-1)!.parts.flatMap(({ state }) => (state.is === 'ambiguous' ? [state] : []));
      const late = doubts.some(({ since }) => standing.since < since || standing.since > dueBy);
      const slow = doubts.every(({ since }) => standing.since > since + (AMBIGUOUS_WAIT_SECONDS + 30) * SECOND);
      return [
        ...(lists.has(noticeId) ? [] : [`${noticeId} is with a person and on no list`]),
        ...(doubts.length === 0 ? [`${noticeId} is with a person and in no doubt: ${standing.why}`] : []),
        ...(late || (slow && doubts.length > 0) ? [`${noticeId} came late on the list`] : []),
      ];
    }
    case 'letter':
      return lists.has(noticeId) ? [] : [`${noticeId} is to go by post and on no list`];
    default:
      return [`${noticeId} is still ${standing.is}`];
  }
}
