/**
 * The access servers that may send RADIUS accounting, and the secret that each shares with us: a CSV file, `address,secretFile`.
 * An address may be a network, such as 10.0.0.0/24; of several that hold a sender the narrowest counts.
 */
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { dirname, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';

/** A shorter secret is soon guessed (RFC 2865, 3 asks for 16 or more). */
const SECRET_LENGTH_MIN = 16;

interface Client {
  readonly holds: BlockList;
  readonly prefix: number;
  readonly secret: Uint8Array;
}

export class RadiusClients {
  readonly #clients: readonly Client[];

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
  }

  /** Reads the list and the secrets; a secret's file is sought beside the list. Throws one error with all that is wrong. */
  static read(file: string): RadiusClients {
    const problems: string[] = [];
    const clients: Client[] = [];
    for (const [i, [address = '', secretFile = '']] of rowsOf(file).entries()) {
      if (i === 0 && address === 'address') continue;
      const where = `row ${i + 1}`;
      const network = networkOf(address);
      if (!network) {
        problems.push(`${where}: column address: should be an IP address or a network such as 10.0.0.0/24`);
        continue;
      }
      let secret: string;
      try {
        secret = readFileSync(resolve(dirname(file), secretFile), 'utf8').trim();
      } catch (error) {
        problems.push(`${where}: column secretFile: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
        continue;
      }
      if (secret.length < SECRET_LENGTH_MIN) {
        problems.push(`${where}: column secretFile: the secret should have ${SECRET_LENGTH_MIN} characters or more`);
      }
      clients.push({ ...network, secret: new TextEncoder().encode(secret) });
    }
    if (clients.length === 0 && problems.length === 0) problems.push('it names nobody');
    if (problems.length > 0)
      throw new Error(`the access servers in ${file} cannot be used:\n  ${problems.join('\n  ')}`);
    return new RadiusClients(clients.sort((a, b) => b.prefix - a.prefix));
  }

  /** The secret shared with a sender; undefined: it may not send. */
  secretOf(address: string): Uint8Array | undefined {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return this.#clients.find(({ holds }) => holds.check(address, family))?.secret;
  }
}

function rowsOf(file: string): readonly (readonly string[])[] {
  try {
    return parse(readFileSync(file), { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  } catch (error) {
    throw new Error(`the access servers in ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** `prefix` counts bits, of both families so that the narrower network has more. */
function networkOf(text: string): { readonly holds: BlockList; readonly prefix: number } | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return undefined;
  const bits = family === 6 ? 128 : 32;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= bits)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  const holds = new BlockList();
  holds.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  return { holds, prefix: prefix + 128 - bits };
}
