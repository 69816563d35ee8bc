/** `dozor users`, `dozor keys`, `dozor audit` on a folder of their own, beside nobody and beside who runs it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Access } from '../../pipelines/access/access.js';
import {
  addUser,
  listKeys,
  listTrail,
  listUsers,
  removeKey,
  resetUser,
  verifyTrail,
} from '../../pipelines/commands/access-commands.js';
import { openEmbedded } from '../../pipelines/io/embedded.js';
import { readConfig } from '../../pipelines/runtime/config.js';
import { CHEAP } from './door.js';

const folder = mkdtempSync(join(tmpdir(), 'dozor-access-'));
const config = readConfig({ DOZOR_DATA: folder });
afterAll(() => rmSync(folder, { recursive: true }));

const passwordOf = (lines: readonly string[]) => /shown once: (\S+)$/.exec(lines.at(-1)!)![1]!;

describe('at the machine', () => {
  it('an account is made, its password reset and shown once, and both stand in the trail', async () => {
    const made = await addUser(config, 'mira', 'admin');
    expect(await listUsers(config)).toEqual([expect.stringMatching(/^u-\w{10} {2}mira {2}admin {2}local$/)]);
    const reset = await resetUser(config, 'Mira');
    expect(passwordOf(reset)).not.toBe(passwordOf(made));
    const { log, store, close } = await openEmbedded(folder);
    const access = new Access({ owner: 'test', cost: CHEAP });
    access.attach(log, store);
    expect(await access.accounts.byPassword('mira', passwordOf(made))).toBeUndefined();
    expect((await access.accounts.byPassword('mira', passwordOf(reset)))?.role).toBe('admin');
    const { key } = await access.keys.create(
      { name: 'probes', role: 'ingest', expiresAt: Date.now() + 60_000 },
      'test',
    );
    await access.write({
      who: 'u-1',
      role: 'operator',
      what: 'x',
      subject: 'a\r\nb',
      outcome: 'done',
      reason: 'one\ntwo',
    });
    // Nobody else changes anything while it runs; looking is free.
    await expect(resetUser(config, 'mira')).rejects.toThrow('in use by process');
    await close();
    expect(await listKeys(config)).toEqual([expect.stringContaining(`${key.id}  probes  ingest  until`)]);
    expect(await removeKey(config, key.id)).toBe('the key probes is gone');
    expect(await listKeys(config)).toEqual([]);
  });

  it('the trail is listed a line each, whatever was typed, and is whole', async () => {
    const lines = await listTrail(config, 100);
    expect(lines.map((line) => line.split('  ')[2])).toEqual(['account.created', 'password.reset', 'x', 'key.removed']);
    expect(lines.join('')).not.toMatch(/[\r\n]/);
    const { ok, lines: said } = await verifyTrail(config, []);
    expect([ok, said[0]]).toEqual([true, '4 records in 4 chains, whole']);
    const [, head] = /^ {2}([0-9a-f]{64})/.exec(said.at(-1)!)!;
    expect((await verifyTrail(config, [head!])).ok).toBe(true);
    expect(await verifyTrail(config, ['0'.repeat(64)])).toMatchObject({
      ok: false,
      lines: [expect.stringContaining('is gone')],
    });
  });

  it('a role or login that there is not is refused in words', async () => {
    expect(() => addUser(config, 'wall', 'wall')).toThrow('there is no role wall');
    await expect(resetUser(config, 'nobody')).rejects.toThrow('no account with the login nobody');
  });
});
