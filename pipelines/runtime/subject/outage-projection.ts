/** What an open outage would cost: each service reckoned by the rules themselves, as if it ended now, or at its limit. */
import { previewOutage } from '../../detectors/outage-preview.js';
import { formatLocal } from '../../domain/calendar.js';
import { type Decision, decide, encodeDecision } from '../../domain/decision.js';
import type { Given } from '../../domain/detector.js';
import type { Money } from '../../domain/money.js';
import { networkParts } from '../../domain/outage.js';
import type { OutageProjection } from '../../domain/outage-wire.js';
import type { Packs } from '../../domain/pack.js';
import { profileAt, profileSpans } from '../../domain/service.js';
import { DAY, type Instant, SECOND, type Zone } from '../../domain/units.js';
import { NO_USAGE } from '../../domain/usage/book.js';
import type { Store } from '../../io/store.js';
import { ServiceCell } from '../service-cell.js';
import type { Partitions } from '../topics.js';
import { addMoney, wireOf } from './granted.js';
import { networkPiece } from './network-piece.js';
import type { Member } from './outage-services.js';

/** So many services are reckoned: a person waits for it, and the engine goes on beside it. */
export const RECKONED_MAX = 1_000;
const EXAMPLES_MAX = 3;
const YIELD_EVERY = 25;

type Point = OutageProjection['points'][number];

interface Sum {
  readonly is: Point['is'];
  readonly at: Instant;
  services: number;
  extension: number;
  readonly money: Map<string, Money>;
  readonly examples: { readonly service: string; readonly because: Readonly<Record<string, unknown>> }[];
}

/** Reckons the first services; `total` is how many there are. */
export async function projectionOf(
  outage: {
    readonly incident: string;
    readonly zone: Zone;
    readonly clock: Instant;
    readonly limitAt: Instant | undefined;
    readonly total: number;
  },
  members: AsyncIterable<Member>,
  given: { readonly store: Store; readonly packs: Packs; readonly partitions: Partitions },
): Promise<OutageProjection> {
  const { incident, zone, clock, limitAt, total } = outage;
  const sum = (is: Sum['is'], at: Instant): Sum => ({
    is,
    at,
    services: 0,
    extension: 0,
    money: new Map(),
    examples: [],
  });
  const isAhead = limitAt !== undefined && limitAt > clock;
  // Just past the limit the first credits are due: until then a repair costs nothing.
  const sums = [sum('now', clock), isAhead ? sum('limit', limitAt + SECOND) : sum('tomorrow', clock + DAY)];
  const pieces = new Map<string, Awaited<ReturnType<typeof networkPiece>>>();
  let reckoned = 0;
  for await (const { id, bytes } of members) {
    if (reckoned >= RECKONED_MAX) break;
    if (++reckoned % YIELD_EVERY === 0) await new Promise((next) => setImmediate(next));
    const { facts } = ServiceCell.fromBytes<unknown>(id, bytes).cell;
    const serving = profileSpans(facts).flatMap(({ from, to, profile }) =>
      [...(profile.servedBy ?? [])].sort().map((element) => ({ element, from, to })),
    );
    const names = [...new Set(serving.map(({ element }) => element))].sort();
    const key = names.join('\n');
    let view = pieces.get(key);
    if (!view) pieces.set(key, (view = await networkPiece(names, given)));
    const network = view;
    const asked: Given = {
      facts,
      pack: (at) => given.packs.at(profileAt(facts, at).operator, at)!,
      parts: (rules) => networkParts(serving, network, rules),
      usage: NO_USAGE,
      submitted: 'when-told',
    };
    for (const one of sums) add(one, id, asked, incident);
  }
  return {
    clock: formatLocal(clock, zone),
    services: total,
    reckoned,
    points: sums.map(({ is, at, services, extension, money, examples }) => ({
      at: formatLocal(at, zone),
      is,
      services,
      amounts: wireOf(money),
      extensionSeconds: extension,
      examples,
    })),
  };
}

/** Adds what would be due to one service. */
function add(sum: Sum, service: string, given: Given, incident: string): void {
  const due = previewOutage(given, incident, sum.at)?.due ?? [];
  if (due.length === 0) return;
  sum.services += 1;
  for (const draft of due) {
    if (draft.type === 'credit.granted') addMoney(sum.money, draft.data.amount);
    if (draft.type === 'extension.granted') sum.extension += draft.data.seconds;
  }
  if (sum.examples.length >= EXAMPLES_MAX) return;
  const [first] = due;
  const { zone } = given.pack(sum.at);
  const { data } = encodeDecision(decide(first!) as Decision, zone) as {
    readonly data: Readonly<Record<string, unknown>>;
  };
  const { because, amount, seconds, cycle } = data;
  const shown = {
    ...(because as object),
    ...(amount !== undefined && { amount }),
    ...(seconds !== undefined && { seconds }),
  };
  sum.examples.push({ service, because: { ...shown, ...(cycle !== undefined && { cycle }) } });
}
