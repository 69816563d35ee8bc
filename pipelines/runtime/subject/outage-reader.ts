/** Reads one outage from the state of the tasks and from what was decided: its faults in time, what counts, who is affected. */
import { outagesFrom } from '../../detectors/outage.js';
import { formatLocal } from '../../domain/calendar.js';
import { type Fault, faultName, foldFault } from '../../domain/fault.js';
import { length, overlap, type Span, union } from '../../domain/intervals.js';
import type { NetworkView } from '../../domain/network.js';
import { ALWAYS, lineParts, networkParts, type Outage } from '../../domain/outage.js';
import type {
  EndedOutage,
  OutageDetail,
  OutageProjection,
  OutageServices,
  OutageViews,
} from '../../domain/outage-wire.js';
import type { OutageRules, Pack, Packs } from '../../domain/pack.js';
import { excusedBy, lineFaults, profileAt } from '../../domain/service.js';
import { EVER, FOREVER, formatDuration, type Instant, SECOND } from '../../domain/units.js';
import type { Views } from '../../http/ports.js';
import type { Store } from '../../io/store.js';
import { decode as unpack } from '../codec.js';
import { ServiceCell } from '../service-cell.js';
import { standOf } from '../task.js';
import { type Partitions, partitionOf } from '../topics.js';
import { grantedOf } from './granted.js';
import { networkPiece } from './network-piece.js';
import { projectionOf } from './outage-projection.js';
import { membersOf, servicesOf } from './outage-services.js';

export interface OutageReaderGiven {
  readonly store: Store;
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly views: Pick<Views, 'incident' | 'decisions'>;
}

/** Of so many faults the newest are looked through for those that are over. */
const FAULTS_MAX = 50_000;
const YIELD_EVERY = 1_000;

/** A fault, what it lies on, and the network around it. */
interface Found {
  readonly fault: Fault;
  readonly on: 'element' | 'service';
  readonly pack: Pack;
  readonly view: NetworkView;
  readonly clock: Instant;
  readonly faults: readonly Fault[];
  readonly place: { readonly kind: string | null; readonly district: string | null };
}

export class OutageReader implements OutageViews {
  readonly #given: OutageReaderGiven;

  constructor(given: OutageReaderGiven) {
    this.#given = given;
  }

  async outage(incident: string): Promise<OutageDetail | undefined> {
    const found = await this.#find(incident);
    if (!found) return undefined;
    const { fault, on, pack, view, clock, faults, place } = found;
    const { groups, decisions } = this.#given.views.incident?.(incident) ?? { groups: [], decisions: {} };
    const { zone, rules } = pack;
    const local = (at: Instant) => formatLocal(at, zone);
    const end = (at: Instant) => (at === FOREVER ? null : local(at));
    const outage = this.#outageOf(found);
    const spans = standing(outage);
    const counted = (outage?.counted ?? []).map(({ from, to }) => ({ from, to: Math.min(to, clock) }));
    const excused = (outage?.segments ?? []).flatMap(({ is, from, to }) =>
      is === 'excused' && from < clock ? [{ from, to: Math.min(to, clock) }] : [],
    );
    const granted = await grantedOf(incident, this.#given.views);
    return {
      version: 1,
      incident,
      subject: fault.subject,
      faultId: fault.faultId,
      on,
      operator: { id: pack.operator, name: pack.name },
      zone,
      ...place,
      clock: local(clock),
      from: local(fault.from),
      to: end(fault.to),
      faults: faults.map((one) => ({
        incident: faultName(one),
        subject: one.subject,
        faultId: one.faultId,
        from: local(one.from),
        to: end(one.to),
        parts: one.parts.map((part) => ({
          from: local(part.from),
          to: end(part.to),
          responsibility: part.responsibility,
          reason: part.reason,
          accessBarred: part.accessBarred,
          excused: rules.outage ? excusedBy(part, rules.outage) : false,
        })),
        events: one.refs,
      })),
      spans: spans.map(({ from, to, is }) => ({ from: local(from), to: end(to), is })),
      countedSeconds: length(union(counted.filter(({ from, to }) => from < to))) / SECOND,
      excusedSeconds: length(union(excused)) / SECOND,
      limit: rules.outage ? { after: formatDuration(rules.outage.limit), clause: rules.outage.clause } : null,
      excusable: rules.outage?.excused ?? [],
      overdueAt: outage?.overdueAt === undefined ? null : local(outage.overdueAt),
      confirmedAt: outage?.confirmedAt === undefined ? null : local(outage.confirmedAt),
      works: on === 'service' ? [] : worksOn(view, fault, local),
      services: groups.reduce((sum, group) => sum + group.services, 0),
      decisions,
      ...granted,
    };
  }

  async services(incident: string, page: { readonly after?: string; readonly limit: number }): Promise<OutageServices> {
    return servicesOf(incident, page, this.#given);
  }

  async projection(incident: string): Promise<OutageProjection | undefined> {
    const found = await this.#find(incident);
    if (!found) return undefined;
    const { groups } = this.#given.views.incident?.(incident) ?? { groups: [] };
    const outage = this.#outageOf(found);
    return projectionOf(
      {
        incident,
        zone: found.pack.zone,
        clock: found.clock,
        limitAt: outage?.confirmedAt,
        total: groups.reduce((sum, group) => sum + group.services, 0),
      },
      membersOf(groups, this.#given.store),
      this.#given,
    );
  }

  async ended(limit: number): Promise<readonly EndedOutage[]> {
    const { store, partitions, packs } = this.#given;
    const found: (EndedOutage & { readonly at: Instant })[] = [];
    let looked = 0;
    for (let q = 0; q < partitions.element; q++) {
      const task = `network-${q}`;
      for await (const [key, value] of store.entries(task, 'f/')) {
        if (++looked > FAULTS_MAX) break;
        if (looked % YIELD_EVERY === 0) await new Promise((next) => setImmediate(next));
        const [subject = '', faultId = ''] = key.slice(2).split('\n');
        const { facts } = unpack(value) as { readonly facts: Parameters<typeof foldFault>[2] };
        for (const fault of foldFault(subject, faultId, facts)) {
          if (fault.to === FOREVER) continue;
          const { responsibility, reason } = fault.parts.at(-1)!;
          const times = { from: new Date(fault.from).toISOString(), to: new Date(fault.to).toISOString() };
          found.push({
            incident: faultName(fault),
            subject,
            operator: '',
            ...times,
            responsibility,
            reason,
            at: fault.to,
          });
        }
      }
    }
    found.sort((a, b) => b.at - a.at || (a.incident < b.incident ? -1 : 1));
    const newest = found.slice(0, limit);
    return Promise.all(
      newest.map(async ({ at, ...one }) => {
        const [bytes] = await store.get(`network-${partitionOf(one.subject, partitions.element)}`, [
          `e/${one.subject}`,
        ]);
        const versions = bytes ? (unpack(bytes) as { versions: readonly { operator: string }[] }).versions : [];
        const operator = versions.at(-1)?.operator ?? '';
        const zone = packs.at(operator, at)?.zone ?? 'UTC';
        const local = (time: string) => formatLocal(Date.parse(time), zone);
        return { ...one, operator, from: local(one.from), to: local(one.to) };
      }),
    );
  }

  /** The fault by its name, on an element or on the line of a service. */
  async #find(incident: string): Promise<Found | undefined> {
    const subject = incident.slice(0, incident.lastIndexOf('/'));
    const { store, partitions } = this.#given;
    const view = await networkPiece([subject], { store, partitions });
    if (view.knows(subject)) {
      const fault = view.faults(subject).find((one) => faultName(one) === incident);
      if (!fault) return undefined;
      const element = view.element(subject, fault.from)!;
      const clock = await this.#clockOf(`network-${partitionOf(subject, partitions.element)}`, fault);
      const pack = this.#given.packs.at(element.operator, fault.from);
      if (!pack) return undefined;
      const above = view.chain(subject, fault).flatMap((link) => view.faults(link.element));
      const faults = [...new Set(above)].filter((one) => overlap(one, fault));
      const district =
        element.district ?? (element.parent ? view.element(element.parent, fault.from)?.district : undefined);
      const place = { kind: element.kind, district: district ?? null };
      return { fault, on: 'element', pack, view, clock, faults: sortedFaults(faults), place };
    }
    return this.#findOnLine(subject, incident);
  }

  async #findOnLine(service: string, incident: string): Promise<Found | undefined> {
    const { store, partitions, packs } = this.#given;
    const task = `service-${partitionOf(service, partitions.service)}`;
    const [bytes] = await store.get(task, [`s/${service}`]);
    if (!bytes) return undefined;
    const { facts } = ServiceCell.fromBytes<unknown>(service, bytes).cell;
    const fault = lineFaults(facts).find((one) => faultName(one) === incident);
    if (!fault) return undefined;
    const pack = packs.at(profileAt(facts, fault.from).operator, fault.from);
    if (!pack) return undefined;
    const view = await networkPiece([...(profileAt(facts, fault.from).servedBy ?? [])], { store, partitions });
    const clock = await this.#clockOf(task, fault);
    const place = { kind: 'line', district: null };
    return { fault, on: 'service', pack, view, clock, faults: [fault], place };
  }

  async #clockOf(task: string, fault: Fault): Promise<Instant> {
    const clock = (await standOf(this.#given.store, task))?.clock ?? EVER;
    return clock === EVER ? fault.from : clock;
  }

  /** The outage that this fault makes of a service on it that has no history of its own. */
  #outageOf({ fault, on, pack, view, faults }: Found): Outage | undefined {
    const serving = [{ element: fault.subject, from: EVER, to: FOREVER }];
    const parts = (rules: OutageRules) =>
      on === 'service' ? lineParts(faults, rules) : networkParts(serving, view, rules);
    const { packs } = this.#given;
    const outages = outagesFrom(parts, (at) => packs.at(pack.operator, at) ?? pack, ALWAYS);
    return outages.find((one) => overlap(one, fault));
  }
}

/** Whether time counts, in stretches that are as long as they are the same. */
function standing(outage: Outage | undefined): readonly (Span & { readonly is: 'counted' | 'excused' })[] {
  const spans: { from: Instant; to: Instant; is: 'counted' | 'excused' }[] = [];
  for (const { from, to, is } of outage?.segments ?? []) {
    const last = spans.at(-1);
    const now = is === 'counted' ? is : 'excused';
    if (last?.to === from && last.is === now) last.to = to;
    else spans.push({ from, to, is: now });
  }
  return spans;
}

function sortedFaults(faults: readonly Fault[]): readonly Fault[] {
  return [...faults].sort((a, b) => a.from - b.from || (faultName(a) < faultName(b) ? -1 : 1));
}

/** Works on the fault's element or above it in the time of the fault. */
function worksOn(view: NetworkView, fault: Fault, local: (at: Instant) => string): OutageDetail['works'] {
  return view.chain(fault.subject, fault).flatMap((link) =>
    view
      .works(link.element)
      .filter((works) => overlap(works, fault))
      .map(({ worksId, from, to, at, channel }) => ({
        element: link.element,
        worksId,
        from: local(from),
        to: local(to),
        announcedAt: local(at),
        channel,
      })),
  );
}
