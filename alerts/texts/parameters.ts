/**
 * What each template may put into words: a text that names another parameter, or misses one, does not compile. The names and forms
 * are those of `parameters` in `notice.requested` (`pipelines/detectors/notices.ts`); what is there and not named here is left
 * unread. `maybe`: the notice may leave it out, and the text says less.
 */
import { MEASURES, type Template, WINDOWS } from '../../pipelines/domain/decision.js';
import {
  amount,
  anyText,
  duration,
  type Kind,
  type Maybe,
  maybe,
  money,
  moneyOrNull,
  number,
  oneOf,
  ParameterError,
  quantity,
  span,
  text,
  texts,
  time,
  yesNo,
} from './kinds.js';

/** What was out or granted for: an outage, equipment, or neither: parking. */
const cause = { outageId: maybe(text), equipmentId: maybe(text) };
const bar = {
  services: texts,
  keeps: texts,
  cycle: maybe(span),
  reason: maybe(text),
  /** Data goes on at this rate in place of a bar, bit/s. */
  throttleBitsPerSecond: maybe(amount),
};
const spend = { charges: money, cap: money, share: amount, cycle: maybe(span), reason: maybe(text) };
const restriction = {
  services: texts,
  keeps: maybe(texts),
  window: maybe(oneOf(WINDOWS)),
  measure: maybe(oneOf(MEASURES)),
  from: maybe(time),
  to: maybe(time),
  until: maybe(time),
};
/** Use against what is allowed: bytes, or money. */
const roamingData = { value: quantity, limit: quantity, cycle: maybe(span) };

export const PARAMETERS = {
  'outage-started': { reason: maybe(anyText) },
  'repair-overdue': {
    outageId: text,
    from: maybe(time),
    reasons: texts,
    counted: duration,
    excused: duration,
  },
  'credit-granted': { ...cause, from: time, to: time, amount: money, cycle: span },
  'credit-adjusted': {
    ...cause,
    from: maybe(time),
    to: maybe(time),
    revision: amount,
    amount: money,
    difference: money,
    cycle: span,
  },
  'extension-granted': {
    ...cause,
    from: time,
    to: time,
    /** The whole extension; with `revision` the new whole, and `difference` what changed. */
    seconds: amount,
    revision: maybe(amount),
    difference: maybe(number),
  },
  'planned-works': { from: time, to: time, worksId: maybe(text), reason: maybe(anyText) },
  'spend-warning': spend,
  'spend-barred': bar,
  'spend-bar-lifted': bar,
  'spend-bar-set': { set: yesNo, cap: money },
  'credit-limit-warning': spend,
  'credit-limit-barred': bar,
  'credit-limit-lifted': bar,
  'spend-doubled': {
    cycle: span,
    charges: money,
    reference: money,
    referenceKind: maybe(oneOf(['three-cycle-average', 'monthly-fee'])),
  },
  'traffic-atypical': {
    window: oneOf(WINDOWS),
    measure: oneOf(MEASURES),
    value: quantity,
    average: quantity,
    from: time,
    to: time,
  },
  'restriction-applied': restriction,
  'restriction-lifted': restriction,
  'roaming-data-80': roamingData,
  'roaming-data-100': roamingData,
  // One that is sent again has none of them.
  'roaming-warning': { window: maybe(span), domesticDays: maybe(amount), roamingDays: maybe(amount) },
  'roaming-surcharge-started': { from: time },
  'roaming-surcharge-stopped': { from: time, to: maybe(time) },
  'roaming-surcharge-refunded': { from: time, to: maybe(time), amount: maybe(money) },
  'porting-compensation': { portingId: text, days: amount, amount: moneyOrNull },
  'termination-allowed': { outageId: text, from: time },
  'parking-exceeded': { year: amount, days: amount },
  'device-rule': {
    /** The subscriber's own name of the rule and of the device. */
    rule: text,
    device: text,
    location: maybe(anyText),
    room: maybe(anyText),
    /** What was measured ("temperature"), and its value. */
    reading: maybe(text),
    value: maybe(number),
    at: maybe(time),
  },
  'sms-not-served': { shortCode: text, amount: money, at: time },
  'regulator-outage': { incident: text, after: duration, passedAt: time, reasons: texts, affectedServices: amount },
  'noc-outage-clock': { incident: text, clock: duration, passedAt: time, affectedServices: amount },
  'noc-alarm': {
    resource: text,
    severity: text,
    problem: text,
    since: time,
    impact: text,
    owner: text,
    runbook: text,
    clears: text,
    /** How many alarms below it explains. */
    explains: amount,
    /** 1 for the first time that somebody is told. */
    step: amount,
  },
} as const satisfies Readonly<Record<Template, Readonly<Record<string, Kind<unknown>>>>>;

type Shape = Readonly<Record<string, Kind<unknown>>>;
type ValueOf<K> = K extends Kind<infer T> ? T : never;
type Values<S extends Shape> = {
  readonly [N in keyof S as S[N] extends Maybe<unknown> ? never : N]: ValueOf<S[N]>;
} & {
  readonly [N in keyof S as S[N] extends Maybe<unknown> ? N : never]?: ValueOf<S[N]> | undefined;
};

/** The values of a template, times as instants and durations in ms. */
export type ParametersOf<T extends Template> = Values<(typeof PARAMETERS)[T]>;

/** Reads the parameters of a notice; throws a `ParameterError` that names the first that is missing or of another kind. */
export function readParameters<T extends Template>(
  template: T,
  given: Readonly<Record<string, unknown>>,
): ParametersOf<T> {
  if (!Object.hasOwn(PARAMETERS, template)) throw new RangeError(`no text for the template ${String(template)}`);
  const values: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(PARAMETERS[template] as Shape)) {
    const value = given[name];
    if (value === undefined) {
      if ((kind as Partial<Maybe<unknown>>).maybe) continue;
      throw new ParameterError(template, name, 'is missing');
    }
    const read = kind.read(value);
    if (read === undefined) throw new ParameterError(template, name, `is no ${kind.is}`);
    values[name] = read;
  }
  return values as ParametersOf<T>;
}
