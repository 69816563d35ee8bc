/** `/alarms`: the list, filtered and sorted by the address, worked through by the keyboard. */
import { make, say } from '../../shared/dom.js';
import { dateTime } from '../../shared/time.js';
import { empty, failure, loading } from '../parts/failure.js';
import { address, Filters } from '../parts/filters.js';
import { Grid } from '../parts/grid.js';
import { bindKeys, showKeys } from '../parts/keys.js';
import { Refresher } from '../parts/refresh.js';
import { parts } from '../parts/words.js';
import type { Given, Place, View } from '../view.js';
import { type Act, askAct } from './acts.js';
import { handledOf, lifeOf, severityOf } from './cells.js';
import { type Alarm, type AlarmPage, hrefOf, problemOf, readAlarms } from './wire.js';
import { words } from './words.js';

const PATH = '/alarms';
const LIMIT = 200;
const LIMIT_MAX = 1_000;
const FILTERS = ['state', 'severity', 'operatorState', 'resource', 'owner', 'district', 'text'] as const;

const severities = ['critical', 'major', 'minor', 'warning', 'indeterminate'] as const;
const handled = ['none', 'acknowledged', 'shelved', 'closed'] as const;

export function open(place: Place, given: Given): View {
  return new AlarmListView(place, given);
}

class AlarmListView implements View {
  readonly element = make('section', 'panel page alarms');
  readonly title = words.title;
  readonly #given: Given;
  readonly #count = make('span', 'count');
  readonly #selected = make('span', 'count');
  readonly #filters: Filters;
  readonly #grid: Grid<Alarm>;
  readonly #below = make('div', 'below-list');
  readonly #content = make('div', 'content', loading());
  readonly #refresher: Refresher<AlarmPage>;
  readonly #unbind: () => void;
  #query: URLSearchParams;
  #page: AlarmPage | undefined;
  #known: ReadonlySet<string> | undefined;
  #limit = LIMIT;
  #unhear: (() => void) | undefined;

  constructor(place: Place, given: Given) {
    this.#given = given;
    this.#query = place.query;
    this.#filters = new Filters(
      [
        { name: 'text', label: words.text },
        { name: 'severity', label: words.severity, options: severities.map((one) => [one, words[one]]) },
        { name: 'operatorState', label: words.handled, options: handled.map((one) => [one, words[one]]) },
        {
          name: 'state',
          label: words.shown,
          unset: words.onList,
          options: [
            ['raised', words.raised],
            ['cleared', words.cleared],
            ['all', words.everything],
          ],
        },
        { name: 'resource', label: words.resource },
        { name: 'owner', label: words.owner },
        { name: 'district', label: words.district },
      ],
      (query) => {
        for (const name of ['sort', 'order']) if (this.#query.get(name)) query.set(name, this.#query.get(name)!);
        given.go(address(PATH, query), 'replace');
      },
    );
    this.#grid = new Grid<Alarm>({
      label: words.title,
      keyOf: ({ id }) => id,
      print: (alarm) => JSON.stringify([alarm, Math.floor(this.#now / 60_000)]),
      level: ({ perceivedSeverity }) => perceivedSeverity,
      open: ({ id }) => given.go(hrefOf(id)),
      sorted: (by) => this.#sort(by),
      select: {
        label: (alarm) => words.select(alarm.resource, problemOf(alarm)),
        changed: () => this.#tellSelected(),
      },
      columns: [
        { name: 'severity', label: words.severity, sort: 'severity', cell: (alarm) => [severityOf(alarm)] },
        { name: 'resource', label: words.resource, sort: 'resource', cell: (alarm) => [linkTo(alarm)] },
        { name: 'problem', label: words.problem, cell: (alarm) => [problemOf(alarm)] },
        { name: 'since', label: words.since, sort: 'raised', cell: (alarm) => [lifeOf(alarm, this.#now)] },
        { name: 'handled', label: words.handled, sort: 'state', cell: handledOf },
        { name: 'owner', label: words.owner, sort: 'owner', cell: ({ rule }) => [rule?.owner ?? ''] },
        { name: 'district', label: words.district, sort: 'district', cell: ({ district }) => [district ?? ''] },
        {
          name: 'children',
          label: words.children,
          isNumber: true,
          cell: ({ children }) => (children.alarms > 0 ? [`+${children.alarms}`] : []),
        },
      ],
    });
    this.#refresher = new Refresher<AlarmPage>({
      read: (signal) => readAlarms(this.#asked(), signal),
      show: (page) => this.#show(page),
      failed: (error) => this.#content.replaceChildren(failure(error, () => void this.#refresher.anew())),
    });
    const heading = make('h2', '', words.title, this.#count, this.#selected);
    this.element.append(heading, this.#filters.element, this.#buttons(), this.#refresher.notice, this.#content);
    this.#filters.show(this.#query);
    this.#unbind = bindKeys([
      { keys: ['j', 'ArrowDown'], words: words.keyDown, run: () => this.#grid.move(1) },
      { keys: ['k', 'ArrowUp'], words: words.keyUp, run: () => this.#grid.move(-1) },
      { keys: ['x'], words: words.keySelect, run: () => this.#grid.toggle() },
      { keys: ['X'], words: words.keyAll, run: () => this.#chooseAll() },
      { keys: ['a'], words: words.keyAcknowledge, run: () => this.#act('acknowledge') },
      { keys: ['s'], words: words.keyShelve, run: () => this.#act('shelve') },
      { keys: ['c'], words: words.keyComment, run: () => this.#act('comment') },
      {
        keys: ['Enter', 'o'],
        words: words.keyOpen,
        run: () => this.#grid.current && given.go(hrefOf(this.#grid.current.id)),
      },
    ]);
  }

  /** The clock of the list: ages are of its time, not of this machine's. */
  get #now(): number {
    return this.#page?.clock ? Date.parse(this.#page.clock) : 0;
  }

  #asked(): URLSearchParams {
    const asked = new URLSearchParams({ limit: String(this.#limit) });
    for (const name of [...FILTERS, 'sort', 'order']) {
      const value = this.#query.get(name);
      if (value) asked.set(name, value);
    }
    return asked;
  }

  #buttons(): HTMLElement {
    const button = (text: string, run: () => void) => {
      const made = make('button', 'button', text);
      made.type = 'button';
      made.addEventListener('click', run);
      return made;
    };
    const acts = (['acknowledge', 'shelve', 'comment', 'unacknowledge', 'unshelve'] as const).map((act) =>
      button(words[act], () => this.#act(act)),
    );
    return make('div', 'buttons', ...acts, button(parts.helpTitle, showKeys));
  }

  #show(page: AlarmPage): void {
    const isFirst = this.#page === undefined;
    this.#page = page;
    // Only where this server has the list may its stream be asked for it.
    this.#unhear ??= this.#given.live.hear('alarms', ({ is }) => {
      // What changed before the stream was there, or while it was lost, comes with its snapshot.
      if (is !== 'same') this.#refresher.changed();
    });
    const { alarms, total } = page;
    say(this.#count, parts.of(alarms.length, total));
    const isFiltered = FILTERS.some((name) => this.#query.get(name));
    if (alarms.length === 0) {
      this.#content.replaceChildren(empty(isFiltered ? words.emptyFilter : words.emptyList));
    } else if (!this.#grid.element.isConnected) this.#content.replaceChildren(this.#grid.element, this.#below);
    this.#grid.show(alarms);
    const sort = this.#query.get('sort') ?? undefined;
    this.#grid.sortedBy(sort, this.#query.get('order') === 'down' ? 'down' : 'up');
    this.#below.replaceChildren(...(total > alarms.length && this.#limit < LIMIT_MAX ? [this.#more()] : []));
    this.#tellSelected();
    this.#tellNews(alarms, isFirst);
    if (page.clock) this.element.dataset['asOf'] = dateTime(this.#now);
  }

  #more(): HTMLElement {
    const more = make('button', 'button', parts.more);
    more.type = 'button';
    more.addEventListener('click', () => {
      this.#limit = LIMIT_MAX;
      this.#refresher.changed();
    });
    return more;
  }

  #tellSelected(): void {
    const count = this.#grid.selected.length;
    say(this.#selected, count > 0 ? words.selected(count) : '');
  }

  /** Who cannot see the list hears of what is new on it; a critical interrupts. */
  #tellNews(alarms: readonly Alarm[], isFirst: boolean): void {
    const fresh = alarms.filter(({ id, state }) => state.is === 'raised' && !this.#known?.has(id));
    const isNews = !isFirst && this.#known !== undefined && fresh.length > 0;
    this.#known = new Set(alarms.map(({ id }) => id));
    if (!isNews) return;
    const [worst] = fresh;
    this.#given.announce(
      words.news(fresh.length, `${worst!.resource}, ${problemOf(worst!)}`),
      fresh.some(({ perceivedSeverity }) => perceivedSeverity === 'critical'),
    );
  }

  #sort(by: string): void {
    const query = new URLSearchParams(this.#query);
    const isUp = query.get('sort') === by && query.get('order') !== 'down';
    query.set('sort', by);
    if (isUp) query.set('order', 'down');
    else query.delete('order');
    this.#given.go(address(PATH, query), 'replace');
  }

  #chooseAll(): void {
    this.#grid.choose(this.#grid.selected.length > 0 ? 'none' : 'all');
  }

  #act(act: Act): void {
    askAct(act, this.#grid.meant, {
      now: this.#now,
      done: () => {
        this.#grid.choose('none');
        void this.#refresher.now();
      },
    });
  }

  moved(place: Place): void {
    this.#query = place.query;
    this.#limit = LIMIT;
    this.#known = undefined;
    this.#filters.show(this.#query);
    void this.#refresher.now();
  }

  close(): void {
    this.#unhear?.();
    this.#unbind();
    this.#filters.close();
    this.#refresher.close();
  }
}

function linkTo(alarm: Alarm): HTMLElement {
  const link = make('a', '', alarm.resource);
  link.href = hrefOf(alarm.id);
  // The row is reached by the arrow keys; as a link it is for the pointer.
  link.tabIndex = -1;
  return link;
}
