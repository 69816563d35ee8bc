/** Who may send RADIUS accounting, and what the settings ask for: everything that is wrong at once, and no secret told. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { RadiusClients } from '../../../pipelines/io/radius-clients.js';
import { checkConfig, readConfig } from '../../../pipelines/runtime/config.js';
import { identityKeyOf, makeIdentityKey } from '../../../pipelines/runtime/identity-key.js';
import { folderOf } from '../commands/import-door.js';

const folder = folderOf('radius-settings');
afterAll(() => folder.forget());
const put = (name: string, text: string) => {
  writeFileSync(folder.path(name), text);
  return folder.path(name);
};
const list = (text: string) => RadiusClients.read(put('clients.csv', `address,secretFile\n${text}`));
const secretOf = (clients: RadiusClients, address: string) => Buffer.from(clients.secretOf(address) ?? '').toString();

describe('access servers', () => {
  put('wide.secret', 'sixteen letters and more\n');
  put('narrow.secret', 'another sixteen letters and more');
  put('short.secret', 'short');

  it('are known by address or network, the narrowest first', () => {
    const clients = list('10.0.0.0/8,wide.secret\n10.1.2.3,narrow.secret\n2001:db8::/32,narrow.secret\n');
    expect(secretOf(clients, '10.9.9.9')).toBe('sixteen letters and more');
    expect(secretOf(clients, '10.1.2.3')).toBe('another sixteen letters and more');
    expect(secretOf(clients, '2001:db8::7')).toBe('another sixteen letters and more');
    expect(clients.secretOf('11.0.0.1')).toBeUndefined();
    expect(clients.secretOf('2001:db9::7')).toBeUndefined();
  });

  it('that are wrong are told together', () => {
    const wrong = ['10.0.0.0/33,wide.secret', 'bras-1,wide.secret', '10.0.0.1,none.secret', '10.0.0.1,short.secret'];
    expect(() => list(wrong.join('\n'))).toThrow(
      /row 2: column address.*\n.*row 3: column address.*\n.*row 4: column secretFile: cannot be read: ENOENT\n.*row 5: .*16 characters/,
    );
    expect(() => list('')).toThrow('it names nobody');
    expect(() => RadiusClients.read(folder.path('nowhere.csv'))).toThrow('cannot be read');
  });
});

describe('the settings', () => {
  const services = put('services.csv', 'identity,serviceId\n');
  const clients = put('clients.csv', '10.0.0.1,wide.secret\n');
  const env = { DOZOR_RADIUS_PORT: '1813', DOZOR_RADIUS_CLIENTS: clients, DOZOR_RADIUS_SERVICES: services };

  it('without a port nothing is heard', () => {
    expect(readConfig({}).radius).toBeUndefined();
  });

  it('with a port need the lists, a live clock, the role door and, on Kafka and Redis, a key that all share', () => {
    expect(readConfig(env).radius).toEqual({
      host: '127.0.0.1',
      port: 1813,
      clientsFile: clients,
      servicesFile: services,
      silenceMinutes: 120,
    });
    expect(checkConfig({ DOZOR_RADIUS_PORT: '1813' })).toEqual([
      'DOZOR_RADIUS_CLIENTS is missing: DOZOR_RADIUS_PORT asks for it',
      'DOZOR_RADIUS_SERVICES is missing: DOZOR_RADIUS_PORT asks for it',
    ]);
    expect(checkConfig({ ...env, DOZOR_CLOCK: 'events' })).toEqual([expect.stringContaining('needs DOZOR_CLOCK=live')]);
    const clustered = {
      KAFKA_BROKERS: 'a:1',
      REDIS_URL: 'redis://a',
      DOZOR_SEAL_KEY_FILE: services,
      DOZOR_ROLES: 'service',
    };
    expect(checkConfig({ ...env, ...clustered })).toEqual([
      expect.stringContaining('needs the role door'),
      expect.stringContaining('DOZOR_IDENTITY_KEY_FILE is missing'),
    ]);
  });
});

describe('the identity key', () => {
  it('is made once in the data folder, for its owner alone, and stays', () => {
    const config = readConfig({ DOZOR_DATA: folder.path('data') });
    const first = identityKeyOf(config);
    expect(first.made).toBe(folder.path('data/keys/identity.key'));
    expect(statSync(first.made!).mode & 0o777).toBe(0o600);
    expect(first.key).toHaveLength(64);
    const again = identityKeyOf(config);
    expect(again).toEqual({ key: first.key });
    expect(() => makeIdentityKey(first.made!)).toThrow('is there already');
    expect(readFileSync(first.made!, 'utf8').trim()).toBe(Buffer.from(first.key).toString());
  });

  it('that is too short to be one is refused', () => {
    const config = readConfig({ DOZOR_IDENTITY_KEY_FILE: put('bad.key', 'short') });
    expect(() => identityKeyOf(config)).toThrow('16 characters or more');
  });
});
