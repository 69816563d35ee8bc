/** A whole installation with notices in one process, as its operator starts it: seen from outside alone, by HTTP and by commands. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../../alerts/ledger/entry.js';
import type { WireDecision } from '../../../pipelines/http/ports.js';
import { type Dozor, moveClock, runDozor, send, startDozor, until } from '../dozor.js';

const PACK = join(import.meta.dirname, '../../../pipelines/packs/a1-rs.2026-06-01.json');
const WAIT_MS = 60_000;

type Ambiguous = 'again' | 'next-channel' | 'person' | 'drop';

/** A pack with the terms of A1 Srbija, sending at any hour, and its own answer to what is in doubt after a wait. */
export function writePack(folder: string, operator: string, ambiguous: Ambiguous, ambiguousWait = 'PT15M'): void {
  const pack = JSON.parse(readFileSync(PACK, 'utf8')) as { rules: Record<string, unknown> };
  const term = (is: unknown) => ({ is, clause: 'test' });
  const notices = {
    clause: 'test',
    about: 'made up',
    terms: {
      hours: term({ service: null, marketing: null }),
      ambiguous: term({ legal: ambiguous, security: ambiguous, service: ambiguous, marketing: ambiguous }),
      ambiguousWait: term(ambiguousWait),
      stopEnds: term(['marketing']),
      deemed: term({ electronic: null, web: null, post: null }),
      holidays: term([]),
      signOff: term(false),
    },
  };
  mkdirSync(folder, { recursive: true });
  const whole = { ...pack, operator, rules: { ...pack.rules, notices } };
  writeFileSync(join(folder, `${operator}.2026-06-01.json`), JSON.stringify(whole));
}

/** One process after another on the same data. */
export class Alone {
  readonly folder = mkdtempSync(join(tmpdir(), 'dozor-alone-'));
  data = join(this.folder, 'data');
  readonly #env: Record<string, string>;
  readonly #packs = join(this.folder, 'packs');
  /** What earlier processes said. */
  #said = '';
  #running: Dozor | undefined;

  /** `notices` is what stands in the file of `DOZOR_NOTICES`; `{folder}` in a text of it is this folder. */
  constructor(notices: (folder: string) => object, env: Record<string, string> = {}) {
    this.write('gateway.password', 'secret');
    const file = this.write('notices.json', JSON.stringify(notices(this.folder)));
    this.#env = { DOZOR_CLOCK: 'events', DOZOR_NOTICES: file, ...env };
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** An operator with the terms of A1 Srbija, and its own answer to what is in doubt. */
  operator(name: string, ambiguous: Ambiguous): void {
    this.#env['DOZOR_PACKS'] = this.#packs;
    writePack(this.#packs, name, ambiguous);
  }

  get process(): Dozor {
    if (!this.#running) throw new Error('no process runs');
    return this.#running;
  }

  async start(): Promise<Dozor> {
    this.#running = await startDozor(this.data, [], this.#env);
    await this.#running.ready();
    return this.#running;
  }

  /** SIGKILL: nothing is said, saved or answered any more. */
  async kill(): Promise<void> {
    this.#said += this.process.output();
    await this.process.kill();
    this.#running = undefined;
  }

  async stop(): Promise<number | null> {
    this.#said += this.process.output();
    const code = await this.process.stop();
    this.#running = undefined;
    return code;
  }

  /** The next process works on what a backup holds. */
  async restoreFrom(backup: string): Promise<void> {
    const data = join(this.folder, 'restored');
    await runDozor(data, ['restore', backup, '--data', data], this.#env);
    this.data = data;
  }

  /** All that its processes said on both outputs. */
  get said(): string {
    return this.#said + (this.#running?.output() ?? '');
  }

  send(events: readonly object[]): Promise<void> {
    return send(
      this.process,
      events.map((event) => JSON.stringify(event)),
    );
  }

  moveClock(to: string): Promise<void> {
    return moveClock(this.process, to);
  }

  async get(path: string): Promise<string> {
    return (await fetch(`${this.process.url}${path}`)).text();
  }

  async decisions(type: string): Promise<readonly WireDecision[]> {
    const text = await this.get(`/v1/decisions?type=${type}&limit=1000&order=oldest`);
    return (JSON.parse(text) as { decisions: readonly WireDecision[] }).decisions;
  }

  /** A command on the same data folder, beside the process or at rest. */
  run(...args: readonly string[]): Promise<string> {
    return runDozor(this.data, args, this.#env);
  }

  /** The same, of a command that writes through the door. */
  act(...args: readonly string[]): Promise<string> {
    return this.run(...args, '--url', this.process.url);
  }

  async entry(noticeId: string): Promise<Entry> {
    return JSON.parse(await this.run('notices', 'show', noticeId)) as Entry;
  }

  /** The files that the channel e-mail has written. */
  mails(): readonly string[] {
    const folder = join(this.folder, 'mails');
    return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  }

  async dispose(): Promise<void> {
    await this.#running?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until what is asked gives what is wanted. */
export async function settles<T>(ask: () => T | Promise<T>, wanted: (got: T) => boolean, maxMs = WAIT_MS): Promise<T> {
  let last: T | undefined;
  await until(
    async () => wanted((last = await ask())),
    maxMs,
    () => JSON.stringify(last),
  );
  return last as T;
}
