/** A dialog that asks for a few things, does something with them, and says what became of each. */
import { make } from '../../shared/dom.js';
import { reasonOf } from './failure.js';
import { parts } from './words.js';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'long' | 'datetime' | 'select';
  readonly required?: boolean;
  readonly value?: string;
  /** For a select: the values with their words. */
  readonly options?: readonly (readonly [value: string, words: string])[];
  readonly hint?: string;
}

/** Something done, one of several perhaps. */
export interface Act {
  /** What it is done to. */
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

export interface Asked {
  readonly title: string;
  readonly about?: string;
  readonly fields: readonly Field[];
  readonly submit: string;
  /** What follows from what was filled in; throws words where something is wrong. */
  readonly acts: (values: Readonly<Record<string, string>>) => readonly Act[];
  /** Told when all are settled, with whether every one succeeded. */
  readonly done?: (all: boolean) => void;
}

let count = 0;

/** Opens the dialog. It closes by itself where all went well. */
export function ask({ title, about, fields, submit, acts, done }: Asked): void {
  const id = `form-${++count}`;
  const before = document.activeElement as HTMLElement | null;
  const dialog = make('dialog', 'form');
  dialog.setAttribute('aria-labelledby', id);
  const heading = make('h2', '', title);
  heading.id = id;
  const form = make('form');
  form.noValidate = true;
  const inputs = fields.map((field, i) => makeField(field, `${id}-${i}`));
  const problem = make('p', 'problem');
  problem.setAttribute('role', 'alert');
  const outcomes = make('ul', 'outcomes');
  outcomes.setAttribute('role', 'status');
  const go = make('button', 'button strong', submit);
  const cancel = make('button', 'button', parts.cancel);
  cancel.type = 'button';
  cancel.addEventListener('click', () => dialog.close());
  form.append(...inputs.map(({ element }) => element), problem, outcomes, make('div', 'form-buttons', go, cancel));
  dialog.append(heading, ...(about ? [make('p', 'about', about)] : []), form);
  dialog.addEventListener('close', () => {
    dialog.remove();
    before?.focus();
  });
  // What failed is tried again with the same key, so that it counts once: the acts are made once for one filling.
  let made: { readonly of: string; readonly acts: readonly Act[] } | undefined;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    problem.textContent = '';
    const values = Object.fromEntries(inputs.map(({ field, input }) => [field.name, input.value.trim()]));
    const missing = inputs.find(({ field, input }) => field.required && input.value.trim() === '');
    for (const { input } of inputs) input.removeAttribute('aria-invalid');
    if (missing) {
      missing.input.setAttribute('aria-invalid', 'true');
      problem.textContent = `${missing.field.label}: ${parts.required}`;
      missing.input.focus();
      return;
    }
    const of = JSON.stringify(values);
    try {
      if (made?.of !== of) made = { of, acts: acts(values) };
    } catch (error) {
      problem.textContent = (error as Error).message;
      return;
    }
    go.disabled = true;
    void carryOut(made.acts, outcomes).then((all) => {
      go.disabled = false;
      done?.(all);
      if (all) dialog.close();
      else cancel.textContent = parts.close;
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  (inputs[0]?.input ?? go).focus();
}

/** Does one after the other and says of each what became of it; true where all succeeded. */
export async function carryOut(acts: readonly Act[], outcomes: HTMLElement): Promise<boolean> {
  let all = true;
  outcomes.replaceChildren();
  for (const { name, run } of acts) {
    const outcome = make('span', 'outcome', parts.loading);
    outcomes.append(make('li', '', make('span', 'of', name), ' ', outcome));
    try {
      const answer = (await run()) as { readonly status?: string } | undefined;
      outcome.textContent = answer?.status === 'duplicate' ? parts.doneBefore : parts.done;
      outcome.dataset['is'] = 'done';
    } catch (error) {
      all = false;
      outcome.textContent = parts.notDone(reasonOf(error));
      outcome.dataset['is'] = 'failed';
    }
  }
  return all;
}

function makeField(field: Field, id: string) {
  const { name, label, type = 'text', required = false, value = '', options = [], hint } = field;
  const input = type === 'long' ? make('textarea') : type === 'select' ? make('select') : make('input');
  if (input instanceof HTMLInputElement) input.type = type === 'datetime' ? 'datetime-local' : 'text';
  if (input instanceof HTMLSelectElement) {
    for (const [of, words] of options) {
      const option = make('option', '', words);
      option.value = of;
      input.append(option);
    }
  }
  if (value !== '') input.value = value;
  input.id = id;
  input.name = name;
  input.setAttribute('aria-required', String(required));
  const labelled = make('label', '', label);
  labelled.htmlFor = id;
  const element = make('div', 'field', labelled, input);
  if (hint) {
    const words = make('p', 'hint', hint);
    words.id = `${id}-hint`;
    input.setAttribute('aria-describedby', words.id);
    element.append(words);
  }
  return { field, input, element };
}
