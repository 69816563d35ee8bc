/** What went wrong, in words for whoever looks at the page. */
import { ApiError } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { parts } from './words.js';

/** Why the server did not do or show what it was asked. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return parts.unreachable;
  if (error.status === 401) return parts.signIn;
  if (error.status === 403) return parts.noRole(error.message);
  return error.message;
}

/** Stands in the place of what cannot be shown, with a way to ask again. */
export function failure(error: unknown, again: () => void): HTMLElement {
  const button = make('button', 'button', parts.again);
  button.type = 'button';
  button.addEventListener('click', again);
  const box = make('div', 'failure', make('p', '', parts.failed(reasonOf(error))), button);
  box.setAttribute('role', 'alert');
  return box;
}

/** Says that something is read. */
export function loading(): HTMLElement {
  const words = make('p', 'empty', parts.loading);
  words.setAttribute('role', 'status');
  return words;
}

/** Says that there is nothing, and why. */
export function empty(why: string): HTMLElement {
  return make('p', 'empty', why);
}
