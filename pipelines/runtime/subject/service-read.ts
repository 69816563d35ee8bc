/** A service as it was read from the store, and how the parts of the view look into it. */
import type { Packs } from '../../domain/pack.js';
import type { ServiceFacts } from '../../domain/service.js';
import { DAY, type Instant, type Zone } from '../../domain/units.js';
import { NO_USAGE, type UsageView } from '../../domain/usage/book.js';
import type { ServiceCell } from '../service-cell.js';

/** What the parts of the view are worked out from. */
export interface ServiceRead {
  readonly facts: ServiceFacts;
  readonly cell: ServiceCell<unknown>;
  /** The clock of the task; a service that nobody looked at yet has its own record's time. */
  readonly now: Instant;
  readonly packs: Packs;
  readonly zone: Zone;
  readonly local: (at: Instant) => string;
}

/** What a detector holds of the service; undefined where it holds nothing. */
export function stateIn<State>(
  read: ServiceRead,
  { name }: { readonly name: string; readonly start: State },
): State | undefined {
  return read.cell.states.get(name) as State | undefined;
}

/** The use of the service; of one that used nothing an empty one. */
export function usageIn({ cell }: ServiceRead): UsageView {
  return cell.usage ?? NO_USAGE;
}

/** A local day as it is written. */
export function dayText(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}
