/** A timeline: rows of bars on one scale of time. Every bar stands in words below it too. */
import { make } from '../../shared/dom.js';
import { dateTime, exactly, partsOf } from '../../shared/time.js';

export interface Bar {
  readonly from: number;
  /** undefined: it goes on. */
  readonly to: number | undefined;
  readonly kind: 'counted' | 'excused' | 'works';
  readonly words: string;
}

export interface Lane {
  readonly name: string;
  readonly bars: readonly Bar[];
}

/** An instant that is marked through all rows. */
export interface Mark {
  readonly at: number;
  readonly words: string;
}

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 1_000;
const LANE = 34;
const HEAD = 22;

function svg(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Draws the lanes from the first bar to `until`. */
export function timeline(lanes: readonly Lane[], marks: readonly Mark[], until: number): HTMLElement {
  const bars = lanes.flatMap((lane) => lane.bars);
  const from = Math.min(until - 60_000, ...bars.map((bar) => bar.from));
  const to = Math.max(until, ...bars.map((bar) => bar.to ?? until), ...marks.map(({ at }) => at));
  const x = (at: number) => ((at - from) / (to - from)) * WIDTH;
  const height = HEAD + lanes.length * LANE;
  const picture = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${height}`,
    preserveAspectRatio: 'none',
    class: 'timeline-picture',
    'aria-hidden': 'true',
  });
  picture.style.height = `${height / 16}rem`;
  lanes.forEach((lane, i) => {
    const y = HEAD + i * LANE + 6;
    for (const bar of lane.bars) {
      const width = Math.max(2, x(bar.to ?? until) - x(bar.from));
      picture.append(svg('rect', { x: x(bar.from), y, width, height: LANE - 12, class: `bar-${bar.kind}` }));
    }
  });
  for (const { at } of [...marks, { at: until }]) {
    picture.append(
      svg('line', { x1: x(at), x2: x(at), y1: 4, y2: height, class: at === until ? 'mark-now' : 'mark-limit' }),
    );
  }
  const names = lanes.map((lane) => {
    const items = lane.bars.map((bar) => make('li', `of-${bar.kind}`, wordsOf(bar)));
    return make('div', 'lane', make('strong', '', lane.name), make('ul', '', ...items));
  });
  const { day, time } = partsOf(from);
  const end = partsOf(to);
  const axis = make(
    'p',
    'axis quiet',
    make('span', '', `${day} ${time.slice(0, 5)}`),
    make('span', '', `${end.day} ${end.time.slice(0, 5)}`),
  );
  return make(
    'div',
    'timeline',
    picture as unknown as HTMLElement,
    axis,
    ...names,
    ...marks.map(({ at, words }) => make('p', 'quiet', `${words}: ${dateTime(at)}`)),
  );
}

function wordsOf({ from, to, words }: Bar): string {
  const span =
    to === undefined ? `${dateTime(from)} - ...` : `${dateTime(from)} - ${dateTime(to)}, ${exactly(to - from)}`;
  return `${words}: ${span}`;
}
