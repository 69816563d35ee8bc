/** The pages about who may do what, by their address. */
import { byId, make } from '../shared/dom.js';
import { signOut, whoAmI } from '../shared/me.js';
import { setUpPage } from './set-up.js';
import { signInPage } from './sign-in.js';
import { words } from './words.js';

async function show(): Promise<void> {
  const content = byId('content');
  const { pathname } = location;
  const me = await whoAmI();
  if (me.kind === 'person') {
    const out = make('button', 'button small', words.signOut);
    out.type = 'button';
    out.addEventListener('click', () => void signOut().then(() => location.replace('/sign-in')));
    byId('who').replaceChildren(words.signedInAs(me.name ?? '', me.role ?? ''), out);
  }
  document.title = `${pathname === '/set-up' ? words.setUp : words.signIn} - Dozor`;
  if (pathname === '/set-up') await setUpPage(content);
  else signInPage(content, me);
}

show().catch(() => {
  byId('content').replaceChildren(make('p', 'wrong', words.unreachable));
  setTimeout(() => location.reload(), 5_000);
});
