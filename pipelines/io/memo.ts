/**
 * A memory without owners: what the doors of several processes know in common. The last write holds; nothing that money hangs on
 * is decided by it, because the tasks remember for themselves (`pipelines/runtime/intake.ts`).
 */
export interface Memo {
  /** The values of these keys, undefined where there is none, in the same order. */
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Sets and removes; durable when it resolves. Not one atomic change. */
  put(puts: ReadonlyMap<string, Uint8Array>, deletes: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}
