/**
 * The HTTP door by TLS: HTTP/2 for whoever speaks it, HTTP/1.1 for the rest, and a certificate that is read again when its files
 * change or on SIGHUP. A pair that does not fit is not taken: the one before stays.
 */
import { readFileSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';

/** PEM files: the certificate with those between it and its root, and its key. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** How often the files are looked at. */
const LOOK_MS = 10_000;
/** One page has one stream and a few questions: more at once is no page. */
const STREAMS_MAX = 100;

/** Reads a pair and sees that it fits; throws an Error that names the setting. */
export function readPair({ certFile, keyFile }: TlsFiles): Pair {
  const read = (setting: string, file: string) => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new Error(`${setting} cannot be read: ${(error as Error).message}`);
    }
  };
  const pair = { cert: read('DOZOR_TLS_CERT', certFile), key: read('DOZOR_TLS_KEY', keyFile) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new Error(`DOZOR_TLS_CERT and DOZOR_TLS_KEY cannot be used together: ${(error as Error).message}`);
  }
  return pair;
}

/** What makes the server, for the adaptor of the framework. */
export function secureServer(pair: Pair): {
  readonly createServer: typeof createSecureServer;
  readonly serverOptions: object;
} {
  const settings = { maxConcurrentStreams: STREAMS_MAX };
  return { createServer: createSecureServer, serverOptions: { ...pair, allowHTTP1: true, settings } };
}

/** Takes a changed pair into use, until the returned function is called. */
export function followPair(server: Http2SecureServer, files: TlsFiles, warn: (words: string) => void): () => void {
  let taken = stampOf(files);
  let refused: string | undefined;
  const look = (always: boolean) => {
    const stamp = stampOf(files);
    if (!always && (stamp === undefined || stamp === taken)) return;
    try {
      server.setSecureContext(readPair(files));
      taken = stamp;
      refused = undefined;
    } catch (error) {
      // Files are written one after the other: what does not fit yet is looked at again, and said once.
      const { message } = error as Error;
      if (message !== refused) warn(`${message}; the certificate before stays in use`);
      refused = message;
    }
  };
  const timer = setInterval(() => look(false), LOOK_MS);
  timer.unref();
  const onHangup = () => look(true);
  process.on('SIGHUP', onHangup);
  return () => {
    clearInterval(timer);
    process.off('SIGHUP', onHangup);
  };
}

function stampOf({ certFile, keyFile }: TlsFiles): string | undefined {
  try {
    return [certFile, keyFile]
      .map((file) => `${statSync(file).mtimeMs} ${statSync(file).size} ${statSync(file).ino}`)
      .join();
  } catch {
    // It is being replaced.
    return undefined;
  }
}

/** Keeps what is open on a server of both protocols, which Node does not, so that it can be ended. */
export function openOn(server: Http2SecureServer): { end(): void; cut(): void } {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const busy = new Map<Socket, number>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    if (request.httpVersionMajor !== 1) return;
    // HTTP/1.1 on a server of HTTP/2: which connections are idle has to be counted.
    const { socket } = request as unknown as { readonly socket: Socket };
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    (response as unknown as ServerResponse).once('close', () => {
      const left = busy.get(socket)! - 1;
      if (left > 0) busy.set(socket, left);
      else busy.delete(socket);
    });
  });
  return {
    end: () => {
      for (const session of sessions) session.close();
      for (const socket of sockets) {
        const isHttp2 = (socket as Socket & { readonly alpnProtocol?: string | false }).alpnProtocol === 'h2';
        if (!isHttp2 && !busy.has(socket)) socket.destroy();
      }
    },
    cut: () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}
