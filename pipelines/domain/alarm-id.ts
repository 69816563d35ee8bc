/** The name of an alarm. It stands alone because pages read `alarm.ts`, and have nothing to hash with. */
import type { AlarmIdentity } from './alarm.js';
import { decisionId } from './decision.js';

/** The name of an alarm: 32 hex digits, the same in every process. */
export function alarmIdOf({ resource, source, qualifier }: AlarmIdentity): string {
  return decisionId(['alarm', resource, source, qualifier]);
}
