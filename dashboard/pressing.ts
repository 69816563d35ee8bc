/** Which alarm presses most: the server sends those by it, and the pages order them by it. */
import type { AlarmRecord } from '../pipelines/domain/alarm.js';
import { rankOf } from '../pipelines/domain/severity.js';

/** Whether somebody should look at it: it stands, nobody has taken it, and nothing explains or shelves it. */
export function isPressing({ state, operatorState, automation }: AlarmRecord): boolean {
  return state.is === 'raised' && operatorState.is === 'none' && !isHeldBack(automation);
}

/** First those that nobody has taken, the worst first; then those that somebody has; then what is held back; then what is cleared. */
export function byPressing(a: AlarmRecord, b: AlarmRecord): number {
  return (
    groupOf(a) - groupOf(b) ||
    rankOf(a.perceivedSeverity) - rankOf(b.perceivedSeverity) ||
    (b.state.from ?? 0) - (a.state.from ?? 0) ||
    (a.id < b.id ? -1 : 1)
  );
}

function groupOf(alarm: AlarmRecord): number {
  const { state, operatorState, automation } = alarm;
  if (isPressing(alarm)) return 0;
  if (state.is === 'cleared') return 3;
  return operatorState.is === 'shelved' || isHeldBack(automation) ? 2 : 1;
}

/** What automation explains, or takes for passing, needs nobody. */
function isHeldBack(automation: AlarmRecord['automation']): boolean {
  return automation.some(
    ({ is }) => is === 'suppressed' || is === 'maintenance' || is === 'flapping' || is === 'pending',
  );
}
