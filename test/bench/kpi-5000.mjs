// 5,000 elements with 20 indicators each, a sample a minute, through the real door and tasks on embedded parts: processor time a
// minute of the network, where charts are kept of all, and some indicators have thresholds and staleness.
// node test/bench/kpi-5000.mjs [elements] [minutes]
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../dist/pipelines/runtime/config.js';
import { Installation } from '../../dist/pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../dist/pipelines/runtime/packs.js';

const elements = Number(process.argv[2] ?? 5_000);
const minutes = Number(process.argv[3] ?? 20);
const KPIS = 20;
const folder = mkdtempSync(join(tmpdir(), 'dozor-bench-'));

/** An operator of its own: thresholds on two of the twenty indicators, staleness of one. */
const term = (is) => ({ is, clause: 'Bench 1' });
const threshold = (kpi) => ({
  name: kpi,
  kpi,
  window: 'minute',
  statistic: 'mean',
  direction: 'above',
  bound: 'reached',
  levels: [{ severity: 'major', raise: 99, clear: 90 }],
  for: 'PT5M',
  samplesMin: 1,
});
const pack = {
  operator: 'bench',
  name: 'made up',
  zone: 'Europe/Belgrade',
  currency: 'RSD',
  vatPercent: '20',
  language: 'en',
  inForceFrom: '2010-01-01',
  source: 'made up',
  rules: {
    kpi: {
      clause: 'Bench 1',
      about: 'made up',
      terms: {
        lateness: term('PT15M'),
        delay: term('PT0S'),
        thresholds: term([threshold('kpi-0'), threshold('kpi-1')]),
        stale: term([{ kpi: 'kpi-0', interval: 'PT1M', missing: 5, severity: 'minor' }]),
      },
    },
  },
};
const packs = mkdtempSync(join(tmpdir(), 'dozor-packs-'));
writeFileSync(join(packs, 'bench.2010-01-01.json'), JSON.stringify(pack));
const config = readConfig({ DOZOR_DATA: folder, DOZOR_PACKS: packs, DOZOR_CLOCK: 'events' });
const installation = await Installation.open(config, loadPacks([OWN_PACKS, packs]));
installation.start();
const by = { name: 'bench' };
const START = Date.parse('2026-06-10T00:00:00Z');
let n = 0;
const line = (type, subject, at, data) =>
  JSON.stringify({
    specversion: '1.0',
    id: `b${n++}`,
    source: 'bench',
    type,
    subject,
    time: new Date(at).toISOString(),
    data,
  });

async function step(lines, to) {
  const began = performance.now();
  const cpu = process.cpuUsage();
  for (let from = 0; from < lines.length; from += 1_000)
    await installation.gate.takeLines(lines.slice(from, from + 1_000), 1, by);
  await installation.gate.moveClock(to);
  while (!(await installation.caughtUp())) await new Promise((next) => setTimeout(next, 20));
  const used = process.cpuUsage(cpu);
  return { cpu: (used.user + used.system) / 1e6, wall: (performance.now() - began) / 1_000 };
}

const cells = Array.from({ length: elements }, (_, i) =>
  line('element.upserted', `cell-${i}`, START, {
    operator: 'bench',
    kind: 'cell',
    parent: `site-${Math.floor(i / 3)}`,
    district: `district-${i % 25}`,
  }),
);
await step(cells, START);
const rows = [];
for (let minute = 0; minute < minutes; minute++) {
  const at = START + minute * 60_000;
  const lines = [];
  for (let i = 0; i < elements; i++)
    for (let k = 0; k < KPIS; k++) {
      const value = Math.round(1e4 * (50 + 30 * Math.sin(minute / 100 + k) + 10 * Math.sin(i * 7 + minute))) / 1e4;
      lines.push(line('kpi.sampled', `cell-${i}`, at, { kpi: `kpi-${k}`, value }));
    }
  const { cpu, wall } = await step(lines, at + 59_999);
  rows.push({ minute, samples: lines.length, cpuSeconds: cpu.toFixed(2), wallSeconds: wall.toFixed(2) });
}
const cpus = rows.slice(1).map(({ cpuSeconds }) => Number(cpuSeconds));
const mean = cpus.reduce((sum, one) => sum + one, 0) / cpus.length;
console.table(rows);
console.log(
  `${elements} x ${KPIS} samples a minute: ${mean.toFixed(1)} s of a core a minute (${((100 * mean) / 60).toFixed(0)} %), ` +
    `at most ${Math.max(...cpus).toFixed(1)} s; ${((elements * KPIS) / mean).toFixed(0)} samples a core second; ` +
    `resident ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB, on disk ${Math.round(statSync(join(folder, 'data.mdb')).size / 2 ** 20)} MiB; ${process.version}`,
);
await installation.stop();
rmSync(folder, { recursive: true, force: true });
rmSync(packs, { recursive: true, force: true });
