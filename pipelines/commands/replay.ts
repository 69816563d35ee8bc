/** `dozor replay`: events from files, decisions to standard output or a file. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { encodeDecision } from '../domain/decision.js';
import type { Packs } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';
import { Replay } from '../runtime/replay.js';
import { type Progress, progressOf } from './progress.js';

export interface ReplayOptions {
  readonly files: readonly string[];
  readonly packs: Packs;
  readonly until?: Instant;
  readonly out?: string;
  readonly quiet?: boolean;
  /** Whether every sample of an indicator is scored. */
  readonly scores?: boolean;
}

/** Runs the replay and returns the exit code: 0, or 1 where any event was rejected. */
export async function replay(options: ReplayOptions): Promise<0 | 1> {
  const out = options.out ? createWriteStream(options.out) : process.stdout;
  const lines: string[] = [];
  const story = new Replay({
    packs: options.packs,
    scores: options.scores ?? false,
    decided: (decision) => lines.push(JSON.stringify(encodeDecision(decision, story.zoneOf(decision)))),
    rejected: ({ line, field, reason, message }) => {
      const where = line === undefined ? 'an event kept until its service was known' : `line ${line}`;
      process.stderr.write(`${where}: ${message} (${reason}${field ? `, ${field}` : ''})\n`);
    },
  });
  const progress = await progressOf('replaying', options.files, options.quiet ?? false);
  let number = 0;
  for (const file of options.files) {
    for await (const line of linesOf(file, progress)) {
      number += 1;
      if (line.trim() === '') continue;
      story.line(line, number);
      if (lines.length > 0) await write(out, lines);
    }
  }
  story.finish(options.until);
  await write(out, lines);
  progress.stop();
  if (out !== process.stdout) await new Promise<void>((done) => out.end(() => done()));
  return story.counts.rejected > 0 ? 1 : 0;
}

async function write(out: Writable, lines: string[]): Promise<void> {
  const text = lines.splice(0).map((line) => `${line}\n`);
  if (text.length === 0) return;
  if (!out.write(text.join(''))) await new Promise<void>((drained) => out.once('drain', () => drained()));
}

/** The lines of a file, gzip where it ends so; `-` is standard input. Says clearly which file cannot be read. */
export async function* linesOf(file: string, progress?: Progress): AsyncIterable<string> {
  if (file !== '-') {
    await stat(file).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`cannot read ${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
    });
  }
  const raw: Readable = file === '-' ? process.stdin : createReadStream(file);
  if (progress) raw.on('data', (chunk: Buffer) => progress.add(chunk.length));
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
