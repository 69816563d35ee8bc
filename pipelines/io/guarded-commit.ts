/** A commit of which it is known what became: what every owner of a task in a store writes with. */
import { FencedError, type Ownership, type Store } from './store.js';

const COMMIT_TRIES = 3;

/**
 * Commits, and finds out what became of a commit whose reply was lost: if it stands it has succeeded, if not it is made again.
 * Rejects with FencedError where the task is somebody else's.
 */
export async function guardedCommit(
  store: Store,
  own: Ownership,
  change: { readonly puts: ReadonlyMap<string, Uint8Array>; readonly deletes: ReadonlySet<string> },
): Promise<Ownership> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.commit(own, change);
    } catch (error) {
      if (!(error instanceof FencedError) && attempt > COMMIT_TRIES) throw error;
      let stands: Ownership | undefined;
      try {
        stands = await store.ownership(own.task);
      } catch (silence) {
        if (attempt > COMMIT_TRIES) throw silence;
        // Made again it is refused if it had succeeded, and then asked about again.
        continue;
      }
      if (stands?.epoch === own.epoch && stands.owner === own.owner) {
        if (stands.sequence === own.sequence + 1) return stands;
        if (stands.sequence === own.sequence && !(error instanceof FencedError)) continue;
      }
      throw new FencedError(`task ${own.task} is no longer owned by ${own.owner} at epoch ${own.epoch}`);
    }
  }
}
