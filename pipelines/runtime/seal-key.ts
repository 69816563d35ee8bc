/** The key that seals rejected events. Its other half, which only `dead-letters` reads, is made with it and kept apart. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.js';
import type { Sealer } from './intake.js';
import { makeSealKeys, seal } from './seal.js';

const PUBLIC = 'dead-letters.pub.pem';
const PRIVATE = 'dead-letters.key.pem';

/** Seals with the key that the settings name; without one, with a pair made in the data folder at the first start. */
export function sealerOf(config: Config): Sealer {
  const file = config.sealKeyFile ?? ownKey(join(config.dataFolder, 'keys'));
  const publicKey = readFileSync(file, 'utf8');
  return (bytes) => seal(publicKey, bytes);
}

function ownKey(folder: string): string {
  const file = join(folder, PUBLIC);
  if (!existsSync(file)) makeKeyPair(folder);
  return file;
}

/** Makes a pair in a folder and returns its files; refuses to write over one. */
export function makeKeyPair(folder: string): { readonly publicFile: string; readonly privateFile: string } {
  const publicFile = join(folder, PUBLIC);
  const privateFile = join(folder, PRIVATE);
  for (const file of [publicFile, privateFile]) {
    if (existsSync(file))
      throw new Error(`${file} is there already: what it sealed could never be read again without it`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { publicKeyPem, privateKeyPem } = makeSealKeys();
  writeFileSync(privateFile, privateKeyPem, { mode: 0o600 });
  chmodSync(privateFile, 0o600);
  writeFileSync(publicFile, publicKeyPem);
  return { publicFile, privateFile };
}
