/** What was decided today, and how fresh each source is. */
import type { WallDay, WallSource, WallSources } from '../../../pipelines/domain/wall.js';
import { make, say } from '../shared/dom.js';
import { locale } from '../shared/language.js';
import { mark } from '../shared/marks.js';
import { lengthOf, partsOf } from '../shared/time.js';
import { Tile } from './tile.js';
import { words } from './words.js';

const number = new Intl.NumberFormat(locale);

export class DayTile extends Tile {
  readonly #figures = new Map<'credits' | 'bars' | 'fairUse', HTMLElement>();

  constructor() {
    super('day', words.day.title);
    const list = make('dl', 'figures');
    for (const name of ['credits', 'bars', 'fairUse'] as const) {
      const value = make('dd', '');
      this.#figures.set(name, value);
      list.append(make('div', '', value, make('dt', '', words.day[name])));
    }
    this.body.append(list);
  }

  show(day: WallDay): void {
    for (const [name, element] of this.#figures) {
      const text = number.format(day[name]);
      say(element, day.isAtLeast ? words.day.atLeast(text) : text);
    }
    if (day.from !== null) {
      const { day: date, time } = partsOf(day.from);
      this.note(words.day.since(`${date} ${time.slice(0, 5)}`));
    }
  }
}

/** A source is late after twice the longest silence of late, but not before so long. */
const LATE_GAPS = 2;
const LATE_MIN_MS = 5 * 60_000;
/** So many are named; fresh ones beyond are a number. */
const NAMED_MAX = 8;

export class SourcesTile extends Tile {
  #shown: WallSources | undefined;
  #said = '';

  constructor() {
    super('sources', words.sources.title);
  }

  show(sources: WallSources): void {
    this.#shown = sources;
    this.empty(sources.absent === null ? undefined : words.sources.absent(sources.absent));
  }

  /** How long each has been silent at `now`, by the clock of the events. */
  run(now: number): void {
    if (!this.#shown) return;
    const { list, leftOut } = this.#shown;
    const late = list.filter((source) => isLate(source, now));
    const fresh = list.filter((source) => !isLate(source, now));
    const named = [...late, ...fresh].slice(0, NAMED_MAX);
    const rows = named.map((source) => {
      const silence = lengthOf(now - source.last);
      return { ...source, isLate: isLate(source, now), silence };
    });
    const rest = list.length - named.length + leftOut;
    // Once a second is enough, and only where it reads differently.
    const text = JSON.stringify([rows.map(({ name, silence, isLate: late }) => [name, silence, late]), rest]);
    if (text === this.#said) return;
    this.#said = text;
    this.body.replaceChildren(
      make(
        'ul',
        'source-rows',
        ...rows.map(({ name, silence, isLate: late, usual }) => {
          const told = late ? words.sources.late(silence) : words.sources.fresh(silence);
          const row = make(
            'li',
            'source-row',
            late ? mark('warning') : make('span', 'dot'),
            make('span', 'source-name', name),
            make('span', 'source-silence', told),
          );
          if (late && usual !== null) row.title = words.sources.usual(lengthOf(usual));
          return row;
        }),
      ),
    );
    this.note(rest > 0 ? words.sources.more(rest) : undefined);
  }
}

/** One that sends without a rhythm that is known is never called late. */
function isLate({ last, usual }: WallSource, now: number): boolean {
  return usual !== null && now - last > Math.max(LATE_MIN_MS, LATE_GAPS * usual);
}
