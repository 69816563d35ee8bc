/** What goes on for hours ends with the right to it: the stream of who was signed out, or whose key was taken away. */
import { afterEach, describe, expect, it } from 'vitest';
import { Door } from './door.js';

let door: Door;
afterEach(() => door.close());

/** Reads the stream until it ends; how long that took, in ms. */
async function untilEnd(url: string, headers: Record<string, string>, end: () => Promise<unknown>): Promise<number> {
  const answer = await fetch(`${url}/v1/stream`, { headers });
  expect(answer.status).toBe(200);
  const reader = answer.body!.getReader();
  await reader.read();
  const began = performance.now();
  await end();
  for (;;) {
    const { done } = await reader.read().catch(() => ({ done: true }));
    if (done) return performance.now() - began;
  }
}

describe('an open stream', { timeout: 30_000 }, () => {
  it('ends within some seconds after signing out, and after taking the key away', async () => {
    door = await Door.open();
    const url = await door.listen();
    const { cookie } = await door.signIn('operator');
    const { token, key } = await door.access.keys.create(
      { name: 'reader', role: 'viewer', expiresAt: door.now + 1e7 },
      'test',
    );
    const took = await Promise.all([
      untilEnd(url, { cookie }, () => door.page('DELETE', '/v1/session', undefined, cookie)),
      untilEnd(url, { authorization: `Bearer ${token}` }, () => door.access.keys.remove(key.id)),
    ]);
    for (const ms of took) expect(ms).toBeLessThan(8_000);
  });
});
