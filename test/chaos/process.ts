/** One process of Dozor as the run sees it: started, watched, stopped, killed, and started again when it ends by itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runs } from './orphans.js';

const HOST = '127.0.0.1';
/** As a supervisor does. */
const AGAIN_MS = 1_000;
const POLL_MS = 20;
const TAIL_BYTES = 4_000;

export interface ProcessGiven {
  /** For people: `door`, `worker-1`. */
  readonly name: string;
  readonly program: string;
  readonly folder: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Told in words of what nobody asked for. */
  readonly told: (words: string) => void;
}

/** An end that nobody asked for. */
export interface OwnEnd {
  readonly at: number;
  readonly how: string;
  readonly tail: string;
}

export class DozorProcess {
  readonly name: string;
  readonly url: string;
  readonly #given: ProcessGiven;
  readonly #log: string;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #wanted = false;
  /** Raised at each start: counters of a process begin anew with it. */
  incarnation = 0;
  stopped = false;
  readonly ownEnds: OwnEnd[] = [];

  constructor(given: ProcessGiven) {
    this.#given = given;
    this.name = given.name;
    this.url = `http://${HOST}:${given.port}`;
    mkdirSync(given.folder, { recursive: true });
    this.#log = join(given.folder, 'process.log');
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it last wrote to standard output and error. */
  get tail(): string {
    try {
      const { size } = statSync(this.#log);
      return readFileSync(this.#log)
        .subarray(Math.max(0, size - TAIL_BYTES))
        .toString();
    } catch {
      return '';
    }
  }

  start(): void {
    if (this.#child) throw new Error(`${this.name} runs already`);
    this.#wanted = true;
    this.stopped = false;
    this.incarnation += 1;
    const { program, folder, port, env } = this.#given;
    const out = openSync(this.#log, 'a');
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', program, 'serve', '--data', folder, '--port', String(port)],
      {
        stdio: ['ignore', out, out],
        env: { ...cleanEnv(), ...env },
      },
    );
    closeSync(out);
    this.#child = child;
    const { pid } = child;
    if (pid !== undefined) runs(pid, true);
    this.#gone = new Promise((ended) => {
      child.once('exit', (code, signal) => {
        this.#child = undefined;
        if (pid !== undefined) runs(pid, false);
        ended();
        if (this.#wanted) this.#endedByItself(signal ? `signal ${signal}` : `exit code ${code}`);
      });
    });
  }

  #endedByItself(how: string): void {
    this.ownEnds.push({ at: performance.now(), how, tail: this.tail });
    this.#given.told(`${this.name} ended by itself (${how})`);
    setTimeout(() => {
      if (this.#wanted && !this.#child) this.start();
    }, AGAIN_MS).unref();
  }

  /** `kill -9`. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#wanted = false;
    this.#child?.kill('SIGKILL');
    await this.#gone;
  }

  /** SIGTERM; resolves with how long it took to end, in milliseconds. Killed after `patienceMs`, which counts as its failure. */
  async terminate(patienceMs: number): Promise<{ readonly tookMs: number; readonly inTime: boolean }> {
    const began = performance.now();
    this.#wanted = false;
    // What stands still hears no signal but one.
    if (this.stopped) this.resume();
    this.#child?.kill('SIGTERM');
    const inTime = await Promise.race([this.#gone.then(() => true), sleep(patienceMs, false, { ref: false })]);
    if (!inTime) await this.kill();
    return { tookMs: performance.now() - began, inTime };
  }

  /** SIGSTOP: it stands still with all its connections open. */
  suspend(): void {
    this.stopped = true;
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.stopped = false;
    this.#child?.kill('SIGCONT');
  }

  /** Waits until it says that it is ready; rejects where it does not come to that in time. */
  async ready(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const answer = await this.ask('/readyz', 1_000);
      if (answer?.status === 200) return;
      if (performance.now() > deadline) {
        throw new Error(`${this.name} is not ready after ${withinMs} ms: ${answer?.text ?? 'no answer'}\n${this.tail}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Asks it by HTTP; undefined: it gave no answer. */
  async ask(path: string, withinMs: number): Promise<{ readonly status: number; readonly text: string } | undefined> {
    if (!this.#child || this.stopped) return undefined;
    try {
      const response = await fetch(this.url + path, { signal: AbortSignal.timeout(withinMs) });
      return { status: response.status, text: await response.text() };
    } catch {
      return undefined;
    }
  }
}

/** What surrounds us, without settings of Dozor that would be its own. */
function cleanEnv(): Record<string, string> {
  const own = /^(DOZOR|KAFKA|REDIS)_/;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      own.test(name) || value === undefined ? [] : [[name, value]],
    ),
  );
}
