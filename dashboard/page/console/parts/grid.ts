/**
 * A table that is moved through by the keyboard: one row has the focus, rows can be selected, columns can be sorted. A row keeps
 * its element while its key stays, so that what changes takes nobody's place away.
 */
import { arrange, make } from '../../shared/dom.js';

export interface Column<T> {
  readonly name: string;
  readonly label: string;
  readonly cell: (row: T) => readonly (Node | string)[];
  /** Its word in the address, where it can be sorted by. */
  readonly sort?: string;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
}

export interface GridGiven<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  /** What tells whether a row must be filled anew. */
  readonly print?: (row: T) => string;
  readonly level?: (row: T) => string | undefined;
  /** Enter, or a click on the row. */
  readonly open?: (row: T) => void;
  /** Absent: rows cannot be selected. */
  readonly select?: { readonly label: (row: T) => string; readonly changed: () => void };
  readonly sorted?: (by: string) => void;
  /** On a telephone each value has its column's name before it. */
  readonly isLabelled?: boolean;
}

interface Shown<T> {
  row: T;
  print: string;
  readonly element: HTMLTableRowElement;
  readonly box: HTMLInputElement | undefined;
}

export class Grid<T> {
  readonly element = make('div', 'grid');
  readonly #given: GridGiven<T>;
  readonly #body = make('tbody');
  readonly #heads = new Map<string, HTMLTableCellElement>();
  readonly #shown = new Map<string, Shown<T>>();
  readonly #selected = new Set<string>();
  #order: string[] = [];
  /** The key of the row that has, or had, the focus. */
  #at: string | undefined;

  constructor(given: GridGiven<T>) {
    this.#given = given;
    const head = make('tr');
    if (given.select) head.append(make('td', 'cell-select'));
    for (const { name, label, sort, isNumber } of given.columns) {
      const cell = make('th', `cell-${name}${isNumber ? ' number' : ''}`);
      cell.scope = 'col';
      if (sort && given.sorted) {
        const button = make('button', 'sort', label);
        button.type = 'button';
        button.addEventListener('click', () => given.sorted!(sort));
        cell.append(button);
        this.#heads.set(sort, cell);
      } else cell.append(label);
      head.append(cell);
    }
    if (given.isLabelled) this.element.classList.add('labelled');
    const table = make('table', '', make('caption', 'unseen', given.label), make('thead', '', head), this.#body);
    this.element.append(table);
    this.#body.addEventListener('focusin', (event) => {
      const row = (event.target as Element).closest('tr');
      if (row?.dataset['key'] !== undefined) this.#stand(row.dataset['key']);
    });
    this.#body.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.target instanceof HTMLTableRowElement)) return;
      event.preventDefault();
      const { current } = this;
      if (current !== undefined) this.#given.open?.(current);
    });
  }

  show(rows: readonly T[]): void {
    const { keyOf, print = JSON.stringify, level } = this.#given;
    const hadFocus = this.#body.contains(document.activeElement);
    const before = this.#order;
    this.#order = rows.map(keyOf);
    const keys = new Set(this.#order);
    for (const key of this.#shown.keys()) if (!keys.has(key)) this.#shown.delete(key);
    for (const key of this.#selected) if (!keys.has(key)) this.#selected.delete(key);
    const elements = rows.map((row) => {
      const key = keyOf(row);
      const shown = this.#shown.get(key) ?? this.#make(key, row);
      const now = print(row);
      shown.row = row;
      if (shown.print !== now) {
        shown.print = now;
        this.#fill(shown);
        const is = level?.(row);
        if (is === undefined) delete shown.element.dataset['level'];
        else shown.element.dataset['level'] = is;
      }
      return shown.element;
    });
    arrange(this.#body, elements);
    // A row that was moved has lost the focus.
    if (hadFocus && !this.#body.contains(document.activeElement) && keys.has(this.#at ?? '')) this.focus();
    if (this.#at === undefined || !keys.has(this.#at)) {
      // The row that stood there is gone: the one that took its place is the next.
      const place = this.#at === undefined ? 0 : Math.max(0, before.indexOf(this.#at));
      this.#stand(this.#order[Math.min(place, this.#order.length - 1)]);
      if (hadFocus) this.focus();
    }
    for (const [key, { element, box }] of this.#shown) {
      element.tabIndex = key === this.#at ? 0 : -1;
      if (box) box.checked = this.#selected.has(key);
    }
  }

  /** Shows by which column it is sorted. */
  sortedBy(by: string | undefined, order: 'up' | 'down'): void {
    for (const [name, cell] of this.#heads) {
      if (name === by) cell.setAttribute('aria-sort', order === 'up' ? 'ascending' : 'descending');
      else cell.removeAttribute('aria-sort');
    }
  }

  #make(key: string, row: T): Shown<T> {
    const element = make('tr');
    element.dataset['key'] = key;
    const { select, open } = this.#given;
    let box: HTMLInputElement | undefined;
    if (select) {
      box = make('input');
      box.type = 'checkbox';
      box.setAttribute('aria-label', select.label(row));
      box.tabIndex = -1;
      box.addEventListener('change', () => this.#choose(key, box!.checked));
    }
    const shown = { row, print: '', element, box };
    element.addEventListener('click', (event) => {
      if ((event.target as Element).closest('a, button, input, label')) return;
      if (open) open(shown.row);
    });
    this.#shown.set(key, shown);
    return shown;
  }

  #fill({ row, element, box }: Shown<T>): void {
    const cells = this.#given.columns.map(({ name, label, cell, isNumber }) => {
      const made = make('td', `cell-${name}${isNumber ? ' number' : ''}`, ...cell(row));
      made.dataset['label'] = label;
      return made;
    });
    element.replaceChildren(...(box ? [make('td', 'cell-select', make('label', 'box', box))] : []), ...cells);
  }

  #stand(key: string | undefined): void {
    if (this.#at !== undefined) {
      const before = this.#shown.get(this.#at)?.element;
      if (before) before.tabIndex = -1;
    }
    this.#at = key;
    const now = key === undefined ? undefined : this.#shown.get(key)?.element;
    if (now) now.tabIndex = 0;
  }

  /** Moves the focus by so many rows. */
  move(by: number): void {
    if (this.#order.length === 0) return;
    const inside = this.#body.contains(document.activeElement);
    const at = this.#at === undefined ? -1 : this.#order.indexOf(this.#at);
    const next = inside ? Math.min(this.#order.length - 1, Math.max(0, at + by)) : Math.max(0, at);
    this.#stand(this.#order[next]);
    this.focus();
  }

  /** Gives the focus to the row that had it last. */
  focus(): void {
    if (this.#at === undefined) return;
    const row = this.#shown.get(this.#at)?.element;
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  }

  get current(): T | undefined {
    return this.#at === undefined ? undefined : this.#shown.get(this.#at)?.row;
  }

  /** Selects the current row, or lets go of it. */
  toggle(): void {
    if (this.#at !== undefined) this.#choose(this.#at, !this.#selected.has(this.#at));
  }

  #choose(key: string, is: boolean): void {
    if (is) this.#selected.add(key);
    else this.#selected.delete(key);
    const shown = this.#shown.get(key);
    if (shown?.box) shown.box.checked = is;
    shown?.element.classList.toggle('chosen', is);
    this.#given.select?.changed();
  }

  /** Selects all that are shown, or none. */
  choose(which: 'all' | 'none'): void {
    for (const key of this.#order) this.#choose(key, which === 'all');
  }

  /** What is selected, else the row that has the focus. */
  get meant(): readonly T[] {
    const selected = this.selected;
    if (selected.length > 0) return selected;
    return this.current === undefined ? [] : [this.current];
  }

  get selected(): readonly T[] {
    return this.#order.filter((key) => this.#selected.has(key)).map((key) => this.#shown.get(key)!.row);
  }
}
