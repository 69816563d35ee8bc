/**
 * The compose files: they are YAML, name only settings and roles that there are, pin every version, publish nothing beyond this
 * machine, and find every secret that they name made by the scripts. Their content is looked at line by line: no YAML reader is
 * among our packages. `docker compose -f docker/compose.yaml config` asks the rest, where a client is at hand.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readNoticeSettings } from '../../alerts/settings.js';
import { DESK_TOPICS } from '../../pipelines/commands/alarm-desk.js';
import { Tokens } from '../../pipelines/http/tokens.js';
import { ROLES, SETTINGS } from '../../pipelines/runtime/config.js';
import { seal, unseal } from '../../pipelines/runtime/seal.js';
import { TOPICS } from '../../pipelines/runtime/topics.js';

const FILES = ['docker/compose.yaml', 'docker/compose.secure.yaml'] as const;
const [base, secure] = FILES.map((file) => readFileSync(file, 'utf8')) as [string, string];
const has = (command: string, argument: string) => spawnSync(command, [argument]).error === undefined;
const CI = Boolean(process.env['CI']);

/** The indented blocks below a line of this text, by their names: `blocks(base, 'services')`. */
function blocks(text: string, section: string): ReadonlyMap<string, string> {
  const [, body] = new RegExp(`^${section}:\\n((?: .*\\n|\\n)*)`, 'm').exec(text) ?? [];
  const found = (body ?? '').split(/^ {2}(?=[\w-]+:)/m).slice(1);
  return new Map(found.map((block) => [/^[\w-]+/.exec(block)![0], block]));
}

/** Everything that stands at the left of a colon and looks like a setting of ours, outside the settings of the brokers. */
function settingsIn(text: string): readonly string[] {
  const common = text.split(/^(?=\S)/m).filter((part) => !/^(?:x-kafka|services)/.test(part));
  const services = [...blocks(text, 'services')].flatMap(([name, part]) => (name.startsWith('kafka-') ? [] : [part]));
  return [...common, ...services].flatMap((part) =>
    [...part.matchAll(/\b((?:DOZOR|KAFKA|REDIS)_\w+): /g)].map(([, name]) => name!),
  );
}

describe.each([
  ['docker/compose.yaml', base],
  ['docker/compose.secure.yaml', secure],
])('%s', (file, text) => {
  it.skipIf(!has('promtool', '--version') && !CI)('is YAML (Debian: prometheus)', () => {
    // Whoever reads rules says of other YAML which fields it does not know, and of what is no YAML, in which line.
    const { stderr } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    expect(stderr).toContain('field services not found');
    expect(stderr).not.toMatch(/yaml: (?:line|found|mapping|did not)|already set/);
  });

  it('names only settings that there are', () => {
    const known = new Set<string>(SETTINGS.map(({ name }) => name));
    const named = settingsIn(text);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('pins the version of every image', () => {
    for (const [, image] of text.matchAll(/^\s+image: (\S+)$/gm)) {
      expect(image).toMatch(/^[\w./-]+:(?:v?\d+\.\d+\.\d+[\w-]*|\$\{DOZOR_VERSION:-\d+\.\d+\.\d+\})$/);
    }
  });

  it('publishes ports on loopback alone', () => {
    for (const [, ports] of text.matchAll(/ports: \[(.*)\]/g)) expect(ports).toMatch(/^'127\.0\.0\.1:[^,]*'$/);
    expect(text).not.toMatch(/ports:\s*$/m);
  });

  it('mounts only files that are there', () => {
    const mounted = [...text.matchAll(/(\.\/[\w./-]+):\//g)].map(([, path]) => path!);
    for (const path of mounted)
      if (!path.startsWith('./secrets/')) expect(statSync(join('docker', path))).toBeDefined();
  });
});

describe('the services', () => {
  it('are every role once, each told its own by an argument', () => {
    const services = blocks(base, 'services');
    for (const role of ROLES) expect(services.get(role), role).toContain(`command: ['serve', '--roles', '${role}']`);
  });

  it('of the overlay are those of the base, each role under a name and password of its own', () => {
    const services = blocks(secure, 'services');
    const known = new Set([...blocks(base, 'services').keys(), 'kafka-setup']);
    expect([...services.keys()].filter((name) => !known.has(name))).toEqual([]);
    for (const role of ROLES) {
      expect(services.get(role), role).toContain(`KAFKA_SASL_USERNAME: dozor-${role}`);
      expect(services.get(role), role).toContain(`source: kafka-${role}-password`);
    }
  });

  it('reach outside only where somebody asks them from there, or they tell somebody', () => {
    const outside = [...blocks(base, 'services')].filter(([, text]) => /networks: .*outside/.test(text));
    expect(outside.map(([name]) => name).sort()).toEqual(['alertmanager', 'alerts', 'dashboard', 'door', 'grafana']);
    expect(base).toContain('parts: { internal: true }');
  });
});

const afterNotices: string[] = [];
afterAll(() => {
  for (const folder of afterNotices) rmSync(folder, { recursive: true });
});

describe('how notices leave', () => {
  it('stands in a folder that only the role alerts sees, and in a network from which gateways can be reached', () => {
    const services = blocks(base, 'services');
    expect(services.get('alerts')).toContain("volumes: ['./notices:/etc/dozor/notices:ro']");
    expect([...services].filter(([, text]) => text.includes('./notices')).map(([name]) => name)).toEqual(['alerts']);
    expect(services.get('alerts')).toContain('networks: [parts, outside]');
  });

  it('has an example that the program takes, once its passwords are there', () => {
    const own = mkdtempSync(join(tmpdir(), 'dozor-notices-'));
    afterNotices.push(own);
    for (const name of ['smsc.password', 'smtp.password', 'contacts.key'])
      writeFileSync(join(own, name), 'x'.repeat(32));
    copyFileSync('docker/notices/notices.example.json', join(own, 'notices.json'));
    const { sms, email, contactsKey } = readNoticeSettings(join(own, 'notices.json'));
    expect(sms?.views).toHaveLength(1);
    expect(email).toBeDefined();
    expect(contactsKey).toHaveLength(32);
  });
});

describe('the image', () => {
  const dockerfile = readFileSync('docker/Dockerfile', 'utf8');

  it('is pinned, runs as nobody special, keeps data apart, and says whether it is well', () => {
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(new Set(images)).toEqual(new Set([expect.stringMatching(/^node:20\.\d+\.\d+-\w+-slim$/)]));
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^VOLUME \/data$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK [\s\S]*\/healthz/m);
    expect(dockerfile.trimEnd()).toMatch(/ENTRYPOINT \["node", "dist\/pipelines\/dozor.js"\]\nCMD \["serve"\]$/);
  });

  it('is built from what the build needs and nothing else', () => {
    const ignore = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(ignore).toContain('*');
    const given = ignore.flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    for (const path of given) expect(statSync(path)).toBeDefined();
    for (const needed of ['package-lock.json', 'pipelines', 'dashboard', 'alerts', 'test/tools/build.mjs']) {
      expect(given).toContain(needed);
    }
    expect(given.filter((path) => /^(?:docker|data|\.git|\.env|node_modules|dist)/.test(path))).toEqual([]);
  });
});

describe('secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const withOpenssl = it.skipIf(!has('openssl', 'version') && !CI);
  const run = (script: string) => execFileSync('bash', [script, folder], { encoding: 'utf8' });

  withOpenssl('that compose files name are made by the scripts, once, and are what the program takes', () => {
    for (const script of ['docker/make-secrets.sh', 'docker/secure/make-certs.sh']) run(script);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    const before = readdirSync(folder).map((name) => [name, read(name)]);
    for (const script of ['docker/make-secrets.sh', 'docker/secure/make-certs.sh']) run(script);
    expect(readdirSync(folder).map((name) => [name, read(name)])).toEqual(before);

    const made = new Set(readdirSync(folder));
    for (const text of [base, secure]) {
      const named = [...text.matchAll(/\.\/secrets\/([\w.-]+)/g)].map(([, name]) => name!);
      expect(named.filter((name) => !made.has(name))).toEqual([]);
    }
    expect(statSync(folder).mode & 0o77).toBe(0);

    const sealed = seal(read('dead-letters.pub.pem'), Buffer.from('kept'));
    expect(Buffer.from(unseal(read('dead-letters.key.pem'), sealed)).toString()).toBe('kept');
    expect(Tokens.of(JSON.parse(read('tokens.json'))).find(read('local.token').trim())).toEqual({ name: 'local' });
  });

  withOpenssl(
    'certificates are of one authority, name their hosts, and a password is known to Redis by its hash',
    () => {
      run('docker/secure/make-certs.sh');
      const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' });
      for (const name of ['kafka-1', 'kafka-2', 'kafka-3', 'redis']) {
        const verified = openssl(
          'verify',
          '-CAfile',
          'ca.pem',
          '-purpose',
          'sslserver',
          '-verify_hostname',
          name,
          `${name}.crt`,
        );
        expect(verified).toBe(`${name}.crt: OK\n`);
      }
      openssl('verify', '-CAfile', 'ca.pem', '-purpose', 'sslclient', 'kafka-admin.crt');
      const password = readFileSync(join(folder, 'redis-password'), 'utf8');
      const users = readFileSync(join(folder, 'redis-users.acl'), 'utf8');
      expect(password).toMatch(/^[0-9a-f]{64}$/);
      expect(users).not.toContain(password);
      expect(users).toContain(
        execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: password, encoding: 'utf8' }).split(' ')[0]!,
      );
    },
  );
});

describe('rights at Kafka', () => {
  const script = readFileSync('docker/secure/acls.sh', 'utf8');
  const rows = [...script.matchAll(/^(\w+)\t(.+)\t(.+)\t(.+)$/gm)].map(([, role, reads, writes, group]) => ({
    role: role!,
    reads: reads === '-' ? [] : reads!.split(' '),
    writes: writes === '-' ? [] : writes!.split(' '),
    group: group!,
  }));

  it('are given to every role, for topics that there are', () => {
    expect(rows.map(({ role }) => role).sort()).toEqual([...ROLES].sort());
    const topics = new Set<string>(Object.values(TOPICS));
    expect(rows.flatMap(({ reads, writes }) => [...reads, ...writes]).filter((topic) => !topics.has(topic))).toEqual(
      [],
    );
    expect(/^topics=\((.*)\)$/m.exec(script)?.[1]?.split(' ').sort()).toEqual([...topics].sort());
  });

  it('let nobody but alerts read contacts, and nobody but the operator what was rejected', () => {
    const readers = (topic: string) => rows.flatMap(({ role, reads }) => (reads.includes(topic) ? [role] : []));
    expect(readers('contacts')).toEqual(['alerts']);
    expect(readers('rejected')).toEqual([]);
  });

  it('let alerts read what the ledger and the list of alarms are made of, and say what became of notices', () => {
    const alerts = rows.find(({ role }) => role === 'alerts')!;
    expect(alerts.reads).toEqual(expect.arrayContaining(['contacts', 'notices', ...DESK_TOPICS]));
    // Its word on a notice goes through a door of its own.
    expect(alerts.writes).toEqual(expect.arrayContaining(['service-events', 'notices', 'decisions', 'rejected']));
  });

  it('give a group to those who share tasks out or read on', () => {
    for (const { role, group } of rows) {
      expect(group, role).toBe(['network', 'service', 'collector', 'alerts'].includes(role) ? role : '-');
    }
  });
});
