// From an event at the door to changed pixels: an alarm is reported over HTTP while the installation works at half of what it can take,
// and the page says when the frame that shows it was drawn. On the wall and on the list of alarms, each open in Chromium.
// node test/bench/door-to-pixels.mjs [--events 500] [--load 0.5]
import { parseArgs } from 'node:util';
import { build, openBrowser, someStory, startWhole, tell, until } from '../tools/whole.mjs';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '500' }, load: { type: 'string', default: '0.5' } },
});
const EVENTS = Number(values.events);
const LOAD = Number(values.load);
const BATCH = 200;
const FULL_MS = 10_000;
const BETWEEN_MS = 120;
const SEEN_MAX_MS = 15_000;

build();
const whole = await startWhole();
const browser = await openBrowser();
const now = () => performance.timeOrigin + performance.now();
let made = 0;
try {
  // Services and elements of the demonstration, as of now: something to be loaded by.
  const known = (await someStory({ services: 500, days: 1 })).filter(({ type }) => /\.upserted$/.test(type));
  const began = new Date(Date.now() - 60_000).toISOString();
  await tell(
    whole,
    known.map((event) => ({ ...event, time: began, recordedtime: began })),
  );
  const services = known.flatMap(({ type, subject, data }) =>
    type === 'service.upserted' && data.monthlyFee ? [{ subject, currency: data.monthlyFee.currency }] : [],
  );
  const full = await atFull(services);
  const pages = { wall: await open('/wall'), alarms: await open('/alarms') };
  const stop = new AbortController();
  const loaded = load(services, full * LOAD, stop.signal);
  const took = { wall: [], alarms: [] };
  for (let i = 0; i < EVENTS; i++) {
    for (const [name, ms] of Object.entries(await probe(i, pages))) took[name].push(ms);
    await new Promise((next) => setTimeout(next, BETWEEN_MS * (0.5 + Math.random())));
  }
  stop.abort();
  const sent = await loaded;
  console.log(
    `the door takes ${Math.round(full)} usage records a second; ${Math.round(sent)} a second were sent meanwhile`,
  );
  console.table(Object.entries(took).map(([page, all]) => ({ page, ...figures(all) })));
} finally {
  await browser.close();
  await whole.stop();
}

function usage(services) {
  const time = new Date(Date.now() - 1_000).toISOString();
  return Array.from({ length: BATCH }, () => {
    const { subject, currency } = services[++made % services.length];
    const data = { kind: 'data', direction: 'out', bytes: 1_000_000, charge: { amount: '0.00', currency } };
    return { specversion: '1.0', id: `load-${made}`, source: 'bench', type: 'usage.recorded', subject, time, data };
  });
}

/** Records a second that the door takes when it is asked without a pause. */
async function atFull(services) {
  const since = performance.now();
  let count = 0;
  while (performance.now() - since < FULL_MS) {
    await tell(whole, usage(services));
    count += BATCH;
  }
  return (count / (performance.now() - since)) * 1_000;
}

/** Sends at a pace until the signal; gives the records a second that were really sent. */
async function load(services, perSecond, signal) {
  const since = performance.now();
  let count = 0;
  while (!signal.aborted) {
    await tell(whole, usage(services));
    count += BATCH;
    const ahead = (count / perSecond) * 1_000 - (performance.now() - since);
    if (ahead > 0) await new Promise((next) => setTimeout(next, ahead));
  }
  return (count / (performance.now() - since)) * 1_000;
}

/** Opens a page that notes when the frame was drawn in which a probe is first seen. */
async function open(path) {
  const page = await (await browser.newContext({ viewport: { width: 1920, height: 1080 } })).newPage();
  await page.addInitScript(`
    window.seen = {};
    const look = (text) => {
      for (const [name] of (text ?? '').matchAll(/probe-\\d+/g)) {
        if (seen[name] !== undefined) continue;
        seen[name] = null;
        // The task after a frame's callbacks begins when the frame was drawn.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => { seen[name] = performance.timeOrigin + performance.now(); };
          port2.postMessage(0);
        });
      }
    };
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        if (target.nodeType === 3) look(target.data);
        for (const node of addedNodes) look(node.textContent);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true });
  `);
  await page.goto(whole.url + path);
  await page.locator('html[data-state="live"]').waitFor({ timeout: 60_000 });
  return page;
}

/** One alarm in, seen on every page, and ended. How long each page took, in ms. */
async function probe(i, pages) {
  const name = `probe-${i}`;
  const event = (type, data) => ({
    specversion: '1.0',
    id: `${name}-${type}`,
    source: 'bench',
    type,
    subject: name,
    time: new Date().toISOString(),
    data: { alarmKey: 'a', ...data },
  });
  const since = now();
  await tell(whole, [event('alarm.reported', { perceivedSeverity: 'critical', specificProblem: name })]);
  const all = await Promise.all(
    Object.entries(pages).map(async ([page, of]) => {
      const at = await until(() => of.evaluate(`seen['${name}']`), {
        maxMs: SEEN_MAX_MS,
        everyMs: 20,
        what: `${name} on ${page}`,
      });
      return [page, at - since];
    }),
  );
  await tell(whole, [event('alarm.ended', {})]);
  return Object.fromEntries(all);
}

function figures(all) {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { events: all.length, medianMs: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) };
}
