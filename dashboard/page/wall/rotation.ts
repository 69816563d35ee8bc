/** Pages of the wall, one after the other, inside one page. Held by a critical alarm that nobody has taken, and by whoever says so. */

/** How long a page is shown. */
const SHOWN_MS = 20_000;

export interface Rotating {
  /** Shows the page of this name. */
  readonly show: (name: string) => void;
  /** Told whenever it goes on or stands. */
  readonly state: (state: { readonly page: string; readonly paused: boolean; readonly held: boolean }) => void;
}

export class Rotation {
  readonly #names: readonly string[];
  readonly #rotating: Rotating;
  #place = 0;
  #paused = false;
  #held = false;
  #since = performance.now();

  constructor(
    names: readonly string[],
    rotating: Rotating,
    begin: { readonly page: string | null; readonly paused: boolean },
  ) {
    this.#names = names;
    this.#rotating = rotating;
    this.#place = Math.max(0, names.indexOf(begin.page ?? ''));
    this.#paused = begin.paused;
    setInterval(() => this.#tick(), 1_000);
    this.#show();
  }

  /** Shows a page; it is shown for as long as any other. */
  go(name: string): void {
    const place = this.#names.indexOf(name);
    if (place < 0) return;
    this.#place = place;
    this.#show();
  }

  step(by: number): void {
    this.#place = (this.#place + by + this.#names.length) % this.#names.length;
    this.#show();
  }

  pause(paused = !this.#paused): void {
    this.#paused = paused;
    this.#since = performance.now();
    this.#tell();
  }

  /** Holds on the first page, or lets go. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#place = 0;
    this.#show();
  }

  #tick(): void {
    if (this.#paused || this.#held || performance.now() - this.#since < SHOWN_MS) return;
    this.step(1);
  }

  #show(): void {
    this.#since = performance.now();
    this.#rotating.show(this.#names[this.#place]!);
    this.#tell();
  }

  #tell(): void {
    this.#rotating.state({ page: this.#names[this.#place]!, paused: this.#paused, held: this.#held });
  }
}
