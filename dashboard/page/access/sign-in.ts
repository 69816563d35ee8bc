/** Signing in: the form, on its own page and in a dialog over what is on another. */
import { ApiError } from '../shared/api.js';
import { make } from '../shared/dom.js';
import { form } from '../shared/form.js';
import { localPath, type Me, signIn } from '../shared/me.js';
import { words } from './words.js';

/** The form; `done` is told who it is now. `to`: where another provider leads back. */
export function signInForm(provider: string | null, to: string, done: (me: Me) => void): readonly HTMLElement[] {
  const element = form({
    fields: [
      { name: 'login', label: words.login, autocomplete: 'username', lengthMax: 64 },
      { name: 'password', label: words.password, type: 'password', autocomplete: 'current-password', lengthMax: 256 },
    ],
    button: words.signIn,
    missing: words.missing,
    send: async ({ login, password }) => {
      done(await signIn(login!, password!).catch(said));
    },
  });
  if (provider === null) return [element];
  const link = make('a', 'button', words.provider(provider));
  link.href = `/v1/oidc/start?to=${encodeURIComponent(to)}`;
  return [element, make('p', 'hint', words.providerLine), link];
}

/** The page: who is signed in already goes on at once. */
export function signInPage(content: HTMLElement, me: Me): void {
  const to = localPath(new URLSearchParams(location.search).get('to'));
  const goOn = () => location.replace(to);
  if (me.kind === 'person') {
    goOn();
    return;
  }
  const title = make('h2', '', words.signIn);
  const failed = new URLSearchParams(location.search).get('failed') === 'provider';
  const wrong = failed ? [make('p', 'wrong', words.providerFailed)] : [];
  content.replaceChildren(make('section', 'card', title, ...wrong, ...signInForm(me.provider, to, goOn)));
  content.querySelector('input')?.focus();
}

/** What went wrong, in the words of the page. */
export function said(error: unknown): never {
  const code = error instanceof ApiError ? error.code : '';
  const own = {
    'wrong-login': words.wrongLogin,
    'too-often': words.tooOften,
    'wrong-code': words.wrongCode,
    'needs-tls': words.needsTls,
    unreachable: words.unreachable,
  }[code];
  throw own === undefined ? error : new Error(own);
}
