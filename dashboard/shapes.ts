/** Areas of districts of the installation's own, for the map of the wall: read once, from GeoJSON. */
import { readFileSync, statSync } from 'node:fs';

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
 * Reads a FeatureCollection of polygons, each with its district's `name` among its properties. Throws an Error that says what is
 * wrong with the file, and where.
 */
export function readShapes(file: string): Shapes {
  const refuse = (why: string) => new Error(`the shapes of districts ${file} cannot be used: ${why}`);
  if (statSync(file).size > BYTES_MAX) throw refuse(`it is larger than ${BYTES_MAX} bytes`);
  let read: { readonly features?: unknown };
  try {
    read = JSON.parse(readFileSync(file, 'utf8')) as typeof read;
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (!Array.isArray(read?.features)) throw refuse('features should be a list');
  let points = 0;
  const districts = read.features.map((feature: unknown, i) => {
    const { properties, geometry } = (feature ?? {}) as {
      readonly properties?: { readonly name?: unknown };
      readonly geometry?: { readonly type?: unknown; readonly coordinates?: unknown };
    };
    const at = `features[${i}]`;
    const name = properties?.name;
    if (typeof name !== 'string' || name === '') throw refuse(`${at}.properties.name should be the district's name`);
    const { type, coordinates } = geometry ?? {};
    if (type !== 'Polygon' && type !== 'MultiPolygon')
      throw refuse(`${at}.geometry.type should be Polygon or MultiPolygon`);
    const polygons = type === 'Polygon' ? [coordinates] : coordinates;
    const rings = Array.isArray(polygons) ? polygons.flat() : [];
    if (rings.length === 0 || !rings.every(isRing))
      throw refuse(`${at}.geometry.coordinates should be rings of positions`);
    const short = rings.map(shortened);
    points += short.reduce((sum, ring) => sum + ring.length, 0);
    return { name, rings: short };
  });
  if (points > POINTS_MAX) throw refuse(`it has ${points} points: simplify it to ${POINTS_MAX} at most`);
  return { districts };
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
