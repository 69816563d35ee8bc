/** The pages about who may do what, by their address. */
import { byId, make } from '../shared/dom.js';
import { type Me, may, signOut, whoAmI } from '../shared/me.js';
import { words } from './words.js';

const TITLES: Readonly<Record<string, string>> = {
  '/set-up': words.setUp,
  '/wall/enrol': words.wall,
  '/account': words.account,
  '/admin': words.admin,
};

async function show(): Promise<void> {
  const content = byId('content');
  const { pathname } = location;
  document.title = `${TITLES[pathname] ?? words.signIn} - Dozor`;
  const me = await whoAmI();
  showWho(me);
  switch (pathname) {
    case '/set-up':
      return (await import('./set-up.js')).setUpPage(content);
    case '/wall/enrol':
      return (await import('./enrol.js')).enrolPage(content);
    case '/account':
      return (await import('./account.js')).accountPage(content, me);
    case '/admin':
      return (await import('./admin.js')).adminPage(content);
    default:
      return (await import('./sign-in.js')).signInPage(content, me);
  }
}

function showWho(me: Me): void {
  if (me.kind !== 'person') return;
  const links = (
    [
      ['/account', words.account],
      ['/admin', words.admin],
    ] as const
  )
    .filter(([path]) => may(me, `GET ${path}`))
    .map(([path, text]) => {
      const link = make('a', 'button small', text);
      link.href = path;
      if (path === location.pathname) link.setAttribute('aria-current', 'page');
      return link;
    });
  const out = make('button', 'button small', words.signOut);
  out.type = 'button';
  out.addEventListener('click', () => void signOut().then(() => location.replace('/sign-in')));
  const name = make('span', '', words.signedInAs(me.name ?? '', words.roles(me.role ?? '')));
  byId('who').replaceChildren(name, ...links, out);
}

show().catch((error: Error) => {
  byId('content').replaceChildren(make('p', 'wrong', error.message || words.unreachable));
  setTimeout(() => location.reload(), 5_000);
});
