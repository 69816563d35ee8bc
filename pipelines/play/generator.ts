/**
 * The story that the demonstration plays: three operators that do not exist, their network, their subscribers, and what
 * befalls them. Every event carries `madeup: true`. The same options give the same events, byte for byte.
 *
 * How it is made: the network is small and held; a service is a function of its number and never held. Each day of
 * 24 h is planned when its turn comes, into an agenda ordered by `recordedtime`, which holds that day and whatever the
 * days before it left to happen. So a story of a million services costs the memory of a day, and a number for each
 * service that something befell. What each kind of happening draws comes from a stream of its own, so that a change to
 * one leaves what the others draw as it was.
 *
 * The first days open with scenes (`#opening`), one for each thing that the terms tell apart: limits pass and credits
 * follow from the second day on. After them chance alone writes. Alarms are as in the real logs of PCIC 2021 (set 18V):
 * the median lasts 110 s, one in some hundreds longer than 48 h; they flap and come in bursts.
 *
 * The file is longer than most: it is one story, told from top to bottom: words, places, network, services, then days.
 */
import { formatLocal, startOfDay, wall } from '../domain/calendar.js';
import type { ElementKind, Language, Severity, Technology } from '../domain/event.js';
import type { Responsibility } from '../domain/fault.js';
import { DAY, HOUR, type Instant, MINUTE, type Milliseconds, SECOND } from '../domain/units.js';
import alpsPack from './packs/demo-alps.json' with { type: 'json' };
import cablePack from './packs/demo-cable.json' with { type: 'json' };
import mobilePack from './packs/demo-mobile.json' with { type: 'json' };
import { Random } from './random.js';

/** A CloudEvents object as it goes over the wire. */
export interface WireEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly recordedtime: string;
  readonly subjectkind?: 'service' | 'element';
  /** Nothing in this story happened. */
  readonly madeup: true;
  /** Only on a record that is bad on purpose: the reason for which it must be rejected (`runtime/decode.ts`). */
  readonly planted?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type DemoOperator = 'demo-mobile' | 'demo-cable' | 'demo-alps';

export interface StoryOptions {
  readonly seed: number;
  readonly from: Instant;
  /** Days of 24 h; all is known (`recordedtime`) before the last one ends. */
  readonly days: number;
  /** How many there are at the beginning; some more join later. */
  readonly services: number;
  /** Absent: all three. */
  readonly operators?: readonly DemoOperator[];
  /** Counts what is made, as it is made: a look at how lazy the story is. */
  readonly meter?: Meter;
}

/** How much of a story was made so far. */
export interface Meter {
  services: number;
  planned: number;
  events: number;
  /** The most that the agenda held. */
  heldMax: number;
}

/** The terms of the three, as pack files. */
export const demoPacks = [mobilePack, cablePack, alpsPack] as const;

/** Whether a record is bad on purpose, so that the page has rejections to show. */
export function isPlantedBad(event: WireEvent): boolean {
  return event.planted !== undefined;
}

/** The story, in order of `recordedtime`. Nothing is made before it is asked for. */
export function* story(options: StoryOptions): Generator<WireEvent, void, undefined> {
  yield* new Teller(options).tell();
}

// --- Places ---

interface Place {
  /** As the map has it: districts of Serbia, states of Austria. */
  readonly district: string;
  /** Roughly where its seat lies. */
  readonly latitude: number;
  readonly longitude: number;
  /** How many live there, roughly, in thousands. */
  readonly people: number;
}

const place = (district: string, latitude: number, longitude: number, people: number): Place => ({
  district,
  latitude,
  longitude,
  people,
});

const SERBIA: readonly Place[] = [
  place('Grad Beograd', 44.81, 20.46, 1680),
  place('Južnobački okrug', 45.26, 19.83, 607),
  place('Nišavski okrug', 43.32, 21.9, 343),
  place('Šumadijski okrug', 44.01, 20.92, 269),
  place('Mačvanski okrug', 44.75, 19.69, 265),
  place('Sremski okrug', 44.98, 19.61, 282),
  place('Raški okrug', 43.72, 20.69, 296),
  place('Južnobanatski okrug', 44.87, 20.64, 260),
  place('Zlatiborski okrug', 43.86, 19.84, 254),
  place('Rasinski okrug', 43.58, 21.33, 207),
  place('Moravički okrug', 43.89, 20.35, 189),
  place('Jablanički okrug', 43, 21.95, 184),
  place('Pčinjski okrug', 42.55, 21.9, 193),
  place('Pomoravski okrug', 43.98, 21.26, 182),
  place('Podunavski okrug', 44.66, 20.93, 175),
  place('Srednjobanatski okrug', 45.38, 20.39, 157),
  place('Braničevski okrug', 44.62, 21.19, 156),
  place('Kolubarski okrug', 44.27, 19.89, 154),
  place('Severnobački okrug', 46.1, 19.67, 160),
  place('Zapadnobački okrug', 45.77, 19.11, 154),
  place('Severnobanatski okrug', 45.83, 20.46, 117),
  place('Borski okrug', 44.07, 22.1, 101),
  place('Zaječarski okrug', 43.9, 22.28, 97),
  place('Pirotski okrug', 43.15, 22.59, 76),
  place('Toplički okrug', 43.23, 21.59, 77),
];

const AUSTRIA: readonly Place[] = [
  place('Wien', 48.21, 16.37, 1980),
  place('Niederösterreich', 48.2, 15.63, 1720),
  place('Oberösterreich', 48.31, 14.29, 1520),
  place('Steiermark', 47.07, 15.44, 1270),
  place('Tirol', 47.27, 11.39, 770),
  place('Kärnten', 46.62, 14.31, 570),
  place('Salzburg', 47.8, 13.04, 570),
  place('Vorarlberg', 47.5, 9.75, 410),
  place('Burgenland', 47.85, 16.52, 300),
];

// --- Operators ---

type Kind = 'mobile' | 'data' | 'internet' | 'iptv' | 'voice';

interface Operator {
  readonly id: DemoOperator;
  readonly zone: string;
  readonly currency: string;
  /** Its part of twenty services. */
  readonly share: number;
  readonly places: readonly Place[];
  readonly kinds: readonly (readonly [kind: Kind, weight: number])[];
  readonly fees: readonly string[];
  readonly languages: readonly (readonly [Language, number])[];
  /** Faults a day for each element. */
  readonly faultRate: number;
  readonly build: (network: Network, services: number) => void;
}

const SERBIAN = [
  ['sr-Latn', 70],
  ['sr-Cyrl', 22],
  ['en', 8],
] as const;

const OPERATORS: readonly Operator[] = [
  {
    id: 'demo-mobile',
    zone: mobilePack.zone,
    currency: mobilePack.currency,
    share: 11,
    places: SERBIA,
    kinds: [
      ['mobile', 9],
      ['data', 1],
    ],
    fees: ['999.00', '1499.00', '1999.00', '2499.00', '2999.00', '3999.00'],
    languages: SERBIAN,
    faultRate: 0.05,
    build: (network, services) =>
      buildRadio(network, clamp(services / 40, 14, 1200), [
        ['4G', 3],
        ['5G', 2],
        ['3G', 1],
      ]),
  },
  {
    id: 'demo-cable',
    zone: cablePack.zone,
    currency: cablePack.currency,
    share: 6,
    places: SERBIA,
    kinds: [
      ['internet', 5],
      ['iptv', 3],
      ['voice', 2],
    ],
    fees: ['1299.00', '1899.00', '2299.00', '2899.00', '3499.00'],
    languages: SERBIAN,
    faultRate: 0.1,
    build: buildCable,
  },
  {
    id: 'demo-alps',
    zone: alpsPack.zone,
    currency: alpsPack.currency,
    share: 3,
    places: AUSTRIA,
    kinds: [
      ['mobile', 2],
      ['internet', 1],
    ],
    fees: ['14.90', '19.90', '24.90', '29.90', '39.90'],
    languages: [
      ['de', 55],
      ['sr-Latn', 30],
      ['en', 15],
    ],
    faultRate: 0.06,
    build: (network, services) =>
      buildRadio(network, clamp(services / 40, 9, 400), [
        ['4G', 2],
        ['5G', 1],
      ]),
  },
];

// --- The network ---

interface Element {
  readonly id: string;
  readonly kind: ElementKind;
  readonly technology?: Technology;
  readonly parent?: Element;
  readonly children: Element[];
  readonly place: Place;
  readonly latitude: number;
  readonly longitude: number;
}

/**
 * The elements of one operator. A hub is what stands in one place with all that hangs below it: the mast of some cells,
 * the headend of some line terminals. Where a service hangs follows from its number: slot by slot, round and round.
 */
class Network {
  readonly elements: Element[] = [];
  readonly hubs: Element[] = [];
  readonly #slots: Element[] = [];
  readonly #slotsOf = new Map<Element, number[]>();
  readonly #operator: Operator;
  readonly #services: number;
  readonly #random: Random;

  constructor(operator: Operator, services: number, random: Random) {
    this.#operator = operator;
    this.#services = services;
    this.#random = random;
    operator.build(this, services);
  }

  /** Where the n-th hub stands: each place once, in order, then as many live there. */
  placeOf(n: number): Place {
    const { places } = this.#operator;
    return places[n] ?? this.#random.weighted(places.map((each) => [each, each.people]));
  }

  add(name: string, kind: ElementKind, place: Place, parent?: Element, technology?: Technology): Element {
    // Within some 12 km of the seat: all districts are wider than that.
    const near = (degrees: number) => Math.round((degrees + this.#random.uniform(-0.1, 0.1)) * 1e4) / 1e4;
    const [latitude, longitude] =
      parent?.place === place && parent.kind === 'platform'
        ? [parent.latitude, parent.longitude]
        : [near(place.latitude), near(place.longitude)];
    const element: Element = {
      id: `${this.#operator.id}-${name}`,
      kind,
      ...(technology && { technology }),
      ...(parent && { parent }),
      children: [],
      place,
      latitude,
      longitude,
    };
    parent?.children.push(element);
    this.elements.push(element);
    return element;
  }

  /** Lets the element serve, with this weight. */
  serve(element: Element, weight: number): void {
    const slots = this.#slotsOf.get(element) ?? [];
    for (let i = 0; i < weight; i++) slots.push(this.#slots.push(element) - 1);
    this.#slotsOf.set(element, slots);
  }

  servedBy(ordinal: number): Element {
    return this.#slots[ordinal % this.#slots.length]!;
  }

  /** How many of the first services an element serves, with all below it. */
  served(element: Element): number {
    const own = (this.#slotsOf.get(element) ?? []).reduce((sum, slot) => sum + this.#rounds(slot), 0);
    return element.children.reduce((sum, child) => sum + this.served(child), own);
  }

  /** The ordinal of a service that lies below the element; undefined where none does. */
  pickServed(element: Element, random: Random): number | undefined {
    const slots = below(element)
      .flatMap((each) => this.#slotsOf.get(each) ?? [])
      .filter((slot) => this.#rounds(slot) > 0);
    if (slots.length === 0) return undefined;
    const slot = random.pick(slots);
    return slot + this.#slots.length * random.integer(0, this.#rounds(slot) - 1);
  }

  #rounds(slot: number): number {
    return Math.max(0, Math.ceil((this.#services - slot) / this.#slots.length));
  }
}

/** Masts ("platform": power and transmission, which its cells share) under two cores, with a cell a technology. */
function buildRadio(
  network: Network,
  masts: number,
  technologies: readonly (readonly [technology: Technology, weight: number])[],
): void {
  const cores = ['core-1', 'core-2'].map((name, i) => network.add(name, 'core', network.placeOf(i)));
  for (let n = 0; n < masts; n++) {
    const place = network.placeOf(n);
    const mast = network.add(`site-${padded(n + 1, 4)}`, 'platform', place, cores[n % cores.length]!);
    network.hubs.push(mast);
    for (const [technology, weight] of technologies) {
      // 3G stays where few live.
      if (technology === '3G' && place.people > 500) continue;
      const cell = network.add(`cell-${padded(n + 1, 4)}-${technology}`, 'cell', place, mast, technology);
      network.serve(cell, weight);
    }
  }
}

/** Headends with coaxial cable, and optical line terminals behind them. */
function buildCable(network: Network, services: number): void {
  const core = network.add('core-1', 'core', network.placeOf(0));
  const heads = clamp(services / 150, 5, 120);
  const terminals = clamp(services / 60, 3 * heads, 400);
  for (let n = 0; n < heads; n++) {
    const headend = network.add(`headend-${padded(n + 1, 3)}`, 'headend', network.placeOf(n), core, 'DOCSIS');
    network.hubs.push(headend);
    network.serve(headend, 2);
  }
  for (let n = 0; n < terminals; n++) {
    const headend = network.hubs[n % heads]!;
    network.serve(network.add(`olt-${padded(n + 1, 4)}`, 'olt', headend.place, headend, 'GPON'), 1);
  }
}

function below(element: Element): Element[] {
  return [element, ...element.children.flatMap(below)];
}

/** The mast or headend to which an element belongs; a core is its own. */
function hubOf(element: Element): Element {
  let hub = element;
  while (hub.parent && hub.parent.kind !== 'core') hub = hub.parent;
  return hub;
}

// --- Services ---

/** A service as its number makes it. `changes` to it are made by the one happening that has it (`#claim`). */
interface Service {
  readonly index: number;
  readonly id: string;
  readonly home: Home;
  readonly servedBy: Element;
  /** The money of its fee; null for the prepaid, whose terms fix none. */
  readonly fee: string | null;
  readonly record: Data;
}

type Data = Readonly<Record<string, unknown>>;

/** An operator at work: its network, and which of all services are its own. */
interface Home {
  readonly operator: Operator;
  readonly network: Network;
  readonly services: number;
  readonly positions: readonly number[];
  /** Elements that send samples; all faults there are ones that count, so that samples and faults tell the same. */
  readonly sampled: readonly Element[];
  /** Hubs for the scenes of the first days: each its own, none with a sampled cell. */
  readonly stage: Element[];
}

const BILLING_DAYS = [5, 9, 17, 21, 25, 'last'] as const;

const NOTIFY_BY = [
  [['sms'], 62],
  [['email'], 13],
  [['sms', 'email'], 25],
] as const;

// --- Causes of faults ---

interface Cause {
  readonly responsibility: Responsibility;
  readonly reasons: readonly string[];
  /** A kind of alarm that the packs know; only where all of the fault counts for all operators. */
  readonly alarm?: string;
  readonly median: Milliseconds;
  readonly sigma: number;
  readonly weight: number;
  /** Access was barred for part of it. */
  readonly barred?: boolean;
}

const CAUSES = {
  power: {
    responsibility: 'operator',
    reasons: ['mains power lost and batteries empty', 'rectifier failed'],
    alarm: 'powerProblem',
    median: 6 * HOUR,
    sigma: 1.6,
    weight: 18,
  },
  link: {
    responsibility: 'operator',
    reasons: ['microwave link down', 'router port failed', 'faulty configuration rolled out'],
    alarm: 'communicationsSubsystemFailure',
    median: 3 * HOUR,
    sigma: 1.7,
    weight: 18,
  },
  card: {
    responsibility: 'equipment',
    reasons: ['line card failed', 'radio unit failed', 'power amplifier failed'],
    alarm: 'equipmentMalfunction',
    median: 8 * HOUR,
    sigma: 1.6,
    weight: 15,
  },
  fibre: {
    responsibility: 'third-party',
    reasons: ['fibre cut by an excavator', 'fibre cut in road works'],
    median: 9 * HOUR,
    sigma: 1.3,
    weight: 14,
  },
  foreign: {
    responsibility: 'other-operator',
    reasons: ['leased line of another operator down'],
    median: 7 * HOUR,
    sigma: 1.5,
    weight: 6,
  },
  storm: {
    responsibility: 'weather',
    reasons: ['storm turned the antenna', 'ice on the antenna', 'lightning strike'],
    median: 14 * HOUR,
    sigma: 1.2,
    weight: 9,
  },
  flood: {
    responsibility: 'force-majeure',
    reasons: ['flood: the equipment stands in water', 'landslide took the road to the site'],
    median: 40 * HOUR,
    sigma: 0.7,
    weight: 4,
    barred: true,
  },
  radio: {
    responsibility: 'interference',
    reasons: ['interference from a foreign transmitter'],
    median: 5 * HOUR,
    sigma: 1.2,
    weight: 3,
  },
  unclear: { responsibility: 'unknown', reasons: ['cause not yet known'], median: 2 * HOUR, sigma: 1.8, weight: 8 },
  works: { responsibility: 'planned-works', reasons: ['planned works'], median: 5 * HOUR, sigma: 0.5, weight: 5 },
} as const satisfies Record<string, Cause>;

const COUNTED: ReadonlySet<Responsibility> = new Set(['operator', 'equipment', 'unknown']);

const LINE_CAUSES: readonly (readonly [Cause, number])[] = [
  [CAUSES.card, 3],
  [CAUSES.unclear, 2],
  [
    {
      responsibility: 'operator',
      reasons: ['cable to the building damaged', 'wrong port at the terminal'],
      median: 20 * HOUR,
      sigma: 1.1,
      weight: 1,
    },
    4,
  ],
  [
    {
      responsibility: 'subscriber',
      reasons: ['own router switched off', 'own wiring damaged'],
      median: 9 * HOUR,
      sigma: 1.2,
      weight: 1,
    },
    3,
  ],
];

/** How a fault goes, beyond its cause and length. */
interface Course {
  /** The clearing comes to light only this long after it. */
  readonly clearedLate?: Milliseconds;
  /** The opening comes to light only this long after it. */
  readonly openedLate?: Milliseconds;
  /** Back for some minutes from here on, counted from the opening, then open again under the same id. */
  readonly restored?: Milliseconds;
  /** The cause is known only this long after the opening. */
  readonly unclearFor?: Milliseconds;
  /** No alarm of its own, where the instants of the fault are the point of the scene. */
  readonly quiet?: boolean;
  readonly reason?: string;
}

const FAULT_LENGTH_MAX = 20 * DAY;

// --- Alarms ---

const PROBLEMS = [
  ['lossOfSignal', 'no light on the port', 10],
  ['powerProblem', 'running on battery', 9],
  ['communicationsSubsystemFailure', 'link down', 8],
  ['equipmentMalfunction', 'unit does not answer', 7],
  ['thresholdCrossed', 'error rate above its threshold', 26],
  ['temperatureUnacceptable', 'cabinet too warm', 14],
  ['bandwidthReduced', 'link runs at a lower rate', 14],
  ['configurationOrCustomizationError', 'neighbour list does not match', 12],
] as const;

const SEVERITIES: readonly (readonly [Severity, number])[] = [
  ['critical', 7],
  ['major', 23],
  ['minor', 34],
  ['warning', 36],
];

/** Alarms a day for each element; the real sets have 2.6 and more, which would drown the rest. */
const ALARM_RATE = 0.45;
const ALARM_MEDIAN = 110 * SECOND;
const ALARM_SIGMA = 2.45;

// --- Telling ---

type Feed = 'inventory' | 'crm' | 'noc' | 'alarms' | 'pm' | 'care' | 'porting' | 'mediation';

/** An event on the agenda: due when it becomes known. It gets its id when it is told. */
interface Draft {
  readonly known: Instant;
  readonly time: Instant;
  readonly operator: Operator;
  readonly feed: Feed;
  readonly type: string;
  readonly subject: string;
  readonly subjectkind?: 'service' | 'element';
  readonly data: Data;
  readonly planted?: string;
  /** Of a bad record: what is put in the place of what would be right. */
  readonly spoilt?: Partial<WireEvent>;
  /** A second sending of what was told before. */
  readonly copy?: WireEvent;
}

/** What happens to single services, a day, for each service of the operators that have such a thing. */
type Turn = (teller: Teller, service: Service, at: Instant, random: Random) => void;

const TURNS: readonly { readonly rate: number; readonly of?: readonly DemoOperator[]; readonly turn: Turn }[] = [
  { rate: 0.0006, of: ['demo-cable', 'demo-mobile'], turn: (teller, ...rest) => teller.equipment(...rest) },
  { rate: 0.0007, of: ['demo-cable'], turn: (teller, ...rest) => teller.parking(...rest) },
  { rate: 0.0004, turn: (teller, ...rest) => teller.suspension(...rest) },
  { rate: 0.0005, of: ['demo-mobile'], turn: (teller, ...rest) => teller.porting(...rest) },
  { rate: 0.0006, turn: (teller, service, at) => teller.newFee(service, at) },
  { rate: 0.0003, turn: (teller, ...rest) => teller.move(...rest) },
  { rate: 0.0009, turn: (teller, ...rest) => teller.lineFault(...rest) },
  { rate: 0.0002, turn: (teller, ...rest) => teller.transfer(...rest) },
  { rate: 0.0003, turn: (teller, ...rest) => teller.ending(...rest) },
];

/** New services a day, for each there is. */
const JOIN_RATE = 0.0005;
/** Of all that is told, told twice. */
const COPY_RATE = 0.004;

class Teller {
  readonly #options: StoryOptions;
  readonly #random: Random;
  readonly #homes: readonly Home[];
  /** Which home each of so many services in a row belongs to, and its place among the home's. */
  readonly #pattern: readonly { readonly home: number; readonly rank: number }[];
  readonly #agenda = new Agenda();
  /** Services that something happens to: one thing each, so that no two contradict each other. */
  readonly #claimed = new Set<number>();
  /** Hubs with a fault, and until when: one at a time, but for those that are meant to overlap. */
  readonly #busy = new Map<Element, Instant>();
  /** When sampled elements were down. */
  #down: { readonly element: Element; readonly from: Instant; readonly to: Instant }[] = [];
  readonly #names = new Map<string, number>();
  readonly #meter: Meter;
  readonly #copies: Random;
  #joined = 0;
  #told = 0;
  /** Nothing planned now can become known before this. */
  #now: Instant;
  /** The last opening of a fault (before the first: the first event), whose id a bad record takes. */
  #reusable: WireEvent | undefined;

  constructor(options: StoryOptions) {
    const { seed, from, days, services, operators } = options;
    if (!Number.isSafeInteger(from)) throw new RangeError(`no instant: ${from}`);
    if (!(Number.isSafeInteger(days) && days >= 0)) throw new RangeError(`days must be a whole number: ${days}`);
    if (!(Number.isSafeInteger(services) && services >= 0)) {
      throw new RangeError(`services must be a whole number: ${services}`);
    }
    this.#options = options;
    this.#random = new Random(seed);
    this.#copies = this.#random.fork('copies');
    this.#meter = options.meter ?? { services: 0, planned: 0, events: 0, heldMax: 0 };
    this.#now = from;

    const playing = OPERATORS.filter((operator) => operators === undefined || operators.includes(operator.id));
    const round = playing.flatMap((operator, home) => Array<number>(operator.share).fill(home));
    const ranks = playing.map(() => 0);
    this.#pattern = this.#random
      .fork('pattern')
      .shuffle(round)
      .map((home) => ({ home, rank: ranks[home]!++ }));
    this.#homes = playing.map((operator, home) => this.#settle(operator, home, services));
  }

  #settle(operator: Operator, home: number, services: number): Home {
    const length = this.#pattern.length;
    const positions = this.#pattern.flatMap((each, position) => (each.home === home ? [position] : []));
    const rest = positions.filter((position) => position < services % length).length;
    const own = Math.floor(services / length) * operator.share + rest;
    const random = this.#random.fork(`network/${operator.id}`);
    const network = new Network(operator, own, random);
    const hubs = random.shuffle(network.hubs);
    // A sample in a hundred hubs, and at least one for each radio network.
    const count = operator.id === 'demo-cable' ? 0 : Math.max(operator.id === 'demo-mobile' ? 2 : 1, hubs.length / 100);
    const sampled = hubs.slice(0, count).map((hub) => hub.children[0]!);
    return { operator, network, services: own, positions, sampled, stage: hubs.slice(Math.ceil(count)) };
  }

  // The frame: what was there at the beginning, then day by day.

  *tell(): Generator<WireEvent, void, undefined> {
    const { from, days } = this.#options;
    const beginning = this.#beginning();
    let first = beginning.next();
    for (let day = 0; day < days; day++) {
      this.#plan(day);
      const end = from + (day + 1) * DAY;
      for (;;) {
        const planned = this.#agenda.first();
        const standing = first.done ? undefined : first.value;
        const fromStanding = standing !== undefined && (!planned || standing.known <= planned.known);
        const next = fromStanding ? standing : planned;
        if (!next || next.known >= end) break;
        if (fromStanding) first = beginning.next();
        else this.#agenda.take();
        this.#now = next.known;
        yield this.#write(next);
      }
      this.#now = end;
    }
  }

  /** All elements at once, then all services within ten minutes: what an operator imports when it goes live. */
  *#beginning(): Generator<Draft, void, undefined> {
    const { from, services } = this.#options;
    for (const { operator, network } of this.#homes) {
      for (const element of network.elements) {
        const { id, kind, technology, parent, latitude, longitude, place } = element;
        const data = {
          operator: operator.id,
          kind,
          ...(technology && { technology }),
          ...(parent && { parent: parent.id }),
          latitude,
          longitude,
          district: place.district,
          ...(kind === 'cell' && { populationCovered: Math.round((place.people * 1000) / 20) }),
        };
        const draft = { operator, feed: 'inventory', type: 'element.upserted', subject: id, data } as const;
        yield { ...draft, known: from, time: from };
      }
    }
    if (this.#homes.length === 0) return;
    for (let index = 0; index < services; index++) {
      const known = from + (1 + Math.floor((index / services) * 600)) * SECOND;
      yield this.#record(this.#service(index), known);
    }
  }

  #plan(day: number): void {
    const begin = this.#options.from + day * DAY;
    const stream = (name: string) => this.#random.fork(name).fork(day);
    this.#down = this.#down.filter((span) => span.to > begin - DAY);
    if (day === 0) this.#opening(begin, stream('opening'));
    for (const home of this.#homes) {
      const of = (name: string) => stream(`${home.operator.id}/${name}`);
      this.#faults(home, begin, of('faults'));
      this.#turns(home, begin, of('turns'));
      this.#alarms(home, begin, of('alarms'));
      this.#samples(home, begin, of('samples'));
    }
    if (this.#homes.length > 0) this.#bad(day, begin, stream('bad'));
  }

  #write(draft: Draft): WireEvent {
    const { operator, known, copy } = draft;
    this.#meter.events++;
    const recordedtime = formatLocal(known, operator.zone);
    if (copy) return { ...copy, recordedtime };
    const event: WireEvent = {
      specversion: '1.0',
      id: `e${++this.#told}`,
      source: `${operator.id}/${draft.feed}`,
      type: draft.type,
      subject: draft.subject,
      time: formatLocal(draft.time, operator.zone),
      recordedtime,
      ...(draft.subjectkind && { subjectkind: draft.subjectkind }),
      madeup: true,
      ...(draft.planted !== undefined && { planted: draft.planted }),
      data: draft.data,
      ...draft.spoilt,
    };
    if (draft.planted === 'id-reused' && this.#reusable) {
      return {
        ...this.#reusable,
        recordedtime,
        planted: draft.planted,
        data: { ...this.#reusable.data, ...draft.data },
      };
    }
    if (draft.planted !== undefined) return event;
    if (draft.type === 'fault.opened' || !this.#reusable) this.#reusable = event;
    if (this.#copies.chance(COPY_RATE)) {
      const later = known + this.#seconds(this.#copies.exponential(3 * HOUR));
      this.#put({ ...draft, known: later, copy: event });
    }
    return event;
  }

  /** Puts an event on the agenda. What is told of the past of this plan becomes known now at the earliest. */
  #put(draft: Draft): void {
    this.#meter.planned++;
    this.#agenda.put({ ...draft, known: Math.max(this.#seconds(draft.known), draft.time, this.#now) });
    this.#meter.heldMax = Math.max(this.#meter.heldMax, this.#agenda.size);
  }

  #say(operator: Operator, feed: Feed, type: string, subject: string, time: Instant, known: Instant, data: Data): void {
    this.#put({ operator, feed, type, subject, time, known, data });
  }

  #name(kind: string): string {
    const number = (this.#names.get(kind) ?? 0) + 1;
    this.#names.set(kind, number);
    return `${kind}-${number}`;
  }

  /** Whole seconds, so that arithmetic by hand stays easy. */
  #seconds(length: Milliseconds): Milliseconds {
    return Math.max(SECOND, Math.round(length / SECOND) * SECOND);
  }

  // Services: made from their number, whenever one is looked at.

  #service(index: number): Service {
    this.#meter.services++;
    const { from } = this.#options;
    const { home: at, rank } = this.#pattern[index % this.#pattern.length]!;
    const home = this.#homes[at]!;
    const { operator, network } = home;
    const ordinal = Math.floor(index / this.#pattern.length) * operator.share + rank;
    const random = this.#random.fork('service').fork(index);
    const servedBy = network.servedBy(ordinal);
    const id = `${operator.id}-s${padded(index + 1, 7)}`;
    const kind = random.weighted(operator.kinds);
    const business = random.chance(0.12);
    const prepaid = kind === 'mobile' && random.chance(0.12);
    const fee = prepaid ? null : random.pick(operator.fees);
    const began = startOfDay(from - random.integer(5, 1500) * DAY, operator.zone);
    const term = 730 * DAY;
    const ends = startOfDay(began + Math.ceil((from - began) / term) * term + 12 * HOUR, operator.zone);
    const notifyBy = random.weighted<readonly string[]>(NOTIFY_BY);
    const record = {
      operator: operator.id,
      kind,
      // Every sixth is a second service of the same customer.
      customerId: `${operator.id}-c${padded(ordinal - (ordinal % 6 === 5 ? 1 : 0), 7)}`,
      customerType: business ? 'business' : 'consumer',
      payment: prepaid ? 'prepaid' : 'postpaid',
      activeFrom: formatLocal(began, operator.zone),
      ...(!prepaid && { contractTo: formatLocal(ends, operator.zone) }),
      monthlyFee: price(fee, operator.currency, business && random.chance(0.5)),
      billingDay: random.pick(BILLING_DAYS),
      tariffId: `${operator.id}-t${fee === null ? 0 : operator.fees.indexOf(fee) + 1}`,
      ...(kind === 'internet' && { contractedDownBitsPerSecond: random.pick([50, 100, 300, 500]) * 1_000_000 }),
      servedBy: [servedBy.id],
      ...(operator.id === 'demo-cable' && { outagePreference: random.chance(0.3) ? 'extension' : 'credit' }),
      language: random.weighted(operator.languages),
      notifyBy,
      // +381 60 000 xxxx looks reserved: nobody known has such a number. Austrians too. RFC 2606 reserves .example.
      contact: {
        msisdn: `+38160000${padded(index % 10_000, 4)}`,
        ...(notifyBy.includes('email') && { email: `s${index + 1}@${operator.id}.example` }),
      },
    };
    return { index, id, home, servedBy, fee, record };
  }

  #record(service: Service, at: Instant, changes: Data = {}): Draft {
    const { home, id, record } = service;
    const data = { ...record, ...changes };
    const { operator } = home;
    return { operator, feed: 'crm', type: 'service.upserted', subject: id, time: at, known: at, data };
  }

  /** The number of a home's n-th service among all services. */
  #indexOf(home: Home, ordinal: number): number {
    const { share } = home.operator;
    return Math.floor(ordinal / share) * this.#pattern.length + home.positions[ordinal % share]!;
  }

  /** A service that nothing happened to yet, of those below the element or of all; from now on it is taken. */
  #claim(home: Home, random: Random, element?: Element): Service | undefined {
    for (let tries = 0; tries < 6 && home.services > 0; tries++) {
      const ordinal = element ? home.network.pickServed(element, random) : random.integer(0, home.services - 1);
      if (ordinal === undefined) return undefined;
      const index = this.#indexOf(home, ordinal);
      if (this.#claimed.has(index)) continue;
      this.#claimed.add(index);
      return this.#service(index);
    }
    return undefined;
  }

  // The first days: one scene for each thing that the terms tell apart.

  #opening(begin: Instant, random: Random): void {
    const home = (id: DemoOperator) => this.#homes.find((each) => each.operator.id === id);
    const mobile = home('demo-mobile');
    if (mobile) this.#openMobile(mobile, begin, random.fork('mobile'));
    const cable = home('demo-cable');
    if (cable) this.#openCable(cable, begin, random.fork('cable'));
    const alps = home('demo-alps');
    if (alps) this.#openAlps(alps, begin, random.fork('alps'));
  }

  #openMobile(home: Home, begin: Instant, random: Random): void {
    const { stage } = home;
    const hub = (n: number) => stage[n % stage.length]!;
    const cell = (n: number) => hub(n).children[0]!;
    const at = (hours: number) => begin + hours * HOUR;

    // A whole site, 61 h: the limit passes on the third day. Meanwhile one fee changes, one moves, one is suspended.
    this.#fault(home, hub(0), CAUSES.power, at(2), 61 * HOUR, random);
    this.#during(home, hub(0), random, (service) => this.newFee(service, at(22)));
    this.#during(home, hub(0), random, (service) => this.move(service, at(32), random));
    this.#during(home, hub(0), random, (service) => this.#suspend(service, at(12), at(32)));
    // Overdue, for 48 h have gone by, and still nothing is due: force majeure, and access is barred.
    this.#fault(home, hub(1), CAUSES.flood, at(4), 70 * HOUR, random);
    this.#fault(home, hub(2), CAUSES.foreign, at(7), 52 * HOUR, random);
    // Exactly 48 h: nothing is due.
    this.#fault(home, cell(3), CAUSES.link, at(5), 48 * HOUR, random, { quiet: true, clearedLate: 0 });
    // Mended after 40 h, as comes to light days later: what was confirmed is withdrawn.
    this.#fault(home, cell(4), CAUSES.link, at(6), 40 * HOUR, random, { quiet: true, clearedLate: 100 * HOUR });
    // Back for eight minutes after 30 h: one outage of 55 h.
    this.#fault(home, hub(5), CAUSES.card, at(9), 55 * HOUR, random, { quiet: true, restored: 30 * HOUR });
    // The cause is known only on the second day: until then the time counted, as unknown.
    this.#fault(home, hub(6), CAUSES.storm, at(3), 75 * HOUR, random, { unclearFor: 26 * HOUR });
    // The second act, so that the days after the third are not bare.
    this.#fault(home, hub(7), CAUSES.power, at(50), 58 * HOUR, random);
    this.#fault(home, cell(8), CAUSES.card, at(86), 51 * HOUR, random);
    for (const days of [3, 5]) {
      const service = this.#claim(home, random);
      if (service) this.#port(service, at(1), at(1 + 24 * days + 5), days === 5);
    }
    const broken = this.#claim(home, random);
    if (broken) this.#replace(broken, at(4), at(30), 'equipment');
  }

  #openCable(home: Home, begin: Instant, random: Random): void {
    const { stage } = home;
    const hub = (n: number) => stage[n % stage.length]!;
    const terminal = (n: number, k: number) => hub(n).children[k]!;
    const at = (hours: number) => begin + hours * HOUR;

    // A headend, 55 h: credits, or longer terms where chosen. One of its services is parked, another for too long.
    this.#fault(home, hub(0), CAUSES.card, at(3), 55 * HOUR, random);
    this.#during(home, hub(0), random, (service) => this.#park(service, at(12), at(12) + 33 * DAY));
    this.#during(home, hub(0), random, (service) => this.#park(service, at(10), at(30)));
    this.#during(home, hub(0), random, (service) => this.newFee(service, at(25)));
    // A digger and a storm are not the operator's fault.
    this.#fault(home, terminal(1, 0), CAUSES.fibre, at(8), 60 * HOUR, random);
    this.#fault(home, terminal(1, 1), CAUSES.storm, at(10), 50 * HOUR, random);
    // Announced in time: excused. Announced four hours before: not, and they overrun.
    this.#works(home, terminal(2, 0), at(1), at(28), at(36), 0, random);
    this.#works(home, terminal(2, 1), at(20), at(24), at(32), 43 * HOUR, random);
    this.#fault(home, terminal(3, 0), CAUSES.link, at(11), 53 * HOUR, random, { openedLate: 9 * HOUR });
    this.#fault(home, terminal(4, 0), CAUSES.card, at(64), 57 * HOUR, random);
    const broken = this.#claim(home, random);
    if (broken) this.#replace(broken, at(4), at(52), 'equipment');
    const own = this.#claim(home, random);
    if (own) this.#replace(own, at(6), at(40), 'subscriber');
  }

  #openAlps(home: Home, begin: Instant, random: Random): void {
    const { stage } = home;
    const hub = (n: number) => stage[n % stage.length]!;
    const cell = (n: number) => hub(n).children[0]!;
    const at = (hours: number) => begin + hours * HOUR;

    // The limit is a day here: the first credits of the story, early on its second day.
    this.#fault(home, hub(0), CAUSES.fibre, at(1), 26.5 * HOUR, random);
    this.#fault(home, hub(1), CAUSES.power, at(6), 40 * HOUR, random);
    this.#fault(home, hub(3), CAUSES.storm, at(70), 31 * HOUR, random);
    this.#fault(home, hub(4), CAUSES.link, at(101), 27 * HOUR, random);
    // Two weeks and a day: the contract may be ended.
    this.#fault(home, cell(2), CAUSES.card, at(30), 15.5 * DAY, random, { quiet: true });
    // Work on a reported fault begins after 80 h: an alarm at 72.
    const line = this.#claim(home, random);
    if (line) this.#lineFault(line, LINE_CAUSES[2]![0], at(2), 92 * HOUR, 80 * HOUR, random);
  }

  #during(home: Home, element: Element, random: Random, turn: (service: Service) => void): void {
    const service = this.#claim(home, random, element);
    if (service) turn(service);
  }

  // Faults of the network.

  #faults(home: Home, begin: Instant, random: Random): void {
    const { network, operator } = home;
    for (let n = random.poisson(operator.faultRate * network.elements.length); n > 0; n--) {
      const cause = random.weighted<Cause>(Object.values(CAUSES).map((each: Cause) => [each, each.weight]));
      const opened = begin + this.#seconds(random.uniform(0, DAY - SECOND));
      const element = this.#target(home, COUNTED.has(cause.responsibility), opened, random);
      if (!element) continue;
      const length = Math.min(this.#seconds(random.logNormal(cause.median, cause.sigma)), FAULT_LENGTH_MAX);
      if (cause === CAUSES.works) this.#anyWorks(home, element, opened, length, random);
      else this.#fault(home, element, cause, opened, length, random, this.#course(length, random));
      this.#besides(home, element, opened, length, random);
    }
    // A core is back soon: an hour or two without everybody.
    if (random.chance(0.04)) {
      const core = random.pick(network.elements.filter((element) => element.kind === 'core'));
      const length = random.uniform(8 * MINUTE, 95 * MINUTE);
      this.#fault(home, core, CAUSES.link, begin + random.uniform(0, DAY - SECOND), length, random, { quiet: true });
    }
  }

  /** An element of a hub where nothing is amiss; where the fault may be excused, one without samples. */
  #target(home: Home, counted: boolean, at: Instant, random: Random): Element | undefined {
    for (let tries = 0; tries < 5; tries++) {
      const hub = random.pick(counted ? home.network.hubs : home.stage);
      if ((this.#busy.get(hub) ?? at) > at) continue;
      return hub.children.length === 0 || random.chance(0.35) ? hub : random.pick(hub.children);
    }
    return undefined;
  }

  #course(length: Milliseconds, random: Random): Course {
    return {
      ...(random.chance(0.04) && { clearedLate: random.uniform(0.5 * DAY, 6 * DAY) }),
      ...(random.chance(0.05) && { openedLate: random.uniform(HOUR, 20 * HOUR) }),
      ...(length > 4 * HOUR && random.chance(0.08) && { restored: length * random.uniform(0.3, 0.7) }),
      ...(random.chance(0.25) && { unclearFor: Math.min(length * 0.7, random.exponential(5 * HOUR)) }),
    };
  }

  /** What befalls single services in a long fault, and now and then a second fault beside it. */
  #besides(home: Home, element: Element, opened: Instant, length: Milliseconds, random: Random): void {
    if (length < 12 * HOUR) return;
    const within = () => opened + this.#seconds(length * random.uniform(0.1, 0.9));
    const maybe = (probability: number, turn: (service: Service) => void) => {
      if (random.chance(probability)) this.#during(home, element, random, turn);
    };
    maybe(0.2, (service) => this.newFee(service, within()));
    maybe(0.2, (service) => this.move(service, within(), random));
    maybe(0.1, (service) => this.suspension(service, within(), random));
    maybe(0.05, (service) => this.ending(service, within(), random));
    if (home.operator.id === 'demo-cable') maybe(0.15, (service) => this.parking(service, within(), random));
    const [child] = element.children;
    // Samples of this place tell of the first fault alone.
    if (child && !home.sampled.includes(child) && random.chance(0.2)) {
      this.#fault(home, child, CAUSES.card, within(), random.logNormal(6 * HOUR, 1), random);
    }
  }

  /** One fault from its opening to its clearing, with alarms, reports and repair. */
  #fault(
    home: Home,
    element: Element,
    cause: Cause,
    opening: Instant,
    lasting: Milliseconds,
    random: Random,
    course: Course = {},
  ): void {
    const { operator } = home;
    const opened = this.#seconds(opening);
    const length = this.#seconds(lasting);
    const cleared = opened + length;
    const faultId = this.#name('f');
    const late = (usual: Milliseconds) => this.#seconds(random.exponential(usual));
    const say = (type: string, time: Instant, known: Instant, data: Data) => {
      const draft = { operator, feed: 'noc', type, subject: element.id, subjectkind: 'element', time, known } as const;
      this.#put({ ...draft, data: { faultId, ...data } });
    };
    const hub = hubOf(element);
    this.#busy.set(hub, Math.max(this.#busy.get(hub) ?? 0, cleared + HOUR));

    const { responsibility } = cause;
    const reason = course.reason ?? random.pick(cause.reasons);
    const known = opened + (course.openedLate ?? late(3 * MINUTE));
    const unclear = course.unclearFor !== undefined && responsibility !== 'unknown';
    const first = unclear ? { responsibility: 'unknown', reason: 'cause not yet known' } : { responsibility, reason };
    say('fault.opened', opened, known, first);
    if (unclear) {
      const found = opened + this.#seconds(course.unclearFor ?? 0);
      say('fault.updated', found, Math.max(known, found + late(5 * MINUTE)), { responsibility, reason });
    }
    if (cause.barred) {
      const barred = opened + this.#seconds(length * 0.05);
      say('fault.updated', barred, barred + late(20 * MINUTE), { accessBarred: true });
      const free = opened + this.#seconds(length * random.uniform(0.75, 0.95));
      say('fault.updated', free, free + late(20 * MINUTE), { accessBarred: false });
    }
    if (course.restored !== undefined) {
      const back = opened + this.#seconds(course.restored);
      say('fault.cleared', back, back + late(MINUTE), {});
      const again = back + 8 * MINUTE;
      say('fault.opened', again, again + late(MINUTE), { responsibility, reason });
    }
    say('fault.cleared', cleared, cleared + (course.clearedLate ?? late(4 * MINUTE)), {});

    this.#repair(home, element, faultId, opened, length, known, random);
    this.#storm(home, element, cause, opened, cleared, course, random);
    this.#unsampled(home, element, opened, cleared);
  }

  /** Who tells of it, and when work begins: within 72 h of the report, where the operator has such a term. */
  #repair(
    home: Home,
    element: Element,
    faultId: string,
    opened: Instant,
    length: Milliseconds,
    known: Instant,
    random: Random,
  ): void {
    const { operator, network } = home;
    const alps = operator.id === 'demo-alps';
    const slow = alps && length > 90 * HOUR && random.chance(0.6);
    const many = random.poisson(Math.min(6, 0.4 + 0.02 * network.served(element)));
    // The desk of the alpine operator keeps a report or two with the fault, from which the time to the repair runs.
    const callers = alps ? clamp(many, slow ? 1 : 0, 2) : many;
    for (let n = 0; n < callers; n++) {
      const at = opened + this.#seconds(random.uniform(0.02, 0.8) * Math.min(length, 12 * HOUR));
      const told = {
        reportId: this.#name('r'),
        channel: random.pick(['phone', 'app', 'web', 'shop']),
        symptom: random.pick(['no signal', 'no internet', 'no calls', 'picture stands still']),
      };
      if (alps) {
        const draft = { operator, feed: 'care', type: 'fault.reported', subject: element.id, time: at } as const;
        this.#put({ ...draft, known: at, subjectkind: 'element', data: { ...told, faultId } });
        continue;
      }
      const ordinal = network.pickServed(element, random);
      if (ordinal === undefined) break;
      const { id } = this.#service(this.#indexOf(home, ordinal));
      const draft = { operator, feed: 'care', type: 'fault.reported', subject: id, time: at, known: at } as const;
      this.#put({ ...draft, subjectkind: 'service', data: told });
    }
    if (length < 20 * MINUTE) return;
    // Reports come within twelve hours: whatever begins after 85 h is too late for all of them.
    const wait = slow ? random.uniform(85 * HOUR, length) : Math.min(random.logNormal(2 * HOUR, 0.9), length * 0.8);
    const begun = opened + this.#seconds(wait);
    const draft = { operator, feed: 'noc', type: 'repair.started', subject: element.id, time: begun } as const;
    this.#put({ ...draft, subjectkind: 'element', known: Math.max(begun + MINUTE, known), data: { faultId } });
  }

  /** The alarms that come with a fault: its own for all of it, where that is sure to count, and a burst around it. */
  #storm(
    home: Home,
    element: Element,
    cause: Cause,
    opened: Instant,
    cleared: Instant,
    course: Course,
    random: Random,
  ): void {
    const plain = !course.quiet && course.restored === undefined && course.clearedLate === undefined;
    if (cause.alarm && plain && random.chance(0.7)) {
      const begin = opened - random.integer(20, 120) * SECOND;
      const end = cleared + random.integer(5, 60) * SECOND;
      this.#alarm(home, element, cause.alarm, 'critical', cause.reasons[0]!, begin, end, random);
    }
    if (cause === CAUSES.works) return;
    const around = random
      .shuffle([...below(element).slice(1), ...(element.parent ? [element.parent] : [])])
      .slice(0, 12);
    for (const each of around) {
      const begin = opened + random.integer(0, 90) * SECOND;
      const length = Math.min(random.logNormal(ALARM_MEDIAN, 1.5), cleared - opened + 2 * MINUTE);
      this.#alarm(home, each, 'lossOfSignal', 'minor', 'no answer from a neighbour', begin, begin + length, random);
    }
  }

  #unsampled(home: Home, element: Element, from: Instant, to: Instant): void {
    const touched = below(element).filter((each) => home.sampled.includes(each));
    for (const each of touched) this.#down.push({ element: each, from, to });
  }

  #anyWorks(home: Home, element: Element, around: Instant, length: Milliseconds, random: Random): void {
    const inTime = random.chance(0.7);
    const start = around + (inTime ? random.uniform(25 * HOUR, 96 * HOUR) : random.uniform(HOUR, 20 * HOUR));
    const begin = Math.round(start / HOUR) * HOUR;
    const end = begin + Math.max(HOUR, Math.round(length / HOUR) * HOUR);
    this.#works(home, element, around, begin, end, random.chance(0.25) ? random.logNormal(6 * HOUR, 1.2) : 0, random);
  }

  /** Works as announced, and as they went. */
  #works(
    home: Home,
    element: Element,
    announced: Instant,
    from: Instant,
    to: Instant,
    overrun: Milliseconds,
    random: Random,
  ): void {
    const { operator } = home;
    const local = (at: Instant) => formatLocal(at, operator.zone);
    const data = { worksId: this.#name('w'), from: local(from), to: local(to), channel: 'web' };
    this.#say(operator, 'noc', 'works.announced', element.id, announced, announced, data);
    this.#fault(home, element, CAUSES.works, from, to + overrun - from, random, {
      reason: overrun > 0 ? 'planned works that took longer' : 'planned works',
    });
  }

  // Raw alarms.

  #alarms(home: Home, begin: Instant, random: Random): void {
    const { elements } = home.network;
    const any = () => begin + this.#seconds(random.uniform(0, DAY - SECOND));
    for (let n = random.poisson(ALARM_RATE * elements.length); n > 0; n--) {
      this.#anyAlarm(home, random.pick(elements), any(), random);
    }
    // A link that comes and goes: the same alarm again and again.
    for (let n = random.poisson(elements.length * 0.004); n > 0; n--) {
      const element = random.pick(elements);
      const alarmKey = this.#name('a');
      let at = any();
      for (let left = random.integer(6, 30); left > 0; left--) {
        const end = at + this.#seconds(random.logNormal(60 * SECOND, 0.7));
        this.#alarm(home, element, 'lossOfSignal', 'major', 'port flaps', at, end, random, alarmKey);
        at = end + this.#seconds(random.exponential(80 * SECOND));
      }
    }
    // What one hub has, its neighbours have within the same minute.
    for (let n = random.poisson(Math.min(4, elements.length * 0.003)); n > 0; n--) {
      const at = any();
      for (const hub of random.shuffle(home.network.hubs).slice(0, random.integer(4, 15))) {
        const begins = at + random.integer(0, 55) * SECOND;
        const length = this.#seconds(random.logNormal(ALARM_MEDIAN, 1));
        this.#alarm(home, hub, 'powerProblem', 'minor', 'mains voltage low', begins, begins + length, random);
      }
    }
  }

  #anyAlarm(home: Home, element: Element, at: Instant, random: Random): void {
    const [cause, problem] = random.weighted(PROBLEMS.map((each) => [each, each[2]] as const));
    let severity = random.weighted(SEVERITIES);
    let length = random.logNormal(ALARM_MEDIAN, ALARM_SIGMA);
    // What stands makes a fault: where one is open it would blur its story, and on a core it would be everybody's.
    if ((this.#busy.get(hubOf(element)) ?? 0) > at) severity = 'minor';
    if (element.kind === 'core') length = Math.min(length, 30 * MINUTE);
    length = Math.min(length, FAULT_LENGTH_MAX);
    this.#alarm(home, element, cause, severity, problem, at, at + length, random);
  }

  #alarm(
    home: Home,
    element: Element,
    probableCause: string,
    perceivedSeverity: Severity,
    specificProblem: string,
    begin: Instant,
    end: Instant,
    random: Random,
    alarmKey = this.#name('a'),
  ): void {
    const { operator } = home;
    const from = this.#seconds(begin);
    const to = Math.max(from + SECOND, this.#seconds(end));
    const heard = random.integer(0, 4) * SECOND;
    const kind = { probableCause, specificProblem };
    const text = `${element.id}: ${specificProblem}`;
    this.#say(operator, 'alarms', 'alarm.reported', element.id, from, from + heard, {
      alarmKey,
      perceivedSeverity,
      ...kind,
      text,
    });
    this.#say(operator, 'alarms', 'alarm.ended', element.id, to, to + heard, {
      alarmKey,
      perceivedSeverity: 'cleared',
      ...kind,
    });
  }

  // Samples.

  #samples(home: Home, begin: Instant, random: Random): void {
    const { operator, sampled } = home;
    const quarter = 15 * MINUTE;
    const firstSlot = Math.ceil(begin / quarter) * quarter;
    // A sleeping cell: samples fall, and nobody opened a fault. Once on the first day, then now and then.
    for (const [i, cell] of sampled.entries()) {
      const scene = begin === this.#options.from && i === 0;
      if (!scene && !random.chance(0.03)) continue;
      const from = begin + (scene ? 12 * HOUR : random.uniform(0, DAY));
      this.#down.push({ element: cell, from, to: from + (scene ? 5 * HOUR : random.logNormal(3 * HOUR, 1)) });
    }
    for (const cell of sampled) {
      const isDown = (at: Instant) =>
        this.#down.some((span) => span.element === cell && span.from < at && at <= span.to);
      const busyness = 0.7 + (cell.place.people % 7) / 20;
      for (let at = firstSlot; at < begin + DAY; at += quarter) {
        // Lost on the way.
        if (random.chance(0.004)) continue;
        const down = isDown(at);
        const known =
          at + this.#seconds(random.chance(0.003) ? random.uniform(HOUR, 9 * HOUR) : random.uniform(40, 200) * SECOND);
        const sample = (kpi: string, value: number, unit: string) =>
          this.#say(operator, 'pm', 'kpi.sampled', cell.id, at, known, { kpi, value, unit });
        const available = down ? random.uniform(0, 0.2) : random.chance(0.02) ? random.uniform(0.7, 0.99) : 1;
        sample('availability', Math.round(available * 1000) / 1000, 'ratio');
        if (at % HOUR !== 0) continue;
        const load = down ? 0 : Math.min(1, busyness * rhythm(wall(at, operator.zone)) * random.logNormal(1, 0.08));
        // Names and units of 3GPP TS 28.552 (32.425 for 4G): a whole per cent of blocks, and a mean count.
        sample('RRU.PrbTotDl', Math.floor(load * 92), 'percent');
        sample('RRC.ConnMean', Math.round(load * 1400) / 10, 'connections');
      }
    }
  }

  // What happens to single services.

  #turns(home: Home, begin: Instant, random: Random): void {
    const { operator, services } = home;
    const any = () => begin + this.#seconds(random.uniform(0, DAY - SECOND));
    for (const { rate, of, turn } of TURNS) {
      if (of && !of.includes(operator.id)) continue;
      for (let n = random.poisson(rate * services); n > 0; n--) {
        const service = this.#claim(home, random);
        if (service) turn(this, service, any(), random);
      }
    }
    for (let n = random.poisson(JOIN_RATE * services); n > 0; n--) this.#join(home, any());
  }

  /** The next number that falls to this operator becomes a service, from now on. */
  #join(home: Home, at: Instant): void {
    let index: number;
    do index = this.#options.services + this.#joined++;
    while (this.#homes[this.#pattern[index % this.#pattern.length]!.home] !== home);
    const service = this.#service(index);
    this.#put(this.#record(service, at, { activeFrom: formatLocal(at, home.operator.zone) }));
  }

  #tell(service: Service, feed: Feed, type: string, at: Instant, data: Data, known = at): void {
    this.#say(service.home.operator, feed, type, service.id, at, known, data);
  }

  /** The price list changes: the same service, another fee. */
  newFee(service: Service, at: Instant): void {
    const { operator } = service.home;
    const { fees, currency } = operator;
    if (service.fee === null) return;
    const fee = fees[(fees.indexOf(service.fee) + 1) % fees.length]!;
    const monthlyFee = price(fee, currency, false);
    this.#put(this.#record(service, at, { monthlyFee, tariffId: `${operator.id}-t${fees.indexOf(fee) + 1}` }));
  }

  /** Served by another element from now on. */
  move(service: Service, at: Instant, random: Random): void {
    const away = service.home.network.elements.filter(
      (element) => element.technology === service.servedBy.technology && element !== service.servedBy,
    );
    if (away.length > 0) this.#put(this.#record(service, at, { servedBy: [random.pick(away).id] }));
  }

  equipment(service: Service, at: Instant, random: Random): void {
    const responsibility = random.weighted<Responsibility>([
      ['equipment', 6],
      ['operator', 2],
      ['subscriber', 2],
    ]);
    this.#replace(service, at, at + random.logNormal(50 * HOUR, 0.8), responsibility);
  }

  #replace(service: Service, from: Instant, to: Instant, responsibility: Responsibility): void {
    const equipmentId = this.#name('q');
    this.#tell(service, 'care', 'equipment.reported', from, { equipmentId, responsibility });
    this.#tell(service, 'care', 'equipment.replaced', this.#seconds(to), { equipmentId });
  }

  parking(service: Service, at: Instant, random: Random): void {
    this.#park(service, at, at + random.integer(4, 36) * DAY);
  }

  #park(service: Service, from: Instant, to: Instant): void {
    this.#tell(service, 'crm', 'service.parked', from, { reason: 'asked for by the subscriber' });
    this.#tell(service, 'crm', 'service.unparked', to, {});
  }

  suspension(service: Service, at: Instant, random: Random): void {
    this.#suspend(service, at, at + this.#seconds(random.uniform(1, 14) * DAY));
  }

  #suspend(service: Service, from: Instant, to: Instant): void {
    this.#tell(service, 'crm', 'service.suspended', from, { reason: 'bill not paid' });
    this.#tell(service, 'crm', 'service.resumed', to, { reason: 'bill paid' });
  }

  /** Half in time, half late by days. */
  porting(service: Service, at: Instant, random: Random): void {
    const hours = random.chance(0.5) ? random.uniform(3, 24) : random.uniform(30, 20 * 24);
    this.#port(service, at, at + this.#seconds(hours * HOUR), hours > 60 && random.chance(0.3));
  }

  #port(service: Service, accepted: Instant, completed: Instant, excused: boolean): void {
    const portingId = this.#name('p');
    const local = (at: Instant) => formatLocal(at, service.home.operator.zone);
    this.#tell(service, 'porting', 'porting.accepted', accepted, { portingId });
    const pause = {
      from: local(accepted + 30 * HOUR),
      to: local(accepted + 54 * HOUR),
      reason: 'subscriber not reached',
    };
    const data = { portingId, ...(excused && { excused: [pause] }) };
    this.#tell(service, 'porting', 'porting.completed', completed, data);
  }

  transfer(service: Service, at: Instant, random: Random): void {
    const customerId = `${service.home.operator.id}-n${random.integer(1, 999_999)}`;
    this.#tell(service, 'crm', 'service.transferred', at, { customerId, reason: 'sold the flat' });
  }

  ending(service: Service, at: Instant, random: Random): void {
    // Some ends are entered days after.
    const known = random.chance(0.2) ? at + random.uniform(DAY, 5 * DAY) : at;
    this.#tell(service, 'crm', 'service.ended', at, { reason: 'contract ended' }, this.#seconds(known));
  }

  /** A fault of the line itself: reported by the subscriber, and mended at the line. */
  lineFault(service: Service, at: Instant, random: Random): void {
    const cause = random.weighted(LINE_CAUSES);
    const alps = service.home.operator.id === 'demo-alps';
    const slow = alps && random.chance(0.2);
    const length = slow
      ? random.uniform(80 * HOUR, 170 * HOUR)
      : Math.min(random.logNormal(cause.median, cause.sigma), FAULT_LENGTH_MAX);
    const wait = slow ? random.uniform(73 * HOUR, length) : Math.min(random.logNormal(5 * HOUR, 0.8), length * 0.8);
    this.#lineFault(service, cause, at, length, wait, random);
  }

  #lineFault(
    service: Service,
    cause: Cause,
    opened: Instant,
    length: Milliseconds,
    wait: Milliseconds,
    random: Random,
  ): void {
    const { operator } = service.home;
    const faultId = this.#name('f');
    const subjectkind = 'service';
    const say = (feed: Feed, type: string, time: Instant, known: Instant, data: Data) =>
      this.#put({ operator, feed, type, subject: service.id, subjectkind, time, known, data: { faultId, ...data } });
    const { responsibility } = cause;
    const cleared = opened + this.#seconds(length);
    const begun = opened + this.#seconds(wait);
    const reported = opened + Math.min(20 * MINUTE, length / 4);
    const reason = random.pick(cause.reasons);
    say('noc', 'fault.opened', opened, opened + MINUTE, { responsibility, reason });
    say('care', 'fault.reported', this.#seconds(reported), this.#seconds(reported), {
      reportId: this.#name('r'),
      channel: random.pick(['phone', 'app', 'web', 'shop']),
      symptom: 'no service',
    });
    say('noc', 'repair.started', begun, begun + MINUTE, {});
    const late = random.chance(0.08) ? random.uniform(DAY, 6 * DAY) : 2 * MINUTE;
    say('noc', 'fault.cleared', cleared, cleared + this.#seconds(late), {});
  }

  // Bad records.

  /** Each class once on the first day, within half a day, then one or two a day of any. */
  #bad(day: number, begin: Instant, random: Random): void {
    const count = random.poisson(1.3);
    const soon = BAD.map((bad, i) => [bad, begin + 20 * MINUTE + i * 50 * MINUTE] as const);
    const any = () => [random.pick(BAD), begin + this.#seconds(random.uniform(0, DAY - SECOND))] as const;
    for (const [bad, at] of day === 0 ? soon : Array.from({ length: count }, any)) {
      const home = random.pick(this.#homes);
      if (home.services === 0) continue;
      const { operator, network } = home;
      const service = this.#service(this.#indexOf(home, random.integer(0, home.services - 1)));
      const made = bad({ operator, service, element: random.pick(network.elements), at });
      this.#put({ operator, known: at, time: at, ...made });
    }
  }
}

// --- Bad records ---

interface Scene {
  readonly operator: Operator;
  readonly service: Service;
  readonly element: Element;
  readonly at: Instant;
}

type Bad = (scene: Scene) => Pick<Draft, 'feed' | 'type' | 'subject' | 'data' | 'planted' | 'spoilt'>;

/** One for each class that an object can have; what is no JSON at all has no place in a stream of objects. */
const BAD: readonly Bad[] = [
  ({ service }) => ({
    planted: 'negative-amount',
    feed: 'mediation',
    type: 'usage.recorded',
    subject: service.id,
    data: { kind: 'voice', direction: 'out', seconds: -42, feed: 'cdr' },
  }),
  ({ service, operator: { currency } }) => ({
    planted: 'wrong-currency',
    feed: 'crm',
    type: 'service.upserted',
    subject: service.id,
    data: { ...service.record, monthlyFee: { amount: '19.90', currency: currency === 'EUR' ? 'RSD' : 'EUR' } },
  }),
  ({ element }) => ({
    planted: 'unknown-type',
    feed: 'noc',
    type: 'fault.escalated',
    subject: element.id,
    data: { faultId: 'f-0' },
  }),
  ({ element }) => ({
    planted: 'missing-field',
    feed: 'noc',
    type: 'fault.opened',
    subject: element.id,
    data: { responsibility: 'operator', reason: 'a ticket without a number' },
  }),
  ({ element }) => ({
    planted: 'negative-amount',
    feed: 'pm',
    type: 'kpi.sampled',
    subject: element.id,
    data: { kpi: 'availability', value: -0.2, unit: 'ratio' },
  }),
  ({ service, operator: { currency } }) => ({
    planted: 'money-decimals',
    feed: 'crm',
    type: 'service.upserted',
    subject: service.id,
    data: { ...service.record, monthlyFee: { amount: '1999.005', currency } },
  }),
  ({ element }) => ({
    planted: 'malformed-field',
    feed: 'pm',
    type: 'kpi.sampled',
    subject: element.id,
    data: { kpi: 'availability', value: 'n/a', unit: 'ratio' },
  }),
  ({ element, operator, at }) => ({
    planted: 'time-ahead',
    feed: 'noc',
    type: 'fault.cleared',
    subject: element.id,
    data: { faultId: 'f-0', reason: 'a clock three hours fast' },
    spoilt: { time: formatLocal(at + 3 * HOUR, operator.zone) },
  }),
  ({ element }) => ({
    planted: 'unknown-operator',
    feed: 'inventory',
    type: 'element.upserted',
    subject: `${element.id}-new`,
    data: { operator: 'demo-nobody', kind: 'cell', technology: '4G' },
  }),
  ({ service, operator, at }) => ({
    planted: 'beyond-memory',
    feed: 'mediation',
    type: 'usage.recorded',
    subject: service.id,
    data: { kind: 'data', direction: 'out', bytes: 1_048_576, feed: 'cdr' },
    spoilt: { time: formatLocal(at - 140 * DAY, operator.zone) },
  }),
  ({ element }) => ({
    planted: 'malformed-field',
    feed: 'noc',
    type: 'fault.cleared',
    subject: element.id,
    data: { faultId: 'f-0', reason: 'a day that no year has' },
    spoilt: { time: '2026-02-30T12:00:00+01:00' },
  }),
  ({ element }) => ({
    planted: 'not-a-cloudevent',
    feed: 'alarms',
    type: 'alarm.reported',
    subject: element.id,
    data: { alarmKey: 'a-0', perceivedSeverity: 'major', probableCause: 'lossOfSignal' },
    spoilt: { specversion: '0.3' },
  }),
  // Told in the place of the last fault, with its id (`Teller.#write`).
  ({ element }) => ({
    planted: 'id-reused',
    feed: 'noc',
    type: 'fault.opened',
    subject: element.id,
    data: { reason: 'another content under an id that was taken' },
  }),
];

// --- Small parts ---

/** What is still to be told, the first first; of one instant in the order in which it was put. A binary heap. */
class Agenda {
  readonly #heap: { readonly draft: Draft; readonly serial: number }[] = [];
  #serial = 0;

  get size(): number {
    return this.#heap.length;
  }

  first(): Draft | undefined {
    return this.#heap[0]?.draft;
  }

  put(draft: Draft): void {
    const heap = this.#heap;
    const entry = { draft, serial: this.#serial++ };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#before(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  /** Takes the first away. */
  take(): void {
    const heap = this.#heap;
    const entry = heap.pop();
    if (entry === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const lesser = right < heap.length && this.#before(heap[right]!, heap[left]!) ? right : left;
      if (!this.#before(heap[lesser]!, entry)) break;
      heap[at] = heap[lesser]!;
      at = lesser;
    }
    heap[at] = entry;
  }

  #before(a: { draft: Draft; serial: number }, b: { draft: Draft; serial: number }): boolean {
    return a.draft.known - b.draft.known < 0 || (a.draft.known === b.draft.known && a.serial < b.serial);
  }
}

/** How busy a network is by the clock on the wall, 0 to 1: quiet at four, the peak in the evening, less on weekends. */
function rhythm(wallMs: number): number {
  const hour = (((wallMs % DAY) + DAY) % DAY) / HOUR;
  const weekday = (((Math.floor(wallMs / DAY) + 4) % 7) + 7) % 7; // 1970-01-01 was a Thursday; 0 is Sunday
  const day = 0.5 - 0.5 * Math.cos((2 * Math.PI * (hour - 4)) / 24);
  const evening = Math.exp(-(((hour - 20.5) / 2.6) ** 2));
  return (0.1 + 0.6 * day + 0.33 * evening) * (weekday === 0 || weekday === 6 ? 0.85 : 1);
}

function price(amount: string | null, currency: string, vatExcluded: boolean): Data | null {
  return amount === null ? null : { amount, currency, ...(vatExcluded && { vat: 'excluded' }) };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, Math.ceil(value)));
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
