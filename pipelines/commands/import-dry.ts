/** Where the events of a dry run go: into a story that is only told, or into a file. */
import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Packs } from '../domain/pack.js';
import { decodeLine } from '../runtime/decode.js';
import { Replay } from '../runtime/replay.js';
import type { Sent } from './client.js';
import type { MakeLines, Sender } from './import-sender.js';

type Refused = (name: string, where: string, why: string) => void;

/** Tells the events to a story of its own, and says at the end what it decides. */
export class DecidingSender implements Sender {
  readonly #story: Replay;
  readonly #counts = new Map<string, number>();
  readonly #decided = new Map<string, number>();
  #line = 0;
  #at = { name: '', where: '' };

  constructor(packs: Packs, refused: Refused) {
    this.#story = new Replay({
      packs,
      decided: ({ type }) => this.#decided.set(type, (this.#decided.get(type) ?? 0) + 1),
      rejected: ({ message, reason }) => refused(this.#at.name, this.#at.where, `${message} (${reason})`),
    });
  }

  async send(name: string, make: MakeLines): Promise<Sent> {
    const before = this.#story.counts.rejected;
    let lines = 0;
    for await (const { text, where } of make()) {
      lines += 1;
      this.#at = { name, where };
      const type = typeOf(text);
      this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
      this.#story.line(text, ++this.#line);
    }
    const rejected = this.#story.counts.rejected - before;
    return { accepted: lines - rejected, duplicates: 0, rejected };
  }

  async end(out: (line: string) => void): Promise<void> {
    this.#at = { name: 'at the end', where: '' };
    this.#story.finish();
    out('A dry run: nothing was sent.');
    for (const [type, count] of this.#counts) out(`  ${count} ${type}`);
    out(this.#decided.size === 0 ? 'Nothing would be decided.' : 'This would be decided:');
    for (const [type, count] of this.#decided) out(`  ${count} ${type}`);
  }
}

/** Writes the events to a file, as NDJSON; `-` is standard output. What the door would refuse of them is told. */
export class WritingSender implements Sender {
  readonly #path: string;
  readonly #file: WriteStream | undefined;
  readonly #refused: Refused;
  readonly #operators: ReadonlyMap<string, { readonly currency: string }>;
  #written = 0;

  constructor(path: string, refused: Refused, packs: Packs) {
    this.#path = path;
    // Opened here, so that a folder that is not there is told before anything is read.
    this.#file = path === '-' ? undefined : createWriteStream(path, { fd: openSync(path, 'w') });
    this.#refused = refused;
    this.#operators = packs.operators();
  }

  async send(name: string, make: MakeLines): Promise<Sent> {
    const out = this.#file ?? process.stdout;
    const sent: Sent = { accepted: 0, duplicates: 0, rejected: 0 };
    for await (const { text, where } of make()) {
      const decoded = decodeLine(text, 1, { operators: this.#operators });
      if (decoded.ok) {
        sent.accepted += 1;
        this.#written += 1;
        if (!out.write(`${text}\n`)) await new Promise<void>((drained) => out.once('drain', () => drained()));
      } else {
        sent.rejected += 1;
        this.#refused(name, where, `${decoded.rejection.message} (${decoded.rejection.reason})`);
      }
    }
    return sent;
  }

  async end(out: (line: string) => void): Promise<void> {
    if (!this.#file) return;
    this.#file.end();
    await finished(this.#file);
    out(`A dry run: nothing was sent; ${this.#written} events are in ${this.#path}.`);
  }
}

function typeOf(text: string): string {
  try {
    const { type } = JSON.parse(text) as { readonly type?: unknown };
    return typeof type === 'string' ? type : 'without a type';
  } catch {
    return 'that are no JSON';
  }
}
