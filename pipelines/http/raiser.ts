/**
 * Brings counters up to counts that are kept elsewhere. One that went back, because a task's unsaved work was lost or the store fell
 * back, is counted there a second time: here it stands until it is passed. `raise` is called with 0 as well, so that a series begins.
 */
export function raiser(raise: (name: string, by: number) => void): (name: string, count: number) => void {
  const seen = new Map<string, number>();
  return (name, count) => {
    const before = seen.get(name) ?? 0;
    seen.set(name, Math.max(before, count));
    raise(name, Math.max(0, count - before));
  };
}
