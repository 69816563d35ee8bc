/** Where a place is drawn, and which area lies nearest to which seat. */
import { frame } from './outline.js';

export type Point = readonly [x: number, y: number];

/** Where a place lies in the drawing; outside of it for a place outside the map. */
export function project(latitude: number, longitude: number): Point {
  const { west, north, narrow, scale, margin } = frame;
  return [margin + (longitude - west) * narrow * scale, margin + (north - latitude) * scale];
}

/** Whether a point lies in the drawing. */
export function isOnMap([x, y]: Point): boolean {
  return x >= 0 && y >= 0 && x <= frame.width && y <= frame.height;
}

/** The part of the drawing that lies nearer to each seat than to any other: a convex area each. */
export function areasAround(seats: readonly Point[]): readonly (readonly Point[])[] {
  const all: readonly Point[] = [
    [0, 0],
    [frame.width, 0],
    [frame.width, frame.height],
    [0, frame.height],
  ];
  return seats.map((seat) => seats.reduce((area, other) => (other === seat ? area : nearer(area, seat, other)), all));
}

/** What of a convex area lies nearer to one point than to the other. */
function nearer(area: readonly Point[], [ax, ay]: Point, [bx, by]: Point): readonly Point[] {
  // Above 0 on the side of a.
  const side = ([x, y]: Point) => (x - (ax + bx) / 2) * (ax - bx) + (y - (ay + by) / 2) * (ay - by);
  return area.flatMap((point, i) => {
    const next = area[(i + 1) % area.length]!;
    const [here, there] = [side(point), side(next)];
    const kept = here >= 0 ? [point] : [];
    if (here >= 0 === there >= 0) return kept;
    const share = here / (here - there);
    return [...kept, [point[0] + (next[0] - point[0]) * share, point[1] + (next[1] - point[1]) * share] as const];
  });
}

/** An SVG path of closed rings. */
export function pathOf(rings: readonly (readonly Point[])[]): string {
  return rings
    .map((ring) => `M${ring.map(([x, y]) => `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`).join('L')}Z`)
    .join('');
}
