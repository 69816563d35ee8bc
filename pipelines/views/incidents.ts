/** Which incidents a decision is about: the faults that it names, by the name that the open outages have. */
import type { WireDecision } from '../http/ports.js';

/** A decided outage is named by its service, the first fault heard of, and a number where one fault makes several. */
const NUMBERED = /:\d+$/;

/** The incidents of a decision by what it says itself; a notice that only names a decision has those of that one. */
export function incidentsOf({ subject, data }: Pick<WireDecision, 'subject' | 'data'>): readonly string[] {
  const found = new Set<string>();
  const { incident, outageId, because } = data;
  if (typeof incident === 'string') found.add(incident);
  if (typeof outageId === 'string' && subject !== undefined && outageId.startsWith(`${subject}:`)) {
    found.add(outageId.slice(subject.length + 1).replace(NUMBERED, ''));
  }
  const { faults } = (because ?? {}) as { readonly faults?: unknown };
  if (Array.isArray(faults)) {
    for (const one of faults as readonly { readonly fault?: unknown }[]) {
      if (typeof one?.fault === 'string') found.add(one.fault);
    }
  }
  return [...found];
}

/** The decision that a notice goes with. */
export function followedBy({ data }: Pick<WireDecision, 'data'>): string | undefined {
  const { decision } = (data['because'] ?? {}) as { readonly decision?: unknown };
  return typeof decision === 'string' ? decision : undefined;
}
