/** What frames every live page: its banners, and that an old page does not outlive its server's build. */
import type { Hello } from '../../wire.js';
import { byId, make } from './dom.js';
import { mark } from './marks.js';

/** A clock this far behind holds everything up. */
export const BEHIND_MAX_MS = 60_000;

/** Puts a text into a banner of the page; what stands there already is not touched. What is made up is no alarm. */
export function banner(id: 'stale' | 'held' | 'made-up', text: string): void {
  const element = byId(id);
  if (element.dataset['text'] === text) return;
  element.dataset['text'] = text;
  element.replaceChildren(...(id === 'made-up' ? [] : [mark('critical')]), make('span', '', text));
}

/** Says loud that the data is made up, in the server's words or in these around them; null: it is not. */
export function sayMadeUp(madeUp: string | null, words: (madeUp: string) => string): void {
  byId('made-up').hidden = madeUp === null;
  if (madeUp !== null) banner('made-up', /made.up/i.test(madeUp) ? madeUp : words(madeUp));
}

/** A wall that runs for months must not run an old page against a new server. Once: a page that will not change may stay. */
export function renew({ page }: Hello): void {
  const ours = document.documentElement.dataset['page'];
  if (page === '' || page === ours || sessionStorage.getItem('renewed-for') === page) return;
  sessionStorage.setItem('renewed-for', page);
  location.reload();
}
