/** The colours of the page for a canvas, which knows no tokens. */
import { make } from '../../shared/dom.js';

export type Token =
  | '--text'
  | '--quiet'
  | '--line'
  | '--track'
  | '--fill'
  | '--focus'
  | '--panel'
  | '--critical'
  | '--major'
  | '--minor'
  | '--warning'
  | '--indeterminate'
  | '--cleared';

/** What a token comes to in the scheme that holds now. */
export function colourOf(token: Token): string {
  const probe = make('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Calls back when the scheme changes, by the machine or by choice; returns how to stop. */
export function onScheme(changed: () => void): () => void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  dark.addEventListener('change', changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    dark.removeEventListener('change', changed);
    observer.disconnect();
  };
}
