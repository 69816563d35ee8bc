/**
 * Whole rows only: on a wall nobody scrolls, so a list ends with a whole row and says how many lie below. Where the page itself
 * scrolls, as on a telephone, it does nothing.
 */
import { make, say } from './dom.js';

/** A list that somebody scrolled and left goes back to its top: what is newest or most urgent must not stay out of sight. */
const LEFT_ALONE_MS = 120_000;

const FIXED = window.matchMedia('(min-width: 1200px) and (min-height: 700px)');

export class Fitted {
  readonly #list: HTMLElement;
  readonly #rows: HTMLElement;
  readonly #words: (below: number) => string;
  readonly #end: string;
  readonly #below = make('p', 'below');

  /** `rows` is the scrolling list inside `list`; `words` says how many rows lie below what is seen, `end` that none does. */
  constructor(list: HTMLElement, rows: HTMLElement, words: (below: number) => string, end: string) {
    this.#list = list;
    this.#rows = rows;
    this.#words = words;
    this.#end = end;
    this.#list.append(this.#below);
    let goBack: number | undefined;
    this.#rows.addEventListener(
      'scroll',
      () => {
        this.#count();
        clearTimeout(goBack);
        goBack = window.setTimeout(() => this.#rows.scrollTo({ top: 0 }), LEFT_ALONE_MS);
      },
      { passive: true },
    );
    new ResizeObserver(() => this.fit()).observe(list);
  }

  /** Changes the rows. Who reads at the top sees what comes in there; who has scrolled down keeps what he reads. */
  keeping(change: () => void): void {
    const { scrollTop } = this.#rows;
    const read = [...this.#rows.children].find((row) => (row as HTMLElement).offsetTop >= scrollTop) as
      | HTMLElement
      | undefined;
    const before = read?.getBoundingClientRect().top ?? 0;
    change();
    if (scrollTop > 0 && read?.isConnected) this.#rows.scrollTop += read.getBoundingClientRect().top - before;
    else this.#rows.scrollTop = 0;
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
    say(this.#below, below > 0 ? this.#words(below) : this.#end);
  }
}
