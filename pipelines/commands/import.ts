/**
 * `dozor import`: files as operators have them into events. CSV by a mapping, NDJSON as it is, TAP, NRTRDE, charging files and
 * detail files of RADIUS by their formats. With `--dry-run` nothing is sent: it shows what would be decided, or writes the events.
 */
import { existsSync } from 'node:fs';
import type { Packs } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';
import type { ChargingGiven } from '../io/formats/charging-record.js';
import type { FindDestination } from '../io/formats/destinations.js';
import type { Identities } from '../io/formats/identities.js';
import { inventoryLines } from '../play/inventory.js';
import { loadMapping } from '../play/mapping.js';
import { Tally } from '../play/tally.js';
import type { Sent, Target } from './client.js';
import { Account } from './import-account.js';
import { importCmcd } from './import-cmcd.js';
import { importDetail } from './import-detail.js';
import { DecidingSender, WritingSender } from './import-dry.js';
import { importBinary } from './import-files.js';
import { DoorSender, type Sender, type ToldLine } from './import-sender.js';
import { readImportState, takeStateFolder } from './import-state.js';
import { progressOf } from './progress.js';
import { linesOf } from './replay.js';

export const IMPORT_FORMATS = ['csv', 'ndjson', 'tap', 'nrtrde', 'charging', 'radius-detail', 'cmcd'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** Who the subscribers of the files are. */
export interface Subscribers {
  readonly identities: Identities;
  /** Keys the hashes of subscribers, in the names of sessions. */
  readonly hashKey: Uint8Array;
}

export interface ImportOptions {
  readonly format: ImportFormat;
  readonly files: readonly string[];
  readonly packs: Packs;
  /** Where to: a door, or nowhere. `out`: the file that a dry run writes its events to. */
  readonly to: { readonly is: 'door'; readonly target: Target } | { readonly is: 'dry'; readonly out?: string };
  /** The mapping of CSV files. */
  readonly map?: string;
  readonly subscribers?: Subscribers;
  /** MCC and MNC of the operator's own networks, which charging files need. */
  readonly homeNetworks?: readonly string[];
  readonly destinationOf?: FindDestination;
  /** Whose element the alarms of missing and incomplete files are. */
  readonly element?: string;
  /** When the records became known; absent: as the files say. */
  readonly recordedAt?: Instant;
  /** Where positions and what files came are kept. */
  readonly stateFolder: string;
  readonly quiet?: boolean;
  /** Takes lines for standard output and for standard error. */
  readonly out?: (line: string) => void;
  readonly tell?: (line: string) => void;
}

const toOutput = (text: string) => void process.stdout.write(`${text}\n`);
const toError = (text: string) => void process.stderr.write(`${text}\n`);

/** Runs the import and returns the exit code: 0, or 1 where anything was bad or is missing. */
export async function importFiles(options: ImportOptions): Promise<0 | 1> {
  const { files, to, format, out = toOutput, tell = toError } = options;
  for (const file of files) {
    if (file !== '-' && !existsSync(file)) throw new Error(`cannot read ${file}: there is no such file`);
  }
  const giveBack = to.is === 'door' ? takeStateFolder(options.stateFolder) : () => undefined;
  const account = new Account(tell);
  const progress = await progressOf('importing', files, options.quiet ?? false);
  const refused = (name: string, where: string, why: string) =>
    account.count(name, 'rejected', false, where === '' ? why : `${where}: ${why}`);
  const sender =
    to.is === 'door'
      ? new DoorSender({ target: to.target, manner: mannerOf(options), folder: options.stateFolder, refused })
      : to.out === undefined
        ? new DecidingSender(options.packs, refused)
        : new WritingSender(to.out, refused, options.packs);
  let sent: Sent;
  let unread = 0;
  try {
    if (format === 'csv') ({ sent, unread } = await importCsv(options, sender));
    else if (format === 'ndjson') sent = await importLines(files, sender, account, progress.add);
    else if (format === 'cmcd') {
      const given = { files, identities: options.subscribers?.identities, sender, account, read: progress.add };
      sent = await importCmcd(given);
    } else sent = await importRecords({ ...options, format }, sender, account, progress.add);
  } finally {
    progress.stop();
    giveBack();
  }
  await sender.end(out);
  if (to.is === 'door')
    out(`${sent.accepted} events sent, ${sent.duplicates} known already, ${sent.rejected} rejected`);
  const summary = account.summary();
  if (summary !== undefined) tell(`told of: ${summary}`);
  return account.bad + unread + sent.rejected > 0 ? 1 : 0;
}

async function importRecords(
  options: ImportOptions & { readonly format: Exclude<ImportFormat, 'csv' | 'ndjson' | 'cmcd'> },
  sender: Sender,
  account: Account,
  read: (bytes: number) => void,
): Promise<Sent> {
  const { format, subscribers, homeNetworks, destinationOf, element, recordedAt, files, to } = options;
  if (!subscribers) throw new Error(`${format} files need --services: which service each identity is`);
  const { identities, hashKey } = subscribers;
  const reading: ChargingGiven = {
    resolve: (identity, at) => identities.resolve(identity, at),
    hashKey,
    ...(homeNetworks && { homeNetworks: new Set(homeNetworks) }),
    ...(destinationOf && { destinationOf }),
    ...(element !== undefined && { element }),
    ...(recordedAt !== undefined && { recordedAt }),
  };
  if (format === 'charging' && !homeNetworks) {
    throw new Error(
      'charging files need the own networks, or roaming is counted twice: homeNetworks of the rule pack, or --home-networks',
    );
  }
  const folder = to.is === 'door' ? options.stateFolder : undefined;
  const given = { files, reading, sender, account, read, state: readImportState(options.stateFolder), folder };
  const sent = await (format === 'radius-detail' ? importDetail(given) : importBinary({ ...given, format }));
  if (identities.conflicts > 0) {
    account.say(`${identities.conflicts} records name two services by two identities: neither was taken`);
  }
  return sent;
}

async function importCsv(options: ImportOptions, sender: Sender): Promise<{ sent: Sent; unread: number }> {
  const { files, map, subscribers, tell = toError } = options;
  if (map === undefined) throw new Error('csv files need --map: the mapping that says which column is what');
  const mapping = loadMapping(map);
  if (mapping.tables.some(({ identity }) => identity) && !subscribers) {
    throw new Error('this mapping asks for --services: which service each identity is');
  }
  let tally = new Tally();
  const resolve = subscribers?.identities.resolve.bind(subscribers.identities);
  const lines = async function* (): AsyncGenerator<ToldLine> {
    tally = new Tally();
    for await (const { event, file, line } of inventoryLines(files, mapping, tally, resolve)) {
      yield { text: JSON.stringify(event), where: `${file}:${line}` };
    }
  };
  const sent = await sender.send(files.length === 1 ? files[0]! : `${files.length} files`, lines);
  for (const line of tally.report()) tell(line);
  return { sent, unread: tally.problemCount };
}

async function importLines(
  files: readonly string[],
  sender: Sender,
  account: Account,
  read: (bytes: number) => void,
): Promise<Sent> {
  const total: Sent = { accepted: 0, duplicates: 0, rejected: 0 };
  for (const file of files) {
    const lines = async function* (): AsyncGenerator<ToldLine> {
      let number = 0;
      try {
        for await (const text of linesOf(file, { add: read, stop: () => undefined })) {
          number += 1;
          if (text.trim() !== '') yield { text, where: `line ${number}` };
        }
      } catch (error) {
        if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
        const why = `cannot be read to its end: ${(error as Error).message}`;
        account.problem(file, { kind: 'unreadable', where: `after line ${number}`, why });
      }
    };
    // What comes in by a pipe cannot be read twice.
    const sent = await sender.send(file, lines, { once: file === '-' });
    total.accepted += sent.accepted;
    total.duplicates += sent.duplicates;
    total.rejected += sent.rejected;
  }
  return total;
}

/** What, beside the file, the lines hang on. */
export function mannerOf({ format, map, files }: Pick<ImportOptions, 'format' | 'map' | 'files'>): string {
  return JSON.stringify([format, map ?? '', format === 'csv' ? files : []]);
}
