/** The sender in the storm: the real ledger tasks on embedded parts, in a process of their own that is killed now and then. */
import { randomUUID } from 'node:crypto';
import { ContactCipher } from '../../../alerts/ledger/cipher.js';
import { LedgerOffice } from '../../../alerts/ledger/office.js';
import type { EmailTransport, QueryAnswer, SmsHearer, SmsTransport, Submission } from '../../../alerts/ports.js';
import { Packs } from '../../../pipelines/domain/pack.js';
import { SECOND } from '../../../pipelines/domain/units.js';
import { openEmbedded } from '../../../pipelines/io/embedded.js';
import { AlertsHost } from '../../../pipelines/runtime/alerts-task.js';
import { DOOR, Gate } from '../../../pipelines/runtime/gate.js';
import { loadPacks } from '../../../pipelines/runtime/packs.js';
import { StoreMemo } from '../../../pipelines/runtime/store-memo.js';
import { topicCounts } from '../../../pipelines/runtime/topics.js';
import { AMBIGUOUS_WAIT_SECONDS, type FromSender, KEY, PARTITIONS, type ToSender } from './wire.js';

const say = (message: FromSender) => void process.send!(message);

/** The packs that come with Dozor, with short waits and without quiet hours: the storm blows at any time of day. */
function stormPacks(): Packs {
  const usual = loadPacks([process.env['STORM_PACKS']!]);
  return new Packs(
    usual.all().map((pack) => ({
      ...pack,
      rules: {
        ...pack.rules,
        notices: {
          clause: '',
          hours: { service: null, marketing: null },
          ambiguous: { legal: 'person', security: 'person', service: 'person', marketing: 'drop' },
          ambiguousWait: AMBIGUOUS_WAIT_SECONDS * SECOND,
          stopEnds: ['marketing'],
          deemed: { electronic: null, web: null, post: null },
          holidays: [],
          signOff: false,
          clauses: {},
        },
      },
    })),
  );
}

class PipeTransport implements SmsTransport {
  readonly #waiting = new Map<number, (answer: never) => void>();
  #n = 0;

  start(hearer: SmsHearer): Promise<void> {
    process.on('message', (message: ToSender) => {
      switch (message.is) {
        case 'submitted':
          return this.#settle(message.n, message.submission);
        case 'answered':
          return this.#settle(message.n, message.answer);
        case 'receipt':
          return void hearer.onReceipt(message.receipt).then(
            () => say({ is: 'kept', n: message.n, kept: true }),
            () => say({ is: 'kept', n: message.n, kept: false }),
          );
        case 'stop':
      }
    });
    return Promise.resolve();
  }

  #settle(n: number, answer: unknown): void {
    (this.#waiting.get(n) as ((answer: unknown) => void) | undefined)?.(answer);
    this.#waiting.delete(n);
  }

  submit(part: Parameters<SmsTransport['submit']>[0]): Promise<Submission> {
    const n = this.#n++;
    say({ is: 'submit', n, part });
    return new Promise((resolve) => this.#waiting.set(n, resolve));
  }

  query(id: string): Promise<QueryAnswer> {
    const n = this.#n++;
    say({ is: 'query', n, id });
    return new Promise((resolve) => this.#waiting.set(n, resolve));
  }

  async stop(): Promise<void> {}
}

const mail: EmailTransport = {
  async send({ key }) {
    say({ is: 'mail', key });
    return { is: 'accepted', id: key, via: 'mail' };
  },
  async stop() {},
};

const [folder] = process.argv.slice(2);
const { log, store, close } = await openEmbedded(folder!);
for (const [topic, count] of topicCounts(PARTITIONS)) await log.ensureTopic(topic, count);
const packs = stormPacks();
const owner = randomUUID();
const gate = await Gate.open({
  log,
  memory: await StoreMemo.open(store, DOOR, owner),
  packs,
  partitions: PARTITIONS,
  clock: 'live',
  storyTickSeconds: 0,
  ticker: undefined,
  seal: (bytes) => bytes,
});
const office = new LedgerOffice({
  packs,
  directory: {},
  cipher: new ContactCipher(KEY),
  sms: new PipeTransport(),
  email: mail,
  window: 128,
});
let told = 0;
const host = new AlertsHost(
  {
    log,
    store,
    owner,
    partitions: PARTITIONS,
    office,
    now: Date.now,
    async tell(events) {
      const answers = await gate.takeObjects(events, { name: 'storm' });
      told += answers.length;
      return answers;
    },
    warn: (what, detail) => process.stderr.write(`${what} ${JSON.stringify(detail)}\n`),
  },
  false,
);
await host.start();
for (let d = 0; d < PARTITIONS.decisions; d++) host.add(d);
host.failed.catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
const beat = setInterval(() => {
  const { ledgers, unknownReceipts } = office;
  if (ledgers.length < PARTITIONS.decisions) return;
  const sum = (of: (ledger: (typeof ledgers)[number]) => number) =>
    ledgers.reduce((total, ledger) => total + of(ledger), 0);
  void host.idle().then((idle) => {
    say({
      is: 'stand',
      open: sum((ledger) => ledger.open),
      flying: sum((ledger) => ledger.flying),
      heard: idle
        ? 0
        : Math.max(
            1,
            sum((ledger) => ledger.heard),
          ),
      told,
      unknownReceipts,
      lists: {
        person: sum((ledger) => ledger.tallies.lists().person),
        letter: sum((ledger) => ledger.tallies.lists().letter),
      },
    });
  });
}, 250);
process.on('message', (message: ToSender) => {
  if (message.is !== 'stop') return;
  clearInterval(beat);
  void host
    .stop()
    .then(close)
    .then(() => process.exit(0));
});
