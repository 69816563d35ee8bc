/** Files of TAP, NRTRDE and charging records, one after the other: their events, and whether all that there should be came. */
import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readChargingFile } from '../io/formats/charging-file.js';
import type { ChargingGiven } from '../io/formats/charging-record.js';
import type { FileFacts, FileReading, WireEvent } from '../io/formats/format.js';
import { readNrtrde } from '../io/formats/nrtrde.js';
import { readTap } from '../io/formats/tap.js';
import type { Sent } from './client.js';
import type { Account } from './import-account.js';
import { completed, gapAlarm, gapsOf, toldOf } from './import-completeness.js';
import type { Sender, ToldLine } from './import-sender.js';
import { type ImportState, writeImportState } from './import-state.js';

/** The formats whose files are read whole. */
export type BinaryFormat = 'tap' | 'nrtrde' | 'charging';

const READERS = { tap: readTap, nrtrde: readNrtrde, charging: readChargingFile } as const;
/** A packed file that unpacks to more is none of these. */
const UNPACKED_BYTES_MAX = 2 ** 31 - 1;

export interface FilesGiven {
  readonly format: BinaryFormat;
  readonly files: readonly string[];
  readonly reading: ChargingGiven;
  readonly sender: Sender;
  readonly account: Account;
  /** Told of bytes as they are done with. */
  readonly read: (bytes: number) => void;
  readonly state: ImportState;
  /** Where the state is kept; undefined: a dry run keeps nothing. */
  readonly folder: string | undefined;
}

/** Reads and sends the files. Returns what became of their events. */
export async function importBinary(given: FilesGiven): Promise<Sent> {
  const { files, account, sender, folder, reading, read: progress } = given;
  const total: Sent = { accepted: 0, duplicates: 0, rejected: 0 };
  const touched = new Set<string>();
  let { state } = given;
  const send = async (name: string, events: readonly WireEvent[], where: (i: number) => string, once: boolean) => {
    const sent = await sender.send(name, () => linesOf(events, where), { once });
    total.accepted += sent.accepted;
    total.duplicates += sent.duplicates;
    total.rejected += sent.rejected;
  };
  const save = () => {
    if (folder !== undefined) writeImportState(folder, state);
  };

  for (const file of files) {
    const read = readingOf(file, given);
    if (!read) continue;
    const done = completed(state, read, reading.element, Date.now());
    await send(file, [...read.events, ...done.ended], (i) => `event ${i + 1}`, false);
    // Only now: what was not sent must not count as read.
    state = done.state;
    save();
    if (done.series !== undefined) touched.add(done.series);
    for (const note of done.notes) account.count(file, 'note', true, note);
    account.say(`${file}: ${factsText(read)}`);
    progress(statSync(file).size);
  }

  for (const series of touched) {
    const gaps = gapsOf(state, series);
    // What an earlier run has told is no reason for another exit code.
    for (const { gap, words } of gaps) account.count(series, 'sequence', gap.told === true, words);
    const fresh = gaps.flatMap(({ gap }) => (gap.told ? [] : [gap]));
    if (fresh.length === 0) continue;
    if (reading.element !== undefined) {
      const alarms = fresh.map((gap) => gapAlarm(reading.element!, series, gap, 'alarm.reported'));
      await send(series, alarms, () => 'alarm', true);
    }
    state = toldOf(state, series);
    save();
  }
  return total;
}

/** What a file says; undefined where there are no bytes of it, which is told. */
function readingOf(file: string, { format, reading: by, account }: FilesGiven): FileReading | undefined {
  let bytes: Uint8Array;
  try {
    const raw = readFileSync(file);
    bytes = file.endsWith('.gz') ? gunzipSync(raw, { maxOutputLength: UNPACKED_BYTES_MAX }) : raw;
  } catch (error) {
    const why = `cannot be read: ${(error as Error).message}`;
    account.problem(file, { kind: 'unreadable', where: 'file', why });
    return undefined;
  }
  const reading: FileReading = READERS[format](bytes, by);
  for (const problem of reading.problems) account.problem(file, problem);
  account.more(file, reading.file.problemCount - reading.problems.length);
  return reading;
}

async function* linesOf(events: readonly WireEvent[], where: (i: number) => string): AsyncGenerator<ToldLine> {
  for (const [i, event] of events.entries()) yield { text: JSON.stringify(event), where: where(i) };
}

/** `tap AUTPT-SRBNO 42: 120 records, 118 events, passed over: 2 emergency call: free of charge`. */
function factsText({ file, events }: FileReading): string {
  const { format, sender, recipient, sequence, records, skipped }: FileFacts = file;
  const source = [sender, recipient].filter((part) => part !== undefined).join('-');
  const passed = Object.entries(skipped).map(([why, count]) => `${count} ${why}`);
  const usage = events.filter(({ type }) => type === 'usage.recorded').length;
  return [
    `${[format, source, sequence].filter((part) => part !== '' && part !== undefined).join(' ')}: ${records} records`,
    `${usage} of use`,
    ...(passed.length > 0 ? [`passed over: ${passed.join(', ')}`] : []),
  ].join(', ');
}
