// A whole installation as it is built, on embedded parts in a folder of its own, and a browser to look at it: for tests and benches.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const ROOT = resolve(import.meta.dirname, '../..');
const BINARY = join(ROOT, 'dist/pipelines/dozor.js');
export const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const LOCK = join(ROOT, 'node_modules/.dozor-build');
const LOCK_LOST_MS = 180_000;

/** Builds dist/ where it is not there, or older than what it is made of. One at a time: another who wants it waits, and finds it. */
export function build() {
  for (;;) {
    try {
      mkdirSync(LOCK);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (Date.now() - since > LOCK_LOST_MS) rmSync(LOCK, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
    }
  }
  try {
    buildWhereOld();
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

function buildWhereOld() {
  const newest = (folder) =>
    Math.max(
      ...readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile())
        .map((one) => statSync(join(one.parentPath, one.name)).mtimeMs),
    );
  const made = join(ROOT, 'dist/dashboard/page/manifest.json');
  const sources = Math.max(...['pipelines', 'dashboard', 'alerts'].map(newest));
  if (existsSync(made) && statSync(made).mtimeMs >= sources) return;
  execFileSync(process.execPath, ['test/tools/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
}

/** Starts `dozor serve`; resolves when it listens. `stop` ends it and removes its folder. */
export function startWhole(env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-whole-'));
  const child = spawn(process.execPath, [BINARY, 'serve', '--data', folder, '--port', '0'], {
    env: { PATH: process.env.PATH, DOZOR_PACKS: join(ROOT, 'pipelines/play/packs'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ended = new Promise((done) => child.once('exit', done));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return new Promise((started, failed) => {
    const hear = (chunk) => {
      said += chunk;
      const url = /listens on (\S+?)[;\s]/.exec(said)?.[1];
      if (!url) return;
      const token = readFileSync(join(folder, 'local.token'), 'utf8').trim();
      started({ url, token, folder, child, output: () => said, stop });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    ended.then((code) => failed(new Error(`it ended with ${code}: ${said}`)));
  });
}

/** Brings events to the door; throws where one is refused that was not meant to be. */
export async function tell({ url, token }, events) {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` },
    body: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
  });
  if (!answer.ok) throw new Error(`the door answered ${answer.status}: ${await answer.text()}`);
  await answer.text();
}

/** Some days of the demonstration's story. */
export async function someStory({ services, days, from = '2026-03-02T00:00:00+01:00', seed = 1 }) {
  const { story } = await import('../../dist/pipelines/play/generator.js');
  return [...story({ seed, from: Date.parse(from), days, services })];
}

/** A browser without a window. */
export function openBrowser(...args) {
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, ...args] });
}

/** Asks until it is so; throws with what was found last. */
export async function until(look, { maxMs = 60_000, everyMs = 250, what = 'it' } = {}) {
  for (const began = Date.now(); ; ) {
    const found = await look().catch((error) => error);
    if (found && !(found instanceof Error)) return found;
    if (Date.now() - began > maxMs) throw new Error(`${what} did not come about: ${found}`);
    await new Promise((next) => setTimeout(next, everyMs));
  }
}
