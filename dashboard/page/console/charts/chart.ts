/**
 * One indicator as a chart: the mean as a line, least to greatest behind it, what is usual as a band, thresholds as dashed lines
 * with the letter of their severity, stretches without data hatched. Drag or the keys zoom; all charts of a page share one cursor.
 */
import uPlot from 'uplot';
import { make, say } from '../../shared/dom.js';
import { shownIn } from '../../shared/time.js';
import { colourOf, onScheme } from './colours.js';
import type { Step } from './range.js';
import { figure, readingAt, rulesOf, summaryOf, tableOf } from './reading.js';
import type { Kpi } from './wire.js';
import { words } from './words.js';

const HEIGHT = 220;
const SYNC = 'dozor-kpi';
const LETTERS = { critical: 'C', major: 'M', minor: 'm', warning: 'w', indeterminate: '?', cleared: '' } as const;

export interface ChartGiven {
  readonly kpi: string;
  /** Somebody marked a stretch. */
  readonly zoom: (from: number, to: number) => void;
  readonly step: (step: Step) => void;
}

export class Chart {
  readonly element: HTMLElement;
  readonly #given: ChartGiven;
  readonly #stage = make('div', 'chart-stage');
  readonly #reading = make('p', 'chart-reading');
  readonly #width = make('span', 'quiet');
  readonly #summary = make('p', 'chart-summary');
  readonly #rules = make('ul', 'chart-rules');
  readonly #table: HTMLDetailsElement;
  readonly #sizes: ResizeObserver;
  readonly #unscheme: () => void;
  #kpi: Kpi | undefined;
  #plot: uPlot | undefined;
  #at = -1;

  constructor(given: ChartGiven) {
    this.#given = given;
    const title = make('h3', 'panel-title', make('span', '', given.kpi), this.#width);
    const stage = this.#stage;
    stage.tabIndex = 0;
    stage.setAttribute('role', 'slider');
    stage.setAttribute('aria-label', words.chart(given.kpi));
    stage.addEventListener('keydown', (event) => this.#key(event));
    this.#table = tableOf(() => this.#kpi!);
    this.element = make(
      'section',
      'panel chart',
      title,
      make('div', 'panel-body', stage, this.#reading, this.#summary, this.#rules, this.#table),
    );
    this.element.dataset['kpi'] = given.kpi;
    this.#sizes = new ResizeObserver(() => this.#fit());
    this.#sizes.observe(stage);
    this.#unscheme = onScheme(() => this.#remake());
  }

  show(kpi: Kpi): void {
    const before = this.#kpi;
    this.#kpi = kpi;
    say(this.#width, words.each(words.width[kpi.width], kpi.windowsPerPoint));
    say(this.#summary, summaryOf(kpi));
    const rules = kpi.thresholds.flatMap(rulesOf);
    if (this.#rules.childElementCount !== rules.length || before?.width !== kpi.width)
      this.#rules.replaceChildren(...rules.map((rule) => make('li', '', rule)));
    this.#at = Math.min(this.#at, kpi.columns.at.length - 1);
    this.#sayReading();
    if (this.#table.open) this.#table.dispatchEvent(new Event('toggle'));
    // A band or a rule that comes or goes is another chart; else only the points are others.
    const sameKind = before && (before.band === null) === (kpi.band === null);
    if (this.#plot && sameKind) this.#plot.setData(dataOf(kpi));
    else this.#remake();
  }

  /** Says that there is nothing to draw, and why. */
  fail(why: HTMLElement): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#kpi = undefined;
    this.#stage.replaceChildren(why);
  }

  close(): void {
    this.#sizes.disconnect();
    this.#unscheme();
    this.#plot?.destroy();
  }

  // --- Drawing ---

  #remake(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    if (!this.#kpi || this.#stage.clientWidth === 0) return;
    this.#stage.replaceChildren();
    this.#plot = new uPlot(this.#options(this.#kpi), dataOf(this.#kpi), this.#stage);
  }

  #fit(): void {
    if (!this.#plot) return this.#remake();
    const width = this.#stage.clientWidth;
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT });
  }

  #options(kpi: Kpi): uPlot.Options {
    const [text, quiet, line, track] = [
      colourOf('--text'),
      colourOf('--quiet'),
      colourOf('--line'),
      colourOf('--track'),
    ];
    const axis = {
      stroke: quiet,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1 },
      font: '12px sans-serif',
    };
    const hidden = { stroke: 'transparent', points: { show: false }, gaps: this.#gaps };
    const first = kpi.band ? 3 : 1;
    const bands: uPlot.Band[] = [{ series: [first + 1, first], fill: faint(text, 0.16) }];
    if (kpi.band) bands.unshift({ series: [2, 1], fill: faint(track, 0.75) });
    return {
      width: this.#stage.clientWidth,
      height: HEIGHT,
      ms: 1,
      tzDate: (at) => uPlot.tzDate(new Date(at), shownIn()),
      legend: { show: false },
      cursor: {
        sync: { key: SYNC, setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
      },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: true, range: () => [Date.parse(this.#kpi!.from), Date.parse(this.#kpi!.to)] },
        y: { range: (_, low, high) => this.#rangeOf(low, high) },
      },
      axes: [
        { ...axis, values: ticks },
        { ...axis, size: 64, values: (_, splits) => splits.map((value) => figure(value)) },
      ],
      // In the order in which they are drawn: the line comes over the shades.
      series: [
        {},
        ...(kpi.band ? [hidden, hidden] : []),
        hidden,
        hidden,
        {
          stroke: text,
          width: 1.5,
          gaps: this.#gaps,
          points: { filter: () => alone(this.#kpi!), show: true, size: 4, fill: text },
        },
      ],
      bands,
      hooks: {
        drawClear: [(plot) => this.#drawGaps(plot)],
        draw: [(plot) => this.#drawRules(plot)],
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [(plot) => this.#pointed(plot)],
      },
    };
  }

  /** A line goes over what is empty between samples that come seldom; it is cut where something is missing. */
  readonly #gaps: uPlot.Series.GapsRefiner = (plot, _series, _from, _to, nulls) => {
    const { from, to } = this.#kpi!.gaps;
    const missing = from.map((at, i) => [plot.valToPos(at, 'x', true), plot.valToPos(to[i]!, 'x', true)] as const);
    return nulls.filter(([begin, end]) => missing.some(([first, last]) => first < end && last > begin));
  };

  #rangeOf(low: number, high: number): [number, number] {
    const bounds = this.#kpi!.thresholds.flatMap(({ levels }) => levels.map(({ raise }) => raise));
    const all = [low, high, ...bounds].filter((value) => Number.isFinite(value) && value !== null);
    if (all.length === 0) return [0, 1];
    const [least, greatest] = [Math.min(...all), Math.max(...all)];
    const room = (greatest - least || Math.abs(greatest) || 1) * 0.08;
    return [least - room, greatest + room];
  }

  #drawGaps(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { from, to } = this.#kpi!.gaps;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = colourOf('--line');
    ctx.fillStyle = colourOf('--quiet');
    ctx.lineWidth = uPlot.pxRatio;
    ctx.font = `${12 * uPlot.pxRatio}px sans-serif`;
    ctx.textAlign = 'center';
    from.forEach((at, i) => {
      const [left, right] = [plot.valToPos(at, 'x', true), plot.valToPos(to[i]!, 'x', true)];
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, bbox.top, right - left, bbox.height);
      ctx.clip();
      ctx.beginPath();
      for (let x = left - bbox.height; x < right; x += 8 * uPlot.pxRatio) {
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x + bbox.height, bbox.top);
      }
      ctx.stroke();
      if (ctx.measureText(words.noData).width + 8 < right - left)
        ctx.fillText(words.noData, (left + right) / 2, bbox.top + 16 * uPlot.pxRatio);
      ctx.restore();
    });
    ctx.restore();
  }

  #drawRules(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.lineWidth = 1.5 * uPlot.pxRatio;
    ctx.font = `bold ${12 * uPlot.pxRatio}px sans-serif`;
    ctx.textAlign = 'left';
    ctx.setLineDash([6 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    for (const { levels, direction } of this.#kpi!.thresholds) {
      for (const { severity, raise } of levels) {
        const y = plot.valToPos(raise, 'y', true);
        ctx.strokeStyle = colourOf(`--${severity}`);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        const mark = `${LETTERS[severity]} ${direction === 'above' ? '≥' : '≤'} ${figure(raise)}`;
        const [x, height] = [bbox.left + 4, 14 * uPlot.pxRatio];
        ctx.fillStyle = colourOf('--panel');
        ctx.fillRect(x, y - height / 2, ctx.measureText(mark).width + 8, height);
        ctx.fillStyle = colourOf('--text');
        ctx.fillText(mark, x + 4, y + 4 * uPlot.pxRatio);
      }
    }
    ctx.restore();
  }

  // --- What people do ---

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 4) return;
    const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#given.zoom(from, to);
  }

  #pointed(plot: uPlot): void {
    const { idx } = plot.cursor;
    if (idx === null || idx === undefined || !this.#kpi) return;
    this.#at = idx;
    this.#sayReading();
  }

  #key(event: KeyboardEvent): void {
    const last = (this.#kpi?.columns.at.length ?? 0) - 1;
    if (!this.#plot || last < 0) return;
    // Who has not read yet begins at the end.
    const at = this.#at < 0 ? last : this.#at;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - 10,
      PageDown: at + 10,
      Home: 0,
      End: last,
    };
    const move = moves[event.key];
    const step = { '+': 'in', '-': 'out' }[event.key] as Step | undefined;
    if (move === undefined && !step) return;
    event.preventDefault();
    event.stopPropagation();
    if (step) return this.#given.step(step);
    this.#at = Math.min(last, Math.max(0, move!));
    const { columns } = this.#kpi!;
    const top = this.#plot.valToPos(columns.mean[this.#at] ?? 0, 'y');
    this.#plot.setCursor({ left: this.#plot.valToPos(columns.at[this.#at]!, 'x'), top });
    this.#sayReading();
  }

  #sayReading(): void {
    const kpi = this.#kpi!;
    const last = kpi.columns.at.length - 1;
    const at = this.#at < 0 ? kpi.columns.mean.findLastIndex((value) => value !== null) : this.#at;
    const text = at < 0 ? words.nothing : readingAt(kpi, at);
    say(this.#reading, text);
    const stage = this.#stage;
    stage.setAttribute('aria-valuemin', '0');
    stage.setAttribute('aria-valuemax', String(Math.max(0, last)));
    stage.setAttribute('aria-valuenow', String(Math.max(0, at)));
    stage.setAttribute('aria-valuetext', text);
  }
}

function dataOf({ columns, band }: Kpi): uPlot.AlignedData {
  const { at, mean, min, max } = columns;
  const lists = [at, ...(band ? [band.low, band.high] : []), min, max, mean];
  return lists as unknown as uPlot.AlignedData;
}

/** Points with nothing beside them are drawn as points: a line of one point is none. */
function alone({ columns: { mean } }: Kpi): number[] {
  const isEmpty = (i: number) => (mean[i] ?? null) === null;
  return mean.flatMap((_, i) => (!isEmpty(i) && isEmpty(i - 1) && isEmpty(i + 1) ? [i] : []));
}

/** Times on the axis by the clock of 24 hours: days where a day begins. */
function ticks(plot: uPlot, splits: number[]): string[] {
  const zone = shownIn();
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'numeric' });
  const [from, to] = [plot.scales['x']!.min!, plot.scales['x']!.max!];
  return splits.map((at) => {
    const clock = time.format(at);
    if (to - from > 20 * 86_400_000 || clock === '00:00') return `${day.format(at).replace('/', '.')}.`;
    return clock;
  });
}

/** A colour, let through. */
function faint(colour: string, share: number): string {
  return `color-mix(in srgb, ${colour} ${Math.round(share * 100)}%, transparent)`;
}
