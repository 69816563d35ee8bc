/** The proxy does to a connection what it says: the chaos run proves nothing without it. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PROTOCOLS, TcpProxy } from './proxy.js';

let server: Server;
let heard: string;
let proxy: TcpProxy;
let client: Socket;
let answered: string;

beforeEach(async () => {
  heard = '';
  answered = '';
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      heard += bytes.toString();
      socket.write(`answer to ${bytes.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.open((server.address() as { port: number }).port, 'redis');
  client = connect(proxy.port, '127.0.0.1');
  client.on('error', () => {});
  client.on('data', (bytes) => (answered += bytes.toString()));
  await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  server.close();
});

const until = async (isSo: () => boolean) => {
  for (let i = 0; i < 200 && !isSo(); i++) await sleep(10);
  expect(isSo()).toBe(true);
};

it('passes everything on', async () => {
  client.write('hello');
  await until(() => answered === 'answer to hello');
});

it('lets a commit through and cuts the connection in place of its reply, as often as told', async () => {
  proxy.loseReplies(1);
  client.write('GET x');
  await until(() => answered === 'answer to GET x');
  client.write('*3\r\n$7\r\nEVALSHA\r\n$1\r\nx\r\n');
  await until(() => client.destroyed);
  expect(heard).toContain('EVALSHA');
  expect(answered).toBe('answer to GET x');
  expect(proxy.counts.repliesLost).toBe(1);
});

it('keeps silent with the connection open, and goes on with what it held', async () => {
  proxy.pass({ is: 'silent' });
  client.write('hello');
  await sleep(60);
  expect(heard).toBe('');
  expect(client.destroyed).toBe(false);
  proxy.pass({ is: 'free' });
  await until(() => answered === 'answer to hello');
});

it('is slow by a delay and by a rate', async () => {
  proxy.pass({ is: 'slow', delayMs: 50, bytesPerSecond: 10_000 });
  const began = performance.now();
  client.write('x'.repeat(1_000));
  await until(() => answered.length > 1_000);
  // 1,000 bytes take 100 ms each way, and each way has the delay.
  expect(performance.now() - began).toBeGreaterThan(290);
});

it('refuses connections while it is closed, and takes them again', async () => {
  await proxy.close();
  const refused = connect(proxy.port, '127.0.0.1');
  const [error] = (await once(refused, 'error').catch((thrown: Error) => [thrown])) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  await proxy.reopen();
  client = connect(proxy.port, '127.0.0.1');
  client.on('data', (bytes) => (answered += bytes.toString()));
  client.write('again');
  await until(() => answered === 'answer to again');
});

it('finds a produce request of Kafka wherever the pieces are cut', () => {
  const request = (api: number, length: number) => {
    const bytes = Buffer.alloc(4 + length);
    bytes.writeInt32BE(length, 0);
    bytes.writeInt16BE(api, 4);
    return bytes;
  };
  const stream = Buffer.concat([request(3, 40), request(1, 2_000), request(0, 500), request(1, 30)]);
  for (const size of [1, 3, 7, 100, 5_000]) {
    const find = PROTOCOLS.kafka();
    let found = 0;
    for (let at = 0; at < stream.length; at += size) if (find(stream.subarray(at, at + size))) found += 1;
    expect(found).toBe(1);
  }
});
