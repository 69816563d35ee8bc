/**
 * What became of the rows of a run: every row is an event, skipped by a condition of the mapping, or bad with a problem that
 * names file, line and column. Nothing is lost in silence; only the list of problems is bounded, their number is not.
 */

/** What is wrong, and where. Without a line it is the whole file; without a column the whole row. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly column?: string;
  readonly why: string;
}

/** The counts of one file. */
export interface FileCount {
  rows: number;
  events: number;
  /** Left out by a condition of the mapping. */
  skipped: number;
  bad: number;
}

/** How many problems and warnings are kept word for word; the rest is only counted. */
export const PROBLEMS_MAX = 1_000;

/** The account of a run. It is filled while the events are read, and complete when they are. */
export class Tally {
  readonly files = new Map<string, FileCount>();
  readonly problems: Problem[] = [];
  /** What is taken, but looks wrong. */
  readonly warnings: Problem[] = [];
  problemCount = 0;
  warningCount = 0;

  /** The counts of a file, begun at 0. */
  file(name: string): FileCount {
    let count = this.files.get(name);
    if (!count) this.files.set(name, (count = { rows: 0, events: 0, skipped: 0, bad: 0 }));
    return count;
  }

  problem(problem: Problem): void {
    this.problemCount += 1;
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
  }

  warn(warning: Problem): void {
    this.warningCount += 1;
    if (this.warnings.length < PROBLEMS_MAX) this.warnings.push(warning);
  }

  /** The counts of all files together. */
  total(): FileCount {
    const total = { rows: 0, events: 0, skipped: 0, bad: 0 };
    for (const count of this.files.values()) {
      total.rows += count.rows;
      total.events += count.events;
      total.skipped += count.skipped;
      total.bad += count.bad;
    }
    return total;
  }

  /** The account for people: a line for each file, each problem and each warning. */
  report(): readonly string[] {
    const counts = [...this.files].map(
      ([name, { rows, events, skipped, bad }]) =>
        `${name}: ${rows} rows, ${events} events${skipped ? `, ${skipped} skipped` : ''}${bad ? `, ${bad} BAD` : ''}`,
    );
    return [
      ...counts,
      ...told('problem', this.problems, this.problemCount),
      ...told('warning', this.warnings, this.warningCount),
    ];
  }
}

function told(word: string, kept: readonly Problem[], count: number): readonly string[] {
  const lines = kept.map((problem) => `${word}: ${problemText(problem)}`);
  return count > kept.length ? [...lines, `${word}: and ${count - kept.length} more`] : lines;
}

/** A problem as one line: `services.csv:12: column monthly_fee: is no amount`. */
export function problemText({ file, line, column, why }: Problem): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${column === undefined ? '' : `column ${column}: `}${why}`;
}
