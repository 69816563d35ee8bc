/** Areas of districts of the installation's own, for the map of the wall: read once, from GeoJSON. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Rings of [longitude, latitude] in degrees, by district. */
export interface Shapes {
  readonly districts: readonly {
    readonly name: string;
    readonly rings: readonly (readonly (readonly [longitude: number, latitude: number])[])[];
  }[];
}

const BYTES_MAX = 20 * 1024 * 1024;
/** More than a screen shows apart, over all districts together. */
const POINTS_MAX = 40_000;
/** A thousandth of a degree is a hundred metres: a line on a wall is wider. */
const STEPS = 1_000;

/**
 * Reads a GeoJSON file, or all of them in a folder: each a FeatureCollection of polygons, each with its district's `name` among its
 * properties. Throws an Error that says what is wrong with which file, and where.
 */
export function readShapes(place: string): Shapes {
  const files = filesOf(place);
  const districts: Shapes['districts'][number][] = [];
  const from = new Map<string, string>();
  let points = 0;
  for (const file of files) {
    for (const district of districtsIn(file)) {
      const other = from.get(district.name);
      // A collection may have a district in several areas; two files that both have it contradict each other.
      if (other !== undefined && other !== file) throw refused(file, `'${district.name}' is in ${basename(other)} too`);
      from.set(district.name, file);
      points += district.rings.reduce((sum, ring) => sum + ring.length, 0);
      districts.push(district);
    }
  }
  if (points > POINTS_MAX) throw refused(place, `it has ${points} points: simplify it to ${POINTS_MAX} at most`);
  return { districts };
}

function refused(file: string, why: string): Error {
  return new Error(`the shapes of districts ${file} cannot be used: ${why}`);
}

function filesOf(place: string): readonly string[] {
  const found = statSync(place, { throwIfNoEntry: false });
  if (!found) throw refused(place, 'there is no such file or folder');
  if (!found.isDirectory()) return [place];
  const names = readdirSync(place).filter((name) => /\.(?:geo)?json$/i.test(name));
  if (names.length === 0) throw refused(place, 'no file in it ends with .geojson or .json');
  return names.sort().map((name) => join(place, name));
}

function districtsIn(file: string): Shapes['districts'] {
  if (statSync(file).size > BYTES_MAX) throw refused(file, `it is larger than ${BYTES_MAX} bytes`);
  let read: { readonly features?: unknown };
  try {
    read = JSON.parse(readFileSync(file, 'utf8')) as typeof read;
  } catch (error) {
    throw refused(file, (error as Error).message);
  }
  if (!Array.isArray(read?.features)) throw refused(file, 'features should be a list');
  return read.features.map((feature: unknown, i) => {
    const { properties, geometry } = (feature ?? {}) as {
      readonly properties?: { readonly name?: unknown };
      readonly geometry?: { readonly type?: unknown; readonly coordinates?: unknown };
    };
    const at = `features[${i}]`;
    const name = properties?.name;
    if (typeof name !== 'string' || name === '')
      throw refused(file, `${at}.properties.name should be the district's name`);
    const { type, coordinates } = geometry ?? {};
    if (type !== 'Polygon' && type !== 'MultiPolygon')
      throw refused(file, `${at}.geometry.type should be Polygon or MultiPolygon`);
    const polygons = type === 'Polygon' ? [coordinates] : coordinates;
    const rings = Array.isArray(polygons) ? polygons.flat() : [];
    if (rings.length === 0 || !rings.every(isRing))
      throw refused(file, `${at}.geometry.coordinates should be rings of positions`);
    return { name, rings: rings.map(shortened) };
  });
}

function isRing(ring: unknown): ring is readonly (readonly [number, number])[] {
  if (!Array.isArray(ring) || ring.length < 4) return false;
  return ring.every(
    (at: unknown) =>
      Array.isArray(at) &&
      Number.isFinite(at[0]) &&
      Number.isFinite(at[1]) &&
      Math.abs(at[0] as number) <= 180 &&
      Math.abs(at[1] as number) <= 90,
  );
}

/** Rounded, without points that then follow themselves. */
function shortened(ring: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const rounded = ring.map(([x, y]) => [Math.round(x * STEPS) / STEPS, Math.round(y * STEPS) / STEPS] as const);
  return rounded.filter(([x, y], i) => i === 0 || x !== rounded[i - 1]![0] || y !== rounded[i - 1]![1]);
}
