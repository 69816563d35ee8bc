/** `/notices`: what was decided to be told, newest first, and how each stands; or what waits for a person. */
import type { NoticeLine, NoticeList } from '../../../../pipelines/domain/subject/shown.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { when } from '../../shared/time.js';
import { empty, failure, loading } from '../parts/failure.js';
import { address, Filters } from '../parts/filters.js';
import { Grid } from '../parts/grid.js';
import { bindKeys } from '../parts/keys.js';
import { linkTo } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { standingOf } from './standing.js';
import { wordOf, words } from './words.js';

const PATH = '/notices';
const LIMIT = 100;
const TEXTS = ['subject', 'operator', 'clause', 'incident', 'after'] as const;

export function open(place: Place, given: Given): View {
  const named = place.query.get('id');
  // A decision names its notice in the query.
  if (named) queueMicrotask(() => given.go(`${PATH}/${encodeURIComponent(named)}`, 'replace'));
  return new NoticeListView(place, given);
}

class NoticeListView implements View {
  readonly element = make('section', 'panel page notice-list');
  readonly title = words.title;
  readonly #filters: Filters;
  readonly #grid: Grid<NoticeLine>;
  readonly #note = make('p', 'note', words.noLedger);
  readonly #below = make('div', 'below-list buttons');
  readonly #content = make('div', 'content', loading());
  readonly #refresher: Refresher<NoticeList>;
  readonly #unbind: () => void;
  #ledger = false;
  #query: URLSearchParams;

  constructor(place: Place, given: Given) {
    this.#query = place.query;
    this.#note.hidden = true;
    this.#filters = new Filters(
      [
        { name: 'list', label: words.list, options: Object.entries(words.lists).filter(([name]) => name !== '') },
        { name: 'subject', label: words.subject },
        { name: 'operator', label: words.operator },
        { name: 'clause', label: words.clause },
        { name: 'incident', label: words.incident },
      ],
      (query) => given.go(address(PATH, query), 'replace'),
    );
    const show = ({ noticeId }: NoticeLine) => given.go(hrefOf(noticeId));
    this.#grid = this.#gridOf(show);
    this.#refresher = new Refresher<NoticeList>({
      read: (signal) => read<NoticeList>(`/v1/notices?${this.#asked()}`, signal),
      show: (list) => this.#show(list),
      failed: (error) => this.#content.replaceChildren(failure(error, () => void this.#refresher.anew())),
    });
    this.element.append(
      make('h2', '', words.title, linkTo('/texts', words.texts)),
      this.#filters.element,
      this.#note,
      this.#refresher.notice,
      this.#content,
    );
    this.#filters.show(this.#query);
    this.#unbind = bindKeys([
      { keys: ['j', 'ArrowDown'], words: '↓', run: () => this.#grid.move(1) },
      { keys: ['k', 'ArrowUp'], words: '↑', run: () => this.#grid.move(-1) },
    ]);
  }

  #gridOf(show: (line: NoticeLine) => void): Grid<NoticeLine> {
    return new Grid<NoticeLine>({
      label: words.title,
      keyOf: ({ noticeId }) => noticeId,
      print: (line) => JSON.stringify([line, this.#ledger]),
      open: show,
      columns: [
        { name: 'time', label: words.requested, cell: ({ requestedAt }) => [when(requestedAt)] },
        {
          name: 'what',
          label: words.what,
          cell: ({ noticeId, template, audience, late }) => {
            const link = linkTo(hrefOf(noticeId), template);
            link.tabIndex = -1;
            return [
              link,
              make('span', 'quiet', ` ${wordOf(words.audiences, audience)}`),
              ...(late ? [make('span', 'tag', words.late)] : []),
            ];
          },
        },
        { name: 'subject', label: words.subject, cell: ({ subject }) => [subject] },
        { name: 'class', label: words.class, cell: (line) => [wordOf(words.classes, line.class)] },
        { name: 'channels', label: words.channels, cell: ({ channels }) => [channels.join(', ')] },
        { name: 'state', label: words.state, cell: (line) => [standingOf(line, this.#ledger)] },
        { name: 'due', label: words.dueBy, cell: ({ dueBy }) => (dueBy ? [when(dueBy)] : []) },
        { name: 'clause', label: words.clause, cell: ({ clause }) => [clause] },
      ],
    });
  }

  #asked(): URLSearchParams {
    const list = this.#query.get('list');
    if (list) return new URLSearchParams({ list });
    const asked = new URLSearchParams({ limit: String(LIMIT) });
    for (const name of TEXTS) {
      const value = this.#query.get(name);
      if (value) asked.set(name, value);
    }
    return asked;
  }

  #show({ ledger, notices, next }: NoticeList): void {
    this.#ledger = ledger;
    this.#note.hidden = ledger;
    if (notices.length === 0) {
      this.#content.replaceChildren(empty(this.#query.get('list') ? words.emptyList : words.empty));
      return;
    }
    this.#grid.show(notices);
    const links = [];
    if (this.#query.get('after')) links.push(linkTo(this.#addressAfter(undefined), words.newest));
    if (next !== undefined) links.push(linkTo(this.#addressAfter(next), words.older));
    for (const link of links) link.className = 'button';
    this.#below.replaceChildren(...links);
    if (!this.#content.contains(this.#grid.element)) this.#content.replaceChildren(this.#grid.element, this.#below);
  }

  #addressAfter(after: string | undefined): string {
    const query = new URLSearchParams(this.#query);
    query.delete('after');
    if (after !== undefined) query.set('after', after);
    return `${PATH}?${query}`;
  }

  moved({ query }: Place): void {
    this.#query = query;
    this.#filters.show(query);
    void this.#refresher.anew();
  }

  close(): void {
    this.#unbind();
    this.#refresher.close();
  }
}

function hrefOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
