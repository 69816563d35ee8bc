/** How commands speak to a running installation: its HTTP door, with the token that it left for its own machine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LineAnswer } from '../http/ports.js';
import { progressOf } from './progress.js';
import { linesOf } from './replay.js';

/** The file in the data folder with the token for commands on the same machine. Only its owner can read it. */
export const LOCAL_TOKEN = 'local.token';

export interface Target {
  readonly url: string;
  readonly token: string;
}

/** Where to send to: the address, and the token as given or as the data folder has it. */
export function targetOf(given: {
  readonly url: string;
  readonly token?: string;
  readonly dataFolder: string;
}): Target {
  const file = join(given.dataFolder, LOCAL_TOKEN);
  const token = given.token ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : '');
  return { url: given.url.replace(/\/$/, ''), token };
}

export interface Sent {
  accepted: number;
  duplicates: number;
  rejected: number;
}

const CHUNK_LINES = 500;

/** Sends lines in chunks, each answered by line before the next goes. Says of each rejected line why. */
export async function sendLines(
  lines: AsyncIterable<string> | Iterable<string>,
  target: Target,
  refused: (answer: LineAnswer) => void,
): Promise<Sent> {
  const sent: Sent = { accepted: 0, duplicates: 0, rejected: 0 };
  let chunk: string[] = [];
  let first = 1;
  const flush = async () => {
    if (chunk.length === 0) return;
    for (const answer of await post(chunk, target)) {
      if (answer.status === 'accepted') sent.accepted += 1;
      else if (answer.status === 'duplicate') sent.duplicates += 1;
      else {
        sent.rejected += 1;
        refused({ ...answer, line: first + answer.line - 1 });
      }
    }
    first += chunk.length;
    chunk = [];
  };
  for await (const line of lines) {
    chunk.push(line);
    if (chunk.length >= CHUNK_LINES) await flush();
  }
  await flush();
  return sent;
}

async function post(lines: readonly string[], target: Target): Promise<readonly LineAnswer[]> {
  const response = await ask(target, '/v1/events', 'application/x-ndjson', `${lines.join('\n')}\n`);
  const answers = (await response.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LineAnswer & { summary?: { error?: string } });
  const failure = answers.find((answer) => answer.summary?.error !== undefined)?.summary?.error;
  // What was not answered was not taken: sent again, the door knows what it has.
  if (failure)
    throw new Error(`${target.url} stopped half way: ${failure}. Send the file again; what arrived counts once.`);
  return answers.filter((answer) => answer.summary === undefined);
}

/** Posts, and turns every failure into words that say what to do. */
async function ask(target: Target, path: string, type: string, body: string): Promise<Response> {
  const headers = { 'content-type': type, authorization: `Bearer ${target.token}` };
  let response: Response;
  try {
    response = await fetch(target.url + path, { method: 'POST', headers, body });
  } catch {
    throw new Error(`no Dozor answers at ${target.url}: start it with 'npm start', or name another address with --url`);
  }
  if (response.ok) return response;
  const text = await response.text();
  if (response.status === 401)
    throw new Error(`${target.url} does not know the token: give one with --token, or the data folder with --data`);
  throw new Error(`${target.url}${path} answered ${response.status}: ${text.slice(0, 500)}`);
}

/** Moves the clock of an installation whose clock the events move. */
export async function moveClock(target: Target, until: string): Promise<void> {
  await ask(target, '/v1/clock', 'application/json', JSON.stringify({ until }));
}

/** Sends files; returns what became of their lines. */
export async function sendFiles(files: readonly string[], target: Target, quiet: boolean): Promise<Sent> {
  const total: Sent = { accepted: 0, duplicates: 0, rejected: 0 };
  const progress = await progressOf('sending', files, quiet);
  for (const file of files) {
    const sent = await sendLines(linesOf(file, progress), target, ({ line, message, reason, field }) => {
      process.stderr.write(`${file}:${line}: ${message} (${reason}${field ? `, ${field}` : ''})\n`);
    });
    total.accepted += sent.accepted;
    total.duplicates += sent.duplicates;
    total.rejected += sent.rejected;
  }
  progress.stop();
  return total;
}
