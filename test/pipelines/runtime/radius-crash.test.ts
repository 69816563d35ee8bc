/**
 * RADIUS accounting on a real store and log, in a process that is killed again and again between saving, the door and the answer.
 * An access server that sends until it is answered finds every byte counted once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../pipelines/play/random.js';
import { folderOf, toldOn } from '../commands/import-door.js';
import { radiusPacket } from '../io/formats/writers.js';

const SECRET = 'a made-up secret between two';
const folder = folderOf('radius-crash');
const data = folder.path('data');
const ROOT = resolve(import.meta.dirname, '../../..');

/** Hears RADIUS, and takes its time wherever a crash might hurt. */
const CHILD = `
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '${ROOT}/pipelines/runtime/config.ts';
import { Installation } from '${ROOT}/pipelines/runtime/installation.ts';
import { Packs } from '${ROOT}/pipelines/domain/pack.ts';
import { RadiusSource } from '${ROOT}/pipelines/runtime/radius-source.ts';

const [, , folder, port, seed] = process.argv;
const installation = await Installation.open(readConfig({ DOZOR_DATA: folder + '/data' }), new Packs([]));
let turn = Number(seed);
const pause = () => sleep((turn = (turn * 7919) % 104729) % 25);
const slow = (store) => ({
  acquire: (...given) => store.acquire(...given),
  ownership: (task) => store.ownership(task),
  get: (...given) => store.get(...given),
  entries: (...given) => store.entries(...given),
  close: () => store.close(),
  commit: async (...given) => {
    await pause();
    const own = await store.commit(...given);
    await pause();
    return own;
  },
});
const intake = {
  takeObjects: async (events, by) => {
    await pause();
    const answers = await installation.gate.takeObjects(events, by);
    await pause();
    return answers;
  },
};
const source = await RadiusSource.open({
  settings: { host: '127.0.0.1', port: Number(port), clientsFile: folder + '/clients.csv', servicesFile: folder + '/services.csv', silenceMinutes: 120 },
  hashKey: new TextEncoder().encode('a made-up key for tests'),
  store: slow(installation.store),
  intake,
  owner: 'process-' + process.pid,
  dataFolder: folder + '/data',
  watch: { settled() {}, sessions() {}, problem(kind) { console.log('problem ' + kind); }, warn() {} },
});
installation.start();
console.log('hears ' + source.port);
await source.run(new AbortController().signal);
`;

beforeAll(async () => {
  mkdirSync(data);
  writeFileSync(folder.path('nas.secret'), SECRET);
  writeFileSync(folder.path('clients.csv'), '127.0.0.1,nas.secret\n');
  writeFileSync(folder.path('services.csv'), 'user:a@example,svc-a\nuser:b@example,svc-b\n');
  writeFileSync(folder.path('child.ts'), CHILD);
  symlinkSync(resolve(ROOT, 'node_modules'), folder.path('node_modules'));
  await build({
    entryPoints: [folder.path('child.ts')],
    outfile: folder.path('child.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});
afterAll(() => folder.forget());

interface Child {
  readonly process: ChildProcess;
  readonly port: number;
  readonly problems: string[];
}

async function start(port: number, seed: number): Promise<Child> {
  const child = spawn(process.execPath, [folder.path('child.mjs'), folder.path(''), `${port}`, `${seed}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const problems: string[] = [];
  const lines = createInterface({ input: child.stdout! });
  const hears = new Promise<number>((done, failed) => {
    lines.on('line', (line) => {
      if (line.startsWith('hears ')) done(Number(line.slice('hears '.length)));
      else problems.push(line);
    });
    child.once('exit', (code) => failed(new Error(`the process ended with ${code}`)));
  });
  return { process: child, port: await hears, problems };
}

async function kill({ process }: Child): Promise<void> {
  process.kill('SIGKILL');
  await once(process, 'exit');
}

describe('killed between saving and answering', () => {
  it('counts every byte once', async () => {
    const random = new Random(20_260_612);
    let child = await start(0, 17);
    const { port } = child;
    const socket = createSocket('udp4');
    const answered = new Set<number>();
    socket.on('message', (bytes) => answered.add(bytes[1]!));
    socket.on('error', () => undefined);
    const long = { user: 'a@example', id: 'long', seconds: 0, bytes: 0 };
    let shortBytes = 0;
    let identifier = 0;
    let kills = 0;
    let unanswered = 0;
    /** Sends again, each time as another packet with another delay, until it is answered. */
    const tell = async (status: number, { user, id, seconds, bytes }: typeof long) => {
      for (let delay = 0; ; delay += 1) {
        identifier = (identifier + 1) % 256;
        answered.delete(identifier);
        const attributes = [
          [40, status],
          [44, id],
          [1, user],
          [32, 'bras-1'],
          [46, seconds],
          [42, bytes % 2 ** 32],
          [52, Math.floor(bytes / 2 ** 32)],
          [41, delay],
        ] as const;
        socket.send(radiusPacket(attributes, SECRET, identifier), port, '127.0.0.1');
        const killsNow = random.integer(0, 2) === 0;
        const wait = killsNow ? random.integer(0, 89) : 400;
        for (let waited = 0; waited < wait && !answered.has(identifier); waited += 5) await sleep(5);
        if (killsNow) {
          kills += 1;
          if (!answered.has(identifier)) unanswered += 1;
          await kill(child);
          child = await start(port, kills + 17);
        }
        if (answered.has(identifier)) return;
      }
    };
    try {
      await tell(1, long);
      for (let round = 0; round < 9; round += 1) {
        long.seconds += 300;
        long.bytes += 1_500_000_000 + random.integer(0, 1_000_000);
        await tell(round === 8 ? 2 : 3, long);
        // Sessions of which only the stop is heard: their names hang on when it came.
        for (const id of [`x${round}`, `y${round}`]) {
          const bytes = random.integer(1, 1_000_000);
          shortBytes += bytes;
          await tell(2, { user: 'b@example', id, seconds: 60, bytes });
        }
      }
    } finally {
      socket.close();
      await kill(child);
    }
    expect(kills).toBeGreaterThan(5);
    expect(unanswered).toBeGreaterThan(2);
    const contents = new Map<string, string>();
    const totals = new Map<string, number>();
    for (const { id, source, subject, data: used } of await toldOn(data)) {
      const name = `${source} ${id}`;
      const content = JSON.stringify(used);
      // After a crash the log may have an event twice; it says the same, and tasks drop it by its id.
      expect(contents.get(name) ?? content).toBe(content);
      if (!contents.has(name)) totals.set(subject, (totals.get(subject) ?? 0) + (used.bytes ?? 0));
      contents.set(name, content);
    }
    expect(Object.fromEntries(totals)).toEqual({ 'svc-a': long.bytes, 'svc-b': shortBytes });
    expect(child.problems).toEqual([]);
  }, 240_000);
});
