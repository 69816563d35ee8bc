/** Where each element of the network is: its district, technology and position, by itself or by what it hangs on. */
import type { NetworkView } from '../../domain/network.js';
import type { Instant } from '../../domain/units.js';

export interface PlaceOf {
  readonly operator: string;
  readonly district: string | null;
  readonly technology: string | null;
  readonly position: readonly [latitude: number, longitude: number] | null;
}

/** Longer ways up than any real network has: the guard against a circle of parents. */
const HEIGHT_MAX = 16;

/** The places of all elements at an instant. */
export function placesOf(network: NetworkView, at: Instant): ReadonlyMap<string, PlaceOf> {
  const places = new Map<string, PlaceOf>();
  for (const id of network.elements()) {
    const own = network.element(id, at);
    if (!own) continue;
    let { district } = own;
    let position = positionIn(own);
    let parent = own.parent;
    for (let height = 0; parent !== undefined && height < HEIGHT_MAX; height++) {
      if (district !== undefined && position) break;
      const above = network.element(parent, at);
      district ??= above?.district;
      position ??= above ? positionIn(above) : null;
      parent = above?.parent;
    }
    places.set(id, {
      operator: own.operator,
      district: district ?? null,
      technology: own.technology ?? null,
      position,
    });
  }
  return places;
}

function positionIn(of: { readonly latitude?: number; readonly longitude?: number }): PlaceOf['position'] {
  const { latitude, longitude } = of;
  return latitude === undefined || longitude === undefined ? null : [latitude, longitude];
}
