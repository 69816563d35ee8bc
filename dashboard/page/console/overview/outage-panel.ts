/** The panel of open outages: a row each, with a running clock and a bar towards its limit. */
import type { OutageView } from '../../../../pipelines/http/ports.js';
import { byUrgency, type Stand, standOf } from '../../../urgency.js';
import type { Level } from '../../../wire.js';
import { arrange, make, say } from '../../shared/dom.js';
import { Fitted } from '../../shared/fit.js';
import { mark } from '../../shared/marks.js';
import { lengthOf, partsOf, runningOf } from '../../shared/time.js';
import type { Story } from './story.js';
import { overview } from './words.js';

/** How many causes of one outage are named. */
const REASONS_MAX = 3;
const number = new Intl.NumberFormat('en-GB');

interface Row {
  readonly element: HTMLElement;
  outage: OutageView;
  level: Level | undefined;
  readonly sign: HTMLElement;
  readonly state: HTMLElement;
  readonly fresh: HTMLElement;
  readonly operator: HTMLElement;
  readonly incident: HTMLElement;
  readonly cause: HTMLElement;
  readonly services: HTMLElement;
  readonly since: HTMLElement;
  readonly minutes: HTMLElement;
  readonly seconds: HTMLElement;
  readonly bar: HTMLElement;
  readonly fill: HTMLElement;
  readonly limit: HTMLElement;
}

export class OutagePanel {
  readonly #list: HTMLElement;
  readonly #title: HTMLElement;
  readonly #announcer: HTMLElement;
  readonly #rows = new Map<string, Row>();
  readonly #count = make('span', 'count');
  readonly #empty = make('p', 'empty');
  #leftOut = 0;
  readonly #items = make('ul', 'rows');
  readonly #fitted: Fitted;

  constructor(given: { readonly title: HTMLElement; readonly list: HTMLElement; readonly announcer: HTMLElement }) {
    this.#title = given.title;
    this.#list = given.list;
    this.#announcer = given.announcer;
    this.#title.append(this.#count);
    this.#items.setAttribute('role', 'list');
    const heads = make(
      'div',
      'outage heads',
      make('span', 'running', overview.running),
      make('span', 'what', overview.what),
      make('span', 'figure services', overview.services),
      make('span', 'towards', overview.towards),
    );
    heads.setAttribute('aria-hidden', 'true');
    this.#list.append(heads, this.#items, this.#empty);
    const below = (count: number) => overview.below(count + this.#leftOut, number.format(count + this.#leftOut));
    this.#fitted = new Fitted(this.#list, this.#items, below, overview.endOfList);
  }

  /** Shows the outages as they are now. `isFirst`: a whole new picture, in which nothing is news. */
  show(story: Story, isFirst: boolean): void {
    const { outages, outagesLeftOut, now, status } = story;
    const fresh: OutageView[] = [];
    const keys = new Set<string>();
    for (const outage of outages) {
      const key = keyOf(outage);
      keys.add(key);
      const row = this.#rows.get(key);
      if (row) row.outage = outage;
      else {
        this.#rows.set(key, makeRow(outage));
        fresh.push(outage);
      }
    }
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.#rows.delete(key);
    for (const row of this.#rows.values()) fill(row);
    this.tick(now);

    const services = outages.reduce((sum, outage) => sum + outage.services, 0);
    const total = outages.length + outagesLeftOut;
    say(this.#count, total === 0 ? '' : `${number.format(total)} · ${overview.affected(serviceCount(services))}`);
    const { services: known = 0, elements = 0 } = status?.counts ?? {};
    const watched = overview.noOutage(serviceCount(known), overview.element(elements, number.format(elements)));
    say(this.#empty, known + elements === 0 ? overview.noOutageUnknown : watched);
    this.#empty.hidden = total > 0;
    this.#leftOut = outagesLeftOut;
    this.#fitted.fit();
    if (!isFirst && fresh.length > 0) say(this.#announcer, newsOf(fresh));
  }

  /** Moves the clocks, the bars and, where one has overtaken another, the rows. */
  tick(now: number): void {
    for (const row of this.#rows.values()) run(row, standOf(row.outage, now), now);
    const order = byUrgency(
      [...this.#rows.values()].map(({ outage }) => outage),
      now,
    );
    const rows = order.map((outage) => this.#rows.get(keyOf(outage))!.element);
    if (rows.length === this.#items.children.length && rows.every((row, i) => row === this.#items.children[i])) return;
    this.#fitted.keeping(() => arrange(this.#items, rows));
    this.#fitted.fit();
  }
}

function keyOf({ operator, incident }: OutageView): string {
  return `${operator} ${incident}`;
}

function makeRow(outage: OutageView): Row {
  const row = {
    outage,
    level: undefined,
    element: make('li', 'outage'),
    sign: make('span', 'sign'),
    state: make('span', 'state'),
    fresh: make('span', 'fresh', overview.fresh),
    operator: make('span', 'operator'),
    incident: make('span', 'incident'),
    cause: make('span', 'cause'),
    services: make('span', 'figure services'),
    since: make('span', 'since'),
    minutes: make('span', 'minutes'),
    seconds: make('span', 'seconds'),
    bar: make('span', 'bar'),
    fill: make('span', 'fill'),
    limit: make('span', 'limit'),
  };
  row.bar.append(row.fill);
  row.element.append(
    make('span', 'running', row.sign, make('span', 'digits', row.minutes, row.seconds)),
    make('span', 'what', make('span', 'name', row.operator, row.incident, row.fresh), row.cause),
    row.services,
    row.since,
    make('span', 'towards', row.bar, make('span', 'words', row.state, row.limit)),
  );
  return row;
}

/** What changes only when the outage does. */
function fill(row: Row): void {
  const { operatorName, incident, reasons, services, from } = row.outage;
  say(row.operator, operatorName);
  say(row.incident, incident);
  const more = reasons.length > REASONS_MAX ? [overview.moreCauses(reasons.length - REASONS_MAX)] : [];
  say(row.cause, reasons.length === 0 ? overview.unknownCause : [...reasons.slice(0, REASONS_MAX), ...more].join('; '));
  row.services.replaceChildren(number.format(services), make('span', 'unit', overview.service(services, '')));
  const { day, time } = partsOf(from);
  row.since.replaceChildren(
    make('span', 'unit', overview.since),
    make('span', 'day', day),
    ' ',
    make('span', '', time.slice(0, 5)),
  );
}

/** What changes with time. */
function run(row: Row, stand: Stand, now: number): void {
  const { from, counts } = row.outage;
  const { minutes, seconds } = runningOf(now - from);
  say(row.minutes, minutes);
  say(row.seconds, seconds);
  if (row.level !== stand.level) {
    row.level = stand.level;
    row.sign.replaceChildren(mark(stand.level));
    row.element.dataset['level'] = stand.level;
  }
  row.fresh.hidden = !stand.isNew;
  row.element.classList.toggle('paused', !counts);
  say(row.state, counts ? overview.counts : overview.paused);
  say(row.limit, limitWords(stand, counts, now));
  row.bar.hidden = stand.share === null;
  // To a tenth of a percent: the bar moves once in three minutes, not with every tick.
  row.fill.style.width = `${(Math.round((stand.share ?? 0) * 1_000) / 10).toFixed(1)}%`;
}

function limitWords({ limitAt, limit, isPast }: Stand, counts: boolean, now: number): string {
  if (limitAt === null) return counts ? overview.noLimit : overview.doesNotCount;
  const length = lengthOf(Math.abs(now - limitAt));
  if (limit === 'overdue') return isPast ? overview.repairLate(length) : overview.repairDue(length);
  return isPast ? overview.pastLimit(length) : overview.limitIn(length);
}

function newsOf(fresh: readonly OutageView[]): string {
  const [{ operatorName, incident, services, reasons } = fresh[0]!] = fresh;
  const first = `${operatorName}, ${incident}, ${serviceCount(services)}, ${reasons[0] ?? overview.unknownCause}`;
  return fresh.length === 1 ? overview.newOne(first) : overview.newMany(fresh.length, first);
}

/** `1 service`, `2 services`. */
function serviceCount(count: number): string {
  return overview.service(count, number.format(count));
}
