/** A form whose fields stand in the address: what is filtered is a permalink. */
import { make } from '../../shared/dom.js';
import { parts } from './words.js';

export interface Filter {
  /** Its name in the address. */
  readonly name: string;
  readonly label: string;
  /** Absent: free text. */
  readonly options?: readonly (readonly [value: string, words: string])[];
  readonly type?: 'text' | 'datetime-local';
  /** What an empty field stands for, where that is not all. */
  readonly unset?: string;
}

const TYPING_MS = 300;

export class Filters {
  readonly element = make('form', 'filters');
  readonly #inputs = new Map<string, HTMLInputElement | HTMLSelectElement>();
  readonly #clear = make('button', 'button', parts.clear);
  #typing: number | undefined;

  /** `changed` is told the query after a change; an empty field is left out of it. */
  constructor(filters: readonly Filter[], changed: (query: URLSearchParams) => void) {
    this.element.setAttribute('role', 'search');
    this.element.setAttribute('aria-label', parts.filter);
    for (const { name, label, options, type = 'text', unset = parts.all } of filters) {
      const input = options ? make('select') : make('input');
      if (input instanceof HTMLInputElement) input.type = type;
      else {
        for (const [value, words] of [['', unset] as const, ...(options ?? [])]) {
          const option = make('option', '', words);
          option.value = value;
          input.append(option);
        }
      }
      input.name = name;
      const tell = () => {
        clearTimeout(this.#typing);
        changed(this.query());
      };
      input.addEventListener('change', tell);
      input.addEventListener('input', () => {
        clearTimeout(this.#typing);
        this.#typing = window.setTimeout(tell, TYPING_MS);
      });
      this.#inputs.set(name, input);
      this.element.append(make('label', 'filter', make('span', '', label), input));
    }
    this.#clear.type = 'button';
    this.#clear.addEventListener('click', () => {
      for (const input of this.#inputs.values()) input.value = '';
      changed(this.query());
    });
    this.element.append(this.#clear);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      changed(this.query());
    });
  }

  /** Shows what the address says. A field that somebody writes in is left alone. */
  show(query: URLSearchParams): void {
    for (const [name, input] of this.#inputs) {
      const value = query.get(name) ?? '';
      if (input !== document.activeElement) input.value = value;
    }
    this.#clear.disabled = ![...this.#inputs.keys()].some((name) => query.get(name));
  }

  query(): URLSearchParams {
    const query = new URLSearchParams();
    for (const [name, input] of this.#inputs) if (input.value.trim()) query.set(name, input.value.trim());
    return query;
  }

  close(): void {
    clearTimeout(this.#typing);
  }
}

/** A path with a query, without a question mark where there is none. */
export function address(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
