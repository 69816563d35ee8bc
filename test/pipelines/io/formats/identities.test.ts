/** Which service an identity is: every form it may be written in, and that nothing of it is ever told. */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { hashedIdentity, identityHash, readIdentities } from '../../../../pipelines/io/formats/identities.js';
import { folderOf } from '../../commands/import-door.js';
import { HASH_KEY, IMSI, MSISDN } from './writers.js';

const folder = folderOf('identities');
afterAll(() => folder.forget());
const AT = Date.parse('2026-06-12T10:00:00Z');
let files = 0;

function read(text: string | Uint8Array, name = `list-${(files += 1)}.csv`) {
  writeFileSync(folder.path(name), text);
  return readIdentities(folder.path(name), HASH_KEY);
}

describe('a list of identities', () => {
  it.each([
    ['imsi:', `imsi:${IMSI}`, { imsi: IMSI }],
    ['digits alone, of an IMSI', IMSI, { imsi: IMSI }],
    ['digits alone, of a number', MSISDN, { msisdn: MSISDN }],
    [
      'a number with plus and blanks',
      `"+${MSISDN.slice(0, 3)} ${MSISDN.slice(3, 6)}-${MSISDN.slice(6)}"`,
      { msisdn: MSISDN },
    ],
    ['a number with 00', `msisdn:00${MSISDN}`, { msisdn: MSISDN }],
    ['the number of a calling station', MSISDN, { callingStationId: `+${MSISDN}` }],
    ['a user', 'user:made-up@example', { userName: 'made-up@example' }],
    ['other text alone', 'AA-BB-CC-DD-EE-FF', { callingStationId: 'AA-BB-CC-DD-EE-FF' }],
    ['a keyed hash', `hash:${identityHash(HASH_KEY, `imsi:${IMSI}`)}`, { imsi: IMSI, msisdn: '1' }],
    ['a keyed hash of a user', hashedIdentity(HASH_KEY, 'user:made-up@example')!, { userName: 'made-up@example' }],
  ])('%s', async (_, written, identity) => {
    const identities = await read(`identity,serviceId\n${written},svc-1\n`);
    expect(identities.resolve(identity, AT)).toBe('svc-1');
    expect(identities.resolve({ imsi: '001010000000000', userName: 'nobody' }, AT)).toBeUndefined();
  });

  it('may have no header, other columns, a byte order mark, and be packed', async () => {
    const asked = { imsi: IMSI };
    expect((await read(`${IMSI},svc-1\n`)).resolve(asked, AT)).toBe('svc-1');
    expect((await read(`service_id,note,identity\r\nsvc-1,x,${IMSI}\r\n`)).resolve(asked, AT)).toBe('svc-1');
    expect((await read(`\uFEFFidentity,serviceId\n${IMSI},svc-1`)).resolve(asked, AT)).toBe('svc-1');
    expect((await read(gzipSync(`identity,serviceId\n${IMSI},svc-1\n`), 'list.csv.gz')).resolve(asked, AT)).toBe(
      'svc-1',
    );
  });

  it('a number that was given to another belongs to whoever had it then', async () => {
    const identities = await read(
      `identity,serviceId,from,to\n${MSISDN},svc-old,,2026-06-12T00:00:00+02:00\n${MSISDN},svc-new,2026-06-12T00:00:00+02:00,\n`,
    );
    const change = Date.parse('2026-06-12T00:00:00+02:00');
    expect(identities.resolve({ msisdn: MSISDN }, change - 1)).toBe('svc-old');
    expect(identities.resolve({ msisdn: MSISDN }, change)).toBe('svc-new');
  });

  it('two identities of one record that name two services name none, and that is counted', async () => {
    const identities = await read(`imsi:${IMSI},svc-1\nmsisdn:${MSISDN},svc-2\n`);
    expect(identities.resolve({ imsi: IMSI, msisdn: MSISDN }, AT)).toBeUndefined();
    expect(identities.conflicts).toBe(1);
    expect(identities.resolve({ imsi: IMSI }, AT)).toBe('svc-1');
  });

  it.each([
    ['a service that is a phone number', `${IMSI},381601234567`, 'line 1: column serviceId: looks like a phone number'],
    ['a service that is the identity', 'user:x,user:x', 'line 1: column serviceId: looks like'],
    ['no service', `${IMSI},`, 'line 1: column serviceId: is empty'],
    ['no identity', `${IMSI},svc-1\n,svc-2`, 'line 2: column identity: is empty'],
    ['an IMSI that is none', `imsi:12x,svc-1`, 'line 1: column identity'],
    ['a hash that is none', `hash:abc,svc-1`, 'line 1: column identity'],
    ['two services', `${IMSI},svc-1\n${IMSI},svc-2`, 'line 2: its identity has another service for the same time'],
    [
      'overlapping times',
      `${IMSI},svc-1,,2026-02-01T00:00:00Z\n${IMSI},svc-2,2026-01-01T00:00:00Z,`,
      'line 2: its identity',
    ],
    ['a time without an offset', `${IMSI},svc-1,2026-01-01,`, 'line 1: column from: is no RFC 3339 time'],
    [
      'an end before the begin',
      `${IMSI},svc-1,2026-02-01T00:00:00Z,2026-01-01T00:00:00Z`,
      'column to: is not after from',
    ],
    ['an open quote', `"${IMSI},svc-1\n${MSISDN},svc-2`, 'is no CSV'],
    ['a stray quote', `${IMSI}",svc-1`, 'is no CSV'],
  ])('%s: the list is refused by line, and nothing of it is told', async (_, text, why) => {
    const error = await read(text).then(
      () => undefined,
      (found: Error) => found,
    );
    expect(error?.message).toContain(why);
    for (const secret of [IMSI, MSISDN, '381601234567']) expect(error?.message).not.toContain(secret);
  });

  it('that is not there, or cut off where it is packed, is an error with its name', async () => {
    await expect(readIdentities(folder.path('none.csv'), HASH_KEY)).rejects.toThrow(
      /none\.csv cannot be read: there is no/,
    );
    const packed = gzipSync(`identity,serviceId\n${IMSI},svc-1\n`);
    await expect(read(packed.subarray(0, 30), 'cut.csv.gz')).rejects.toThrow(/cut\.csv\.gz cannot be read/);
  });

  it('only an identity that says of what kind it is can be hashed', () => {
    expect(hashedIdentity(HASH_KEY, `imsi:${IMSI}`)).toBe(`hash:${identityHash(HASH_KEY, `imsi:${IMSI}`)}`);
    expect(hashedIdentity(HASH_KEY, `msisdn:+${MSISDN}`)).toBe(`hash:${identityHash(HASH_KEY, `msisdn:${MSISDN}`)}`);
    expect(hashedIdentity(HASH_KEY, IMSI)).toBeUndefined();
    expect(hashedIdentity(HASH_KEY, 'someone')).toBeUndefined();
  });
});
