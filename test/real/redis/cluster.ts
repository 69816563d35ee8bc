/** A Redis Cluster of three masters on loopback. */
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, type RedisPart, startRedis } from '../../tools/parts.mjs';
import { FaultyProxy } from './proxy.js';

const SLOTS = 16_384;
const MASTERS = 3;
const BUS_ABOVE = 10_000;
const OUTGOING_FROM = 32_768;

export interface ClusterPart {
  /** All addresses, separated by commas. */
  readonly url: string;
  readonly masters: readonly RedisPart[];
  /** What clients go through to reach each of them. */
  readonly proxies: readonly FaultyProxy[];
  stop(): Promise<void>;
}

export async function startCluster(): Promise<ClusterPart> {
  const config = { 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf', 'cluster-node-timeout': 2_000 };
  const masters = await Promise.all(
    Array.from({ length: MASTERS }, async () => startRedis({ config, port: await portWithBus() })),
  );
  const ports = masters.map(({ url }) => Number(new URL(url).port));
  const proxies = await Promise.all(ports.map((port) => FaultyProxy.to('127.0.0.1', port)));
  const clients = masters.map(({ url }) => new Redis(url));
  for (const [at, client] of clients.entries()) {
    const [from, to] = [at, at + 1].map((one) => Math.floor((one * SLOTS) / MASTERS)) as [number, number];
    await client.cluster('ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
    await client.config('SET', 'cluster-announce-bus-port', ports[at]! + BUS_ABOVE);
    await client.config('SET', 'cluster-announce-port', proxies[at]!.port);
    await client.config('REWRITE');
    if (at > 0) await client.cluster('MEET', '127.0.0.1', ports[0]!);
  }
  for (const client of clients) {
    while (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(await client.cluster('INFO'))) await pause(50);
    client.disconnect();
  }
  return {
    url: proxies.map(({ port }) => `redis://127.0.0.1:${port}`).join(','),
    masters,
    proxies,
    stop: async () => {
      await Promise.all([...masters.map((master) => master.stop()), ...proxies.map((proxy) => proxy.close())]);
    },
  };
}

/** A free port; that of the cluster's bus, 10,000 higher, is then below those of outgoing connections too. */
async function portWithBus(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port + BUS_ABOVE < OUTGOING_FROM) return port;
  }
}
