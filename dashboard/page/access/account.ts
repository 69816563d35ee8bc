/** One's own account: who one is, and another password. */
import { send } from '../shared/api.js';
import { byId, make, say } from '../shared/dom.js';
import { form } from '../shared/form.js';
import { locale } from '../shared/language.js';
import type { Me } from '../shared/me.js';
import { words } from './words.js';

export function accountPage(content: HTMLElement, me: Me): void {
  const facts = make('dl', 'facts');
  const fact = (name: string, value: string) => facts.append(make('dt', '', name), make('dd', '', value));
  fact(words.name, me.name ?? '');
  fact(words.id, me.id ?? '');
  fact(words.role, words.roles(me.role ?? ''));
  if (me.session) fact(words.endsAt, new Date(me.session.endsAt).toLocaleTimeString(locale));
  const password = form({
    fields: [
      { name: 'current', label: words.password, type: 'password', autocomplete: 'current-password', lengthMax: 256 },
      {
        name: 'next',
        label: words.newPassword,
        type: 'password',
        autocomplete: 'new-password',
        hint: words.passwordHint,
        lengthMax: 256,
      },
    ],
    button: words.change,
    missing: words.missing,
    send: async (values) => {
      await send('POST', '/v1/me/password', values);
      say(byId('announcer'), words.changed);
      password.replaceWith(make('p', '', words.changed));
    },
  });
  content.replaceChildren(
    make('section', 'card', make('h2', '', words.account), facts),
    make('section', 'card', make('h2', '', words.newPassword), password),
  );
}
