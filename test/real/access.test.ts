/** Who may do what, over two processes on a real Redis and a real Kafka: seen by both, by one first, and while a part is away. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifyAudit } from '../../pipelines/access/audit.js';
import { KafkaLog } from '../../pipelines/io/kafka/log-kafka.js';
import { RedisStore } from '../../pipelines/io/store-redis.js';
import { cookieOf, Door, PASSWORD } from '../access/door.js';
import { describeReal } from './parts.js';
import { FaultyProxy } from './redis/proxy.js';

const logger = pino({ level: 'silent' });
const RATES = { burst: 1e4, perSecond: 1e4 };
let places = 0;

describeReal('access on real parts', ({ kafka, redis }) => {
  const doors: Door[] = [];
  const closing: { close(): Promise<void> }[] = [];
  let proxy: FaultyProxy;

  /** One of the processes of an installation; it reaches Redis through a network that can fail. */
  async function open(owner: string, namespace: string): Promise<Door> {
    const log = await KafkaLog.connect({ brokers: [kafka], namespace }, { logger });
    const url = `redis://127.0.0.1:${proxy.port}`;
    const store = await RedisStore.connect({ url, prefix: namespace, timeoutMs: 2_000 }, { logger });
    closing.push(log, store);
    return Door.open({ log, store, owner, rates: RATES });
  }

  beforeEach(async () => {
    const { hostname, port } = new URL(redis);
    proxy = await FaultyProxy.to(hostname, Number(port));
    const namespace = `access-${process.pid}-${places++}`;
    doors.splice(0, doors.length, await open('one', namespace), await open('two', namespace));
  }, 60_000);
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((part) => part.close()));
    await proxy.close();
  });

  const both = () => doors as [Door, Door];
  const status = async (door: Door, cookie: string) => (await door.ask('/v1/status', { headers: { cookie } })).status;

  it('one signs in at one process, is known to the other, and is out at both', async () => {
    const [one, two] = both();
    const { cookie } = await one.signIn('operator');
    expect([await status(one, cookie), await status(two, cookie)]).toEqual([200, 200]);
    expect((await two.page('DELETE', '/v1/session', undefined, cookie)).status).toBe(204);
    expect([await status(one, cookie), await status(two, cookie)]).toEqual([401, 401]);
  });

  it('of two processes that start together one prints a code, and it is taken by either, once', async () => {
    const [one, two] = both();
    await Promise.all([one.ask('/v1/set-up'), two.ask('/v1/set-up')]);
    const printed = [...one.printed, ...two.printed];
    expect(printed).toHaveLength(1);
    const [, code] = /enter ([\w-]+)$/.exec(printed[0]!)!;
    const made = await Promise.all(
      both().map((door, i) => door.page('POST', '/v1/set-up', { code, login: `admin${i}`, password: PASSWORD })),
    );
    // The other comes too late for the code (403), or for being the first (409).
    const statuses = made.map((answer) => answer.status).sort();
    expect([statuses[0], [403, 409].includes(statuses[1]!)]).toEqual([200, true]);
    expect(await one.access.accounts.list()).toHaveLength(1);
    const cookie = cookieOf(made.find((answer) => answer.status === 200)!);
    expect([await status(one, cookie), await status(two, cookie)]).toEqual([200, 200]);
  });

  it('of changes made at both at once none is lost, and a name is given once', async () => {
    const [one, two] = both();
    const logins = Array.from({ length: 12 }, (_, i) => `person${i}`);
    const make = (door: Door, login: string) =>
      door.access.accounts.create({ login, role: 'viewer', password: PASSWORD }, 'test');
    await Promise.all(logins.map((login, i) => make(i % 2 === 0 ? one : two, login)));
    const twins = await Promise.allSettled([make(one, 'twin'), make(two, 'twin')]);
    expect(twins.map((made) => made.status).sort()).toEqual(['fulfilled', 'rejected']);
    const listed = async (door: Door) => (await door.access.accounts.list()).map(({ login }) => login).sort();
    expect(await listed(one)).toEqual([...logins, 'twin'].sort());
    expect(await listed(two)).toEqual(await listed(one));
  });

  it('while the store is away nobody is let in or thrown out; then it goes on', async () => {
    const [one] = both();
    const { cookie } = await one.signIn('operator');
    proxy.fault = 'lose requests';
    const began = performance.now();
    expect(await status(one, cookie)).toBe(503);
    expect((await one.page('POST', '/v1/session', { login: 'operator', password: PASSWORD })).status).toBe(503);
    expect(performance.now() - began).toBeLessThan(20_000);
    proxy.fault = 'pass';
    await expect.poll(() => status(one, cookie), { timeout: 20_000 }).toBe(200);
  });

  it('each process writes a chain of its own into one trail, and the trail holds', async () => {
    const [one, two] = both();
    await Promise.all([one.signIn('operator', 'first'), two.signIn('operator', 'second')]);
    await one.page('POST', '/v1/session', { login: 'first', password: 'not the right one' });
    const trail = await two.access.trail(100);
    expect(new Set(trail.map(({ chain }) => chain)).size).toBe(2);
    const { broken, chains } = await verifyAudit(one.log);
    expect([broken, chains.length]).toEqual([undefined, 2]);
  });
});
