/** A whole embedded installation behind its HTTP door, its clock moved by the test, with two persons who may act. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hono } from 'hono';
import { createDashboard } from '../../dashboard/app.js';
import { Excuses } from '../../pipelines/access/excuses.js';
import { Shelf } from '../../pipelines/access/shelf.js';
import { AlarmService } from '../../pipelines/commands/alarm-desk.js';
import { createApi } from '../../pipelines/http/api.js';
import { createMetrics } from '../../pipelines/http/metrics.js';
import type { Bindings } from '../../pipelines/http/ports.js';
import { makeToken, Tokens } from '../../pipelines/http/tokens.js';
import { readConfig } from '../../pipelines/runtime/config.js';
import { Installation } from '../../pipelines/runtime/installation.js';
import { partitionsOf } from '../../pipelines/runtime/node.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';

// biome-ignore lint/suspicious/noExplicitAny: a test looks where it likes in an answer.
export type Any = any;

export class House {
  readonly tokens = { first: makeToken().token, second: '' };
  readonly installation: Installation;
  readonly api: Hono<{ Bindings: Bindings }>;
  readonly dashboard: Hono<{ Bindings: Bindings }> | undefined;
  readonly excuses: Excuses;
  readonly folder: string;
  /** The wall clock of the proposals: a test moves it. */
  wall = Date.now();
  readonly #stop = new AbortController();
  readonly #keeping: Promise<void>;
  #keys = 0;

  private constructor(folder: string, installation: Installation, assets: string | undefined) {
    this.folder = folder;
    this.installation = installation;
    const [first, second] = [makeToken(), makeToken()];
    this.tokens = { first: first.token, second: second.token };
    const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events' });
    const packs = loadPacks([OWN_PACKS]);
    const given = { config, packs, partitions: partitionsOf(config), owner: 'house', alone: true, warn: () => {} };
    const alarms = new AlarmService(given);
    this.excuses = new Excuses(new Shelf(() => installation.store, 'house', 'excuses'), () => this.wall);
    this.api = createApi({
      intake: installation.gate,
      views: installation.views,
      alarms: alarms.views,
      hub: alarms.hub,
      subjects: () => installation.subjects,
      excuses: this.excuses,
      status: () => installation.status(),
      health: () => installation.health(),
      metrics: createMetrics({ processMetrics: false }),
      tokens: Tokens.of([
        { name: 'shift-a', sha256: first.sha256 },
        { name: 'shift-b', sha256: second.sha256 },
      ]),
      clockMode: 'events',
    });
    if (assets !== undefined)
      this.dashboard = createDashboard(installation.views, {
        assets,
        alarms: alarms.views,
        intervalMs: 50,
        retryMs: 200,
      });
    installation.start();
    this.#keeping = alarms.run(installation.log, installation.store, this.#stop.signal);
  }

  /** `assets` is the folder of the built page; absent: HTTP alone. */
  static async open(assets?: string): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), 'dozor-house-'));
    const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '60' });
    return new House(folder, await Installation.open(config, loadPacks([OWN_PACKS])), assets);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#keeping;
    await this.installation.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    who: 'first' | 'second' | null = 'first',
    key = `k${this.#keys++}`,
  ): Promise<{ readonly status: number; readonly body: Any }> {
    const response = await this.api.request(path, {
      method,
      headers: {
        ...(who && { authorization: `Bearer ${this.tokens[who]}` }),
        'idempotency-key': key,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  get(path: string): Promise<{ readonly status: number; readonly body: Any }> {
    return this.ask('GET', path);
  }

  /** An event of the story, at its own time. */
  async say(type: string, subject: string, time: string, data: object): Promise<void> {
    const event = { specversion: '1.0', id: `e${this.#keys++}`, source: 'test', type, subject, time, data };
    const [answer] = await this.installation.gate.takeObjects([event], { name: 'test' });
    if (answer?.status !== 'accepted') throw new Error(`${type} of ${subject}: ${answer?.message}`);
  }

  /** Moves the clock, and waits until all that is known has been judged and shown. */
  async moveTo(time: string): Promise<void> {
    await this.installation.gate.moveClock(Date.parse(time));
    await this.settled();
  }

  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await sleep(50);
      quiet = (await this.installation.caughtUp()) ? quiet + 1 : 0;
    }
  }
}
