/**
 * Logs of servers with what players say of themselves (CMCD): all files together are one set of requests, for a session goes on
 * where a log is cut. Whose service a session is stands in the lines (`service`), as its opaque id, or as an identity that the
 * list of the caller knows.
 */
import { statSync } from 'node:fs';
import { CmcdSessions } from '../io/formats/cmcd-sessions.js';
import type { Identities } from '../io/formats/identities.js';
import type { Sent } from './client.js';
import type { Account } from './import-account.js';
import type { Sender, ToldLine } from './import-sender.js';
import { linesOf } from './replay.js';

export interface CmcdFilesGiven {
  readonly files: readonly string[];
  /** Absent: the lines have opaque ids. */
  readonly identities?: Identities | undefined;
  readonly sender: Sender;
  readonly account: Account;
  /** Told of bytes as they are done with. */
  readonly read: (bytes: number) => void;
}

/** Reads and sends the sessions of the files. Returns what became of them. */
export async function importCmcd({ files, identities, sender, account, read }: CmcdFilesGiven): Promise<Sent> {
  const name = files.length === 1 ? files[0]! : `${files.length} files`;
  const sessions = new CmcdSessions(
    identities && {
      serviceOf: ({ said: { service }, at }) =>
        service === undefined ? undefined : identities.resolve({ userName: service }, at),
    },
  );
  for (const file of files) {
    for await (const line of linesOf(file)) sessions.take(line);
    if (file !== '-') read(statSync(file).size);
  }
  const { events, problems, problemCount, counts } = sessions.reading();
  for (const problem of problems) account.problem(name, problem);
  account.more(name, problemCount - problems.length);
  account.say(`${name}: ${counts.requests} requests of ${counts.sessions} sessions, ${counts.without} lines without`);
  const lines = async function* (): AsyncGenerator<ToldLine> {
    for (const event of events) yield { text: JSON.stringify(event), where: `session ${event.id}` };
  };
  return sender.send(name, lines, { once: files.includes('-') });
}
