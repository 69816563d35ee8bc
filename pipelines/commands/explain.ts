/** `dozor explain ID`: a decision in words: the clause and its reading, the inputs, the arithmetic, the events it came from. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatLocal } from '../domain/calendar.js';
import { refsOf } from '../domain/refs.js';
import { parseInstant } from '../domain/units.js';
import { printOf } from '../domain/usage/packed.js';
import type { SourceEvent, WireDecision } from '../http/ports.js';
import { DecisionIndex } from '../io/decision-index.js';
import type { Log } from '../io/log.js';
import type { Clustered } from '../runtime/config.js';
import { type ReadPack, readPacks } from '../runtime/packs.js';
import { readingsOf } from '../runtime/readings.js';
import { fromBytes, partitionOf, TICK_KEY, TOPICS } from '../runtime/topics.js';
import { openParts, recordsOf } from './parts.js';

export interface ExplainOptions {
  readonly id: string;
  readonly dataFolder: string;
  /** Where the log is on Kafka; the data folder may then hold an index, or not. */
  readonly clustered?: Clustered | undefined;
  readonly packFolders: readonly string[];
  readonly json: boolean;
}

/** Prints the explanation; rejects with a clear error where there is no such decision. */
export async function explain({ id, dataFolder, clustered, packFolders, json }: ExplainOptions): Promise<string> {
  if (!clustered && !existsSync(join(dataFolder, 'data.mdb'))) {
    throw new Error(`there is no installation in ${dataFolder}: name its folder with --data, or set DOZOR_DATA`);
  }
  const { log, close } = await openParts({ clustered, dataFolder }, 'read');
  const index = await DecisionIndex.openForReading(join(dataFolder, 'index'));
  try {
    const decision = await findDecision(id, log, index);
    if (!decision) throw new Error(`there is no decision ${id} ${clustered ? 'on Kafka' : `in ${dataFolder}`}`);
    const refs = [...refsOf(decision.data['because']), ...evidenceOf(decision.data['evidence'])];
    const events = await findEvents(log, refs, decision.subject ?? '');
    if (json) return JSON.stringify({ decision, events }, null, 2);
    return words(decision, events, refs, readPacks(packFolders));
  } finally {
    await close();
    await index?.close();
  }
}

/** A decision by its id: from the index, or from what the log holds beyond it, where it lags or is not there. */
export async function findDecision(
  id: string,
  log: Log,
  index: DecisionIndex | undefined,
): Promise<WireDecision | undefined> {
  const indexed = () => {
    const json = index?.find(id);
    return json && (fromBytes(json) as WireDecision);
  };
  const known = indexed();
  if (known) return known;
  const partitions = await log.partitions(TOPICS.decisions);
  for (let partition = 0; partition < partitions; partition++) {
    const of = { topic: TOPICS.decisions, partition };
    const [start, end] = await Promise.all([log.start(of), log.end(of)]);
    const covered = index?.offset(partition) ?? 0;
    // An index that is further than the log is another's, and says nothing of this one.
    for await (const { value } of recordsOf(log, of, covered > end ? start : Math.max(start, covered), end)) {
      const decision = fromBytes(value) as WireDecision;
      if (decision.id === id) return decision;
    }
  }
  // Meanwhile the process that runs it may have taken it in, and its offset with it.
  return indexed();
}

const RECORD_NAME = /^[0-9a-f]{16}$/;

/** The records by which a person can judge: what is held of use names them by 64 bits of source and id. */
function evidenceOf(evidence: unknown): readonly string[] {
  return Array.isArray(evidence) ? evidence.filter((one) => typeof one === 'string' && RECORD_NAME.test(one)) : [];
}

/** Looks the events up on the log: the whole of it, for an event may have come long before it counted. */
async function findEvents(log: Log, refs: readonly string[], subject: string): Promise<readonly SourceEvent[]> {
  const wanted = new Set(refs);
  const byName = refs.some((ref) => RECORD_NAME.test(ref));
  const found = new Map<string, SourceEvent>();
  for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) {
    const count = await log.partitions(topic);
    // Its own events first: often there are no others.
    const own = count > 0 ? partitionOf(subject, count) : 0;
    for (let i = 0; i < count && wanted.size > found.size; i++) {
      const of = { topic, partition: (own + i) % count };
      const [start, end] = await Promise.all([log.start(of), log.end(of)]);
      for await (const { key, value } of recordsOf(log, of, start, end, { markAtEnd: true })) {
        if (key === TICK_KEY) continue;
        const event = fromBytes(value) as SourceEvent;
        const ref = `${event.source}#${event.id}`;
        const name = byName ? Buffer.from(printOf(ref), 'latin1').toString('hex') : ref;
        if (wanted.has(ref) || (event.subject === subject && wanted.has(name))) found.set(ref, event);
      }
    }
  }
  return [...found.values()].sort((a, b) => (parseInstant(a.time) ?? 0) - (parseInstant(b.time) ?? 0));
}

function words(
  decision: WireDecision,
  events: readonly SourceEvent[],
  refs: readonly string[],
  packs: readonly ReadPack[],
): string {
  const { because, operator, clause, ...rest } = decision.data;
  const zone = packs.find(({ pack }) => pack?.operator === operator)?.pack?.zone ?? 'UTC';
  const lines = [
    `${decision.type} of ${decision.subject ?? 'no subject'}`,
    `  id       ${decision.id}`,
    `  time     ${decision.time}`,
    `  operator ${String(operator ?? 'none')}`,
    `  clause   ${String(clause ?? 'none')}`,
  ];
  for (const { term, clause: of, reading } of readingsOf(decision, packs))
    lines.push(`           ${term} [${of}]: ${reading}`);
  lines.push('', 'What was decided', ...tree(rest, 1), '', 'Why: inputs and arithmetic', ...tree(because, 1));
  lines.push('', `The events it came from (${events.length} of ${refs.length} on the log)`);
  for (const { source, id, type, subject, time, recordedtime, data } of events) {
    const at = parseInstant(time);
    lines.push(`  ${at === undefined ? time : formatLocal(at, zone)}  ${type} of ${subject}  (${source}#${id})`);
    if (recordedtime && recordedtime !== time) lines.push(`    known since ${recordedtime}`);
    lines.push(...tree(data, 2));
  }
  return lines.join('\n');
}

function tree(value: unknown, depth: number): readonly string[] {
  const pad = '  '.repeat(depth);
  if (typeof value !== 'object' || value === null) return [`${pad}${String(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = Array.isArray(value) ? '-' : `${key}:`;
    if (typeof inner !== 'object' || inner === null) return [`${pad}${name} ${String(inner)}`];
    if (Object.keys(inner).length === 0) return [`${pad}${name} none`];
    const flat = JSON.stringify(inner);
    if (flat.length <= 72) return [`${pad}${name} ${flatten(inner)}`];
    return [`${pad}${name}`, ...tree(inner, depth + 1)];
  });
}

function flatten(value: unknown): string {
  if (Array.isArray(value)) return value.map(flatten).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${flatten(inner)}`)
    .join(', ');
}
