/** A piece of the network, read from the state of its tasks: some elements and those above them, with faults and works. */
import type { FaultFact } from '../../domain/fault.js';
import { type ElementVersion, NetworkView } from '../../domain/network.js';
import type { Store } from '../../io/store.js';
import { decode as unpack } from '../codec.js';
import { type Partitions, partitionOf } from '../topics.js';
import { announcedIn } from './element-reader.js';

/** More elements than serve one group of services with all that lies above them. */
const ELEMENTS_MAX = 200;

/** The network as far as these elements feel it. Each element is as its task last saved it. */
export async function networkPiece(
  elements: readonly string[],
  { store, partitions }: { readonly store: Store; readonly partitions: Partitions },
): Promise<NetworkView> {
  const view = new NetworkView();
  const seen = new Set<string>();
  const ahead = [...elements];
  for (let id = ahead.shift(); id !== undefined && seen.size < ELEMENTS_MAX; id = ahead.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const task = `network-${partitionOf(id, partitions.element)}`;
    const [bytes, works] = await store.get(task, [`e/${id}`, `o/${id}`]);
    if (!bytes) continue;
    const { versions } = unpack(bytes) as { readonly versions: readonly ElementVersion[] };
    view.apply({ is: 'element', id, revision: 1, versions });
    for (const { parent } of versions) if (parent !== undefined) ahead.push(parent);
    if (works) {
      view.apply({ is: 'works', element: id, revision: 1, announced: announcedIn(works) });
    }
    const begins = `f/${id}\n`;
    for await (const [key, value] of store.entries(task, begins)) {
      const { facts } = unpack(value) as { readonly facts: readonly FaultFact[] };
      view.apply({ is: 'fault', subject: id, faultId: key.slice(begins.length), revision: 1, facts });
    }
  }
  return view;
}
