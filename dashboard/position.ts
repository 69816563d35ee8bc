/**
 * How far a page has seen its topics, as the id of each event of its stream. To the page it is opaque: it sends it back, and goes
 * on from there as long as the process that gave it lives.
 */

/** Versions by topic. */
export type Seen = ReadonlyMap<string, number>;

const ID_MAX = 1_000;

/** `3f2a9c01;alarms=40;picture=12`. */
export function positionOf(epoch: string, seen: Seen): string {
  return [epoch, ...[...seen].map(([name, version]) => `${name}=${version}`)].join(';');
}

/** What a position says; nothing is seen where another process gave it, or where it is none. */
export function seenIn(id: string | undefined, epoch: string): Seen {
  const seen = new Map<string, number>();
  if (id === undefined || id.length > ID_MAX) return seen;
  const [given, ...parts] = id.split(';');
  if (given !== epoch) return seen;
  for (const part of parts) {
    const [, name, version] = /^([a-z-]+)=(\d{1,15})$/.exec(part) ?? [];
    if (name !== undefined) seen.set(name, Number(version));
  }
  return seen;
}
