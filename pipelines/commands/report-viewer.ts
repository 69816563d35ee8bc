/**
 * `dozor report viewer SERVICE`: the sessions of one viewer that were short, each with what the terms say of it, what the evidence
 * points at, and every question that was asked with its numbers, in sentences that a support engineer can read out. It says
 * nothing that does not stand in the decision.
 */
import { parseInstant } from '../domain/units.js';
import type { WireDecision } from '../http/ports.js';
import type { Config } from '../runtime/config.js';
import { TOPICS } from '../runtime/topics.js';
import { openParts } from './parts.js';
import { linesOf } from './replay.js';
import { checkPeriod, compare, isWithin, type Period, topicRecords } from './report.js';

export interface ViewerOptions extends Period {
  readonly service: string;
  /** Files of decisions, as `replay` writes them; none: the log that the configuration names. */
  readonly files: readonly string[];
}

/** The report, by the time of the sessions. Rejects in words where the source is not there. */
export async function reportViewer(config: Config, options: ViewerOptions): Promise<readonly string[]> {
  checkPeriod(options);
  const found = new Map<string, WireDecision>();
  const take = (text: string) => {
    if (!text.includes('"tv.shortfall"')) return;
    const decision = JSON.parse(text) as WireDecision;
    if (decision.type === 'tv.shortfall' && decision.subject === options.service) found.set(decision.id, decision);
  };
  if (options.files.length > 0) {
    for (const file of options.files) for await (const line of linesOf(file)) take(line);
  } else {
    const { log, close } = await openParts(config, 'read');
    try {
      for await (const { value } of topicRecords(log, TOPICS.decisions)) take(Buffer.from(value).toString('utf8'));
    } finally {
      await close();
    }
  }
  return viewerWords(options.service, [...found.values()], options);
}

/** The shortfalls of a service in words. */
export function viewerWords(service: string, decisions: readonly WireDecision[], period: Period): readonly string[] {
  const told = decisions
    .map((decision) => ({ decision, because: decision.data['because'] as Because }))
    .filter(({ because }) => isWithin(period, parseInstant(because.from) ?? Number.NaN))
    .sort(
      (a, b) => parseInstant(a.because.from)! - parseInstant(b.because.from)! || compare(a.decision.id, b.decision.id),
    );
  if (told.length === 0) return [`${service}: no session was short in that time`];
  return told.flatMap(({ decision, because }, i) => [...(i > 0 ? [''] : []), ...session(decision, because)]);
}

interface Because {
  readonly from: string;
  readonly to: string;
  readonly channelId: string | null;
  readonly mode: string | null;
  readonly deliveredBitsPerSecond: number;
  readonly shouldBitsPerSecond: number;
  readonly accessRequiredBitsPerSecond: number;
  readonly metrics: Readonly<Record<string, number | boolean | null | undefined>>;
  readonly evidence: readonly Asked[];
  readonly causes: readonly string[];
  readonly wanted: readonly string[];
}

type Asked = { readonly cause: string; readonly holds: boolean | null } & Readonly<Record<string, unknown>>;

function session({ id, data }: WireDecision, because: Because): readonly string[] {
  const { from, to, channelId, deliveredBitsPerSecond: delivered, shouldBitsPerSecond: should } = because;
  const where = [
    String(data['device']),
    ...(channelId === null ? [] : [`channel ${channelId}`]),
    ...(because.mode === null ? [] : [because.mode]),
  ];
  const metrics = metricsOf(because.metrics);
  return [
    `${from.slice(0, 10)} ${from.slice(11, 16)} to ${to.slice(11, 16)}, ${where.join(', ')}: ${megabits(delivered)} of ${megabits(should)} Mbit/s`,
    ...(metrics.length > 0 ? [`  ${metrics.join('; ')}`] : []),
    `  By the terms (${String(data['clause'])}): ${TERMS[String(data['attribution'])] ?? String(data['attribution'])}${liability(data['operatorLiable'])}.`,
    `  Likely cause: ${CAUSES[String(data['likelyCause'])] ?? String(data['likelyCause'])}${also(because.causes)}.`,
    ...because.evidence.map(
      (asked) => `    ${mark(asked.holds)} ${sentence(asked, because.accessRequiredBitsPerSecond)}`,
    ),
    ...(because.wanted.length > 0
      ? [`  Not known, and to be asked for: ${because.wanted.map((cause) => WANTED[cause] ?? cause).join('; ')}.`]
      : []),
    `  Decision ${id}`,
  ];
}

const TERMS: Readonly<Record<string, string>> = {
  access: 'the access was below what the device needs',
  service: 'the access was enough, so the service was short',
  undetermined: 'nobody knows what the access carried',
};
const CAUSES: Readonly<Record<string, string>> = {
  'access-line': 'the access line',
  'concurrent-use': 'other use of the same line',
  'home-network': 'the home network',
  service: 'the service',
  device: 'the device',
  undetermined: 'not found',
};
const WANTED: Readonly<Record<string, string>> = {
  'access-line': 'a measurement of the line',
  'concurrent-use': 'what else the line carried',
  'home-network': 'the rate of the Wi-Fi or a test by cable',
  service: 'what others on the same node or channel saw',
  device: 'what others with the same device saw',
};

function liability(operatorLiable: unknown): string {
  if (typeof operatorLiable !== 'boolean') return '; whether the operator is liable is open';
  return operatorLiable ? '; the operator is liable' : '; the operator is not liable';
}

function also(causes: readonly string[]): string {
  const others = causes.slice(1).map((cause) => CAUSES[cause] ?? cause);
  return others.length === 0 ? '' : `; and ${others.join(', ')}`;
}

function mark(holds: boolean | null): string {
  return holds === null ? '?  ' : holds ? 'yes' : 'no ';
}

/** What was asked and what was found. */
function sentence(asked: Asked, required: number): string {
  const number = (name: string) => (typeof asked[name] === 'number' ? (asked[name] as number) : undefined);
  switch (asked.cause) {
    case 'access-line': {
      const capacity = number('capacityBitsPerSecond');
      const reached = number('throughputBitsPerSecond');
      if (capacity !== undefined) {
        return `The line carried ${megabits(capacity)} Mbit/s (${MEASURED[String(asked['measuredBy'])]}); this device needs ${megabits(required)}.`;
      }
      return reached === undefined
        ? 'Nobody measured the line.'
        : `Nobody measured the line; ${megabits(reached)} Mbit/s came over it, and this device needs ${megabits(required)}.`;
    }
    case 'concurrent-use': {
      const other = number('otherBitsPerSecond') ?? 0;
      return other === 0
        ? 'Nothing else was seen on the line.'
        : `Beside it the line carried ${megabits(other)} Mbit/s.`;
    }
    case 'home-network': {
      const home = number('homeNetworkBitsPerSecond');
      const wired = number('wiredBitsPerSecond');
      const air =
        home === undefined
          ? 'Nobody measured the network at home'
          : `The network at home carried ${megabits(home)} Mbit/s`;
      return `${air}${wired === undefined ? '' : `; by cable ${megabits(wired)} Mbit/s came`}.`;
    }
    case 'service':
      return serviceSentence(asked, number);
    default: {
      const onModel = asked['onModel'] as Counted | undefined;
      const model = onModel
        ? `; of all with this model and firmware ${onModel.short} of ${onModel.sessions} were short`
        : '';
      return `On the ${String(asked['device'])} within a day: ${number('shortOnIt')} short; on other devices here ${shortOf(number('shortOnOthers'), number('sessionsOnOthers'))}${model}.`;
    }
  }
}

function shortOf(short = 0, sessions = 0): string {
  return sessions === 0 ? 'nothing was watched' : `${short} of ${sessions} short`;
}

const MEASURED: Readonly<Record<string, string>> = {
  session: 'told with the session',
  line: 'measured within a quarter of an hour',
  'wired-test': 'a test by cable',
};

type Counted = { readonly sessions: number; readonly short: number };

function serviceSentence(asked: Asked, number: (name: string) => number | undefined): string {
  const peers = asked['peers'] as (Counted & { readonly accessNetworks?: number }) | undefined;
  const faults = asked['faults'] as readonly string[] | undefined;
  const server = number('serverBitsPerSecond');
  const said = [
    ...(faults ? [`a fault lay open: ${faults.join(', ')}`] : []),
    ...(server === undefined ? [] : [`the server could give ${megabits(server)} Mbit/s`]),
    ...(peers
      ? [
          `on the same node or channel ${peers.short} of ${peers.sessions} sessions were short${peers.accessNetworks === undefined ? '' : `, over ${peers.accessNetworks} access networks`}`,
        ]
      : []),
    `on other devices here at the same time ${shortOf(number('shortOnOtherDevices'), number('sessionsOnOtherDevices'))}`,
  ];
  const text = said.join('; ');
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** The measures of CTA-2066 that the player told. */
function metricsOf(metrics: Because['metrics']): readonly string[] {
  const { startUpSeconds, startFailure, rebufferingRatio, stalls, switches } = metrics;
  return [
    ...(startFailure === true ? ['it did not start'] : []),
    ...(typeof startUpSeconds === 'number' ? [`first picture after ${startUpSeconds.toFixed(1)} s`] : []),
    ...(typeof rebufferingRatio === 'number' ? [`stalled ${(100 * rebufferingRatio).toFixed(1)} % of the time`] : []),
    ...(typeof stalls === 'number' ? [`${stalls} stalls`] : []),
    ...(typeof switches === 'number' ? [`${switches} changes of the rendition`] : []),
  ];
}

function megabits(bitsPerSecond: number): string {
  return (bitsPerSecond / 1e6).toFixed(1);
}
