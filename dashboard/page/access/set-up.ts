/** The first administrator: whoever has the code that was printed where Dozor runs. */
import { read, send } from '../shared/api.js';
import { make } from '../shared/dom.js';
import { form } from '../shared/form.js';
import { said } from './sign-in.js';
import { words } from './words.js';

export async function setUpPage(content: HTMLElement): Promise<void> {
  const { isDue } = await read<{ readonly isDue: boolean }>('/v1/set-up');
  const title = make('h2', '', words.setUp);
  if (!isDue) {
    const link = make('a', 'button', words.signIn);
    link.href = '/sign-in';
    content.replaceChildren(make('section', 'card', title, make('p', '', words.setUpDone), make('p', '', link)));
    return;
  }
  const element = form({
    fields: [
      { name: 'code', label: words.code, autocomplete: 'one-time-code', lengthMax: 64 },
      { name: 'login', label: words.login, autocomplete: 'username', lengthMax: 64 },
      { name: 'name', label: words.name, autocomplete: 'name', hint: words.nameHint, isOptional: true, lengthMax: 80 },
      {
        name: 'password',
        label: words.newPassword,
        type: 'password',
        autocomplete: 'new-password',
        hint: words.passwordHint,
        lengthMax: 256,
      },
    ],
    button: words.create,
    missing: words.missing,
    send: async (values) => {
      await send('POST', '/v1/set-up', values).catch(said);
      location.replace('/');
    },
  });
  content.replaceChildren(make('section', 'card', title, make('p', '', words.setUpWords), element));
  content.querySelector('input')?.focus();
}
