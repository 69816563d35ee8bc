/** The door on its port: who may name it, what every answer carries, and how it opens and closes. */
import { createServer, request } from 'node:http';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listening, type ListenOptions, listen } from '../../../pipelines/http/listen.js';
import type { Bindings } from '../../../pipelines/http/ports.js';

const doors: Listening[] = [];
afterEach(async () => {
  await Promise.all(doors.splice(0).map((door) => door.close()));
});

const hello = new Hono<{ Bindings: Bindings }>()
  .get('/hello', (c) => c.text('hello'))
  .get('/slow', async (c) => {
    await new Promise((done) => setTimeout(done, 300));
    return c.text('done');
  })
  .get('/endless', (c) => {
    const { closing } = c.env;
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array([104, 105]));
        closing?.addEventListener('abort', () => controller.close());
      },
    });
    return c.body(stream);
  })
  .get('/stuck', (c) => c.body(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([1])) })));

async function open(options: Partial<ListenOptions> = {}): Promise<Listening> {
  const door = await listen({ apps: [hello], host: '127.0.0.1', port: 0, ...options });
  doors.push(door);
  return door;
}

/** The status of a request that names this host. */
function statusFor(door: Listening, host: string, path = '/hello'): Promise<number> {
  return new Promise((done, failed) => {
    request({ host: '127.0.0.1', port: door.port, path, headers: { host } }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .on('error', failed)
      .end();
  });
}

describe('the host that a request names', () => {
  it.each([
    'localhost',
    'localhost:1234',
    'LOCALHOST',
    'localhost.',
    '127.0.0.1',
    '127.0.0.1:8420',
    '[::1]',
    '[::1]:8420',
  ])('may be %s on loopback', async (host) => {
    expect(await statusFor(await open(), host)).toBe(200);
  });

  it.each(['evil.example', 'evil.example:8420', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])(
    'may not be %s: that is another site whose name points here',
    async (host) => {
      expect(await statusFor(await open(), host)).toBe(421);
    },
  );

  it('in the request line counts too', async () => {
    const door = await open();
    expect(await statusFor(door, 'localhost', 'http://evil.example/hello')).toBe(421);
  });

  it('may be one that is configured', async () => {
    const door = await open({ hosts: ['Wall.noc.example'] });
    expect([await statusFor(door, 'wall.noc.example:8420'), await statusFor(door, 'evil.example')]).toEqual([200, 421]);
  });

  it('may be any where we do not listen on loopback and none is configured', async () => {
    expect(await statusFor(await open({ host: '0.0.0.0' }), 'wall.noc.example')).toBe(200);
    expect(await statusFor(await open({ host: '0.0.0.0', hosts: ['wall'] }), 'evil.example')).toBe(421);
  });
});

describe('every answer', () => {
  it('carries the headers that keep a browser out of trouble, errors too', async () => {
    const door = await open();
    for (const path of ['/hello', '/nothing']) {
      const { headers } = await fetch(door.url + path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
    const none = await fetch(`${door.url}/nothing`);
    expect([none.status, await none.json()]).toEqual([404, { error: 'not-found', message: expect.any(String) }]);
  });
});

describe('opening', () => {
  it('on a port that is taken says which, and how to choose another', async () => {
    const other = createServer();
    const port = await new Promise<number>((bound) =>
      other.listen(0, '127.0.0.1', () => bound((other.address() as { port: number }).port)),
    );
    await expect(open({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
    await expect(open({ port })).rejects.toThrow(`DOZOR_PORT=${port + 1}`);
    await new Promise((closed) => other.close(closed));
    await expect(open({ port })).resolves.toMatchObject({ port, url: `http://127.0.0.1:${port}` });
  });

  it('on an address that is not ours says so', async () => {
    await expect(open({ host: '192.0.2.1' })).rejects.toThrow('DOZOR_HOST');
  });
});

describe('closing', () => {
  const timed = async (work: Promise<unknown>) => {
    const from = performance.now();
    await work;
    return performance.now() - from;
  };

  it('ends open streams, lets a request finish, and does not wait for kept connections', async () => {
    const door = await open();
    const endless = await fetch(`${door.url}/endless`);
    const slow = fetch(`${door.url}/slow`).then((response) => response.text());
    await fetch(`${door.url}/hello`);
    await new Promise((done) => setTimeout(done, 50));
    const took = timed(door.close());
    expect(await endless.text()).toBe('hi');
    expect(await slow).toBe('done');
    expect(await took).toBeLessThan(1_000);
    await expect(fetch(`${door.url}/hello`)).rejects.toThrow();
  });

  it('cuts what does not end by itself, within two seconds', async () => {
    const door = await open();
    const stuck = await fetch(`${door.url}/stuck`);
    const body = stuck.text().catch((error: Error) => error);
    expect(await timed(door.close())).toBeLessThan(2_000);
    expect(await body).toBeInstanceOf(Error);
  });

  it('twice is once', async () => {
    const door = await open();
    expect(door.close()).toBe(door.close());
  });
});
