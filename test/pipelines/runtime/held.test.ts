/** A record that makes the program fail costs its service, not the rest; and it can be let through later. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { listHeld, retryHeld } from '../../../pipelines/commands/held.js';
import { porting } from '../../../pipelines/detectors/porting.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { Installation } from '../../../pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';

const packs = loadPacks([OWN_PACKS]);
const BY = { name: 'test' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-held-'));
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

let n = 0;
const event = (type: string, subject: string, time: string, data: object) => ({
  specversion: '1.0',
  id: `h${n++}`,
  source: 'test',
  type,
  subject,
  time,
  data,
});
const service = (id: string) =>
  event('service.upserted', id, '2026-01-01T00:00:00+01:00', {
    operator: 'a1-rs',
    kind: 'mobile',
    activeFrom: '2025-01-01T00:00:00+01:00',
  });
const ported = (id: string) => [
  event('porting.accepted', id, '2026-06-01T00:00:00+02:00', { portingId: `p-${id}` }),
  event('porting.completed', id, '2026-06-05T12:00:00+02:00', { portingId: `p-${id}` }),
];

async function run(events: readonly object[], until: string): Promise<readonly string[]> {
  const installation = await Installation.open(readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events' }), packs);
  installation.start();
  if (events.length > 0) await installation.gate.takeObjects(events, BY);
  await installation.gate.moveClock(Date.parse(until));
  for (let quiet = 0; quiet < 3; ) {
    await new Promise((next) => setTimeout(next, 20));
    quiet = (await installation.caughtUp()) ? quiet + 1 : 0;
  }
  const { decisions } = await installation.views.decisions({ limit: 100, order: 'oldest' });
  await installation.stop();
  return decisions.filter(({ type }) => type !== 'notice.requested').map(({ type, subject }) => `${type} ${subject}`);
}

it('holds the service at the third failure, goes on with the others, and lets the queue through when told', async () => {
  const whole = porting.step;
  const broken = vi.spyOn(porting, 'step').mockImplementation((state, heard, given) => {
    if (given.facts.id === 'bad' && heard.is === 'event') throw new Error('a fault of ours');
    return whole(state, heard, given);
  });
  const events = [service('bad'), service('good'), ...ported('bad'), ...ported('good')];
  const first = await run(events, '2026-06-10T00:00:00+02:00');
  expect(first).toContain('compensation.granted good');
  expect(first).toContain('alarm.raised bad');
  expect(first).not.toContain('compensation.granted bad');
  const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events' });
  expect(await listHeld(config)).toEqual([expect.stringMatching(/^bad {2}since 2025-12-31T23:00.*a fault of ours$/)]);

  // What failed is mended; the service stays held until a person says so.
  broken.mockRestore();
  expect(await run([], '2026-06-11T00:00:00+02:00')).not.toContain('compensation.granted bad');
  await retryHeld(config, 'bad');
  const last = await run([], '2026-06-12T00:00:00+02:00');
  expect(last.filter((text) => text.endsWith(' bad')).sort()).toEqual([
    'alarm.cleared bad',
    'alarm.raised bad',
    'compensation.granted bad',
  ]);
  expect(await listHeld(config)).toEqual(['no service is held']);
});

it('refuses to let through what is not held', async () => {
  await run([service('good')], '2026-06-10T00:00:00+02:00');
  const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events' });
  await expect(retryHeld(config, 'good')).rejects.toThrow('good is not held');
});
