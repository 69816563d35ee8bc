/**
 * Which alarm explains another: an ancestor's that takes everything below with it, one on the same element or on a linked one by
 * the rules' causes, or Dozor's own alarm about a fault. What is explained is held back and counted, never lost.
 */
import type { NetworkView } from '../../pipelines/domain/network.js';
import type { Instant, Milliseconds } from '../../pipelines/domain/units.js';
import type { AlarmRule } from './catalogue.js';

/** What of a standing alarm the search looks at. */
export interface Standing {
  readonly id: string;
  readonly resource: string;
  readonly from: Instant;
  readonly rule: AlarmRule | undefined;
  /** The fault that it is about, by name, where it is a decision about one. */
  readonly aboutFault: string | undefined;
  /** The fault that it is. */
  readonly isFault: string | undefined;
}

export interface Explanation {
  readonly by: string;
  readonly why: string;
}

/** Whether the alarm may explain others at all. */
export function explains({ rule, aboutFault }: Standing): boolean {
  return aboutFault !== undefined || rule?.suppressesBelow === true || (rule?.explains?.length ?? 0) > 0;
}

/** Longer ways up than any real network has: the guard against a circle of parents. */
const HEIGHT_MAX = 16;

/** The elements above one, the nearest first. */
export function above(view: Pick<NetworkView, 'element'>, element: string, at: Instant): readonly string[] {
  const found: string[] = [];
  let parent = view.element(element, at)?.parent;
  while (parent !== undefined && parent !== element && !found.includes(parent) && found.length < HEIGHT_MAX) {
    found.push(parent);
    parent = view.element(parent, at)?.parent;
  }
  return found;
}

/** Elements linked to one, whichever of the two names the link. */
export type Links = (element: string) => Iterable<string>;

/**
 * The alarm that explains this one, the one that lies highest first, then the earliest; undefined: it speaks for itself. One that
 * was raised more than `lead` before its would-be explanation is a matter of its own.
 */
export function explanationOf(
  alarm: Standing,
  given: {
    readonly view: Pick<NetworkView, 'element'>;
    readonly on: (resource: string) => Iterable<Standing>;
    readonly links: Links;
    readonly lead: Milliseconds;
    readonly now: Instant;
  },
): Explanation | undefined {
  const { on, links, lead } = given;
  const inTime = (other: Standing) => other.id !== alarm.id && other.from <= alarm.from + lead;
  const first = (all: Iterable<Standing>, fits: (other: Standing) => boolean) => {
    let best: Standing | undefined;
    for (const other of all) if (inTime(other) && fits(other) && (!best || isBefore(other, best))) best = other;
    return best;
  };
  for (const resource of [...above(given.view, alarm.resource, given.now)].reverse()) {
    const found = first(on(resource), ({ rule }) => rule?.suppressesBelow === true);
    if (found) return { by: found.id, why: `${found.rule!.id} stands on ${resource}, above ${alarm.resource}` };
  }
  if (alarm.isFault !== undefined) {
    const found = first(on(alarm.resource), ({ aboutFault }) => aboutFault === alarm.isFault);
    if (found) return { by: found.id, why: 'an alarm of Dozor tells of this fault' };
  }
  const { rule } = alarm;
  if (!rule) return undefined;
  const causes = (other: Standing) =>
    other.rule?.explains?.includes(rule.id) === true &&
    // Where each explains the other, the earlier is the cause.
    (rule.explains?.includes(other.rule.id) !== true || isBefore(other, alarm));
  const own = first(on(alarm.resource), causes);
  if (own) return { by: own.id, why: `${own.rule!.id} stands on the same element` };
  for (const resource of [...links(alarm.resource)].sort()) {
    const found = first(on(resource), (other) => other.rule?.acrossLinks === true && causes(other));
    if (found) return { by: found.id, why: `${found.rule!.id} stands on ${resource}, linked to ${alarm.resource}` };
  }
  return undefined;
}

function isBefore(a: Standing, b: Standing): boolean {
  return a.from < b.from || (a.from === b.from && a.id < b.id);
}
