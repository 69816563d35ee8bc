// A day of updates in a few minutes, with the wall and the console open in Chromium: does their memory grow, do elements pile up, does
// an update or a turn of the wall go missing? The story of a day comes to the door in proportion, so all that would come in 24 h comes,
// and pages are told as fast as the server tells anybody.
// npm run soak [-- --minutes 20]
import { parseArgs } from 'node:util';
import { build, openBrowser, someStory, startWhole, tell, until } from '../tools/whole.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' } } });
const minutes = Number(values.minutes);
const SERVICES = 1_500;
const DAYS_BEFORE = 4;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.parse('2026-03-02T00:00:00+01:00');
/** How long the wall shows a page (dashboard/page/wall/rotation.ts). */
const SHOWN_MS = 20_000;
/** A page that shows what another reader had so long ago has missed it. */
const BEHIND_MS = 2_000;
const ALARMS = 5_000;
/** How many of those stand at once. */
const STANDING = 40;
const LOOP_MS = 250;
const EVERY_MS = Math.max(5_000, (minutes * 60_000) / 60);
/** Of those, so many were raised. */
let raised = 0;

build();
const events = await someStory({ services: SERVICES, days: DAYS_BEFORE + 1 });
const start = FROM + DAYS_BEFORE * DAY;
const at = (event) => Date.parse(event.recordedtime ?? event.time);
const cut = events.findIndex((event) => at(event) >= start);
const [before, day] = [events.slice(0, cut), events.slice(cut)];
const whole = await startWhole({ DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '60' });
const browser = await openBrowser('--enable-precise-memory-info', '--js-flags=--expose-gc');
try {
  for (let i = 0; i < before.length; i += 5_000) await tell(whole, before.slice(i, i + 5_000));
  await until(async () => (await clock()) > start - HOUR, { maxMs: 600_000, what: 'the days before' });
  console.log(`${before.length} events before, ${day.length} of the day, over ${minutes} min`);
  await soak();
} finally {
  await browser.close();
  await whole.stop();
}

async function clock() {
  return Date.parse((await (await fetch(`${whole.url}/v1/status`)).json()).clock ?? '');
}

async function soak() {
  const pages = [await open('wall', '/wall', 'wall'), await open('console', '/', 'picture')];
  // The first minute is start-up: fonts, code, first pictures.
  const warmMs = Math.min(60_000, (minutes * 60_000) / 4);
  const began = performance.now();
  const length = minutes * 60_000;
  // A critical alarm of the story holds the wall, and each time that it is let go the page begins its time anew.
  const free = { since: began, turns: 0, heldMs: 0 };
  let told = 0;
  let sampledAt = 0;
  const progress = () => (performance.now() - began) / length;
  while (progress() < 1) {
    const upTo = start + progress() * DAY;
    const due = [];
    while (told < day.length && at(day[told]) <= upTo) due.push(day[told++]);
    due.push(...alarmsUpTo(progress(), upTo));
    for (let i = 0; i < due.length; i += 5_000) await tell(whole, due.slice(i, i + 5_000));
    await moveClock(upTo);
    await takeCriticals();
    const isHeld = await heldNow(pages[0]);
    const looked = performance.now();
    if (isHeld && free.since !== undefined) free.turns += Math.floor((looked - free.since) / SHOWN_MS);
    if (isHeld) free.heldMs += LOOP_MS;
    free.since = isHeld ? undefined : (free.since ?? looked);
    if (performance.now() - began > warmMs && performance.now() - sampledAt > EVERY_MS) {
      sampledAt = performance.now();
      for (const page of pages) await sample(page, (performance.now() - began) / 1_000);
    }
    await new Promise((next) => setTimeout(next, LOOP_MS));
  }
  for (const page of pages) await sample(page, (performance.now() - began) / 1_000);
  const ends = [];
  for (const page of pages) {
    ends.push(await caughtUp(page));
    page.messages = await page.page.evaluate('soak.messages');
  }
  const turns = await pages[0].page.evaluate('window.soak.turns');
  if (free.since !== undefined) free.turns += Math.floor((performance.now() - free.since) / SHOWN_MS);
  // One may fall short by the second in which the wall looks.
  const expected = Math.max(0, free.turns - 1);
  console.log(
    `\nevents told ${told} of ${day.length}; the wall was held by criticals for ${Math.round(free.heldMs / 1_000)} s or more`,
  );
  const rows = pages.map((page, i) => rowOf(page, ends[i]));
  console.table(rows);
  console.log(`turns of the wall ${turns}, at least ${expected} expected`);
  const bad = rows.filter((row) => row.behind > 0 || row.errors > 0 || !row.caughtUp);
  if (bad.length > 0 || turns < expected) process.exitCode = 1;
}

/** Alarms that fall due: each is raised, and ended when so many others have come after it. */
function alarmsUpTo(share, now) {
  const events = [];
  const event = (i, type, data) => ({
    specversion: '1.0',
    id: `soak-${i}-${type}`,
    source: 'soak',
    type,
    subject: `soak-element-${i % (4 * STANDING)}`,
    time: new Date(now).toISOString(),
    data: { alarmKey: `a-${i}`, ...data },
  });
  for (; raised < share * ALARMS; raised++) {
    const perceivedSeverity = ['minor', 'warning', 'major', 'minor', 'warning'][raised % 5];
    events.push(
      event(raised, 'alarm.reported', { perceivedSeverity, specificProblem: `number ${raised} of the soak` }),
    );
    if (raised >= STANDING) events.push(event(raised - STANDING, 'alarm.ended', {}));
  }
  return events;
}

async function moveClock(to) {
  await fetch(`${whole.url}/v1/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${whole.token}` },
    body: JSON.stringify({ until: new Date(to).toISOString() }),
  });
}

/** Opens a page that counts what its stream says, and a reader beside it that hears the same. */
async function open(name, path, topic) {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript(`
    window.soak = { messages: 0, last: '', turns: 0, reloads: 0 };
    const Plain = EventSource;
    window.EventSource = class extends Plain {
      constructor(url) {
        super(url);
        this.addEventListener('${topic}', (event) => { soak.messages += 1; soak.last = event.lastEventId; });
      }
    };
    let shown = '';
    setInterval(() => {
      const now = [...(document.querySelector('.page.is-shown')?.classList ?? [])].join();
      if (shown && now !== shown) soak.turns += 1;
      shown = now;
    }, 250);
  `);
  await page.goto(whole.url + path);
  await page.locator('html[data-state="live"]').waitFor({ timeout: 60_000 });
  const session = await context.newCDPSession(page);
  await session.send('HeapProfiler.enable');
  const reader = { last: 0, versions: [] };
  void hear(topic, reader);
  return { name, page, session, reader, topic, errors, samples: [], behind: 0 };
}

/** Reads a topic of the stream as another page would, with the time at which each version came. */
async function hear(topic, reader) {
  const answer = await fetch(`${whole.url}/v1/stream?topics=${topic}`);
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of answer.body) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const version = versionIn(/^id: (.*)$/m.exec(text.slice(0, end))?.[1] ?? '', topic);
        text = text.slice(end + 2);
        if (version === undefined || version <= reader.last) continue;
        reader.last = version;
        reader.versions.push([performance.now(), version]);
        if (reader.versions.length > 1_000) reader.versions.shift();
      }
    }
  } catch {
    // The server was stopped.
  }
}

function versionIn(id, topic) {
  const found = new RegExp(`(?:^|;)${topic}=(\\d+)`).exec(id)?.[1];
  return found === undefined ? undefined : Number(found);
}

async function sample(one, seconds) {
  const { page, session, reader, topic, samples } = one;
  const last = versionIn(await page.evaluate('soak.last'), topic) ?? 0;
  // What another reader had two seconds ago must be here.
  const due = reader.versions.findLast(([when]) => performance.now() - when > BEHIND_MS)?.[1] ?? 0;
  if (last < due) one.behind += 1;
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  samples.push({ seconds, bytes: usedSize, nodes, listeners: jsEventListeners });
}

/** When nothing comes any more page and reader stand at the same version. */
async function caughtUp({ page, reader, topic }) {
  return until(async () => versionIn(await page.evaluate('soak.last'), topic) === reader.last, { maxMs: 30_000 }).then(
    () => true,
    () => false,
  );
}

/** Somebody takes every critical alarm, so that the wall may turn. */
async function takeCriticals() {
  const { alarms } = await (
    await fetch(`${whole.url}/v1/alarms?severity=critical&state=raised&operatorState=none&limit=50`)
  ).json();
  for (const { id } of alarms ?? []) {
    await fetch(`${whole.url}/v1/alarms/${id}/acknowledge`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${whole.token}`,
        'idempotency-key': `soak-${id}-${Math.round(performance.now())}`,
      },
      body: JSON.stringify({ by: 'noc-shift', time: new Date(await clock()).toISOString() }),
    }).catch(() => {});
  }
}

/** Whether the wall does not turn, because of a critical alarm that nobody has taken. */
function heldNow({ page }) {
  return page.evaluate("document.querySelector('.head .is-held') !== null");
}

function rowOf({ name, messages, samples, behind, errors }, isCaughtUp) {
  const slope = (of) => {
    const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [x, y] = [mean(samples.map(({ seconds }) => seconds)), mean(samples.map(of))];
    const up = mean(samples.map((one) => (one.seconds - x) * (of(one) - y)));
    return up / mean(samples.map((one) => (one.seconds - x) ** 2));
  };
  const [first, last] = [samples[0], samples.at(-1)];
  // A day went by in the time of the soak: an hour of its updates is a 24th of it.
  const hourOfWall = (minutes * 60) / 24;
  return {
    page: name,
    messages,
    samples: samples.length,
    heapFirstMB: round(first.bytes / 1e6),
    heapLastMB: round(last.bytes / 1e6),
    'MB an hour of updates': round((slope(({ bytes }) => bytes) * hourOfWall) / 1e6),
    'MB an hour of the clock': round((slope(({ bytes }) => bytes) * 3_600) / 1e6),
    nodesFirst: first.nodes,
    nodesLast: last.nodes,
    listeners: last.listeners,
    behind,
    caughtUp: isCaughtUp,
    errors: errors.length,
  };
}

function round(value) {
  return Math.round(value * 100) / 100;
}
