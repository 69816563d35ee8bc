/** What a chart says in words and as a table: for who does not see it, and for who wants the figures. */
import { make } from '../../shared/dom.js';
import { locale } from '../../shared/language.js';
import { dateTime, lengthOf, partsOf, when } from '../../shared/time.js';
import type { Kpi, Threshold } from './wire.js';
import { words } from './words.js';

const number = new Intl.NumberFormat(locale, { maximumSignificantDigits: 5 });

/** A figure; a dash where there is none. */
export function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : number.format(value);
}

/** When a point is, as shortly as the width allows. */
export function pointTime({ width }: Kpi, at: number): string {
  const { day, year, time } = partsOf(at);
  return width === 'day' ? `${day} ${year}` : `${day} ${time.slice(0, 5)}`;
}

/** What stands at a point. */
export function readingAt(kpi: Kpi, i: number): string {
  const { at, mean, min, max } = kpi.columns;
  const time = pointTime(kpi, at[i]!);
  if (mean[i] === null) return words.readingNone(time);
  return words.reading(time, figure(mean[i]), figure(min[i]), figure(max[i]));
}

/** Everything that the eye would take from the chart, in a few sentences. */
export function summaryOf(kpi: Kpi): string {
  const { columns, band, gaps } = kpi;
  const places = columns.at.flatMap((_, i) => (columns.mean[i] === null ? [] : [i]));
  if (places.length === 0) return words.nothing;
  const of = (list: readonly (number | null)[]) => places.map((i) => list[i]!);
  const count = places.reduce((sum, i) => sum + columns.count[i]!, 0);
  const mean = places.reduce((sum, i) => sum + columns.mean[i]! * columns.count[i]!, 0) / count;
  const last = places.at(-1)!;
  const sentences = [
    words.summary(
      figure(mean),
      figure(Math.min(...of(columns.min))),
      figure(Math.max(...of(columns.max))),
      places.length,
    ),
    words.last(figure(columns.mean[last]), pointTime(kpi, columns.at[last]!)),
  ];
  if (band) {
    const outside = places.filter((i) => {
      const [low, high, value] = [band.low[i], band.high[i], columns.mean[i]!];
      return low !== null && low !== undefined && (value < low || value > high!);
    });
    sentences.push(outside.length > 0 ? words.outside(outside.length) : words.inside);
  } else sentences.push(words.noBand);
  const lengths = gaps.from.map((from, i) => gaps.to[i]! - from);
  if (lengths.length === 1) sentences.push(words.gap(lengthOf(lengths[0]!), dateTime(gaps.from[0]!)));
  if (lengths.length > 1)
    sentences.push(words.gaps(lengths.length, lengthOf(lengths.reduce((sum, length) => sum + length))));
  if (Date.parse(kpi.keptFrom) > Date.parse(kpi.from)) sentences.push(words.notKept(when(kpi.keptFrom)));
  return sentences.join(' ');
}

/** A threshold in words, one line a severity. */
export function rulesOf({ levels, direction, window, statistic }: Threshold): readonly string[] {
  return levels.map(({ severity, raise, clear }) =>
    words.rule(
      words.severity[severity],
      direction === 'above' ? words.above : words.below,
      figure(raise),
      figure(clear),
      `${statistic}, ${words.width[window]}`,
    ),
  );
}

/** The figures, point by point; made when it is opened, for it may be long. */
export function tableOf(kpi: () => Kpi): HTMLDetailsElement {
  const body = make('div', 'chart-table');
  body.tabIndex = 0;
  body.setAttribute('role', 'region');
  const details = make('details', 'chart-details', make('summary', '', words.table), body);
  details.addEventListener('toggle', () => {
    body.setAttribute('aria-label', `${words.table}: ${kpi().kpi}`);
    body.replaceChildren(...(details.open ? [rowsOf(kpi())] : []));
  });
  return details;
}

function rowsOf(kpi: Kpi): HTMLTableElement {
  const { columns, band } = kpi;
  const head = make('tr', '');
  for (const name of [words.time, words.mean, words.least, words.greatest, words.samples, words.usual]) {
    const cell = make('th', '', name);
    cell.scope = 'col';
    head.append(cell);
  }
  const rows = columns.at.map((at, i) => {
    const usual = band && band.low[i] !== null ? `${figure(band.low[i])} – ${figure(band.high[i])}` : '–';
    const texts = [columns.mean[i], columns.min[i], columns.max[i], columns.count[i]].map(figure);
    const time = make('th', '', pointTime(kpi, at));
    time.scope = 'row';
    const row = make(
      'tr',
      columns.mean[i] === null ? 'without' : '',
      time,
      ...[...texts, usual].map((text) => make('td', '', text)),
    );
    if (columns.mean[i] === null) row.cells[1]!.textContent = words.noData;
    return row;
  });
  return make('table', '', make('caption', 'unseen', kpi.kpi), make('thead', '', head), make('tbody', '', ...rows));
}
