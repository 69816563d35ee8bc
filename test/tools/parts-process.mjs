// Processes of real parts: started in the background, waited for, stopped; they die with the process that started them.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const STOP_MS = 20_000;
const POLL_MS = 100;

const made = new Set();

// Below the ports that the system gives to outgoing connections: one of those could sit on ours between a kill and a start.
const PORTS = { from: 20_000, to: 32_000 };

/** A port of the loopback address that is free now. */
export async function freePort() {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer();
    const isFree = await new Promise((known) => {
      server.once('error', () => known(false));
      server.listen(port, '127.0.0.1', () => known(true));
    });
    if (!isFree) continue;
    await new Promise((closed) => server.close(closed));
    return port;
  }
}

/** A folder that goes when this process goes. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `dozor-${name}-`));
  made.add(folder);
  return folder;
}

// A parent that is killed says nothing: the end of its pipe does. Before that come the process that runs, or an empty line for none.
const WATCH =
  'pid=; while read -r line; do pid=$line; done; [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; [ -z "$0" ] || { sleep 1; rm -rf -- "$0"; }';

/** Sees to it that nothing is left when this process has gone; is told which process runs. */
function watch(folder) {
  const args = ['-c', WATCH, made.has(folder) ? folder : ''];
  const watcher = spawn('sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.stdin.on('error', () => {});
  watcher.unref();
  watcher.stdin.unref();
  return (pid) => watcher.stdin.write(`${pid ?? ''}\n`);
}

/**
 * A part that can be stopped, killed and started again.
 * `launch()` gives { command, args, env }, `answers()` resolves to whether it serves by now, `log` takes what it prints.
 */
export function part({ name, folder, log, launch, answers, startMs }) {
  const runs = watch(folder);
  let child;
  let gone = Promise.resolve();
  let last = '';

  async function start() {
    if (child) throw new Error(`${name} is running already, as process ${child.pid}.`);
    if (await answers()) throw new Error(`${name} cannot start: something else answers at its address.`);
    const { command, args, env } = launch();
    const out = openSync(log, 'a');
    // A process group of its own: Ctrl-C goes to the parent, which then stops it in good order.
    const started = spawn(command, args, {
      cwd: folder,
      stdio: ['ignore', out, out],
      env: { ...process.env, ...env },
      detached: true,
    });
    closeSync(out);
    child = started;
    gone = new Promise((ended) => {
      const end = (why) => {
        last = why;
        child = undefined;
        runs(undefined);
        ended();
      };
      started.once('error', (error) => end(error.message));
      started.once('exit', (code, signal) => end(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    runs(started.pid);
    const deadline = Date.now() + startMs;
    while (!(await answers())) {
      if (child !== started) throw new Error(`${name} ended while it was starting (${last}):\n${tail()}`);
      if (Date.now() > deadline) {
        await kill('SIGKILL');
        throw new Error(`${name} does not answer after ${startMs / 1000} s:\n${tail()}`);
      }
      await pause(POLL_MS);
    }
  }

  const tail = () => readFileSync(log, 'utf8').slice(-2_000);

  async function stop() {
    child?.kill('SIGTERM');
    const stopped = new AbortController();
    const patience = pause(STOP_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
    await Promise.race([gone, patience]);
    stopped.abort();
    await kill('SIGKILL');
  }

  async function kill(signal = 'SIGKILL') {
    child?.kill(signal);
    if (signal === 'SIGKILL') await gone;
  }

  return {
    folder,
    start,
    stop,
    kill,
    get pid() {
      return child?.pid;
    },
  };
}
