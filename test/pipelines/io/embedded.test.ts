import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FolderTakenError, openEmbedded, openEmbeddedForReading } from '../../../pipelines/io/embedded.js';
import { LogError, type LogRecord } from '../../../pipelines/io/log.js';
import type { Store } from '../../../pipelines/io/store.js';

const BATCH = 7;
const p0 = { topic: 'events', partition: 0 };
const p1 = { topic: 'events', partition: 1 };

/** What a child process does, and says line by line. A line is written before anything else happens. */
const CHILD = `
import { openEmbedded } from './pipelines/io/embedded.js';

const [, , does, folder] = process.argv;
const say = (line) => process.stdout.write(line + '\\n');
const records = (from, count, size) =>
  Array.from({ length: count }, (_, at) => ({ key: String(from + at), value: Buffer.alloc(size, String(from + at)) }));

async function append(log, of, size) {
  for (let next = await log.end(of); ; ) {
    await log.append(of, records(next, ${BATCH}, size));
    next += ${BATCH};
    say('log' + of.partition + ' ' + next);
  }
}

async function commit(store, filling) {
  for (let owned = await store.acquire('task', String(process.pid)); ; ) {
    const now = String(owned.sequence + 1);
    const puts = new Map([['at ' + now, Buffer.from(now)], ['last', Buffer.from(now)]]);
    if (owned.sequence === 0) for (const key of filling) puts.set(key, Buffer.from('filling'));
    owned = await store.commit(owned, { puts, deletes: new Set(['at ' + (owned.sequence - 9)]) });
    say('store ' + owned.sequence);
  }
}

say('ready');
if (does === 'race') await new Promise((go) => process.stdin.once('data', go));
const opened = await openEmbedded(folder).catch((error) => say('refused ' + error.message));
if (opened) {
  const { log, store, close } = opened;
  say('open');
  if (does === 'stream' || does === 'full') await log.ensureTopic('events', 2);
  if (does === 'stream') {
    await Promise.all([append(log, ${JSON.stringify(p0)}, 20), append(log, ${JSON.stringify(p1)}, 200), commit(store, [])]);
  }
  if (does === 'fill') await commit(store, Array.from({ length: 2_500 }, (_, at) => 'fill ' + at));
  if (does === 'full') {
    await append(log, ${JSON.stringify(p0)}, 20_000).catch((error) => say('failed ' + error.message));
    say('end ' + (await log.end(${JSON.stringify(p0)})));
    await close();
    say('closed');
  }
}
process.stdin.resume();
`;

let bundle: string;
let folder: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  bundle = mkdtempSync(join(tmpdir(), 'dozor-child-'));
  symlinkSync(resolve('node_modules'), join(bundle, 'node_modules'));
  await build({
    stdin: { contents: CHILD, resolveDir: resolve('.'), loader: 'ts' },
    outfile: join(bundle, 'child.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
});
afterAll(() => rmSync(bundle, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-embedded-'));
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
  rmSync(folder, { recursive: true });
});

describe('the lock of an embedded folder', { timeout: 60_000 }, () => {
  it('is refused to a second start in this process, and free after the first is closed', async () => {
    const first = await openEmbedded(folder);
    const error = await openEmbedded(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FolderTakenError);
    expect((error as Error).message).toContain(`${process.pid}, which is this one`);
    await first.close();
    await first.close();
    expect(locks()).toEqual([]);
    await (await openEmbedded(folder)).close();
  });

  it('that another process has gives a message with the folder, its pid and what to do', async () => {
    const child = start('hold', folder);
    await child.says('open');
    const error = await openEmbedded(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FolderTakenError);
    const { message } = error as Error;
    expect(message).toContain(folder);
    expect(message).toContain(`process ${child.process.pid}`);
    expect(message).toMatch(/stop that process first, or give this one another folder/);
    expect(message).toContain(`remove ${join(folder, 'dozor.lock')}`);
  });

  it('is taken over from a process that was killed', async () => {
    const child = start('hold', folder);
    await child.says('open');
    await kill(child.process);
    expect(locks()).toEqual(['dozor.lock']);
    const { close } = await openEmbedded(folder);
    expect(readFileSync(join(folder, 'dozor.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    await close();
    expect(locks()).toEqual([]);
  });

  it.runIf(existsSync('/proc/self/stat'))('is taken over from a process whose pid another one has now', async () => {
    writeFileSync(join(folder, 'dozor.lock'), `${process.pid} before-the-reboot/1`);
    await (await openEmbedded(folder)).close();
    writeFileSync(join(folder, 'dozor.lock'), `${process.ppid} before-the-reboot/1`);
    await (await openEmbedded(folder)).close();
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['pid 0', '0'],
    ['a negative pid', '-1 x'],
    ['no number', 'not a pid'],
    ['zero bytes', '\u0000'.repeat(50)],
    ['too much', 'x'.repeat(5_000)],
  ])('is taken over when it holds %s', async (_, torn) => {
    writeFileSync(join(folder, 'dozor.lock'), torn);
    await (await openEmbedded(folder)).close();
    expect(locks()).toEqual([]);
  });

  it('is taken over though a start was killed while it took it over', async () => {
    const dead = start('hold', folder);
    await dead.says('open');
    await kill(dead.process);
    const holder = readFileSync(join(folder, 'dozor.lock'), 'utf8');
    const right = `dozor.lock.after-${holder.replace(/\W+/g, '-')}`;
    writeFileSync(join(folder, right), `${2 ** 22 + 1} `);
    writeFileSync(join(folder, `dozor.lock.${process.pid}`), 'half a dra');
    await (await openEmbedded(folder)).close();
    expect(locks()).toEqual([]);
  });

  it('goes to exactly one of many that start at once, over and over after a kill', async () => {
    for (let round = 0; round < 3; round++) {
      const rivals = Array.from({ length: 6 }, () => start('race', folder));
      await Promise.all(rivals.map((rival) => rival.says('ready')));
      for (const rival of rivals) rival.process.stdin!.write('go');
      const answers = await Promise.all(rivals.map((rival) => rival.line()));
      const winners = rivals.filter((_, at) => answers[at] === 'open');
      expect(winners.length).toBe(1);
      for (const answer of answers) expect(answer).toMatch(/^open$|^refused .* is in use by process \d+/);
      await Promise.all(rivals.map((rival) => kill(rival.process)));
    }
  });

  it('is not kept by a start that fails', async () => {
    writeFileSync(join(folder, 'data.mdb'), 'this is no database'.repeat(1_000));
    await expect(openEmbedded(folder)).rejects.toThrow(/data\.mdb is no database/);
    await expect(openEmbeddedForReading(folder)).rejects.toThrow(/data\.mdb is no database/);
    expect(locks()).toEqual([]);
  });
});

describe('an embedded folder', { timeout: 60_000 }, () => {
  it('is made where there is none, also with a dot in its name', async () => {
    const inner = join(folder, 'a', 'data.v1');
    const { close } = await openEmbedded(inner);
    await close();
    expect(readdirSync(inner)).toContain('data.mdb');
  });

  it('holds log and store side by side', async () => {
    const first = await openEmbedded(folder, { now: () => 42 });
    await first.log.ensureTopic('events', 2);
    await first.log.append(p0, [{ key: 'a', value: Buffer.from('record') }]);
    const owned = await first.store.acquire('task', 'me');
    await first.store.commit(owned, { puts: new Map([['a', Buffer.from('state')]]), deletes: new Set() });
    await first.close();
    const second = await openEmbedded(folder);
    expect((await second.log.read(p0, 0, 10)).map(({ key, appendedAt }) => [key, appendedAt])).toEqual([['a', 42]]);
    expect(Buffer.from((await second.store.get('task', ['a']))[0]!).toString()).toBe('state');
    await second.close();
  });

  it('of a process that is killed again and again holds all that was acknowledged, and nothing in halves', async () => {
    for (const lines of [1, 30, 200, 501, 1_000]) {
      const child = start('stream', folder);
      await child.says('open');
      const said: string[] = [];
      while (said.length < lines) said.push(await child.line());
      const ended = kill(child.process);
      said.push(...(await child.rest()));
      await ended;
      const acknowledged = (what: string) =>
        Math.max(0, ...said.filter((line) => line.startsWith(`${what} `)).map((line) => Number(line.split(' ')[1])));

      const { log, store, close } = await openEmbedded(folder);
      for (const [of, size] of [[p0, 20] as const, [p1, 200] as const]) {
        const end = await log.end(of);
        expect(end).toBeGreaterThanOrEqual(acknowledged(`log${of.partition}`));
        expect(end % BATCH).toBe(0);
        const read = await log.read(of, 0, end + 1);
        expect(read.length).toBe(end);
        expect(read.every((record, at) => isWhole(record, at, size))).toBe(true);
      }
      const sequence = (await store.ownership('task'))?.sequence ?? 0;
      expect(sequence).toBeGreaterThanOrEqual(acknowledged('store'));
      expect(await stateOf(store)).toEqual(stateAfter(sequence));
      await close();
    }
  });

  it('on a full disk refuses to append, keeps what was acknowledged, and the process lives on', async () => {
    const child = start('full', folder, 'ulimit -f 8192');
    await child.says('open');
    let acknowledged = 0;
    let line = await child.line();
    for (; line.startsWith('log0'); line = await child.line()) acknowledged = Number(line.split(' ')[1]);
    expect(line).toMatch(/^failed LMDB could not write/);
    expect(acknowledged).toBeGreaterThan(0);
    expect(await child.line()).toBe(`end ${acknowledged}`);
    expect(await child.line()).toBe('closed');
    const { log, close } = await openEmbedded(folder);
    expect(await log.end(p0)).toBe(acknowledged);
    const read = await log.read(p0, acknowledged - BATCH, BATCH);
    expect(read.every((record, at) => isWhole(record, acknowledged - BATCH + at, 20_000))).toBe(true);
    await log.append(p0, [{ key: 'there is room again', value: Buffer.alloc(20_000) }]);
    await close();
  });
});

describe('an embedded folder opened for reading', { timeout: 60_000 }, () => {
  it('shows what the process that runs it writes, and wakes for it', async () => {
    const child = start('stream', folder);
    await child.says('open');
    await child.says('store 1');
    const reader = await openEmbeddedForReading(folder);
    expect(await reader.log.partitions('events')).toBe(2);
    for (let end = await reader.log.end(p0), looks = 0; looks < 5; looks++) {
      await reader.log.wait(p0, end + 20 * BATCH, 600_000);
      const now = await reader.log.end(p0);
      expect(now).toBeGreaterThan(end + 20 * BATCH);
      const read = await reader.log.read(p0, end, now - end);
      expect(read.every((record, at) => isWhole(record, end + at, 20))).toBe(true);
      expect(read.length).toBe(now - end);
      const state = await stateOf(reader.store);
      expect(state).toEqual(stateAfter(Number(state.get('last'))));
      end = now;
    }
    expect((await reader.store.ownership('task'))?.owner).toBe(`${child.process.pid}`);
    await reader.close();
    await child.says(/^log0/);
  });

  it('sees in one view one commit, though the process commits on', async () => {
    const child = start('fill', folder);
    await child.says('store 20');
    const reader = await openEmbeddedForReading(folder);
    const seen = new Map<string, string>();
    for await (const [key, value] of reader.store.entries('task', '')) {
      seen.set(key, Buffer.from(value).toString());
      if (seen.size % 500 === 0) await child.says(`store ${20 + seen.size}`);
    }
    const filling = [...seen.keys()].filter((key) => key.startsWith('fill'));
    expect(filling.length).toBe(2_500);
    for (const key of filling) seen.delete(key);
    expect(seen).toEqual(stateAfter(Number(seen.get('last'))));
    await reader.close();
  });

  it('rejects whatever would write, and says why', async () => {
    const writer = await openEmbedded(folder);
    await writer.log.ensureTopic('events', 2);
    const owned = await writer.store.acquire('task', 'me');
    const reader = await openEmbeddedForReading(folder);
    await expect(reader.log.append(p0, [])).rejects.toThrow(LogError);
    await expect(reader.log.append(p0, [{ key: 'a', value: Buffer.alloc(1) }])).rejects.toThrow(/reading only/);
    await expect(reader.log.ensureTopic('facts', 2)).rejects.toThrow(/reading only/);
    await expect(reader.log.ensureTopic('events', 3)).rejects.toThrow(/2 partitions/);
    await reader.log.ensureTopic('events', 2);
    await expect(reader.store.acquire('task', 'me')).rejects.toThrow(/reading only/);
    await expect(reader.store.commit(owned, { puts: new Map(), deletes: new Set() })).rejects.toThrow(/reading only/);
    await reader.close();
    await writer.log.append(p0, [{ key: 'a', value: Buffer.alloc(1) }]);
    expect(await writer.log.end(p0)).toBe(1);
    await writer.close();
  });

  it('leaves the lock alone, and works with nobody running', async () => {
    await (await openEmbedded(folder)).close();
    const reader = await openEmbeddedForReading(folder);
    expect(locks()).toEqual([]);
    expect(await reader.log.partitions('events')).toBe(0);
    await reader.log.close();
    await reader.close();
  });

  it('times out, or ends when closed, where nothing comes', async () => {
    const writer = await openEmbedded(folder);
    await writer.log.ensureTopic('events', 2);
    const reader = await openEmbeddedForReading(folder);
    await reader.log.wait(p0, 0, 0);
    await reader.log.wait(p0, 0, 210);
    const waits = reader.log.wait(p0, 0, 600_000);
    await reader.close();
    await waits;
    await writer.close();
  });

  it('must be there', async () => {
    const nowhere = join(folder, 'nowhere');
    await expect(openEmbeddedForReading(nowhere)).rejects.toThrow(`no embedded installation in ${nowhere}`);
    mkdirSync(nowhere);
    await expect(openEmbeddedForReading(nowhere)).rejects.toThrow(/start Dozor there once/);
    expect(readdirSync(nowhere)).toEqual([]);
  });
});

const locks = () => readdirSync(folder).filter((name) => name.startsWith('dozor.lock'));

function isWhole({ offset, key, value }: LogRecord, at: number, size: number): boolean {
  return offset === at && key === `${at}` && Buffer.compare(value, Buffer.alloc(size, `${at}`)) === 0;
}

async function stateOf(store: Store): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const [key, value] of store.entries('task', '')) found.set(key, Buffer.from(value).toString());
  return found;
}

/** What the child's commits leave: its last ten, and which was the last. */
function stateAfter(sequence: number): Map<string, string> {
  const state = new Map<string, string>(sequence === 0 ? [] : [['last', `${sequence}`]]);
  for (let at = Math.max(1, sequence - 9); at <= sequence; at++) state.set(`at ${at}`, `${at}`);
  return state;
}

class Child {
  readonly process: ChildProcess;
  readonly #lines: Interface;
  readonly #iterator: AsyncIterator<string>;

  constructor(process: ChildProcess) {
    this.process = process;
    this.#lines = createInterface({ input: process.stdout! });
    this.#iterator = this.#lines[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#iterator.next();
    if (done) throw new Error('The child ended.');
    return value;
  }

  /** Reads on to that line. */
  async says(expected: string | RegExp): Promise<void> {
    for (;;) {
      const line = await this.line();
      if (typeof expected === 'string' ? line === expected : expected.test(line)) return;
    }
  }

  /** What it still said before it ended. */
  async rest(): Promise<string[]> {
    const said: string[] = [];
    for (;;) {
      const { value, done } = await this.#iterator.next();
      if (done) return said;
      said.push(value);
    }
  }
}

function start(does: string, where: string, limit = ':'): Child {
  const command = `${limit}; exec "$0" "$@"`;
  const child = spawn('sh', ['-c', command, process.execPath, join(bundle, 'child.mjs'), does, where], {
    // lmdb prints the reason of a failed write by itself.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.add(child);
  return new Child(child);
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
