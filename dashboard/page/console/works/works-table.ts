/** The planned works: when, what the terms make of them, and a way to cancel those that are not over. */
import type { WorksLine } from '../../../../pipelines/domain/works-wire.js';
import { make } from '../../shared/dom.js';
import { when } from '../../shared/time.js';
import { ask } from '../parts/form.js';
import { Grid } from '../parts/grid.js';
import { once } from '../parts/once.js';
import { linkTo } from '../parts/panels.js';
import { words } from './words.js';

export function worksTable(works: readonly WorksLine[], again: () => void): HTMLElement {
  const grid = new Grid<WorksLine>({
    label: words.works,
    isLabelled: true,
    keyOf: ({ element, worksId, announcedAt, from }) => `${element} ${worksId} ${announcedAt} ${from}`,
    columns: [
      { name: 'works', label: words.worksId, cell: ({ worksId }) => [make('strong', '', worksId)] },
      {
        name: 'element',
        label: words.element,
        cell: ({ element }) => [linkTo(`/elements/${encodeURIComponent(element)}`, element)],
      },
      { name: 'from', label: words.from, cell: ({ from }) => [when(from)] },
      { name: 'to', label: words.to, cell: ({ to }) => [when(to)] },
      {
        name: 'announced',
        label: words.announced,
        cell: ({ announcedAt, channel }) => [`${when(announcedAt)} `, make('span', 'quiet', channel)],
      },
      {
        name: 'state',
        label: words.state,
        cell: ({ state, cancelledAt }) => [`${words[state]}${cancelledAt ? ` ${when(cancelledAt)}` : ''}`],
      },
      { name: 'excuses', label: words.excusing, cell: excusesOf },
      { name: 'acts', label: words.cancel, cell: (line) => actsOf(line, again) },
    ],
  });
  grid.show(works);
  return grid.element;
}

function excusesOf({ excuses, rule, state }: WorksLine): readonly string[] {
  if (excuses === null || rule === null) return [words.excusesNone];
  if (state === 'cancelled') return [];
  return [excuses ? words.excusesYes : words.excusesNo(rule.notice.replace(/^PT/, '').toLowerCase(), rule.channel)];
}

function actsOf({ element, worksId, state }: WorksLine, again: () => void): readonly Node[] {
  if (state !== 'ahead' && state !== 'now') return [];
  const button = make('button', 'button', words.cancel);
  button.type = 'button';
  button.addEventListener('click', () => {
    const path = `/v1/works/${encodeURIComponent(element)}/${encodeURIComponent(worksId)}/cancel`;
    ask({
      title: words.cancelOf(worksId, element),
      fields: [{ name: 'reason', label: words.reason, required: true }],
      submit: words.cancel,
      acts: ({ reason = '' }) => [{ name: worksId, run: once(path, { reason }) }],
      done: again,
    });
  });
  return [button];
}
