/**
 * The table of contents: every detector, in the order in which they are asked. Read it first.
 * Network detectors (faults from samples, raw alarms, reports on elements) are called by `runtime/network-logic.ts`.
 */
import { channelMinute } from './collectors/channel-minute.js';
import type { Collector } from './collectors/collector.js';
import { customerCredit } from './collectors/customer-credit.js';
import { customerSims } from './collectors/customer-sims.js';
import { incident } from './collectors/incident.js';
import { serviceLevel } from './collectors/service-level.js';
import { creditLimit } from './detectors/credit-limit.js';
import { doubledSpend } from './detectors/doubled-spend.js';
import { idleSim } from './detectors/idle-sim.js';
import { limits } from './detectors/limits.js';
import { lineQuality } from './detectors/line-quality.js';
import { outage } from './detectors/outage.js';
import { parking } from './detectors/parking.js';
import { platformFault } from './detectors/platform-fault.js';
import { porting } from './detectors/porting.js';
import { rateBound } from './detectors/rate-bound.js';
import { repairStart } from './detectors/repair-start.js';
import { roaming } from './detectors/roaming.js';
import { roamingData } from './detectors/roaming-data.js';
import { roamingDays } from './detectors/roaming-days.js';
import { smsCharge } from './detectors/sms-charge.js';
import { smsPayout } from './detectors/sms-payout.js';
import { spendBar } from './detectors/spend-bar.js';
import { tvMinute } from './detectors/tv-minute.js';
import { tvShortfall } from './detectors/tv-shortfall.js';
import { unusualUse } from './detectors/unusual-use.js';
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
  tvMinute as AnyDetector,
  rateBound as AnyDetector,
  smsCharge as AnyDetector,
  smsPayout as AnyDetector,
];

/** The rules about what one service uses: asked when its use or its facts change. */
export const USAGE_DETECTORS: readonly AnyDetector[] = [
  limits as AnyDetector,
  spendBar as AnyDetector,
  creditLimit as AnyDetector,
  doubledSpend as AnyDetector,
  roaming as AnyDetector,
  roamingDays as AnyDetector,
  roamingData as AnyDetector,
  idleSim as AnyDetector,
  unusualUse as AnyDetector,
];

/** The rules that make faults of what the network sends: the section `faults`, and element-wide parts of others. */
export const NETWORK_DETECTORS: readonly { readonly name: string; readonly reads: readonly RuleName[] }[] = [
  { name: 'availability', reads: ['faults'] },
  { name: 'alarm-fault', reads: ['faults'] },
  { name: 'repair-start', reads: ['repairStart'] },
  { name: 'platform-fault', reads: ['platformFault'] },
  { name: 'kpi-threshold', reads: ['kpi'] },
  { name: 'kpi-stale', reads: ['kpi'] },
  { name: 'kpi-score', reads: [] },
];

/** What `alerts` does with a notice once it is requested: the section `notices`. */
export const NOTICE_RULES: readonly { readonly name: string; readonly reads: readonly RuleName[] }[] = [
  { name: 'notices', reads: ['notices'] },
];

/** The rules about what concerns more than one service: each hears one kind of facts that service tasks tell. */
export const COLLECTORS: readonly Collector[] = [
  incident,
  customerCredit,
  customerSims,
  channelMinute,
  serviceLevel,
] as unknown as readonly Collector[];

/** What only a report works out: by how much a limit can be passed before a bar stands. */
export const REPORTS: readonly { readonly name: string; readonly reads: readonly RuleName[] }[] = [
  { name: 'overrun', reads: ['feeds'] },
];

/** What decides beside detectors and collectors: equipment is part of `outage` (time is paid once). */
export const OTHER_DECIDERS = ['notices', 'equipment', 'contract'] as const;
