/**
 * What television a service played, for the comparison across services: GO4YU 47, MTEL SD A.3.1.3.
 *
 * Each session of which the delivered rate is known is told with its minute, the nodes that serve the service, the channel, and
 * whether it was short as `tv-shortfall` has it. The task counts; `collectors/channel-minute.ts` decides. It keeps nothing.
 */
import type { Effect, Given, ServiceDetector } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import { keyName } from '../domain/fact.js';
import { deliveredOf, endOf, sessionOf } from '../domain/quality/session.js';
import { profileAt } from '../domain/service.js';
import { MINUTE } from '../domain/units.js';
import { requiredOf } from './tv-shortfall.js';

export const tvMinute: ServiceDetector<null> = {
  name: 'tv-minute',
  hears: ['tv.played'],
  reads: ['tvTogether'],
  start: null,
  step(state, heard, given) {
    if (heard.is === 'tick' || heard.event.type !== 'tv.played') return [state, []];
    return [state, tell(heard.event, given)];
  },
};

function tell(event: EventOf<'tv.played'>, given: Given): readonly Effect[] {
  const { operator, rules } = given.pack(event.time);
  const { tv, tvTogether } = rules;
  const profile = profileAt(given.facts, event.time);
  if (!tv || !tvTogether || !tv.kinds.includes(profile.kind) || deliveredOf(event.data) === undefined) return [];
  const session = sessionOf(event);
  const at = tvTogether.minuteOf === 'begin' ? event.time : endOf(session);
  const minute = Math.floor(at / MINUTE) * MINUTE;
  const { channelId } = event.data;
  return [
    {
      do: 'tell',
      tale: {
        is: 'played',
        operator,
        service: given.facts.id,
        minute,
        nodes: [...new Set(profile.servedBy ?? [])].map(keyName),
        channelId: channelId === undefined ? undefined : keyName(channelId),
        short: requiredOf(session, tv) !== undefined,
        until: minute + MINUTE + tvTogether.settlesAfter + tvTogether.lateFor,
      },
    },
  ];
}
