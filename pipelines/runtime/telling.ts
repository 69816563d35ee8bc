/**
 * What a service task tells the collectors and the page: which limits its services passed in which incident, the open outages of
 * its groups, what customers' services owe and where they were, and how television was played minute by minute. All of it absolute,
 * told at the end of a tick, at most once a tick for each key and instant. What a crash kept from going out goes with the next.
 */
import type { IncidentTale, PlayedTale, Tale } from '../domain/detector.js';
import type { Fact, OpenOutage, Passed, PlayedFact, RoamingDaysFact, UnpaidFact } from '../domain/fact.js';
import { factKey, playedKey } from '../domain/fact.js';
import { assertNever, EVER, type Instant } from '../domain/units.js';
import { decode as unpack } from './codec.js';

interface Incident {
  readonly operator: string;
  revision: number;
  published: number;
  overdue: Passed | undefined;
  /** By mark, then by group: absolute counts. */
  marks: Record<string, { passed: Passed; by: Record<string, number> }>;
}

interface Shown {
  readonly operator: string;
  readonly services: number;
  readonly open: readonly OpenOutage[];
  revision: number;
  published: number;
}

/** The sessions of one minute on one node, or of one channel. */
interface Minute {
  readonly operator: string;
  readonly of: PlayedFact['of'];
  readonly name: string;
  readonly minute: Instant;
  /** From then on it is forgotten: what comes later is not compared any more. */
  readonly until: Instant;
  /** By service: its sessions, and those of them that were short. */
  readonly by: Record<string, readonly [sessions: number, short: number]>;
  revision: number;
  published: number;
}

type CustomerFact = UnpaidFact | RoamingDaysFact;

/** What has to be written down under a key once it is taken; undefined: what stands there is to be removed. */
export type Keep = (key: string, make: (() => unknown) | undefined) => void;

export class Telling {
  readonly #from: string;
  readonly #keep: Keep;
  readonly #incidents = new Map<string, Incident>();
  /** Incidents of which the collectors have not heard the last. */
  readonly #untold = new Set<string>();
  /** What the page shows of each group's open outages, and the groups of which it has not heard the last. */
  readonly #shown = new Map<string, Shown>();
  readonly #unshown = new Set<string>();
  /** What customers' services said of themselves since the last tick. */
  readonly #customers = new Map<string, CustomerFact>();
  readonly #minutes = new Map<string, Minute>();
  readonly #uncounted = new Set<string>();
  #facts: Fact[] = [];

  constructor(given: { readonly from: string; readonly keep: Keep }) {
    this.#from = given.from;
    this.#keep = given.keep;
  }

  /** A tale of a service, or of `services` of a group; `by` names which of them. */
  tell(tale: Tale, by: string, services: number, now: Instant): void {
    switch (tale.is) {
      case 'overdue':
      case 'mark':
        this.#tellIncident(tale, by, services);
        break;
      case 'unpaid':
      case 'roaming-days': {
        const fact: CustomerFact = { ...tale, from: this.#from };
        // Each instant by itself: what a later one changes was so until then.
        const key = `t/${factKey(fact)} ${fact.at}`;
        this.#customers.set(key, fact);
        this.#keep(key, () => fact);
        break;
      }
      case 'played':
        this.#count(tale, now);
        break;
      default:
        assertNever(tale);
    }
  }

  #tellIncident(tale: IncidentTale, by: string, services: number): void {
    let incident = this.#incidents.get(tale.incident);
    if (!incident) {
      incident = { operator: tale.operator, revision: 0, published: 0, overdue: undefined, marks: {} };
      this.#incidents.set(tale.incident, incident);
    }
    const { at, now, after, clause, faults, late } = tale;
    const passed: Passed = { at, now, after, clause, services, faults, late };
    // Only who passed first counts as affected then: who passes later changes nothing that was told.
    if (tale.is === 'overdue') {
      const held = incident.overdue;
      if (held && held.now < now) return;
      const first = held && !earlier(passed, held) ? held : passed;
      incident.overdue = { ...first, services: (held?.now === now ? held.services : 0) + services };
    } else {
      const held = incident.marks[after];
      if (held && held.passed.now < now) return;
      const first = held && !earlier(passed, held.passed) ? held.passed : passed;
      incident.marks[after] = { passed: first, by: { ...(held?.passed.now === now ? held.by : {}), [by]: services } };
    }
    incident.revision += 1;
    this.#keep(`i/${tale.incident}`, () => incident);
    this.#untold.add(tale.incident);
  }

  /** Shows a group's open outages, with its number of services. */
  show(group: string, operator: string, services: number, open: readonly OpenOutage[]): void {
    const held = this.#shown.get(group);
    if (held ? JSON.stringify([held.open, held.services]) === JSON.stringify([open, services]) : open.length === 0)
      return;
    const shown = { operator, services, open, revision: (held?.revision ?? 0) + 1, published: held?.published ?? 0 };
    this.#shown.set(group, shown);
    this.#unshown.add(group);
    this.#keep(`v/${group}`, () => this.#shown.get(group));
  }

  /** Counts a session on each of its nodes and for its channel. One known after its minute was forgotten is not compared. */
  #count({ operator, service, minute, nodes, channelId, short, until }: PlayedTale, now: Instant): void {
    if (now >= until) return;
    const places = nodes.map((name) => ({ operator, of: 'node' as const, name }));
    const all = channelId === undefined ? places : [...places, { operator, of: 'channel' as const, name: channelId }];
    for (const place of all) {
      const key = `${playedKey(place)} ${minute}`;
      let held = this.#minutes.get(key);
      if (!held) this.#minutes.set(key, (held = { ...place, minute, until, by: {}, revision: 0, published: 0 }));
      const [sessions, shorts] = held.by[service] ?? [0, 0];
      held.by[service] = [sessions + 1, shorts + (short ? 1 : 0)];
      held.revision += 1;
      this.#keep(`m/${key}`, () => this.#minutes.get(key));
      this.#uncounted.add(key);
    }
  }

  /** What changed within the tick goes out at its end. `at` is when sessions of the tick became known, `now` what the clock says. */
  publish(at: Instant, now: Instant): void {
    for (const key of [...this.#unshown].sort()) {
      const shown = this.#shown.get(key)!;
      shown.published = shown.revision;
      this.#keep(`v/${key}`, () => shown);
      const { operator, revision, services, open } = shown;
      this.#facts.push({ is: 'outages', from: this.#from, group: key, operator, revision, services, open });
    }
    this.#unshown.clear();
    for (const name of [...this.#untold].sort()) {
      const incident = this.#incidents.get(name)!;
      incident.published = incident.revision;
      this.#keep(`i/${name}`, () => incident);
      this.#facts.push(incidentFact(this.#from, name, incident));
    }
    this.#untold.clear();
    for (const [key, fact] of [...this.#customers].sort(byKey)) {
      this.#facts.push(fact);
      this.#keep(key, undefined);
    }
    this.#customers.clear();
    for (const key of [...this.#uncounted].sort()) {
      const minute = this.#minutes.get(key)!;
      minute.published = minute.revision;
      this.#keep(`m/${key}`, () => minute);
      this.#facts.push(playedFact(this.#from, minute, at === EVER ? now : at));
    }
    this.#uncounted.clear();
    // Minutes are few, and most of them old: those of the last hours.
    for (const [key, { until }] of this.#minutes) {
      if (until > now) break;
      this.#minutes.delete(key);
      this.#keep(`m/${key}`, undefined);
    }
  }

  takeFacts(): readonly Fact[] {
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }

  /** Takes back what the store held, and says whether the key is one of its own. */
  restore(key: string, value: Uint8Array): boolean {
    const id = key.slice(2);
    switch (key.slice(0, 2)) {
      case 'i/': {
        const incident = unpack(value) as Incident;
        this.#incidents.set(id, incident);
        if (incident.published !== incident.revision) this.#untold.add(id);
        return true;
      }
      case 'v/': {
        const shown = unpack(value) as Shown;
        this.#shown.set(id, shown);
        if (shown.published !== shown.revision) this.#unshown.add(id);
        return true;
      }
      case 't/':
        this.#customers.set(key, unpack(value) as CustomerFact);
        return true;
      case 'm/': {
        const minute = unpack(value) as Minute;
        this.#minutes.set(id, minute);
        if (minute.published !== minute.revision) this.#uncounted.add(id);
        return true;
      }
      default:
        return false;
    }
  }
}

function incidentFact(from: string, incident: string, { operator, revision, overdue, marks }: Incident): Fact {
  return {
    is: 'incident',
    from,
    incident,
    operator,
    revision,
    ...(overdue ? { overdue } : {}),
    marks: Object.values(marks).map(({ passed, by }) => ({
      ...passed,
      services: Object.values(by).reduce((sum, services) => sum + services, 0),
    })),
  };
}

function playedFact(from: string, { operator, of, name, minute, revision, by }: Minute, at: Instant): PlayedFact {
  const all = Object.values(by);
  return {
    is: 'played',
    from,
    operator,
    of,
    name,
    minute,
    revision,
    at,
    sessions: all.reduce((sum, [sessions]) => sum + sessions, 0),
    short: all.reduce((sum, [, short]) => sum + short, 0),
    services: all.length,
    shortServices: all.filter(([, short]) => short > 0).length,
  };
}

function earlier(a: Passed, b: Passed): boolean {
  return (
    a.now < b.now ||
    (a.now === b.now && (a.at < b.at || (a.at === b.at && JSON.stringify(a.faults) < JSON.stringify(b.faults))))
  );
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
