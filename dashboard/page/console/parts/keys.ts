/**
 * Keys that act without a modifier. They do nothing while somebody writes or a dialog is open, and can be switched off as a whole:
 * who speaks to the machine, or shakes, would set them off by accident (WCAG 2.1.4).
 */
import { make } from '../../shared/dom.js';
import { parts } from './words.js';

export interface Binding {
  /** As in `KeyboardEvent.key`. */
  readonly keys: readonly string[];
  /** What it does, for the overlay. */
  readonly words: string;
  readonly run: () => void;
}

const SETTING = 'dozor-keys';
const groups: { readonly isHere: boolean; readonly bindings: readonly Binding[] }[] = [];
let overlay: HTMLDialogElement | undefined;

function isOff(): boolean {
  try {
    return localStorage.getItem(SETTING) === 'off';
  } catch {
    return false;
  }
}

/** Binds the keys of a view, or those that hold everywhere; returns how to let go of them. */
export function bindKeys(bindings: readonly Binding[], where: 'here' | 'everywhere' = 'here'): () => void {
  const group = { isHere: where === 'here', bindings };
  groups.push(group);
  return () => {
    const at = groups.indexOf(group);
    if (at !== -1) groups.splice(at, 1);
  };
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (writes(event.target) || document.querySelector('dialog[open]')) return;
  if (event.key === '?') {
    event.preventDefault();
    showKeys();
    return;
  }
  if (isOff() && event.key.length === 1) return;
  for (const { bindings } of [...groups].reverse()) {
    const found = bindings.find(({ keys }) => keys.includes(event.key));
    if (!found) continue;
    event.preventDefault();
    found.run();
    return;
  }
});

function writes(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input:not([type="checkbox"]), textarea, select') !== null;
}

/** The overlay with all keys that hold now. */
export function showKeys(): void {
  overlay ??= makeOverlay();
  const lists = [true, false].flatMap((isHere) => {
    const bindings = groups.filter((group) => group.isHere === isHere).flatMap((group) => group.bindings);
    const rows = bindings.map(({ keys, words }) =>
      make(
        'div',
        '',
        make('dt', '', ...keys.flatMap((key) => [make('kbd', '', nameOf(key)), ' '])),
        make('dd', '', words),
      ),
    );
    if (rows.length === 0) return [];
    return [make('h3', '', isHere ? parts.here : parts.everywhere), make('dl', 'keys', ...rows)];
  });
  const title = make('h2', '', parts.helpTitle);
  title.id = 'keys-title';
  const close = make('button', 'button', parts.close);
  close.type = 'button';
  close.addEventListener('click', () => overlay?.close());
  const off = make('button', 'button', isOff() ? parts.helpOff : parts.helpOn);
  off.type = 'button';
  off.setAttribute('aria-pressed', String(!isOff()));
  off.addEventListener('click', () => {
    try {
      localStorage.setItem(SETTING, isOff() ? 'on' : 'off');
    } catch {
      // A browser that keeps nothing has them on.
    }
    off.textContent = isOff() ? parts.helpOff : parts.helpOn;
    off.setAttribute('aria-pressed', String(!isOff()));
  });
  overlay.replaceChildren(title, ...lists, make('div', 'form-buttons', off, close));
  overlay.showModal();
  close.focus();
}

function makeOverlay(): HTMLDialogElement {
  const dialog = make('dialog', 'form help');
  dialog.setAttribute('aria-labelledby', 'keys-title');
  document.body.append(dialog);
  return dialog;
}

const NAMES: Readonly<Record<string, string>> = { ArrowDown: '↓', ArrowUp: '↑', Enter: '⏎', Escape: 'Esc' };

function nameOf(key: string): string {
  return NAMES[key] ?? key;
}
