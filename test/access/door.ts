/** A whole HTTP door as `dozor serve` puts it together, behind its guard, over log and store in memory. For tests of access. */

import { Hono } from 'hono';
import { kannelReceipts } from '../../alerts/sms/kannel-receipts.js';
import { Access } from '../../pipelines/access/access.js';
import { AUDIT_TOPIC } from '../../pipelines/access/audit.js';
import type { Oidc } from '../../pipelines/access/oidc.js';
import type { PersonRole } from '../../pipelines/access/roles.js';
import { pageSignals } from '../../pipelines/commands/page-signals.js';
import { appsOf } from '../../pipelines/commands/serve.js';
import { accessGuard, type GuardGiven } from '../../pipelines/http/access-guard.js';
import { type Listening, listen, rootOf } from '../../pipelines/http/listen.js';
import { createMetrics } from '../../pipelines/http/metrics.js';
import { makeToken, Tokens } from '../../pipelines/http/tokens.js';
import type { Log } from '../../pipelines/io/log.js';
import { MemoryLog } from '../../pipelines/io/log-memory.js';
import type { Store } from '../../pipelines/io/store.js';
import { MemoryStore } from '../../pipelines/io/store-memory.js';
import { readConfig } from '../../pipelines/runtime/config.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { FakeIntake, FakeViews } from '../pipelines/http/fake.js';

/** Little work, so that tests are quick; the real cost has a test of its own. */
export const CHEAP = { ln: 10, r: 8, p: 1 };
export const PASSWORD = 'tri lipe na keju';

export interface DoorGiven extends Partial<Pick<GuardGiven, 'anonymous' | 'publicUrl' | 'rates' | 'isMetricsOpen'>> {
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: Log;
  readonly store?: Store;
  readonly owner?: string;
  readonly oidc?: Oidc;
  /** The folder with the built pages, for a browser. */
  readonly assets?: string;
}

export class Door {
  readonly intake = new FakeIntake();
  readonly views = new FakeViews();
  readonly log: Log;
  readonly store: Store;
  readonly access: Access;
  readonly printed: string[] = [];
  readonly contacts = new Map<string, { readonly msisdn?: string; readonly email?: string }>();
  /** Walls whose token came back after it was given up. */
  readonly copied: string[] = [];
  readonly token = makeToken();
  readonly tokens = Tokens.of([{ name: 'probes', sha256: this.token.sha256 }]);
  readonly apps: ReturnType<typeof appsOf>;
  readonly root: ReturnType<typeof rootOf>;
  now = Date.parse('2026-06-12T08:00:00+02:00');
  readonly #given: DoorGiven;
  #keys = 0;
  #listening: Listening | undefined;

  constructor(given: DoorGiven = {}) {
    this.#given = given;
    this.log = given.log ?? new MemoryLog({ now: () => this.now });
    this.store = given.store ?? new MemoryStore();
    this.access = new Access({ owner: given.owner ?? 'test', now: () => this.now, cost: CHEAP });
    const config = readConfig(given.env ?? {});
    const { intake, views, access } = this;
    const metrics = createMetrics({ processMetrics: false });
    const routes = kannelReceipts({
      via: 'kannel',
      secret: 'a secret of the gateway',
      hearer: { onReceipt: async () => {}, onReceived: async () => {} },
    } as never);
    this.apps = appsOf(
      {
        config: { ...config, access: { ...config.access, publicUrl: given.publicUrl } },
        packs: loadPacks([OWN_PACKS]),
        metrics,
        signals: pageSignals({ config, metrics, intake, status: () => views.now, warn: () => {} }),
        node: { feedDelays: [], status: () => views.now, health: () => ({ alive: true, ready: true, waitingFor: [] }) },
        intake,
        views,
        subjects: undefined,
        alarms: undefined,
        access,
        oidc: given.oidc,
        ...(given.assets !== undefined && { assets: given.assets }),
        contacts: { find: async (service) => this.contacts.get(service) },
        warn: () => {},
        routes: new Hono().route('/', routes),
      },
      this.tokens,
      (line) => this.printed.push(line),
    );
    this.root = rootOf(this.#options(), undefined);
  }

  static async open(given: DoorGiven = {}): Promise<Door> {
    const door = new Door(given);
    await door.log.ensureTopic(AUDIT_TOPIC, 1);
    door.access.attach(door.log, door.store);
    return door;
  }

  #options() {
    const { access, tokens } = this;
    const { anonymous = 'none', publicUrl, rates, isMetricsOpen = false } = this.#given;
    return {
      apps: this.apps,
      guard: accessGuard({
        access,
        tokens,
        anonymous,
        publicUrl,
        isMetricsOpen,
        copied: (wall) => this.copied.push(wall),
        ...(rates && { rates }),
      }),
      behindTls: publicUrl?.startsWith('https:') ?? false,
    };
  }

  /** Listens on a port of this machine, for a browser. */
  async listen(): Promise<string> {
    this.#listening = await listen({ ...this.#options(), host: '127.0.0.1', port: 0 });
    return this.#listening.url;
  }

  async close(): Promise<void> {
    await this.#listening?.close();
  }

  /** Asks without a port, as from `address`. */
  ask(path: string, init: RequestInit = {}, address = '192.0.2.7'): Promise<Response> {
    const env = { incoming: { socket: { remoteAddress: address } } };
    return Promise.resolve(this.root.request(`http://127.0.0.1:8420${path}`, init, env));
  }

  /** Asks as a page of ours does. */
  page(method: string, path: string, body?: unknown, cookie = '', address?: string): Promise<Response> {
    const headers: Record<string, string> = {
      'x-dozor-page': '1',
      'sec-fetch-site': 'same-origin',
      'idempotency-key': `k${++this.#keys}`,
      ...(cookie && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    return this.ask(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }, address);
  }

  /** Makes an account and signs it in; its id, and the cookie that a browser would send. */
  async signIn(role: PersonRole, login: string = role): Promise<{ readonly id: string; readonly cookie: string }> {
    const { id } = await this.access.accounts.create({ login, role, password: PASSWORD }, 'test');
    return { id, cookie: await this.cookieFor(login) };
  }

  async cookieFor(login: string, password = PASSWORD): Promise<string> {
    const answer = await this.page('POST', '/v1/session', { login, password });
    if (answer.status !== 200) throw new Error(`${login} was not signed in: ${await answer.text()}`);
    return cookieOf(answer);
  }
}

/** Lets a screen in; its id and the cookie that it holds then. */
export async function enrol(door: Door, cookie: string): Promise<{ readonly id: string; readonly cookie: string }> {
  const asked = await door.page('POST', '/v1/walls/enrolment', {}, '', `198.51.100.${++screens % 250}`);
  const { code } = (await asked.json()) as { readonly code: string };
  const made = await door.page('POST', '/v1/walls', { code, name: 'left', place: 'room 2' }, cookie);
  if (made.status !== 201) throw new Error(`the wall was not let in: ${await made.text()}`);
  return { id: ((await made.json()) as { readonly id: string }).id, cookie: cookieOf(asked) };
}

let screens = 0;

/** The cookie that an answer sets, as it is sent back. */
export function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0]!)
    .join('; ');
}
