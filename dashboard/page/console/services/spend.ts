/** Spend in the running cycle: by day against the cap, what is owed, warnings and bars. */
import type { ServiceView, ViewSpend } from '../../../../pipelines/domain/subject/service-view.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { empty } from '../parts/failure.js';
import { facts, panel } from '../parts/panels.js';
import { plainTable } from '../parts/table.js';
import { dayText, moneyText, percentText } from './figures.js';
import { words } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 640;
const HEIGHT = 170;
const DAY_MS = 86_400_000;

export function spendPanel({ spend }: ServiceView): HTMLElement {
  if (!spend) return panel(words.spend, empty(words.noRule));
  const { cycle, cap, credit, charges, doubled } = spend;
  return panel(
    words.spend,
    make('p', 'about', words.cycle(dayText(cycle.from), dayText(cycle.to))),
    ...(spend.days.some(({ charge }) => Number(charge.amount) !== 0) ? [drawing(spend)] : []),
    facts([
      [words.charges, moneyText(charges)],
      ...(cap ? capFacts(cap) : []),
      ...(credit ? creditFacts(credit) : []),
      [words.doubled, doubled.length > 0 ? doubled.map(dayText).join('; ') : undefined],
    ]),
    daysTable(spend),
  );
}

function capFacts(cap: NonNullable<ViewSpend['cap']>): [string, Node | string | undefined][] {
  const share = Number(cap.against.amount) / Number(cap.cap.amount);
  return [
    [words.cap, `${moneyText(cap.cap)} (${cap.clause}), ${cap.asked ? words.capAsked : words.capNotAsked}`],
    [
      words.against,
      `${moneyText(cap.against)}: ${words.ofCap(percentText(share))}, ${words.warnAt(cap.warnAtPercent)}`,
    ],
    [words.warned, cap.warned.length > 0 ? cap.warned.map(dayText).join('; ') : undefined],
    [words.bar, barOf(cap.bar)],
  ];
}

function creditFacts(credit: NonNullable<ViewSpend['credit']>): [string, Node | string | undefined][] {
  const whose = [...(credit.own ? [words.ownLimit] : []), ...(credit.shared ? [words.sharedLimit] : [])];
  return [
    [words.credit, `${moneyText(credit.balance)}${credit.warned ? `, ${words.warningStands}` : ''}`],
    [words.creditLimit, `${moneyText(credit.limit)} (${[credit.clause, ...whose].join(', ')})`],
    [words.bar, barOf(credit.bar)],
  ];
}

function barOf(bar: NonNullable<ViewSpend['cap']>['bar']): Node | string {
  if (!bar) return words.noBar;
  return make('strong', 'marked', mark('major'), words.barOf(bar.episode, dayText(bar.cycle.from)));
}

/** Bars by day, the sum as a line, the cap and its warning as lines. The table below says the same. */
function drawing({ days, cycle, cap, charges }: ViewSpend): Element {
  const count = Math.round((Date.parse(cycle.to) - Date.parse(cycle.from)) / DAY_MS);
  const sums = days.map(({ sum }) => Number(sum.amount));
  const limit = cap?.asked ? Number(cap.cap.amount) : 0;
  const top = Math.max(limit, ...sums, 1) * 1.1;
  const x = (day: number) => (day / count) * WIDTH;
  const y = (value: number) => HEIGHT - (Math.max(0, value) / top) * HEIGHT;
  const svg = shape('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: 'spend-drawing', role: 'img' });
  svg.setAttribute('aria-label', `${words.byDay}: ${moneyText(charges)}`);
  for (const [i, { charge }] of days.entries()) {
    const value = Number(charge.amount);
    if (value > 0)
      svg.append(
        shape('rect', {
          class: 'spend-day',
          x: x(i) + 1,
          y: y(value),
          width: Math.max(1, WIDTH / count - 2),
          height: HEIGHT - y(value),
        }),
      );
  }
  const steps = sums.map((sum, i) => `${x(i)},${y(sums[i - 1] ?? 0)} ${x(i)},${y(sum)} ${x(i + 1)},${y(sum)}`);
  svg.append(shape('polyline', { class: 'spend-sum', points: steps.join(' ') }));
  if (limit > 0) {
    svg.append(line('spend-cap', y(limit)), line('spend-warn', y((limit * cap!.warnAtPercent) / 100)));
    svg.append(label(y(limit) - 4, `${words.cap} ${moneyText(cap!.cap)}`));
    svg.append(label(y((limit * cap!.warnAtPercent) / 100) - 4, words.warnAt(cap!.warnAtPercent)));
  }
  return svg;
}

function line(name: string, y: number): SVGElement {
  return shape('line', { class: name, x1: 0, x2: WIDTH, y1: y, y2: y });
}

function label(y: number, text: string): SVGElement {
  const made = shape('text', { x: 4, y: Math.max(12, y) });
  made.textContent = text;
  return made;
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function daysTable({ days }: ViewSpend): HTMLElement {
  const used = days.filter(({ charge }) => Number(charge.amount) !== 0);
  const rows = used.map(({ day, charge, sum }) => [dayText(day), moneyText(charge), moneyText(sum)]);
  if (rows.length === 0) return empty(words.noUse);
  const table = plainTable(
    words.byDay,
    [words.day, { name: words.charge, isFigure: true }, { name: words.sum, isFigure: true }],
    rows,
  );
  return make('details', '', make('summary', '', words.byDay), table);
}
