/**
 * Stories as code: what happened, in words, with local times; told through the same replay as the command line, decisions back
 * in wire form. `2026-06-10 08:15`, or without the year, is local time in Belgrade and Vienna; a time with an offset stands as
 * it is. Every story that is told here is also checked for what holds of all stories (see `told`).
 */

import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { formatLocal, fromWall } from '../../pipelines/domain/calendar.js';
import { decodeDecision, encodeDecision } from '../../pipelines/domain/decision.js';
import { parseInstant } from '../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { Replay } from '../../pipelines/runtime/replay.js';
import type { Data, Wire as Line } from '../usage/wire.js';

export type { Data, Line };

const ZONE = 'Europe/Belgrade';
const LOCAL = /^(?:(\d{4})-)?(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?$/;

/** A local time as an instant. The hour that October shows twice is the first of the two: give the offset for the other. */
export function at(text: string): number {
  const found = LOCAL.exec(text);
  if (!found) {
    const instant = parseInstant(text);
    if (instant === undefined) throw new Error(`no time: ${text}`);
    return instant;
  }
  const [, year = '2026', month, day, hour = '00', minute = '00', second = '00'] = found;
  return fromWall(Date.UTC(+year, +month! - 1, +day!, +hour, +minute, +second), ZONE);
}

/** A local time as it goes on the wire. */
export function local(text: string): string {
  return formatLocal(at(text), ZONE);
}

/** Shifts a local time by hours, minutes and seconds that elapse. */
export function later(text: string, hours: number, minutes = 0, seconds = 0): string {
  return formatLocal(at(text) + ((hours * 60 + minutes) * 60 + seconds) * 1000, ZONE);
}

/** Any event. Its id follows from what it says: the same said twice is one event. */
export function said(type: string, subject: string, time: string, data: Data = {}): Line {
  return named({ specversion: '1.0', id: '', source: 'story', type, subject, time: local(time), data });
}

function named(line: Line): Line {
  const { id: _, ...what } = line;
  return { ...line, id: createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16) };
}

/** The same, known only later. */
export function known(recorded: string, line: Line): Line {
  return named({ ...line, recordedtime: local(recorded) });
}

/** All of these, known only at one later time. */
export function allKnown(recorded: string, lines: readonly Line[]): Line[] {
  return lines.map((line) => known(recorded, line));
}

// --- Money ---

export function fee(amount: string, vat?: 'excluded'): Data {
  return { amount, currency: 'RSD', ...(vat ? { vat } : {}) };
}

export function euro(amount: string, vat?: 'excluded'): Data {
  return { ...fee(amount, vat), currency: 'EUR' };
}

// --- Records ---

/** What a service's record says unless a story says otherwise: a fee of 3,000.00 RSD (30.00 EUR), cycles of a calendar month. */
export function record(operator: string, data: Data = {}): Data {
  const abroad = operator === 'mtel-at' || operator === 'go4yu';
  return {
    operator,
    kind: operator === 'truf-rs' ? 'internet' : operator === 'go4yu' ? 'ott-tv' : 'mobile',
    customerId: 'c1',
    activeFrom: '2025-01-01T00:00:00+01:00',
    monthlyFee: abroad ? euro('30.00') : fee('3000.00'),
    billingDay: 'last',
    servedBy: ['cell-1'],
    ...data,
  };
}

export function upsert(subject: string, operator: string, data: Data = {}, time = '01-01'): Line {
  return said('service.upserted', subject, time, record(operator, data));
}

export function element(subject: string, operator: string, data: Data = {}, time = '01-01'): Line {
  return said('element.upserted', subject, time, { operator, kind: 'cell', ...data });
}

/** One service s1 on one cell: where most stories begin. */
export function world(operator: string, data: Data = {}): Line[] {
  return [element('cell-1', operator), upsert('s1', operator, data)];
}

// --- What happens ---

export const opened = (subject: string, time: string, responsibility = 'operator', data: Data = {}) =>
  said('fault.opened', subject, time, { faultId: 'f1', responsibility, ...data });
export const updated = (subject: string, time: string, data: Data) =>
  said('fault.updated', subject, time, { faultId: 'f1', ...data });
export const cleared = (subject: string, time: string, faultId = 'f1') =>
  said('fault.cleared', subject, time, { faultId });
/** A fault from one time to another, known as it happens. */
export const fault = (subject: string, from: string, to: string, responsibility = 'operator', faultId = 'f1') => [
  opened(subject, from, responsibility, { faultId }),
  cleared(subject, to, faultId),
];
export const works = (subject: string, announced: string, from: string, to: string, data: Data = {}) =>
  said('works.announced', subject, announced, {
    worksId: 'w1',
    from: local(from),
    to: local(to),
    channel: 'web',
    ...data,
  });
export const parked = (subject: string, time: string) => said('service.parked', subject, time);
export const unparked = (subject: string, time: string) => said('service.unparked', subject, time);
export const suspended = (subject: string, time: string) => said('service.suspended', subject, time);
export const resumed = (subject: string, time: string) => said('service.resumed', subject, time);
export const ended = (subject: string, time: string) => said('service.ended', subject, time);
export const reported = (subject: string, time: string, data: Data = {}) =>
  said('equipment.reported', subject, time, { equipmentId: 'box', responsibility: 'operator', ...data });
export const replaced = (subject: string, time: string, data: Data = {}) =>
  said('equipment.replaced', subject, time, { equipmentId: 'box', ...data });
export const portingAccepted = (subject: string, time: string) =>
  said('porting.accepted', subject, time, { portingId: 'p1' });
export const portingCompleted = (subject: string, time: string, data: Data = {}) =>
  said('porting.completed', subject, time, { portingId: 'p1', ...data });

/** In the order in which they were recorded; of one instant as they stand. */
export function inOrder(lines: readonly Line[]): Line[] {
  const when = (line: Line) => parseInstant(line.recordedtime ?? line.time)!;
  return [...lines].sort((a, b) => when(a) - when(b));
}

// --- What was decided ---

/** A decision in wire form. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly data: Data;
}

export class Decisions {
  readonly all: readonly Told[];

  constructor(all: readonly Told[]) {
    this.all = all;
  }

  of(type: string, subject?: string): readonly Told[] {
    return this.all.filter((one) => one.type === type && (subject === undefined || one.subject === subject));
  }

  /** Everything but notices and the year's figures of the network, a line each: when, and what. */
  brief(subject?: string): string[] {
    return this.all
      .filter(({ type }) => type !== 'notice.requested' && type !== 'service.level.assessed')
      .filter((one) => subject === undefined || one.subject === subject)
      .map((one) => `${short(one.time)} ${words(one)}`);
  }

  /** The notices to an audience, a line each: when, which, to whom. */
  notices(audience: 'subscriber' | 'regulator' | 'noc'): string[] {
    return this.of('notice.requested')
      .filter((one) => one.data['audience'] === audience)
      .map((one) => `${short(one.time)} ${one.data['template']} ${one.subject}`);
  }

  /** The money of every credit as last revised, in the order granted: zeros left out. */
  credits(subject?: string): string[] {
    return [...this.#last('credit', subject).values()]
      .map((value) => amountOf(value))
      .filter((text) => text !== '0.00');
  }

  /** The seconds of every extension as last revised: zeros left out. */
  extensions(subject?: string): number[] {
    return [...this.#last('extension', subject).values()]
      .map(({ data }) => data['seconds'] as number)
      .filter((seconds) => seconds !== 0);
  }

  /** The last revision of every grant, by the decision that granted it. */
  #last(kind: 'credit' | 'extension', subject?: string): Map<string, Told> {
    const last = new Map<string, Told>();
    for (const one of this.all) {
      if (subject !== undefined && one.subject !== subject) continue;
      if (one.type === `${kind}.granted`) last.set(one.id, one);
      else if (one.type === `${kind}.adjusted`) last.set(one.data['of'] as string, one);
    }
    return last;
  }

  /** The last revision of every credit. */
  lastCredits(subject?: string): readonly Told[] {
    return [...this.#last('credit', subject).values()];
  }
}

export const packs = loadPacks([OWN_PACKS]);

/**
 * Tells a story up to a time, and checks what holds of every story: no two decisions share an id, all can be read back,
 * revisions count 1, 2, 3, and the differences add up to the last amount.
 */
export function told(lines: readonly (Line | string)[], until = '2027-06-01'): Decisions {
  const all: Told[] = [];
  const replay: Replay = new Replay({
    packs,
    decided: (decision) => all.push(encodeDecision(decision, replay.zoneOf(decision)) as unknown as Told),
  });
  lines.forEach((line, i) => {
    replay.line(typeof line === 'string' ? line : JSON.stringify(line), i + 1);
  });
  replay.finish(at(until));
  sound(all);
  return new Decisions(all);
}

function sound(all: readonly Told[]): void {
  expect(new Set(all.map(({ id }) => id)).size, 'decisions that share an id').toBe(all.length);
  const grants = new Map<string, { revision: number; value: number }>();
  for (const one of all) {
    expect(decodeDecision(one), one.type).toMatchObject({ ok: true });
    const { data } = one;
    if (one.type === 'credit.granted' || one.type === 'extension.granted') {
      expect(worthOf(one), 'a grant of nothing').toBeGreaterThan(0);
      grants.set(one.id, { revision: 0, value: worthOf(one) });
    } else if (one.type === 'credit.adjusted' || one.type === 'extension.adjusted') {
      const held = grants.get(data['of'] as string)!;
      const difference = data['difference'];
      const change = typeof difference === 'number' ? difference : minor(difference as { amount: string });
      expect(data['revision'], 'revisions count 1, 2, 3').toBe(held.revision + 1);
      expect(held.value + change, 'differences add up').toBe(worthOf(one));
      expect(change, 'an adjustment by nothing').not.toBe(0);
      grants.set(data['of'] as string, { revision: held.revision + 1, value: worthOf(one) });
    }
  }
}

/** Minor units of a credit, seconds of an extension. */
export function worthOf(one: Told): number {
  return one.type.startsWith('credit')
    ? minor(one.data['amount'] as { amount: string })
    : (one.data['seconds'] as number);
}

export function minor(money: { readonly amount: string }): number {
  return Number(money.amount.replace('.', ''));
}

function amountOf(one: Told): string {
  return (one.data['amount'] as { amount: string }).amount;
}

function short(time: string): string {
  return time
    .replace(/^2026-/, '')
    .replace('T', ' ')
    .replace(/[+-]\d\d:\d\d$/, '');
}

function words(one: Told): string {
  const { type, data } = one;
  const difference = (data['difference'] as { amount?: string } | number | undefined) ?? 0;
  switch (type) {
    case 'credit.granted':
      return `credit ${amountOf(one)}`;
    case 'credit.adjusted':
      return `credit now ${amountOf(one)} (${(difference as { amount: string }).amount}, revision ${data['revision']})`;
    case 'extension.granted':
      return `extension ${data['seconds']}`;
    case 'extension.adjusted':
      return `extension now ${data['seconds']} (${difference}, revision ${data['revision']})`;
    case 'compensation.granted':
      return `compensation ${data['days']} days`;
    case 'parking.exceeded':
      return `parking.exceeded ${data['year']}`;
    case 'event.rejected':
      return `rejected ${data['reason']}`;
    default:
      return type;
  }
}
