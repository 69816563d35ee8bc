/**
 * Random stories against a slow and plain second opinion. Time is cut into steps of ten minutes; for every step the oracle asks
 * each fault, record and standing what holds, with booleans and counters alone, and adds up the money at the end. It shares no
 * code with the project, so what both say of the same story is either right or wrong twice in different ways.
 *
 * The seed of a failure is printed by fast-check; DOZOR_SEED tells it again, DOZOR_RUNS asks for more stories.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Data, Decisions, Line } from './story.js';
import { element, euro, fee, known, minor, said, told, upsert, worthOf } from './story.js';

const SEED = process.env['DOZOR_SEED'] ? Number(process.env['DOZOR_SEED']) : Math.floor(Math.random() * 2 ** 31);
const RUNS = process.env['DOZOR_RUNS'] ? Number(process.env['DOZOR_RUNS']) : 40;
// On a slow machine fewer stories rather than more time: some twenty seconds for all.
const limits = process.env['DOZOR_RUNS'] ? {} : { interruptAfterTimeLimit: 2_000 };
const settings = { seed: SEED, numRuns: RUNS, ...limits };
const PATIENCE = process.env['DOZOR_RUNS'] ? 3_600_000 : 30_000;
vi.setConfig({ testTimeout: PATIENCE });
console.log(`outage oracle: seed ${SEED}, ${RUNS} stories each`);

// --- Time, in steps ---

const STEP = 600_000;
const TABLE_FROM = Date.parse('2025-12-24T23:00:00Z');
const ORIGIN = (Date.parse('2026-03-10T00:00:00+01:00') - TABLE_FROM) / STEP;
const END = (Date.parse('2026-08-31T22:00:00Z') - TABLE_FROM) / STEP;
const HOURS = 6;
const DAYS = 24 * HOURS;
const instant = (step: number) => TABLE_FROM + step * STEP;
const wire = (step: number) => new Date(instant(step)).toISOString();

interface LocalDay {
  readonly from: number;
  readonly to: number;
  readonly dayOfMonth: number;
  readonly lastOfMonth: boolean;
}

const DAY_TABLE: readonly LocalDay[] = localDays();
const DAY_OF_STEP: readonly number[] = DAY_TABLE.flatMap(({ from, to }, i) => Array<number>(to - from).fill(i));

function localDays(): LocalDay[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Belgrade' });
  const days: { from: number; to: number; dayOfMonth: number; lastOfMonth: boolean }[] = [];
  let name = '';
  for (let step = 0; step < END; step++) {
    // An hour is never cut by a change of day: six steps at once.
    if (step % HOURS === 0) {
      const shown = format.format(instant(step));
      if (shown !== name) {
        name = shown;
        const dayOfMonth = Number(shown.slice(8));
        if (dayOfMonth === 1 && days.length > 0) days[days.length - 1]!.lastOfMonth = true;
        days.push({ from: step, to: step, dayOfMonth, lastOfMonth: false });
      }
    }
    days[days.length - 1]!.to = step + 1;
  }
  return days;
}

// --- What a story is made of ---

interface Version {
  readonly at: number;
  readonly fee: number | null;
  readonly vat: boolean;
  readonly billingDay: number | 'last';
  readonly servedBy: readonly number[];
  readonly extension: boolean;
}
interface Stretch {
  readonly from: number;
  readonly to: number;
}
interface Report extends Stretch {
  readonly id: string;
  readonly responsibility: string;
}
interface ServiceStory {
  readonly activeFrom: number;
  readonly ended: number | undefined;
  readonly versions: readonly Version[];
  readonly parked: readonly Stretch[];
  readonly suspended: readonly Stretch[];
  readonly equipment: readonly Report[];
}
interface Change {
  readonly at: number;
  readonly do: 'opened' | 'updated' | 'cleared';
  readonly responsibility: string | undefined;
  readonly barred: boolean | undefined;
}
interface FaultStory {
  /** An element, or a service. */
  readonly on: { readonly element: number } | { readonly service: number };
  readonly changes: readonly Change[];
}
interface WorksStory extends Stretch {
  readonly element: number;
  readonly announced: number;
  readonly channel: 'web' | 'sms';
}
interface Story {
  readonly services: readonly ServiceStory[];
  /** For each element its parents over time, the first for all time before. */
  readonly elements: readonly (readonly { readonly at: number; readonly parent: number | undefined }[])[];
  readonly faults: readonly FaultStory[];
  readonly works: readonly WorksStory[];
}

// --- Random stories ---

const moment = fc.integer({ min: 0, max: 50 * HOURS * 4 }).map((quarter) => ORIGIN + quarter * HOURS);
const lengths = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 2, 3, HOURS, 24 * HOURS, 24 * HOURS + 1, 48 * HOURS, 48 * HOURS + 1, 15 * DAYS),
  },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 80 }).map((hours) => hours * HOURS) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 * DAYS }) },
);
const responsibility = fc.constantFrom(
  ...[
    'operator',
    'operator',
    'operator',
    'equipment',
    'unknown',
    'subscriber',
    'weather',
    'third-party',
    'planned-works',
    'congestion',
  ],
);
const stretches = (max: number) =>
  fc
    .array(fc.record({ gap: lengths, length: lengths }), { maxLength: max })
    .chain((pieces) => moment.map((from) => laid(from, pieces)));

function laid(start: number, pieces: readonly { gap: number; length: number }[]): Stretch[] {
  let at = start;
  return pieces.map(({ gap, length }) => {
    const from = at + gap;
    at = from + length;
    return { from, to: at };
  });
}

const faultOn = (elements: number, services: number): fc.Arbitrary<FaultStory> =>
  fc
    .record({
      on: fc.oneof(
        fc.nat(elements - 1).map((one) => ({ element: one })),
        fc.nat(services - 1).map((one) => ({ service: one })),
      ),
      start: moment,
      turns: fc.array(
        fc.record({
          length: lengths,
          responsibility,
          barred: fc.option(fc.boolean(), { nil: undefined, freq: 3 }),
          do: fc.constantFrom('updated', 'updated', 'opened', 'cleared'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      last: lengths,
    })
    .map(({ on, start, turns, last }) => {
      let at = start;
      const changes = turns.map((turn, i): Change => {
        const change = { at, responsibility: turn.responsibility, barred: turn.barred };
        at += turn.length;
        return { ...change, do: i === 0 ? 'opened' : (turn.do as Change['do']) };
      });
      return {
        on,
        changes: [...changes, { at: at + last, do: 'cleared', responsibility: undefined, barred: undefined }],
      };
    });

const serviceOf = (
  elements: number,
  equipment: boolean,
  fees: readonly (number | null)[],
): fc.Arbitrary<ServiceStory> =>
  fc.record({
    activeFrom: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: moment }),
    ended: fc.option(moment, { nil: undefined, freq: 5 }),
    versions: fc
      .array(
        fc.record({
          at: moment,
          fee: fc.constantFrom(...fees),
          vat: fc.boolean(),
          billingDay: fc.constantFrom<(number | 'last')[]>('last', 'last', 5, 17, 28),
          servedBy: fc.subarray([...Array(elements).keys()], { minLength: 0 }),
          extension: fc.boolean(),
        }),
        { minLength: 1, maxLength: 3 },
      )
      .map((versions) =>
        [...new Map(versions.map((version) => [version.at, version])).values()]
          .sort((a, b) => a.at - b.at)
          .map((version, i) => (i === 0 ? { ...version, at: 7 * DAYS } : version)),
      ),
    parked: stretches(2),
    suspended: stretches(2),
    equipment: equipment ? reports() : fc.constant([]),
  });

const reports = () =>
  fc
    .tuple(stretches(2), stretches(1))
    .chain(([one, two]) =>
      fc
        .array(fc.constantFrom('operator', 'operator', 'unknown', 'subscriber'), { minLength: 3, maxLength: 3 })
        .map((whose) => [
          ...one.map((span, i) => ({ ...span, id: 'box', responsibility: whose[i]! })),
          ...two.map((span) => ({ ...span, id: 'router', responsibility: whose[2]! })),
        ]),
    );

interface Wanted {
  readonly equipment?: boolean;
  readonly fees: readonly (number | null)[];
}

const stories = ({ equipment = false, fees }: Wanted): fc.Arbitrary<Story> =>
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })).chain(([elements, services]) =>
    fc.record({
      services: fc.array(serviceOf(elements, equipment, fees), { minLength: services, maxLength: services }),
      elements: fc.tuple(
        ...[...Array(elements).keys()].map((id) => {
          const parent = id === 0 ? fc.constant(undefined) : fc.option(fc.nat(id - 1), { nil: undefined, freq: 3 });
          return fc
            .tuple(parent, fc.option(fc.record({ at: moment, parent }), { nil: undefined, freq: 1 }))
            .map(([first, then]) => [{ at: 0, parent: first }, ...(then ? [then] : [])]);
        }),
      ),
      faults: fc.array(faultOn(elements, services), { maxLength: 6 }),
      works: fc.array(
        fc
          .record({
            element: fc.nat(elements - 1),
            from: moment,
            length: lengths,
            ahead: fc.constantFrom(0, 24 * HOURS - 1, 24 * HOURS, 24 * HOURS + 1, 5 * DAYS),
            channel: fc.constantFrom<('web' | 'sms')[]>('web', 'web', 'web', 'sms'),
          })
          .map(({ from, length, ahead, ...rest }) => ({ ...rest, from, to: from + length, announced: from - ahead })),
        { maxLength: 3 },
      ),
    }),
  );

// --- The story on the wire ---

function linesOf(story: Story, operator: string): Line[] {
  const money = (amount: number, vat: boolean): Data => {
    const text = `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`;
    return operator === 'mtel-at' || operator === 'go4yu'
      ? euro(text, vat ? undefined : 'excluded')
      : fee(text, vat ? undefined : 'excluded');
  };
  const name = (id: number) => `e${id}`;
  const lines: Line[] = [];
  story.elements.forEach((versions, id) => {
    for (const { at, parent } of versions) {
      lines.push(element(name(id), operator, parent === undefined ? {} : { parent: name(parent) }, wire(at)));
    }
  });
  story.services.forEach((service, id) => {
    const subject = `s${id}`;
    for (const version of service.versions) {
      const record = {
        activeFrom: wire(service.activeFrom),
        monthlyFee: version.fee === null ? null : money(version.fee, version.vat),
        billingDay: version.billingDay,
        servedBy: version.servedBy.map(name),
        outagePreference: version.extension ? 'extension' : 'credit',
      };
      lines.push(upsert(subject, operator, record, wire(version.at)));
    }
    if (service.ended !== undefined) lines.push(said('service.ended', subject, wire(service.ended)));
    for (const { from, to } of service.parked) {
      lines.push(said('service.parked', subject, wire(from)), said('service.unparked', subject, wire(to)));
    }
    for (const { from, to } of service.suspended) {
      lines.push(said('service.suspended', subject, wire(from)), said('service.resumed', subject, wire(to)));
    }
    for (const { from, to, id: equipmentId, responsibility: whose } of service.equipment) {
      lines.push(said('equipment.reported', subject, wire(from), { equipmentId, responsibility: whose }));
      lines.push(said('equipment.replaced', subject, wire(to), { equipmentId }));
    }
  });
  story.faults.forEach(({ on, changes }, i) => {
    const subject = 'element' in on ? name(on.element) : `s${on.service}`;
    for (const change of changes) {
      const data: Data = { faultId: `f${i}` };
      if (change.do !== 'cleared') {
        data['responsibility'] = change.responsibility;
        if (change.barred !== undefined) data['accessBarred'] = change.barred;
      }
      lines.push(said(`fault.${change.do}`, subject, wire(change.at), data));
    }
  });
  story.works.forEach(({ element: id, from, to, announced, channel }, i) => {
    const data = { worksId: `w${i}`, from: wire(from), to: wire(to), channel };
    lines.push(said('works.announced', name(id), wire(announced), data));
  });
  return lines;
}

/** Sorted by when each becomes known: its own time, and for some a delay after it. */
function recorded(lines: readonly Line[], delays: readonly number[]): Line[] {
  return lines
    .map((line, i) => {
      const late = delays.length === 0 ? 0 : delays[i % delays.length]!;
      const knownAt = Date.parse(line.time) + late * STEP;
      return { knownAt, line: late === 0 ? line : known(new Date(knownAt).toISOString(), line) };
    })
    .sort((a, b) => a.knownAt - b.knownAt)
    .map(({ line }) => line);
}

const delays = fc.array(fc.oneof(fc.constant(0), fc.constantFrom(1, HOURS, 3 * DAYS), fc.nat(40 * DAYS)), {
  minLength: 7,
  maxLength: 23,
});

// --- The oracle ---

interface Terms {
  readonly limit: number;
  readonly counts: (responsibility: string, barred: boolean) => boolean;
  readonly works: boolean;
  readonly extension: boolean;
  readonly days: boolean;
}

const TERMS: Record<string, Terms> = {
  'a1-rs': {
    limit: 48 * HOURS,
    counts: (whose, barred) => !barred && !['subscriber', 'weather'].includes(whose),
    works: false,
    extension: false,
    days: false,
  },
  'truf-rs': {
    limit: 48 * HOURS,
    counts: (whose) => ['operator', 'equipment', 'unknown', 'planned-works'].includes(whose),
    works: true,
    extension: true,
    days: false,
  },
  'mtel-at': {
    limit: 24 * HOURS,
    counts: (whose) => whose !== 'subscriber',
    works: false,
    extension: false,
    days: true,
  },
};

interface Out {
  readonly counted: number[];
  /** Counted and excused steps. */
  elapsed: number[];
}

/** How a service stands in each step: up, counted, excused, or away (parked or suspended). */
function standing(story: Story, id: number, terms: Terms): string[] {
  const service = story.services[id]!;
  const ups: string[] = [];
  for (let step = 0; step < END; step++) {
    if (
      step < service.activeFrom ||
      (service.ended !== undefined && service.ended >= service.activeFrom && step >= service.ended)
    ) {
      ups.push('up');
      continue;
    }
    const serving = new Set<number>();
    const version = service.versions.findLast(({ at }) => at <= step) ?? service.versions[0]!;
    for (const one of version.servedBy) for (const above of upFrom(story, one, step)) serving.add(above);
    let open = 0;
    let counting = 0;
    for (const { on, changes } of story.faults) {
      if ('element' in on ? !serving.has(on.element) : on.service !== id) continue;
      const state = stateOf(changes, step);
      if (!state) continue;
      open += 1;
      const planned =
        terms.works && 'element' in on && state.whose === 'planned-works' && announced(story, on.element, step);
      if (terms.counts(state.whose, state.barred) && !planned) counting += 1;
    }
    if (open === 0) ups.push('up');
    else if (isAway(service, step)) ups.push('away');
    else ups.push(counting > 0 ? 'counted' : 'excused');
  }
  return ups;
}

/** Parked or suspended; an end ends that too. */
function isAway({ parked, suspended, ended }: ServiceStory, step: number): boolean {
  return [...parked, ...suspended].some(({ from, to }) => {
    const until = ended !== undefined && from <= ended ? Math.min(to, ended) : to;
    return from <= step && step < until;
  });
}

function upFrom(story: Story, id: number, step: number): number[] {
  const versions = story.elements[id]!;
  const { parent } = versions.findLast(({ at }) => at <= step) ?? versions[0]!;
  return parent === undefined ? [id] : [id, ...upFrom(story, parent, step)];
}

function stateOf(changes: readonly Change[], step: number): { whose: string; barred: boolean } | undefined {
  let state: { whose: string; barred: boolean } | undefined;
  for (const change of changes) {
    if (change.at > step) break;
    if (change.do === 'cleared') state = undefined;
    else if (change.do === 'opened' && !state)
      state = { whose: change.responsibility!, barred: change.barred ?? false };
    else if (state) state = { whose: change.responsibility ?? state.whose, barred: change.barred ?? state.barred };
  }
  return state;
}

function announced(story: Story, id: number, step: number): boolean {
  const chain = upFrom(story, id, step);
  return story.works.some(
    (works) =>
      chain.includes(works.element) &&
      works.channel === 'web' &&
      works.announced + 24 * HOURS <= works.from &&
      works.from <= step &&
      step < works.to,
  );
}

function outagesOf(ups: readonly string[]): Out[] {
  const outs: Out[] = [];
  let current: Out | undefined;
  let pause = 0;
  let gap = 0;
  let spent = false;
  const close = () => {
    if (current) outs.push(current);
    current = undefined;
    pause = 0;
  };
  ups.forEach((is, step) => {
    if (is === 'up') {
      gap += 1;
      // Two steps are 20 minutes, one is 10.
      if (gap === 2) {
        close();
        spent = false;
      }
      return;
    }
    gap = 0;
    if (is === 'counted') {
      current ??= { counted: [], elapsed: [] };
      current.counted.push(step);
      current.elapsed.push(step);
      spent = false;
      pause = 0;
      return;
    }
    if (spent) return;
    current ??= { counted: [], elapsed: [] };
    pause += 1;
    if (is === 'excused') current.elapsed.push(step);
    if (pause > 48 * HOURS) {
      close();
      spent = true;
    }
  });
  close();
  return outs;
}

/** The cycle of each step: a boundary after each billing day, a new day from the first boundary after it was told. */
function cyclesOf(versions: readonly Version[]): { from: number; to: number }[] {
  const cycles: { from: number; to: number }[] = [];
  let day = versions[0]!.billingDay;
  let from = 0;
  for (const { to, dayOfMonth, lastOfMonth } of DAY_TABLE) {
    if (day === 'last' ? !lastOfMonth : dayOfMonth !== day) continue;
    cycles.push({ from, to });
    from = to;
    day = versions.findLast(({ at }) => at < to)?.billingDay ?? day;
  }
  return cycles;
}

/** In hundredths of minor units, so that VAT of 20 % stays whole. */
function feeAt(versions: readonly Version[], step: number): number | null {
  const version = versions.findLast(({ at }) => at <= step) ?? versions[0]!;
  return version.fee === null ? null : version.fee * (version.vat ? 100 : 120);
}

const halfUp = (numerator: number, denominator: number) =>
  Math.floor((2 * numerator + denominator) / (2 * denominator));

interface Verdict {
  /** `service cycle minor`, a line for each credit; where days are paid, for each cycle. */
  readonly credits: string[];
  readonly extensions: string[];
  readonly confirmed: string[];
  readonly overdue: string[];
}

function oracle(story: Story, operator: string): Verdict {
  const terms = TERMS[operator]!;
  const verdict: Verdict = { credits: [], extensions: [], confirmed: [], overdue: [] };
  story.services.forEach((service, id) => {
    const { versions } = service;
    const all = outagesOf(standing(story, id, terms));
    const outs = all.filter(({ counted }) => counted.length > terms.limit);
    for (const { elapsed, counted } of all) {
      const running = operator === 'a1-rs' ? elapsed : counted;
      const passed = running[48 * HOURS];
      if (passed !== undefined && operator !== 'mtel-at') verdict.overdue.push(`s${id} ${instant(passed) + 1000}`);
    }
    for (const { counted } of outs) verdict.confirmed.push(`s${id} ${instant(counted[terms.limit]!) + 1000}`);
    const chosen = (step: number) =>
      terms.extension && (versions.findLast(({ at }) => at <= step) ?? versions[0]!).extension;
    for (const { counted } of outs) {
      const steps = counted.filter(chosen).length;
      if (steps > 0) verdict.extensions.push(`s${id} ${(steps * STEP) / 1000}`);
    }
    for (const cycle of cyclesOf(versions)) {
      const inCycle = outs.map(({ counted }) =>
        counted.filter((step) => cycle.from <= step && step < cycle.to && !chosen(step)),
      );
      const paid = terms.days
        ? [byDays(inCycle, cycle, versions)]
        : inCycle.map((steps) => byShare(steps, cycle, versions));
      for (const value of paid) if (value > 0) verdict.credits.push(`s${id} ${instant(cycle.from)} ${value}`);
    }
  });
  for (const lines of Object.values(verdict)) lines.sort();
  return verdict;
}

function byShare(steps: readonly number[], cycle: Stretch, versions: readonly Version[]): number {
  const sum = steps.reduce((total, step) => total + (feeAt(versions, step) ?? 0), 0);
  return halfUp(sum, 100 * (cycle.to - cycle.from));
}

function byDays(outs: readonly (readonly number[])[], cycle: Stretch, versions: readonly Version[]): number {
  const fees = new Map<number, number>();
  const whole = outs.some((steps) => steps.length === cycle.to - cycle.from);
  for (const step of outs.flat().sort((a, b) => a - b)) {
    const day = DAY_OF_STEP[step]!;
    const amount = feeAt(versions, step);
    if (!fees.has(day) && amount !== null) fees.set(day, amount);
    else if (!fees.has(day)) fees.set(day, 0);
  }
  const daily = [...fees.values()];
  const sum = daily.reduce((total, amount) => total + amount, 0);
  if (whole) return halfUp(sum, 100 * daily.length);
  return Math.min(halfUp(sum, 100 * 30), Math.max(0, ...daily) / 100);
}

// --- What was decided, in the oracle's words ---

function finally_(decisions: Decisions, operator: string): Omit<Verdict, 'overdue'> {
  expect(decisions.of('event.rejected')).toEqual([]);
  const credits = new Map<string, number[]>();
  for (const one of decisions.lastCredits()) {
    const cycle = Date.parse((one.data['cycle'] as { from: string }).from);
    const key = `${one.subject} ${cycle}`;
    credits.set(key, [...(credits.get(key) ?? []), minor(one.data['amount'] as { amount: string })]);
  }
  const summed = [...credits].flatMap(([key, values]) => {
    const together = TERMS[operator]?.days ? [values.reduce((sum, value) => sum + value, 0)] : values;
    return together.filter((value) => value !== 0).map((value) => `${key} ${value}`);
  });
  return {
    credits: summed.sort(),
    extensions: outageExtensions(decisions).sort(),
    confirmed: standingConfirmed(decisions).sort(),
  };
}

function outageExtensions(decisions: Decisions): string[] {
  const last = new Map<string, string>();
  for (const one of decisions.all) {
    if (!one.type.startsWith('extension.') || one.data['outageId'] === undefined) continue;
    last.set((one.data['of'] as string) ?? one.id, `${one.subject} ${one.data['seconds']}`);
  }
  return [...last.values()].filter((line) => !line.endsWith(' 0'));
}

/** The outages that stand confirmed, each with the instant at which it was. */
function standingConfirmed(decisions: Decisions): string[] {
  const standing = new Map<string, string>();
  for (const { type, subject, time, data } of decisions.all) {
    const key = `${subject} ${data['outageId']}`;
    if (type === 'outage.confirmed') standing.set(key, `${subject} ${Date.parse(time)}`);
    else if (type === 'outage.withdrawn') standing.delete(key);
  }
  return [...standing.values()];
}

/** The subjects alone, where facts came late and the instants say when they were known. */
const subjects = (lines: readonly string[]) => lines.map((line) => line.split(' ')[0]);

// Shares of MTEL's fees are whole cents, so that one rounding or several make no difference.
const FEES: Record<string, readonly (number | null)[]> = {
  'a1-rs': [199_900, 300_000, 249_950, null],
  'truf-rs': [249_000, 300_000, 99_999, null],
  'mtel-at': [2_490 * 5, 3_000, 4_500, null],
};

describe('final money is what a plain count of every ten minutes says', () => {
  for (const operator of ['a1-rs', 'truf-rs', 'mtel-at']) {
    it(`${operator}: facts as they happen, with the instants of every decision`, () => {
      fc.assert(
        fc.property(stories({ fees: FEES[operator]! }), (story) => {
          const decisions = told(recorded(linesOf(story, operator), []));
          const { overdue, ...verdict } = oracle(story, operator);
          expect(finally_(decisions, operator)).toEqual(verdict);
          const times = decisions.of('repair.overdue').map(({ subject, time }) => `${subject} ${Date.parse(time)}`);
          expect(times.sort()).toEqual(overdue);
          expect(decisions.of('credit.adjusted')).toEqual([]);
          expect(decisions.of('outage.withdrawn')).toEqual([]);
        }),
        settings,
      );
    });

    it(`${operator}: facts that come late, in any order`, () => {
      fc.assert(
        fc.property(stories({ fees: FEES[operator]! }), delays, (story, late) => {
          const decisions = told(recorded(linesOf(story, operator), late));
          const { credits, extensions, confirmed } = oracle(story, operator);
          const found = finally_(decisions, operator);
          expect(found.credits).toEqual(credits);
          expect(found.extensions).toEqual(extensions);
          expect(subjects(found.confirmed)).toEqual(subjects(confirmed));
        }),
        settings,
      );
    });
  }

  it('go4yu: nothing is ever credited', () => {
    fc.assert(
      fc.property(stories({ fees: FEES['mtel-at']! }), delays, (story, late) => {
        const decisions = told(recorded(linesOf(story, 'go4yu'), late));
        const types = new Set(decisions.all.map(({ type }) => type));
        expect([...types].filter((type) => type !== 'notice.requested' && !type.startsWith('alarm.'))).toEqual([]);
      }),
      { ...settings, numRuns: Math.ceil(RUNS / 4) },
    );
  });
});

describe('time is paid once, by outage or equipment', () => {
  /** For each cycle the steps that an outage or a piece of equipment entitles to, each once. */
  function entitled(story: Story, id: number, operator: string): Set<number> {
    const service = story.services[id]!;
    const steps = new Set<number>();
    for (const { counted } of outagesOf(standing(story, id, TERMS[operator]!))) {
      if (counted.length > TERMS[operator]!.limit) for (const step of counted) steps.add(step);
    }
    for (const { from, to, responsibility: whose } of service.equipment) {
      if (whose === 'subscriber') continue;
      for (let step = from; step < to; step++) {
        if (step < service.activeFrom) continue;
        if (service.ended !== undefined && service.ended >= service.activeFrom && step >= service.ended) continue;
        if (!isAway(service, step)) steps.add(step);
      }
    }
    return steps;
  }

  it('A1: the sum of all credits of a cycle is the fee of that time, but for roundings, whatever was known when', () => {
    fc.assert(
      fc.property(stories({ fees: FEES['a1-rs']!, equipment: true }), delays, (story, late) => {
        const decisions = told(recorded(linesOf(story, 'a1-rs'), late));
        story.services.forEach((service, id) => {
          const steps = entitled(story, id, 'a1-rs');
          for (const cycle of cyclesOf(service.versions)) {
            const own = [...steps].filter((step) => cycle.from <= step && step < cycle.to);
            const due = byShare(own, cycle, service.versions);
            const credits = decisions
              .lastCredits(`s${id}`)
              .filter(({ data }) => Date.parse((data['cycle'] as { from: string }).from) === instant(cycle.from));
            const paid = credits.reduce((sum, credit) => sum + worthOf(credit), 0);
            expect(Math.abs(paid - due), `s${id} ${wire(cycle.from)}`).toBeLessThanOrEqual(credits.length);
          }
        });
      }),
      settings,
    );
  });

  it('Truf: the seconds of all extensions are that time, to the second, whatever was known when', () => {
    const always = stories({ fees: [300_000], equipment: true }).map((story) => ({
      ...story,
      services: story.services.map((service) => ({
        ...service,
        versions: service.versions.map((version) => ({ ...version, extension: true })),
      })),
    }));
    fc.assert(
      fc.property(always, delays, (story, late) => {
        const decisions = told(recorded(linesOf(story, 'truf-rs'), late));
        expect(decisions.lastCredits().filter((credit) => worthOf(credit) !== 0)).toEqual([]);
        story.services.forEach((_, id) => {
          const last = new Map<string, number>();
          for (const one of decisions.all) {
            if (one.subject !== `s${id}` || !one.type.startsWith('extension.')) continue;
            if (one.data['outageId'] === undefined && one.data['equipmentId'] === undefined) continue;
            last.set((one.data['of'] as string) ?? one.id, one.data['seconds'] as number);
          }
          const paid = [...last.values()].reduce((sum, seconds) => sum + seconds, 0);
          expect(paid).toBe((entitled(story, id, 'truf-rs').size * STEP) / 1000);
        });
      }),
      settings,
    );
  });
});

describe('the order of arrival', () => {
  it('two orders of the same facts: the same final money of every service', () => {
    const totals = (decisions: Decisions) => {
      const sums = new Map<string, number>();
      for (const credit of decisions.lastCredits()) {
        sums.set(credit.subject!, (sums.get(credit.subject!) ?? 0) + worthOf(credit));
      }
      return [...sums].filter(([, sum]) => sum !== 0).sort();
    };
    fc.assert(
      fc.property(stories({ fees: FEES['mtel-at']! }), delays, delays, (story, one, other) => {
        const lines = linesOf(story, 'mtel-at');
        expect(totals(told(recorded(lines, one)))).toEqual(totals(told(recorded(lines, other))));
      }),
      { ...settings, numRuns: Math.ceil(RUNS / 2) },
    );
  });

  it('lines of one recordedtime in any order: the same decisions, to the letter', () => {
    const one = stories({ fees: FEES['a1-rs']!, equipment: true });
    fc.assert(
      fc.property(one, fc.infiniteStream(fc.nat()), (story, dice) => {
        const at = '2026-08-01T00:00:00Z';
        const lines = linesOf(story, 'a1-rs').map((line) => known(at, line));
        const shuffled = lines
          .map((line) => ({ line, place: dice.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ line }) => line);
        expect(told(shuffled).all).toEqual(told(lines).all);
      }),
      { ...settings, numRuns: Math.ceil(RUNS / 2) },
    );
  });
});
