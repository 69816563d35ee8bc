/** Who is signed in, in the bar; and signing in again in a dialog, so that nothing on the page is lost. */
import { signInForm } from '../access/sign-in.js';
import { words } from '../access/words.js';
import { signedOut } from '../shared/api.js';
import { make } from '../shared/dom.js';
import { type Me, signOut, whoAmI } from '../shared/me.js';

/** How long after a look the server is not asked again who we are. */
const LOOK_MS = 5_000;
/** How the dialog says that it was not put away. */
const SIGNED_IN = 'signed-in';

export class WhoBar {
  readonly #place: HTMLElement;
  readonly #listeners = new Set<(me: Me) => void>();
  #me: Me | undefined;
  /** Whether somebody was signed in on this page before. */
  #wasPerson = false;
  #dialog: HTMLDialogElement | undefined;
  #putAway = false;
  #later: ReturnType<typeof setTimeout> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(place: HTMLElement) {
    this.#place = place;
    signedOut(() => this.#offer());
    void this.look();
  }

  /** Who it is, as last heard. */
  get me(): Me | undefined {
    return this.#me;
  }

  /** Calls back now and whenever somebody else is signed in; returns how to stop. */
  hear(listener: (me: Me) => void): () => void {
    this.#listeners.add(listener);
    if (this.#me) listener(this.#me);
    return () => this.#listeners.delete(listener);
  }

  /** Asks who we are: after the start, and when the stream is refused, for a session may have ended. */
  async look(): Promise<void> {
    const soon = this.#lookedAt + LOOK_MS - performance.now();
    if (soon > 0) {
      // A timer may ring a little early, and must then be set again.
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        void this.look();
      }, soon);
      return;
    }
    this.#lookedAt = performance.now();
    const me = await whoAmI().catch(() => undefined);
    if (!me) return;
    this.#become(me);
    // Who put the dialog away looks at what is old, and is not asked again until it is needed.
    if (me.role === null && !this.#putAway) this.#offer();
  }

  #become(me: Me): void {
    this.#me = me;
    const isPerson = me.kind === 'person';
    if (isPerson) this.#putAway = false;
    this.#wasPerson ||= isPerson;
    const button = make('button', 'quiet-button', isPerson ? words.signOut : words.signIn);
    button.type = 'button';
    button.addEventListener('click', () => {
      if (isPerson)
        void signOut().then(
          () => location.assign('/sign-in'),
          () => {},
        );
      else this.#offer();
    });
    const own = make('a', '', words.signedInAs(me.name ?? '', words.roles(me.role ?? '')));
    own.href = '/account';
    const name = isPerson ? [own] : [];
    this.#place.replaceChildren(...name, button);
    for (const listener of this.#listeners) listener(me);
  }

  #offer(): void {
    if (this.#dialog) return;
    const dialog = make('dialog', 'sign-in');
    const title = make('h2', '', words.signIn);
    title.id = 'sign-in-title';
    dialog.setAttribute('aria-labelledby', title.id);
    const here = location.pathname + location.search + location.hash;
    const done = (me: Me) => {
      dialog.close(SIGNED_IN);
      this.#become(me);
    };
    dialog.append(
      title,
      ...(this.#wasPerson ? [make('p', '', words.again)] : []),
      ...signInForm(this.#me?.provider ?? null, here, done),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      this.#putAway = dialog.returnValue !== SIGNED_IN;
      this.#dialog = undefined;
    });
    this.#dialog = dialog;
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('input')?.focus();
  }
}
