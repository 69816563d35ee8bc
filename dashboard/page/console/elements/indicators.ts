/** The indicators of an element: which are shown, over which time, each as a chart. What is shown stands in the address. */
import { arrange, make } from '../../shared/dom.js';
import { Chart } from '../charts/chart.js';
import { askedOf, between, type Range, RangeBar, rangeIn, type Step, stepped, withRange } from '../charts/range.js';
import { type Kpi, type KpiListed, readKpi, readSeries } from '../charts/wire.js';
import { empty, failure, loading } from '../parts/failure.js';
import { Refresher } from '../parts/refresh.js';
import type { Given } from '../view.js';
import { words } from './words.js';

/** So many are shown unless the address says which. */
const SHOWN_FIRST = 4;
/** And at most so many: each is a question to the server. */
const SHOWN_MAX = 8;
const POINTS_MIN = 200;
const POINTS_MAX = 2_000;
/** How often the end of a chart is read again: as often as its windows can have changed, and never more often than this. */
const EVERY_MS = 5_000;
const SLOW_MS = 60_000;

interface Drawn {
  readonly chart: Chart;
  readonly reads: Refresher<Kpi>;
  readonly place: HTMLElement;
}

export class Indicators {
  readonly element = make('section', 'indicators');
  readonly #id: string;
  readonly #given: Given;
  readonly #list: Refresher<readonly KpiListed[]>;
  readonly #charts = new Map<string, Drawn>();
  readonly #bar: RangeBar;
  readonly #choice = make('fieldset', 'indicator-choice');
  readonly #body = make('div', 'charts', loading());
  #query: URLSearchParams;
  #range: Range;
  /** The clock of the server, as the last answer had it. */
  #now = Date.now();
  #all: readonly string[] = [];

  constructor(id: string, query: URLSearchParams, given: Given) {
    this.#id = id;
    this.#given = given;
    this.#query = query;
    this.#range = rangeIn(query);
    this.#bar = new RangeBar(
      (range) => this.#go(withRange(this.#query, range)),
      (step) => this.#step(step),
    );
    this.#bar.show(this.#range);
    this.#list = new Refresher<readonly KpiListed[]>({
      read: async (signal) => (await readSeries(id, signal)).series,
      show: (series) => this.#listed(series),
      failed: (error) => this.#body.replaceChildren(failure(error, () => void this.#list.anew())),
      everyMs: SLOW_MS,
    });
    this.element.append(
      make('h2', '', words.charts),
      this.#list.notice,
      this.#bar.element,
      this.#choice,
      make('p', 'about', `${words.legend} ${words.dragging}`),
      this.#body,
    );
  }

  moved(query: URLSearchParams): void {
    this.#query = query;
    this.#range = rangeIn(query);
    this.#bar.show(this.#range);
    this.#arrange();
    for (const { reads } of this.#charts.values()) void reads.anew();
  }

  #go(query: URLSearchParams): void {
    this.#given.go(`${location.pathname}?${query}`);
  }

  #step(step: Step): void {
    this.#go(withRange(this.#query, stepped(this.#range, step, this.#now)));
  }

  #listed(series: readonly KpiListed[]): void {
    const all = series.map(({ kpi }) => kpi);
    if (all.join('\n') === this.#all.join('\n') && this.#charts.size > 0) return;
    this.#all = all;
    this.#arrange();
  }

  /** The indicators that the address names, else the first few. */
  #wanted(): readonly string[] {
    const named = this.#query.getAll('kpi').filter((kpi) => this.#all.includes(kpi));
    return named.length > 0 ? named.slice(0, SHOWN_MAX) : this.#all.slice(0, SHOWN_FIRST);
  }

  #arrange(): void {
    const wanted = this.#wanted();
    this.#choose(wanted);
    for (const [kpi, { chart, reads }] of this.#charts) {
      if (wanted.includes(kpi)) continue;
      reads.close();
      chart.close();
      this.#charts.delete(kpi);
    }
    const elements = wanted.map((kpi) => {
      const held = this.#charts.get(kpi) ?? this.#chart(kpi);
      this.#charts.set(kpi, held);
      return held.place;
    });
    // Those that stay keep their place: somebody may stand on one.
    arrange(this.#body, elements.length > 0 ? elements : [empty(words.noSeries)]);
  }

  #choose(wanted: readonly string[]): void {
    this.#choice.hidden = this.#all.length < 2;
    const boxes = this.#all.map((kpi) => {
      const box = make('input');
      box.type = 'checkbox';
      box.checked = wanted.includes(kpi);
      box.disabled = !box.checked && wanted.length >= SHOWN_MAX;
      box.addEventListener('change', () => {
        const next = new URLSearchParams(this.#query);
        next.delete('kpi');
        const named = this.#all.filter((one) => (one === kpi ? box.checked : wanted.includes(one)));
        for (const one of named) next.append('kpi', one);
        this.#go(next);
      });
      return make('label', 'box', box, kpi);
    });
    const focused = [...this.#choice.querySelectorAll('input')].indexOf(document.activeElement as HTMLInputElement);
    this.#choice.replaceChildren(make('legend', '', words.choose), ...boxes);
    // Who chooses by the keyboard stays where he was.
    if (focused >= 0) this.#choice.querySelectorAll('input')[focused]?.focus();
  }

  #chart(kpi: string): Drawn {
    const chart = new Chart({
      kpi,
      zoom: (from, to) => this.#go(withRange(this.#query, between(from, to))),
      step: (step) => this.#step(step),
    });
    let width: Kpi['width'] = 'minute';
    let readAt = 0;
    const reads: Refresher<Kpi> = new Refresher<Kpi>({
      read: (signal) => readKpi({ id: this.#id, kpi, points: this.#points(), ...askedOf(this.#range) }, signal),
      show: (answer) => {
        width = answer.width;
        readAt = Date.now();
        this.#now = Date.parse(answer.clock);
        chart.show(answer);
      },
      failed: (error) => chart.fail(failure(error, () => void reads.anew())),
      everyMs: EVERY_MS,
      due: () => Date.now() - readAt >= (width === 'minute' || width === 'quarter' ? EVERY_MS : SLOW_MS) - 100,
    });
    return { chart, reads, place: make('div', 'chart-place', reads.notice, chart.element) };
  }

  #points(): number {
    return Math.min(POINTS_MAX, Math.max(POINTS_MIN, this.#body.clientWidth));
  }

  close(): void {
    this.#list.close();
    for (const { chart, reads } of this.#charts.values()) {
      reads.close();
      chart.close();
    }
  }
}
