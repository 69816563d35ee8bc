/**
 * Rule packs from files: read, checked (all problems at once, each with file and field), unwrapped for the detectors, and told
 * in plain words. An operator adds its own pack as one more JSON file in a folder that the configuration names.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { dayStart } from '../domain/calendar.js';
import { decimalsOf } from '../domain/money.js';
import {
  type NoticeRules,
  type Pack,
  type PackFile,
  Packs,
  type PackTerm,
  packSchema,
  type Rules,
  ruleSchemas,
} from '../domain/pack.js';
import { canonicalJson, decoder } from '../domain/schema.js';
import { smsProblems } from '../domain/sms.js';

/** The folder of the packs that come with the project. */
export const OWN_PACKS = fileURLToPath(new URL('../packs', import.meta.url));

/** A pack file as read: its text's JSON, the pack where it is sound, and everything that is wrong with it. */
export interface ReadPack {
  readonly file: string;
  readonly body: PackFile | undefined;
  readonly pack: Pack | undefined;
  readonly hash: string;
  readonly problems: readonly string[];
}

const validator = Compile(packSchema);

/** Reads every `*.json` of the folders. Never throws for what a file says: its problems are listed. */
export function readPacks(folders: readonly string[]): readonly ReadPack[] {
  const read = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => readPack(join(folder, entry.name)))
      .sort((a, b) => (a.file < b.file ? -1 : 1)),
  );
  const seen = new Map<string, string>();
  return read.map((one) => {
    if (!one.pack) return one;
    const name = `${one.pack.operator} in force from ${one.body!.inForceFrom}`;
    const other = seen.get(name);
    seen.set(name, one.file);
    return other
      ? { ...one, pack: undefined, problems: [`there is another pack of ${name}: ${basename(other)}`] }
      : one;
  });
}

/** The packs of these folders. Throws one error that lists every problem of every file. */
export function loadPacks(folders: readonly string[]): Packs {
  const read = readPacks(folders);
  const problems = read.flatMap(({ file, problems }) => problems.map((problem) => `${basename(file)}: ${problem}`));
  if (problems.length > 0) throw new Error(`the rule packs cannot be used:\n  ${problems.join('\n  ')}`);
  if (read.length === 0) throw new Error(`there is no rule pack in ${folders.join(', ')}`);
  return new Packs(read.flatMap(({ pack }) => (pack ? [pack] : [])));
}

/** The content hash of each pack of these folders, by its file's name: processes that agree on it judge alike. */
export function packHashes(folders: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(readPacks(folders).map(({ file, hash }) => [basename(file), hash]));
}

/** Reads and checks one pack file. */
export function readPack(file: string): ReadPack {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { file, body: undefined, pack: undefined, hash: '', problems: [`is no JSON: ${(error as Error).message}`] };
  }
  return { file, ...checkPack(json, basename(file)) };
}

/** Checks a pack's JSON and unwraps its rules. `name` is the file's name, which must say operator and date. */
export function checkPack(json: unknown, name: string): Omit<ReadPack, 'file'> {
  const hash = createHash('sha256').update(canonicalJson(json)).digest('hex').slice(0, 16);
  if (!validator.Check(json)) {
    const problems = allErrors(json).map(
      (error) => `${error.instancePath.slice(1).replaceAll('/', '.') || 'the file'} ${error.message}`,
    );
    return { body: undefined, pack: undefined, hash, problems: [...new Set(problems)] };
  }
  const body = json as PackFile;
  const problems: string[] = [];
  if (name !== `${body.operator}.${body.inForceFrom}.json` && name !== `${body.operator}.json`) {
    problems.push(`the file's name should be ${body.operator}.${body.inForceFrom}.json`);
  }
  if (decimalsOf(body.currency) === undefined) problems.push(`currency ${body.currency} is not known`);
  const zoneKnown = isZone(body.zone);
  if (!zoneKnown) problems.push(`zone ${body.zone} is not known`);
  const rules: Record<string, unknown> = {};
  for (const [section, { clause, terms }] of Object.entries(body.rules)) {
    const values: Record<string, unknown> = {};
    const clauses: Record<string, string> = {};
    for (const [term, { is, clause: of }] of Object.entries(terms)) {
      const decoded = decoderOf(section, term)(is);
      if (decoded.ok) values[term] = decoded.value;
      else problems.push(`rules.${section}.terms.${term}.is${dotted(decoded.problem.field)} ${decoded.problem.why}`);
      clauses[term] = of;
    }
    rules[section] = { clause, ...values, clauses };
  }
  problems.push(...contradictions(rules as Rules, body));
  if (problems.length > 0) return { body, pack: undefined, hash, problems };
  const { operator, name: called, zone, currency, vatPercent, language, homeNetworks } = body;
  const inForceFrom = dayStart(body.inForceFrom, zone);
  const head = { operator, name: called, zone, currency, vatPercent, language, inForceFrom };
  const pack = { ...head, ...(homeNetworks && { homeNetworks }), rules: rules as Rules };
  return { body, pack, hash, problems };
}

/** Every problem of a file, not only the first eight: TypeBox stops there by a setting that all its users share. */
function allErrors(json: unknown): ReturnType<typeof validator.Errors> {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: 1_000 });
  try {
    return validator.Errors(json);
  } finally {
    Settings.Set({ maxErrors });
  }
}

const decoders = new Map<string, ReturnType<typeof decoder>>();

function decoderOf(section: string, term: string): ReturnType<typeof decoder> {
  const key = `${section}.${term}`;
  let found = decoders.get(key);
  if (!found) {
    type Shape = { properties: { terms: { properties: Record<string, { properties: { is: TSchema } }> } } };
    const schema = ruleSchemas[section as keyof typeof ruleSchemas] as unknown as Shape;
    decoders.set(key, (found = decoder(schema.properties.terms.properties[term]!.properties.is)));
  }
  return found;
}

function dotted(field: string): string {
  return field === '' ? '' : `.${field}`;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** What a schema cannot see: values that are each sound and together make no sense. */
function contradictions(rules: Rules, body: PackFile): readonly string[] {
  const problems: string[] = [];
  const { outage, porting, faults } = rules;
  problems.push(...roamingContradictions(rules, body));
  if (outage) {
    if (!(outage.limit > 0)) problems.push('rules.outage.terms.limit must be longer than nothing');
    if (outage.works && outage.excused?.includes('planned-works')) {
      problems.push('rules.outage: planned-works are excused always and only inside announced windows: choose one');
    }
  }
  if (porting?.amountPerDay && porting.amountPerDay.currency !== body.currency) {
    problems.push(`rules.porting.terms.amountPerDay is not in the pack's currency ${body.currency}`);
  }
  faults?.kpis?.forEach((rule, i) => {
    if (rule.downSamples > rule.downWindow)
      problems.push(`rules.faults.terms.kpis.${i}: downSamples exceeds downWindow`);
    if (rule.upSamples > rule.upWindow) problems.push(`rules.faults.terms.kpis.${i}: upSamples exceeds upWindow`);
  });
  problems.push(...kpiContradictions(rules));
  if (rules.notices?.hours) problems.push(...hourProblems(rules.notices));
  if (rules.sms?.networks && rules.sms.addedValue) problems.push(...smsProblems(rules.sms, body.currency));
  return problems;
}

/** Bounds that contradict each other: a clearing beyond its raising, severities in the wrong order, one name twice. */
function kpiContradictions({ kpi }: Rules): readonly string[] {
  const problems: string[] = [];
  kpi?.thresholds?.forEach(({ name, direction, levels }, i, all) => {
    const where = `rules.kpi.terms.thresholds.${i}`;
    if (all.findIndex((other) => other.name === name) !== i) problems.push(`${where}: the name ${name} is used twice`);
    const sign = direction === 'above' ? 1 : -1;
    levels.forEach(({ severity, raise, clear }, j) => {
      if (sign * (raise - clear) < 0) problems.push(`${where}.levels.${j}: clears at ${clear}, beyond ${raise}`);
      const before = levels[j - 1];
      if (!before) return;
      if (sign * (raise - before.raise) <= 0) problems.push(`${where}.levels.${j}: must be beyond the one before it`);
      if (SEVERITY_ORDER.indexOf(severity) <= SEVERITY_ORDER.indexOf(before.severity))
        problems.push(`${where}.levels.${j}: ${severity} must be more severe than ${before.severity}`);
    });
  });
  kpi?.stale?.forEach(({ kpi: name, interval }, i, all) => {
    const where = `rules.kpi.terms.stale.${i}`;
    if (!(interval > 0)) problems.push(`${where}.interval must be longer than nothing`);
    if (all.findIndex((other) => other.kpi === name) !== i) problems.push(`${where}: ${name} stands twice`);
  });
  return problems;
}

/** Hours in which nothing could ever leave, or which are read otherwise than they are meant. */
function hourProblems({ hours }: Pick<NoticeRules, 'hours'>): readonly string[] {
  const problems: string[] = [];
  for (const [name, week] of Object.entries(hours)) {
    if (!week) continue;
    const where = `rules.notices.terms.hours.is.${name}`;
    for (const [days, { from, to }] of Object.entries(week)) {
      if (from > to) problems.push(`${where}.${days} are from ${from} to ${to}: hours may not pass midnight`);
    }
    // From and to alike: on those days nothing leaves.
    if (Object.values(week).every(({ from, to }) => from === to))
      problems.push(`${where} never open: nothing could ever leave; null means at any hour`);
  }
  return problems;
}

/** From the least severe on. */
const SEVERITY_ORDER = ['indeterminate', 'warning', 'minor', 'major', 'critical'];

/** What is said of roaming without what it stands on. */
function roamingContradictions(
  { roaming, roamingData, idleSim, unusualUse }: Rules,
  body: PackFile,
): readonly string[] {
  const problems: string[] = [];
  for (const [name, needs] of Object.entries({
    roamingData,
    idleSim,
    'unusualUse.terms.travelMin': unusualUse?.travelMin,
  })) {
    if (needs && !roaming)
      problems.push(`rules.${name} needs the section roaming: it says which countries are home and zone`);
  }
  for (const { perGigabyte } of roamingData?.wholesaleCaps ?? []) {
    const { currency } = perGigabyte;
    const known = currency === body.currency || roamingData!.exchangeRates?.some((one) => one.currency === currency);
    if (!known) problems.push(`rules.roamingData.terms.exchangeRates has none of ${currency} in ${body.currency}`);
  }
  if (roamingData?.wholesaleCaps?.some(({ perGigabyte }) => perGigabyte.minor <= 0)) {
    problems.push('rules.roamingData.terms.wholesaleCaps must be above 0');
  }
  for (const { rate, from } of roamingData?.exchangeRates ?? []) {
    if (!(Number(rate) > 0)) problems.push(`rules.roamingData.terms.exchangeRates of ${from} must be above 0`);
  }
  return problems;
}

/** What a pack does, for people: a line for each rule and each of its numbers, with clause and reading. */
export function describePack(body: PackFile): readonly string[] {
  const lines = [`${body.name} (${body.operator}), in force from ${body.inForceFrom}, ${body.zone}, ${body.currency}`];
  lines.push(`  source: ${body.source}`);
  if (body.homeNetworks) lines.push(`  home networks: ${body.homeNetworks.join(', ')}`);
  const sections = Object.entries(body.rules);
  if (sections.length === 0) lines.push('  no rules yet: events of this operator are taken and kept');
  for (const [name, { clause, about, terms }] of sections) {
    lines.push(`  ${name} (${clause}): ${about}`);
    for (const [term, value] of Object.entries(terms)) lines.push(`    ${termLine(term, value)}`);
  }
  return lines;
}

/** A term as people read it: its name in words, its value, its clause, how the clause is read. */
export function termWords(
  name: string,
  term: PackTerm,
): {
  readonly words: string;
  readonly value: string;
  readonly clause: string;
  readonly reading: string | null;
  readonly unverified: boolean;
} {
  return {
    words: name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    value: plain(term.is),
    clause: term.clause,
    reading: term.reading || null,
    unverified: term.unverified ?? false,
  };
}

function termLine(name: string, term: PackTerm): string {
  const { words, value, clause, reading, unverified } = termWords(name, term);
  const mark = unverified ? ' [to be confirmed by the operator]' : '';
  return `${words}: ${value} [${clause}]${mark}${reading ? `: ${reading}` : ''}`;
}

function plain(value: unknown): string {
  if (value === null) return 'none';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(plain).join(', ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${plain(inner)}`)
    .join(' ');
}
