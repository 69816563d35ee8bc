/** `/packs`: the operators' rule packs, with the dates from which their versions are in force. */
import type { PackLine } from '../../../../pipelines/domain/subject/shown.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { failure, loading } from '../parts/failure.js';
import { linkTo } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import { plainTable } from '../parts/table.js';
import type { View } from '../view.js';
import { words } from './words.js';

export function open(): View {
  const content = make('div', 'panel-body', loading());
  const refresher = new Refresher<{ readonly packs: readonly PackLine[] }>({
    read: (signal) => read('/v1/packs', signal),
    show: ({ packs }) => content.replaceChildren(tableOf(packs)),
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
    everyMs: 0,
  });
  return {
    element: make(
      'section',
      'page',
      make('h2', 'page-title', words.title),
      make('p', 'about', words.about),
      refresher.notice,
      make('div', 'panel', content),
    ),
    title: words.title,
    close: () => refresher.close(),
  };
}

function tableOf(packs: readonly PackLine[]): HTMLElement {
  const rows = packs.map(({ operator, name, versions, zone, currency }) => [
    linkTo(`/packs/${encodeURIComponent(operator)}`, `${name} (${operator})`),
    make(
      'span',
      'lines',
      ...versions.map(({ inForceFrom, inForce, rules }) =>
        make('span', '', `${inForceFrom}: ${words.rules(rules)}`, ...(inForce ? [make('span', 'tag', words.now)] : [])),
      ),
    ),
    zone,
    currency,
  ]);
  return plainTable(words.title, [words.operator, words.inForce, words.zone, words.currency], rows);
}
