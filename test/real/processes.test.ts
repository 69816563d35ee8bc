/** Several processes on Kafka and Redis: they decide what one decides on embedded parts, whoever comes, goes or dies meanwhile. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { story } from '../../pipelines/play/generator.js';
import { PLAY_PACKS } from '../../pipelines/play/play.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { Engine, essence } from '../engine.js';
import { moveClock, send, TestCluster } from './dozor.js';
import { describeReal } from './parts.js';

const FROM = Date.parse('2026-03-02T00:00:00+01:00');
const UNTIL = '2026-03-20T00:00:00+01:00';
const TICK_SECONDS = 3_600;
const EVENTS = { DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: `${TICK_SECONDS}`, DOZOR_PACKS: PLAY_PACKS };
const lines = [...story({ seed: 11, from: FROM, days: 14, services: 120 })].map((event) => JSON.stringify(event));

/** What one process decides on embedded parts, in memory, at the same ticks. */
async function embedded(): Promise<readonly string[]> {
  const packs = loadPacks([OWN_PACKS, PLAY_PACKS]);
  const partitions = { service: 1, element: 1, facts: 1, decisions: 1 };
  const engine = await Engine.open({ packs, partitions, storyTickSeconds: TICK_SECONDS });
  await engine.take(lines);
  await engine.moveClock(UNTIL);
  await engine.work();
  return (await engine.decisions()).map(essence);
}

/** What is decided and should not be, and what should be and is not: the first few. */
async function differences(cluster: TestCluster): Promise<readonly string[]> {
  const wanted = new Set(await embedded());
  expect(wanted.size).toBeGreaterThan(100);
  const decided = new Set((await cluster.decisions()).map(essence));
  const missing = [...wanted].filter((one) => !decided.has(one)).map((one) => `missing ${one.slice(0, 300)}`);
  const invented = [...decided].filter((one) => !wanted.has(one)).map((one) => `invented ${one.slice(0, 300)}`);
  return [...missing.slice(0, 3), ...invented.slice(0, 3)];
}

describeReal('several processes', (parts) => {
  let cluster: TestCluster;
  afterEach(() => cluster?.dispose());

  it('3 processes, 8 partitions: the same set of decisions as on embedded parts', { timeout: 240_000 }, async () => {
    cluster = new TestCluster(parts, `t${randomUUID().slice(0, 8)}`, EVENTS);
    const door = await cluster.start('door,network,service,collector,alerts,dashboard');
    const second = await cluster.start('network,service,collector');
    const third = await cluster.start('network,service,collector');
    await Promise.all([door, second, third].map((one) => one.ready()));
    await send(door, lines);
    await moveClock(door, UNTIL);
    await cluster.quiet([door, second, third]);
    expect(await differences(cluster)).toEqual([]);
    expect(await Promise.all([second.stop(), third.stop(), door.stop()])).toEqual([0, 0, 0]);
  });

  it('one is killed and one handed over in the middle: the same set', { timeout: 240_000 }, async () => {
    cluster = new TestCluster(parts, `t${randomUUID().slice(0, 8)}`, EVENTS);
    const door = await cluster.start('door');
    let workers = await Promise.all([1, 2, 3].map(() => cluster.start('network,service,collector')));
    await Promise.all([door, ...workers].map((one) => one.ready()));
    const third = Math.floor(lines.length / 3);
    await send(door, lines.slice(0, third));
    await workers[0]!.kill();
    await send(door, lines.slice(third, 2 * third));
    expect(await workers[1]!.stop()).toBe(0);
    workers = [workers[2]!, await cluster.start('network,service,collector')];
    await send(door, lines.slice(2 * third));
    await moveClock(door, UNTIL);
    await cluster.quiet(workers);
    expect(await differences(cluster)).toEqual([]);
  });
});
