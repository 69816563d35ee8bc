/** RADIUS accounting in processes on Kafka and Redis: one is killed, another takes the sessions over, and every byte counts once. */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TICK_KEY, TOPICS } from '../../pipelines/runtime/topics.js';
import { radiusPacket } from '../pipelines/io/formats/writers.js';
import { TestCluster } from './dozor.js';
import { describeReal } from './parts.js';

const SECRET = 'a made-up secret between two';

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

describeReal('RADIUS accounting on Kafka and Redis', (parts) => {
  let cluster: TestCluster;
  let folder: string;
  let port: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dozor-radius-'));
    port = await freePort();
    const put = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    put('nas.secret', SECRET);
    cluster = new TestCluster(parts, `radius-${randomUUID().slice(0, 8)}`, {
      DOZOR_RADIUS_PORT: `${port}`,
      DOZOR_RADIUS_CLIENTS: put('clients.csv', '127.0.0.1,nas.secret\n'),
      DOZOR_RADIUS_SERVICES: put('services.csv', 'user:made-up@example,svc-1\n'),
      DOZOR_IDENTITY_KEY_FILE: put('identity.key', 'a made-up key for tests'),
    });
  });
  afterEach(async () => {
    await cluster.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends until it is answered, as an access server does. */
  async function tell(id: number, status: number, seconds: number, octets: number): Promise<void> {
    const socket = createSocket('udp4');
    let answered = false;
    socket.on('message', (bytes) => {
      answered ||= bytes[1] === id;
    });
    socket.on('error', () => undefined);
    try {
      for (let tries = 0; !answered && tries < 60; tries += 1) {
        const attributes = [
          [40, status],
          [44, 's1'],
          [1, 'made-up@example'],
          [32, 'bras-1'],
          [46, seconds],
          [42, octets],
          [41, tries],
        ] as const;
        socket.send(radiusPacket(attributes, SECRET, id), port, '127.0.0.1');
        for (let waited = 0; waited < 1_000 && !answered; waited += 20) await sleep(20);
      }
    } finally {
      socket.close();
    }
    expect(answered, `packet ${id}`).toBe(true);
  }

  async function bytesOnLog(): Promise<readonly number[]> {
    const log = await cluster.log();
    const found = new Map<string, number>();
    try {
      for (let partition = 0; partition < cluster.partitions.service; partition++) {
        const of = { topic: TOPICS.serviceEvents, partition };
        const end = await log.end(of);
        for (let from = await log.start(of); from < end; ) {
          const records = await log.read(of, from, 1_000);
          if (records.length === 0) await sleep(50);
          for (const { offset, key, value } of records) {
            from = offset + 1;
            if (key === TICK_KEY) continue;
            const { id, data } = JSON.parse(Buffer.from(value).toString()) as { id: string; data: { bytes: number } };
            expect(found.get(id) ?? data.bytes).toBe(data.bytes);
            found.set(id, data.bytes);
          }
        }
      }
    } finally {
      await log.close();
    }
    return [...found.values()];
  }

  it('goes on in another process where the first was killed', { timeout: 180_000 }, async () => {
    const first = await cluster.start('door,network,service,collector');
    await tell(1, 1, 0, 0);
    await tell(2, 3, 300, 1_000);
    await first.kill();
    await cluster.start('door,network,service,collector');
    await tell(3, 3, 600, 1_700);
    await tell(4, 2, 660, 2_000);
    expect(await bytesOnLog()).toEqual([1_000, 700, 300]);
  });
});
