/** `/decisions`: what was decided, newest first, filtered by the address; a page of it is a permalink too. */
import type { DecisionPage } from '../../../../pipelines/http/ports.js';
import type { Update } from '../../../wire.js';
import { TYPES } from '../../../words.js';
import { read } from '../../shared/api.js';
import { make, say } from '../../shared/dom.js';
import { shownIn } from '../../shared/time.js';
import { DecisionGrid } from '../parts/decision-grid.js';
import { empty, failure, loading } from '../parts/failure.js';
import { address, Filters } from '../parts/filters.js';
import { bindKeys } from '../parts/keys.js';
import { Refresher } from '../parts/refresh.js';
import { instantOf } from '../parts/zoned.js';
import type { Given, Place, View } from '../view.js';
import { words } from './words.js';

const PATH = '/decisions';
const LIMIT = 100;
const TEXTS = ['type', 'subject', 'incident', 'operator', 'clause', 'reason'] as const;

export function open(place: Place, given: Given): View {
  return new DecisionListView(place, given);
}

class DecisionListView implements View {
  readonly element = make('section', 'panel page decision-list');
  readonly title = words.title;
  readonly #count = make('span', 'count');
  readonly #filters: Filters;
  readonly #grid: DecisionGrid;
  readonly #below = make('div', 'below-list buttons');
  readonly #content = make('div', 'content', loading());
  readonly #refresher: Refresher<DecisionPage>;
  readonly #ends: readonly (() => void)[];
  #query: URLSearchParams;

  constructor(place: Place, given: Given) {
    this.#query = place.query;
    this.#filters = new Filters(
      [
        { name: 'type', label: words.type, options: TYPES.map((type) => [type, type]) },
        { name: 'subject', label: words.subject },
        { name: 'incident', label: words.incident },
        { name: 'operator', label: words.operator },
        { name: 'clause', label: words.clause },
        { name: 'from', label: `${words.from}, ${shownIn()}`, type: 'datetime-local' },
        { name: 'to', label: `${words.to}, ${shownIn()}`, type: 'datetime-local' },
      ],
      (query) => given.go(address(PATH, query), 'replace'),
    );
    this.#grid = new DecisionGrid((id) => given.go(`${PATH}/${encodeURIComponent(id)}`));
    this.#refresher = new Refresher<DecisionPage>({
      read: (signal) => read<DecisionPage>(`/v1/decisions?${this.#asked()}`, signal),
      show: (page) => this.#show(page),
      failed: (error) => this.#content.replaceChildren(failure(error, () => void this.#refresher.anew())),
      everyMs: 0,
    });
    this.element.append(
      make('h2', '', words.title, this.#count),
      this.#filters.element,
      this.#refresher.notice,
      this.#content,
    );
    this.#filters.show(this.#query);
    this.#ends = [
      // An older page stays as it is; the newest goes on.
      given.live.hear<Update>('picture', ({ is, decisions }) => {
        if (is !== 'same' && decisions && !this.#query.get('after')) this.#refresher.changed();
      }),
      bindKeys([
        { keys: ['j', 'ArrowDown'], words: words.keyDown, run: () => this.#grid.move(1) },
        { keys: ['k', 'ArrowUp'], words: words.keyUp, run: () => this.#grid.move(-1) },
        { keys: ['Enter', 'o'], words: words.keyOpen, run: () => this.#grid.openCurrent() },
      ]),
    ];
  }

  #asked(): URLSearchParams {
    const asked = new URLSearchParams({ limit: String(LIMIT) });
    for (const name of [...TEXTS, 'after']) {
      const value = this.#query.get(name);
      if (value) asked.set(name, value);
    }
    for (const name of ['from', 'to']) {
      const at = instantOf(this.#query.get(name) ?? '');
      if (at !== undefined) asked.set(name, new Date(at).toISOString());
    }
    return asked;
  }

  #show({ decisions, next }: DecisionPage): void {
    say(this.#count, words.shown(decisions.length));
    const isFiltered = [...TEXTS, 'from', 'to'].some((name) => this.#query.get(name));
    const nothing = next !== undefined ? words.goOn : isFiltered ? words.emptyFilter : words.empty;
    if (decisions.length === 0) this.#content.replaceChildren(empty(nothing), this.#below);
    else if (!this.#grid.element.isConnected) this.#content.replaceChildren(this.#grid.element, this.#below);
    this.#grid.show(decisions);
    this.#below.replaceChildren(
      ...(this.#query.get('after') ? [this.#link(words.newest, undefined)] : []),
      ...(next === undefined ? [] : [this.#link(words.older, next)]),
    );
  }

  #link(text: string, after: string | undefined): HTMLElement {
    const query = new URLSearchParams(this.#query);
    if (after === undefined) query.delete('after');
    else query.set('after', after);
    const link = make('a', 'button', text);
    link.href = address(PATH, query);
    return link;
  }

  moved(place: Place): void {
    this.#query = place.query;
    this.#filters.show(this.#query);
    void this.#refresher.now();
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#filters.close();
    this.#refresher.close();
  }
}
