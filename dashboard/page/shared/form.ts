/** Forms made from a list of fields: labelled, sent once, and what is wrong said beside and aloud. */
import { make, say } from './dom.js';

export interface FieldGiven {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password' | 'select' | 'datetime-local' | 'number';
  /** What a password manager is told. */
  readonly autocomplete?: string;
  readonly hint?: string;
  readonly value?: string;
  readonly isOptional?: boolean;
  readonly lengthMax?: number;
  /** Of a select: value and words. */
  readonly options?: readonly (readonly [value: string, words: string])[];
}

export interface FormGiven {
  readonly fields: readonly FieldGiven[];
  readonly button: string;
  /** What is done; it throws what went wrong, with words that can be shown. */
  readonly send: (values: Readonly<Record<string, string>>) => Promise<void>;
  /** What is said where something is missing. */
  readonly missing: (label: string) => string;
}

let count = 0;

/** Makes the form. A password may be pasted; nothing that is typed is kept by the page. */
export function form({ fields, button, send, missing }: FormGiven): HTMLFormElement {
  const id = `form-${++count}`;
  const wrong = make('p', 'wrong');
  wrong.id = `${id}-wrong`;
  wrong.setAttribute('role', 'alert');
  wrong.hidden = true;
  const inputs = fields.map((field) => [field, inputOf(field, id)] as const);
  const submit = make('button', 'button main', button);
  submit.type = 'submit';
  const rows = inputs.map(([field, input]) => {
    const label = make('label', '', field.label);
    label.htmlFor = input.id;
    const row = make('div', 'field', label, input);
    if (field.hint) {
      const hint = make('span', 'hint', field.hint);
      hint.id = `${input.id}-hint`;
      input.setAttribute('aria-describedby', hint.id);
      row.append(hint);
    }
    return row;
  });
  const element = make('form', 'form', wrong, ...rows, submit);
  element.noValidate = true;
  const complain = (words: string, input?: HTMLElement) => {
    say(wrong, words);
    wrong.hidden = false;
    input?.setAttribute('aria-invalid', 'true');
    input?.focus();
  };
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    wrong.hidden = true;
    for (const [, input] of inputs) input.removeAttribute('aria-invalid');
    const empty = inputs.find(([field, input]) => !field.isOptional && input.value === '');
    if (empty) {
      complain(missing(empty[0].label), empty[1]);
      return;
    }
    submit.disabled = true;
    try {
      await send(Object.fromEntries(inputs.map(([field, input]) => [field.name, input.value])));
    } catch (error) {
      for (const [field, input] of inputs) if (field.type === 'password') input.value = '';
      complain((error as Error).message, inputs.find(([field]) => field.type === 'password')?.[1]);
    } finally {
      submit.disabled = false;
    }
  });
  return element;
}

function inputOf(field: FieldGiven, id: string): HTMLInputElement | HTMLSelectElement {
  const { name, type = 'text', autocomplete = 'off', value, lengthMax, options = [] } = field;
  const input = type === 'select' ? make('select') : make('input');
  input.id = `${id}-${name}`;
  input.name = name;
  input.required = !field.isOptional;
  if (input instanceof HTMLSelectElement) {
    for (const [one, words] of options) {
      const option = make('option', '', words);
      option.value = one;
      input.append(option);
    }
  } else {
    input.type = type;
    input.autocomplete = autocomplete as AutoFill;
    input.spellcheck = false;
    if (lengthMax !== undefined) input.maxLength = lengthMax;
  }
  if (value !== undefined) input.value = value;
  return input;
}
