/** Open outages: how long, how far to 24 h and 48 h, how long to the limit, and what missing it would cost. */
import type { WallOutage, WallOutages } from '../../../pipelines/domain/wall.js';
import { standOf } from '../../urgency.js';
import { arrange, make, say } from '../shared/dom.js';
import { locale } from '../shared/language.js';
import { mark } from '../shared/marks.js';
import { lengthOf, runningOf } from '../shared/time.js';
import { Tile } from './tile.js';
import { words } from './words.js';

const HOUR = 3_600_000;
/** The scale of the bar: two limits of the terms, and a little beyond the later one. */
const SCALE_MS = 50 * HOUR;
const MARKS_MS = [24 * HOUR, 48 * HOUR];

const number = new Intl.NumberFormat(locale);
const moneys = new Map<string, Intl.NumberFormat>();

interface Row {
  readonly element: HTMLElement;
  readonly clock: HTMLElement;
  readonly bar: SVGRectElement;
  readonly limit: HTMLElement;
  readonly level: HTMLElement;
  outage: WallOutage;
  json: string;
}

export class OutagesTile extends Tile {
  readonly #rows = new Map<string, Row>();
  readonly #list = make('ol', 'outage-rows');
  readonly #more = make('p', 'more');
  readonly #total = make('p', 'outage-total');
  #shown: WallOutages | undefined;

  constructor() {
    super('outages', words.outages.title);
    this.body.append(this.#total, this.#list, this.#more);
    new ResizeObserver(() => this.#fit()).observe(this.body);
  }

  show(outages: WallOutages): void {
    this.#shown = outages;
    const { rows, misses } = outages;
    for (const outage of rows) {
      const json = JSON.stringify(outage);
      if (this.#rows.get(outage.key)?.json !== json) this.#rows.set(outage.key, { ...rowOf(outage), outage, json });
    }
    const keys = new Set(rows.map(({ key }) => key));
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.#rows.delete(key);
    arrange(
      this.#list,
      rows.map(({ key }) => this.#rows.get(key)!.element),
    );
    this.empty(rows.length === 0 ? words.outages.none : undefined);
    this.#total.hidden = misses.length === 0;
    say(this.#total, words.outages.all(misses.map(moneyOf).join(' + ')));
    this.note(misses.length > 0 ? words.outages.restsOn : undefined);
    this.#fit();
  }

  /** What moves with time alone. */
  run(now: number): void {
    for (const { outage, clock, bar, limit, level } of this.#rows.values()) {
      const { minutes } = runningOf(now - outage.from);
      say(clock, minutes);
      bar.setAttribute('width', String(Math.min(100, Math.max(0, ((now - outage.from) / SCALE_MS) * 100))));
      const stand = standOf({ ...outage, incident: outage.key, operatorName: outage.operator, zone: 'UTC' }, now);
      if (level.dataset['level'] !== stand.level) {
        level.dataset['level'] = stand.level;
        level.replaceChildren(mark(stand.level));
      }
      say(limit, limitOf(outage, stand.limitAt, now));
    }
  }

  #fit(): void {
    if (!this.#shown) return;
    const isFixed = document.documentElement.dataset['fits'] === 'yes';
    const rows = [...this.#list.children] as HTMLElement[];
    for (const row of rows) row.hidden = false;
    let seen = rows.length;
    if (isFixed && this.body.clientHeight > 0) {
      say(this.#more, words.outages.more(rows.length));
      const room =
        this.body.clientHeight - this.#more.offsetHeight - (this.#total.hidden ? 0 : this.#total.offsetHeight);
      const top = this.#list.offsetTop;
      seen = rows.filter((row) => row.offsetTop - top + row.offsetHeight <= room).length;
      for (const row of rows.slice(seen)) row.hidden = true;
    }
    const all = this.#shown.rows.length + this.#shown.leftOut;
    say(this.#more, all > seen ? words.outages.more(all - seen) : '');
  }
}

function limitOf({ counts }: WallOutage, limitAt: number | null, now: number): string {
  if (limitAt === null) return counts ? words.outages.noLimit : words.outages.paused;
  if (limitAt <= now) return words.outages.past(lengthOf(now - limitAt));
  return words.outages.toLimit(lengthOf(limitAt - now));
}

function rowOf(outage: WallOutage): Omit<Row, 'outage' | 'json'> {
  const { element, district, operator, reasons, services, miss } = outage;
  const clock = make('span', 'outage-clock');
  const limit = make('span', 'outage-limit');
  const level = make('span', 'outage-level');
  const { drawing, bar } = barOf();
  const where = [element ?? words.outages.line, district].filter((one) => one !== null).join(' · ');
  const money = miss
    ? make(
        'div',
        'outage-money',
        make('p', 'outage-miss', words.outages.miss(moneyOf(miss.amount))),
        make(
          'p',
          'outage-rests',
          `${words.outages.perDay(moneyOf(miss.perDay))} · ${miss.clause} · ${words.outages.rests[miss.basis](miss.fees)}`,
        ),
      )
    : make('div', 'outage-money');
  const row = make(
    'li',
    'outage-row',
    level,
    make('div', 'outage-time', clock, drawing),
    make(
      'div',
      'outage-words',
      make('p', 'outage-what', where),
      make(
        'p',
        'outage-who',
        `${words.outages.services(number.format(services))} · `,
        limit,
        ` · ${[...reasons, operator].join(' · ')}`,
      ),
    ),
    money,
  );
  row.dataset['key'] = outage.key;
  return { element: row, clock, bar, limit, level };
}

/** A bar over 50 hours, with a line at 24 h and at 48 h. */
function barOf(): { readonly drawing: SVGElement; readonly bar: SVGRectElement } {
  const svg = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(svg, 'svg');
  drawing.setAttribute('class', 'outage-bar');
  drawing.setAttribute('viewBox', '0 0 100 8');
  drawing.setAttribute('preserveAspectRatio', 'none');
  drawing.setAttribute('aria-hidden', 'true');
  const rect = (name: string, x: number, width: number) => {
    const one = document.createElementNS(svg, 'rect');
    for (const [key, value] of Object.entries({ x, y: 0, width, height: 8, class: name }))
      one.setAttribute(key, String(value));
    drawing.append(one);
    return one;
  };
  rect('bar-track', 0, 100);
  const bar = rect('bar-run', 0, 0);
  for (const at of MARKS_MS) rect('bar-mark', (at / SCALE_MS) * 100 - 0.4, 0.8);
  return { drawing, bar };
}

function moneyOf({ minor, currency }: { readonly minor: number; readonly currency: string }): string {
  let format = moneys.get(currency);
  if (!format) {
    // Whole units: it is a projection.
    format = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'code',
      maximumFractionDigits: 0,
    });
    moneys.set(currency, format);
  }
  // Every currency of the packs has hundredths.
  return format.format(minor / 100);
}
