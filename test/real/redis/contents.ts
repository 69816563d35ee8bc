/** Short ways to write and read a store. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Change, Store } from '../../../pipelines/io/store.js';

export function puts(set: Record<string, string>): Change {
  return { puts: new Map(Object.entries(set).map(([key, value]) => [key, Buffer.from(value)])), deletes: new Set() };
}

export async function contents(
  store: Store,
  task: string,
  prefix = '',
  without: readonly string[] = [],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const [key, value] of store.entries(task, prefix, without)) found[key] = Buffer.from(value).toString();
  return found;
}

/** How long it took to reject, in milliseconds, and with what. */
export async function rejection(work: Promise<unknown>): Promise<{ readonly ms: number; readonly error: Error }> {
  const begun = performance.now();
  try {
    await work;
  } catch (error) {
    return { ms: performance.now() - begun, error: error as Error };
  }
  throw new Error('It was not rejected.');
}

/** Tries until it succeeds. */
export async function eventually<T>(work: () => Promise<T>, patienceMs = 20_000): Promise<T> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
      await pause(50);
    }
  }
}
