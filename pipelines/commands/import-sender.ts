/**
 * Sends the events of a file in chunks, and keeps how far it came: a run that was broken off goes on there. The position is a
 * list of hashes of the chunks that were answered. A chunk that comes out otherwise than before, or whose events the door no
 * longer knows (it was restored, or it is another), makes the file begin anew: the door drops what it has.
 */
import { hash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Sent, sendLines, type Target } from './client.js';

/** An event as a line of NDJSON, and where it came from: `record 3, byte 120`. */
export interface ToldLine {
  readonly text: string;
  readonly where: string;
}

/** The lines of a file, from its beginning each time that it is asked. */
export type MakeLines = () => AsyncIterable<ToldLine>;

/** Where the lines of a file go. */
export interface Sender {
  /**
   * Sends, or throws where it cannot go on. `name` is what position and words call the file; `once`: the lines cannot be made a
   * second time, and no position is kept.
   */
  send(name: string, make: MakeLines, options?: { readonly once?: boolean }): Promise<Sent>;
  /** When all was sent; `out` takes lines for people. */
  end(out: (line: string) => void): Promise<void>;
}

const CHUNK_LINES = 500;
/** An older position is not believed. */
const POSITION_HOURS_MAX = 48;

export interface SenderGiven {
  readonly target: Target;
  /** What the position hangs on beside target and file: the format and how it is read. */
  readonly manner: string;
  /** Where positions are kept. */
  readonly folder: string;
  /** Told of each line that the door refused. */
  readonly refused: (name: string, where: string, why: string) => void;
}

/** A chunk that was answered. */
interface Passed extends Sent {
  readonly chunk: string;
}

class Restart extends Error {}

/** Sends to a door. */
export class DoorSender implements Sender {
  readonly #given: SenderGiven;

  constructor(given: SenderGiven) {
    this.#given = given;
  }

  async send(name: string, make: MakeLines, { once = false } = {}): Promise<Sent> {
    const { folder, target, manner } = this.#given;
    const file = positionFile(folder, target.url, manner, name);
    const passed = once ? [] : readPosition(file);
    let sent: Sent;
    try {
      sent = await this.#run(name, make, passed, once ? undefined : file);
    } catch (error) {
      if (!(error instanceof Restart)) throw error;
      rmSync(file, { force: true });
      sent = await this.#run(name, make, [], file);
    }
    rmSync(file, { force: true });
    return sent;
  }

  async #run(name: string, make: MakeLines, passed: readonly Passed[], file: string | undefined): Promise<Sent> {
    const total: Sent = { accepted: 0, duplicates: 0, rejected: 0 };
    let n = 0;
    for await (const lines of chunksOf(make())) {
      const chunk = hash('sha256', lines.map(({ text }) => text).join('\n'), 'hex').slice(0, 32);
      const before = passed[n++];
      if (before && before.chunk !== chunk) throw new Restart();
      // The last of them is sent again: known to the door, so are those before it.
      const skips = before && n < passed.length && before.rejected === 0;
      const sent = skips ? before : await this.#post(name, lines);
      if (before && !skips && sent.accepted > 0 && before.accepted + before.duplicates > 0) throw new Restart();
      // What was sent by the run that broke off counts as sent.
      const counted = before && before.rejected === 0 ? before : sent;
      total.accepted += counted.accepted;
      total.duplicates += counted.duplicates;
      total.rejected += sent.rejected;
      if (file !== undefined && !before) appendPosition(file, { chunk, ...sent });
    }
    // A file that has become shorter never came to what would have been asked.
    if (n < passed.length) throw new Restart();
    return total;
  }

  async end(): Promise<void> {}

  async #post(name: string, lines: readonly ToldLine[]): Promise<Sent> {
    const texts = lines.map(({ text }) => text);
    return sendLines(texts, this.#given.target, ({ line, message, reason, field }) => {
      const where = lines[line - 1]?.where ?? `line ${line}`;
      this.#given.refused(name, where, `${message} (${reason}${field ? `, ${field}` : ''})`);
    });
  }
}

async function* chunksOf(lines: AsyncIterable<ToldLine>): AsyncGenerator<readonly ToldLine[]> {
  let held: ToldLine[] = [];
  for await (const line of lines) {
    held.push(line);
    if (held.length < CHUNK_LINES) continue;
    yield held;
    held = [];
  }
  if (held.length > 0) yield held;
}

// --- Positions ---

/** Where the position of a file is kept. */
export function positionFile(folder: string, url: string, manner: string, name: string): string {
  return join(folder, `position-${hash('sha256', JSON.stringify([url, manner, name]), 'hex').slice(0, 16)}`);
}

/** The chunks that an unfinished run has sent; a line that is half written ends the list. */
function readPosition(file: string): readonly Passed[] {
  if (!existsSync(file)) return [];
  if (Date.now() - statSync(file).mtimeMs > POSITION_HOURS_MAX * 3_600_000) return [];
  const passed: Passed[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    try {
      if (line !== '') passed.push(JSON.parse(line) as Passed);
    } catch {
      break;
    }
  }
  return passed;
}

function appendPosition(file: string, passed: Passed): void {
  mkdirSync(join(file, '..'), { recursive: true });
  appendFileSync(file, `${JSON.stringify(passed)}\n`, { mode: 0o600 });
}
