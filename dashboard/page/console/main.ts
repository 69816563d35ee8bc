/** The live page: what is open, what was decided, and how far what is shown can be trusted. */
import type { Snapshot, Update } from '../../wire.js';
import { byId, make, say } from '../shared/dom.js';
import { BEHIND_MAX_MS, banner, renew, sayMadeUp } from '../shared/frame.js';
import { Live, type State } from '../shared/live.js';
import { startTelemetry } from '../shared/telemetry.js';
import { dateTime, lengthOf, partsOf, showIn, shownIn } from '../shared/time.js';
import { Counters } from './overview/counters.js';
import { DecisionPanel } from './overview/decision-panel.js';
import { OutagePanel } from './overview/outage-panel.js';
import { Story } from './overview/story.js';
import { WhyDialog } from './overview/why.js';
import { overview } from './overview/words.js';
import { Router } from './router.js';
import { searchBox } from './search/box.js';
import { VIEWS } from './views.js';
import { WhoBar } from './who.js';
import { names } from './words.js';

const TICK_MS = 250;

showIn(document.documentElement.dataset['zone'] ?? shownIn());
const story = new Story();
const who = new WhoBar(byId('who'));
const why = new WhyDialog();
byId('outages-title').textContent = overview.outages;
byId('decisions-title').textContent = overview.decisions;
for (const [selector, words] of [
  ['.skip[href="#outages"]', overview.toOutages],
  ['.skip[href="#decisions"]', overview.toDecisions],
] as const)
  for (const link of document.querySelectorAll(selector)) link.textContent = words;
for (const [selector, words] of [
  ['.counters', overview.counters],
  ['#views', overview.views],
] as const)
  document.querySelector(selector)?.setAttribute('aria-label', words);
const outages = new OutagePanel({
  title: byId('outages-title'),
  list: byId('outages-list'),
  announcer: byId('announcer'),
});
const decisions = new DecisionPanel(byId('decisions-list'), (row) => void why.open(row.id, row));
const counters = new Counters(byId('counters'));
const live = new Live();
let state = live.state;
/** The view that is open; undefined: the overview. */
let opened: string | undefined;

function showPicture(isFirst: boolean): void {
  outages.show(story, isFirst);
  decisions.show(story.decisions);
  if (story.status) counters.show(story.status);
  tick();
}

/** What moves with time alone. */
function tick(): void {
  if (!story.status) return;
  outages.tick(story.now);
  showClock();
}

function showClock(): void {
  const { status, behind } = story;
  if (!status) return;
  const { clock, clockMode, heldBy, madeUp } = status;
  if (clock === null) {
    say(byId('clock-words'), overview.notBegun);
  } else {
    const { day, year, time } = partsOf(clock);
    say(byId('clock-time'), time);
    const delay = clockMode === 'events' ? overview.story : overview.behind(lengthOf(behind ?? 0));
    say(byId('clock-words'), overview.asOf(`${day} ${year}`, shownIn(), delay));
  }
  const isHeld = heldBy.length > 0 || (behind ?? 0) > BEHIND_MAX_MS;
  byId('held').hidden = !isHeld;
  if (isHeld) {
    const what = clock === null ? overview.heldNotBegun : overview.heldAt(partsOf(clock).time);
    const by = heldBy.length > 0 ? overview.heldBy(heldBy.join(', ')) : overview.heldUnknown;
    banner('held', `${what}${by}${overview.heldEnd}`);
  }
  sayMadeUp(madeUp, overview.madeUp);
}

function showState(next: State): void {
  state = next;
  document.documentElement.dataset['state'] = state.is;
  if (state.is === 'stale') story.stop();
  byId('connection').replaceChildren(make('span', 'lamp'), overview[state.is]);
  byId('stale').hidden = state.is === 'live' || (state.is === 'connecting' && !state.failing);
  if (state.is === 'connecting') {
    banner('stale', overview.nothingYet);
  }
  if (state.is === 'stale') {
    const reason = overview[state.why];
    banner('stale', overview.staleSince(`${dateTime(state.since)} ${shownIn()}`, reason));
  }
  showTitle();
}

function showTitle(): void {
  const count = story.outages.length + story.outagesLeftOut;
  const name = opened === undefined ? 'Dozor' : `${opened} - Dozor`;
  const title = count > 0 ? `(${count}) ${name}` : name;
  document.title = state.is === 'stale' ? `${overview.staleTitle} - ${title}` : title;
}

/** The links to the views that have a name; none where there is but the overview. */
function showLinks(): void {
  const named = VIEWS.filter(({ name }) => name !== undefined);
  byId('views').hidden = named.length === 0;
  for (const [pattern, name] of [
    ['/', names.overview] as const,
    ...named.map(({ pattern, name }) => [pattern, name!] as const),
  ]) {
    const link = make('a', '', name);
    link.href = pattern;
    byId('views').append(link);
  }
}

showLinks();
const router = new Router(
  VIEWS,
  {
    overview: byId('overview'),
    view: byId('view'),
    links: byId('views'),
    named: (title) => {
      opened = title;
      showTitle();
    },
  },
  { live, announce: (text, urgent = false) => say(byId(urgent ? 'alerter' : 'announcer'), text) },
);
searchBox(byId('views'), (address) => router.go(address));

live.greet((hello) => {
  renew(hello);
  showIn(hello.zone);
});
live.hear<Snapshot | Update>('picture', (message, isSnapshot) => {
  const isFirst = story.status === undefined;
  if (isSnapshot) story.replace(message as Snapshot);
  else story.change(message);
  showPicture(isFirst);
  showTitle();
});
live.watch(showState);
// The stream may have ended with the session.
live.refused(() => void who.look());
setInterval(tick, TICK_MS);
// A page in the background ticks once a minute; it must be right when it is looked at.
document.addEventListener('visibilitychange', tick);
startTelemetry('console', live);
