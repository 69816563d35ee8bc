/**
 * A plain and slow second opinion on everything that a subscriber's usage decides. At every move of the clock it reads all records
 * of a service from scratch (`facts.ts`), works everything out anew, and holds nothing but what it has decided. It shares no code
 * with the detectors, so what both say of a story is either right, or wrong twice in different ways.
 *
 * The clock is that of `replay`: lines of one clock are judged together when it moves on, as of that clock; what falls due by
 * itself (a midnight, a cycle's beginning, a record that was told ahead) is looked at on the way, in order.
 */
import { nextDay } from '../../pipelines/domain/calendar.js';
import { Facts } from './facts.js';
import { Limits } from './oracle-limits.js';
import { Roaming } from './oracle-roaming.js';
import { CreditLimit, Doubled, SpendBar } from './oracle-spend.js';
import { type Data, type Event, NOTHING, type Rec, type Wire } from './wire.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A decision that is expected: its type, its time in ms, and what of its data is compared (times in it as ms too). */
export interface Expected {
  readonly type: string;
  readonly subject: string;
  readonly time: number;
  readonly data: Data;
}

export type Decide = (type: string, data: Data) => void;

/** What a rule is asked: what is known now, and what became known since it was asked last. */
export interface Look {
  readonly now: number;
  readonly facts: Facts;
  /** Records that came, went or changed since the last look. */
  readonly touched: readonly Rec[];
  /** Where somebody was seen, as told since the last look. */
  readonly seen: readonly number[];
  /** Whether what was known before came since the last look. */
  readonly imported: boolean;
  /** Whether other profiles are in force, now or before, than at the last look. */
  readonly profiled: boolean;
  /** Whether that is so of profiles, or of requests for the bar. */
  readonly asked: boolean;
  /** True at an instant that was due by itself, false after lines. */
  readonly timer: boolean;
  readonly decide: Decide;
}

/** One rule: it decides when looked, and remembers only what it decided. */
export interface Rule {
  /** Told of each line in order of arrival, for what depends on that order. */
  heard?(event: Event, facts: Facts): void;
  look(look: Look): void;
}

class Service {
  readonly #id: string;
  readonly #events: Event[] = [];
  readonly #rules: readonly Rule[];
  #facts: Facts;
  /** The records that counted when it was looked at last, and those of lines since. */
  #before: readonly Rec[] = [];
  #lines: Event[] = [];
  #dirty = true;
  /** What was in force at the last look. */
  #profiles = '';
  #requests = '';

  constructor(id: string, first: Event, tariffs: readonly Event[]) {
    this.#id = id;
    this.#events.push(first);
    this.#facts = new Facts(this.#events, tariffs);
    this.#rules =
      this.#facts.operator === 'a1-rs'
        ? [new Limits(), new SpendBar(), new Doubled(), new Roaming()]
        : this.#facts.operator === 'mtel-at'
          ? [new CreditLimit()]
          : [];
  }

  hear(event: Event, tariffs: readonly Event[]): void {
    this.#events.push(event);
    this.#lines.push(event);
    this.#facts = new Facts(this.#events, tariffs);
    for (const rule of this.#rules) rule.heard?.(event, this.#facts);
    this.#dirty = true;
  }

  /** A price list came: what it rates is another sum now. */
  heardTariff(event: Event, tariffs: readonly Event[]): void {
    this.#lines.push(event);
    this.#facts = new Facts(this.#events, tariffs);
    for (const rule of this.#rules) rule.heard?.(event, this.#facts);
    this.#dirty = true;
  }

  settle(now: number, decided: (one: Expected) => void): void {
    if (this.#dirty) this.#look(now, false, decided);
  }

  /** The instants after `from`, up to `to`, at which something may fall due by itself. */
  *timers(from: number, to: number): Generator<number> {
    const facts = this.#facts;
    const abroad = facts.live.some((record) => record.country !== facts.home);
    const ahead = [...facts.versions, ...facts.of('bar.requested', 'bar.withdrawn')].map(({ at }) => at);
    const due = ahead.filter((at) => at > from && at <= to);
    if (abroad || facts.of('presence.observed').length > 0) {
      for (let at = nextDay(from, facts.zone); at <= to; at = nextDay(at, facts.zone)) due.push(at);
    }
    for (let { to: at } = facts.cycle(from); at <= to; at = facts.cycle(at).to) due.push(at);
    yield* [...new Set(due)].sort((a, b) => a - b);
  }

  ring(now: number, decided: (one: Expected) => void): void {
    this.#look(now, true, decided);
  }

  #look(now: number, timer: boolean, decided: (one: Expected) => void): void {
    const touched = this.#touched();
    const seen = this.#lines.filter(({ type }) => type === 'presence.observed').map(({ at }) => at);
    const imported = this.#lines.some(({ type }) => type === 'history.imported');
    const holds = (all: readonly { readonly at: number; readonly ref: string }[]) =>
      all.flatMap(({ at, ref }, i) => (at <= now || (i === 0 && all === this.#facts.versions) ? [ref] : [])).join(' ');
    const profiles = holds(this.#facts.versions);
    const requests = holds(this.#facts.of('bar.requested', 'bar.withdrawn'));
    const profiled = profiles !== this.#profiles;
    const asked = profiled || requests !== this.#requests;
    [this.#profiles, this.#requests] = [profiles, requests];
    const decide: Decide = (type, data) => decided({ type, subject: this.#id, time: now, data });
    for (const rule of this.#rules)
      rule.look({ now, facts: this.#facts, touched, seen, imported, profiled, asked, timer, decide });
    this.#before = this.#facts.live;
    this.#lines = [];
    this.#dirty = false;
  }

  /** Records that count now and did not, or the other way round, or for another charge; and those of the lines themselves. */
  #touched(): readonly Rec[] {
    if (this.#lines.length === 0) return [];
    const old = new Map(this.#before.map((one) => [one.ref, one.sums.charge]));
    const now = new Map(this.#facts.live.map((one) => [one.ref, one.sums.charge]));
    const changed = [
      ...this.#facts.live.filter(({ ref, sums }) => old.get(ref) !== sums.charge),
      ...this.#before.filter(({ ref, sums }) => now.get(ref) !== sums.charge),
    ];
    const told = new Set(changed.map(({ ref }) => ref));
    // With each record and each cancellation of one, even where it changes no sum.
    const named = new Set(
      this.#lines.map(({ type, ref, source, data }) =>
        type === 'usage.cancelled' ? `${source}#${data['recordId']}` : ref,
      ),
    );
    const dead = this.#facts
      .of('usage.recorded')
      .filter(({ ref }) => named.has(ref) && !told.has(ref))
      .map(({ ref, at }): Rec => ({ ref, at, counts: 'all', sums: NOTHING, uses: NOTHING, country: undefined }));
    // A history is there to look back at: it makes no look itself.
    return [...changed.filter(({ counts }) => counts === 'all'), ...dead];
  }
}

/** Everything that usage decides of a story, in no particular order. Lines that the door refuses or has seen change nothing. */
export function oracle(lines: readonly Wire[], until: number): readonly Expected[] {
  const decisions: Expected[] = [];
  const decided = (one: Expected) => decisions.push(one);
  const services = new Map<string, Service>();
  const waiting = new Map<string, Event[]>();
  const tariffs: Event[] = [];
  const names = new Set<string>();
  let clock = Number.NEGATIVE_INFINITY;

  const advance = (to: number) => {
    if (clock !== Number.NEGATIVE_INFINITY) {
      for (const service of services.values()) {
        service.settle(clock, decided);
        for (const at of service.timers(clock, to)) service.ring(at, decided);
      }
    }
    clock = Math.max(clock, to);
  };

  for (const wire of lines) {
    const event = eventOf(wire);
    if (names.has(event.ref) || isRefused(event)) continue;
    names.add(event.ref);
    if (event.known > clock) advance(event.known);
    if (event.type === 'tariff.upserted') {
      tariffs.push(event);
      for (const service of services.values()) service.heardTariff(event, tariffs);
      continue;
    }
    const service = services.get(event.subject);
    if (service) service.hear(event, tariffs);
    else if (event.type === 'service.upserted') {
      const made = new Service(event.subject, event, tariffs);
      services.set(event.subject, made);
      for (const kept of waiting.get(event.subject) ?? []) made.hear(kept, tariffs);
    } else waiting.set(event.subject, [...(waiting.get(event.subject) ?? []), event]);
  }
  advance(Math.max(until, clock));
  return decisions;
}

function eventOf(wire: Wire): Event {
  const at = Date.parse(wire.time);
  const known = wire.recordedtime === undefined ? at : Date.parse(wire.recordedtime);
  return { ...wire, at, known, ref: `${wire.source}#${wire.id}` };
}

/** What the door refuses of well-formed events: from the future, or beyond memory. */
function isRefused({ type, at, known }: Event): boolean {
  if (!type.endsWith('.upserted') && at > known + 5 * MINUTE) return true;
  return (type.startsWith('usage.') || type === 'presence.observed') && at < known - 130 * DAY;
}
