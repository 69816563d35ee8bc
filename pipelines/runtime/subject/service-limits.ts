/** The limits of a service in the windows that run, and what stands restricted. */
import { type LimitState, limits } from '../../detectors/limits.js';
import { dayNumber } from '../../domain/calendar.js';
import { MEASURES, type Measure, WINDOWS } from '../../domain/decision.js';
import { formatMoney } from '../../domain/money.js';
import { billingOf, profileAt } from '../../domain/service.js';
import type { ViewLimit, ViewRestriction } from '../../domain/subject/service-view.js';
import { EVER } from '../../domain/units.js';
import { fineOf, moneyOf } from '../../domain/usage/money.js';
import { windowOf } from '../../domain/usage/windows.js';
import { dayText, type ServiceRead, stateIn, usageIn } from './service-read.js';

const LIMIT_OF = { day: 'daily', week: 'weekly', month: 'monthly' } as const;

/** Every limit that is set now, by window and measure; none where the operator has no such rule. */
export function limitsOf(read: ServiceRead): readonly ViewLimit[] {
  const { facts, now, zone } = read;
  const profile = profileAt(facts, now);
  const { rules, vatPercent, currency } = read.packs.at(profile.operator, now)!;
  if (!rules.limits || !profile.limits) return [];
  const { clause } = rules.limits;
  const state = stateIn(read, limits) ?? limits.start;
  const usage = usageIn(read);
  const today = dayNumber(now, zone);
  const shown = (measure: Measure, value: number) =>
    measure === 'charge' ? formatMoney(moneyOf(value, currency)) : value;
  return WINDOWS.flatMap((window) => {
    const days = windowOf(window, today, billingOf(facts), zone);
    return MEASURES.flatMap((measure): readonly ViewLimit[] => {
      const set = profile.limits?.[LIMIT_OF[window]]?.[measure];
      if (set === undefined) return [];
      const limit = typeof set === 'number' ? set : fineOf(set, vatPercent);
      const passed = passedIn(state, window, measure);
      return [
        {
          window,
          measure,
          clause,
          limit: shown(measure, limit),
          value: shown(measure, usage.sum(measure, days.from, days.to, window === 'month')),
          from: dayText(days.from),
          to: dayText(days.to),
          exceeded: state.passed.some(
            (one) =>
              one.window === window && one.measure === measure && one.limit === limit && one.from.includes(days.from),
          ),
          atypical: state.atypical.some(
            (one) => one.window === window && one.measure === measure && one.from === days.from,
          ),
          before: passed.filter((from) => from !== days.from).map(dayText),
        },
      ];
    });
  });
}

function passedIn({ passed }: LimitState, window: string, measure: Measure): readonly number[] {
  const of = passed.filter((one) => one.window === window && one.measure === measure);
  return [...new Set(of.flatMap(({ from }) => from))].sort((a, b) => a - b);
}

/** What was said of proposals to restrict, and what stands restricted. */
export function restrictionsOf(read: ServiceRead): readonly ViewRestriction[] {
  const { local } = read;
  return (stateIn(read, limits)?.restrictions ?? []).map(({ proposalId, words, standing }) => ({
    proposalId,
    services: standing?.services ?? null,
    since: standing && local(standing.from),
    until: standing && local(standing.until),
    // The policy speaks at once: it has no time of its own.
    words: words.map(({ accepted, by, at }) => ({ accepted, by, at: at === EVER ? null : local(at) })),
  }));
}
