/** What became of the files of an import: problems told by file, place and field; all counted, and whether anything was bad. */
import type { FileProblem, ProblemKind } from '../io/formats/format.js';

/** Told, and nothing is missing for it. */
const HARMLESS: ReadonlySet<ProblemKind> = new Set(['note', 'test-file']);
/** So many problems are told word for word. */
const TOLD_MAX = 1_000;

export class Account {
  readonly #tell: (line: string) => void;
  readonly #counts = new Map<string, number>();
  #told = 0;
  #bad = 0;

  /** `tell` takes lines for people. */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  /** How many problems there were for which something may be missing. */
  get bad(): number {
    return this.#bad;
  }

  problem(file: string, { kind, where, field, why }: FileProblem): void {
    const harmless = HARMLESS.has(kind);
    this.count(file, kind, harmless, `${where}: ${field === undefined ? '' : `field ${field}: `}${why}`);
  }

  /** Counts something under a name, and tells it. */
  count(file: string, name: string, harmless: boolean, why: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    if (!harmless) this.#bad += 1;
    this.#told += 1;
    if (this.#told <= TOLD_MAX) this.#tell(`${harmless ? 'note' : 'problem'}: ${file}: ${why} (${name})`);
  }

  /** Problems past those that a reader told one by one. */
  more(file: string, problems: number): void {
    if (problems <= 0) return;
    this.#bad += problems;
    this.#tell(`problem: ${file}: and ${problems} more`);
  }

  say(line: string): void {
    this.#tell(line);
  }

  /** The sum of it, a line; undefined where there was nothing. */
  summary(): string | undefined {
    if (this.#told > TOLD_MAX) this.#tell(`and ${this.#told - TOLD_MAX} more`);
    if (this.#counts.size === 0) return undefined;
    return [...this.#counts].map(([name, count]) => `${count} ${name}`).join(', ');
  }
}
