// Every numbered clause of the operators' texts, and what Dozor does about it. The lists are data (`clauses/*.json`);
// this file reads them, says what is wrong with them, and writes docs/clauses.md.

import a1 from './clauses/a1-rs.json' with { type: 'json' };
import go4yu from './clauses/go4yu.json' with { type: 'json' };
import mobitext from './clauses/mobitext-rs.json' with { type: 'json' };
import mtel from './clauses/mtel-at.json' with { type: 'json' };
import mts from './clauses/mts-rs.json' with { type: 'json' };
import truf from './clauses/truf-rs.json' with { type: 'json' };

export type Standing = 'decided' | 'tracked' | 'out-of-scope';

export type ClauseEntry = {
  readonly clause: string;
  /** In our own words: the texts themselves are not repeated here. */
  readonly about: string;
  readonly standing: Standing;
  /** The detectors that decide from it, or that are planned to; absent where facts are only kept. */
  readonly by?: readonly string[];
  /** The issue that plans it. */
  readonly issue?: string;
  /** Why nothing is decided from it (yet); a decided clause needs none. */
  readonly why?: string;
};

export type ClauseFile = {
  readonly operator: string;
  readonly title: string;
  readonly source: string;
  readonly note?: string;
  readonly clauses: readonly ClauseEntry[];
};

/** Detectors that a tracked clause may name before they exist. */
export const plannedDetectors: ReadonlySet<string> = new Set(['notices', 'smart-home', 'complaints']);

/** JSON modules are typed wider than the form: `problemsOf` is what holds them to it. */
export function clauseFiles(): ClauseFile[] {
  return [a1, truf, mtel, go4yu, mobitext, mts] as ClauseFile[];
}

/** All that is wrong with a file, at once, so that one run is enough to mend it. */
export function problemsOf(file: ClauseFile, detectorNames: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  if (file.title === '') problems.push(`${file.operator}: no title`);
  if (/[/\\]/.test(file.source)) problems.push(`${file.operator}: source is a path, give the file name alone`);
  const seen = new Set<string>();
  for (const entry of file.clauses) {
    if (entry.clause.trim() === '') problems.push(`${file.operator}: an entry has no clause`);
    if (seen.has(entry.clause)) problems.push(`${entry.clause}: listed twice`);
    seen.add(entry.clause);
    if (entry.about.trim() === '') problems.push(`${entry.clause}: about is empty`);
    problems.push(...problemsOfStanding(entry, detectorNames).map((problem) => `${entry.clause}: ${problem}`));
  }
  return problems;
}

function problemsOfStanding(entry: ClauseEntry, detectorNames: ReadonlySet<string>): string[] {
  const by = entry.by ?? [];
  const why = entry.why?.trim() ?? '';
  switch (entry.standing) {
    case 'decided': {
      const problems = by.filter((name) => !detectorNames.has(name)).map((name) => `no detector "${name}"`);
      if (by.length === 0) problems.push('decided by no detector');
      if (why !== '') problems.push('a decided clause needs no why');
      return problems;
    }
    case 'tracked': {
      const known = (name: string) => plannedDetectors.has(name) || detectorNames.has(name);
      const problems = by.filter((name) => !known(name)).map((name) => `no detector "${name}", built or planned`);
      if (why === '') problems.push('tracked without why');
      return problems;
    }
    case 'out-of-scope': {
      const problems = by.map((name) => `out of scope, yet by "${name}"`);
      if (why === '') problems.push('out of scope without why');
      return problems;
    }
    default:
      return [`unknown standing "${entry.standing satisfies never}"`];
  }
}

const standings: readonly Standing[] = ['decided', 'tracked', 'out-of-scope'];
const words: Readonly<Record<Standing, string>> = {
  decided: 'decided',
  tracked: 'tracked',
  'out-of-scope': 'out of scope',
};

/** The whole of docs/clauses.md. */
export function clausesMarkdown(files: readonly ClauseFile[]): string {
  return `${[head, table(countRows(files)), ...files.map(section)].join('\n\n')}\n`;
}

const head = `# The clauses, one by one

<!-- Made from pipelines/packs/clauses/*.json by \`npm run generate\`: change the data, not this page. -->

Every numbered clause of the operators' terms, and what Dozor does about it. What a clause is about is said in our
words; the operator's text is what binds.

- **Decided**: a detector decides something from it now. The column *by* names the detectors.
- **Tracked**: its facts are taken in, measured or kept on record. Where *by* names a detector, that one is planned to
  decide from it.
- **Out of scope**: nothing that a monitor of events can decide; the last column says why.

A number that is only a heading over other numbers has no row of its own, except where it is quoted as a whole.`;

function countRows(files: readonly ClauseFile[]): string[][] {
  const rows = files.map((file) => [file.operator, file.title, ...counts(file.clauses)]);
  return [
    ['operator', 'text', 'clauses', ...standings.map((standing) => words[standing])],
    ...rows,
    ['all', '', ...counts(files.flatMap((file) => file.clauses))],
  ];
}

function counts(clauses: readonly ClauseEntry[]): string[] {
  const of = standings.map((standing) => clauses.filter((entry) => entry.standing === standing).length);
  return [clauses.length, ...of].map(String);
}

function section(file: ClauseFile): string {
  const rows = file.clauses.map((entry) => [
    entry.clause,
    entry.about,
    words[entry.standing],
    (entry.by ?? []).join(', '),
    [entry.why, entry.issue === undefined ? undefined : `issue ${entry.issue}`].filter(Boolean).join('; '),
  ]);
  const parts = [
    `## ${file.operator}: ${file.title}`,
    `Text: \`${file.source}\`.${file.note === undefined ? '' : ` ${file.note}`}`,
    table([['clause', 'about', 'standing', 'by', 'why'], ...rows]),
  ];
  return parts.join('\n\n');
}

/** The first row is the head. */
function table(rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const [headRow = [], ...rest] = rows;
  return [line(headRow), line(headRow.map(() => '---')), ...rest.map(line)].join('\n');
}
