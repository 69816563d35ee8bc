/**
 * The wall, put together from what there is: the network, the list of alarms, open outages, decisions, indicators and sources. What is
 * cheap is made anew whenever somebody looks; what is costly is kept up beside, while somebody watches. Each part says how old it is.
 */
import type { KpiViews } from '../../domain/kpi/chart.js';
import type { Money } from '../../domain/money.js';
import { type NetworkRecord, NetworkView } from '../../domain/network.js';
import type { Packs } from '../../domain/pack.js';
import { EVER, type Instant, MINUTE, SECOND, type Zone } from '../../domain/units.js';
import type {
  Found,
  WallOutage,
  WallOutages,
  WallPart,
  WallParts,
  WallSettings,
  WallSource,
  WallSources,
  WallViews,
} from '../../domain/wall.js';
import type { OutageView, Views } from '../../http/ports.js';
import { type AlarmsAsked, alarmsOf, isShown, keyOf, noAlarms } from './alarms.js';
import { DayBook } from './day.js';
import { healthOf, mapOf, standingOn } from './health.js';
import { type FeeSample, missOf } from './misses.js';
import { type PlaceOf, placesOf } from './places.js';
import { trendsOf } from './trends.js';

/** The sources of what people did: the console's own, and those of accounts. */
const BY_PEOPLE = /^(?:console\/|http\/u-)/;
/** How many outages are shown, and how many sources. */
const OUTAGES_MAX = 100;
const SOURCES_MAX = 60;
/** How often what is costly is made anew. */
const PLACES_EVERY = 5 * SECOND;
const TRENDS_EVERY = 30 * SECOND;
const FEES_EVERY = 10 * MINUTE;
const REASONS_MAX = 3;

export interface WallGiven {
  readonly views: Views;
  readonly packs: Packs;
  /** Undefined: this process cannot keep the list of alarms. */
  readonly alarms: AlarmsAsked | undefined;
  /** Undefined while the store has not answered. */
  readonly kpis: () => KpiViews | undefined;
  /** Undefined: this process has no door. */
  readonly sources: () => readonly WallSource[] | undefined;
  /** Reads what services pay, as of an instant; undefined while the store has not answered. */
  readonly fees: (at: Instant) => Promise<FeeSample> | undefined;
  readonly zone: Zone;
  readonly settings: WallSettings;
  /** This machine's clock. */
  readonly now: () => Instant;
}

export class WallView implements WallViews {
  readonly #given: WallGiven;
  readonly #network = new NetworkView();
  readonly #day: DayBook;
  readonly #listeners = new Set<() => void>();
  readonly #kept = new Map<WallPart, Found>();
  #places: ReadonlyMap<string, PlaceOf> = new Map();
  #placesAt = EVER;
  #networkChanged = false;
  #fees: FeeSample | undefined;
  #feesAt = EVER;
  #trendsAt = EVER;

  constructor(given: WallGiven) {
    this.#given = given;
    this.#day = new DayBook(given.views, given.zone);
    this.#keep('settings', given.settings, null);
  }

  /** Whether somebody watches. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Takes in what is told of the network. */
  network(record: NetworkRecord): void {
    if (record.is === 'element' && this.#network.apply(record)) this.#networkChanged = true;
  }

  subscribe(changed: () => void): () => void {
    const { views, alarms } = this.#given;
    this.#listeners.add(changed);
    const stops = [views.subscribe(changed), alarms?.subscribe?.(changed)];
    return () => {
      this.#listeners.delete(changed);
      for (const stop of stops) stop?.();
    };
  }

  look(): readonly Found[] {
    const { views, now } = this.#given;
    const { clock, clockMode, heldBy, madeUp, counts } = views.status();
    const { services, elements } = counts;
    this.#keep('clock', { clock, mode: clockMode, heldBy, madeUp, services, elements }, clock);
    if (this.#networkChanged && now() - this.#placesAt >= PLACES_EVERY) {
      this.#places = placesOf(this.#network, clock ?? now());
      this.#placesAt = now();
      this.#networkChanged = false;
    }
    this.#lookAtAlarms();
    this.#keep('outages', this.#outages(clock), clock);
    const day = this.#day.look();
    if (day) this.#keep('day', day, clock);
    this.#keep('sources', this.#sources(), clock);
    return [...this.#kept.values()];
  }

  #lookAtAlarms(): void {
    const { alarms } = this.#given;
    try {
      if (!alarms) throw new Error('this process keeps no list of alarms');
      const board = alarms.board();
      const shown = alarms.alarms().filter(isShown);
      const standing = standingOn(shown);
      this.#keep('alarms', alarmsOf(board, shown, this.#places), board.clock);
      this.#keep('health', healthOf(this.#places, standing), board.clock);
      this.#keep('map', mapOf(this.#places, standing), board.clock);
    } catch (error) {
      // Health that is not known is not shown as if nothing stood: these parts grow old, and the wall says since when.
      this.#keep('alarms', noAlarms((error as Error).message), null);
    }
  }

  #outages(clock: Instant | null): WallOutages {
    const { packs, views, now } = this.#given;
    const open = [...views.outages()].sort(byLimit(clock ?? now()));
    const rows = open.slice(0, OUTAGES_MAX).map((outage) => this.#row(outage, clock ?? now(), packs));
    const misses = new Map<string, number>();
    for (const { miss } of rows) {
      if (miss) misses.set(miss.amount.currency, (misses.get(miss.amount.currency) ?? 0) + miss.amount.minor);
    }
    return {
      rows,
      leftOut: open.length - rows.length,
      services: open.reduce((sum, { services }) => sum + services, 0),
      misses: [...misses].sort().map(([currency, minor]): Money => ({ minor, currency })),
    };
  }

  #row(outage: OutageView, now: Instant, packs: Packs): WallOutage {
    const { incident, operatorName, from, counts, reasons, services, overdueAt, confirmedAt } = outage;
    const element = this.#elementOf(incident);
    const place = element === null ? undefined : this.#places.get(element);
    const below = element === null ? undefined : this.#network.below(element);
    return {
      key: keyOf(incident),
      operator: operatorName,
      element,
      district: place?.district ?? null,
      technology: place?.technology ?? null,
      reasons: reasons.slice(0, REASONS_MAX),
      from,
      counts,
      services,
      overdueAt,
      confirmedAt,
      miss: this.#fees ? missOf(outage, below, { packs, fees: this.#fees, now }) : null,
    };
  }

  /** The element of an incident, `SUBJECT/FAULT`; null where its subject is no element. Either may have a slash in it. */
  #elementOf(incident: string): string | null {
    for (let end = incident.indexOf('/'); end >= 0; end = incident.indexOf('/', end + 1)) {
      const subject = incident.slice(0, end);
      if (this.#network.knows(subject)) return subject;
    }
    return null;
  }

  #sources(): WallSources {
    const heard = this.#given.sources();
    if (!heard) return { absent: 'this process has no door: sources are heard elsewhere', list: [], leftOut: 0 };
    // What people do at the console is no source that could fall silent.
    const all = heard.filter(({ name }) => !BY_PEOPLE.test(name));
    // Silent for the most of its own usual gaps first.
    const silence = ({ last, usual }: WallSource) => -last / (usual ?? Number.POSITIVE_INFINITY);
    const list = [...all].sort((a, b) => silence(b) - silence(a) || a.last - b.last || (a.name < b.name ? -1 : 1));
    const absent = all.length > 0 ? null : 'no event has come since this process was started';
    return { absent, list: list.slice(0, SOURCES_MAX), leftOut: Math.max(0, all.length - SOURCES_MAX) };
  }

  /** Makes anew what is costly and due. Rejects where it cannot; what was made before grows old. */
  async keepUp(): Promise<void> {
    const { kpis, fees, views, packs, now } = this.#given;
    await this.#day.begin();
    const { clock } = views.status();
    const asked = kpis();
    if (asked && clock !== null && now() - this.#trendsAt >= TRENDS_EVERY) {
      this.#trendsAt = now();
      const trends = await trendsOf(asked);
      const named = trends.series.map((one) => ({
        ...one,
        operator: packs.at(one.operator, one.to)?.name ?? one.operator,
      }));
      const newest = Math.max(...trends.series.map(({ to }) => to));
      this.#keep('trends', { ...trends, series: named }, Number.isFinite(newest) ? newest : null);
    }
    if (clock !== null && now() - this.#feesAt >= FEES_EVERY) {
      const sample = await fees(clock);
      if (!sample) return;
      this.#feesAt = now();
      this.#fees = sample;
    }
  }

  #keep<P extends WallPart>(part: P, value: WallParts[P], clock: Instant | null): void {
    this.#kept.set(part, { part, value, lookedAt: this.#given.now(), clock });
  }
}

/** The nearest limit ahead first, then those past theirs, then those without one; within each the oldest first. */
function byLimit(now: Instant): (a: OutageView, b: OutageView) => number {
  const rank = (limit: Instant | null) => (limit === null ? 2 : limit <= now ? 1 : 0);
  const limitOf = ({ confirmedAt, overdueAt }: OutageView) => confirmedAt ?? overdueAt;
  return (a, b) => {
    const [one, other] = [limitOf(a), limitOf(b)];
    return (
      rank(one) - rank(other) ||
      (rank(one) === 0 ? one! - other! : 0) ||
      a.from - b.from ||
      (a.incident < b.incident ? -1 : 1)
    );
  };
}
