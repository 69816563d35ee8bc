/**
 * The key under which identities of subscribers are hashed: in the names of sessions, in problems, and in the operator's list of
 * identities. All that imports or listens for one installation must have the same one, for ever: by another key the TAP record
 * of a call would not replace its NRTRDE record.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from './config.js';

const OWN = 'identity.key';
const LENGTH_MIN = 16;
const MADE_BYTES = 32;

/** The key's bytes: the text of its file. `made` names the file where it was made now. */
export interface IdentityKey {
  readonly key: Uint8Array;
  readonly made?: string;
}

/** The key that the settings name; without one, one made in the data folder at the first need. */
export function identityKeyOf({ identityKeyFile, dataFolder, clustered }: Config): IdentityKey {
  if (identityKeyFile !== undefined) return { key: readKey(identityKeyFile) };
  if (clustered) {
    throw new Error(
      "DOZOR_IDENTITY_KEY_FILE is missing: all processes share one key for identities; 'dozor identity-key FILE' makes it",
    );
  }
  const file = join(dataFolder, 'keys', OWN);
  if (existsSync(file)) return { key: readKey(file) };
  return { key: makeIdentityKey(file), made: file };
}

/** Makes a key in a file that only its owner can read; refuses to write over one. Returns its bytes. */
export function makeIdentityKey(file: string): Uint8Array {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const text = randomBytes(MADE_BYTES).toString('hex');
  try {
    writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`${file} is there already: sessions named by it could not be told from others without it`);
  }
  return new TextEncoder().encode(text);
}

function readKey(file: string): Uint8Array {
  const text = readFileSync(file, 'utf8').trim();
  if (text.length < LENGTH_MIN) throw new Error(`the identity key ${file} must have ${LENGTH_MIN} characters or more`);
  return new TextEncoder().encode(text);
}
