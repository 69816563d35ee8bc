import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type ClauseEntry,
  type ClauseFile,
  clauseFiles,
  clausesMarkdown,
  problemsOf,
} from '../../../pipelines/packs/clauses.js';

/** The detectors that decide from clauses now. */
const detectorNames: ReadonlySet<string> = new Set([
  'outage',
  'equipment',
  'parking',
  'porting',
  'repair-start',
  'platform-fault',
  'incident',
  'customer-credit',
  'customer-sims',
  'channel-minute',
  'limits',
  'spend-bar',
  'credit-limit',
  'doubled-spend',
  'roaming',
  'roaming-data',
  'idle-sim',
  'unusual-use',
  'line-quality',
  'tv-shortfall',
  'rate-bound',
  'service-level',
  'sms-charge',
  'sms-payout',
  'notices',
  'contract',
]);

/** What the contract, points 1 to 15, quotes. */
const quoted: Readonly<Record<string, readonly string[]>> = {
  'a1-rs': [
    'A1 3.3',
    'A1 3.6',
    'A1 3.8',
    'A1 9.1.3',
    'A1 9.2.1',
    'A1 14.1',
    'A1 14.2',
    'A1 14.3',
    'A1 14.4',
    'A1 20.4',
    'A1 21.13',
  ],
  'truf-rs': ['Truf 20', 'Truf 44', 'Truf 50', 'Truf 51', 'Truf 70'],
  'mtel-at': [
    'MTEL 5.4',
    'MTEL 6.1',
    'MTEL 6.2',
    'MTEL 6.3',
    'MTEL 18.4',
    'MTEL 20.1.f',
    'MTEL 21.1.c',
    'MTEL SD A.3.1.3',
    'MTEL SD A.3.1.4.3',
    'MTEL SD B.2.2',
  ],
};

const fileOf = (...clauses: ClauseEntry[]): ClauseFile => ({ operator: 'x', title: 'X', source: 'x.txt', clauses });
const decided: ClauseEntry = { clause: 'X 1', about: 'credit', standing: 'decided', by: ['outage'] };

describe('the lists of clauses', () => {
  it.each(clauseFiles().map((file) => [file.operator, file] as const))('%s has no problems', (_operator, file) => {
    expect(problemsOf(file, detectorNames)).toEqual([]);
  });

  it('there is one for each operator, and each has clauses', () => {
    const operators = clauseFiles().map((file) => file.operator);
    expect(operators).toEqual(['a1-rs', 'truf-rs', 'mtel-at', 'go4yu', 'mobitext-rs', 'mts-rs']);
    for (const file of clauseFiles()) expect(file.clauses.length, file.operator).toBeGreaterThan(0);
  });

  it('a clause belongs to one operator', () => {
    const labels = clauseFiles().flatMap((file) => file.clauses.map((entry) => entry.clause));
    expect(labels.filter((label, at) => labels.indexOf(label) !== at)).toEqual([]);
  });

  it.each(Object.entries(quoted))('%s has every clause that the contract quotes', (operator, clauses) => {
    const file = clauseFiles().find((candidate) => candidate.operator === operator);
    const listed = new Set(file?.clauses.map((entry) => entry.clause));
    expect(clauses.filter((clause) => !listed.has(clause))).toEqual([]);
  });

  it('docs/clauses.md is what they make', () => {
    const page = readFileSync(new URL('../../../docs/clauses.md', import.meta.url), 'utf8');
    const stale = 'docs/clauses.md is stale: run `npm run generate` and commit what it writes';
    expect(page === clausesMarkdown(clauseFiles()), stale).toBe(true);
  });
});

describe('problems of a list', () => {
  const without = (entry: ClauseEntry) => problemsOf(fileOf(entry), detectorNames);

  it('none where all is in order', () => {
    const tracked: ClauseEntry = {
      clause: 'X 2',
      about: 'limits',
      standing: 'tracked',
      by: ['limits'],
      why: 'planned',
    };
    const kept: ClauseEntry = { clause: 'X 3', about: 'dates', standing: 'tracked', why: 'kept' };
    const out: ClauseEntry = { clause: 'X 4', about: 'courts', standing: 'out-of-scope', why: 'law' };
    expect(problemsOf(fileOf(decided, tracked, kept, out), detectorNames)).toEqual([]);
  });

  it('a planned detector decides nothing yet', () => {
    expect(without({ ...decided, by: ['smart-home'] })).toEqual(['X 1: no detector "smart-home"']);
  });

  it('a detector that is neither built nor planned', () => {
    const entry: ClauseEntry = { clause: 'X 1', about: 'limits', standing: 'tracked', by: ['limit'], why: 'planned' };
    expect(without(entry)).toEqual(['X 1: no detector "limit", built or planned']);
  });

  it('a source that is a path', () => {
    const problems = problemsOf({ ...fileOf(decided), source: 'terms/x.txt' }, detectorNames);
    expect(problems).toEqual(['x: source is a path, give the file name alone']);
  });

  it('a standing nobody knows', () => {
    const entry = { clause: 'X 1', about: 'credit', standing: 'settled' } as unknown as ClauseEntry;
    expect(without(entry)).toEqual(['X 1: unknown standing "settled"']);
  });

  it('all of them at once', () => {
    const file = fileOf(
      { clause: 'X 1', about: ' ', standing: 'decided' },
      { clause: 'X 1', about: 'courts', standing: 'out-of-scope', by: ['outage'] },
      { clause: 'X 2', about: 'dates', standing: 'tracked', why: '' },
    );
    expect(problemsOf(file, detectorNames)).toEqual([
      'X 1: about is empty',
      'X 1: decided by no detector',
      'X 1: listed twice',
      'X 1: out of scope, yet by "outage"',
      'X 1: out of scope without why',
      'X 2: tracked without why',
    ]);
  });
});

describe('the page', () => {
  it('counts by standing, and keeps a bar in a cell from cutting it', () => {
    const page = clausesMarkdown([fileOf({ ...decided, about: 'this | that' })]);
    expect(page).toContain('| x | X | 1 | 1 | 0 | 0 |');
    expect(page).toContain('| X 1 | this \\| that | decided | outage |  |');
  });
});
