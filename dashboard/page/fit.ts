/**
 * Whole rows only: on a wall nobody scrolls, so a list ends with a whole row and says how many lie below. Where the page itself
 * scrolls, as on a telephone, it does nothing.
 */
import { make, say } from './dom.js';

const FIXED = window.matchMedia('(min-width: 1200px) and (min-height: 700px)');

export class Fitted {
  readonly #list: HTMLElement;
  readonly #rows: HTMLElement;
  readonly #words: (below: number) => string;
  readonly #below = make('p', 'below');

  /** `rows` is the scrolling list inside `list`; `words` says how many rows lie below what is seen. */
  constructor(list: HTMLElement, rows: HTMLElement, words: (below: number) => string) {
    this.#list = list;
    this.#rows = rows;
    this.#words = words;
    this.#list.append(this.#below);
    this.#rows.addEventListener('scroll', () => this.#count(), { passive: true });
    new ResizeObserver(() => this.fit()).observe(list);
  }

  /** Makes the list end with a whole row. */
  fit(): void {
    const style = this.#rows.style;
    if (!FIXED.matches) {
      style.removeProperty('max-height');
      this.#below.hidden = true;
      return;
    }
    const top = this.#rows.getBoundingClientRect().top - this.#list.getBoundingClientRect().top;
    const room = this.#list.clientHeight - top;
    const bottoms = [...this.#rows.children].map(
      (row) => (row as HTMLElement).offsetTop + (row as HTMLElement).offsetHeight,
    );
    const all = bottoms[bottoms.length - 1] ?? 0;
    this.#below.hidden = all <= room;
    if (all <= room) {
      style.removeProperty('max-height');
      this.#rows.removeAttribute('tabindex');
      return;
    }
    // What scrolls must be reachable from the keyboard.
    this.#rows.tabIndex = 0;
    const left = room - this.#below.offsetHeight;
    const whole = bottoms.filter((bottom) => bottom <= left).pop() ?? left;
    if (style.maxHeight !== `${whole}px`) style.maxHeight = `${whole}px`;
    this.#count();
  }

  #count(): void {
    const end = this.#rows.scrollTop + this.#rows.clientHeight + 1;
    const below = [...this.#rows.children].filter(
      (row) => (row as HTMLElement).offsetTop + (row as HTMLElement).offsetHeight > end,
    ).length;
    say(this.#below, below > 0 ? this.#words(below) : 'the end of the list');
  }
}
