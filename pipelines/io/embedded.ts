/**
 * The embedded installation: log and store in one LMDB environment, in one folder, for one process. One environment, so
 * that a commit can never be on disk without the records it was computed from.
 *
 * The lock is the file `dozor.lock` with the pid of its holder and the start time of that process: a pid is used again, the
 * pair is not. So a lock counts only while its holder lives, and a kill -9 leaves nothing to clean up. It is only as good as
 * the view of processes: two containers on one volume do not see each other. Then the epochs of the store keep them apart.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import type { Log } from './log.js';
import { LmdbLog } from './log-lmdb.js';
import type { Store } from './store.js';
import { LmdbStore } from './store-lmdb.js';

/** An open folder. `close` lets what is under way finish, and frees the folder. */
export interface Embedded {
  readonly log: Log;
  readonly store: Store;
  close(): Promise<void>;
}

/** Another process, or this one, has the folder open. */
export class FolderTakenError extends Error {
  override readonly name = 'FolderTakenError';
}

/** Opens the folder for this process alone, and makes it where there is none. `now` is the clock of the log. */
export async function openEmbedded(
  folder: string,
  { now = Date.now }: { readonly now?: () => number } = {},
): Promise<Embedded> {
  mkdirSync(folder, { recursive: true });
  const unlock = lock(resolve(folder));
  try {
    checkFiles(folder, 'r+');
    const env = open({ path: folder, ...SETTINGS });
    const log = new LmdbLog(env, { now, readOnly: false });
    const store = new LmdbStore(env, { readOnly: false });
    return { log, store, close: closer(log, store, env, unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Opens the folder to look into it, beside the process that runs it. Whatever would write rejects. */
export async function openEmbeddedForReading(folder: string): Promise<Embedded> {
  const nothing = `There is no embedded installation in ${resolve(folder)}: start Dozor there once, or name another folder.`;
  if (!existsSync(join(folder, 'data.mdb'))) throw new Error(nothing);
  checkFiles(folder, 'r');
  const env = open({ path: folder, ...SETTINGS, readOnly: true });
  // The first start makes the databases one by one, and the store's last of all.
  if (env.openDB({ name: 'state', encoding: 'binary', keyEncoding: 'binary' }) === undefined) {
    await env.close();
    throw new Error(nothing);
  }
  const log = new LmdbLog(env, { now: Date.now, readOnly: true });
  const store = new LmdbStore(env, { readOnly: true });
  return { log, store, close: closer(log, store, env, () => undefined) };
}

const SETTINGS: RootDatabaseOptionsWithPath = {
  // A folder, even one with a dot in its name.
  noSubdir: false,
  // What can be read is then on disk, and a commit's promise is that of its flush.
  overlappingSync: false,
  // lmdb's own batches leave a promise behind that nobody can hear: a full disk would end the process.
  eventTurnBatching: false,
  compression: false,
};

function closer(log: Log, store: Store, env: RootDatabase, unlock: () => void): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async () => {
    await log.close();
    await store.close();
    await env.close();
    unlock();
  };
  return () => (closing ??= close());
}

// At byte 24 of every LMDB file.
const MAGIC = 0xbeefc0de;

/** Looks at what LMDB will open: where it fails, lmdb 3.5.6 does not throw, it crashes the process. */
function checkFiles(folder: string, mode: 'r' | 'r+'): void {
  const data = join(folder, 'data.mdb');
  const readers = join(folder, 'lock.mdb');
  // Only asked, never opened: closing it would drop the locks that LMDB may hold on it in this process.
  accessSync(existsSync(readers) ? readers : folder, constants.R_OK | constants.W_OK);
  if (!existsSync(data)) return;
  const file = openSync(data, mode);
  try {
    const head = Buffer.alloc(28);
    if (readSync(file, head) === 0 || head.readUInt32LE(24) === MAGIC) return;
  } finally {
    closeSync(file);
  }
  throw new Error(
    `${data} is no database, or a damaged one: restore the folder from a backup, or name another folder.`,
  );
}

/** Takes the folder's lock, or throws a FolderTakenError; returns what frees it. */
function lock(folder: string): () => void {
  const path = join(folder, 'dozor.lock');
  const me = `${process.pid} ${startOf(process.pid) ?? ''}`;
  take(path, folder, me);
  return () => {
    // Removed by hand, it may be another's by now.
    if (holderOf(path) === me) rmSync(path, { force: true });
  };
}

function take(path: string, folder: string, me: string): void {
  for (;;) {
    if (create(path, me)) return;
    const holder = holderOf(path);
    if (holder === undefined) continue;
    if (lives(holder)) throw taken(path, folder, holder);
    // Two may find the same dead holder. Only the one with the lock named after it may clear it away, and looks again first.
    const right = `${path}.after-${holder.slice(0, 80).replace(/\W+/g, '-')}`;
    take(right, folder, me);
    try {
      if (holderOf(path) === holder) rmSync(path);
    } finally {
      rmSync(right);
    }
  }
}

/** Makes the lock with its content in one step, so that nobody reads half of it; false where there is one. */
function create(path: string, me: string): boolean {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, me, { flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** What the lock says: the holder's pid and start. Undefined where it has just gone, empty where a power cut tore it. */
function holderOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function lives(holder: string): boolean {
  const [pid, started] = holder.split(' ');
  if (!/^[1-9]\d*$/.test(pid!)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // Not ours to signal, so it lives under another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const runs = startOf(Number(pid));
  return !started || runs === undefined || runs === started;
}

/** When the process with this pid started, as text that no other process shares; undefined where that cannot be known. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the last bracket may hold anything; state is the first field after it, the start the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // Killed, and only not yet collected by its parent.
    return fields[0] === 'Z' ? 'ended' : `${boot}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function taken(path: string, folder: string, holder: string): FolderTakenError {
  const pid = Number(holder.split(' ')[0]);
  return new FolderTakenError(
    `The folder ${folder} is in use by process ${pid}${pid === process.pid ? ', which is this one' : ''}. An embedded ` +
      'installation belongs to one process: stop that process first, or give this one another folder. ' +
      `If process ${pid} is certainly not Dozor, remove ${path}.`,
  );
}
