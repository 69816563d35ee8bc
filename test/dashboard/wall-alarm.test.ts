/** A wall that crashed stands in the list of alarms, from `/collect` through the topic and the door, in a whole installation. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build, startWhole, until, type Whole } from '../tools/whole.mjs';

let whole: Whole;
beforeAll(async () => {
  build();
  whole = await startWhole();
}, 300_000);
afterAll(() => whole?.stop());

interface Shown {
  readonly resource: string;
  readonly qualifier: string;
  readonly said: Readonly<Record<string, string>>;
}

it('a wall that says it crashed is an alarm like any other, once', { timeout: 120_000 }, async () => {
  const crashed = { type: 'crashed', values: {}, context: { wall: 'w-north' }, timestamp: new Date().toISOString() };
  const report = () =>
    fetch(`${whole.url}/collect`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-dozor-page': '1', origin: whole.url, 'idempotency-key': 'one' },
      body: JSON.stringify({ meta: { app: { name: 'wall' } }, measurements: [crashed] }),
    });
  expect([(await report()).status, (await report()).status]).toEqual([202, 202]);
  const look = async () => {
    const answer = await fetch(`${whole.url}/v1/alarms?resource=wall:w-north&state=all`);
    const { alarms } = (await answer.json()) as { readonly alarms: readonly Shown[] };
    return alarms.length > 0 ? alarms : undefined;
  };
  const alarms = await until(look, { maxMs: 60_000, what: 'the alarm' });
  expect(alarms).toHaveLength(1);
  expect(alarms[0]).toMatchObject({ resource: 'wall:w-north', qualifier: 'crashing' });
  expect(alarms[0]!.said).toMatchObject({ perceivedSeverity: 'major', text: expect.stringContaining('w-north') });
  const figures = await (await fetch(`${whole.url}/metrics`)).text();
  for (const line of ['dozor_wall_alarms{what="crashing"} 1', 'dozor_wall_words_total{word="crashed"} 1'])
    expect(figures).toContain(line);
  expect(figures).toContain('dozor_collect_requests_total{outcome="repeated"} 1');
});
