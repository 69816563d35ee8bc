/** Keeps the wall of a process up: follows the network, and has made anew what is costly while somebody watches. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkRecord } from '../domain/network.js';
import type { Log } from '../io/log.js';
import type { NodeWatch } from '../runtime/node.js';
import { fromBytes, TOPICS, type Told } from '../runtime/topics.js';
import type { WallView } from '../views/wall/wall-view.js';

const BATCH_MAX = 2_000;
const IDLE_MS = 1_000;
const AGAIN_MS = 5_000;

/** Runs until the signal. What fails is said once, and tried again. */
export async function keepWall(
  wall: WallView,
  log: Log,
  { signal, warn }: { readonly signal: AbortSignal; readonly warn: NodeWatch['warn'] },
): Promise<void> {
  const of = { topic: TOPICS.network, partition: 0 };
  let next: number | undefined;
  for (let said = false; !signal.aborted; ) {
    try {
      next ??= await log.start(of);
      const records = await log.read(of, next, BATCH_MAX);
      // What is not right of it the tasks refuse; the wall shows what can be read.
      for (const { value } of records) wall.network((fromBytes(value) as Told<NetworkRecord>).told);
      const last = records.at(-1);
      if (last) next = last.offset + 1;
      else if (wall.isWatched) await wall.keepUp();
      said = false;
      if (!last) await pause(IDLE_MS, signal);
      else await new Promise((turn) => setImmediate(turn));
    } catch (error) {
      if (!said && !signal.aborted)
        warn('the wall is not kept up: it is tried again', { error: (error as Error).message });
      said = true;
      // Records that were gone from the log before they were read: all that is left is told anew.
      if ((error as Error).name === 'LogError') next = undefined;
      await pause(AGAIN_MS, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
