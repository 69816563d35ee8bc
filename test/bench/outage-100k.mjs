// An element with 100,000 services opens, passes 48 h and clears: time and memory of each step, on embedded parts.
// node test/bench/outage-100k.mjs [services]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../dist/pipelines/runtime/config.js';
import { Installation } from '../../dist/pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../dist/pipelines/runtime/packs.js';

const services = Number(process.argv[2] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), 'dozor-bench-'));
const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events' });
const installation = await Installation.open(config, loadPacks([OWN_PACKS]));
installation.start();
const by = { name: 'bench' };
let n = 0;
const event = (type, subject, time, data) => ({
  specversion: '1.0',
  id: `b${n++}`,
  source: 'bench',
  type,
  subject,
  time,
  data,
});
const rows = [];

async function step(name, work) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  await work();
  while (!(await installation.caughtUp())) await new Promise((next) => setTimeout(next, 20));
  const used = process.cpuUsage(cpu);
  const { decisions } = installation.status().counts;
  rows.push({
    step: name,
    seconds: ((performance.now() - began) / 1_000).toFixed(2),
    cpuSeconds: ((used.user + used.system) / 1e6).toFixed(2),
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
    decisions: Object.values(decisions).reduce((sum, count) => sum + count, 0),
  });
}

await step(`inventory of ${services} services`, async () => {
  await installation.gate.takeObjects(
    [event('element.upserted', 'cell-1', '2026-01-01T00:00:00+01:00', { operator: 'a1-rs', kind: 'cell' })],
    by,
  );
  for (let from = 0; from < services; from += 1_000) {
    const batch = Array.from({ length: Math.min(1_000, services - from) }, (_, i) =>
      event('service.upserted', `s${from + i}`, '2026-01-01T00:00:00+01:00', {
        operator: 'a1-rs',
        kind: 'mobile',
        activeFrom: '2025-01-01T00:00:00+01:00',
        monthlyFee: { amount: '1999.00', currency: 'RSD' },
        billingDay: [5, 9, 17, 21, 25, 'last'][(from + i) % 6],
        servedBy: ['cell-1'],
        notifyBy: ['sms'],
      }),
    );
    await installation.gate.takeObjects(batch, by);
  }
});
await step('the fault opens', async () => {
  const fault = { faultId: 'f1', responsibility: 'operator', reason: 'power' };
  await installation.gate.takeObjects([event('fault.opened', 'cell-1', '2026-06-10T00:00:00+02:00', fault)], by);
  await installation.gate.moveClock(Date.parse('2026-06-10T01:00:00+02:00'));
});
await step('47 h pass', () => installation.gate.moveClock(Date.parse('2026-06-11T23:00:00+02:00')));
await step('48 h are passed', () => installation.gate.moveClock(Date.parse('2026-06-12T00:00:01+02:00')));
await step('it clears at 60 h', async () => {
  await installation.gate.takeObjects(
    [event('fault.cleared', 'cell-1', '2026-06-12T12:00:00+02:00', { faultId: 'f1' })],
    by,
  );
  await installation.gate.moveClock(Date.parse('2026-06-12T12:16:00+02:00'));
});
await installation.stop();
console.table(rows);
console.log(`on disk: ${Math.round(statSync(join(folder, 'data.mdb')).size / 2 ** 20)} MiB; ${process.version}`);
rmSync(folder, { recursive: true, force: true });
