/** `/outages`: those that are open, by urgency, as the stream tells them; and those that are over. */
import type { EndedOutage } from '../../../../pipelines/domain/outage-wire.js';
import type { OutageView } from '../../../../pipelines/http/ports.js';
import { byUrgency, standOf } from '../../../urgency.js';
import type { Snapshot, Update } from '../../../wire.js';
import { read } from '../../shared/api.js';
import { make, say } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { dateTime, exactly, lengthOf, partsOf, when } from '../../shared/time.js';
import { empty, failure, loading } from '../parts/failure.js';
import { Grid } from '../parts/grid.js';
import { bindKeys } from '../parts/keys.js';
import { linkTo } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import { parts } from '../parts/words.js';
import type { Given, Place, View } from '../view.js';
import { words } from './words.js';

const PATH = '/outages';
const ENDED_MAX = 200;

export const hrefOf = (incident: string) => `${PATH}/${encodeURIComponent(incident)}`;

export function open(place: Place, given: Given): View {
  return place.query.get('state') === 'ended' ? endedView(given) : openView(given);
}

function tabs(which: 'open' | 'ended'): HTMLElement {
  const link = (href: string, text: string, is: boolean) => {
    const made = linkTo(href, text);
    made.className = 'button';
    if (is) made.setAttribute('aria-current', 'page');
    return made;
  };
  return make(
    'nav',
    'buttons',
    link(PATH, words.open, which === 'open'),
    link(`${PATH}?state=ended`, words.ended, which === 'ended'),
  );
}

/** A table of outages that opens them by keyboard. */
function keysOf<T extends { readonly incident: string }>(grid: Grid<T>, given: Given): () => void {
  return bindKeys([
    { keys: ['j', 'ArrowDown'], words: '↓', run: () => grid.move(1) },
    { keys: ['k', 'ArrowUp'], words: '↑', run: () => grid.move(-1) },
    { keys: ['Enter', 'o'], words: '⏎', run: () => grid.current && given.go(hrefOf(grid.current.incident)) },
  ]);
}

function openView(given: Given): View {
  const content = make('div', 'content', loading());
  const count = make('span', 'count');
  let now = 0;
  const grid = new Grid<OutageView>({
    label: words.title,
    keyOf: ({ operator, incident }) => `${operator} ${incident}`,
    print: (outage) => JSON.stringify([outage, Math.floor(now / 60_000)]),
    level: (outage) => standOf(outage, now).level,
    open: ({ incident }) => given.go(hrefOf(incident)),
    columns: [
      {
        name: 'incident',
        label: words.incident,
        cell: (outage) => [make('span', 'severity', mark(standOf(outage, now).level), rowLink(outage.incident))],
      },
      { name: 'operator', label: words.operator, cell: ({ operatorName }) => [operatorName] },
      { name: 'cause', label: words.cause, cell: ({ reasons }) => [reasons.join('; ') || words.unknownCause] },
      { name: 'services', label: words.services, isNumber: true, cell: ({ services }) => [String(services)] },
      {
        name: 'since',
        label: words.since,
        cell: ({ from }) => [
          `${partsOf(from).day} ${partsOf(from).time.slice(0, 5)} `,
          make('span', 'quiet', lengthOf(now - from)),
        ],
      },
      { name: 'state', label: words.state, cell: ({ counts }) => [counts ? words.counts : words.paused] },
      {
        name: 'limit',
        label: words.limit,
        cell: (outage) => {
          const { limitAt, isPast } = standOf(outage, now);
          if (limitAt === null) return [];
          const length = lengthOf(Math.abs(limitAt - now));
          return [
            make(isPast ? 'strong' : 'span', '', `${isPast ? '+' : '-'}${length}`),
            ' ',
            make('span', 'quiet', dateTime(limitAt)),
          ];
        },
      },
    ],
  });
  let all: readonly OutageView[] = [];
  const show = () => {
    say(count, String(all.length));
    if (all.length === 0) content.replaceChildren(empty(words.emptyOpen));
    else if (!grid.element.isConnected) content.replaceChildren(grid.element);
    grid.show(byUrgency(all, now));
  };
  const unhear = given.live.hear<Snapshot | Update>('picture', ({ status, outages }) => {
    now = status.clock ?? now;
    if (outages) all = outages;
    show();
  });
  const unbind = keysOf(grid, given);
  return {
    element: make('section', 'panel page outage-list', make('h2', '', words.title, count), tabs('open'), content),
    title: words.title,
    close: () => {
      unhear();
      unbind();
    },
  };
}

function endedView(given: Given): View {
  const content = make('div', 'content', loading());
  const count = make('span', 'count');
  const grid = new Grid<EndedOutage>({
    label: words.ended,
    keyOf: ({ incident }) => incident,
    open: ({ incident }) => given.go(hrefOf(incident)),
    columns: [
      { name: 'incident', label: words.incident, cell: ({ incident }) => [rowLink(incident)] },
      { name: 'operator', label: words.operator, cell: ({ operator }) => [operator] },
      { name: 'cause', label: words.cause, cell: ({ reason, responsibility }) => [reason || responsibility] },
      { name: 'since', label: words.from, cell: ({ from }) => [when(from)] },
      { name: 'to', label: words.to, cell: ({ to }) => [when(to)] },
      { name: 'lasted', label: words.lasted, cell: ({ from, to }) => [exactly(Date.parse(to) - Date.parse(from))] },
    ],
  });
  const refresher = new Refresher<{ readonly outages: readonly EndedOutage[] }>({
    read: (signal) => read(`/v1/outages/ended?limit=${ENDED_MAX}`, signal),
    show: ({ outages }) => {
      say(count, parts.of(outages.length, outages.length));
      if (outages.length === 0) content.replaceChildren(empty(words.emptyEnded));
      else if (!grid.element.isConnected) content.replaceChildren(grid.element);
      grid.show(outages);
    },
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
    everyMs: 30_000,
  });
  const unbind = keysOf(grid, given);
  const head = make('h2', '', words.title, count);
  return {
    element: make('section', 'panel page outage-list', head, tabs('ended'), refresher.notice, content),
    title: words.ended,
    close: () => {
      unbind();
      refresher.close();
    },
  };
}

function rowLink(incident: string): HTMLElement {
  const link = linkTo(hrefOf(incident), incident);
  link.tabIndex = -1;
  return link;
}
