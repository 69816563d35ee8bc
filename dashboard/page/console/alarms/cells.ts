/** How an alarm looks in a row. */

import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { person } from '../../shared/people.js';
import { lengthOf, partsOf, when } from '../../shared/time.js';
import type { Alarm } from './wire.js';
import { words } from './words.js';

/** The mark of a severity with its word. */
export function severityOf({ perceivedSeverity }: Pick<Alarm, 'perceivedSeverity'>): HTMLElement {
  return make('span', 'severity', mark(perceivedSeverity), words[perceivedSeverity]);
}

/** Since when it stands, or how long it stood; `now` is the clock of the list. */
export function lifeOf({ state }: Alarm, now: number): HTMLElement {
  const from = Date.parse(state.from);
  const { day, time } = partsOf(from);
  const length = state.to === undefined ? now - from : Date.parse(state.to) - from;
  const said = state.is === 'raised' ? words.for(lengthOf(length)) : words.clearedAfter(lengthOf(length));
  return make('span', 'life', make('span', '', `${day} ${time.slice(0, 5)}`), ' ', make('span', 'quiet', said));
}

/** What a person and what automation made of it. */
export function handledOf({ operatorState, automation }: Alarm): readonly Node[] {
  const { is, by, until } = operatorState;
  const parts: Node[] = [make('span', is === 'none' ? 'open' : 'quiet', words[is])];
  if (by !== undefined) parts.push(make('span', 'quiet', ' ', person(by)));
  if (until !== undefined) parts.push(make('span', 'quiet', ` ${words.until(when(until))}`));
  for (const one of automation) parts.push(make('span', 'tag', words[one.is]));
  return parts;
}
