/** The limits that are set, in the windows that run, and what stands restricted. */

import type { ServiceView, ViewLimit } from '../../../../pipelines/domain/subject/service-view.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { when } from '../../shared/time.js';
import { empty } from '../parts/failure.js';
import { panel } from '../parts/panels.js';
import { plainTable } from '../parts/table.js';
import { dayText, measureText } from './figures.js';
import { words } from './words.js';

export function limitsPanel({ limits, restrictions, rules }: ServiceView): HTMLElement {
  if (!rules.includes('limits')) return panel(words.limits, empty(words.noRule));
  if (limits.length + restrictions.length === 0) return panel(words.limits, empty(words.noLimits));
  const { windowHead, measureHead, used, limit, state, before } = words;
  const rows = limits.map((one) => [
    `${words.window[one.window]}, ${dayText(one.from)}`,
    words.measure[one.measure],
    measureText(one.measure, one.value),
    measureText(one.measure, one.limit),
    stateOf(one),
    one.before.map(dayText).join('; '),
  ]);
  const head = [
    windowHead,
    measureHead,
    { name: used, isFigure: true },
    { name: limit, isFigure: true },
    state,
    before,
  ];
  return panel(
    words.limits,
    plainTable(words.limits, head, rows),
    ...(restrictions.length > 0 ? [make('h4', '', words.restrictions), restrictionList(restrictions)] : []),
  );
}

function stateOf({ exceeded, atypical }: ViewLimit): Node {
  if (!exceeded) return make('span', '', words.within);
  return make('strong', 'marked', mark(atypical ? 'major' : 'minor'), atypical ? words.atypical : words.exceeded);
}

function restrictionList(restrictions: ServiceView['restrictions']): HTMLElement {
  const items = restrictions.map(({ services, until, words: said }) =>
    make(
      'li',
      '',
      ...(services && until ? [make('strong', '', words.restricted(services.join(', '), when(until)))] : []),
      ...said.map(({ accepted, by, at }) =>
        make('p', 'quiet', (accepted ? words.accepted : words.declined)(by, at === null ? '' : when(at))),
      ),
    ),
  );
  return make('ul', 'plain', ...items);
}
