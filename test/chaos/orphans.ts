/** Sees to it that no process of Dozor is left when the run itself is killed: who is killed can end nobody. */
import { type ChildProcess, spawn } from 'node:child_process';

const running = new Set<number>();
let watcher: ChildProcess | undefined;

// It reads which processes run, a line for each change; the end of its input is the end of the run.
const WATCH = 'while read -r line; do pids=$line; done; for pid in $pids; do kill -9 "$pid" 2>/dev/null; done';

/** A process began to run, or has ended. */
export function runs(pid: number, isRunning: boolean): void {
  if (isRunning) running.add(pid);
  else running.delete(pid);
  if (!watcher) {
    watcher = spawn('sh', ['-c', WATCH], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    watcher.stdin!.on('error', () => {});
    watcher.unref();
    (watcher.stdin as unknown as { unref(): void }).unref();
  }
  watcher.stdin!.write(`${[...running].join(' ')}\n`);
}
