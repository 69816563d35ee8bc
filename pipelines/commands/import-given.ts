/** What `dozor import` is told on its command line, made ready: packs, identities, networks, destinations. */
import { join } from 'node:path';
import { readDestinations } from '../io/formats/destinations.js';
import { hashedIdentity, identityRows, readIdentities } from '../io/formats/identities.js';
import type { Config } from '../runtime/config.js';
import { identityKeyOf } from '../runtime/identity-key.js';
import { loadPacks, OWN_PACKS } from '../runtime/packs.js';
import type { ImportFormat, ImportOptions, Subscribers } from './import.js';

export interface ImportFlags {
  readonly format: ImportFormat;
  readonly map?: string;
  readonly services?: string;
  readonly operator?: string;
  readonly homeNetworks?: string;
  readonly destinations?: string;
  readonly element?: string;
  readonly key?: string;
  readonly state?: string;
  readonly recordedAt?: number;
  readonly quiet?: boolean;
}

/** The options of an import but for its files and where they go. Throws where something is missing or cannot be read. */
export async function importGiven(flags: ImportFlags, config: Config): Promise<Omit<ImportOptions, 'files' | 'to'>> {
  const { format, operator, element, recordedAt, quiet, destinations, map } = flags;
  const packs = loadPacks([OWN_PACKS, ...config.packFolders]);
  const byRecords = format !== 'csv' && format !== 'ndjson' && format !== 'cmcd';
  // Records have no columns to map: what maps them is the list of identities.
  const services = flags.services ?? (byRecords ? map : undefined);
  if (byRecords && operator === undefined)
    throw new Error(`${format} files need --operator: whose subscribers they are`);
  if (byRecords && services === undefined)
    throw new Error(`${format} files need --services: which service each identity is`);
  const pack = operator === undefined ? undefined : packs.operators().get(operator);
  if (operator !== undefined && !pack) {
    throw new Error(`no such operator: ${operator}; there are ${[...packs.operators().keys()].join(', ')}`);
  }
  const homeNetworks = flags.homeNetworks === undefined ? pack?.homeNetworks : networksOf(flags.homeNetworks);
  return {
    format,
    packs,
    stateFolder: flags.state ?? join(config.dataFolder, 'imports'),
    ...(format === 'csv' && map !== undefined && { map }),
    ...(services !== undefined && { subscribers: await subscribersOf(services, flags.key, config) }),
    ...(homeNetworks && { homeNetworks }),
    ...(destinations !== undefined && { destinationOf: readDestinations(destinations) }),
    ...(element !== undefined && { element }),
    ...(recordedAt !== undefined && { recordedAt }),
    ...(quiet !== undefined && { quiet }),
  };
}

async function subscribersOf(services: string, key: string | undefined, config: Config): Promise<Subscribers> {
  const hashKey = hashKeyOf(key, config);
  return { hashKey, identities: await readIdentities(services, hashKey) };
}

function hashKeyOf(file: string | undefined, config: Config): Uint8Array {
  const { key, made } = identityKeyOf(file === undefined ? config : { ...config, identityKeyFile: file });
  if (made !== undefined) {
    const words = 'keep it, and give it to all that imports for this installation (--key)';
    process.stderr.write(`made the identity key ${made}: ${words}\n`);
  }
  return key;
}

function networksOf(list: string): readonly string[] {
  const networks = list
    .split(',')
    .map((network) => network.trim())
    .filter(Boolean);
  const bad = networks.find((network) => !/^\d{5,6}$/.test(network));
  if (bad !== undefined || networks.length === 0) {
    throw new Error('--home-networks should be MCC and MNC of 5 or 6 digits, separated by commas, such as 22005');
  }
  return networks;
}

/** Writes a list of identities in hashed form. Returns the exit code: 1 where an identity does not say of what kind it is. */
export async function hashIdentities(
  file: string,
  key: string | undefined,
  config: Config,
  out: (line: string) => void,
): Promise<0 | 1> {
  const hashKey = hashKeyOf(key, config);
  let bad = 0;
  out('identity,serviceId,from,to');
  for await (const { line, identity, service, from, to } of identityRows(file)) {
    const hashed = hashedIdentity(hashKey, identity);
    if (hashed !== undefined) out([hashed, service, from, to].map(cell).join(','));
    else {
      bad += 1;
      process.stderr.write(`${file}:${line}: column identity: must begin with imsi:, msisdn:, user: or station:\n`);
    }
  }
  return bad > 0 ? 1 : 0;
}

function cell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
