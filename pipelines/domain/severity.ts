/** How severities are ordered, on the server and in pages. */
import type { Severity } from './event.js';

/** From the most to the least pressing. */
const RANKS: Readonly<Record<Severity, number>> = {
  critical: 0,
  major: 1,
  minor: 2,
  warning: 3,
  indeterminate: 4,
  cleared: 5,
};

/** Where a severity stands: 0 is the most pressing. */
export function rankOf(severity: Severity): number {
  return RANKS[severity];
}
