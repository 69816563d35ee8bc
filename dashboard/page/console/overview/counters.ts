/** The strip of counters. */
import type { StatusView } from '../../../../pipelines/http/ports.js';
import { make, say } from '../../shared/dom.js';

const number = new Intl.NumberFormat('en-GB');
/** How many reasons are named; the rest is one sum. */
const REASONS_MAX = 4;

export class Counters {
  readonly #tiles = new Map<string, { readonly value: HTMLElement; readonly detail: HTMLElement }>();
  readonly #list: HTMLElement;

  constructor(list: HTMLElement) {
    this.#list = list;
    for (const name of ['Services', 'Elements', 'Decisions', 'Events', 'Rejected']) this.#add(name);
  }

  #add(name: string): void {
    const value = make('span', 'total', '–');
    const detail = make('span', 'detail');
    this.#tiles.set(name, { value, detail });
    this.#list.append(
      make('div', `tile tile-${name.toLowerCase()}`, make('dt', '', name), make('dd', '', value, detail)),
    );
  }

  show({ counts }: StatusView): void {
    const decisions = sum(counts.decisions);
    const reasons = Object.entries(counts.rejected).sort(([, a], [, b]) => b - a);
    this.#set('Services', counts.services);
    this.#set('Elements', counts.elements);
    const waiting = counts.waiting > 0 ? [`${number.format(counts.waiting)} wait for their service`] : [];
    const copies = counts.duplicates > 0 ? [`${number.format(counts.duplicates)} duplicates`] : [];
    this.#set('Events', counts.events, [...waiting, ...copies].join(' · '));
    this.#set('Decisions', decisions);
    const named = reasons
      .slice(0, REASONS_MAX)
      .map(([reason, n]) => `${reason.replaceAll('-', ' ')} ${number.format(n)}`);
    const others = sum(Object.fromEntries(reasons.slice(REASONS_MAX)));
    this.#set(
      'Rejected',
      sum(counts.rejected),
      [...named, ...(others > 0 ? [`other ${number.format(others)}`] : [])].join(' · '),
    );
  }

  #set(name: string, value: number, detail = ''): void {
    const tile = this.#tiles.get(name)!;
    say(tile.value, number.format(value));
    say(tile.detail, detail);
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}
