/** The ledger of notices in a process that has the role `alerts`: its gateways, and the tasks that keep it. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { ContactCipher } from '../../alerts/ledger/cipher.js';
import { type LedgerFigures, LedgerOffice, type OfficeGiven } from '../../alerts/ledger/office.js';
import type { SmsGatewayView } from '../../alerts/ports.js';
import { readNoticeSettings } from '../../alerts/settings.js';
import { kannelReceipts } from '../../alerts/sms/kannel-receipts.js';
import type { Packs } from '../domain/pack.js';
import { EVER, type Instant, SECOND } from '../domain/units.js';
import type { EventIntake, StatusView } from '../http/ports.js';
import type { Log } from '../io/log.js';
import type { Store } from '../io/store.js';
import { type AlertsEnv, AlertsHost } from '../runtime/alerts-task.js';
import type { Config } from '../runtime/config.js';
import type { Partitions } from '../runtime/topics.js';

const KEY_BYTES = 32;

export interface NoticeLedgerGiven {
  readonly partitions: Partitions;
  readonly owner: string;
  /** Where notices go through the door with what became of them. */
  readonly intake: Pick<EventIntake, 'takeObjects'>;
  readonly now: () => Instant;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
  /** So long after its decision, in seconds, a notice was taken or delivered. */
  readonly took?: (what: 'submitted' | 'delivered', noticeClass: string, seconds: number) => void;
}

/** The ledger, ready to be given log and store. */
export interface NoticeLedger {
  /** Keeps all partitions until the signal: for a process that is alone. */
  run(log: Log, store: Store, signal: AbortSignal): Promise<void>;
  /** Keeps those that it is told to; for one of several processes. */
  host(log: Log, store: Store): AlertsHost;
  /** Routes that a gateway reports to; undefined where none does. */
  readonly routes: Hono | undefined;
  readonly office: LedgerOffice;
  /** How the gateways for short messages do. */
  readonly gateways: () => readonly SmsGatewayView[];
  /** How the ledgers of this process stand now. */
  readonly figures: () => LedgerFigures;
}

/** Undefined where the settings ask for no ledger. Throws where what they name cannot be used. */
export function noticeLedger(
  config: Pick<Config, 'noticesFile' | 'dataFolder' | 'clustered'>,
  packs: Packs,
  given: NoticeLedgerGiven,
  over: Partial<Pick<OfficeGiven, 'sms' | 'email'>> = {},
): NoticeLedger | undefined {
  if (config.noticesFile === undefined) return undefined;
  const settings = readNoticeSettings(config.noticesFile);
  const key = settings.contactsKey ?? ownKey(config);
  const { directory, sms, email, window, kannel } = settings;
  const office = new LedgerOffice({
    packs,
    directory,
    cipher: new ContactCipher(key),
    sms,
    email,
    ...(window === undefined ? {} : { window }),
    timed: (what, noticeClass, length) => given.took?.(what, noticeClass, length / SECOND),
    ...over,
  });
  const { partitions, owner, intake, now, warn } = given;
  const host = (log: Log, store: Store) => {
    const env: AlertsEnv = {
      log,
      store,
      owner,
      partitions,
      office,
      now,
      warn,
      tell: (events) => intake.takeObjects(events, { name: 'alerts' }),
    };
    return new AlertsHost(env, config.clustered !== undefined);
  };
  return {
    office,
    gateways: () => (over.sms ?? sms)?.views ?? [],
    figures: () => office.figures(now()),
    host,
    routes: kannel && kannelReceipts({ ...kannel, hearer: office.hearer }),
    async run(log, store, signal) {
      const tasks = host(log, store);
      await tasks.start();
      for (let d = 0; d < partitions.decisions; d++) tasks.add(d);
      const stopped = new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
      try {
        if (!signal.aborted) await Promise.race([stopped, tasks.failed]);
      } finally {
        await tasks.stop();
      }
    },
  };
}

/** The clock that the ledger goes by: real time, or where events move the clock, that of all tasks. */
export function ledgerClock(config: Pick<Config, 'clock'>, status: () => Pick<StatusView, 'clock'>): () => Instant {
  return config.clock === 'live' ? Date.now : () => status().clock ?? EVER;
}

/** The key of an embedded installation: made at the first start, readable by its owner alone. */
function ownKey({ dataFolder, clustered }: Pick<Config, 'dataFolder' | 'clustered'>): Buffer {
  if (clustered)
    throw new Error('DOZOR_NOTICES: contactsKeyFile is missing: every process keeps numbers under the same key');
  const folder = join(dataFolder, 'keys');
  const file = join(folder, 'contacts.key');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(KEY_BYTES), { mode: 0o600 });
  }
  return readFileSync(file);
}
