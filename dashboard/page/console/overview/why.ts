/** Why a decision was taken, beside the list that it stands in. */
import type { DecisionRow, Why } from '../../../wire.js';
import { byId, make } from '../../shared/dom.js';
import { whyParts, whyTitle } from '../parts/why.js';
import { why as words } from '../parts/why-words.js';

const number = new Intl.NumberFormat('en-GB');

export class WhyDialog {
  readonly #dialog = byId<HTMLDialogElement>('why');
  #asked = '';

  constructor() {
    this.#dialog.addEventListener('close', () => {
      this.#asked = '';
      history.replaceState(null, '', location.pathname + location.search);
    });
    // A click beside it closes it.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    const fromAddress = () => {
      const id = new URLSearchParams(location.hash.slice(1)).get('decision');
      if (id && id !== this.#asked) void this.open(id);
    };
    window.addEventListener('hashchange', fromAddress);
    fromAddress();
  }

  /** Opens the why of a decision, one of many alike perhaps. The address names it, so that it can be passed on. */
  async open(id: string, among?: DecisionRow): Promise<void> {
    this.#asked = id;
    history.replaceState(null, '', `#decision=${encodeURIComponent(id)}`);
    this.#show(words.title, make('p', 'empty', words.reading));
    try {
      const response = await fetch(`/v1/why/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(10_000) });
      if (this.#asked !== id) return;
      if (!response.ok) throw new Error(response.status === 404 ? words.gone : words.answered(response.status));
      const why = (await response.json()) as Why;
      if (this.#asked === id) this.#fill(why, among);
    } catch (error) {
      if (this.#asked !== id) return;
      const reason =
        error instanceof TypeError || (error as Error).name === 'TimeoutError'
          ? words.unreachable
          : (error as Error).message;
      this.#show(words.title, make('p', 'empty', words.failed(reason)));
    }
  }

  #show(title: string | Node, ...content: readonly Node[]): void {
    const close = make('button', 'close', words.close);
    close.type = 'button';
    close.addEventListener('click', () => this.#dialog.close());
    const heading = make('h2', '', title);
    heading.id = 'why-title';
    const body = make('div', 'why-body', ...content);
    // What scrolls must be reachable from the keyboard.
    body.tabIndex = 0;
    this.#dialog.replaceChildren(make('div', 'why-head', heading, close), body);
    if (!this.#dialog.open) this.#dialog.showModal();
    close.focus();
  }

  #fill(why: Why, among: DecisionRow | undefined): void {
    const others = among && among.count > 1 ? this.#others(why.row.id, among) : [];
    const page = make('a', '', words.page);
    page.href = `/decisions/${encodeURIComponent(why.row.id)}`;
    // The address of the dialog is let go of when it closes; that of the page stays.
    page.addEventListener('click', () => this.#dialog.close());
    const parts = whyParts(why, (id) => `#decision=${id}`, others);
    this.#show(whyTitle(why), ...parts, make('p', '', page));
  }

  /** The others that were decided with it. */
  #others(id: string, among: DecisionRow): readonly Node[] {
    const { alike, count, isAtLeast } = among;
    const items = alike.map((one) => {
      const button = make('button', 'other', one.subject || one.id);
      button.type = 'button';
      if (one.id === id) button.setAttribute('aria-current', 'true');
      button.addEventListener('click', () => void this.open(one.id, among));
      return make('li', '', button);
    });
    const left = count - alike.length;
    if (left > 0) items.push(make('li', '', words.more(number.format(left))));
    const heading = make(
      'h3',
      '',
      isAtLeast ? words.alikeAtLeast(number.format(count)) : words.alike(number.format(count)),
    );
    return [heading, make('ul', 'sources', ...items)];
  }
}
