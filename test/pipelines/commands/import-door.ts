/** A door that listens, on embedded parts in a folder of its own: what an import is tried on. */

import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportOptions } from '../../../pipelines/commands/import.js';
import { importFiles } from '../../../pipelines/commands/import.js';
import { createApi } from '../../../pipelines/http/api.js';
import { type Listening, listen } from '../../../pipelines/http/listen.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import { Tokens } from '../../../pipelines/http/tokens.js';
import { openEmbedded } from '../../../pipelines/io/embedded.js';
import { readIdentities } from '../../../pipelines/io/formats/identities.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { Installation } from '../../../pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { fromBytes, TICK_KEY, TOPICS } from '../../../pipelines/runtime/topics.js';

export const packs = loadPacks([OWN_PACKS]);

/** A folder that is gone when the test file ends, if `forget` is called. */
export function folderOf(name: string): { readonly path: (file: string) => string; forget(): void } {
  const folder = mkdtempSync(join(tmpdir(), `dozor-${name}-`));
  return { path: (file) => join(folder, file), forget: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a dry run wrote, as text and by event. */
export function eventsIn(file: string) {
  const text = readFileSync(file, 'utf8');
  const lines = text === '' ? [] : text.trimEnd().split('\n');
  return { text, events: lines.map((line) => JSON.parse(line)) };
}

const TOKEN = 'a-made-up-token';

/** What an event on the log says, as far as tests ask. */
export interface Told {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly data: { readonly bytes?: number };
}

/** An installation with its door open. */
export class TestDoor {
  readonly #folder: string;
  #installation: Installation | undefined;
  #listening: Listening | undefined;
  /** Lines that came in. */
  lines = 0;
  /** When so many have come, the door is broken. */
  breaksAt = Number.POSITIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    const config = readConfig({ DOZOR_DATA: this.#folder, DOZOR_CLOCK: 'events' });
    const installation = (this.#installation = await Installation.open(config, packs));
    const { gate } = installation;
    const api = createApi({
      intake: {
        takeObjects: (events, by) => gate.takeObjects(events, by),
        moveClock: (to) => gate.moveClock(to),
        takeLines: (lines, first, by) => {
          this.lines += lines.length;
          if (this.lines >= this.breaksAt) throw new Error('the disk is full');
          return gate.takeLines(lines, first, by);
        },
      },
      views: undefined,
      status: () => installation.status(),
      health: () => installation.health(),
      metrics: createMetrics({ processMetrics: false }),
      tokens: Tokens.of([{ name: 'test', sha256: hash('sha256', TOKEN, 'hex') }]),
      clockMode: 'events',
      failed: () => undefined,
    });
    this.#listening = await listen({ apps: [api], host: '127.0.0.1', port: 0 });
    installation.start();
  }

  get target() {
    return { url: this.#listening!.url, token: TOKEN };
  }

  get refused(): number {
    return [...this.#installation!.gate.counts.rejected.values()].reduce((sum, n) => sum + n, 0);
  }

  async close(): Promise<void> {
    await this.#listening?.close();
    await this.#installation?.stop();
  }

  /** Every event on the log of services, after the door was closed. */
  events(): Promise<readonly Told[]> {
    return toldOn(this.#folder);
  }
}

/** Every event on the log of services of a folder that nobody has open. */
export async function toldOn(folder: string): Promise<readonly Told[]> {
  const embedded = await openEmbedded(folder);
  const { log } = embedded;
  const events: Told[] = [];
  for (let partition = 0; partition < (await log.partitions(TOPICS.serviceEvents)); partition++) {
    const of = { topic: TOPICS.serviceEvents, partition };
    const end = await log.end(of);
    for (let from = await log.start(of); from < end; ) {
      const records = await log.read(of, from, 1_000);
      if (records.length === 0) break;
      for (const { key, value } of records) if (key !== TICK_KEY) events.push(fromBytes(value) as Told);
      from = records.at(-1)!.offset + 1;
    }
  }
  await embedded.close();
  return events;
}

/** Runs an import; answers with exit code and what it said. */
export async function imported(
  options: Omit<ImportOptions, 'packs' | 'out' | 'tell' | 'quiet'>,
): Promise<{ readonly code: 0 | 1; readonly said: string }> {
  const said: string[] = [];
  const tell = (line: string) => void said.push(line);
  const code = await importFiles({ ...options, packs, quiet: true, out: tell, tell });
  return { code, said: said.join('\n') };
}

/** Subscribers by a list of identities. */
export async function subscribersIn(file: string, key: string) {
  const hashKey = new TextEncoder().encode(key);
  return { hashKey, identities: await readIdentities(file, hashKey) };
}
