/** RADIUS accounting as a live source, with real UDP packets: what is answered is stored, and what is stored counts once. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LineAnswer } from '../../../pipelines/http/ports.js';
import type { WireEvent } from '../../../pipelines/io/formats/format.js';
import type { RadiusOutcome } from '../../../pipelines/io/radius-listener.js';
import type { Store } from '../../../pipelines/io/store.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { RadiusSource } from '../../../pipelines/runtime/radius-source.js';
import { folderOf } from '../commands/import-door.js';
import { HASH_KEY, MSISDN, radiusPacket } from '../io/formats/writers.js';

const SECRET = 'a made-up secret between two';
const folder = folderOf('radius');
const clientsFile = folder.path('clients.csv');
const servicesFile = folder.path('services.csv');

beforeAll(() => {
  writeFileSync(folder.path('nas.secret'), `${SECRET}\n`);
  writeFileSync(clientsFile, 'address,secretFile\n127.0.0.0/8,nas.secret\n');
  writeFileSync(servicesFile, `identity,serviceId\nuser:made-up@example,svc-1\nmsisdn:${MSISDN},svc-2\n`);
});
afterAll(() => folder.forget());

/** A door that keeps what it took by source and id, as the real one does, and may be broken. */
class Door {
  readonly taken = new Map<string, WireEvent>();
  conflicts = 0;
  broken = false;

  async takeObjects(events: readonly unknown[]): Promise<readonly LineAnswer[]> {
    await sleep(1);
    if (this.broken) throw new Error('no log');
    return (events as readonly WireEvent[]).map((event, i) => {
      const name = `${event.source} ${event.id}`;
      const before = this.taken.get(name);
      if (before && JSON.stringify(before.data) !== JSON.stringify(event.data)) this.conflicts += 1;
      this.taken.set(name, before ?? event);
      return { line: i + 1, status: before ? 'duplicate' : 'accepted' };
    });
  }

  bytesOf(service: string): number {
    return [...this.taken.values()].reduce(
      (sum, { subject, data }) => sum + (subject === service && 'bytes' in data ? (data.bytes ?? 0) : 0),
      0,
    );
  }
}

/** One process that hears RADIUS. */
class Heard {
  readonly stop = new AbortController();
  readonly outcomes: RadiusOutcome[] = [];
  readonly problems: string[] = [];
  readonly source: RadiusSource;
  readonly done: Promise<void>;

  constructor(source: RadiusSource, outcomes: RadiusOutcome[], problems: string[]) {
    this.source = source;
    this.outcomes = outcomes;
    this.problems = problems;
    this.done = source.run(this.stop.signal);
    this.done.catch(() => undefined);
  }

  static async open(store: Store, door: Door, data = 'data', now = Date.now): Promise<Heard> {
    const [outcomes, problems] = [[] as RadiusOutcome[], [] as string[]];
    mkdirSync(folder.path(data), { recursive: true });
    const source = await RadiusSource.open({
      settings: { host: '127.0.0.1', port: 0, clientsFile, servicesFile, silenceMinutes: 120 },
      hashKey: HASH_KEY,
      store,
      intake: door,
      owner: `owner-${Math.random()}`,
      dataFolder: folder.path(data),
      watch: {
        settled: (outcome) => outcomes.push(outcome),
        sessions: () => undefined,
        problem: (kind) => problems.push(kind),
        warn: () => undefined,
      },
      now,
    });
    return new Heard(source, outcomes, problems);
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.done;
  }
}

const running: Heard[] = [];
const start = async (...given: Parameters<typeof Heard.open>) => {
  const heard = await Heard.open(...given);
  running.push(heard);
  return heard;
};
afterEach(async () => {
  for (const one of running.splice(0)) await one.close().catch(() => undefined);
});

/** Sends a packet; answers with the answer's id, or undefined where none comes. */
async function ask(port: number, packet: Uint8Array, waitMs = 2_000): Promise<number | undefined> {
  const client = createSocket('udp4');
  try {
    client.send(packet, port, '127.0.0.1');
    const answer = once(client, 'message').then(([bytes]) => (bytes as Buffer)[1]);
    return await Promise.race([answer, sleep(waitMs, undefined)]);
  } finally {
    client.close();
  }
}

let id = 0;
const packet = (
  status: number,
  seconds: number,
  input: number,
  { user = 'made-up@example', session = 's1', gigawords = 0, delay = 0, secret = SECRET } = {},
) =>
  radiusPacket(
    [
      [40, status],
      [44, session],
      [1, user],
      [32, 'bras-1'],
      [46, seconds],
      [42, input],
      [52, gigawords],
      [43, 0],
      [53, 0],
      [41, delay],
    ],
    secret,
    (id = (id + 1) % 256),
  );

describe('RADIUS accounting', () => {
  it('counts the difference of cumulative values, over a wrap, and a packet sent again only once', async () => {
    const door = new Door();
    const { source } = await start(new MemoryStore(), door);
    expect(await ask(source.port, packet(1, 0, 0))).toBe(id);
    const interim = packet(3, 300, 4_000_000_000);
    expect(await ask(source.port, interim)).toBe(id);
    expect(await ask(source.port, interim)).toBe(id);
    expect(await ask(source.port, packet(3, 600, 100, { gigawords: 1 }))).toBe(id);
    // Sent again with another delay it is another packet, and the same use.
    expect(await ask(source.port, packet(3, 600, 100, { gigawords: 1, delay: 9 }))).toBe(id);
    expect(await ask(source.port, packet(2, 700, 600, { gigawords: 1 }))).toBe(id);
    expect(door.bytesOf('svc-1')).toBe(2 ** 32 + 600);
    expect(door.taken.size).toBe(3);
  });

  it('drops what is not in the list, wrongly signed or malformed, without an answer, and counts it', async () => {
    const door = new Door();
    const heard = await start(new MemoryStore(), door);
    expect(
      await ask(heard.source.port, packet(3, 300, 100, { secret: 'another secret than ours' }), 150),
    ).toBeUndefined();
    expect(await ask(heard.source.port, Uint8Array.of(4, 1, 0, 20), 150)).toBeUndefined();
    expect(await ask(heard.source.port, radiusPacket([[40, 3]], SECRET, 7), 150)).toBeUndefined();
    expect(heard.outcomes).toEqual(['wrong-secret', 'malformed', 'malformed']);
    writeFileSync(clientsFile, 'address,secretFile\n10.0.0.1,nas.secret\n');
    try {
      const other = await start(new MemoryStore(), door);
      expect(await ask(other.source.port, packet(3, 300, 100), 150)).toBeUndefined();
      expect(other.outcomes).toEqual(['unknown-sender']);
    } finally {
      writeFileSync(clientsFile, 'address,secretFile\n127.0.0.0/8,nas.secret\n');
    }
    expect(door.taken.size).toBe(0);
  });

  it('answers nothing until the door has taken it; what waits meanwhile is answered then', async () => {
    const door = new Door();
    door.broken = true;
    const { source } = await start(new MemoryStore(), door);
    expect(await ask(source.port, packet(3, 300, 100), 400)).toBeUndefined();
    door.broken = false;
    expect(await ask(source.port, packet(3, 300, 100))).toBe(id);
    expect(door.bytesOf('svc-1')).toBe(100);
    expect(door.conflicts).toBe(0);
  });

  it('stopped between saving and the door, it sends at the next start what it had saved', async () => {
    const door = new Door();
    const store = new MemoryStore();
    const first = await start(store, door);
    expect(await ask(first.source.port, packet(1, 0, 0))).toBe(id);
    door.broken = true;
    // A first packet of another session too, whose start was lost: its name hangs on when it came.
    expect(await ask(first.source.port, packet(3, 300, 500, { session: 's2' }), 300)).toBeUndefined();
    await first.close();
    door.broken = false;
    const second = await start(store, door);
    expect(await ask(second.source.port, packet(3, 300, 500, { session: 's2', delay: 2 }))).toBe(id);
    expect(await ask(second.source.port, packet(2, 400, 900, { session: 's2' }))).toBe(id);
    expect(door.bytesOf('svc-1')).toBe(900);
    expect(door.conflicts).toBe(0);
  });

  it('goes on after a restart where the counters were; a second process takes over from the first', async () => {
    const door = new Door();
    const store = new MemoryStore();
    const first = await start(store, door);
    expect(await ask(first.source.port, packet(3, 300, 100))).toBe(id);
    const second = await start(store, door);
    expect(await ask(second.source.port, packet(3, 600, 250))).toBe(id);
    expect(await ask(first.source.port, packet(3, 900, 300), 300)).toBeUndefined();
    await expect(first.done).rejects.toThrow('only one may');
    expect(await ask(second.source.port, packet(3, 900, 300))).toBe(id);
    expect(door.bytesOf('svc-1')).toBe(300);
  });

  it('a store that has fallen back makes nothing count twice', async () => {
    const door = new Door();
    const store = new MemoryStore();
    const first = await start(store, door, 'fell-back');
    expect(await ask(first.source.port, packet(3, 300, 100))).toBe(id);
    const old = await copyOf(store);
    expect(await ask(first.source.port, packet(3, 600, 1_000))).toBe(id);
    await first.close();
    const second = await start(old, door, 'fell-back');
    expect(await ask(second.source.port, packet(3, 900, 1_200))).toBe(id);
    expect(await ask(second.source.port, packet(2, 950, 1_300))).toBe(id);
    // The 200 bytes around the gap are lost, and said; nothing is doubled.
    expect(door.bytesOf('svc-1')).toBe(1_000 + 100);
    expect(second.problems).toEqual(['lost']);
    expect(door.conflicts).toBe(0);
  });

  it('a subscriber that is not in the list is counted when it is there', async () => {
    const door = new Door();
    let now = Date.now();
    const heard = await start(new MemoryStore(), door, 'data', () => now);
    const user = { user: 'new@example', session: 's9' };
    expect(await ask(heard.source.port, packet(3, 300, 100, user))).toBe(id);
    expect(heard.problems).toEqual(['unresolved']);
    expect(door.taken.size).toBe(0);
    const before = 'identity,serviceId\nuser:made-up@example,svc-1\n';
    writeFileSync(servicesFile, `${before}user:new@example,svc-9\n`);
    now += 16_000;
    // The list is read again within a while.
    await sleep(1_200);
    now += 16_000;
    await ask(heard.source.port, packet(3, 330, 150, user));
    expect(await ask(heard.source.port, packet(2, 360, 180, user))).toBe(id);
    expect(door.bytesOf('svc-9')).toBe(180);
  });

  it('a server that restarts ends its sessions', async () => {
    const door = new Door();
    const { source } = await start(new MemoryStore(), door);
    expect(await ask(source.port, packet(3, 300, 100))).toBe(id);
    const on = radiusPacket(
      [
        [40, 7],
        [32, 'bras-1'],
      ],
      SECRET,
      200,
    );
    expect(await ask(source.port, on)).toBe(200);
    expect(await ask(source.port, packet(1, 0, 0))).toBe(id);
    expect(await ask(source.port, packet(2, 60, 40))).toBe(id);
    expect(door.bytesOf('svc-1')).toBe(140);
  });

  it('many at once are all answered, and each counts once', async () => {
    const door = new Door();
    const heard = await start(new MemoryStore(), door);
    const socket = createSocket('udp4');
    const answered = new Set<number>();
    let answers = 0;
    socket.on('message', (bytes) => {
      answers += 1;
      answered.add(bytes[1]!);
    });
    const sent = Array.from({ length: 250 }, (_, i) =>
      radiusPacket(
        [
          [40, 3],
          [44, `m${i}`],
          [1, 'made-up@example'],
          [32, 'bras-1'],
          [46, 60],
          [42, 10],
        ],
        SECRET,
        i,
      ),
    );
    for (const one of [...sent, ...sent]) socket.send(one, heard.source.port, '127.0.0.1');
    for (let looks = 0; looks < 100 && answers < 500; looks += 1) await sleep(50);
    socket.close();
    expect(answered.size).toBe(250);
    expect(door.bytesOf('svc-1')).toBe(2_500);
  });
});

/** A store with what another one holds now. */
async function copyOf(store: Store): Promise<Store> {
  const copy = new MemoryStore();
  const own = await copy.acquire('radius', 'copy');
  const puts = new Map<string, Uint8Array>();
  for await (const [key, value] of store.entries('radius', '')) puts.set(key, value);
  await copy.commit(own, { puts, deletes: new Set() });
  return copy;
}
