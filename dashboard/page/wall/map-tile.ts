/**
 * The map: districts as the areas around the middle of their sites, or as shapes of the installation's own, coloured by the worst
 * alarm that nothing holds back; sites as points. What is abnormal has its shape and letter too.
 */
import type { WallMap, WallSettings, Worst } from '../../../pipelines/domain/wall.js';
import { read } from '../shared/api.js';
import { make } from '../shared/dom.js';
import { mark } from '../shared/marks.js';
import { areasAround, isOnMap, type Point, pathOf, project } from './geometry.js';
import { frame, paths } from './outline.js';
import { Tile } from './tile.js';
import { words } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
/** The size of a mark and of a label in the drawing, and how far labels keep from each other. */
const MARK = 56;
const LABEL = 34;
/** Where Kosovo* is named. */
const NOTE_AT = project(42.6, 20.9);

/** Shapes of the installation's own: rings of [longitude, latitude]. */
interface Shapes {
  readonly districts: readonly { readonly name: string; readonly rings: readonly (readonly Point[])[] }[];
}

export class MapTile extends Tile {
  readonly #areas = svg('g', { 'clip-path': 'url(#outline)' });
  readonly #lines = svg('g', {});
  readonly #sites = svg('g', {});
  readonly #marks = svg('g', {});
  readonly #drawing = svg('svg', { viewBox: `0 0 ${frame.width} ${frame.height}`, role: 'img', class: 'map-drawing' });
  readonly #outside = make('p', 'map-outside');
  readonly #clip = svg('path', {});
  readonly #ground = svg('path', { class: 'area area-cleared' });
  readonly #kosovo = svg('path', { d: paths.kosovo, class: 'map-dashed' }) as SVGPathElement;
  #shapes: Shapes | undefined;
  #asked = false;
  #map: WallMap | undefined;
  #settings: WallSettings = { kosovo: 'dashed', shapes: false };

  constructor() {
    super('map', words.map.title);
    const clip = svg('clipPath', { id: 'outline' });
    clip.append(this.#clip);
    const defs = svg('defs', {});
    defs.append(clip);
    this.#drawing.append(defs, this.#ground, this.#areas, this.#lines, this.#sites, this.#marks);
    this.body.append(this.#drawing, this.#outside);
  }

  settle(settings: WallSettings): void {
    this.#settings = settings;
    const { kosovo } = settings;
    const outline = kosovo === 'within' ? paths.both : paths.serbia;
    this.#ground.setAttribute('d', kosovo === 'without' ? paths.serbia : paths.both);
    this.#lines.replaceChildren(svg('path', { d: outline, class: 'map-outline' }));
    if (kosovo === 'dashed') {
      const label = svg('text', { ...at(...NOTE_AT), class: 'map-note', 'text-anchor': 'middle' });
      label.textContent = 'Kosovo*';
      const note = svg('title', {});
      note.textContent = words.map.footnote;
      label.append(note);
      this.#lines.append(this.#kosovo, label);
    }
    if (settings.shapes && !this.#asked) {
      this.#asked = true;
      read<Shapes>('/v1/wall/shapes').then(
        (shapes) => {
          this.#shapes = shapes;
          if (this.#map) this.show(this.#map);
        },
        () => {
          // The areas around the seats stay.
          this.#asked = false;
        },
      );
    }
    if (this.#map) this.show(this.#map);
  }

  show(map: WallMap): void {
    this.#map = map;
    const { districts, sites, sitesLeftOut, withoutPosition } = map;
    this.empty(districts.length === 0 && sites.length === 0 ? words.map.none : undefined);
    const placed = districts.map((one) => ({ ...one, point: project(one.latitude, one.longitude) }));
    const inside = placed.filter(({ point }) => isOnMap(point));
    const outside = placed.filter(({ point }) => !isOnMap(point));
    // Areas reach no further than where there are seats: those of one side are none of the other.
    const reach = this.#settings.kosovo === 'within' || inside.some(({ point }) => this.#isInKosovo(point));
    this.#clip.setAttribute('d', reach ? paths.both : paths.serbia);
    const own = new Map(this.#shapes?.districts.map(({ name, rings }) => [name, rings]));
    const areas = areasAround(inside.map(({ point }) => point));
    this.#areas.replaceChildren(
      ...inside.map(({ name, worst }, i) => {
        const rings = own.get(name)?.map((ring) => ring.map(([longitude, latitude]) => project(latitude, longitude)));
        return svg('path', { d: pathOf(rings ?? [areas[i]!]), class: `area area-${worst}` });
      }),
    );
    this.#sites.replaceChildren(
      ...sites.flatMap(([latitude, longitude, worst]) => {
        const point = project(latitude, longitude);
        return isOnMap(point) ? [siteOf(point, worst)] : [];
      }),
    );
    this.#label(inside);
    this.#tellOutside(outside);
    const abnormal = districts.filter(({ alarms }) => alarms > 0);
    const names = abnormal.map(({ name, worst, alarms }) => `${name} ${words.severity[worst]} ${alarms}`).join(', ');
    this.#drawing.setAttribute('aria-label', words.map.words(abnormal.length, names));
    const notes = [
      ...(sitesLeftOut > 0 ? [words.map.leftOut(sitesLeftOut)] : []),
      ...(withoutPosition > 0 ? [words.map.withoutPosition(withoutPosition)] : []),
    ];
    this.note(notes.length > 0 ? notes.join(' · ') : undefined);
  }

  #isInKosovo([x, y]: Point): boolean {
    return this.#settings.kosovo === 'dashed' && this.#kosovo.isPointInFill(new DOMPoint(x, y));
  }

  /** Each abnormal district has its mark; its name where there is room, the worst first. */
  #label(districts: readonly { readonly name: string; readonly worst: Worst; readonly point: Point }[]): void {
    const order: readonly Worst[] = ['critical', 'major', 'minor', 'warning', 'indeterminate'];
    const abnormal = districts
      .filter(({ worst }) => worst !== 'cleared')
      .sort((a, b) => order.indexOf(a.worst) - order.indexOf(b.worst));
    const taken: (readonly [x: number, y: number, width: number, height: number])[] = abnormal.map(
      ({ point: [x, y] }) => [x - MARK / 2, y - MARK / 2, MARK, MARK],
    );
    if (this.#settings.kosovo === 'dashed') {
      const [x, y] = NOTE_AT;
      taken.push([x - 70, y - 32, 140, 40]);
    }
    const overlaps = ([x, y, width, height]: readonly [number, number, number, number]) =>
      taken.some(([a, b, w, h]) => x < a + w && a < x + width && y < b + h && b < y + height);
    const parts = abnormal.flatMap(({ name, worst, point: [x, y] }) => {
      const shape = mark(worst);
      for (const [key, value] of Object.entries({ ...at(x - MARK / 2, y - MARK / 2), width: MARK, height: MARK }))
        shape.setAttribute(key, String(value));
      const short = name.replace(/ okrug$|^Grad /, '');
      const width = short.length * LABEL * 0.56;
      const right = [x + MARK / 2 + 4, y - LABEL / 2, width, LABEL] as const;
      const left = [x - MARK / 2 - 4 - width, y - LABEL / 2, width, LABEL] as const;
      const above = [x - width / 2, y - MARK / 2 - LABEL, width, LABEL] as const;
      const below = [x - width / 2, y + MARK / 2, width, LABEL] as const;
      const box = [right, left, below, above].find(
        (one) => one[0] >= 0 && one[0] + width <= frame.width && !overlaps(one),
      );
      if (!box) return [shape];
      taken.push(box);
      const label = svg('text', { ...at(box[0], box[1] + LABEL * 0.86), class: 'map-label' });
      label.textContent = short;
      return [shape, label];
    });
    // The worst lies on top.
    this.#marks.replaceChildren(...parts.reverse());
  }

  #tellOutside(districts: readonly { readonly name: string; readonly worst: Worst; readonly alarms: number }[]): void {
    const abnormal = districts.filter(({ alarms }) => alarms > 0);
    this.#outside.hidden = abnormal.length === 0;
    this.#outside.replaceChildren(
      `${words.map.outside}: `,
      ...abnormal.flatMap(({ name, worst }) => [make('span', 'map-far', mark(worst), name)]),
    );
  }
}

function siteOf([x, y]: Point, worst: Worst): SVGElement {
  const radius = worst === 'cleared' ? 3.5 : 7;
  return svg('circle', {
    cx: String(Math.round(x)),
    cy: String(Math.round(y)),
    r: String(radius),
    class: `site site-${worst}`,
  });
}

function at(x: number, y: number): Readonly<Record<'x' | 'y', string>> {
  return { x: String(Math.round(x)), y: String(Math.round(y)) };
}

function svg(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
