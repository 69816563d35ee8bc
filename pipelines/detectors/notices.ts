/**
 * Which decision asks for a message, and which message (contract, "Notices go to the subscriber with"). The text itself, its
 * channel's rules and what became of it are the business of `alerts`.
 */

import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type DetectedType, decide, type Template } from '../domain/decision.js';
import type { Given } from '../domain/detector.js';
import { formatMoney, type Money } from '../domain/money.js';
import type { Pack } from '../domain/pack.js';
import { type Profile, profileAt } from '../domain/service.js';
import { DAY, formatDuration, type Instant } from '../domain/units.js';

/** The template of each decision that the subscriber is told of. */
export const TEMPLATE_OF: Partial<Readonly<Record<DetectedType, Template>>> = {
  'repair.overdue': 'repair-overdue',
  'credit.granted': 'credit-granted',
  'credit.adjusted': 'credit-adjusted',
  'extension.granted': 'extension-granted',
  'extension.adjusted': 'extension-granted',
  'compensation.granted': 'porting-compensation',
  'termination.allowed': 'termination-allowed',
  'parking.exceeded': 'parking-exceeded',
  'spend.doubled': 'spend-doubled',
  'traffic.atypical': 'traffic-atypical',
  'restriction.applied': 'restriction-applied',
  'roaming.risk.found': 'roaming-warning',
  'roaming.surcharge.started': 'roaming-surcharge-started',
  'roaming.surcharge.stopped': 'roaming-surcharge-stopped',
  'roaming.surcharge.refunded': 'roaming-surcharge-refunded',
};

/** What a legal notice may wait, at the longest, before it says nothing any more. */
const EXPIRES_AFTER = 30 * DAY;

/** The notice that goes to the subscriber with a decision, or undefined where none goes. */
export function noticeOf(
  draft: Draft,
  profile: Pick<Profile, 'notifyBy' | 'language'>,
  pack: Pack,
): Draft<'notice.requested'> | undefined {
  const template = templateOf(draft);
  if (!template) return undefined;
  const { id } = decide(draft);
  const data = draft.data as Draft['data'] & { late?: boolean };
  return {
    type: 'notice.requested',
    subject: draft.subject,
    time: draft.time,
    data: {
      operator: data.operator,
      clause: data.clause,
      because: { decision: id, type: draft.type },
      noticeId: noticeIdOf(template, id),
      audience: 'subscriber',
      template,
      parameters: parametersOf(draft.data, pack.zone),
      class: 'legal',
      channels: [...(profile.notifyBy ?? ['sms'])],
      language: profile.language ?? pack.language,
      dueBy: draft.time + DAY,
      expiresAt: draft.time + EXPIRES_AFTER,
      late: data.late ?? false,
    },
  };
}

/** The id of the notice that goes with a decision. */
export function noticeIdOf(template: Template, decisionId: string): string {
  return `${template}:${decisionId}`;
}

/** The template by the decision's type; of bars, warnings and liftings by what they say too. */
function templateOf(draft: Draft): Template | undefined {
  switch (draft.type) {
    case 'bar.applied':
      return draft.data.reason === 'credit-limit' ? 'credit-limit-barred' : 'spend-barred';
    case 'bar.lifted':
      return draft.data.reason === 'credit-limit' ? 'credit-limit-lifted' : 'spend-bar-lifted';
    case 'spend.warned':
      return draft.data.reason === 'credit-limit' ? 'credit-limit-warning' : 'spend-warning';
    case 'restriction.lifted':
      // Where another restriction stops the same services, nothing is available again.
      return draft.data.services.length === 0 ? undefined : 'restriction-lifted';
    default:
      return TEMPLATE_OF[draft.type];
  }
}

/** What a detector asks to be sent by itself, without another decision. `name` makes the notice that notice. */
export function requestNotice(
  template: Template,
  name: string,
  ask: {
    readonly given: Given;
    readonly now: Instant;
    readonly clause: string;
    readonly because: Record<string, unknown>;
    readonly parameters: object;
    readonly channels?: readonly string[];
    /** It is asked for where the data came late: its window is closed. */
    readonly late?: boolean;
  },
): Draft<'notice.requested'> {
  const { given, now, clause, because, parameters } = ask;
  const pack = given.pack(now);
  const profile = profileAt(given.facts, now);
  return {
    type: 'notice.requested',
    subject: given.facts.id,
    time: now,
    data: {
      operator: pack.operator,
      clause,
      because,
      noticeId: `${template}:${name}`,
      audience: 'subscriber',
      template,
      parameters: parametersOf(parameters, pack.zone),
      class: 'legal',
      channels: [...(ask.channels ?? profile.notifyBy ?? ['sms'])],
      language: profile.language ?? pack.language,
      dueBy: now + DAY,
      expiresAt: now + EXPIRES_AFTER,
      ...(ask.late && { late: true }),
    },
  };
}

const TIMES = new Set(['from', 'to', 'until']);
const PLAIN = new Set([
  'outageId',
  'equipmentId',
  'portingId',
  'days',
  'year',
  'seconds',
  'revision',
  'reasons',
  'window',
  'measure',
  'services',
  'keeps',
  'reason',
  'share',
  'set',
  'attempt',
  'referenceKind',
  'domesticDays',
  'roamingDays',
  'throttleBitsPerSecond',
]);
const DURATIONS = new Set(['counted', 'excused']);
const MONEY = new Set(['amount', 'difference', 'charges', 'cap', 'reference', 'limit', 'value', 'average']);

/** The values that a text may name: what was decided, ready to be put into words. Never a number or name of a person. */
function parametersOf(data: object, zone: string): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) {
    if (TIMES.has(key)) parameters[key] = formatLocal(value as number, zone);
    else if (PLAIN.has(key) && (typeof value !== 'object' || Array.isArray(value))) parameters[key] = value;
    else if (DURATIONS.has(key)) parameters[key] = formatDuration(value as number);
    else if (MONEY.has(key)) {
      parameters[key] = value === null || typeof value === 'number' ? value : formatMoney(value as Money);
    } else if (key === 'cycle' || (key === 'window' && typeof value === 'object')) {
      const { from, to } = value as { from: number; to: number };
      parameters[key] = { from: formatLocal(from, zone), to: formatLocal(to, zone) };
    }
  }
  return parameters;
}
