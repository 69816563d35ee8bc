/** The names of people behind the ids that their acts carry. An id stands where no name is known: of roles, tokens and policies. */
import { read } from './api.js';
import { make } from './dom.js';

/** An id of an account, as the server makes them. */
const ACCOUNT = /^u-/;
/** Somebody may be new: an id without a name is asked for again, though not all the time. */
const AGAIN_MS = 30_000;

let names: Readonly<Record<string, string>> = {};
let asked: Promise<void> | undefined;
let askedAt = Number.NEGATIVE_INFINITY;

/** Who did something, by name; shown as the id until the name is known. */
export function person(id: string): HTMLElement {
  const shown = make('span', 'person', nameOf(id));
  if (!ACCOUNT.test(id)) return shown;
  shown.title = id;
  if (names[id] === undefined) void learn().then(() => shown.replaceChildren(nameOf(id)));
  return shown;
}

/** The name as text; the id where it is not known (yet). */
export const nameOf = (id: string): string => names[id] ?? id;

function learn(): Promise<void> {
  if (asked && performance.now() - askedAt < AGAIN_MS) return asked;
  askedAt = performance.now();
  asked = read<{ readonly people: Readonly<Record<string, string>> }>('/v1/people').then(
    ({ people }) => {
      names = people;
    },
    // Who may not know names sees ids.
    () => {},
  );
  return asked;
}
