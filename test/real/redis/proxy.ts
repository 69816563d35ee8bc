/** A TCP proxy that loses what it is told to lose: the network's faults, on purpose. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * `pass`: hands everything on. `lose replies`: hands requests on, and cuts the connection when the reply comes.
 * `lose requests`: cuts the connection when a request comes. `silence`: takes everything and hands nothing on.
 */
export type Fault = 'pass' | 'lose replies' | 'lose requests' | 'silence';

export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How often it has cut a connection. */
  cuts = 0;
  fault: Fault = 'pass';
  /** How long each reply takes on its way. */
  delayMs = 0;

  static async to(host: string, port: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(host, port);
    await new Promise<void>((listening) => proxy.#server.listen(0, '127.0.0.1', listening));
    return proxy;
  }

  private constructor(host: string, port: number) {
    this.#server = createServer((near) => {
      const far = connect({ host, port });
      const cut = () => {
        this.cuts += 1;
        near.destroy();
        far.destroy();
      };
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.on('data', (bytes) => {
        if (this.fault === 'lose requests') cut();
        else if (this.fault !== 'silence') far.write(bytes);
      });
      far.on('data', (bytes) => {
        if (this.fault === 'lose replies') cut();
        else if (this.fault !== 'silence') setTimeout(() => near.write(bytes), this.delayMs);
      });
    });
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }
}

/** A fault of these proxies for as long as it takes to cut one connection. */
export async function cutOnce(
  proxies: readonly FaultyProxy[],
  fault: Fault,
  work: () => Promise<unknown>,
): Promise<void> {
  const cuts = () => proxies.reduce((sum, proxy) => sum + proxy.cuts, 0);
  const before = cuts();
  for (const proxy of proxies) proxy.fault = fault;
  const done = work();
  while (cuts() === before) await pause(1);
  for (const proxy of proxies) proxy.fault = 'pass';
  await done;
}
