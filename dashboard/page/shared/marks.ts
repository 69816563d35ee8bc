/** What is abnormal, by shape and letter as well as by colour: an octagon C, a triangle M, a diamond m, a circle w. */
import type { Level } from '../../wire.js';

const SVG = 'http://www.w3.org/2000/svg';

const SHAPES: Readonly<
  Record<Level, { readonly path: string; readonly letter: string; readonly y: number; readonly size: number }>
> = {
  critical: { path: 'M8 1.5h8L22.5 8v8L16 22.5H8L1.5 16V8z', letter: 'C', y: 16.9, size: 14 },
  major: { path: 'M12 1.5 23.2 21.8H.8z', letter: 'M', y: 19.6, size: 11 },
  minor: { path: 'M12 .8 23.2 12 12 23.2.8 12z', letter: 'm', y: 15.6, size: 13 },
  warning: { path: 'M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 0 0 0-21z', letter: 'w', y: 16, size: 14 },
  indeterminate: { path: 'M2 2h20v20H2z', letter: '?', y: 17, size: 15 },
  cleared: { path: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z', letter: '', y: 0, size: 0 },
};

/** A mark. Its meaning stands in words beside it, so it says nothing to a screen reader. */
export function mark(level: Level): SVGSVGElement {
  const { path, letter, y, size } = SHAPES[level];
  const svg = element('svg', { class: `mark mark-${level}`, viewBox: '0 0 24 24', 'aria-hidden': 'true' });
  svg.append(element('path', { d: path }));
  if (letter) {
    const text = element('text', { x: '12', y: String(y), 'text-anchor': 'middle', 'font-size': String(size) });
    text.textContent = letter;
    svg.append(text);
  }
  return svg as SVGSVGElement;
}

function element(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
