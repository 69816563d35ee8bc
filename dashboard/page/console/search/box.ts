/** The box in the header, and the keys that hold everywhere. Only names of things may stand in an address, never a number. */
import { make } from '../../shared/dom.js';
import { bindKeys } from '../parts/keys.js';
import { parts } from '../parts/words.js';
import { words } from './words.js';

/** As the server has it. */
const PHONE = /^\+?[\d\s()/-]{8,20}$/;

/** Puts the box into its place; `go` is told the address of the answer. */
export function searchBox(place: HTMLElement, go: (address: string) => void): void {
  const input = make('input');
  input.type = 'search';
  input.name = 'q';
  input.placeholder = `${parts.search}  /`;
  input.setAttribute('aria-label', words.label);
  input.title = words.hint;
  input.maxLength = 128;
  const form = make('form', 'search-box', input);
  form.setAttribute('role', 'search');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const q = input.value.trim();
    const wrong = PHONE.test(q) ? words.phone : q.length < 2 ? words.short : '';
    input.setCustomValidity(wrong);
    if (wrong === '') go(`/search?${new URLSearchParams({ q })}`);
    else input.reportValidity();
  });
  input.addEventListener('input', () => input.setCustomValidity(''));
  input.addEventListener('keydown', (event) => event.key === 'Escape' && input.blur());
  place.append(form);
  bindKeys(
    [
      { keys: ['/'], words: parts.keySearch, run: () => input.focus() },
      // The overlay itself listens to it.
      { keys: ['?'], words: parts.keyHelp, run: () => {} },
    ],
    'everywhere',
  );
}
