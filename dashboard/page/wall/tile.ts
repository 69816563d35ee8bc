/** A tile: what it shows, how old that is, and where it shows nothing, why. */
import { make, say } from '../shared/dom.js';
import { dateTime, lengthOf } from '../shared/time.js';
import type { Age } from './picture.js';
import { words } from './words.js';

export class Tile {
  readonly element: HTMLElement;
  readonly body = make('div', 'tile-body');
  readonly #age = make('span', 'tile-age');
  readonly #note = make('p', 'tile-note');
  readonly #why = make('p', 'empty');

  constructor(name: string, title: string) {
    const heading = make('h2', '', title);
    heading.id = `tile-${name}`;
    this.element = make('section', `tile tile-${name}`, make('header', '', heading, this.#age), this.body, this.#note);
    this.element.setAttribute('aria-labelledby', heading.id);
    this.#note.hidden = true;
  }

  /** Says why there is nothing to see, in place of the body; undefined: there is. */
  empty(why: string | undefined): void {
    if (why === undefined) {
      this.#why.remove();
      this.body.hidden = false;
      return;
    }
    say(this.#why, why);
    this.body.hidden = true;
    if (!this.#why.isConnected) this.body.before(this.#why);
  }

  /** A line at the foot; undefined: none. */
  note(text: string | undefined): void {
    this.#note.hidden = text === undefined;
    if (text !== undefined) say(this.#note, text);
  }

  /** Shows how old it is; too old is grey, and says since when. */
  tick(age: Age | undefined): void {
    const isStale = age?.staleSince !== undefined;
    this.element.classList.toggle('is-stale', isStale);
    if (!age) say(this.#age, '');
    else if (isStale) say(this.#age, words.staleSince(dateTime(age.staleSince!), lengthOf(age.ms)));
    else say(this.#age, words.age(lengthOf(age.ms)));
  }
}
