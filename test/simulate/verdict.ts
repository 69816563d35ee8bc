/** What must hold when a run has come to rest. Each check answers with the first thing that is wrong, or with nothing. */
import { encodeDecision } from '../../pipelines/domain/decision.js';
import type { Packs } from '../../pipelines/domain/pack.js';
import type { Instant } from '../../pipelines/domain/units.js';
import type { LogRecord } from '../../pipelines/io/log.js';
import { Replay } from '../../pipelines/runtime/replay.js';
import {
  fromBytes,
  type Partitions,
  partitionOf,
  TICK_KEY,
  type Tick,
  TOPICS,
  type Told,
} from '../../pipelines/runtime/topics.js';
import { type Entry, expected, lastClock, type WireDecision, type Written } from './reference.js';
import type { Story } from './stories.js';
import type { LogDisk } from './world.js';

const SHOWN_MAX = 12;

/** What stands on `decisions`, by id, with everything that was ever said under it. */
export type Decided = ReadonlyMap<string, readonly string[]>;

export function decidedOn(log: LogDisk): Decided {
  const found = new Map<string, string[]>();
  for (const { value } of log.recordsOf(TOPICS.decisions)) {
    const text = textOf(value);
    const { id } = JSON.parse(text) as WireDecision;
    const held = found.get(id);
    if (!held) found.set(id, [text]);
    else if (!held.includes(text)) held.push(text);
  }
  return found;
}

export interface Case {
  readonly packs: Packs;
  readonly story: Story;
  readonly partitions: Partitions;
  readonly log: LogDisk;
  /** The same events through tasks that nothing ever happened to. */
  readonly undisturbed: LogDisk;
  /** Producers never faltered: the log tells the story as it is. */
  readonly steady: boolean;
}

export function wrongWith(given: Case): string | undefined {
  const { log } = given;
  const decided = decidedOn(log);
  const written = writtenOn(given);
  return (
    notSentOn(given, decided) ??
    notKept(log, decided) ??
    unlike(decided, expected(written)) ??
    unlikeUndisturbed(given) ??
    (given.story.punctual ? unlikeIdeal(given, decided, lastClock(written)) : undefined) ??
    (given.steady ? unlikeReplay(given, decided) : undefined)
  );
}

// --- What was written ---

function writtenOn({ packs, story, partitions, log }: Case): Written {
  const read = (topic: string, count: number) =>
    Array.from({ length: count }, (_, partition) => log.records({ topic, partition }).map(entryOf));
  return {
    packs,
    partitions,
    live: story.form === 'live',
    service: read(TOPICS.serviceEvents, partitions.service),
    element: read(TOPICS.elementEvents, partitions.element),
  };
}

function entryOf({ key, value, offset, appendedAt }: LogRecord): Entry {
  if (key !== TICK_KEY) return { text: textOf(value), place: offset, writtenAt: appendedAt };
  const { tick, clock } = fromBytes(value) as Tick;
  return { tick, clock: clock ?? appendedAt };
}

// --- The checks ---

/** A record in another partition than its subject's is sent on to it. */
function notSentOn({ partitions, log }: Case, decided: Decided): string | undefined {
  for (const [topic, count] of [
    [TOPICS.serviceEvents, partitions.service],
    [TOPICS.elementEvents, partitions.element],
  ] as const) {
    for (let partition = 0; partition < count; partition++) {
      for (const { key, value, offset } of log.records({ topic, partition })) {
        const home = key === TICK_KEY || key === '' ? partition : partitionOf(key, count);
        if (home === partition) continue;
        const there = log.records({ topic, partition: home });
        if (there.some((record) => Buffer.from(record.value).equals(value))) continue;
        // What cannot be read belongs nowhere: it is refused where it lies.
        const text = textOf(value);
        const { id } = JSON.parse(text) as { id: string };
        const refused = [...decided.values()].some(
          ([one]) => one!.includes('event.rejected') && one!.includes(`"${id}"`),
        );
        if (!refused) return `the stray ${topic}[${partition}]@${offset} was not sent on to ${home}: ${text}`;
      }
    }
  }
  return undefined;
}

/** Whatever was refused is kept whole. */
function notKept(log: LogDisk, decided: Decided): string | undefined {
  const kept = new Set(log.records({ topic: TOPICS.rejected, partition: 0 }).map(({ key }) => key));
  const lost = [...decided].find(([id, [text]]) => text!.includes('"event.rejected"') && !kept.has(id));
  return lost && `refused, and not kept: ${lost[1][0]}`;
}

/** A reader drops the copy of an id that it has seen: so no copy may say anything but what is wanted. */
function unlike(decided: Decided, wanted: ReadonlyMap<string, readonly WireDecision[]>): string | undefined {
  const problems: string[] = [];
  for (const [id, all] of wanted) {
    const texts = decided.get(id);
    if (texts === undefined) problems.push(`missing:  ${brief(all[0]!)}`);
    const may = all.map((one) => JSON.stringify(one));
    for (const text of texts ?? []) {
      if (!may.includes(text)) problems.push(`wrong:    ${apart(JSON.parse(text) as WireDecision, all[0]!)}`);
    }
  }
  for (const [id, [text]] of decided) {
    if (!wanted.has(id)) problems.push(`invented: ${brief(JSON.parse(text!) as WireDecision)}`);
  }
  return listed('the reference', problems);
}

/** What tasks told each other must be in the end what they tell when nothing happens to them. */
function unlikeUndisturbed({ log, undisturbed, partitions }: Case): string | undefined {
  const problems: string[] = [];
  for (const [topic, count] of [
    [TOPICS.network, 1],
    [TOPICS.facts, partitions.facts],
  ] as const) {
    for (let partition = 0; partition < count; partition++) {
      const [told, wanted] = [log, undisturbed].map((one) => lastTold(one.records({ topic, partition })));
      for (const key of new Set([...told!.keys(), ...wanted!.keys()])) {
        const [a, b] = [told!.get(key), wanted!.get(key)];
        if (a !== b) problems.push(`${topic} ${key}: ${a}\n      wanted ${b}`);
      }
    }
  }
  return listed('an undisturbed run', problems);
}

/** The last of each key. Its revision counts how often it changed on the way, which crashes may alter. */
function lastTold(records: readonly LogRecord[]): ReadonlyMap<string, string> {
  const last = new Map<string, { revision: number; text: string }>();
  for (const { key, value } of records) {
    const { told } = fromBytes(value) as Told<{
      readonly is: string;
      readonly revision?: number;
      readonly tick?: number;
    }>;
    const { revision = told.tick ?? 0, ...rest } = told;
    if (revision >= (last.get(key)?.revision ?? -1)) last.set(key, { revision, text: JSON.stringify(rest) });
  }
  return new Map([...last].map(([key, { text }]) => [key, text]));
}

/**
 * Where every fact was written the moment it happened, downtimes change nothing: what is decided, and when, is what is decided
 * where the clock goes on with every event.
 */
function unlikeIdeal({ packs, story }: Case, decided: Decided, until: Instant): string | undefined {
  const side = (which: 'service' | 'element'): readonly Entry[] => {
    const entries: Entry[] = [];
    let now = Number.NEGATIVE_INFINITY;
    let tick = 0;
    // The last instant before something becomes known, so that it is known when what is due with it rings.
    const beat = (clock: Instant) => entries.push({ tick: ++tick, clock });
    for (const { at, text, to } of story.deliveries) {
      if (at > until) break;
      if (at > now) beat(at - 1);
      now = at;
      if (to.includes(which)) entries.push({ text, place: entries.length, writtenAt: at });
    }
    beat(until);
    return entries;
  };
  const partitions = { service: 1, element: 1, facts: 1, decisions: 1 };
  const written = { packs, partitions, live: false, service: [side('service')], element: [side('element')] };
  const essence = (one: WireDecision) => {
    const { amount, seconds, days } = one['data'] as Record<string, unknown>;
    return JSON.stringify([one.type, one['subject'], one['time'], amount, seconds, days]);
  };
  const inTime = (one: WireDecision) => one.type !== 'event.rejected' && Date.parse(String(one['time'])) <= until;
  const found = new Map(
    [...decided]
      .map(([id, [text]]) => [id, JSON.parse(text!) as WireDecision] as const)
      .filter(([, one]) => inTime(one)),
  );
  const problems: string[] = [];
  for (const [id, [one]] of expected(written)) {
    if (!inTime(one!)) continue;
    const there = found.get(id);
    if (!there) problems.push(`missing:  ${brief(one!)}`);
    else if (essence(there) !== essence(one!)) problems.push(`wrong:    ${apart(there, one!)}`);
    found.delete(id);
  }
  for (const one of found.values()) problems.push(`invented: ${brief(one)}`);
  return listed('what is decided without any downtime', problems);
}

/** Where producers never faltered, a replay of the story decides the same. */
function unlikeReplay({ packs, story }: Case, decided: Decided): string | undefined {
  const wanted = new Map<string, readonly WireDecision[]>();
  const replay = new Replay({
    packs,
    decided: (decision) => {
      if (decision.type === 'event.rejected') return;
      wanted.set(decision.id, [encodeDecision(decision, replay.zoneOf(decision)) as WireDecision]);
    },
  });
  story.deliveries.forEach(({ text }, i) => {
    replay.line(text, i + 1);
  });
  replay.finish(story.until);
  const found = new Map([...decided].filter(([, [text]]) => !text!.includes('"event.rejected"')));
  return unlike(found, wanted)?.replace('the reference', 'a replay');
}

// --- How it is told ---

function listed(than: string, problems: readonly string[]): string | undefined {
  if (problems.length === 0) return undefined;
  const count = problems.length === 1 ? 'one difference' : `${problems.length} differences`;
  return [`${count} to ${than}`, ...problems.slice(0, SHOWN_MAX)].join('\n  ');
}

function brief({ id, type, subject, time, data }: WireDecision): string {
  const { because: _, parameters: __, ...rest } = data as Record<string, unknown>;
  return `${type} of ${String(subject)} at ${String(time)} (${id})\n      ${JSON.stringify(rest)}`;
}

/** Where two contents of one decision differ. */
function apart(found: WireDecision, wanted: WireDecision): string {
  const fields: string[] = [];
  const look = (path: string, a: unknown, b: unknown) => {
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    const keys = [a, b].map((one) => (typeof one === 'object' && one !== null ? Object.keys(one) : undefined));
    if (!keys[0] || !keys[1]) fields.push(`${path}: ${JSON.stringify(a)}, wanted ${JSON.stringify(b)}`);
    else {
      const inside = (one: unknown, key: string) => (one as Record<string, unknown>)[key];
      for (const key of new Set([...keys[0], ...keys[1]]))
        look(path ? `${path}.${key}` : key, inside(a, key), inside(b, key));
    }
  };
  look('', found, wanted);
  return `${wanted.type} of ${String(wanted['subject'])} (${wanted.id})\n      ${fields.join('\n      ')}`;
}

const reader = new TextDecoder();

function textOf(value: Uint8Array): string {
  return reader.decode(value);
}
