/** How a wall does, once a minute: whether it still moves, what it holds, and how old what it shows is. */
import type { Live } from './live.js';

const EVERY_MS = 60_000;
/** Not all walls of a room in the same second. */
const FIRST_MAX_MS = 5_000;
/** A frame after so long was late: three in a row of sixty a second are missing. */
const LATE_MS = 50;

/** Only Chromium says how much memory its scripts hold. */
interface Memory {
  readonly memory?: { readonly usedJSHeapSize: number };
}

/** Measures from now on and tells each minute. */
export function watchHealth(live: Live | undefined, tell: (values: Record<string, number>) => void): void {
  let last: number | undefined;
  let gap = 0;
  let late = 0;
  let before = { reopened: 0, anew: 0 };
  const frame = (at: number) => {
    if (last !== undefined) {
      gap = Math.max(gap, at - last);
      if (at - last > LATE_MS) late += 1;
    }
    last = at;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  // A page that nobody sees draws no frames: that is no fault of it.
  document.addEventListener('visibilitychange', () => {
    last = undefined;
  });
  const round = () => {
    const heap = (performance as Memory).memory?.usedJSHeapSize;
    const counts = live?.counts ?? before;
    const age = live?.ageMs;
    tell({
      upSeconds: Math.round(performance.now() / 1_000),
      ...(heap !== undefined && { heapBytes: heap }),
      domNodes: document.getElementsByTagName('*').length,
      frameGapMs: Math.round(gap),
      framesLate: late,
      ...(age !== undefined && { pictureAgeMs: Math.round(age) }),
      reconnects: counts.reopened - before.reopened,
      missed: counts.anew - before.anew,
    });
    before = { ...counts };
    gap = late = 0;
  };
  setTimeout(() => {
    round();
    setInterval(round, EVERY_MS);
  }, Math.random() * FIRST_MAX_MS);
}
