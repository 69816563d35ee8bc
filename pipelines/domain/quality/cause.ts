/**
 * Why a session of television was short, as far as one service's own data show it, in a fixed order: the access line, other use
 * of the same line, the home network, the service, the device. Each is asked and says yes, no, or that it cannot be known (null),
 * with the numbers it rests on; the first yes is the likely cause. What other services on the same node saw is not known here.
 *
 * Where nobody measured the line, the service is asked before the home is blamed.
 */
import type { TvCause } from '../decision.js';
import type { Instant, Milliseconds } from '../units.js';
import { deviceOf, endOf, type Played, type Session } from './session.js';

/** A measurement of the line: bit/s at an instant. */
export type LineRate = readonly [at: Instant, bitsPerSecond: number];

export interface Evidence {
  /** The access that the device needs, bit/s. */
  readonly required: number;
  /** Sessions of the same service, this one among them. */
  readonly sessions: readonly Played[];
  readonly lines: readonly LineRate[];
  readonly contracted: number | undefined;
  readonly rules: {
    readonly lineFresh: Milliseconds;
    readonly remembers: Milliseconds;
    readonly sessionsMin: number;
  };
}

/** One answer, as it stands in `because`. */
export interface Asked {
  readonly cause: TvCause;
  readonly holds: boolean | null;
  readonly [evidence: string]: unknown;
}

export interface Found {
  readonly likelyCause: TvCause;
  readonly asked: readonly Asked[];
  /** The sessions that were looked at, this one among them. */
  readonly remembered: readonly Played[];
}

export function causeOf(session: Session, evidence: Evidence): Found {
  const capacity = capacityOf(session, evidence);
  const ref = `${session.source}#${session.id}`;
  const end = Math.max(endOf(session), session.at + 1);
  const remembered = evidence.sessions.filter(
    (one) => one.ref === ref || (session.at - evidence.rules.remembers < one.at && one.at < end),
  );
  const others = remembered.filter((one) => one.ref !== ref && one.at < end && one.to > session.at);
  const line = accessLine(capacity, evidence);
  const shared = concurrentUse(capacity, others, session.at, evidence);
  const home = homeNetwork(session, evidence);
  const service = serviceItself(session, others, line, shared);
  const device = deviceItself(session, remembered, evidence);
  const asked = capacity ? [line, shared, home, service, device] : [line, shared, service, home, device];
  return { likelyCause: asked.find(({ holds }) => holds)?.cause ?? 'undetermined', asked, remembered };
}

interface Capacity {
  readonly bitsPerSecond: number;
  readonly from: 'session' | 'line';
}

/** What the session says of its access; else the last measurement of the line that is fresh, of one instant the greatest. */
function capacityOf(session: Session, { lines, rules }: Evidence): Capacity | undefined {
  const { accessBitsPerSecond } = session.data;
  if (accessBitsPerSecond !== undefined) return { bitsPerSecond: accessBitsPerSecond, from: 'session' };
  const end = endOf(session);
  let last: LineRate | undefined;
  for (const line of lines) {
    if (line[0] < session.at - rules.lineFresh || line[0] > end) continue;
    if (!last || line[0] > last[0] || (line[0] === last[0] && line[1] > last[1])) last = line;
  }
  return last && { bitsPerSecond: last[1], from: 'line' };
}

function accessLine(capacity: Capacity | undefined, { required, contracted }: Evidence): Asked {
  return {
    cause: 'access-line',
    holds: capacity ? capacity.bitsPerSecond < required : null,
    capacityBitsPerSecond: capacity?.bitsPerSecond ?? null,
    measuredBy: capacity?.from ?? null,
    ...(capacity && contracted !== undefined
      ? { contractedDownBitsPerSecond: contracted, shareOfContracted: capacity.bitsPerSecond / contracted }
      : {}),
  };
}

/** The most that other sessions drew at one instant of this one. */
function concurrentUse(
  capacity: Capacity | undefined,
  others: readonly Played[],
  from: Instant,
  { required }: Evidence,
): Asked {
  const instants = [from, ...others.map(({ at }) => at).filter((at) => at > from)];
  const other = Math.max(
    ...instants.map((at) => others.reduce((sum, one) => sum + (one.at <= at && at < one.to ? one.rate : 0), 0)),
  );
  return {
    cause: 'concurrent-use',
    holds: capacity ? capacity.bitsPerSecond >= required && capacity.bitsPerSecond - other < required : null,
    otherBitsPerSecond: other,
    sessions: others.map(({ ref }) => ref),
  };
}

function homeNetwork({ data }: Session, { required }: Evidence): Asked {
  const { homeNetworkBitsPerSecond: rate } = data;
  return {
    cause: 'home-network',
    holds: rate === undefined ? null : rate < required,
    homeNetworkBitsPerSecond: rate ?? null,
  };
}

/** Other devices were short at the same time, and neither the line nor its other use explains it. */
function serviceItself(session: Session, others: readonly Played[], line: Asked, shared: Asked): Asked {
  const elsewhere = others.filter(({ on }) => on !== deviceOf(session.data));
  const short = elsewhere.filter((one) => one.short);
  const explained = line.holds === true || shared.holds === true;
  return {
    cause: 'service',
    holds: elsewhere.length === 0 ? null : short.length > 0 && !explained,
    sessionsOnOtherDevices: elsewhere.length,
    shortOnOtherDevices: short.length,
  };
}

/** This device was short again and again, and no other. */
function deviceItself(session: Session, remembered: readonly Played[], { rules }: Evidence): Asked {
  const on = deviceOf(session.data);
  const shortHere = remembered.filter((one) => one.on === on && one.short).length;
  const elsewhere = remembered.filter((one) => one.on !== on);
  const shortElsewhere = elsewhere.filter(({ short }) => short).length;
  const isEnough = shortHere >= rules.sessionsMin && elsewhere.length >= rules.sessionsMin;
  return {
    cause: 'device',
    holds: isEnough ? shortElsewhere === 0 : null,
    device: on,
    shortOnIt: shortHere,
    sessionsOnOthers: elsewhere.length,
    shortOnOthers: shortElsewhere,
  };
}
