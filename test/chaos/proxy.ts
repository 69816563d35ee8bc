/**
 * A TCP proxy on loopback that misbehaves when told to. It knows so much of what it carries that it can let a commit through and
 * lose the reply: then nobody knows whether it happened, which is the hardest thing that a network does.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
/** How much a direction holds back before its source is asked to wait. */
const HELD_MAX_BYTES = 1024 * 1024;
/** After a commit was passed on: time enough for it to be done, before the connection is cut without its reply. */
const DONE_MS = 60;

/** Says of each piece that a client sends whether a commit begins in it. One for each connection. */
export type CommitFinder = (bytes: Buffer) => boolean;

export const PROTOCOLS = { redis: findScripts, kafka: findProduce, http: findPost } as const;
export type Protocol = keyof typeof PROTOCOLS;

/** How bytes pass: at once; late and at a bounded rate; or not at all, with the connection open (half-open). */
export type Passing =
  | { readonly is: 'free' }
  | { readonly is: 'slow'; readonly delayMs: number; readonly bytesPerSecond: number }
  | { readonly is: 'silent' };

export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #to: number;
  readonly #protocol: Protocol;
  readonly #links = new Set<Link>();
  #passing: Passing = { is: 'free' };
  #losing = 0;
  readonly counts = { connections: 0, cut: 0, repliesLost: 0 };

  private constructor(server: Server, port: number, to: number, protocol: Protocol) {
    this.#server = server;
    this.port = port;
    this.#to = to;
    this.#protocol = protocol;
  }

  /** Listens on a port of loopback (0: any) and passes everything on to another one. */
  static open(to: number, protocol: Protocol, port = 0): Promise<TcpProxy> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true });
      server.once('error', reject);
      server.listen(port, HOST, () => {
        const proxy = new TcpProxy(server, (server.address() as { port: number }).port, to, protocol);
        server.on('connection', (client) => proxy.#accept(client));
        resolve(proxy);
      });
    });
  }

  /** How bytes pass from now on, on connections that stand and on new ones. */
  pass(passing: Passing): void {
    this.#passing = passing;
    for (const link of this.#links) link.flush();
  }

  get passing(): Passing {
    return this.#passing;
  }

  /** Cuts every connection, in the middle of whatever it carries. */
  cut(): void {
    this.counts.cut += this.#links.size;
    for (const link of this.#links) link.destroy();
  }

  /** Lets the next so many commits through, and cuts their connections in place of the reply. 0: no more of that. */
  loseReplies(count: number): void {
    this.#losing = count;
  }

  /** Refuses connections, as a port does behind which nothing runs; those that stand are cut. */
  close(): Promise<void> {
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    this.cut();
    return closed;
  }

  /** Listens again, on the same port. */
  async reopen(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.port, HOST);
    await once(this.#server, 'listening');
  }

  #accept(client: Socket): void {
    const server = connect({ host: HOST, port: this.#to, noDelay: true });
    this.counts.connections += 1;
    const link = new Link(client, server, PROTOCOLS[this.#protocol](), {
      passing: () => this.#passing,
      losesReply: () => {
        if (this.#losing === 0) return false;
        this.#losing -= 1;
        this.counts.repliesLost += 1;
        return true;
      },
      ended: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}

interface Hold {
  readonly passing: () => Passing;
  /** Asked for each commit that passes. */
  readonly losesReply: () => boolean;
  readonly ended: () => void;
}

/** Two sockets, and what is on the way between them. */
class Link {
  readonly #sockets: readonly [client: Socket, server: Socket];
  readonly #up: Direction;
  readonly #down: Direction;
  #doomed = false;

  constructor(client: Socket, server: Socket, isCommit: CommitFinder, hold: Hold) {
    this.#sockets = [client, server];
    this.#up = new Direction(client, server, hold.passing);
    this.#down = new Direction(server, client, hold.passing);
    client.on('data', (bytes) => {
      // Every commit is looked at, so that the place in the stream is known when one is to be lost.
      if (isCommit(bytes) && !this.#doomed && hold.losesReply()) {
        this.#doomed = true;
        setTimeout(() => this.destroy(), DONE_MS);
      }
      this.#up.push(bytes);
    });
    server.on('data', (bytes) => {
      if (!this.#doomed) this.#down.push(bytes);
    });
    for (const socket of this.#sockets) {
      socket.on('error', () => this.destroy());
      socket.on('close', () => {
        // In silence nobody hears that the other has gone, either.
        if (hold.passing().is !== 'silent') this.destroy();
        if (this.#sockets.every(({ destroyed }) => destroyed)) hold.ended();
      });
    }
    client.on('end', () => this.#up.end());
    server.on('end', () => this.#down.end());
  }

  /** Goes on with what was held back, where bytes may pass now. */
  flush(): void {
    this.#up.flush();
    this.#down.flush();
    if (this.#sockets.some((socket) => socket.destroyed)) this.destroy();
  }

  destroy(): void {
    // A reset, not an orderly end: what a cut cable and a dead host look like.
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
  }
}

/** One way of a link: pieces wait here for their time. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #passing: () => Passing;
  readonly #waiting: { readonly bytes: Buffer; readonly at: number }[] = [];
  #held = 0;
  #free = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(from: Socket, to: Socket, passing: () => Passing) {
    this.#from = from;
    this.#to = to;
    this.#passing = passing;
    to.on('drain', () => from.resume());
  }

  push(bytes: Buffer): void {
    const passing = this.#passing();
    if (passing.is === 'free' && this.#waiting.length === 0) {
      this.#write(bytes);
      return;
    }
    const now = performance.now();
    let at = now;
    if (passing.is === 'slow') {
      this.#free = Math.max(this.#free, now) + (bytes.length / passing.bytesPerSecond) * 1_000;
      at = this.#free + passing.delayMs;
    }
    this.#waiting.push({ bytes, at });
    this.#held += bytes.length;
    if (this.#held > HELD_MAX_BYTES) this.#from.pause();
    this.flush();
  }

  end(): void {
    this.#ended = true;
    this.flush();
  }

  flush(): void {
    clearTimeout(this.#timer);
    if (this.#passing().is === 'silent') return;
    const slow = this.#passing().is === 'slow';
    while (this.#waiting.length > 0) {
      const { bytes, at } = this.#waiting[0]!;
      const early = at - performance.now();
      if (slow && early > 0) {
        this.#timer = setTimeout(() => this.flush(), early);
        return;
      }
      this.#waiting.shift();
      this.#held -= bytes.length;
      this.#write(bytes);
    }
    if (this.#held <= HELD_MAX_BYTES && !this.#to.writableNeedDrain) this.#from.resume();
    if (this.#ended && !this.#to.destroyed) this.#to.end();
  }

  #write(bytes: Buffer): void {
    if (!this.#to.destroyed && !this.#to.write(bytes)) this.#from.pause();
  }
}

// --- What a commit looks like on the wire ---

/** Redis: a script is called. Its name may be cut by the end of a piece; then that commit is not noticed, no more. */
function findScripts(): CommitFinder {
  return (bytes) => {
    const text = bytes.toString('latin1').toLowerCase();
    return text.includes('\nevalsha\r\n') || text.includes('\neval\r\n') || text.includes('\nfcall\r\n');
  };
}

/** Kafka: a request of the API "produce". Requests are framed by their length, so the place in the stream is kept. */
function findProduce(): CommitFinder {
  const HEAD = 6;
  let left = 0;
  let head = Buffer.alloc(0);
  return (bytes) => {
    let found = false;
    for (let at = 0; at < bytes.length; ) {
      if (left > 0) {
        const step = Math.min(left, bytes.length - at);
        left -= step;
        at += step;
        continue;
      }
      const step = Math.min(HEAD - head.length, bytes.length - at);
      head = Buffer.concat([head, bytes.subarray(at, at + step)]);
      at += step;
      if (head.length < HEAD) break;
      if (head.readInt16BE(4) === 0) found = true;
      // The length does not count itself; two of its bytes, the API's key, are read.
      left = head.readInt32BE(0) - 2;
      head = Buffer.alloc(0);
    }
    return found;
  };
}

/** HTTP: a POST begins. */
function findPost(): CommitFinder {
  return (bytes) => bytes.subarray(0, 5).toString('latin1') === 'POST ';
}
