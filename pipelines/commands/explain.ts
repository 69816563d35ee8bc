/** `dozor explain ID`: a decision in words: the clause and its reading, the inputs, the arithmetic, the events it came from. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatLocal } from '../domain/calendar.js';
import type { PackTerm } from '../domain/pack.js';
import { parseInstant } from '../domain/units.js';
import type { WireDecision } from '../http/ports.js';
import { DecisionIndex } from '../io/decision-index.js';
import { openEmbeddedForReading } from '../io/embedded.js';
import type { Log } from '../io/log.js';
import { type ReadPack, readPacks } from '../runtime/packs.js';
import { fromBytes, TICK_KEY, TOPICS } from '../runtime/topics.js';

export interface ExplainOptions {
  readonly id: string;
  readonly dataFolder: string;
  readonly packFolders: readonly string[];
  readonly json: boolean;
}

interface WireEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly recordedtime?: string;
  readonly data: unknown;
}

/** Prints the explanation; rejects with a clear error where there is no such decision. */
export async function explain({ id, dataFolder, packFolders, json }: ExplainOptions): Promise<string> {
  if (!existsSync(join(dataFolder, 'index'))) {
    throw new Error(`there is no installation in ${dataFolder}: name its folder with --data, or set DOZOR_DATA`);
  }
  const index = new DecisionIndex(join(dataFolder, 'index'), { readOnly: true });
  const { log, close } = await openEmbeddedForReading(dataFolder);
  try {
    const offset = index.find(id);
    if (offset === undefined) throw new Error(`there is no decision ${id} in ${dataFolder}`);
    const [record] = await log.read({ topic: TOPICS.decisions, partition: 0 }, offset, 1);
    const decision = fromBytes(record!.value) as WireDecision;
    const refs = refsOf(decision.data['because']);
    const events = await findEvents(log, refs);
    if (json) return JSON.stringify({ decision, events }, null, 2);
    return words(decision, events, refs, readPacks(packFolders));
  } finally {
    await close();
    await index.close();
  }
}

/** Every `source#id` that a `because` names. */
function refsOf(because: unknown): readonly string[] {
  const refs = new Set<string>();
  const look = (value: unknown, key: string) => {
    if (Array.isArray(value)) for (const item of value) look(item, key);
    else if (typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(value)) look(inner, name);
    else if ((key === 'events' || key === 'record') && typeof value === 'string') refs.add(value);
  };
  look(because, '');
  return [...refs];
}

/** Looks the events up on the log: the whole of it, for an event may have come long before it counted. */
async function findEvents(log: Log, refs: readonly string[]): Promise<readonly WireEvent[]> {
  const wanted = new Set(refs);
  const found = new Map<string, WireEvent>();
  for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) {
    const partitions = await log.partitions(topic);
    for (let partition = 0; partition < partitions && wanted.size > found.size; partition++) {
      const of = { topic, partition };
      for (let from = await log.start(of); ; ) {
        const records = await log.read(of, from, 1_000);
        if (records.length === 0) break;
        for (const { key, value } of records) {
          if (key === TICK_KEY) continue;
          const event = fromBytes(value) as WireEvent;
          const ref = `${event.source}#${event.id}`;
          if (wanted.has(ref)) found.set(ref, event);
        }
        from += records.length;
      }
    }
  }
  return [...found.values()].sort((a, b) => (parseInstant(a.time) ?? 0) - (parseInstant(b.time) ?? 0));
}

function words(
  decision: WireDecision,
  events: readonly WireEvent[],
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
  for (const reading of readingsOf(decision.type, String(operator), String(clause), packs))
    lines.push(`           ${reading}`);
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

/** The terms that a decision hangs on, beside the one that gives it its clause. */
const OUTAGE_TERMS = ['limit', 'excused', 'excusedWhileAccessBarred', 'works', 'minRestoration', 'maxPause'];
const TERMS: Readonly<Record<string, readonly string[]>> = {
  'credit.granted': ['credit', 'remedy', ...OUTAGE_TERMS],
  'credit.adjusted': ['credit', 'remedy', ...OUTAGE_TERMS],
  'extension.granted': ['extension', 'remedy', ...OUTAGE_TERMS],
  'extension.adjusted': ['extension', 'remedy', ...OUTAGE_TERMS],
  'outage.confirmed': OUTAGE_TERMS,
  'outage.withdrawn': OUTAGE_TERMS,
  'repair.overdue': ['overdue', 'excused'],
  'termination.allowed': ['termination', ...OUTAGE_TERMS],
  'termination.ended': ['termination'],
  'compensation.granted': ['deadline', 'daysMax', 'amountPerDay'],
  'parking.exceeded': ['daysInYear'],
  'alarm.raised': ['within', 'kinds', 'severity'],
};

/** How the pack reads what the decision hangs on, term by term. */
function readingsOf(type: string, operator: string, clause: string, packs: readonly ReadPack[]): readonly string[] {
  const names = TERMS[type] ?? [];
  const sections = packs
    .filter(({ pack }) => pack?.operator === operator)
    .flatMap(({ body }) => Object.values(body!.rules))
    .filter(
      (section) => section.clause === clause || Object.values(section.terms).some((term) => term.clause === clause),
    );
  return sections.flatMap(({ terms }) =>
    names.flatMap((name) => {
      const term = (terms as Record<string, PackTerm>)[name];
      return term?.reading === undefined ? [] : [`${name} [${term.clause}]: ${term.reading}`];
    }),
  );
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
