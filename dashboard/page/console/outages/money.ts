/** The panel of money: what was granted, and what would be due if the outage ended, with the arithmetic of some services. */
import type { OutageDetail, OutageProjection } from '../../../../pipelines/domain/outage-wire.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { exactly, when } from '../../shared/time.js';
import { failure, loading } from '../parts/failure.js';
import { facts, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import { tree } from '../parts/why.js';
import { words } from './words.js';

/** It is reckoned service by service: not more often than somebody can read it. */
const EVERY_MS = 60_000;
const hrefOf = (id: string) => `/decisions/${encodeURIComponent(id)}`;

export class MoneyPanel {
  readonly element: HTMLElement;
  readonly #path: string;
  readonly #granted = make('div');
  readonly #projected = make('div');
  #refresher: Refresher<OutageProjection> | undefined;

  constructor(path: string) {
    this.#path = path;
    this.element = panel(words.money, this.#granted, this.#projected);
  }

  show({ granted, grantedSeconds, to }: OutageDetail): void {
    const amounts = granted.map(({ amount, currency }) => `${amount} ${currency}`);
    if (grantedSeconds > 0) amounts.push(words.extension(exactly(grantedSeconds * 1_000)));
    const sum = amounts.length === 0 ? words.nothingGranted : amounts.join(', ');
    this.#granted.replaceChildren(facts([[words.granted, make('strong', '', sum)]]));
    if (to !== null) {
      this.#refresher?.close();
      this.#projected.replaceChildren(make('p', 'about', words.notOpen));
      return;
    }
    if (this.#refresher) return;
    const content = make('div', '', loading());
    const refresher = new Refresher<OutageProjection>({
      read: (signal) => read<OutageProjection>(`${this.#path}/projection`, signal),
      show: (projection) => content.replaceChildren(...projectionOf(projection)),
      failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
      everyMs: EVERY_MS,
    });
    this.#refresher = refresher;
    this.#projected.replaceChildren(refresher.notice, content);
  }

  close(): void {
    this.#refresher?.close();
  }
}

function projectionOf({ points, reckoned, services }: OutageProjection): readonly Node[] {
  const rows = points.map(({ is, at, amounts, extensionSeconds, services: due, examples }) => {
    const then = when(at);
    const name = is === 'now' ? words.pointNow : is === 'limit' ? words.pointLimit(then) : words.pointTomorrow(then);
    const money = amounts.map(({ amount, currency }) => `${amount} ${currency}`);
    if (extensionSeconds > 0) money.push(words.extension(exactly(extensionSeconds * 1_000)));
    const shown = examples.map(({ service, because }) => {
      const currency = (because['amount'] as { readonly currency?: string } | undefined)?.currency;
      return make('details', '', make('summary', '', words.arithmetic(service)), tree(because, currency, hrefOf));
    });
    return make(
      'div',
      'point',
      make('h4', '', `${words.projected} ${name}`),
      make(
        'p',
        '',
        money.length === 0 ? words.nothingDue : make('strong', '', money.join(', ')),
        due > 0 ? ` ${words.forServices(due)}` : '',
      ),
      ...shown,
    );
  });
  return [...rows, make('p', 'about', words.reckoned(reckoned, services))];
}
