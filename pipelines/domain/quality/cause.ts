/**
 * Why a session of television was short, as far as the evidence shows it, in a fixed order: the access line, other use of the same
 * line, the home network, the service, the device. Each is asked and says yes, no, or that it cannot be known (null), with the
 * numbers it rests on; the first yes is the likely cause, and all that hold are named.
 *
 * Where nobody measured the line, the service is asked before the home is blamed. Where nothing says yes, what was not known is
 * what should be measured: a shortfall is never refused because nobody looked.
 */
import type { TvCause } from '../decision.js';
import type { DataOf } from '../event.js';
import type { Instant, Milliseconds } from '../units.js';
import { deliveredOf, deviceOf, endOf, type Played, type Session } from './session.js';

/** A measurement of the line: bit/s at an instant. */
export type LineRate = readonly [at: Instant, bitsPerSecond: number];

export interface Evidence {
  /** The access that the device needs, bit/s. */
  readonly required: number;
  /** Sessions of the same service, this one among them. */
  readonly sessions: readonly Played[];
  readonly lines: readonly LineRate[];
  readonly contracted: number | undefined;
  /** Names of the faults that lay open on what serves it while it played. */
  readonly faults: readonly string[];
  readonly rules: {
    readonly lineFresh: Milliseconds;
    readonly remembers: Milliseconds;
    readonly sessionsMin: number;
    readonly peersMin: number;
    readonly peersShortPercent: number;
    readonly accessNetworksMin: number;
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
  /** All that hold, in order. */
  readonly causes: readonly TvCause[];
  readonly asked: readonly Asked[];
  /** What nobody knew, where nothing holds: what a support engineer would ask for. */
  readonly wanted: readonly TvCause[];
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
  const line = accessLine(capacity, session, evidence);
  const shared = concurrentUse(capacity, others, session, evidence);
  const home = homeNetwork(session, evidence);
  const service = serviceItself(session, others, line, shared, evidence);
  const device = deviceItself(session, remembered, evidence);
  const asked = capacity ? [line, shared, home, service, device] : [line, shared, service, home, device];
  const causes = asked.filter(({ holds }) => holds).map(({ cause }) => cause);
  const unknown = asked.filter(({ holds }) => holds === null).map(({ cause }) => cause);
  const wanted = causes.length === 0 ? unknown : [];
  return { likelyCause: causes[0] ?? 'undetermined', causes, asked, wanted, remembered };
}

interface Capacity {
  readonly bitsPerSecond: number;
  readonly from: 'session' | 'line' | 'wired-test';
}

/**
 * What the session says of its access; else the last measurement of the line that is fresh, of one instant the greatest; else
 * what a test by cable had.
 */
function capacityOf(session: Session, { lines, rules }: Evidence): Capacity | undefined {
  const { accessBitsPerSecond, wiredBitsPerSecond } = session.data;
  if (accessBitsPerSecond !== undefined) return { bitsPerSecond: accessBitsPerSecond, from: 'session' };
  const end = endOf(session);
  let last: LineRate | undefined;
  for (const line of lines) {
    if (line[0] < session.at - rules.lineFresh || line[0] > end) continue;
    if (!last || line[0] > last[0] || (line[0] === last[0] && line[1] > last[1])) last = line;
  }
  if (last) return { bitsPerSecond: last[1], from: 'line' };
  return wiredBitsPerSecond === undefined ? undefined : { bitsPerSecond: wiredBitsPerSecond, from: 'wired-test' };
}

/** What reached the player came over line and home: both carry at least that. */
function reached({ throughputBitsPerSecond }: DataOf<'tv.played'>, required: number): boolean {
  return throughputBitsPerSecond !== undefined && throughputBitsPerSecond >= required;
}

function accessLine(capacity: Capacity | undefined, { data }: Session, { required, contracted }: Evidence): Asked {
  return {
    cause: 'access-line',
    holds: capacity ? capacity.bitsPerSecond < required : reached(data, required) ? false : null,
    capacityBitsPerSecond: capacity?.bitsPerSecond ?? null,
    measuredBy: capacity?.from ?? null,
    ...told('throughputBitsPerSecond', data.throughputBitsPerSecond),
    ...(capacity && contracted !== undefined
      ? { contractedDownBitsPerSecond: contracted, shareOfContracted: capacity.bitsPerSecond / contracted }
      : {}),
  };
}

/** The most that other sessions drew at one instant of this one, or all else that the line carried where somebody counted it. */
function concurrentUse(
  capacity: Capacity | undefined,
  others: readonly Played[],
  { at: from, data }: Session,
  { required }: Evidence,
): Asked {
  const instants = [from, ...others.map(({ at }) => at).filter((at) => at > from)];
  const drawn = instants.map((at) =>
    others.reduce((sum, one) => sum + (one.at <= at && at < one.to ? one.rate : 0), 0),
  );
  const other = Math.max(data.otherBitsPerSecond ?? 0, ...drawn);
  return {
    cause: 'concurrent-use',
    holds: capacity ? capacity.bitsPerSecond >= required && capacity.bitsPerSecond - other < required : null,
    otherBitsPerSecond: other,
    sessions: others.map(({ ref }) => ref),
  };
}

/** What comes over the air is too little, or a test by cable at the same line is fine while the device gets less. */
function homeNetwork({ data }: Session, { required }: Evidence): Asked {
  const { homeNetworkBitsPerSecond: rate, wiredBitsPerSecond: wired } = data;
  const got = data.throughputBitsPerSecond ?? deliveredOf(data);
  const byCable = wired === undefined || got === undefined ? null : wired >= required && got < required;
  return {
    cause: 'home-network',
    holds: reached(data, required) ? false : rate !== undefined ? rate < required : byCable,
    homeNetworkBitsPerSecond: rate ?? null,
    ...told('wiredBitsPerSecond', wired),
  };
}

/**
 * Any of: a fault of what serves it lay open; the server could not give enough; of those on the same node or channel enough were
 * short, over several access networks; other devices here were short at the same time, and neither the line nor its other use
 * explains it.
 */
function serviceItself(
  session: Session,
  others: readonly Played[],
  line: Asked,
  shared: Asked,
  { faults, required, rules }: Evidence,
): Asked {
  const { peers, serverBitsPerSecond: server } = session.data;
  const elsewhere = others.filter(({ on }) => on !== deviceOf(session.data));
  const short = elsewhere.filter((one) => one.short);
  const explained = line.holds === true || shared.holds === true;
  const answers = [
    faults.length > 0 ? true : null,
    server === undefined ? null : server < required,
    peers === undefined || peers.accessNetworks === undefined || peers.sessions < rules.peersMin
      ? null
      : isMany(peers, rules) && peers.accessNetworks >= rules.accessNetworksMin,
    elsewhere.length === 0 ? null : short.length > 0 && !explained,
  ];
  return {
    cause: 'service',
    holds: answers.includes(true) ? true : answers.includes(false) ? false : null,
    ...(faults.length > 0 && { faults }),
    ...told('serverBitsPerSecond', server),
    ...(peers && { peers }),
    sessionsOnOtherDevices: elsewhere.length,
    shortOnOtherDevices: short.length,
  };
}

/** This device was short again and again, and no other; or those of its model with its firmware are, and the others are not. */
function deviceItself(session: Session, remembered: readonly Played[], { rules }: Evidence): Asked {
  const on = deviceOf(session.data);
  const shortHere = remembered.filter((one) => one.on === on && one.short).length;
  const elsewhere = remembered.filter((one) => one.on !== on);
  const shortElsewhere = elsewhere.filter(({ short }) => short).length;
  const isEnough = shortHere >= rules.sessionsMin && elsewhere.length >= rules.sessionsMin;
  const here = isEnough ? shortElsewhere === 0 : null;
  const cluster = clusterOf(session.data, rules);
  return {
    cause: 'device',
    holds: here || cluster ? true : (here ?? cluster),
    device: on,
    shortOnIt: shortHere,
    sessionsOnOthers: elsewhere.length,
    shortOnOthers: shortElsewhere,
    ...(session.data.peers?.onModel && { onModel: session.data.peers.onModel }),
  };
}

type Counted = { readonly sessions: number; readonly short: number };

/** Whether its model is short where others are not; null where too few of either were seen. */
function clusterOf({ peers }: DataOf<'tv.played'>, rules: Evidence['rules']): boolean | null {
  if (!peers?.onModel) return null;
  const rest = { sessions: peers.sessions - peers.onModel.sessions, short: peers.short - peers.onModel.short };
  if (peers.onModel.sessions < rules.peersMin || rest.sessions < rules.peersMin) return null;
  return isMany(peers.onModel, rules) && !isMany(rest, rules);
}

function isMany({ sessions, short }: Counted, { peersShortPercent }: Evidence['rules']): boolean {
  return 100 * short >= peersShortPercent * sessions;
}

function told(name: string, value: number | undefined): Readonly<Record<string, number>> {
  return value === undefined ? {} : { [name]: value };
}
