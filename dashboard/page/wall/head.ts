/** The top of the wall, on every page of it: the clock, how many alarms stand by severity, and what a person can turn. */
import type { WallAlarms } from '../../../pipelines/domain/wall.js';
import type { Level } from '../../wire.js';
import { make, say } from '../shared/dom.js';
import { mark } from '../shared/marks.js';
import { lengthOf, partsOf, shownIn } from '../shared/time.js';
import type { WallPicture } from './picture.js';
import type { SoundState } from './sound.js';
import { words } from './words.js';

const COUNTED: readonly Exclude<Level, 'cleared'>[] = ['critical', 'major', 'minor', 'warning', 'indeterminate'];

export interface Pressed {
  readonly page: (name: string) => void;
  readonly pause: () => void;
  readonly sound: () => void;
  readonly test: () => void;
  readonly theme: () => void;
}

export class Head {
  readonly #time = make('span', 'head-time', '--:--:--');
  readonly #when = make('span', 'head-when');
  readonly #lamp = make('span', 'lamp');
  readonly #counts = new Map<
    Level,
    { readonly element: HTMLElement; readonly count: HTMLElement; readonly untaken: HTMLElement }
  >();
  readonly #pages = new Map<string, HTMLButtonElement>();
  readonly #pause: HTMLButtonElement;
  readonly #sound: HTMLButtonElement;
  readonly #theme: HTMLButtonElement;

  constructor(element: HTMLElement, names: readonly (keyof typeof words.pages)[], pressed: Pressed) {
    const counts = make('ul', 'head-counts');
    for (const level of COUNTED) {
      const count = make('span', 'head-count', '–');
      const untaken = make('span', 'head-untaken');
      const of = make('li', '', mark(level), count, make('span', 'unseen', words.severity[level]), untaken);
      of.dataset['level'] = level;
      of.title = words.severity[level];
      this.#counts.set(level, { element: of, count, untaken });
      counts.append(of);
    }
    const tabs = make('nav', 'head-pages');
    tabs.setAttribute('aria-label', words.control.pages);
    for (const name of names) {
      const tab = button(words.pages[name], () => pressed.page(name));
      this.#pages.set(name, tab);
      tabs.append(tab);
    }
    this.#pause = button('', pressed.pause);
    this.#pause.dataset['control'] = 'pause';
    this.#sound = button('', pressed.sound);
    this.#sound.dataset['control'] = 'sound';
    const test = button(words.control.test, pressed.test);
    test.dataset['control'] = 'test';
    this.#theme = button('', pressed.theme);
    this.#theme.dataset['control'] = 'theme';
    const console = make('a', 'head-link', words.control.console);
    console.href = '/';
    const heading = make('h1', 'unseen', `Dozor: ${words.title}`);
    element.append(
      heading,
      make('div', 'head-clock', this.#lamp, this.#time, this.#when),
      counts,
      make('div', 'head-controls', tabs, this.#pause, this.#sound, test, this.#theme, console),
    );
  }

  tick(picture: WallPicture): void {
    const { clock, mode } = picture.parts.clock ?? {};
    if (clock === undefined) return;
    if (clock === null) {
      say(this.#when, words.noClock);
      return;
    }
    const { day, year, time } = partsOf(picture.now);
    say(this.#time, time);
    const delay = mode === 'live' ? words.behind(lengthOf(picture.behind ?? 0)) : words.story;
    say(this.#when, `${words.asOf(`${day} ${year}`, shownIn())} · ${delay}`);
  }

  count({ bySeverity, untaken, absent }: WallAlarms): void {
    for (const [level, { element, count, untaken: open }] of this.#counts) {
      const all = bySeverity[level] ?? 0;
      const left = untaken[level] ?? 0;
      say(count, absent === null ? String(all) : '?');
      say(open, left > 0 ? words.ofThem(left) : '');
      element.classList.toggle('is-none', all === 0);
    }
  }

  pages({ page, paused, held }: { readonly page: string; readonly paused: boolean; readonly held: boolean }): void {
    for (const [name, tab] of this.#pages) {
      if (name === page) tab.setAttribute('aria-current', 'page');
      else tab.removeAttribute('aria-current');
    }
    say(this.#pause, held ? words.control.held : paused ? words.control.go : words.control.pause);
    this.#pause.setAttribute('aria-pressed', String(paused));
    this.#pause.title = held ? words.control.heldWhy : '';
    this.#pause.classList.toggle('is-held', held);
  }

  sound(state: SoundState): void {
    const text = { on: words.control.soundOn, off: words.control.soundOff, blocked: words.control.soundBlocked }[state];
    say(this.#sound, text);
    this.#sound.setAttribute('aria-pressed', String(state !== 'off'));
    this.#sound.dataset['state'] = state;
  }

  theme(isDark: boolean): void {
    say(this.#theme, isDark ? words.control.light : words.control.dark);
  }
}

function button(text: string, press: () => void): HTMLButtonElement {
  const element = make('button', '', text);
  element.type = 'button';
  element.addEventListener('click', press);
  return element;
}
