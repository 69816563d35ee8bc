/**
 * GO4YU 47: a fault of the platform is shown to the operations centre (an alarm on the element) and, once it has stood for a
 * while, told to the viewer. The terms promise no credit.
 */
import type { Draft } from '../domain/decision.js';
import { atEachTick, type Effect, type Given, type ServiceDetector } from '../domain/detector.js';
import { type Fault, faultName } from '../domain/fault.js';
import { overlap } from '../domain/intervals.js';
import type { NetworkView } from '../domain/network.js';
import { type DownPart, EVERY_FAULT } from '../domain/outage.js';
import type { Pack, PlatformFaultRules } from '../domain/pack.js';
import { activeSpans, profileAt } from '../domain/service.js';
import { HOUR, type Instant } from '../domain/units.js';

/** What was told to this viewer, by the fault's name. */
export interface PlatformFaultState {
  readonly told: readonly string[];
}

export const platformFault: ServiceDetector<PlatformFaultState> = {
  name: 'platform-fault',
  hears: [],
  reads: ['platformFault'],
  start: { told: [] },
  step: atEachTick(tell),
};

function tell(state: PlatformFaultState, given: Given, now: Instant): readonly [PlatformFaultState, readonly Effect[]] {
  const effects: Effect[] = [];
  const told = new Set(state.told);
  for (const { at, part } of viewerInstants(given.parts(EVERY_FAULT), given.pack)) {
    const name = faultName(part.fault);
    if (told.has(name)) continue;
    if (at > now) {
      if (part.to > at) effects.push({ do: 'wake', at });
      continue;
    }
    // Who hears of it when it is over gains nothing by it.
    if (part.fault.to <= now || !activeSpans(given.facts).some((span) => overlap(span, { from: at, to: at + 1 })))
      continue;
    told.add(name);
    effects.push({ do: 'decide', draft: startedNotice(part, given, now) });
  }
  return [{ told: [...told] }, effects];
}

/** When a viewer is told of each fault of the platform that it feels. */
export function viewerInstants(
  parts: readonly DownPart[],
  pack: (at: Instant) => Pack,
): readonly { readonly at: Instant; readonly part: DownPart }[] {
  const first = new Map<string, DownPart>();
  for (const part of parts) {
    const name = faultName(part.fault);
    const held = first.get(name);
    if (!held || part.from < held.from) first.set(name, part);
  }
  return [...first.values()].flatMap((part) => {
    const rules = pack(part.from).rules.platformFault;
    return rules ? [{ at: part.fault.from + rules.tellViewerAfter, part: { ...part, to: part.fault.to } }] : [];
  });
}

function startedNotice(part: DownPart, given: Given, now: Instant): Draft<'notice.requested'> {
  const pack = given.pack(part.from);
  const { notifyBy, language } = profileAt(given.facts, now);
  return {
    type: 'notice.requested',
    subject: given.facts.id,
    time: now,
    data: {
      operator: pack.operator,
      clause: pack.rules.platformFault!.clause,
      because: { fault: faultName(part.fault), reason: part.reason, events: part.fault.refs },
      noticeId: `outage-started:${given.facts.id}:${faultName(part.fault)}`,
      audience: 'subscriber',
      template: 'outage-started',
      parameters: { reason: part.reason },
      class: 'service',
      channels: [...(notifyBy ?? ['sms'])],
      language: language ?? pack.language,
      dueBy: now + HOUR,
      expiresAt: now + 12 * HOUR,
      late: false,
    },
  };
}

/** The alarm that the operations centre sees while a fault of the platform is open. */
export function platformAlarm(
  type: 'alarm.raised' | 'alarm.cleared',
  fault: Fault,
  rules: PlatformFaultRules,
  operator: string,
  now: Instant,
): Draft<'alarm.raised'> | Draft<'alarm.cleared'> {
  const part = fault.parts[fault.parts.length - 1]!;
  const data = {
    operator,
    clause: rules.clause,
    because: { fault: faultName(fault), responsibility: part.responsibility, events: fault.refs },
    alarmId: `platform:${faultName(fault)}`,
    episode: 1,
    perceivedSeverity: type === 'alarm.raised' ? rules.severity : ('cleared' as const),
    probableCause: part.reason || part.responsibility,
    specificProblem: 'fault of the platform',
    from: fault.from,
  };
  return { type, subject: fault.subject, time: now, data };
}

/** Whether an element is part of the platform by these rules. */
export function isPlatform(
  view: Pick<NetworkView, 'element'>,
  element: string,
  at: Instant,
  rules: PlatformFaultRules,
): boolean {
  return rules.kinds.includes(view.element(element, at)?.kind ?? '');
}
