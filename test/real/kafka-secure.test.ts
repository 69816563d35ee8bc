/** The log on a Kafka that speaks TLS and asks who we are. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KafkaSettings } from '../../pipelines/io/kafka/client.js';
import { KafkaLog } from '../../pipelines/io/kafka/log-kafka.js';
import { type KafkaPart, runKafkaTool, startKafka } from '../tools/parts.mjs';
import { describeReal } from './parts.js';

const logger = pino({ level: 'silent' });
const PASSWORD = 'for a test only';
const STORE_PASSWORD = 'changeit';
const of = { topic: 'events', partition: 0 };

describeReal('the log on a Kafka with TLS and passwords', () => {
  let folder: string;
  let broker: KafkaPart;
  let caFile: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dozor-secure-'));
    const store = join(folder, 'broker.p12');
    caFile = join(folder, 'broker.pem');
    const kept = ['-alias', 'broker', '-keystore', store, '-storepass', STORE_PASSWORD];
    const name = ['-dname', 'CN=broker', '-ext', 'SAN=ip:127.0.0.1', '-validity', '2'];
    keytool(['-genkeypair', '-keyalg', 'RSA', '-keysize', '2048', '-storetype', 'PKCS12', ...name, ...kept]);
    keytool(['-exportcert', '-rfc', '-file', caFile, ...kept]);
    const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
    const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
    broker = await startKafka({
      protocol: 'SASL_SSL',
      config: {
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.location': store,
        'ssl.keystore.password': STORE_PASSWORD,
        'ssl.key.password': STORE_PASSWORD,
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'listener.name.clients.plain.sasl.jaas.config': `${plain} user_dozor="${PASSWORD}";`,
        'listener.name.clients.scram-sha-256.sasl.jaas.config': scram,
        'listener.name.clients.scram-sha-512.sasl.jaas.config': scram,
      },
    });
    const commands = join(folder, 'commands.properties');
    writeFileSync(
      commands,
      [
        'security.protocol=SASL_SSL',
        'sasl.mechanism=PLAIN',
        `sasl.jaas.config=${plain} username="dozor" password="${PASSWORD}";`,
        'ssl.truststore.type=PEM',
        `ssl.truststore.location=${caFile}`,
      ].join('\n'),
    );
    for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      const { status, stderr } = runKafkaTool('kafka.admin.ConfigCommand', [
        ...['--bootstrap-server', broker.brokers, '--command-config', commands, '--alter'],
        ...['--entity-type', 'users', '--entity-name', 'dozor', '--add-config', `${mechanism}=[password=${PASSWORD}]`],
      ]);
      expect(status, stderr).toBe(0);
    }
  }, 180_000);
  afterAll(async () => {
    await broker?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const settings = (sasl: KafkaSettings['sasl']): KafkaSettings => ({
    brokers: [broker.brokers],
    tls: { caFile },
    sasl,
  });

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'appends and reads by %s',
    { timeout: 60_000 },
    async (mechanism) => {
      const namespace = mechanism;
      const log = await KafkaLog.connect(
        { ...settings({ mechanism, username: 'dozor', password: PASSWORD }), namespace },
        { logger },
      );
      await log.ensureTopic('events', 1);
      await log.append(of, [{ key: 'a', value: Buffer.from(mechanism) }]);
      const [record] = await log.read(of, 0, 10);
      expect(Buffer.from(record!.value).toString()).toBe(mechanism);
      await log.close();
    },
  );

  it.each([
    ['a wrong password', () => settings({ mechanism: 'plain', username: 'dozor', password: 'wrong' }), /uthentication/],
    [
      'a broker that nobody vouches for',
      () => ({ ...settings({ mechanism: 'plain', username: 'dozor', password: PASSWORD }), tls: {} }),
      /self.signed|certificate/i,
    ],
  ] as const)('with %s waits, and says why', { timeout: 60_000 }, async (_, wrong, reason) => {
    const words: string[] = [];
    const stop = new AbortController();
    const waitingFor = (one: string | undefined) => void words.push(one ?? 'nothing');
    const connecting = KafkaLog.connect(wrong(), { logger, signal: stop.signal, waitingFor });
    connecting.catch(() => {});
    while (words.length === 0) await sleep(20);
    stop.abort();
    await expect(connecting).rejects.toThrow();
    expect(words[0]).toMatch(reason);
    expect(words[0]).not.toContain(PASSWORD);
  });
}, ['kafka']);

function keytool(args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('keytool', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`keytool: ${stdout}${stderr}`);
}
