/**
 * RADIUS accounting over UDP: datagrams in, answers out. What is not from a known access server, or not signed by its secret, is
 * dropped without an answer and counted (RFC 2866). Requests wait in a bounded queue; one is answered when whoever takes them says
 * that it is stored, and not before: an access server that hears nothing sends again.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import type { Instant } from '../domain/units.js';
import { type AccountingRequest, receive } from './formats/radius-packet.js';
import type { RadiusClients } from './radius-clients.js';

/** What became of a datagram. */
export const RADIUS_OUTCOMES = ['answered', 'unknown-sender', 'wrong-secret', 'malformed', 'no-room'] as const;
export type RadiusOutcome = (typeof RADIUS_OUTCOMES)[number];

/** So many requests wait; what comes then is dropped, and comes again. */
const QUEUE_MAX = 20_000;
/** So many are handed on at once. */
const BATCH_MAX = 1_000;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** A request that waits for its answer. */
export interface Waiting {
  readonly request: AccountingRequest;
  readonly receivedAt: Instant;
  /** Sends the answer. */
  readonly answer: () => void;
  /** Forgets it without an answer. */
  readonly drop: () => void;
}

export interface ListenerGiven {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly clients: () => RadiusClients;
  readonly now: () => Instant;
  /** Told of each datagram once it is settled. */
  readonly settled: (outcome: RadiusOutcome) => void;
}

export class RadiusListener {
  readonly #given: ListenerGiven;
  readonly #socket: Socket;
  readonly #queue: Waiting[] = [];
  #wake: () => void = () => undefined;
  #failure: Error | undefined;
  #closed = false;

  private constructor(given: ListenerGiven, socket: Socket) {
    this.#given = given;
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#take(bytes, from));
    socket.on('error', (error) => {
      this.#failure = error;
      this.#wake();
    });
  }

  /** Opens the socket; rejects with what to change where that cannot be. */
  static async open(given: ListenerGiven): Promise<RadiusListener> {
    const { host, port } = given;
    const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4' });
    try {
      socket.bind(port, host);
      await once(socket, 'listening');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why =
        code === 'EADDRINUSE' ? 'somebody else listens there' : code === 'EACCES' ? 'it is not allowed' : code;
      throw new Error(`RADIUS accounting cannot be heard on ${host}:${port} (UDP): ${why}; see DOZOR_RADIUS_PORT`);
    }
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch {
      // The system allows less: what does not fit comes again.
    }
    return new RadiusListener(given, socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** The next requests, in the order in which they came; none after so long, or when it is closed. Rejects where the socket failed. */
  async next(timeoutMs: number): Promise<readonly Waiting[]> {
    if (this.#queue.length === 0 && !this.#closed && !this.#failure) {
      await new Promise<void>((woken) => {
        const timer = setTimeout(woken, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          woken();
        };
      });
      this.#wake = () => undefined;
    }
    if (this.#failure) throw this.#failure;
    return this.#queue.splice(0, BATCH_MAX);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake();
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #take(bytes: Uint8Array, from: RemoteInfo): void {
    const { clients, settled, now } = this.#given;
    // An IPv4 sender on a socket of both families.
    const secret = clients().secretOf(from.address.replace(/^::ffff:(?=\d+\.)/, ''));
    if (!secret) return settled('unknown-sender');
    const received = receive(bytes, secret);
    if (!received.ok) return settled(received.is);
    if (this.#queue.length >= QUEUE_MAX) return settled('no-room');
    this.#queue.push({
      request: received.request,
      receivedAt: now(),
      answer: () => {
        if (!this.#closed) this.#socket.send(received.response, from.port, from.address, () => undefined);
        settled('answered');
      },
      drop: () => settled('no-room'),
    });
    this.#wake();
  }
}
