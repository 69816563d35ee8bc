/** What a fault planted into the engine at run time may be. The faults are in `planted.ts`. */
import type { Log } from '../../pipelines/io/log.js';
import type { Store } from '../../pipelines/io/store.js';
import type { Kind } from '../../pipelines/runtime/task.js';
import type { TaskActor } from './actors.js';

/** A fault: how it wraps what a task is given, or patches the engine. */
export interface Plant {
  readonly name: string;
  /** Within how many seeds it is found, from the first on. */
  readonly within: number;
  /** Looked for in rough seeds only: it takes a crash in the middle of a tick. */
  readonly rough?: boolean;
  log?(log: Log, actor: TaskActor): Log;
  store?(store: Store, actor: TaskActor): Store;
  kind?(kind: Kind, actor: TaskActor): Kind;
  /** Patches classes; answers with how to take it back. */
  patch?(): () => void;
}
