/** `/search?q=`: what is known under some words, a little of each kind, with a way to all of it. */
import type { Finds, SearchAnswer } from '../../../../pipelines/domain/search-wire.js';
import type { Level } from '../../../wire.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { when } from '../../shared/time.js';
import { empty, failure, loading } from '../parts/failure.js';
import { linkTo, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { words } from './words.js';

const to = (path: string, query: Readonly<Record<string, string>>) => `${path}?${new URLSearchParams(query)}`;

export function open(place: Place, _given: Given): View {
  const q = place.query.get('q')?.trim() ?? '';
  const content = make('div', 'content', q === '' ? empty(words.begin) : loading());
  const heading = make('h2', 'page-title', q === '' ? words.title : `${words.title}: ${q}`);
  const element = make('section', 'page search', heading, content);
  if (q === '') return { element, title: words.title };
  const refresher = new Refresher<SearchAnswer>({
    read: (signal) => read<SearchAnswer>(to('/v1/search', { q }), signal),
    show: (answer) => content.replaceChildren(...panelsOf(answer)),
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
    everyMs: 0,
  });
  element.insertBefore(refresher.notice, content);
  return { element, title: `${words.title}: ${q}`, close: () => refresher.close() };
}

function panelsOf(answer: SearchAnswer): readonly Node[] {
  const { q, alarms, outages, decisions, types, services, elements, clauses } = answer;
  const panels = [
    kind(words.services, services, (id) => [linkTo(`/services/${encodeURIComponent(id)}`, id)]),
    kind(words.elements, elements, (id) => [linkTo(`/elements/${encodeURIComponent(id)}`, id)]),
    kind(words.outages, outages, ({ incident, isOpen, words: why }) => [
      linkTo(`/outages/${encodeURIComponent(incident)}`, incident),
      make('span', 'quiet', ` ${isOpen ? words.open : words.ended} ${why}`),
    ]),
    kind(
      words.alarms,
      alarms,
      ({ id, resource, words: what, severity }) => [
        mark(severity as Level),
        linkTo(`/alarms/${encodeURIComponent(id)}`, resource),
        make('span', 'quiet', what),
      ],
      to('/alarms', { state: 'all', text: q }),
    ),
    kind(
      words.decisions,
      decisions,
      ({ id, type, subject, time }) => [
        linkTo(`/decisions/${encodeURIComponent(id)}`, type),
        make('span', '', subject),
        make('span', 'quiet', when(time)),
      ],
      to('/decisions', { subject: q }),
    ),
    kind(words.types, types, (type) => [linkTo(to('/decisions', { type }), type)]),
    kind(words.clauses, clauses, ({ operator, clause, about }) => [
      linkTo(to('/decisions', { clause, operator }), clause),
      linkTo(`/packs/${encodeURIComponent(operator)}`, operator),
      make('span', 'quiet', about),
    ]),
  ].filter((one) => one !== undefined);
  return panels.length > 0 ? panels : [empty(words.nothing(q))];
}

/** A panel of what was found of a kind; none where there is nothing and it was looked for. */
function kind<T>(
  name: string,
  { found, total, absent }: Finds<T>,
  row: (one: T) => readonly (Node | string)[],
  all?: string,
): HTMLElement | undefined {
  if (found.length === 0) return absent === undefined ? undefined : panel(name, empty(absent));
  const items = found.map((one) => make('li', '', ...row(one)));
  const isMore = total === null || total > found.length;
  const count = isMore
    ? ` (${words.some(found.length, total === null ? words.more : String(total))})`
    : ` (${found.length})`;
  const more = isMore && all ? [make('p', '', linkTo(all, words.more))] : [];
  return panel(`${name}${count}`, make('ul', 'plain children', ...items), ...more);
}
