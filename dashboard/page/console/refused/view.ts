/** `/refused`: what was refused, is held, waits or came late, by reason and source, and what to do about it. */
import type { HeldLine, RefusedAnswer, WaitingLine } from '../../../../pipelines/domain/search-wire.js';
import type { DecisionPage, WireDecision } from '../../../../pipelines/http/ports.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { when } from '../../shared/time.js';
import { empty, failure, loading } from '../parts/failure.js';
import { address, Filters } from '../parts/filters.js';
import { type Column, Grid } from '../parts/grid.js';
import { linkTo, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { adviceOn, words } from './words.js';

const PATH = '/refused';
const NEWEST = 100;

interface Shown {
  readonly answer: RefusedAnswer;
  readonly newest: DecisionPage;
}

export function open(place: Place, given: Given): View {
  return new RefusedView(place, given);
}

class RefusedView implements View {
  readonly element = make('section', 'page refused');
  readonly title = words.title;
  readonly #content = make('div', 'content', loading());
  readonly #filters: Filters;
  readonly #refresher: Refresher<Shown>;
  #query: URLSearchParams;
  #print = '';

  constructor(place: Place, given: Given) {
    this.#query = place.query;
    this.#filters = new Filters([{ name: 'reason', label: words.reason }], (query) =>
      given.go(address(PATH, query), 'replace'),
    );
    this.#filters.show(this.#query);
    this.#refresher = new Refresher<Shown>({
      read: async (signal) => {
        const reason = this.#query.get('reason');
        const asked = new URLSearchParams({ type: 'event.rejected', limit: String(NEWEST), ...(reason && { reason }) });
        const [answer, newest] = await Promise.all([
          read<RefusedAnswer>('/v1/refused', signal),
          read<DecisionPage>(`/v1/decisions?${asked}`, signal),
        ]);
        return { answer, newest };
      },
      show: (shown) => this.#show(shown),
      failed: (error) => this.#content.replaceChildren(failure(error, () => void this.#refresher.anew())),
      everyMs: 10_000,
    });
    this.element.append(make('h2', 'page-title', words.title), this.#refresher.notice, this.#content);
  }

  #show({ answer, newest }: Shown): void {
    const print = JSON.stringify([answer, newest.decisions.map(({ id }) => id), this.#query.get('reason')]);
    if (print === this.#print) return;
    this.#print = print;
    const hadFocus = this.#filters.element.contains(document.activeElement) ? document.activeElement : null;
    this.#content.replaceChildren(
      make(
        'div',
        'columns',
        make('div', 'column', reasonsOf(answer), sourcesOf(answer), lateOf()),
        make('div', 'column', heldOf(answer.held), waitingOf(answer)),
      ),
      panel(
        words.newest,
        this.#filters.element,
        newestOf(newest.decisions),
        make('p', '', linkTo('/decisions?type=event.rejected', words.all)),
      ),
    );
    if (hadFocus instanceof HTMLElement) hadFocus.focus();
  }

  moved(place: Place): void {
    this.#query = place.query;
    this.#filters.show(this.#query);
    void this.#refresher.now();
  }

  close(): void {
    this.#filters.close();
    this.#refresher.close();
  }
}

function tableOf<T>(label: string, rows: readonly T[], columns: readonly Column<T>[]): HTMLElement {
  const grid = new Grid<T>({ label, columns, isLabelled: true, keyOf: (row) => JSON.stringify(row) });
  grid.show(rows);
  return grid.element;
}

function reasonsOf({ reasons, duplicates }: RefusedAnswer): HTMLElement {
  const rows = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  const copies = make('p', 'about', words.copies(duplicates));
  if (rows.length === 0) return panel(words.reasons, empty(words.none), copies);
  return panel(
    words.reasons,
    tableOf(words.reasons, rows, [
      {
        name: 'reason',
        label: words.reason,
        cell: ([reason]) => [linkTo(`${PATH}?${new URLSearchParams({ reason })}`, reason)],
      },
      { name: 'count', label: words.count, isNumber: true, cell: ([, count]) => [String(count)] },
      { name: 'what', label: words.what, cell: ([reason]) => [make('span', 'advice', adviceOn(reason))] },
    ]),
    copies,
    make('p', 'about', words.dead),
  );
}

function sourcesOf({ sources, looked }: RefusedAnswer): HTMLElement {
  if (sources.length === 0) return make('span');
  return panel(
    words.sources(looked),
    tableOf(words.sources(looked), sources, [
      { name: 'source', label: words.source, cell: ({ source }) => [source || '?'] },
      { name: 'reason', label: words.reason, cell: ({ reason }) => [reason] },
      { name: 'count', label: words.count, isNumber: true, cell: ({ count }) => [String(count)] },
    ]),
  );
}

function heldOf(held: readonly HeldLine[]): HTMLElement {
  if (held.length === 0) return panel(words.held, empty(words.noneHeld));
  return panel(
    words.held,
    make('p', 'about', words.heldAbout),
    tableOf(words.held, held, [
      {
        name: 'service',
        label: words.service,
        cell: ({ service }) => [linkTo(`/services/${encodeURIComponent(service)}`, service)],
      },
      { name: 'why', label: words.why, cell: ({ why }) => [why] },
      { name: 'since', label: words.since, cell: ({ since }) => [since === null ? '' : when(since)] },
      { name: 'queued', label: words.queued, isNumber: true, cell: ({ queued }) => [String(queued)] },
    ]),
  );
}

function waitingOf({ waiting, waitingTotal }: RefusedAnswer): HTMLElement {
  if (waiting.length === 0) return panel(words.waiting, empty(words.noneWaiting));
  const rows: readonly WaitingLine[] = waiting;
  return panel(
    `${words.waiting}: ${waitingTotal}`,
    make('p', 'about', words.waitingAbout),
    tableOf(words.waiting, rows, [
      { name: 'subject', label: words.subject, cell: ({ subject }) => [subject] },
      { name: 'on', label: words.on, cell: ({ on }) => [on === 'element' ? words.element : words.service] },
      { name: 'records', label: words.records, isNumber: true, cell: ({ records }) => [String(records)] },
    ]),
  );
}

function lateOf(): HTMLElement {
  return panel(
    words.late,
    make('p', '', `${words.lateAbout} `, linkTo('/overrun', words.lateLink), '.'),
    make('p', 'about', words.lateReport),
  );
}

function newestOf(decisions: readonly WireDecision[]): HTMLElement {
  if (decisions.length === 0) return empty(words.none);
  const text = (decision: WireDecision, name: string) => {
    const value = decision.data[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const eventOf = ({ data }: WireDecision) => (data['event'] ?? {}) as Readonly<Partial<Record<string, unknown>>>;
  return tableOf(words.newest, decisions, [
    {
      name: 'time',
      label: words.time,
      cell: ({ id, time }) => [linkTo(`/decisions/${encodeURIComponent(id)}`, when(time))],
    },
    { name: 'reason', label: words.reason, cell: (decision) => [text(decision, 'reason')] },
    { name: 'message', label: words.message, cell: (decision) => [text(decision, 'message')] },
    { name: 'field', label: words.field, cell: (decision) => [make('code', '', text(decision, 'field'))] },
    { name: 'line', label: words.line, isNumber: true, cell: (decision) => [text(decision, 'line')] },
    { name: 'source', label: words.source, cell: (decision) => [String(eventOf(decision)['source'] ?? '')] },
    {
      name: 'event',
      label: words.event,
      cell: (decision) => [`${String(eventOf(decision)['type'] ?? '')} ${String(eventOf(decision)['id'] ?? '')}`],
    },
    { name: 'subject', label: words.subject, cell: ({ subject }) => [subject ?? ''] },
  ]);
}
