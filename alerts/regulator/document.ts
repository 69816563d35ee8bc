/**
 * The regulator's notice as a document: the letter, and under it what it rests on: incident, ground, faults with their reasons,
 * services affected, and the order of events. The same entry gives the same document, to the byte; no person stands in it.
 */
import { type Instant, parseDuration, parseInstant, type Zone } from '../../pipelines/domain/units.js';
import type { Entry } from '../ledger/entry.js';
import { escapeHtml, page, paragraphs, table } from '../ledger/html.js';
import { cyrillicOf, withoutMarks } from '../texts/cyrillic.js';
import { deGrammar } from '../texts/de-words.js';
import { enGrammar } from '../texts/en-words.js';
import { srGrammar } from '../texts/sr-words.js';
import { type Grammar, type Language, Words } from '../texts/words.js';
import { DE_LABELS, EN_LABELS, type Labels, SR_LABELS } from './labels.js';

interface Tongue {
  readonly grammar: Grammar;
  readonly labels: Labels;
  readonly script: (text: string) => string;
}

const TONGUES: Readonly<Record<Language, Tongue>> = {
  'sr-Latn': { grammar: srGrammar, labels: SR_LABELS, script: withoutMarks },
  'sr-Cyrl': { grammar: srGrammar, labels: SR_LABELS, script: cyrillicOf },
  en: { grammar: enGrammar, labels: EN_LABELS, script: (text) => text },
  de: { grammar: deGrammar, labels: DE_LABELS, script: (text) => text },
};

/** A fault as `because` of the notice has it. */
interface Fault {
  readonly id: string;
  readonly from: Instant | undefined;
  readonly to: Instant | undefined;
  readonly responsibility: string;
  readonly reason: string;
}

export interface DocumentGiven {
  readonly name: string;
  readonly zone: Zone;
  readonly language: Language;
}

/** Text and HTML of the document around the letter that was rendered for the entry. */
export function regulatorDocument(
  entry: Entry,
  letter: { readonly subject: string; readonly text: string },
  { name, zone, language }: DocumentGiven,
): { readonly text: string; readonly html: string } {
  const { grammar, labels, script } = TONGUES[language];
  const words = new Words(grammar, zone, false);
  const shown = (text: string) => script(text);
  const facts = factRows(entry, words, labels, name).map((row) => row.map(shown));
  const faults = faultsOf(entry);
  const faultHead = [labels.fault, labels.since, labels.until, labels.cause, labels.reason].map(shown);
  const faultRows = faults.map((fault) => faultRow(fault, words).map(shown));
  const timeline = timelineOf(entry, faults, labels, words).map((row) => row.map(shown));
  const headings = [labels.facts, labels.faults, labels.timeline].map(shown);
  const text = [
    letter.text,
    section(headings[0]!, facts),
    section(headings[1]!, [faultHead, ...faultRows]),
    section(headings[2]!, timeline),
  ].join('\n\n');
  const html = page(
    [
      `<h1>${escapeHtml(letter.subject)}</h1>`,
      paragraphs(letter.text),
      `<h2>${escapeHtml(headings[0]!)}</h2>\n${table(facts)}`,
      `<h2>${escapeHtml(headings[1]!)}</h2>\n${table(faultRows, faultHead)}`,
      `<h2>${escapeHtml(headings[2]!)}</h2>\n${table(timeline)}`,
    ].join('\n'),
    letter.subject,
    language,
  );
  return { text, html };
}

function section(heading: string, rows: readonly (readonly string[])[]): string {
  return [heading, ...rows.map((row) => `  ${row.filter((cell) => cell !== '').join(' | ')}`)].join('\n');
}

function factRows(entry: Entry, words: Words, labels: Labels, name: string): readonly (readonly string[])[] {
  const { parameters, clause, decision, late } = entry;
  const passedAt = instantOf(parameters['passedAt']);
  const after = parameters['after'];
  const limit = typeof after === 'string' ? parseDuration(after) : undefined;
  return [
    [labels.incident, words.id(String(parameters['incident'] ?? entry.incident ?? entry.noticeId))],
    [labels.operator, words.id(name)],
    [labels.clause, words.clause(clause)],
    ...(limit === undefined ? [] : [[labels.limit, words.duration(limit)]]),
    ...(passedAt === undefined ? [] : [[labels.passedAt, words.time(passedAt)]]),
    [labels.services, words.number(Number(parameters['affectedServices'] ?? 0))],
    [labels.decision, words.id(decision)],
    ...(late ? [[labels.late, '']] : []),
  ];
}

function faultRow(fault: Fault, words: Words): readonly string[] {
  const causes = words.grammar.reasons as Readonly<Record<string, string>>;
  return [
    words.id(fault.id),
    fault.from === undefined ? '' : words.time(fault.from),
    fault.to === undefined ? '' : words.time(fault.to),
    causes[fault.responsibility] ?? words.free(fault.responsibility),
    causes[fault.reason] ?? words.free(fault.reason),
  ];
}

function timelineOf(
  entry: Entry,
  faults: readonly Fault[],
  labels: Labels,
  words: Words,
): readonly (readonly string[])[] {
  const events: { readonly at: Instant; readonly what: string }[] = [];
  for (const { id, from, to } of faults) {
    if (from !== undefined) events.push({ at: from, what: labels.began(words.id(id)) });
    if (to !== undefined) events.push({ at: to, what: labels.ended(words.id(id)) });
  }
  const passedAt = instantOf(entry.parameters['passedAt']);
  if (passedAt !== undefined) events.push({ at: passedAt, what: labels.passed });
  if (entry.dueBy !== undefined) events.push({ at: entry.dueBy, what: labels.due });
  // One that lies at the same instant stays behind what caused it: the sort is stable.
  return events.sort((a, b) => a.at - b.at).map(({ at, what }) => [words.time(at), what]);
}

/** What of `because` is about faults; what is not in the form of one is left out. */
function faultsOf({ because }: Entry): readonly Fault[] {
  const listed = because?.['faults'];
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const { fault, from, to, responsibility, reason } = one as Record<string, unknown>;
    return [
      {
        id: typeof fault === 'string' ? fault : '',
        from: instantOf(from),
        to: instantOf(to),
        responsibility: typeof responsibility === 'string' ? responsibility : 'unknown',
        reason: typeof reason === 'string' ? reason : '',
      },
    ];
  });
}

function instantOf(value: unknown): Instant | undefined {
  return typeof value === 'string' ? parseInstant(value) : typeof value === 'number' ? value : undefined;
}
