/** The strip of counters. */
import type { StatusView } from '../../../../pipelines/http/ports.js';
import { make, say } from '../../shared/dom.js';
import { overview } from './words.js';

const number = new Intl.NumberFormat('en-GB');
type Name = 'services' | 'elements' | 'decisions' | 'events' | 'rejected';
const NAMES: Readonly<Record<Name, string>> = {
  services: overview.tileServices,
  elements: overview.tileElements,
  decisions: overview.tileDecisions,
  events: overview.tileEvents,
  rejected: overview.tileRejected,
};
/** How many reasons are named; the rest is one sum. */
const REASONS_MAX = 4;

export class Counters {
  readonly #tiles = new Map<Name, { readonly value: HTMLElement; readonly detail: HTMLElement }>();
  readonly #list: HTMLElement;

  constructor(list: HTMLElement) {
    this.#list = list;
    for (const name of ['services', 'elements', 'decisions', 'events', 'rejected'] as const) this.#add(name);
  }

  #add(name: Name): void {
    const value = make('span', 'total', '–');
    const detail = make('span', 'detail');
    this.#tiles.set(name, { value, detail });
    this.#list.append(make('div', `tile tile-${name}`, make('dt', '', NAMES[name]), make('dd', '', value, detail)));
  }

  show({ counts }: StatusView): void {
    const decisions = sum(counts.decisions);
    const reasons = Object.entries(counts.rejected).sort(([, a], [, b]) => b - a);
    this.#set('services', counts.services);
    this.#set('elements', counts.elements);
    const waiting = counts.waiting > 0 ? [overview.wait(number.format(counts.waiting))] : [];
    const copies = counts.duplicates > 0 ? [overview.duplicates(number.format(counts.duplicates))] : [];
    this.#set('events', counts.events, [...waiting, ...copies].join(' · '));
    this.#set('decisions', decisions);
    const named = reasons
      .slice(0, REASONS_MAX)
      .map(([reason, n]) => `${reason.replaceAll('-', ' ')} ${number.format(n)}`);
    const others = sum(Object.fromEntries(reasons.slice(REASONS_MAX)));
    this.#set(
      'rejected',
      sum(counts.rejected),
      [...named, ...(others > 0 ? [overview.other(number.format(others))] : [])].join(' · '),
    );
  }

  #set(name: Name, value: number, detail = ''): void {
    const tile = this.#tiles.get(name)!;
    say(tile.value, number.format(value));
    say(tile.detail, detail);
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0);
}
