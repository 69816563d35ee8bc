// A thousand pages on one stream each, one in fifty of which never reads: what a page costs in memory, and how long a change takes to
// reach those that read. Server and pages are processes of their own on one machine, so one clock measures both ends.
// node test/bench/stream-clients.mjs [--clients 1000] [--seconds 60]
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    serve: { type: 'boolean', default: false },
  },
});
const CLIENTS = Number(values.clients);
const SECONDS = Number(values.seconds);
/** One in so many never reads. */
const SLEEPERS = 50;
/** Twice a second something changes; a wall that works has no more. */
const CHANGE_MS = 500;
const OUTAGES = 100;

if (values.serve) await serve();
else await measure();

/** The server: the real stream over a picture of a hundred outages, which changes. */
async function serve() {
  const [{ createDashboard }, { listen }] = await Promise.all([
    import('../../dist/dashboard/app.js'),
    import('../../dist/pipelines/http/listen.js'),
  ]);
  const listeners = new Set();
  const outage = (i) => ({
    incident: `site-${i}/f1`,
    operator: 'a1-rs',
    operatorName: 'A1 Srbija',
    from: Date.now() - i * 600_000,
    counts: true,
    reasons: ['power supply failed'],
    overdueAt: null,
    confirmedAt: Date.now() + 86_400_000,
    services: 1_000 + i,
    zone: 'Europe/Belgrade',
  });
  let outages = Array.from({ length: OUTAGES }, (_, i) => outage(i));
  let changedAt = Date.now();
  const status = () => ({
    clock: changedAt,
    behindMs: 0,
    clockMode: 'live',
    heldBy: [],
    madeUp: null,
    counts: { services: 0, elements: 0, events: 0, duplicates: 0, waiting: 0, decisions: {}, rejected: {} },
    startedAt: 0,
  });
  const views = {
    status,
    outages: () => outages,
    latest: () => [],
    decision: async () => undefined,
    decisions: async () => ({ decisions: [] }),
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
  let counts;
  const app = createDashboard(views, { clientsMax: 5_000, counted: (now) => (counts = now) });
  const door = await listen({ apps: [app], host: '127.0.0.1', port: 0 });
  process.on('message', (asked) => {
    if (asked === 'begin') {
      setInterval(() => {
        // All outages are told anew: some 20 kB for each page.
        outages = outages.map((one) => ({ ...one, services: one.services + 1 }));
        changedAt = Date.now();
        for (const changed of listeners) changed();
      }, CHANGE_MS);
    }
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send({ rss, heapUsed, external, cpu: process.cpuUsage(), counts });
  });
  process.send({ port: door.port });
}

async function measure() {
  const server = fork(import.meta.filename, ['--serve'], { execArgv: ['--expose-gc'] });
  const next = () => new Promise((told) => server.once('message', told));
  const ask = (what) => {
    const answer = next();
    server.send(what);
    return answer;
  };
  const { port } = await next();
  const empty = await ask('look');
  const delays = [];
  let bytes = 0;
  const sockets = [];
  for (let i = 0; i < CLIENTS; i++) {
    sockets.push(
      await client(port, i % SLEEPERS === 0, (chunk) => {
        bytes += chunk.length;
        const at = chunk.lastIndexOf('"clock":');
        if (at < 0 || !chunk.includes('"is":"change"')) return;
        const changedAt = Number(/\d+/.exec(chunk.subarray(at + 8, at + 24).toString())?.[0]);
        if (changedAt > 0) delays.push(Date.now() - changedAt);
      }),
    );
  }
  await pause(2_000);
  const quiet = await ask('look');
  await ask('begin');
  await pause(SECONDS * 1_000);
  const busy = await ask('look');
  for (const socket of sockets) socket.destroy();
  await pause(2_000);
  const after = await ask('look');
  server.kill();

  delays.sort((a, b) => a - b);
  const at = (share) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))];
  const mib = (n) => `${(n / 1_048_576).toFixed(1)} MiB`;
  const each = (n) => `${(n / 1_024 / CLIENTS).toFixed(1)} KiB a page`;
  const cpu = (busy.cpu.user + busy.cpu.system - quiet.cpu.user - quiet.cpu.system) / 1e6 / SECONDS;
  console.log(
    `${CLIENTS} pages, every ${SLEEPERS}th of which never reads, ${SECONDS} s, a change each ${CHANGE_MS} ms`,
  );
  console.log(
    `memory of the server (rss): ${mib(empty.rss)} empty, ${mib(quiet.rss)} with all pages open, ${mib(busy.rss)} under way, ${mib(after.rss)} after`,
  );
  console.log(`  ${each(quiet.rss - empty.rss)} open, ${each(busy.rss - empty.rss)} under way`);
  console.log(
    `evicted ${busy.counts.evicted} of ${Math.ceil(CLIENTS / SLEEPERS)} that never read; open ${busy.counts.open}, after ${after.counts.open}`,
  );
  console.log(
    `change to page: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, worst ${at(1)} ms, of ${delays.length}; ${mib(bytes)} received`,
  );
  console.log(`processor of the server: ${(cpu * 100).toFixed(0)} % of one core`);
}

/** Opens a stream; one that sleeps asks for it and never reads. */
function client(port, sleeps, read) {
  return new Promise((opened, failed) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
      if (sleeps) {
        socket.pause();
        setTimeout(() => opened(socket), 5);
      } else {
        socket.on('data', read);
        socket.once('data', () => opened(socket));
      }
    });
    socket.on('error', failed);
  });
}

function pause(ms) {
  return new Promise((go) => setTimeout(go, ms));
}
