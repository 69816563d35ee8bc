/** A plain table with a caption: for figures that are read, not worked through. */
import { make } from '../../shared/dom.js';

export interface Head {
  readonly name: string;
  /** Figures stand to the right. */
  readonly isFigure?: boolean;
}

/** A table in a box that scrolls by itself where it is too wide, which the keyboard reaches. */
export function plainTable(
  title: string,
  head: readonly (string | Head)[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const heads = head.map((one): Head => (typeof one === 'string' ? { name: one } : one));
  const top = heads.map(({ name, isFigure }) => {
    const cell = make('th', isFigure ? 'figure' : '', name);
    cell.scope = 'col';
    return cell;
  });
  const body = rows.map((cells) =>
    make('tr', '', ...cells.map((content, i) => make('td', heads[i]?.isFigure ? 'figure' : '', content))),
  );
  const table = make(
    'table',
    '',
    make('caption', 'unseen', title),
    make('thead', '', make('tr', '', ...top)),
    make('tbody', '', ...body),
  );
  const box = make('div', 'plain-table', table);
  box.tabIndex = 0;
  box.setAttribute('role', 'region');
  box.setAttribute('aria-label', title);
  return box;
}
