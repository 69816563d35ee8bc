/**
 * The network as a service task sees it: elements with their parents over time, faults, announced works. Records are
 * absolute (a later revision of a key replaces the earlier one), so reading one twice or out of order changes nothing.
 */
import { type Fault, type FaultFact, foldFault } from './fault.js';
import type { Span } from './intervals.js';
import { readTariff, type Tariff } from './rating/tariff.js';
import { type Hour, joined } from './service-level/busy-hours.js';
import { type HourText, hourOfText } from './service-level/level-fact.js';
import { EVER, FOREVER, type Instant } from './units.js';

/** What holds of an element from `at` on (the first version also for all time before it). */
export interface ElementVersion {
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly operator: string;
  readonly kind: string;
  readonly technology?: string;
  readonly parent?: string;
  readonly links?: readonly string[];
  readonly latitude?: number;
  readonly longitude?: number;
  readonly district?: string;
  readonly populationCovered?: number;
}

/** One announcement of works. Every announcement made in time counts, also one that a later one of the same id follows. */
export interface Works extends Span {
  readonly worksId: string;
  /** When it was announced. */
  readonly at: Instant;
  readonly channel: string;
  readonly ref: string;
  /** Taken back then: `to` is no later, and this is what was announced. */
  readonly cancelled?: { readonly at: Instant; readonly plannedTo: Instant };
}

/** That works were taken back. */
export interface WorksCancelled {
  readonly worksId: string;
  readonly at: Instant;
  readonly ref: string;
}

/** Announcements as they stand: what was taken back ends then, and never began where that was before its beginning. */
export function worksAsTheyStand(announced: readonly Works[], cancelled: readonly WorksCancelled[]): readonly Works[] {
  return announced.map((works) => {
    const at = Math.min(
      ...cancelled.filter((one) => one.worksId === works.worksId && one.at >= works.at).map((one) => one.at),
    );
    if (at >= works.to) return works;
    return { ...works, to: Math.max(works.from, at), cancelled: { at, plannedTo: works.to } };
  });
}

/** A tariff from `at` on (the first version also for all time before it), as its event had it. */
export interface TariffVersion {
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly data: unknown;
}

/** A record of the `network` topic: everything known of one key, with a revision that only grows. */
export type NetworkRecord =
  | {
      readonly is: 'element';
      readonly id: string;
      readonly revision: number;
      readonly versions: readonly ElementVersion[];
    }
  | {
      readonly is: 'fault';
      readonly subject: string;
      readonly faultId: string;
      readonly revision: number;
      readonly facts: readonly FaultFact[];
    }
  | { readonly is: 'works'; readonly element: string; readonly revision: number; readonly announced: readonly Works[] }
  | {
      readonly is: 'tariff';
      readonly id: string;
      readonly revision: number;
      readonly versions: readonly TariffVersion[];
    }
  | LoadRecord
  | { readonly is: 'frontier'; readonly partition: number; readonly tick: number };

/** The year that ended and the running one, with time for what comes late. */
export const LOAD_DAYS_KEPT = 800;

/** What one network task counted of an operator's traffic in the hours that begin on a day (UTC, since 1970). */
export interface LoadRecord {
  readonly is: 'load';
  readonly operator: string;
  readonly day: number;
  readonly from: string;
  readonly revision: number;
  readonly hours: readonly HourText[];
}

/** The key under which a record replaces its forerunner. */
export function networkKey(record: NetworkRecord): string {
  switch (record.is) {
    case 'element':
      return `element/${record.id}`;
    case 'fault':
      return `fault/${record.subject}/${record.faultId}`;
    case 'works':
      return `works/${record.element}`;
    case 'tariff':
      return `tariff/${record.id}`;
    case 'load':
      return `load/${record.operator}/${record.day}/${record.from}`;
    case 'frontier':
      return `frontier/${record.partition}`;
  }
}

/** An element on the way up from one that serves, and the time for which it lay on that way. */
export interface Link extends Span {
  readonly element: string;
  /** 0 for the serving element itself, 1 for its parent, and so on. */
  readonly height: number;
}

/** Longer ways up than any real network has: the guard against a circle of parents. */
const HEIGHT_MAX = 16;

interface Known {
  revision: number;
  versions: readonly ElementVersion[];
}

/** All that is known of the network, in memory, as of the records applied to it. */
export class NetworkView {
  readonly #elements = new Map<string, Known>();
  readonly #faults = new Map<string, Map<string, { revision: number; faults: readonly Fault[] }>>();
  readonly #works = new Map<string, { revision: number; announced: readonly Works[] }>();
  readonly #children = new Map<string, Set<string>>();
  readonly #tariffNames = new Map<string, string>();
  readonly #load = new Map<string, Map<string, LoadRecord>>();
  readonly #tariffs = new Map<
    string,
    { revision: number; versions: readonly { readonly at: Instant; readonly tariff: Tariff }[] }
  >();

  /** Takes a record in and says whether it was new. */
  apply(record: NetworkRecord): boolean {
    switch (record.is) {
      case 'element': {
        const held = this.#elements.get(record.id);
        if (held && held.revision >= record.revision) return false;
        this.#elements.set(record.id, { revision: record.revision, versions: record.versions });
        for (const version of record.versions) {
          if (version.parent === undefined) continue;
          let children = this.#children.get(version.parent);
          if (!children) this.#children.set(version.parent, (children = new Set()));
          children.add(record.id);
        }
        return true;
      }
      case 'fault': {
        let ofSubject = this.#faults.get(record.subject);
        if (!ofSubject) this.#faults.set(record.subject, (ofSubject = new Map()));
        const held = ofSubject.get(record.faultId);
        if (held && held.revision >= record.revision) return false;
        const faults = foldFault(record.subject, record.faultId, record.facts);
        ofSubject.set(record.faultId, { revision: record.revision, faults });
        return true;
      }
      case 'works': {
        const held = this.#works.get(record.element);
        if (held && held.revision >= record.revision) return false;
        this.#works.set(record.element, { revision: record.revision, announced: record.announced });
        return true;
      }
      case 'tariff': {
        const held = this.#tariffs.get(record.id);
        if (held && held.revision >= record.revision) return false;
        const versions = record.versions.flatMap(({ at, data }) => {
          const read = readTariff(data);
          return read.ok ? [{ at, tariff: read.value }] : [];
        });
        this.#tariffs.set(record.id, { revision: record.revision, versions });
        // Its subject and its own `tariffId` are the same but for who numbers them apart.
        for (const { data } of record.versions) {
          const { tariffId = record.id } = data as { tariffId?: string };
          if (tariffId !== record.id) this.#tariffNames.set(tariffId, record.id);
        }
        return true;
      }
      case 'load': {
        const key = `${record.day}/${record.from}`;
        let ofOperator = this.#load.get(record.operator);
        if (!ofOperator) this.#load.set(record.operator, (ofOperator = new Map()));
        const held = ofOperator.get(key);
        if (held && held.revision >= record.revision) return false;
        ofOperator.set(key, record);
        for (const [name, { day }] of ofOperator) if (day < record.day - LOAD_DAYS_KEPT) ofOperator.delete(name);
        return true;
      }
      case 'frontier':
        return false;
    }
  }

  /** The clock hours of an operator's network that begin within a span, over all tasks; by time. */
  load(operator: string, within: Span): readonly Hour[] {
    const records = [...(this.#load.get(operator)?.values() ?? [])];
    const hours = records.flatMap((record) => record.hours.map(hourOfText));
    return joined(hours.filter(({ at }) => within.from <= at && at < within.to));
  }

  /** The tariff as of an instant; undefined for one not known. */
  tariff(id: string, at: Instant): Tariff | undefined {
    const versions = this.#tariffs.get(this.#tariffNames.get(id) ?? id)?.versions;
    return (versions?.findLast((version) => version.at <= at) ?? versions?.[0])?.tariff;
  }

  /** Whether the id is a tariff's. */
  hasTariff(id: string): boolean {
    return this.#tariffs.has(id);
  }

  /** Whether the element has been upserted. */
  knows(element: string): boolean {
    return this.#elements.has(element);
  }

  /** What holds of an element at an instant; undefined for one not known. */
  element(id: string, at: Instant): ElementVersion | undefined {
    const versions = this.#elements.get(id)?.versions;
    if (!versions) return undefined;
    let found = versions[0];
    for (const version of versions) if (version.at <= at) found = version;
    return found;
  }

  /** The ids of all known elements. */
  elements(): IterableIterator<string> {
    return this.#elements.keys();
  }

  /** The openings of every fault on this element. */
  faults(element: string): readonly Fault[] {
    const ofSubject = this.#faults.get(element);
    if (!ofSubject) return [];
    const all: Fault[] = [];
    for (const { faults } of ofSubject.values()) all.push(...faults);
    return all;
  }

  works(element: string): readonly Works[] {
    return this.#works.get(element)?.announced ?? [];
  }

  /** The way up from an element within a window: itself, its parents and theirs, each for the time it lay there. */
  chain(element: string, within: Span): readonly Link[] {
    const links: Link[] = [];
    const climb = (id: string, span: Span, height: number) => {
      links.push({ element: id, from: span.from, to: span.to, height });
      if (height === HEIGHT_MAX) return;
      const versions = this.#elements.get(id)?.versions ?? [];
      versions.forEach((version, i) => {
        if (version.parent === undefined) return;
        const from = Math.max(span.from, i === 0 ? EVER : version.at);
        const to = Math.min(span.to, versions[i + 1]?.at ?? FOREVER);
        if (from < to) climb(version.parent, { from, to }, height + 1);
      });
    };
    climb(element, within, 0);
    return links;
  }

  /** The element and all that hang, or ever hung, below it. */
  below(element: string): ReadonlySet<string> {
    const found = new Set([element]);
    for (const id of found) for (const child of this.#children.get(id) ?? []) found.add(child);
    return found;
  }
}

/** Puts a version into its place by time; of two for one instant the one known later holds. */
export function withVersion<V extends { readonly at: Instant; readonly known: Instant; readonly ref: string }>(
  versions: readonly V[],
  version: V,
): readonly V[] {
  const held = versions.find((other) => other.at === version.at);
  if (held && (held.known > version.known || (held.known === version.known && held.ref >= version.ref)))
    return versions;
  return [...versions.filter((other) => other !== held), version].sort((a, b) => a.at - b.at);
}
