/** The proposals: who asked for what and why, and what another person makes of it. */
import type { ExcuseLine } from '../../../../pipelines/domain/excuse-wire.js';
import { make } from '../../shared/dom.js';
import { nameOf, person } from '../../shared/people.js';
import { when } from '../../shared/time.js';
import { ask } from '../parts/form.js';
import { Grid } from '../parts/grid.js';
import { once } from '../parts/once.js';
import { linkTo } from '../parts/panels.js';
import { causeOf, words } from './words.js';

export function excuseTable(excuses: readonly ExcuseLine[], again: () => void): HTMLElement {
  const grid = new Grid<ExcuseLine>({
    label: words.excuses,
    isLabelled: true,
    keyOf: ({ id }) => id,
    columns: [
      {
        name: 'incident',
        label: words.incident,
        cell: ({ incident }) => [linkTo(`/outages/${encodeURIComponent(incident)}`, incident)],
      },
      {
        name: 'interval',
        label: words.interval,
        cell: ({ from, to }) => [`${when(from)} - ${to === null ? words.wholeTime : when(to)}`],
      },
      { name: 'cause', label: words.cause, cell: ({ responsibility }) => [causeOf(responsibility)] },
      { name: 'reason', label: words.reason, cell: ({ reason }) => [reason] },
      {
        name: 'by',
        label: words.proposedBy,
        cell: ({ by, proposedAt }) => [person(by), ' ', make('span', 'quiet', when(proposedAt))],
      },
      { name: 'state', label: words.state, cell: stateOf },
      { name: 'acts', label: words.decidedBy, cell: (excuse) => actsOf(excuse, again) },
    ],
  });
  grid.show(excuses);
  return grid.element;
}

function stateOf({ state, expiresAt, why }: ExcuseLine): readonly Node[] {
  const words_ = make('span', state === 'open' ? 'open' : '', words[state]);
  const more = state === 'open' ? words.expires(when(expiresAt)) : why;
  return [words_, ...(more ? [make('span', 'quiet', ` ${more}`)] : [])];
}

function actsOf(excuse: ExcuseLine, again: () => void): readonly (Node | string)[] {
  const { state, decidedBy, decidedAt } = excuse;
  if (state !== 'open' && state !== 'confirmed')
    return [decidedBy ? person(decidedBy) : '', ' ', make('span', 'quiet', decidedAt ? when(decidedAt) : '')];
  const acts = state === 'open' ? (['confirm', 'reject', 'withdraw'] as const) : (['confirm'] as const);
  return acts.map((act) => {
    const button = make('button', 'button', words[act]);
    button.type = 'button';
    button.addEventListener('click', () => askAct(excuse, act, again));
    return button;
  });
}

function askAct(
  { id, incident, by, reason, from, to }: ExcuseLine,
  act: 'confirm' | 'reject' | 'withdraw',
  again: () => void,
): void {
  const span = `${when(from)} - ${to === null ? words.wholeTime : when(to)}`;
  ask({
    title: act === 'confirm' ? words.confirmOf(incident) : `${words[act]}: ${incident}`,
    about: act === 'confirm' ? `${span}. ${reason}. ${words.confirmAbout(nameOf(by))}` : `${span}. ${reason}`,
    fields: act === 'confirm' ? [] : [{ name: 'why', label: words.why, required: act === 'reject' }],
    submit: words[act],
    acts: ({ why = '' }) => [
      {
        name: incident,
        run: once(`/v1/excuses/${encodeURIComponent(id)}/${act}`, act === 'confirm' || why === '' ? {} : { why }),
      },
    ],
    done: again,
  });
}
