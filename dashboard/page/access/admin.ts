/** Who may do what: accounts, walls, keys, who is signed in, and the trail. For administrators. */
import { read, send } from '../shared/api.js';
import { byId, make, say } from '../shared/dom.js';
import { form } from '../shared/form.js';
import { locale } from '../shared/language.js';
import { words } from './words.js';

const PEOPLE = ['viewer', 'operator', 'supervisor', 'admin', 'regulator', 'auditor'] as const;
const MACHINES = ['ingest', 'viewer', 'operator', 'supervisor', 'regulator', 'auditor'] as const;
const KEY_DAYS = 365;
const DAY_MS = 86_400_000;

interface Account {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly role: string;
  readonly isDisabled: boolean;
  readonly signedInAt: string | null;
}

interface Wall {
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly seenAt: string;
}

interface Key {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly expiresAt: string;
  readonly usedAt: string | null;
}

interface Session {
  readonly id: string;
  readonly account: string;
  readonly createdAt: string;
  readonly seenAt: string;
  readonly isOwn: boolean;
}

interface Line {
  readonly time: string;
  readonly who: string;
  readonly role: string;
  readonly what: string;
  readonly subject?: string;
  readonly outcome: string;
  readonly reason?: string;
}

/** A part of the page that can be shown anew. */
type Part = () => Promise<void>;

export async function adminPage(content: HTMLElement): Promise<void> {
  const roles = (names: readonly string[]) => names.map((name) => [name, words.roles(name)] as const);
  const parts: Part[] = [];
  const section = (title: string, load: () => Promise<readonly (Node | string)[]>, below?: HTMLElement) => {
    const place = make('div', 'rows');
    const one = make('section', 'card wide', make('h2', '', title), place, ...(below ? [below] : []));
    const show: Part = async () => {
      place.replaceChildren(...(await load()));
      place.querySelector('.scroll')?.setAttribute('aria-label', title);
    };
    parts.push(show);
    content.append(one);
    return show;
  };
  content.replaceChildren();
  content.classList.add('admin');

  const showAccounts: Part = section(
    words.accounts,
    async () => {
      const { accounts } = await read<{ readonly accounts: readonly Account[] }>('/v1/accounts');
      const rows = accounts.map((account) => {
        const { id, login, name, isDisabled, signedInAt } = account;
        const role = make('select');
        role.setAttribute('aria-label', `${words.role}: ${login}`);
        for (const [value, said] of roles(PEOPLE)) role.append(new Option(said, value, false, value === account.role));
        role.addEventListener('change', () => void act(() => change(id, { role: role.value }), showAccounts));
        const lock = button(isDisabled ? words.unlock : words.lock, `${login}`, () =>
          act(() => change(id, { isDisabled: !isDisabled }), showAccounts),
        );
        return [
          name === login ? login : `${login} (${name})`,
          id,
          role,
          signedInAt ? time(signedInAt) : words.never,
          lock,
        ];
      });
      return [table([words.login, words.id, words.role, words.signedInAt, words.acts], rows)];
    },
    folded(
      words.newAccount,
      form({
        fields: [
          { name: 'login', label: words.login, lengthMax: 64 },
          { name: 'name', label: words.name, isOptional: true, lengthMax: 80 },
          { name: 'role', label: words.role, type: 'select', options: roles(PEOPLE), value: 'operator' },
          {
            name: 'password',
            label: words.newPassword,
            type: 'password',
            autocomplete: 'new-password',
            hint: words.passwordHint,
          },
        ],
        button: words.newAccount,
        missing: words.missing,
        send: async ({ name, ...rest }) => {
          await send('POST', '/v1/accounts', { ...rest, ...(name && { name }) });
          await showAccounts();
        },
      }),
    ),
  );

  const showWalls: Part = section(
    words.walls,
    async () => {
      const { walls } = await read<{ readonly walls: readonly Wall[] }>('/v1/walls');
      if (walls.length === 0) return [make('p', '', words.noWalls)];
      const rows = walls.map(({ id, name, place, seenAt }) => [
        name,
        place,
        id,
        time(seenAt),
        button(words.shut, name, () => act(() => send('DELETE', `/v1/walls/${id}`), showWalls)),
      ]);
      return [table([words.wallName, words.place, words.id, words.seenAt, words.acts], rows)];
    },
    form({
      fields: [
        { name: 'code', label: words.wallCode, lengthMax: 20 },
        { name: 'name', label: words.wallName, lengthMax: 60 },
        { name: 'place', label: words.place, lengthMax: 60 },
      ],
      button: words.letIn,
      missing: words.missing,
      send: async (values) => {
        await send('POST', '/v1/walls', values);
        await showWalls();
      },
    }),
  );

  const token = make('p', 'token');
  token.hidden = true;
  const showKeys: Part = section(
    words.keys,
    async () => {
      const { keys } = await read<{ readonly keys: readonly Key[] }>('/v1/keys');
      const rows = keys.map(({ id, name, role, expiresAt, usedAt }) => [
        name,
        words.roles(role),
        time(expiresAt),
        usedAt === null ? words.never : time(usedAt),
        button(words.remove, name, () => act(() => send('DELETE', `/v1/keys/${id}`), showKeys)),
      ]);
      return rows.length === 0
        ? [make('p', '', words.noKeys)]
        : [table([words.keyName, words.role, words.expiresAt, words.usedAt, words.acts], rows)];
    },
    make(
      'div',
      '',
      token,
      folded(
        words.newKey,
        form({
          fields: [
            { name: 'name', label: words.keyName, hint: words.keyHint, lengthMax: 64 },
            { name: 'role', label: words.role, type: 'select', options: roles(MACHINES), value: 'ingest' },
            { name: 'days', label: words.keyDays, type: 'number', value: String(KEY_DAYS) },
          ],
          button: words.newKey,
          missing: words.missing,
          send: async ({ name, role, days }) => {
            const expiresAt = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
            const made = await send<{ readonly token: string }>('POST', '/v1/keys', { name, role, expiresAt });
            token.replaceChildren(words.keyOnce, make('code', '', made.token));
            token.hidden = false;
            await showKeys();
          },
        }),
      ),
    ),
  );

  const showSessions: Part = section(words.sessions, async () => {
    const { sessions } = await read<{ readonly sessions: readonly Session[] }>('/v1/sessions');
    const rows = sessions.map(({ id, account, createdAt, seenAt, isOwn }) => [
      isOwn ? `${account} (${words.own})` : account,
      time(createdAt),
      time(seenAt),
      button(words.end, account, () => act(() => send('DELETE', `/v1/sessions/${id}`), showSessions)),
    ]);
    return [table([words.id, words.since, words.seenAt, words.acts], rows)];
  });

  section(words.trail, async () => {
    const { records } = await read<{ readonly records: readonly Line[] }>('/v1/audit?limit=50');
    const rows = records.map(({ time: at, who, role, what, subject = '', outcome, reason = '' }) => [
      time(at),
      `${who} (${role})`,
      what,
      subject,
      reason === '' ? outcome : `${outcome}: ${reason}`,
    ]);
    return [table([words.time, words.who, words.what, words.subject, words.outcome], rows)];
  });
  await Promise.all(parts.map((show) => show()));
}

/** Does something and shows the part anew; what went wrong is said. */
async function act(work: () => Promise<unknown>, then: Part): Promise<void> {
  try {
    await work();
  } catch (error) {
    say(byId('alerter'), (error as Error).message);
    const place = byId('wrong');
    place.hidden = false;
    say(place, (error as Error).message);
  }
  await then();
}

const change = (id: string, what: object) => send('PATCH', `/v1/accounts/${id}`, what);

function time(text: string): string {
  return new Date(text).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}

function button(text: string, about: string, work: () => Promise<void>): HTMLButtonElement {
  const one = make('button', 'button small', text);
  one.type = 'button';
  one.setAttribute('aria-label', `${text}: ${about}`);
  one.addEventListener('click', () => {
    one.disabled = true;
    void work();
  });
  return one;
}

function folded(title: string, inside: HTMLElement): HTMLElement {
  return make('details', '', make('summary', '', title), inside);
}

function table(heads: readonly string[], rows: readonly (readonly (Node | string)[])[]): HTMLElement {
  const head = make('tr', '', ...heads.map((text) => make('th', '', text)));
  const body = rows.map((cells) => make('tr', '', ...cells.map((cell) => make('td', '', cell))));
  const scroll = make('div', 'scroll', make('table', '', make('thead', '', head), make('tbody', '', ...body)));
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'group');
  return scroll;
}
