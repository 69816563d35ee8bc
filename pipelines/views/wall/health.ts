/** Health by district and technology, and the map: each coloured by the worst alarm on its elements that nothing holds back. */
import type { AlarmRecord } from '../../domain/alarm.js';
import { rankOf } from '../../domain/severity.js';
import type { HealthCell, WallHealth, WallMap, Worst } from '../../domain/wall.js';
import type { PlaceOf } from './places.js';

/** How many sites are sent: more than a map of a screen can show apart. */
export const SITES_MAX = 600;
/** Positions this close together are one site: about a kilometre, in degrees. */
const SITE_DEGREES = 0.01;

/** The usual order of technologies; others come after them by name. */
const TECHNOLOGIES = ['2G', '3G', '4G', '5G', 'xDSL', 'DOCSIS', 'GPON'];

/** What stands on one element. */
export interface Standing {
  readonly alarms: number;
  readonly worst: Worst;
}

/** Alarms by element. */
export function standingOn(alarms: readonly AlarmRecord[]): ReadonlyMap<string, Standing> {
  const standing = new Map<string, Standing>();
  for (const { resource, perceivedSeverity } of alarms) {
    const held = standing.get(resource);
    standing.set(resource, {
      alarms: (held?.alarms ?? 0) + 1,
      worst: worse(held?.worst ?? 'cleared', perceivedSeverity),
    });
  }
  return standing;
}

interface Sum {
  elements: number;
  alarms: number;
  worst: Worst;
}

const none = (): Sum => ({ elements: 0, alarms: 0, worst: 'cleared' });

function add(sum: Sum, standing: Standing | undefined): void {
  sum.elements += 1;
  if (!standing) return;
  sum.alarms += standing.alarms;
  sum.worst = worse(sum.worst, standing.worst);
}

/** The table of districts and technologies; districts by name, those without one last. */
export function healthOf(places: ReadonlyMap<string, PlaceOf>, standing: ReadonlyMap<string, Standing>): WallHealth {
  const rows = new Map<string | null, { readonly all: Sum; readonly cells: Map<string, Sum> }>();
  const found = new Set<string>();
  let withoutTechnology = 0;
  for (const [id, { district, technology }] of places) {
    const row = rows.get(district) ?? { all: none(), cells: new Map<string, Sum>() };
    rows.set(district, row);
    add(row.all, standing.get(id));
    if (technology === null) {
      withoutTechnology += 1;
      continue;
    }
    found.add(technology);
    const cell = row.cells.get(technology) ?? none();
    row.cells.set(technology, cell);
    add(cell, standing.get(id));
  }
  const others = [...found].filter((one) => !TECHNOLOGIES.includes(one)).sort();
  const technologies = [...TECHNOLOGIES.filter((one) => found.has(one)), ...others];
  const districts = [...rows]
    .sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1))
    .map(([name, { all, cells }]) => ({
      name,
      all: all as HealthCell,
      cells: technologies.map((technology): HealthCell | null => cells.get(technology) ?? null),
    }));
  return { technologies, districts, withoutTechnology };
}

/** The districts in the middle of their sites, and the sites. */
export function mapOf(places: ReadonlyMap<string, PlaceOf>, standing: ReadonlyMap<string, Standing>): WallMap {
  const districts = new Map<string, { readonly sum: Sum; latitude: number; longitude: number }>();
  const sites = new Map<string, { readonly at: readonly [number, number]; worst: Worst }>();
  let withoutPosition = 0;
  for (const [id, { district, position }] of places) {
    if (!position) {
      withoutPosition += 1;
      continue;
    }
    const on = standing.get(id);
    const [latitude, longitude] = position.map((degrees) => Math.round(degrees / SITE_DEGREES) * SITE_DEGREES) as [
      number,
      number,
    ];
    const name = `${latitude.toFixed(2)} ${longitude.toFixed(2)}`;
    const site = sites.get(name) ?? { at: [rounded(latitude), rounded(longitude)] as const, worst: 'cleared' as Worst };
    sites.set(name, site);
    if (on) site.worst = worse(site.worst, on.worst);
    if (district === null) continue;
    const of = districts.get(district) ?? { sum: none(), latitude: 0, longitude: 0 };
    districts.set(district, of);
    add(of.sum, on);
    of.latitude += position[0];
    of.longitude += position[1];
  }
  const worstFirst = [...sites.values()].sort((a, b) => rankOf(a.worst) - rankOf(b.worst));
  return {
    districts: [...districts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { sum, latitude, longitude }]) => ({
        name,
        latitude: rounded(latitude / sum.elements),
        longitude: rounded(longitude / sum.elements),
        alarms: sum.alarms,
        worst: sum.worst,
      })),
    sites: worstFirst.slice(0, SITES_MAX).map(({ at: [latitude, longitude], worst }) => [latitude, longitude, worst]),
    sitesLeftOut: Math.max(0, worstFirst.length - SITES_MAX),
    withoutPosition,
  };
}

function worse(a: Worst, b: Worst): Worst {
  return rankOf(b) < rankOf(a) ? b : a;
}

function rounded(degrees: number): number {
  return Math.round(degrees * 1_000) / 1_000;
}
