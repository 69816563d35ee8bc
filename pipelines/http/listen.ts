/** The HTTP door on its port: what stands before every route, and an end that comes within two seconds. */
import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import { createAdaptorServer } from '@hono/node-server';
import { type Env, Hono, type MiddlewareHandler } from 'hono';
import { hostCheck, isLoopback, secure } from './guard.js';
import { Problem } from './problem.js';
import { followPair, openOn, readPair, secureServer, type TlsFiles } from './tls-door.js';

export interface ListenOptions {
  /** The parts, asked in this order. */
  readonly apps: readonly { readonly fetch: unknown }[];
  /** What stands before all of them: who may ask for what. Absent in tests of a part. */
  readonly guard?: MiddlewareHandler;
  /** Whether browsers reach us by TLS through a proxy. */
  readonly behindTls?: boolean;
  /** The certificate of this door; absent: it speaks plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** Told what somebody should know of. */
  readonly warn?: (words: string) => void;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Further host names by which browsers may ask. Given where `host` is not loopback, they alone (and loopback's) may. */
  readonly hosts?: readonly string[];
  /** How long requests under way may take to finish when it closes. */
  readonly graceMs?: number;
}

/** A door that is open. */
export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Ends the open streams, lets requests finish, then cuts what is left. Takes less than two seconds. */
  close(): Promise<void>;
}

/** A socket on which nothing moves for so long is given up: a reader that stalls, a writer that stalls. */
const SILENT_MAX_MS = 60_000;
const HEADERS_MAX_MS = 20_000;
const CONNECTIONS_MAX = 2_000;
const GRACE_MS = 1_500;

/** Starts listening; rejects with an error that says what to change where it cannot. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { host, port, hosts = [], graceMs = GRACE_MS } = options;
  const closing = new AbortController();
  // Every open stream hears of it: more than a few are no leak.
  setMaxListeners(0, closing.signal);
  const root = rootOf(options, isLoopback(host) || hosts.length > 0 ? hosts : undefined);
  const { tls, warn = (words) => process.stderr.write(`dozor: ${words}\n`) } = options;
  const given = {
    fetch: (request: Request, env: object) => root.fetch(request, { ...env, closing: closing.signal }),
    hostname: host,
  };
  // An upload that is held back may take longer than any fixed time; what stands still is cut by the socket's timeout.
  const plain = { requestTimeout: 0, headersTimeout: HEADERS_MAX_MS };
  const server = createAdaptorServer(
    tls ? { ...given, ...secureServer(readPair(tls)) } : { ...given, serverOptions: plain },
  ) as Server | Http2SecureServer;
  server.setTimeout(SILENT_MAX_MS);
  server.maxConnections = CONNECTIONS_MAX;
  const open = tls ? openOn(server as Http2SecureServer) : openPlain(server as Server);
  const unfollow = tls && followPair(server as Http2SecureServer, tls, warn);
  const bound = await bind(server, host, port).catch((error: Error) => {
    unfollow?.();
    throw error;
  });
  let closed: Promise<void> | undefined;
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () => {
      unfollow?.();
      return (closed ??= close(server, open, closing, graceMs));
    },
  };
}

const NOBODY = {
  kind: 'nobody',
  id: null,
  name: null,
  role: 'viewer',
  may: [],
  events: [],
  session: null,
  provider: null,
};

/** All parts as one, with what stands before them. `hosts`: undefined where any name is ours. */
export function rootOf(
  { apps, guard, behindTls = false }: Pick<ListenOptions, 'apps' | 'guard' | 'behindTls'>,
  hosts: readonly string[] | undefined,
): Hono {
  const root = new Hono();
  root.use('*', secure(behindTls), hostCheck(hosts));
  if (guard) root.use('*', guard);
  // A part by itself, without a guard: nobody is known, and everybody looks.
  else root.get('/v1/me', (c) => c.json(NOBODY, 200, { 'cache-control': 'no-store' }));
  for (const app of apps) root.route('/', app as Hono<Env>);
  root.onError((error) => {
    if (error instanceof Problem) return error.response();
    process.stderr.write(`dozor: a request failed: ${error.stack ?? error.message}\n`);
    return new Problem(500, 'internal', 'this failed inside; the log says why').response();
  });
  root.notFound(() => new Problem(404, 'not-found', 'there is nothing at this address').response());
  return root;
}

function bind(server: Server | Http2SecureServer, host: string, port: number): Promise<number> {
  return new Promise((bound, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) => failed(new Error(whyNot(error, host, port))));
    server.listen(port, host, () => {
      const address = server.address();
      bound(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function whyNot(error: NodeJS.ErrnoException, host: string, port: number): string {
  const choose = `choose another with DOZOR_PORT, such as DOZOR_PORT=${port < 65_535 ? port + 1 : 8_420} (0: any free one)`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken by another program (perhaps another Dozor): stop it, or ${choose}`;
    case 'EACCES':
      return `port ${port} may not be opened by this user: ${choose}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: set DOZOR_HOST to one, such as DOZOR_HOST=127.0.0.1`;
    default:
      return `cannot listen on ${host}:${port}: ${error.message}`;
  }
}

/** What is open on a server of HTTP/1.1 alone. */
function openPlain(server: Server): Open {
  return { end: () => server.closeIdleConnections(), cut: () => server.closeAllConnections() };
}

/** Ends what is idle, or cuts what is left. */
interface Open {
  end(): void;
  cut(): void;
}

async function close(
  server: Server | Http2SecureServer,
  open: Open,
  closing: AbortController,
  graceMs: number,
): Promise<void> {
  closing.abort();
  const done = new Promise<void>((ended) => server.close(() => ended()));
  open.end();
  // A kept connection becomes idle only when its last answer is out.
  const sweep = setInterval(() => open.end(), 50);
  const cut = setTimeout(() => open.cut(), graceMs);
  await done;
  clearInterval(sweep);
  clearTimeout(cut);
}
