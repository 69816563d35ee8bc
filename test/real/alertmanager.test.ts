/** Against a real Alertmanager (Debian's prometheus-alertmanager): what stands fires there and ends there, and what fires there stands here. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlertmanagerPush } from '../../alerts/alarms/push.js';
import { AlarmService } from '../../pipelines/commands/alarm-desk.js';
import type { AlarmRecord } from '../../pipelines/domain/alarm.js';
import { createApi } from '../../pipelines/http/api.js';
import { type Listening, listen } from '../../pipelines/http/listen.js';
import { createMetrics } from '../../pipelines/http/metrics.js';
import { makeToken, Tokens } from '../../pipelines/http/tokens.js';
import { readConfig } from '../../pipelines/runtime/config.js';
import { Installation } from '../../pipelines/runtime/installation.js';
import { partitionsOf } from '../../pipelines/runtime/node.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';

const PROGRAM = 'prometheus-alertmanager';

function isInstalled(): boolean {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** Asks again and again until the answer is there; fails with what it was last. */
async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 150; i++) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(100);
  }
  throw new Error(`${what}: not within 15 s`);
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

function tests(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-alertmanager-'));
  const { token, sha256 } = makeToken();
  const stop = new AbortController();
  let process: ChildProcess;
  let url: string;
  let door: Listening;
  let installation: Installation;
  let keeping: Promise<void>;

  beforeAll(async () => {
    const packs = loadPacks([OWN_PACKS]);
    const config = readConfig({ DOZOR_DATA: join(folder, 'data'), DOZOR_TICK_SECONDS: '1', DOZOR_PORT: '0' });
    installation = await Installation.open(config, packs);
    const warn = () => {};
    const alarms = new AlarmService({
      config,
      packs,
      partitions: partitionsOf(config),
      owner: 'test',
      alone: true,
      warn,
    });
    const api = createApi({
      intake: installation.gate,
      alarms: alarms.views,
      status: () => installation.status(),
      health: () => installation.health(),
      metrics: createMetrics({ processMetrics: false }),
      tokens: Tokens.of([{ name: 'alertmanager', sha256 }]),
      clockMode: 'live',
    });
    door = await listen({ apps: [api], host: '127.0.0.1', port: 0 });
    installation.start();
    keeping = alarms.run(installation.log, installation.store, stop.signal);

    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const webhook = {
      url: `${door.url}/v1/alertmanager?resource=node`,
      send_resolved: true,
      http_config: { authorization: { type: 'Bearer', credentials: token } },
    };
    const route = {
      receiver: 'dozor',
      group_by: ['...'],
      group_wait: '100ms',
      group_interval: '300ms',
      repeat_interval: '1h',
    };
    // JSON is YAML.
    const settings = { route, receivers: [{ name: 'dozor', webhook_configs: [webhook] }] };
    writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(settings));
    process = spawn(
      PROGRAM,
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'alertmanager')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    await until('Alertmanager is ready', async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined));
  });

  afterAll(async () => {
    process?.kill();
    stop.abort();
    await keeping;
    await door?.close();
    await installation?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const alerts = async (filter: string): Promise<readonly Alert[]> =>
    (await fetch(`${url}/api/v2/alerts?filter=${encodeURIComponent(filter)}`)).json() as Promise<readonly Alert[]>;
  const listed = async (resource: string) => {
    const response = await fetch(`${door.url}/v1/alarms?state=all&resource=${resource}`);
    return ((await response.json()) as { alarms: Record<string, unknown>[] }).alarms;
  };

  it('what people were told of fires there, is refreshed while it stands, changes, and ends when it is cleared', async () => {
    const from = Date.now() - 60_000;
    let record = {
      id: 'a'.repeat(32),
      resource: 'olt-17',
      source: 'reported',
      qualifier: 'k',
      operator: 'a1-rs',
      said: { probableCause: 'lossOfSignal' },
      perceivedSeverity: 'major',
      alarmType: 'communicationsAlarm',
      state: { is: 'raised', from },
      operatorState: { is: 'none' },
      automation: [],
      children: { alarms: 38, resources: 38, of: 41 },
      announcedAt: from,
      rule: { id: 'signal-lost', impact: 'cut off', owner: 'noc', runbook: 'docs/alarms.md', clears: 'its end' },
    } as unknown as AlarmRecord;
    const standing = () => (record.state.is === 'raised' ? [record] : []);
    const push = new AlertmanagerPush({ url, every: 1_000, standing, find: () => record, now: Date.now });
    const filter = `dozor_alarm="${record.id}"`;

    expect(await push.round()).toBe(true);
    const [first] = await until('it fires', async () =>
      (await alerts(filter)).length === 1 ? alerts(filter) : undefined,
    );
    expect(first!.labels).toMatchObject({
      alertname: 'signal-lost',
      severity: 'major',
      resource: 'olt-17',
      owner: 'noc',
    });
    expect(first!.annotations).toMatchObject({ explains: '38 alarms on 38 elements' });
    expect(Date.parse(first!.startsAt)).toBe(from);
    expect(Date.parse(first!.endsAt)).toBeGreaterThan(Date.now() + 30_000);

    await sleep(50);
    await push.round();
    const [second] = await alerts(filter);
    expect(Date.parse(second!.endsAt)).toBeGreaterThan(Date.parse(first!.endsAt));

    record = { ...record, perceivedSeverity: 'critical' };
    await push.round();
    expect((await alerts(filter)).map(({ labels }) => labels['severity'])).toEqual(['critical']);

    record = {
      ...record,
      perceivedSeverity: 'cleared',
      state: { is: 'cleared', from, to: Date.now(), by: 'evidence' },
    };
    expect(await push.round()).toBe(true);
    expect(await alerts(filter)).toEqual([]);
    expect(push.counts).toEqual({ pushed: 3, resolved: 2, failed: 0 });
    // It came back over the webhook with the rest, and is no alarm of its own here.
    await sleep(1_000);
    expect(await listed('olt-17')).toEqual([]);
  });

  it('what fires there stands here, and what is resolved there is cleared here', async () => {
    const labels = { alertname: 'NodeDown', severity: 'page', node: 'probe-3', instance: '10.0.0.3:9100' };
    const post = (endsAt?: string, summary = 'no answer for 5 minutes') =>
      fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([{ labels, annotations: { summary }, ...(endsAt && { endsAt }) }]),
      });
    expect((await post()).status).toBe(200);
    const [raised] = await until('the alarm stands', async () => {
      const alarms = await listed('probe-3');
      return alarms.length > 0 ? alarms : undefined;
    });
    expect(raised).toMatchObject({
      source: 'reported',
      perceivedSeverity: 'critical',
      said: { specificProblem: 'NodeDown', text: 'no answer for 5 minutes', sourceSystemId: 'alertmanager/dozor' },
      state: { is: 'raised' },
    });

    await sleep(500);
    expect((await post(new Date().toISOString())).status).toBe(200);
    const [cleared] = await until('the alarm is cleared', async () => {
      const alarms = await listed('probe-3');
      return alarms[0]?.['perceivedSeverity'] === 'cleared' ? alarms : undefined;
    });
    expect(cleared).toMatchObject({ id: raised!['id'], raises: 1, state: { is: 'cleared', by: 'evidence' } });
  });

  it('where it does not answer the push says so, and makes it good with the next round', async () => {
    const gone = new AlertmanagerPush({
      url: 'http://127.0.0.1:9',
      every: 1_000,
      standing: () => [],
      find: () => undefined,
      now: Date.now,
    });
    // With nothing to say it need not answer.
    expect(await gone.round()).toBe(true);
  });
}

if (isInstalled()) describe('a real Alertmanager', tests);
else if (globalThis.process.env['CI']) {
  it('a real Alertmanager is there', () => {
    throw new Error('In CI it must be there: apt-get install prometheus-alertmanager');
  });
} else describe.skip('a real Alertmanager', tests);
