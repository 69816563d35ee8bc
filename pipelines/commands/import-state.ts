/**
 * What `import` remembers between runs, in a folder of its own: which files of each source came, which are missing or were
 * incomplete, and the sessions of RADIUS detail files. It is written whole, after the events of a file were taken.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../domain/units.js';
import type { Session } from '../io/formats/radius.js';
import type { Series } from '../io/formats/sequences.js';

const NAME = 'state.json';
const LOCK = 'import.pid';
const VERSION = 1;

export interface ImportState {
  readonly version: typeof VERSION;
  /** By format and source: `tap/AUTPT-SRBNO`. */
  readonly series: Readonly<Record<string, Series>>;
  /** Files that could not be read whole, and since when: `tap/AUTPT/42`. */
  readonly incomplete: Readonly<Record<string, Instant>>;
  /** The sessions of detail files, by key. No key or session says who the subscriber is. */
  readonly sessions: readonly (readonly [string, Session])[];
  /** Detail files that were read whole and all counted: hashes of their content, and the last time in each. */
  readonly details: Readonly<Record<string, Instant>>;
}

export const NO_STATE: ImportState = { version: VERSION, series: {}, incomplete: {}, sessions: [], details: {} };

/** What an earlier run left. Throws where it cannot be read: to go on without it could count use twice. */
export function readImportState(folder: string): ImportState {
  const file = join(folder, NAME);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_STATE;
    throw error;
  }
  try {
    const state = JSON.parse(text) as ImportState;
    if (state.version === VERSION) return state;
  } catch {
    // Told below, as any other content that is not ours.
  }
  throw new Error(`${file} is not what an import left there: restore it, or name another folder with --state`);
}

/**
 * Takes the folder for this process, and answers with what gives it back. Two imports at a time would each write what they know, and
 * one would forget what the other has counted. Throws where a process that lives has it.
 */
export function takeStateFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, LOCK);
  for (let tries = 0; ; tries += 1) {
    try {
      writeFileSync(file, `${process.pid}`, { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = Number(readFileSync(file, 'utf8'));
      if (tries > 0 || isAlive(owner)) {
        throw new Error(
          `another import (process ${owner}) works with ${folder}: wait for it; if there is none, remove ${file}`,
        );
      }
      // Its process was killed.
      rmSync(file, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Keeps the state: whole, or as it was before. */
export function writeImportState(folder: string, state: ImportState): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, NAME);
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
