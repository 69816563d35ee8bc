/** How a notice stands, in a word with its mark: what nobody has to look at stays neutral. */
import type { NoticeLine, NoticeStanding } from '../../../../pipelines/domain/subject/shown.js';
import type { Level } from '../../../wire.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { when } from '../../shared/time.js';
import { wordOf, words } from './words.js';

const LEVELS: Readonly<Record<string, Level>> = {
  person: 'major',
  ambiguous: 'major',
  failed: 'minor',
  expired: 'minor',
  'no-receipt': 'warning',
  letter: 'warning',
};

/** The state of a part or of all of a notice. */
export function stateOf({ is, why, at }: NoticeStanding): HTMLElement {
  const level = LEVELS[is];
  return make(
    'span',
    'marked',
    ...(level ? [mark(level)] : []),
    wordOf(words.states, is),
    ...(why ? [make('span', 'quiet', why)] : []),
    ...(at ? [make('span', 'quiet', when(at))] : []),
  );
}

/** The state of a notice in the list; where no ledger knows it, why. */
export function standingOf({ standing, overdue }: NoticeLine, ledger: boolean): HTMLElement {
  const state = standing ? stateOf(standing) : make('span', 'quiet', ledger ? words.notHeard : words.notSent);
  return overdue ? make('span', 'marked', mark('major'), words.overdue, state) : state;
}
