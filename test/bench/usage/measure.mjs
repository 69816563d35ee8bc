/** Time and processor time of a child process, read from outside in the same way for all, and figures over several runs. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 20;
const RUN_MS_MAX = 600_000;
const END_MS_MAX = 10_000;
/** Clock ticks a second in /proc. */
const TICKS = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

/** Watches the processor time (user and system, all threads) of one process, without its children. */
export class CpuWatch {
  #samples = [];
  #timer;

  constructor(pid) {
    this.#look(pid);
    this.#timer = setInterval(() => this.#look(pid), SAMPLE_MS);
  }

  #look(pid) {
    try {
      // The name stands in brackets and may hold blanks; user and system time are the 14th and 15th field.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      this.#samples.push({ at: performance.now(), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS });
    } catch {
      this.stop();
    }
  }

  /** Seconds used up to an instant of `performance.now()`, between two looks by proportion. */
  until(at) {
    const next = this.#samples.findIndex((sample) => sample.at >= at);
    if (next === 0) return this.#samples[0].seconds;
    if (next < 0) return this.#samples.at(-1)?.seconds ?? 0;
    const [a, b] = [this.#samples[next - 1], this.#samples[next]];
    return a.seconds + ((b.seconds - a.seconds) * (at - a.at)) / (b.at - a.at);
  }

  stop() {
    clearInterval(this.#timer);
  }
}

/**
 * Runs a child until it has done its work. It says so by one line of JSON with `seconds`, counted from its first record to its
 * last; or `follow(child)` finds it out from outside. `beside` are processes that work for it. Then it is told to end, unless it
 * `ends` by itself.
 */
export async function runChild({ command, args, env = {}, follow = reports, beside = {}, ends = false }) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const own = new CpuWatch(child.pid);
  const others = Object.entries(beside).map(([name, pid]) => [name, new CpuWatch(pid)]);
  let said = '';
  child.stderr.on('data', (bytes) => (said = `${said}${bytes}`.slice(-4_000)));
  const gone = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  let timer;
  try {
    const told = await Promise.race([
      follow(child),
      gone.then((how) => Promise.reject(new Error(`it ended with ${how} before its work was done`))),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`it took longer than ${RUN_MS_MAX / 1_000} s`)), RUN_MS_MAX);
      }),
    ]);
    const { seconds, endedAt = performance.now(), ...rest } = told;
    const beganAt = endedAt - seconds * 1_000;
    // The looks go on for a moment, so that the last instant lies between two.
    await sleep(2 * SAMPLE_MS);
    const spent = (watch) => watch.until(endedAt) - watch.until(beganAt);
    return {
      ...rest,
      seconds,
      cpuSeconds: spent(own),
      cpuSecondsWithStart: own.until(endedAt),
      besideCpuSeconds: Object.fromEntries(others.map(([name, watch]) => [name, spent(watch)])),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${command} ${args.join(' ').slice(0, 200)}: ${error.message}\n${said}`);
  } finally {
    clearTimeout(timer);
    if (ends) await Promise.race([gone, sleep(END_MS_MAX, undefined, { ref: false })]);
    child.kill('SIGTERM');
    await gone;
    for (const watch of [own, ...others.map(([, watch]) => watch)]) watch.stop();
  }
}

/** The first line of JSON that a child prints. */
function reports(child) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      try {
        resolve(JSON.parse(line));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Median, least and greatest. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}
