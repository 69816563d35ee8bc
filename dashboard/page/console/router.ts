/** From the address to the view, and back. The overview is what stands in the HTML; all else is loaded when it is opened. */
import { make } from '../shared/dom.js';
import { zoneKnown } from '../shared/time.js';
import type { Given, Listed, Place, View } from './view.js';

interface Matched {
  readonly listed: Listed;
  readonly place: Place;
}

/** What the router moves. */
export interface Frame {
  readonly overview: HTMLElement;
  /** Where a view stands. */
  readonly view: HTMLElement;
  readonly links: HTMLElement;
  /** Told the name of what is open; undefined for the overview. */
  readonly named: (title: string | undefined) => void;
}

export class Router {
  readonly #views: readonly Listed[];
  readonly #frame: Frame;
  readonly #given: Given;
  #open: { readonly listed: Listed; readonly view: View } | undefined;
  /** The newest move; one that was overtaken shows nothing. */
  #move = 0;

  constructor(views: readonly Listed[], frame: Frame, given: Omit<Given, 'go'>) {
    this.#views = views;
    this.#frame = frame;
    this.#given = { ...given, go: (address, how) => this.go(address, how) };
    window.addEventListener('popstate', () => void this.#show());
    document.addEventListener('click', (event) => this.#follow(event));
    void this.#show();
  }

  go(address: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'push') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
    void this.#show();
  }

  /** Links within the console do not load the page anew. */
  #follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null;
    const changed = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!link || changed || event.defaultPrevented || link.target !== '' || link.origin !== location.origin) return;
    if (link.pathname !== '/' && !this.#find(link.pathname, new URLSearchParams())) return;
    // A link into the page that is open is the browser's.
    if (link.pathname === location.pathname && link.search === location.search && link.hash !== '') return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
    window.scrollTo(0, 0);
  }

  #find(path: string, query: URLSearchParams): Matched | undefined {
    for (const listed of this.#views) {
      const names = namesIn(listed.pattern, path);
      if (names) return { listed, place: { path, names, query } };
    }
    return undefined;
  }

  async #show(): Promise<void> {
    const move = ++this.#move;
    const { overview, view: main, named, links } = this.#frame;
    const found = this.#find(location.pathname, new URLSearchParams(location.search));
    for (const link of links.querySelectorAll('a')) {
      const here = link.pathname === '/' ? !found : location.pathname.startsWith(link.pathname);
      if (here) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    if (
      found &&
      this.#open?.listed === found.listed &&
      this.#open.view.moved &&
      (this.#open.view.holds?.(found.place) ?? true)
    ) {
      this.#open.view.moved(found.place);
      named(this.#open.view.title);
      return;
    }
    const hadFocus = main.contains(document.activeElement);
    this.#open?.view.close?.();
    this.#open = undefined;
    overview.hidden = found !== undefined;
    main.hidden = found === undefined;
    if (!found) {
      main.replaceChildren();
      named(undefined);
      return;
    }
    try {
      const [{ open }] = await Promise.all([found.listed.load(), Promise.race([zoneKnown, patience()])]);
      if (move !== this.#move) return;
      const view = await open(found.place, this.#given);
      if (move !== this.#move) {
        view.close?.();
        return;
      }
      this.#open = { listed: found.listed, view };
      main.replaceChildren(view.element);
      named(view.title);
      // Who came by the keyboard goes on from the top of what has come.
      if (hadFocus || document.activeElement === document.body) main.focus({ preventScroll: true });
    } catch (error) {
      if (move !== this.#move) return;
      main.replaceChildren(make('p', 'empty', `This cannot be shown now: ${(error as Error).message}`));
      named(undefined);
    }
  }
}

/** How long a view waits for the zone: without it times would be those of UTC for a moment, and are where nobody tells it. */
const ZONE_WAIT_MS = 3_000;

function patience(): Promise<void> {
  return new Promise((done) => setTimeout(done, ZONE_WAIT_MS));
}

/** The names of a pattern in a path; undefined where it does not match. */
export function namesIn(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== given.length) return undefined;
  const names: Record<string, string> = {};
  for (const [i, word] of wanted.entries()) {
    const part = given[i]!;
    if (!word.startsWith(':')) {
      if (word !== part) return undefined;
      continue;
    }
    try {
      names[word.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined;
    }
  }
  return names;
}
