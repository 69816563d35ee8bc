/** A screen that asks to be let in: it shows a code until an administrator has typed it in, and then goes on by itself. */
import { read, send } from '../shared/api.js';
import { make, say } from '../shared/dom.js';
import { locale } from '../shared/language.js';
import { localPath, whoAmI } from '../shared/me.js';
import { words } from './words.js';

const LOOK_MS = 2_000;
const AGAIN_MS = 10_000;

interface Asked {
  readonly code: string;
  readonly until: string;
}

export async function enrolPage(content: HTMLElement): Promise<void> {
  const asked = new URLSearchParams(location.search).get('to');
  const to = asked === null ? '/wall' : localPath(asked);
  const code = make('p', 'code');
  code.setAttribute('aria-live', 'polite');
  const where = make('p', 'where', location.origin);
  const until = make('p', 'hint');
  const steps = make('ol', 'steps');
  steps.append(make('li', '', words.wallStep1), make('li', '', words.wallStep2));
  content.replaceChildren(make('section', 'card enrol', make('h2', '', words.wall), code, where, steps, until));

  const ask = async () => {
    const { code: letters, until: end } = await send<Asked>('POST', '/v1/walls/enrolment', {});
    say(code, letters);
    const time = new Date(end).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
    say(until, words.wallUntil(time));
  };
  // Who is let in already goes on; what was asked before the page was loaded has no code to show any more.
  if ((await whoAmI()).kind === 'wall') {
    location.replace(to);
    return;
  }
  await ask();
  const look = async (): Promise<void> => {
    try {
      const { state } = await read<{ readonly state: 'none' | 'waiting' | 'let-in' }>('/v1/walls/enrolment');
      if (state === 'let-in') {
        location.replace(to);
        return;
      }
      if (state === 'none') await ask();
      setTimeout(() => void look(), LOOK_MS);
    } catch {
      // The server is away, or this screen asked too often: it is patient.
      setTimeout(() => void look(), AGAIN_MS);
    }
  };
  setTimeout(() => void look(), LOOK_MS);
}
