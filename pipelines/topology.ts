/**
 * The table of contents: every detector, in the order in which they are asked. Read it first.
 * Network detectors (faults from samples, raw alarms, reports on elements) are called by `runtime/network-logic.ts`.
 */
import { creditLimit } from './detectors/credit-limit.js';
import { doubledSpend } from './detectors/doubled-spend.js';
import { limits } from './detectors/limits.js';
import { lineQuality } from './detectors/line-quality.js';
import { outage } from './detectors/outage.js';
import { parking } from './detectors/parking.js';
import { platformFault } from './detectors/platform-fault.js';
import { porting } from './detectors/porting.js';
import { repairStart } from './detectors/repair-start.js';
import { roaming } from './detectors/roaming.js';
import { spendBar } from './detectors/spend-bar.js';
import { tvShortfall } from './detectors/tv-shortfall.js';
import type { ServiceDetector } from './domain/detector.js';
import type { RuleName } from './domain/pack.js';

/** A detector with its state hidden: the engine keeps it and does not look inside. */
export type AnyDetector = ServiceDetector<unknown>;

/** The rules about one service's standing, outages and quality: asked when its facts or its network change. */
export const SERVICE_DETECTORS: readonly AnyDetector[] = [
  outage as AnyDetector,
  parking as AnyDetector,
  porting as AnyDetector,
  repairStart as AnyDetector,
  platformFault as AnyDetector,
  lineQuality as AnyDetector,
  tvShortfall as AnyDetector,
];

/** The rules about what one service uses: asked when its use or its facts change. */
export const USAGE_DETECTORS: readonly AnyDetector[] = [
  limits as AnyDetector,
  spendBar as AnyDetector,
  creditLimit as AnyDetector,
  doubledSpend as AnyDetector,
  roaming as AnyDetector,
];

/** The rules that make faults of what the network sends: the section `faults`, and element-wide parts of others. */
export const NETWORK_DETECTORS: readonly { readonly name: string; readonly reads: readonly RuleName[] }[] = [
  { name: 'availability', reads: ['faults'] },
  { name: 'alarm-fault', reads: ['faults'] },
  { name: 'repair-start', reads: ['repairStart'] },
  { name: 'platform-fault', reads: ['platformFault'] },
];

/** What decides beside the detectors: equipment is part of `outage` (time is paid once), incidents are the collectors'. */
export const OTHER_DECIDERS = ['equipment', 'incident', 'contract'] as const;
