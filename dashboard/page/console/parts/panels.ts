/** Panels with a heading, and lists of facts. */
import { make } from '../../shared/dom.js';

/** A panel of a page. */
export function panel(title: string, ...content: readonly Node[]): HTMLElement {
  return make('section', 'panel', make('h3', 'panel-title', title), make('div', 'panel-body', ...content));
}

/** Names with their values; what is not known is left out. */
export function facts(rows: readonly (readonly [name: string, value: Node | string | undefined])[]): HTMLElement {
  const list = make('dl', 'facts-list');
  for (const [name, value] of rows) {
    if (value === undefined || value === '') continue;
    list.append(make('div', '', make('dt', '', name), make('dd', '', value)));
  }
  return list;
}

/** A link that looks like one. */
export function linkTo(href: string, text: string): HTMLAnchorElement {
  const link = make('a', '', text);
  link.href = href;
  return link;
}
