/**
 * Detail files of a RADIUS server. Their counters are of the whole session so far, so use is the difference to what was told
 * before: sessions go on from file to file, and from run to run by the state that `import` keeps. Files are to be given in the
 * order in which they were written.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DAY, HOUR, type Instant, MINUTE } from '../domain/units.js';
import type { FileProblem } from '../io/formats/format.js';
import type { RadiusGiven } from '../io/formats/radius.js';
import { detailRecords } from '../io/formats/radius-detail.js';
import { RadiusSessions, type Taken } from '../io/formats/radius-sessions.js';
import type { Sent } from './client.js';
import type { Account } from './import-account.js';
import type { Sender, ToldLine } from './import-sender.js';
import { type ImportState, writeImportState } from './import-state.js';

/** By the times in the files: after so long without a word of a session its stop is taken to be lost. */
const SILENCE_MAX = 25 * HOUR;
/** How long a session that is over is remembered; longer, where it may still speak. */
const CLOSED_FOR = 2 * DAY;
const UNSETTLED_FOR = 31 * DAY;
/** So long a file is known again. What is older the door refuses. */
const KNOWN_FOR = 400 * DAY;
/** How often, by those times, sessions are looked at for silence. */
const LOOK_EVERY = 10 * MINUTE;

export interface DetailGiven {
  readonly files: readonly string[];
  readonly reading: Pick<RadiusGiven, 'resolve' | 'hashKey'>;
  readonly sender: Sender;
  readonly account: Account;
  /** Told of bytes as they are done with. */
  readonly read: (bytes: number) => void;
  readonly state: ImportState;
  /** Where the state is kept; undefined: a dry run keeps nothing. */
  readonly folder: string | undefined;
}

/** Reads and sends the files. Returns what became of their events. */
export async function importDetail(given: DetailGiven): Promise<Sent> {
  const { files, sender, account, folder } = given;
  const total: Sent = { accepted: 0, duplicates: 0, rejected: 0 };
  let { sessions, details } = given.state;
  for (const file of files) {
    // Read again long after, its sessions are forgotten: what went on before it would count once more.
    const content = await contentHash(file);
    if (content !== undefined && Object.hasOwn(details, content)) {
      account.count(file, 'note', true, 'was read before: nothing of it is new');
      continue;
    }
    let reading: Reading | undefined;
    // Begun anew where the sender asks: always with the sessions as they were before the file.
    const sent = await sender.send(file, () => {
      reading = new Reading(file, sessions, given.reading);
      return reading.lines();
    });
    total.accepted += sent.accepted;
    total.duplicates += sent.duplicates;
    total.rejected += sent.rejected;
    const { problems, records, events, clock } = reading!;
    for (const problem of problems) account.problem(file, problem);
    account.say(`${file}: ${records} records, ${events} of use`);
    given.read(statSync(file).size);
    sessions = reading!.sessions();
    if (
      content !== undefined &&
      clock !== undefined &&
      sent.rejected === 0 &&
      problems.every(({ kind }) => kind === 'note')
    ) {
      const known = Object.entries(details).filter(([, at]) => at > clock - KNOWN_FOR);
      details = Object.fromEntries([...known, [content, clock]]);
    }
    if (folder !== undefined) writeImportState(folder, { ...given.state, sessions, details });
  }
  return total;
}

/** One file, from its beginning. */
class Reading {
  readonly #file: string;
  readonly #sessions: RadiusSessions;
  readonly problems: FileProblem[] = [];
  records = 0;
  events = 0;
  /** The latest time in it so far. */
  clock: Instant | undefined;

  constructor(file: string, sessions: ImportState['sessions'], reading: Pick<RadiusGiven, 'resolve' | 'hashKey'>) {
    this.#file = file;
    this.#sessions = new RadiusSessions(
      { ...reading, silenceMax: SILENCE_MAX, closedFor: CLOSED_FOR, unsettledFor: UNSETTLED_FOR },
      sessions,
    );
  }

  sessions(): ImportState['sessions'] {
    return [...this.#sessions.all];
  }

  async *lines(): AsyncGenerator<ToldLine> {
    let looked: Instant | undefined;
    try {
      for await (const record of detailRecords(bytesOf(this.#file))) {
        this.records += 1;
        const where = `line ${record.line}`;
        if (!record.ok) {
          const { field, why } = record;
          this.problems.push({ kind: 'bad-record', where, ...(field !== undefined && { field }), why });
          continue;
        }
        const clock = Math.max(this.clock ?? record.at, record.at);
        this.clock = clock;
        looked ??= clock;
        if (clock - looked >= LOOK_EVERY) {
          looked = clock;
          this.#tell(this.#sessions.tick(clock), where);
        }
        const taken = this.#sessions.take(record.request, record.at);
        if (!taken) {
          this.problems.push({ kind: 'lost', where, why: 'there are too many sessions at a time' });
          continue;
        }
        this.#tell(taken, where);
        for (const event of taken.events) {
          this.events += 1;
          yield { text: JSON.stringify(event), where };
        }
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      this.problems.push({ kind: 'unreadable', where: 'file', why: `cannot be read: ${message}` });
    }
  }

  #tell({ problems }: Taken, where: string): void {
    for (const { kind, why, where: session, ...field } of problems) {
      // A lost stop is no fault of the file: what was counted stands.
      this.problems.push({ kind: kind === 'lost' ? 'note' : kind, where, ...field, why: `${session}: ${why}` });
    }
  }
}

/** What a file says, as a hash; undefined where it cannot be read to its end. */
async function contentHash(file: string): Promise<string | undefined> {
  const sum = createHash('sha256');
  try {
    for await (const chunk of bytesOf(file)) sum.update(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
  return sum.digest('hex');
}

function bytesOf(file: string): AsyncIterable<Uint8Array> {
  const raw = createReadStream(file);
  // The callback is empty because the reader gets the error as well.
  return file.endsWith('.gz') ? pipeline(raw, createGunzip(), () => undefined) : raw;
}
