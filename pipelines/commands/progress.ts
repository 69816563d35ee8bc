/** A progress bar on standard error, where that is a terminal; nothing elsewhere. */
import { stat } from 'node:fs/promises';
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  add(amount: number): void;
  stop(): void;
}

const NONE: Progress = { add: () => {}, stop: () => {} };

/** A bar over the bytes of these files. */
export async function progressOf(what: string, files: readonly string[], quiet: boolean): Promise<Progress> {
  if (quiet || !process.stderr.isTTY || files.includes('-')) return NONE;
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const bar = new SingleBar(
    { format: `${what} {bar} {percentage}% | {eta_formatted} left`, stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { add: (amount) => bar.increment(amount), stop: () => bar.stop() };
}
