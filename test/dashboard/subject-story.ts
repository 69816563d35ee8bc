/** Services with a history, for the world of browser tests: worked cases under names of their own, all over by its end. */
import { caseAs, type eventOf } from './subject-world.js';

const DAY = 86_400_000;

/** A subscriber abroad with the surcharge running, one barred at his cap, a limit passed, a slow line, television, an outage. */
export function storyOfServices(): ReturnType<typeof eventOf>[] {
  return [
    ...caseAs('a1-roaming-risk', 'roamer'),
    ...caseAs('a1-spend-bar', 'spender'),
    ...caseAs('a1-daily-limit-atypical', 'limited'),
    ...caseAs('truf-quality-month', 'line'),
    ...caseAs('truf-quality-month', 'line-may', -31 * DAY),
    ...caseAs('go4yu-service-too-slow', 'viewer'),
    ...caseAs('mtel-credit-limit', 'owing'),
  ];
}
