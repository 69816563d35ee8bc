// The outline of Serbia for the map of the wall, as a module: paths in an SVG of its own size, and how to project into it. Made at
// build time from Natural Earth (npm world-atlas): no map is kept in the project, and none is fetched by a page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature, merge } from 'topojson-client';

const ATLAS = 'world-atlas/countries-10m.json';
/** The height of the drawing; a point that lies this close to the line of its neighbours is left out. */
const HEIGHT = 1_000;
const CLOSE = 0.6;
const MARGIN = 12;

export function outlineModule() {
  const atlas = JSON.parse(readFileSync(createRequire(import.meta.url).resolve(ATLAS), 'utf8'));
  const named = (name) => atlas.objects.countries.geometries.find(({ properties }) => properties.name === name);
  const [serbia, kosovo] = [named('Serbia'), named('Kosovo')];
  const shapes = {
    serbia: ringsOf(feature(atlas, serbia).geometry),
    kosovo: ringsOf(feature(atlas, kosovo).geometry),
    both: ringsOf(merge(atlas, [serbia, kosovo])),
  };
  const points = shapes.both.flat();
  const west = Math.min(...points.map(([longitude]) => longitude));
  const east = Math.max(...points.map(([longitude]) => longitude));
  const south = Math.min(...points.map(([, latitude]) => latitude));
  const north = Math.max(...points.map(([, latitude]) => latitude));
  // Equirectangular, true to scale in the middle: over four degrees no other projection looks different.
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (HEIGHT - 2 * MARGIN) / (north - south);
  const project = ([longitude, latitude]) => [
    MARGIN + (longitude - west) * narrow * scale,
    MARGIN + (north - latitude) * scale,
  ];
  const width = Math.ceil(2 * MARGIN + (east - west) * narrow * scale);
  const paths = Object.fromEntries(
    Object.entries(shapes).map(([name, rings]) => [name, rings.map((ring) => pathOf(ring.map(project))).join('')]),
  );
  const exported = { paths, frame: { west, north, narrow, scale, margin: MARGIN, width, height: HEIGHT } };
  return Object.entries(exported)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join('');
}

function ringsOf({ type, coordinates }) {
  return type === 'Polygon' ? coordinates : coordinates.flat();
}

function pathOf(points) {
  const kept = simplified(points).map((point) => point.map((n) => Math.round(n)).join(' '));
  return `M${kept.slice(0, -1).join('L')}Z`;
}

/** Leaves out what lies close to the line between what stays (Douglas and Peucker). A ring is cut at its farthest point. */
function simplified(ring) {
  const [first] = ring;
  let far = 0;
  ring.forEach((point, i) => {
    if (distance(point, first) > distance(ring[far], first)) far = i;
  });
  return [...straightened(ring.slice(0, far + 1)).slice(0, -1), ...straightened(ring.slice(far))];
}

function straightened(points) {
  const [a, b] = [points[0], points.at(-1)];
  let worst = 0;
  let place = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const off = offLine(points[i], a, b);
    if (off > worst) [worst, place] = [off, i];
  }
  if (worst <= CLOSE) return [a, b];
  return [...straightened(points.slice(0, place + 1)).slice(0, -1), ...straightened(points.slice(place))];
}

function offLine([x, y], [ax, ay], [bx, by]) {
  const length = Math.hypot(bx - ax, by - ay);
  return length === 0 ? Math.hypot(x - ax, y - ay) : Math.abs((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / length;
}

function distance([ax, ay], [bx, by]) {
  return Math.hypot(bx - ax, by - ay);
}

/** Gives pages the module `outline.js`. */
export const outlinePlugin = {
  name: 'outline',
  setup(build) {
    build.onResolve({ filter: /\/outline\.js$/ }, () => ({ path: 'outline', namespace: 'made' }));
    build.onLoad({ filter: /^outline$/, namespace: 'made' }, () => ({ contents: outlineModule(), loader: 'js' }));
  },
};
