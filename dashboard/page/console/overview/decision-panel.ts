/** The panel of latest decisions: a row each, which opens why it was taken. */
import type { DecisionRow } from '../../../wire.js';
import { arrange, make } from '../../shared/dom.js';
import { Fitted } from '../../shared/fit.js';
import { mark } from '../../shared/marks.js';
import { partsOf } from '../../shared/time.js';
import { decisionWords } from '../parts/decision-words.js';
import { overview } from './words.js';

const number = new Intl.NumberFormat('en-GB');

const KEYS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => Math.min(last, at + 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

interface Shown {
  readonly item: HTMLElement;
  readonly button: HTMLButtonElement;
  row: DecisionRow | undefined;
}

export class DecisionPanel {
  readonly #shown = new Map<string, Shown>();
  readonly #items = make('ul', 'rows');
  readonly #empty = make('p', 'empty', overview.noDecision);
  readonly #fitted: Fitted;
  readonly #open: (row: DecisionRow) => void;

  constructor(list: HTMLElement, open: (row: DecisionRow) => void) {
    this.#open = open;
    this.#items.setAttribute('role', 'list');
    this.#items.addEventListener('keydown', (event) => this.#move(event));
    list.append(this.#items, this.#empty);
    this.#fitted = new Fitted(list, this.#items, overview.earlier, overview.endOfList);
  }

  show(decisions: readonly DecisionRow[]): void {
    const keys = new Set(decisions.map(({ key }) => key));
    for (const key of this.#shown.keys()) if (!keys.has(key)) this.#shown.delete(key);
    const items = decisions.map((row) => {
      const shown = this.#shown.get(row.key) ?? this.#make(row.key);
      // One more alike changes the row and keeps its button: who stands on it stays there.
      if (shown.row?.id !== row.id) fill(shown.button, row);
      shown.row = row;
      return shown.item;
    });
    this.#fitted.keeping(() => arrange(this.#items, items));
    this.#empty.hidden = decisions.length > 0;
    this.#fitted.fit();
  }

  #make(key: string): Shown {
    const button = make('button', 'decision');
    button.type = 'button';
    const shown: Shown = { item: make('li', '', button), button, row: undefined };
    button.addEventListener('click', () => shown.row && this.#open(shown.row));
    this.#shown.set(key, shown);
    return shown;
  }

  /** Up, down, first, last: fifty rows are too many for the Tab key. */
  #move(event: KeyboardEvent): void {
    const next = KEYS[event.key];
    const buttons = [...this.#items.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (!next || at === -1) return;
    event.preventDefault();
    buttons[next(at, buttons.length - 1)]?.focus();
  }
}

function fill(button: HTMLButtonElement, row: DecisionRow): void {
  const { type, time, subject, clause, words, level, amount, count, isAtLeast } = row;
  const { day, time: clock } = partsOf(time);
  const many = count > 1 ? [make('span', 'many', `× ${number.format(count)}${isAtLeast ? '+' : ''}`)] : [];
  const others = count > 1 ? overview.andMore(number.format(count - 1)) : '';
  const sum = count > 1 ? [make('span', 'unit', overview.inAll)] : [];
  button.dataset['type'] = type;
  button.replaceChildren(
    make('span', 'when', make('span', 'time', clock), make('span', 'day', day)),
    make('span', 'sign', ...(level ? [mark(level)] : [])),
    make('span', 'name', decisionWords(type, words), ...many),
    make(
      'span',
      'detail',
      make('span', 'subject', subject + others),
      ...(clause ? [make('span', 'clause', clause)] : []),
    ),
    make(
      'span',
      'amount',
      ...(amount ? [...sum, make('span', 'value', amount.value), ' ', make('span', 'unit of', amount.unit)] : []),
    ),
  );
}
