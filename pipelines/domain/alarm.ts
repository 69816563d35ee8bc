/**
 * The words of alarms: what ITU-T X.733 and X.736 say of one, and the three things that RFC 8632 keeps apart: the state of the
 * resource (raised, cleared), what a person made of it, and what automation made of it. An alarm is one entry for life, named by
 * resource, type and qualifier.
 */
import type { EventType, Severity } from './event.js';
import type { Instant } from './units.js';

/** The event types of X.733 and, from `integrityViolation` on, of X.736. */
export const ALARM_TYPES = [
  'communicationsAlarm',
  'qualityOfServiceAlarm',
  'processingErrorAlarm',
  'equipmentAlarm',
  'environmentalAlarm',
  'integrityViolation',
  'operationalViolation',
  'physicalViolation',
  'securityServiceOrMechanismViolation',
  'timeDomainViolation',
] as const;
export type AlarmType = (typeof ALARM_TYPES)[number];

/**
 * What says that there is an alarm: the element itself, a fault that lies open, or Dozor's own decision (`alarm.raised`). It is the
 * type of RFC 8632; the probable cause is not, because an element may end an alarm by its key alone, and may change the cause.
 */
export const ALARM_SOURCES = ['reported', 'fault', 'decided'] as const;
export type AlarmSource = (typeof ALARM_SOURCES)[number];

/** What makes it that alarm, for life. */
export interface AlarmIdentity {
  /** The element, service or operator that has it. */
  readonly resource: string;
  readonly source: AlarmSource;
  /** `alarmKey`, `faultId` or `alarmId`, by source. */
  readonly qualifier: string;
}

/** What an alarm says of itself, as far as it does. */
export interface AlarmSaid {
  readonly perceivedSeverity?: Severity;
  readonly alarmType?: AlarmType;
  readonly probableCause?: string;
  readonly specificProblem?: string;
  readonly text?: string;
  /** The system that watches the resource, where it is another one. */
  readonly sourceSystemId?: string;
  readonly affectedServices?: number;
  /** The fault that it is about, by name, where Dozor decided it. */
  readonly aboutFault?: string;
}

/** What a person did, each an event of the story. */
export const ALARM_ACTS = [
  'alarm.acknowledged',
  'alarm.unacknowledged',
  'alarm.shelved',
  'alarm.unshelved',
  'alarm.commented',
  'alarm.closed',
] as const satisfies readonly EventType[];
export type AlarmAct = (typeof ALARM_ACTS)[number];

/** Whether an event is what a person did with an alarm. It tells no task anything. */
export function isAlarmAct(type: string): type is AlarmAct {
  return (ALARM_ACTS as readonly string[]).includes(type);
}

/** The state of the resource. Nothing but evidence, or a person by name of role, clears: silence never does. */
export type ResourceState =
  | { readonly is: 'raised'; readonly from: Instant }
  | { readonly is: 'cleared'; readonly from: Instant; readonly to: Instant; readonly by: string };
/** Who clears where the evidence does. */
export const BY_EVIDENCE = 'evidence';

/** What a person made of it. */
export type OperatorState =
  | { readonly is: 'none' }
  | { readonly is: 'acknowledged'; readonly at: Instant; readonly by: string }
  | {
      readonly is: 'shelved';
      readonly at: Instant;
      readonly until: Instant;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly is: 'closed'; readonly at: Instant; readonly by: string };

/** What automation made of it, each with its reason; an empty list: it is shown as it is. */
export type AutomationState =
  | { readonly is: 'suppressed'; readonly by: string; readonly root: string; readonly why: string }
  | { readonly is: 'maintenance'; readonly worksId: string; readonly until: Instant }
  | { readonly is: 'flapping'; readonly raises: number; readonly until: Instant }
  | { readonly is: 'stale'; readonly since: Instant }
  | { readonly is: 'pending'; readonly until: Instant };

/** An alarm as it is shown. */
export interface AlarmRecord extends AlarmIdentity {
  readonly id: string;
  readonly operator?: string;
  /** Where the element stands, or what it hangs on, where either says so. */
  readonly district?: string;
  readonly said: AlarmSaid;
  /** As raised last; `cleared` where it is cleared. */
  readonly perceivedSeverity: Severity;
  readonly alarmType: AlarmType;
  readonly state: ResourceState;
  readonly operatorState: OperatorState;
  readonly automation: readonly AutomationState[];
  /** The last change of the resource's state or of what it says. */
  readonly changedAt: Instant;
  /** Whether it has said something else since it was raised. */
  readonly updated: boolean;
  /** How often it was raised since it is known, and within the standing that is shown. */
  readonly raises: number;
  readonly repeats: number;
  /** What it holds back: the alarms below that it explains, and on how many resources. */
  readonly children: { readonly alarms: number; readonly resources: number; readonly of: number };
  /** Since when it is on the list for a person; absent: it never was, or not in this standing. */
  readonly announcedAt?: Instant;
  /** The rule that it falls under; absent: none asks for a person. */
  readonly rule?: {
    readonly id: string;
    readonly impact: string;
    readonly owner: string;
    readonly runbook: string;
    readonly clears: string;
  };
  readonly comments: readonly { readonly at: Instant; readonly by: string; readonly text: string }[];
}

/** Which alarms are asked for; what is absent asks for all. */
export interface AlarmSelection {
  readonly resource?: string | undefined;
  readonly severities?: readonly Severity[] | undefined;
  /** Those that stand, or those that are cleared. */
  readonly standing?: boolean | undefined;
  readonly operatorStates?: readonly OperatorState['is'][] | undefined;
  /** Of the rule that it falls under. */
  readonly owner?: string | undefined;
  readonly district?: string | undefined;
  /** Held back by this alarm, which is the root of them. */
  readonly root?: string | undefined;
  /** Words in what it says of itself, its resource or its rule's impact; upper and lower case are one. */
  readonly text?: string | undefined;
  /** The list as people read it (unless told otherwise), or everything that is known. */
  readonly shown?: 'list' | 'all' | undefined;
}

/** What the operations centre looks at: what deserves a person by name, the rest by number. */
export interface AlarmBoard {
  readonly clock: Instant;
  readonly standing: number;
  readonly bySeverity: Readonly<Record<string, number>>;
  readonly unacknowledged: number;
  readonly shelved: number;
  readonly suppressed: number;
  readonly maintenance: number;
  readonly flapping: number;
  readonly stale: number;
  /** Set while more comes than people at the list can read: then only criticals and what explains others are named. */
  readonly flood: { readonly since: Instant } | null;
  readonly shown: readonly AlarmRecord[];
  /** What is open and not named, by rule and severity. */
  readonly rest: Readonly<Record<string, number>>;
  readonly figures: AlarmFigures;
}

/** How the list does by ISA-18.2, counted over a day of event time in buckets of ten minutes. */
export interface AlarmFigures {
  /** Told to a person and position in ten minutes: in those that run, on the mean, and at the worst. */
  readonly perTenMinutes: { readonly now: number; readonly mean: number; readonly worst: number };
  readonly perDay: number;
  readonly raised: number;
  /** Share of the ten minutes that were a flood. */
  readonly floodShare: number;
  readonly bySeverity: Readonly<Record<string, number>>;
  /** Alarms that were raised three times within a minute in the last hour. */
  readonly chattering: readonly string[];
  /** Standing for more than a day. */
  readonly standingOverDay: number;
  readonly worst: readonly {
    readonly id: string;
    readonly resource: string;
    readonly qualifier: string;
    readonly raises: number;
  }[];
  /** The share of the ten worst of all raises. */
  readonly worstShare: number;
}

/** A line of the journal of an alarm: what happened to it, in order of its own time. */
export interface JournalLine {
  readonly at: Instant;
  readonly what: string;
  /** A role or an opaque user id, `evidence` or `automation`. */
  readonly by: string;
  readonly text?: string;
  readonly severity?: Severity;
  /** The event or decision that it comes from. */
  readonly ref?: string;
}

/** The probable causes of X.733 by their event type; what is not listed is of communications. */
const TYPE_OF_CAUSE: Readonly<Record<string, AlarmType>> = Object.fromEntries(
  (
    [
      [
        'communicationsAlarm',
        'callEstablishmentError communicationsProtocolError communicationsSubsystemFailure degradedSignal dteDceInterfaceError framingError ' +
          'lanError localNodeTransmissionError lossOfFrame lossOfSignal remoteNodeTransmissionError transmitFailure receiveFailure',
      ],
      [
        'qualityOfServiceAlarm',
        'bandwidthReduced congestion excessiveErrorRate excessiveResponseTime excessiveRetransmissionRate performanceDegraded ' +
          'queueSizeExceeded reducedReliability resourceAtOrNearingCapacity responseTimeExcessive retransmissionRateExcessive thresholdCrossed',
      ],
      [
        'processingErrorAlarm',
        'applicationSubsystemFailure configurationOrCustomizationError corruptData cpuCyclesLimitExceeded fileError outOfMemory ' +
          'softwareError softwareProgramAbnormallyTerminated softwareProgramError storageCapacityProblem underlyingResourceUnavailable versionMismatch',
      ],
      [
        'equipmentAlarm',
        'adapterError dataSetOrModemError equipmentMalfunction inputOutputDeviceError inputDeviceError ioDeviceError multiplexerProblem ' +
          'outputDeviceError powerProblem processorProblem receiverFailure terminalProblem timingProblem transmitterFailure',
      ],
      [
        'environmentalAlarm',
        'enclosureDoorOpen excessiveVibration fireDetected fire floodDetected heatingOrVentilationOrCoolingSystemProblem heatingVentCoolingSystemProblem ' +
          'humidityUnacceptable leakDetected materialSupplyExhausted pressureUnacceptable pumpFailure temperatureUnacceptable toxicLeakDetected',
      ],
    ] as const
  ).flatMap(([type, causes]) => causes.split(' ').map((cause) => [cause, type] as const)),
);

/** The event type of a probable cause, where the alarm does not say its own. */
export function alarmTypeOf(probableCause: string | undefined): AlarmType {
  return (probableCause !== undefined && TYPE_OF_CAUSE[probableCause]) || 'communicationsAlarm';
}
