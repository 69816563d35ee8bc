/** Who is affected: a count at once, and the ids page by page when somebody asks for them. */
import type { OutageDetail, OutageServices } from '../../../../pipelines/domain/outage-wire.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { empty, failure } from '../parts/failure.js';
import { linkTo, panel } from '../parts/panels.js';
import { parts } from '../parts/words.js';
import { words } from './words.js';

const PAGE = 100;

export class AffectedPanel {
  readonly element: HTMLElement;
  readonly #path: string;
  readonly #count = make('p');
  readonly #about = make('p', 'about');
  readonly #list = make('ul', 'sources');
  readonly #more = make('button', 'button', parts.more);
  readonly #below = make('div');
  readonly #asking = new AbortController();
  #next: string | undefined;
  #begun = false;

  constructor(path: string) {
    this.#path = path;
    this.#more.type = 'button';
    this.#more.addEventListener('click', () => void this.#read());
    this.element = panel(words.who, this.#count, this.#about, this.#list, this.#below);
  }

  show({ services, to }: OutageDetail): void {
    if (to === null) this.#count.replaceChildren(make('strong', '', String(services)), ` ${words.affected}`);
    else this.#count.replaceChildren();
    if (this.#begun) return;
    this.#begun = true;
    void this.#read();
  }

  async #read(): Promise<void> {
    this.#more.disabled = true;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (this.#next !== undefined) query.set('after', this.#next);
    try {
      const page = await read<OutageServices>(`${this.#path}/services?${query}`, this.#asking.signal);
      this.#next = page.next;
      this.#about.textContent = page.source === 'open' ? words.whoOpen : words.whoDecided;
      this.#list.append(
        ...page.services.map((id) => make('li', '', linkTo(`/services/${encodeURIComponent(id)}`, id))),
      );
      const isNobody = this.#list.childElementCount === 0;
      this.#below.replaceChildren(...(isNobody ? [empty(words.nobody)] : page.next === undefined ? [] : [this.#more]));
    } catch (error) {
      if (this.#asking.signal.aborted) return;
      this.#below.replaceChildren(failure(error, () => void this.#read()));
    } finally {
      this.#more.disabled = false;
    }
  }

  close(): void {
    this.#asking.abort();
  }
}
