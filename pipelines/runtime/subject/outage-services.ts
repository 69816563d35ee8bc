/** Which services an outage concerns: those of its open groups, read from the state of their tasks; else those decided about. */
import type { OutageServices } from '../../domain/outage-wire.js';
import type { IncidentView, Views } from '../../http/ports.js';
import type { Store } from '../../io/store.js';
import { ServiceCell } from '../service-cell.js';

/** A group of one has no key in the store: its key names the service. */
const ALONE = '= ';
const YIELD_EVERY = 500;
/** Decisions looked through for one page where the outage is over. */
const DECISIONS_READ = 1_000;

/** A service with its saved state. */
export interface Member {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly task: string;
}

/** The services of these groups, task by task, by id. */
export async function* membersOf(groups: IncidentView['groups'], store: Store): AsyncGenerator<Member, void, void> {
  const byTask = new Map<string, Set<string>>();
  for (const { task, group } of groups) byTask.set(task, (byTask.get(task) ?? new Set()).add(group));
  for (const [task, names] of [...byTask].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const alone = [...names].filter((name) => name.startsWith(ALONE)).map((name) => name.slice(ALONE.length));
    const isAlone = new Set(alone);
    if (isAlone.size === names.size) {
      const values = await store.get(
        task,
        alone.sort().map((id) => `s/${id}`),
      );
      for (const [i, bytes] of values.entries()) if (bytes) yield { id: alone[i]!, bytes, task };
      continue;
    }
    let looked = 0;
    for await (const [key, bytes] of store.entries(task, 's/')) {
      if (++looked % YIELD_EVERY === 0) await new Promise((next) => setImmediate(next));
      const id = key.slice(2);
      const { group } = ServiceCell.fromBytes<unknown>(id, bytes);
      if (group === null ? isAlone.has(id) : names.has(group)) yield { id, bytes, task };
    }
  }
}

/** A page of them. `after` is the `next` of the page before. */
export async function servicesOf(
  incident: string,
  { after, limit }: { readonly after?: string; readonly limit: number },
  given: { readonly store: Store; readonly views: Pick<Views, 'incident' | 'decisions'> },
): Promise<OutageServices> {
  const { groups } = given.views.incident?.(incident) ?? { groups: [] };
  if (groups.length === 0) return decidedAbout(incident, after, limit, given.views);
  const from = after === undefined ? undefined : placeOf(after);
  const services: string[] = [];
  let next = '';
  for await (const { id, task } of membersOf(groups, given.store)) {
    if (from && (task < from.task || (task === from.task && id <= from.id))) continue;
    if (services.length === limit) return { services, source: 'open', next };
    services.push(id);
    next = `${task} ${id}`;
  }
  return { services, source: 'open' };
}

/** A place among the services of an outage: the task, and the id within it. */
function placeOf(after: string): { readonly task: string; readonly id: string } {
  const at = after.indexOf(' ');
  return { task: after.slice(0, at), id: after.slice(at + 1) };
}

/** Those that something was decided for, newest first; of several decisions about one service on a page it is named once. */
async function decidedAbout(
  incident: string,
  after: string | undefined,
  limit: number,
  views: Pick<Views, 'decisions'>,
): Promise<OutageServices> {
  const { decisions, next } = await views.decisions({
    incident,
    type: 'repair.overdue',
    limit: Math.min(limit, DECISIONS_READ),
    ...(after !== undefined && { after }),
  });
  const services = new Set(decisions.flatMap(({ subject }) => subject ?? []));
  return { services: [...services], source: 'decided', ...(next !== undefined && { next }) };
}
