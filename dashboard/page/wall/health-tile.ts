/** Health by district and technology, as a table in as many columns of districts as there is room for. */
import type { HealthCell, WallHealth } from '../../../pipelines/domain/wall.js';
import { make } from '../shared/dom.js';
import { mark } from '../shared/marks.js';
import { Tile } from './tile.js';
import { words } from './words.js';

/** So many districts stand under each other on a wall. */
const ROWS_MAX = 17;

export class HealthTile extends Tile {
  constructor() {
    super('health', words.health.title);
    // On a telephone it scrolls: what scrolls must be reachable from the keyboard.
    this.body.tabIndex = 0;
  }

  show({ technologies, districts }: WallHealth): void {
    this.empty(districts.length === 0 ? words.health.none : undefined);
    const tables = Math.max(1, Math.ceil(districts.length / ROWS_MAX));
    const each = Math.ceil(districts.length / tables);
    this.body.replaceChildren(
      ...Array.from({ length: tables }, (_, i) => tableOf(technologies, districts.slice(i * each, (i + 1) * each))),
    );
  }
}

function tableOf(technologies: readonly string[], districts: WallHealth['districts']): HTMLElement {
  const head = make('tr', '', make('th', '', words.health.district), make('th', '', words.health.all));
  for (const technology of technologies) head.append(make('th', '', technology));
  for (const cell of head.children) cell.setAttribute('scope', 'col');
  const rows = districts.map(({ name, all, cells }) => {
    const heading = make('th', '', name ?? words.health.unknown);
    heading.setAttribute('scope', 'row');
    return make('tr', '', heading, cellOf(all), ...cells.map(cellOf));
  });
  return make('table', 'health', make('thead', '', head), make('tbody', '', ...rows));
}

/** Nothing where there are no such elements; a dot where nothing stands; else the mark of the worst, and how many. */
function cellOf(cell: HealthCell | null): HTMLElement {
  if (!cell) return make('td', 'cell-none');
  const { elements, alarms, worst } = cell;
  const about = make('span', 'unseen', `, ${words.health.elements(elements)}`);
  if (alarms === 0)
    return make('td', 'cell-well', make('span', 'dot'), make('span', 'unseen', words.health.well), about);
  return make('td', `cell-${worst}`, mark(worst), make('span', 'unseen', words.severity[worst]), ` ${alarms}`, about);
}
