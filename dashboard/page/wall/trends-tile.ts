/** Indicators of the last day, each inside the band in which it usually lies. A gap is drawn as a gap. */
import type { WallSeries, WallTrends } from '../../../pipelines/domain/wall.js';
import { make } from '../shared/dom.js';
import { locale } from '../shared/language.js';
import { mark } from '../shared/marks.js';
import { Tile } from './tile.js';
import { words } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 480;
const HEIGHT = 120;
/** Samples this far back are still those of now. */
const NOW_POINTS = 6;

const figures = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 });

export class TrendsTile extends Tile {
  constructor() {
    super('trends', words.trends.title);
  }

  show({ absent, series, leftOut }: WallTrends): void {
    this.empty(absent !== null ? words.trends.absent(absent) : undefined);
    this.body.replaceChildren(...series.map(figureOf));
    this.note(leftOut > 0 ? words.trends.more(leftOut) : undefined);
  }
}

function figureOf(series: WallSeries): HTMLElement {
  const { operator, kpi, mean, low, high } = series;
  const last = mean.findLastIndex((value) => value !== null);
  const value = last < 0 ? null : mean[last]!;
  const isNow = last >= mean.length - NOW_POINTS;
  const [from, to] = [low?.[last] ?? null, high?.[last] ?? null];
  const isOutside = value !== null && ((from !== null && value < from) || (to !== null && value > to));
  const said = value === null ? '–' : kpi === 'availability' ? percent.format(value) : figures.format(value);
  const state = !isNow ? words.trends.gap : isOutside ? words.trends.outside : low === null ? words.trends.noBand : '';
  const figure = make(
    'figure',
    'trend',
    make('figcaption', '', make('span', 'trend-kpi', kpi), make('span', 'trend-who', operator)),
    make(
      'p',
      'trend-value',
      ...(isNow && isOutside ? [mark('warning')] : []),
      make('span', 'trend-number', said),
      make('span', 'trend-state', state),
    ),
    drawingOf(series),
  );
  figure.classList.toggle('is-gap', !isNow);
  return figure;
}

function drawingOf({ at, from, to, mean, low, high }: WallSeries): SVGElement {
  const values = [...mean, ...(low ?? []), ...(high ?? [])].filter((value) => value !== null);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = most > least ? most - least : 1;
  const x = (i: number) => Math.round(((at[i]! - from) / (to - from)) * WIDTH * 10) / 10;
  const y = (value: number) => Math.round((HEIGHT - 4 - ((value - least) / room) * (HEIGHT - 8)) * 10) / 10;
  const drawing = element('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    class: 'spark',
    'aria-hidden': 'true',
  });
  if (low && high) {
    for (const run of runsOf(low.map((value, i) => (value === null || high[i] === null ? null : value)))) {
      const upper = run.map((i) => `${x(i)} ${y(high[i]!)}`);
      const lower = [...run].reverse().map((i) => `${x(i)} ${y(low[i]!)}`);
      drawing.append(element('path', { d: `M${[...upper, ...lower].join('L')}Z`, class: 'spark-band' }));
    }
  }
  for (const run of runsOf(mean)) {
    const line = run.map((i) => `${x(i)} ${y(mean[i]!)}`);
    // A point alone has no line to be seen by.
    if (line.length === 1) line.push(`${x(run[0]!) + 1} ${y(mean[run[0]!]!)}`);
    drawing.append(element('path', { d: `M${line.join('L')}`, class: 'spark-line' }));
  }
  return drawing;
}

/** The places of values that follow each other, without the gaps between. */
function runsOf(values: readonly (number | null)[]): readonly (readonly number[])[] {
  const step = usualStep(values);
  const runs: number[][] = [];
  let before: number | undefined;
  values.forEach((value, i) => {
    if (value === null) return;
    if (before !== undefined && i - before <= step) runs.at(-1)!.push(i);
    else runs.push([i]);
    before = i;
  });
  return runs;
}

/** How far apart values usually are: what is sampled by the hour has no gap in each quarter. */
function usualStep(values: readonly (number | null)[]): number {
  const places = values.flatMap((value, i) => (value === null ? [] : [i]));
  const steps = places.slice(1).map((place, i) => place - places[i]!);
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 1;
}

function element(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
