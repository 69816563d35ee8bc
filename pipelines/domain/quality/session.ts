/**
 * A session of television, what of it is remembered as evidence for others of the same service, and its measures by the names of
 * CTA-2066: start-up time, start failure, rebuffering ratio, average bitrate, switches.
 */
import type { DataOf, EventOf } from '../event.js';
import { type Instant, SECOND } from '../units.js';

/** A session to be judged: the event with its name. */
export interface Session {
  readonly at: Instant;
  readonly source: string;
  readonly id: string;
  readonly data: DataOf<'tv.played'>;
}

/** A session as evidence. Names are short: many of these are held. */
export interface Played {
  readonly at: Instant;
  readonly to: Instant;
  readonly ref: string;
  /** Kind, model and firmware of the device. */
  readonly on: string;
  readonly rate: number;
  readonly short: boolean;
  readonly stalled: number;
  readonly failed: boolean;
}

/** A session begins at its event's time and lasts for what was played. */
export function sessionOf({ time, source, id, data }: EventOf<'tv.played'>): Session {
  return { at: time, source, id, data };
}

export function endOf({ at, data }: Session): Instant {
  return at + Math.round((data.seconds ?? 0) * SECOND);
}

export function deviceOf({ device, deviceModel, firmware }: DataOf<'tv.played'>): string {
  return [device, deviceModel, firmware].filter((part) => part !== undefined).join(' ');
}

/** What was delivered; a start that failed and says nothing of it delivered nothing. Undefined where it is not known. */
export function deliveredOf({ deliveredBitsPerSecond, failed }: DataOf<'tv.played'>): number | undefined {
  return deliveredBitsPerSecond ?? (failed ? 0 : undefined);
}

export function playedOf(session: Session, short: boolean): Played {
  const { data } = session;
  return {
    at: session.at,
    to: endOf(session),
    ref: `${session.source}#${session.id}`,
    on: deviceOf(data),
    rate: deliveredOf(data) ?? 0,
    short,
    stalled: data.rebufferSeconds ?? 0,
    failed: data.failed ?? false,
  };
}

/** Sorted by time, those of one instant by name: what is summed over them does not depend on how they came. */
export function inOrder(sessions: readonly Played[]): readonly Played[] {
  return [...sessions].sort((a, b) => a.at - b.at || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0));
}

/** The measures of one session; null where the player did not say. */
export function metricsOf(data: DataOf<'tv.played'>): Record<string, number | boolean | null> {
  const { startupMilliseconds, failed, seconds, rebufferSeconds, stalls, switches } = data;
  return {
    startUpSeconds: startupMilliseconds === undefined ? null : startupMilliseconds / SECOND,
    startFailure: failed ?? null,
    rebufferingRatio: seconds === undefined || rebufferSeconds === undefined ? null : share(rebufferSeconds, seconds),
    averageBitsPerSecond: deliveredOf(data) ?? null,
    ...(stalls !== undefined && { stalls }),
    ...(switches !== undefined && { switches }),
  };
}

/** The measures of several sessions: sums over sums, never a mean of ratios. */
export function metricsOfAll(sessions: readonly Played[]): Record<string, number | null> {
  const seconds = sum(sessions, lasted);
  return {
    sessions: sessions.length,
    short: sessions.filter(({ short }) => short).length,
    startFailureRatio: sessions.length === 0 ? null : sessions.filter(({ failed }) => failed).length / sessions.length,
    rebufferingRatio: share(
      sum(sessions, ({ stalled }) => stalled),
      seconds,
    ),
    averageBitsPerSecond: seconds === 0 ? null : sum(sessions, (one) => one.rate * lasted(one)) / seconds,
  };
}

function lasted({ at, to }: Played): number {
  return (to - at) / SECOND;
}

function sum(sessions: readonly Played[], of: (one: Played) => number): number {
  return sessions.reduce((total, one) => total + of(one), 0);
}

/** Stalled time over played and stalled time. */
function share(stalled: number, played: number): number | null {
  return stalled + played === 0 ? null : stalled / (stalled + played);
}
