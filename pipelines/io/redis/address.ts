/** Where a Redis or a Redis Cluster is, and how ioredis is to reach it. */
import { readFileSync } from 'node:fs';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** A Redis, as the settings name it. */
export interface RedisPlace {
  /** redis://HOST:PORT or rediss:// (TLS); several addresses separated by commas are a Redis Cluster. */
  readonly url: string;
  /** Goes before every key, so that installations can share a Redis: letters, digits, dots, hyphens and underscores. */
  readonly prefix: string;
  /** Instead of one in the url, where it would show. */
  readonly password?: string | undefined;
  /** The certificates of who signs for the server (PEM). */
  readonly caFile?: string | undefined;
  /** 'off' leaves out asking whether the server keeps what it is given; 'on' unless told. */
  readonly check?: 'on' | 'off' | undefined;
  /** How long a call may take before it rejects, waiting for the connection included; 5,000 unless told. */
  readonly timeoutMs?: number | undefined;
}

export const TIMEOUT_MS = 5_000;
const RECONNECT_MS = { first: 50, last: 1_000 };
const REFRESH_SLOTS_MS = 2_000;

/** A client that has not begun to connect. It never sends a command a second time by itself. */
export function clientOf(place: RedisPlace): Redis | Cluster {
  const { nodes, secure, ...login } = parse(place);
  const timeoutMs = place.timeoutMs ?? TIMEOUT_MS;
  const options = {
    ...login,
    ...(secure && { tls: place.caFile ? { ca: readFileSync(place.caFile) } : {} }),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    // A connection on which nothing comes back is given up: the other end may be gone without a word.
    socketTimeout: timeoutMs,
    retryStrategy: backOff,
    maxLoadingRetryTime: 500,
    // What was on its way when the connection went is rejected at once: only the caller knows whether it may be sent again.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // A master that became a replica: the address may lead to the new one by now.
    reconnectOnError: ({ message }: Error) => message.includes('READONLY'),
    protocol: 2,
    disableClientInfo: true,
  } satisfies RedisOptions;
  const [node] = nodes;
  if (nodes.length === 1) return new Redis({ ...options, ...node! });
  const { retryStrategy: _, enableOfflineQueue: __, ...redisOptions } = options;
  return new Cluster([...nodes], {
    redisOptions,
    lazyConnect: true,
    clusterRetryStrategy: backOff,
    slotsRefreshInterval: REFRESH_SLOTS_MS,
    slotsRefreshTimeout: timeoutMs,
    // As above: a command that was sent to a node which went is not sent to the next.
    retryDelayOnFailover: 0,
    // A certificate names hosts, so they are not made into numbers.
    ...(secure && { dnsLookup: (host, found) => found(null, host) }),
  });
}

/** The address for people: without name and password. */
export function nameOf({ url }: RedisPlace): string {
  return addresses(url)
    .map(({ hostname, port }) => `${hostname}:${port || 6379}`)
    .join(', ');
}

function backOff(times: number): number {
  return Math.min(RECONNECT_MS.first * 2 ** Math.min(times, 10), RECONNECT_MS.last);
}

function addresses(url: string): readonly URL[] {
  return url.split(',').map((one) => new URL(one.trim()));
}

function parse({ url, password }: RedisPlace) {
  const urls = addresses(url);
  const [first] = urls;
  const db = first!.pathname.slice(1);
  if (urls.length > 1 && db !== '')
    throw new Error(`A Redis Cluster has no database ${db}: leave it out of the address.`);
  const secure = first!.protocol === 'rediss:';
  if (urls.some(({ protocol }) => (protocol === 'rediss:') !== secure)) {
    throw new Error('The addresses of a Redis Cluster are all redis:// or all rediss://.');
  }
  const username = decodeURIComponent(first!.username);
  const secret = password ?? decodeURIComponent(first!.password);
  return {
    // A number of the sixth kind stands in brackets in an address, and without them everywhere else.
    nodes: urls.map(({ hostname, port }) => ({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) })),
    secure,
    ...(username && { username }),
    ...(secret && { password: secret }),
    ...(db && { db: Number(db) }),
  };
}
