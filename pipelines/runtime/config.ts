/**
 * The one configuration: every setting with its type, default and meaning, read from the environment. `dozor config print` shows
 * what is in force, `dozor config check` says all that is wrong at once, and docs/configuration.md is generated from here.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { KosovoDrawn } from '../domain/wall.js';

/** How a setting's text is read. */
type Kind = 'text' | 'integer' | 'port' | 'folders' | 'file' | 'choice' | 'roles';

interface Setting {
  readonly name: string;
  readonly kind: Kind;
  readonly fallback: string;
  /** The default on Kafka and Redis, where it is another. */
  readonly clustered?: string;
  readonly about: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

export const SETTINGS = [
  { name: 'DOZOR_DATA', kind: 'text', fallback: './data/dozor', about: 'the folder of the embedded log and store' },
  {
    name: 'DOZOR_HOST',
    kind: 'text',
    fallback: '127.0.0.1',
    about: 'the address that the HTTP door listens on; loopback until told otherwise',
  },
  { name: 'DOZOR_PORT', kind: 'port', fallback: '8420', about: 'the port of the HTTP door' },
  {
    name: 'DOZOR_HOSTS',
    kind: 'text',
    fallback: '',
    about: 'further host names by which browsers may ask, separated by commas',
  },
  {
    name: 'DOZOR_TLS_CERT',
    kind: 'file',
    fallback: '',
    about:
      'the certificate of the HTTP door (PEM, with those between it and its root); it speaks HTTP/2 then; read again when it changes',
  },
  { name: 'DOZOR_TLS_KEY', kind: 'file', fallback: '', about: 'the key of that certificate (PEM)' },
  {
    name: 'DOZOR_CLOCK',
    kind: 'choice',
    fallback: 'live',
    choices: ['live', 'events'],
    about: 'what moves the clock: ticks alone (live), or the recordedtime of events (events: tests, the demonstration)',
  },
  {
    name: 'DOZOR_STORY_TICK_SECONDS',
    kind: 'integer',
    fallback: '0',
    min: 0,
    max: 3600,
    about: 'where events move the clock: it moves when they have moved on by this much; 0: with every event',
  },
  {
    name: 'DOZOR_TICK_SECONDS',
    kind: 'integer',
    fallback: '5',
    min: 1,
    max: 60,
    about: 'the seconds between two ticks of a live clock',
  },
  {
    name: 'DOZOR_SERVICE_PARTITIONS',
    kind: 'integer',
    fallback: '4',
    clustered: '64',
    min: 1,
    max: 1024,
    about: 'partitions of service-events; fixed at the first start',
  },
  {
    name: 'DOZOR_ELEMENT_PARTITIONS',
    kind: 'integer',
    fallback: '2',
    clustered: '16',
    min: 1,
    max: 256,
    about: 'partitions of element-events; fixed at the first start',
  },
  {
    name: 'DOZOR_FACT_PARTITIONS',
    kind: 'integer',
    fallback: '1',
    clustered: '8',
    min: 1,
    max: 64,
    about: 'partitions of facts; fixed at the first start',
  },
  {
    name: 'DOZOR_DECISION_PARTITIONS',
    kind: 'integer',
    fallback: '1',
    clustered: '16',
    min: 1,
    max: 256,
    about: 'partitions of decisions; fixed at the first start',
  },
  {
    name: 'DOZOR_PACKS',
    kind: 'folders',
    fallback: '',
    about: 'folders with rule packs of your own, separated by commas, beside those that come with Dozor',
  },
  {
    name: 'DOZOR_ALARM_RULES',
    kind: 'file',
    fallback: '',
    about: 'the rules that say which alarms deserve a person (JSON); empty: those that come with Dozor',
  },
  {
    name: 'DOZOR_ALARM_CALLS',
    kind: 'choice',
    fallback: 'off',
    choices: ['off', 'on'],
    about: 'whether those rules call people by notices to the operations centre; off: alarms are only listed',
  },
  {
    name: 'DOZOR_ALERTMANAGER_URL',
    kind: 'text',
    fallback: '',
    about: 'the Alertmanager that gets the alarms that deserve a person, such as http://127.0.0.1:9093',
  },
  {
    name: 'DOZOR_NOTICES',
    kind: 'file',
    fallback: '',
    about:
      'the file (JSON) that says how notices leave: gateways, senders, addresses of regulators (docs/notice-ledger.md); empty: nothing is sent',
  },
  {
    name: 'DOZOR_MAP_KOSOVO',
    kind: 'choice',
    fallback: 'dashed',
    choices: ['within', 'dashed', 'without'],
    about: 'how Kosovo* is drawn on the map of the wall: within the outline, with a dashed line between, or not at all',
  },
  {
    name: 'DOZOR_MAP_SHAPES',
    kind: 'file',
    fallback: '',
    about:
      'areas of districts for the map of the wall (a file of GeoJSON, or a folder of them; docs/wall.md); empty: areas around the middle of their sites',
  },
  {
    name: 'DOZOR_TOKENS',
    kind: 'text',
    fallback: '',
    about: 'the file with the tokens that may write; empty: tokens.json in the data folder',
  },
  {
    name: 'DOZOR_ANONYMOUS',
    kind: 'choice',
    fallback: 'auto',
    choices: ['auto', 'viewer', 'none'],
    about:
      'what one may look at without signing in: what the role viewer may, or nothing; auto: viewer where only this machine is listened to (DOZOR_HOST on loopback, DOZOR_HOSTS and DOZOR_PUBLIC_URL empty), else none',
  },
  {
    name: 'DOZOR_PUBLIC_URL',
    kind: 'text',
    fallback: '',
    about:
      'the address at which browsers reach the page where a proxy stands before it, such as https://noc.example.net; empty: that of the HTTP door',
  },
  {
    name: 'DOZOR_OIDC',
    kind: 'file',
    fallback: '',
    about:
      'the file (JSON) that says by which other provider people sign in, and which of its groups has which role (docs/security.md); empty: none',
  },
  {
    name: 'DOZOR_METRICS',
    kind: 'choice',
    fallback: 'key',
    choices: ['key', 'open'],
    about:
      'who may read /metrics from another machine: who has a key of the role viewer, or everybody who reaches the port; the machine itself always may',
  },
  {
    name: 'DOZOR_SESSION_IDLE_MINUTES',
    kind: 'integer',
    fallback: '30',
    min: 1,
    max: 720,
    about: 'after how long without a request a person has to sign in again; a wall never has to',
  },
  {
    name: 'DOZOR_SESSION_HOURS',
    kind: 'integer',
    fallback: '12',
    min: 1,
    max: 24,
    about: 'after how long a person has to sign in again however much is done: a shift and its handover',
  },
  {
    name: 'DOZOR_ROLES',
    kind: 'roles',
    fallback: 'door,network,service,collector,alerts,dashboard',
    about: 'what this process does; on embedded parts always all of it',
  },
  {
    name: 'DOZOR_LOG_LEVEL',
    kind: 'choice',
    fallback: 'warn',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    about: 'what is told on standard error, as lines of JSON; warn is silent while all is well',
  },
  {
    name: 'DOZOR_SEAL_KEY_FILE',
    kind: 'file',
    fallback: '',
    about:
      'the public key that seals rejected events, the same for every process; empty: one made in the data folder (embedded only)',
  },
  {
    name: 'DOZOR_IDENTITY_KEY_FILE',
    kind: 'file',
    fallback: '',
    about:
      'the secret key that hashes identities of subscribers, the same for all that imports or listens to RADIUS; empty: one made in the data folder (embedded only)',
  },
  {
    name: 'DOZOR_RADIUS_PORT',
    kind: 'port',
    fallback: '0',
    about: 'the UDP port on which RADIUS accounting is heard (usually 1813), in processes with the role door; 0: none',
  },
  {
    name: 'DOZOR_RADIUS_HOST',
    kind: 'text',
    fallback: '',
    about: 'the address that RADIUS accounting is heard on; empty: as DOZOR_HOST',
  },
  {
    name: 'DOZOR_RADIUS_CLIENTS',
    kind: 'file',
    fallback: '',
    about:
      'the access servers that may send RADIUS accounting: CSV address,secretFile; an address may be a network (10.0.0.0/24)',
  },
  {
    name: 'DOZOR_RADIUS_SERVICES',
    kind: 'file',
    fallback: '',
    about: 'which service a user or calling station of RADIUS is: CSV identity,serviceId; read again when it changes',
  },
  {
    name: 'DOZOR_RADIUS_SILENCE_MINUTES',
    kind: 'integer',
    fallback: '120',
    min: 2,
    max: 44_640,
    about: 'after how long without a packet the stop of a RADIUS session is taken to be lost: some interim intervals',
  },
  {
    name: 'DOZOR_NAMESPACE',
    kind: 'text',
    fallback: '',
    about: 'set before the names of topics, groups and keys, so that several installations can share Kafka and Redis',
  },
  {
    name: 'DOZOR_EVENT_RETENTION_DAYS',
    kind: 'integer',
    fallback: '30',
    min: 1,
    max: 400,
    about:
      'how long Kafka keeps service-events and element-events: longer than the longest downtime, as short as the law on traffic data asks',
  },
  {
    name: 'DOZOR_NETWORK_DETAIL_DAYS',
    kind: 'integer',
    fallback: '14',
    min: 1,
    max: 400,
    about: 'how long Kafka keeps every record of network; of what is older, the last of each key',
  },
  {
    name: 'DOZOR_REJECTED_RETENTION_DAYS',
    kind: 'integer',
    fallback: '400',
    min: 1,
    max: 4000,
    about: 'how long Kafka keeps what was rejected, sealed',
  },
  {
    name: 'DOZOR_PAGE_SIGNAL_DAYS',
    kind: 'integer',
    fallback: '14',
    min: 1,
    max: 400,
    about: 'how long what pages tell of themselves is kept (errors, health of walls: docs/telemetry.md)',
  },
  {
    name: 'DOZOR_WALL_SILENT_MINUTES',
    kind: 'integer',
    fallback: '5',
    min: 2,
    max: 1440,
    about: 'after how long without a report a wall raises an alarm',
  },
  {
    name: 'DOZOR_WALL_LEAK_MEGABYTES',
    kind: 'integer',
    fallback: '16',
    min: 1,
    max: 4096,
    about: 'by how much an hour the memory of a wall may grow before it raises an alarm',
  },
  {
    name: 'DOZOR_STORE_LOSS_SECONDS',
    kind: 'integer',
    fallback: '10',
    min: 0,
    max: 3600,
    about: 'how much of its last writes Redis may lose in a crash or a fail-over; a store further back stops the start',
  },
  {
    name: 'KAFKA_BROKERS',
    kind: 'text',
    fallback: '',
    about: 'Kafka brokers (host:port, separated by commas); they come together with REDIS_URL',
  },
  {
    name: 'KAFKA_TLS',
    kind: 'choice',
    fallback: 'off',
    choices: ['off', 'on'],
    about: 'whether Kafka is spoken to by TLS',
  },
  {
    name: 'KAFKA_TLS_CA',
    kind: 'file',
    fallback: '',
    about: 'the certificates of who signs for the brokers (PEM); sets KAFKA_TLS on',
  },
  { name: 'KAFKA_TLS_CERT', kind: 'file', fallback: '', about: 'our own certificate (PEM), where brokers ask for one' },
  { name: 'KAFKA_TLS_KEY', kind: 'file', fallback: '', about: 'the key of our own certificate (PEM)' },
  {
    name: 'KAFKA_SASL_MECHANISM',
    kind: 'choice',
    fallback: 'none',
    choices: ['none', 'plain', 'scram-sha-256', 'scram-sha-512'],
    about: 'how we name ourselves to Kafka',
  },
  { name: 'KAFKA_SASL_USERNAME', kind: 'text', fallback: '', about: 'our name at Kafka' },
  { name: 'KAFKA_SASL_PASSWORD_FILE', kind: 'file', fallback: '', about: 'the file with our password at Kafka' },
  {
    name: 'KAFKA_REPLICATION',
    kind: 'integer',
    fallback: '0',
    min: 0,
    max: 7,
    about: 'copies of each partition of the topics that are made at the first start; 0: as the brokers have it',
  },
  {
    name: 'KAFKA_SESSION_TIMEOUT_MS',
    kind: 'integer',
    fallback: '6000',
    min: 2000,
    max: 60_000,
    about: 'after how long without a sign of life a process loses its partitions to the others',
  },
  {
    name: 'REDIS_URL',
    kind: 'text',
    fallback: '',
    about:
      'the Redis that holds state (redis:// or rediss://; several addresses separated by commas: a cluster); it comes together with KAFKA_BROKERS',
  },
  { name: 'REDIS_TLS_CA', kind: 'file', fallback: '', about: 'the certificates of who signs for Redis (PEM)' },
  { name: 'REDIS_PASSWORD_FILE', kind: 'file', fallback: '', about: 'the file with the password of Redis' },
  {
    name: 'REDIS_CHECK',
    kind: 'choice',
    fallback: 'on',
    choices: ['on', 'off'],
    about:
      'whether the start asks Redis if it keeps what it is given (append-only file, no eviction); off where CONFIG is forbidden',
  },
] as const satisfies readonly Setting[];

/** What a process can do. */
export const ROLES = ['door', 'network', 'service', 'collector', 'alerts', 'dashboard'] as const;
export type Role = (typeof ROLES)[number];

/** Kafka and Redis, as the settings have them. Secrets are read from their files. */
export interface Clustered {
  readonly namespace: string;
  readonly storeLossSeconds: number;
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly tls: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | undefined;
    readonly sasl:
      | {
          readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
          readonly username: string;
          readonly password: string;
        }
      | undefined;
    readonly replication: number | undefined;
    readonly sessionTimeoutMs: number;
    readonly eventRetentionDays: number;
    readonly networkDetailDays: number;
    readonly rejectedRetentionDays: number;
    readonly pageSignalRetentionDays: number;
  };
  readonly redis: {
    readonly url: string;
    readonly caFile: string | undefined;
    readonly password: string | undefined;
    readonly check: 'on' | 'off';
  };
}

/** The live source of RADIUS accounting. */
export interface RadiusSettings {
  readonly host: string;
  readonly port: number;
  readonly clientsFile: string;
  readonly servicesFile: string;
  readonly silenceMinutes: number;
}

/** Who is let in, and for how long. */
export interface AccessSettings {
  /** What one may look at without signing in. */
  readonly anonymous: 'viewer' | 'none';
  /** Undefined: browsers reach the HTTP door itself. */
  readonly publicUrl: string | undefined;
  /** Whether whoever reaches the port may read the metrics. */
  readonly isMetricsOpen: boolean;
  /** Undefined: nobody signs in by another provider. */
  readonly oidcFile: string | undefined;
  readonly idleMinutes: number;
  readonly hours: number;
}

export interface Config {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  /** Undefined: the door speaks plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly clock: 'live' | 'events';
  readonly tickSeconds: number;
  readonly storyTickSeconds: number;
  readonly servicePartitions: number;
  readonly elementPartitions: number;
  readonly factPartitions: number;
  readonly decisionPartitions: number;
  readonly roles: ReadonlySet<Role>;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly sealKeyFile: string | undefined;
  readonly identityKeyFile: string | undefined;
  /** Undefined: no RADIUS accounting is heard here. */
  readonly radius: RadiusSettings | undefined;
  /** Undefined: log and store are embedded, in the data folder. */
  readonly clustered: Clustered | undefined;
  readonly packFolders: readonly string[];
  /** Undefined: the rules that come with Dozor. */
  readonly alarmRules: string | undefined;
  readonly alarmCalls: boolean;
  readonly alertmanagerUrl: string | undefined;
  /** How the map of the wall is drawn; `shapes` is a file with areas of districts. */
  readonly map: { readonly kosovo: KosovoDrawn; readonly shapes: string | undefined };
  readonly tokensFile: string;
  /** How long what pages tell of themselves is kept. */
  readonly pageSignalDays: number;
  /** When a wall raises an alarm. */
  readonly walls: { readonly silentMinutes: number; readonly leakMegabytes: number };
  /** Who is let in, and for how long. */
  readonly access: AccessSettings;
  /** Undefined: no notice leaves. */
  readonly noticesFile: string | undefined;
}

/** Everything that is wrong, each naming its setting. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration cannot be used:\n  ${problems.join('\n  ')}`);
    this.problems = problems;
  }
}

/** Reads and checks the configuration; throws one ConfigError that lists every problem. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems = checkConfig(env);
  if (problems.length > 0) throw new ConfigError(problems);
  const of = (name: (typeof SETTINGS)[number]['name']) => settingOf(env, name);
  const dataFolder = of('DOZOR_DATA');
  return {
    dataFolder,
    host: of('DOZOR_HOST'),
    port: Number(of('DOZOR_PORT')),
    hosts: list(of('DOZOR_HOSTS')),
    tls: of('DOZOR_TLS_CERT') ? { certFile: of('DOZOR_TLS_CERT'), keyFile: of('DOZOR_TLS_KEY') } : undefined,
    clock: of('DOZOR_CLOCK') as 'live' | 'events',
    tickSeconds: Number(of('DOZOR_TICK_SECONDS')),
    storyTickSeconds: Number(of('DOZOR_STORY_TICK_SECONDS')),
    servicePartitions: Number(of('DOZOR_SERVICE_PARTITIONS')),
    elementPartitions: Number(of('DOZOR_ELEMENT_PARTITIONS')),
    factPartitions: Number(of('DOZOR_FACT_PARTITIONS')),
    decisionPartitions: Number(of('DOZOR_DECISION_PARTITIONS')),
    roles: new Set(list(of('DOZOR_ROLES')) as Role[]),
    logLevel: of('DOZOR_LOG_LEVEL') as Config['logLevel'],
    sealKeyFile: of('DOZOR_SEAL_KEY_FILE') || undefined,
    identityKeyFile: of('DOZOR_IDENTITY_KEY_FILE') || undefined,
    radius: of('DOZOR_RADIUS_PORT') === '0' ? undefined : readRadius(of),
    clustered: of('KAFKA_BROKERS') ? readClustered(of) : undefined,
    packFolders: list(of('DOZOR_PACKS')),
    alarmRules: of('DOZOR_ALARM_RULES') || undefined,
    alarmCalls: of('DOZOR_ALARM_CALLS') === 'on',
    alertmanagerUrl: of('DOZOR_ALERTMANAGER_URL') || undefined,
    noticesFile: of('DOZOR_NOTICES') || undefined,
    map: { kosovo: of('DOZOR_MAP_KOSOVO') as KosovoDrawn, shapes: of('DOZOR_MAP_SHAPES') || undefined },
    tokensFile: of('DOZOR_TOKENS') || `${dataFolder}/tokens.json`,
    pageSignalDays: Number(of('DOZOR_PAGE_SIGNAL_DAYS')),
    walls: {
      silentMinutes: Number(of('DOZOR_WALL_SILENT_MINUTES')),
      leakMegabytes: Number(of('DOZOR_WALL_LEAK_MEGABYTES')),
    },
    access: readAccess(of),
  };
}

function readAccess(of: (name: (typeof SETTINGS)[number]['name']) => string): AccessSettings {
  const publicUrl = of('DOZOR_PUBLIC_URL') || undefined;
  const chosen = of('DOZOR_ANONYMOUS') as 'auto' | 'viewer' | 'none';
  // Further names, or another address, say that others reach it through a proxy.
  const isOurs = isOwnAddress(of('DOZOR_HOST')) && of('DOZOR_HOSTS') === '' && publicUrl === undefined;
  return {
    anonymous: chosen === 'auto' ? (isOurs ? 'viewer' : 'none') : chosen,
    publicUrl: publicUrl?.replace(/\/$/, ''),
    isMetricsOpen: of('DOZOR_METRICS') === 'open',
    oidcFile: of('DOZOR_OIDC') || undefined,
    idleMinutes: Number(of('DOZOR_SESSION_IDLE_MINUTES')),
    hours: Number(of('DOZOR_SESSION_HOURS')),
  };
}

/** Whether an address is this machine's own, reached from nowhere else. */
function isOwnAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function readRadius(of: (name: (typeof SETTINGS)[number]['name']) => string): RadiusSettings {
  return {
    host: of('DOZOR_RADIUS_HOST') || of('DOZOR_HOST'),
    port: Number(of('DOZOR_RADIUS_PORT')),
    clientsFile: of('DOZOR_RADIUS_CLIENTS'),
    servicesFile: of('DOZOR_RADIUS_SERVICES'),
    silenceMinutes: Number(of('DOZOR_RADIUS_SILENCE_MINUTES')),
  };
}

function readClustered(of: (name: (typeof SETTINGS)[number]['name']) => string): Clustered {
  const [caFile, certFile, keyFile] = [of('KAFKA_TLS_CA'), of('KAFKA_TLS_CERT'), of('KAFKA_TLS_KEY')];
  const tls = of('KAFKA_TLS') === 'on' || caFile !== '';
  const mechanism = of('KAFKA_SASL_MECHANISM') as 'none' | 'plain' | 'scram-sha-256' | 'scram-sha-512';
  const password = of('REDIS_PASSWORD_FILE');
  return {
    namespace: of('DOZOR_NAMESPACE'),
    storeLossSeconds: Number(of('DOZOR_STORE_LOSS_SECONDS')),
    kafka: {
      brokers: list(of('KAFKA_BROKERS')),
      tls: tls ? { ...(caFile && { caFile }), ...(certFile && { certFile }), ...(keyFile && { keyFile }) } : undefined,
      sasl:
        mechanism === 'none'
          ? undefined
          : { mechanism, username: of('KAFKA_SASL_USERNAME'), password: secret(of('KAFKA_SASL_PASSWORD_FILE')) },
      replication: Number(of('KAFKA_REPLICATION')) || undefined,
      sessionTimeoutMs: Number(of('KAFKA_SESSION_TIMEOUT_MS')),
      eventRetentionDays: Number(of('DOZOR_EVENT_RETENTION_DAYS')),
      networkDetailDays: Number(of('DOZOR_NETWORK_DETAIL_DAYS')),
      rejectedRetentionDays: Number(of('DOZOR_REJECTED_RETENTION_DAYS')),
      pageSignalRetentionDays: Number(of('DOZOR_PAGE_SIGNAL_DAYS')),
    },
    redis: {
      url: of('REDIS_URL'),
      caFile: of('REDIS_TLS_CA') || undefined,
      password: password ? secret(password) : undefined,
      check: of('REDIS_CHECK') as 'on' | 'off',
    },
  };
}

function secret(file: string): string {
  return readFileSync(file, 'utf8').trim();
}

function settingOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const setting = (SETTINGS as readonly Setting[]).find((one) => one.name === name)!;
  const { fallback, clustered } = setting;
  return env[name]?.trim() || (env['KAFKA_BROKERS']?.trim() ? (clustered ?? fallback) : fallback);
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

/** All problems of the configuration; none: it can be used. */
export function checkConfig(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const problems = (SETTINGS as readonly Setting[]).flatMap((setting) => {
    const value = settingOf(env, setting.name);
    const problem = problemOf(setting, value);
    return problem ? [`${setting.name} ${problem}`] : [];
  });
  for (const name of Object.keys(env)) {
    if (name.startsWith('DOZOR_') && !SETTINGS.some((setting) => setting.name === name)) {
      problems.push(`${name} is no setting; 'dozor config print' lists them`);
    }
  }
  const alertmanager = settingOf(env, 'DOZOR_ALERTMANAGER_URL');
  if (alertmanager && !/^https?:\/\/\S+$/.test(alertmanager))
    problems.push('DOZOR_ALERTMANAGER_URL should be an address such as http://127.0.0.1:9093');
  if (Boolean(settingOf(env, 'DOZOR_TLS_CERT')) !== Boolean(settingOf(env, 'DOZOR_TLS_KEY')))
    problems.push('DOZOR_TLS_CERT and DOZOR_TLS_KEY come together');
  const publicUrl = settingOf(env, 'DOZOR_PUBLIC_URL');
  if (publicUrl && !/^https?:\/\/[^/\s@]+\/?$/.test(publicUrl))
    problems.push('DOZOR_PUBLIC_URL should be an address without a path, such as https://noc.example.net');
  const kafka = settingOf(env, 'KAFKA_BROKERS');
  const redis = settingOf(env, 'REDIS_URL');
  if (kafka && !redis)
    problems.push('KAFKA_BROKERS is set and REDIS_URL is not: they come together, or neither (embedded)');
  if (redis && !kafka)
    problems.push('REDIS_URL is set and KAFKA_BROKERS is not: they come together, or neither (embedded)');
  problems.push(...(kafka && redis ? clusteredProblems(env) : embeddedProblems(env)), ...radiusProblems(env));
  return problems;
}

function radiusProblems(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const of = (name: string) => settingOf(env, name);
  if (of('DOZOR_RADIUS_PORT') === '0') return [];
  const problems: string[] = [];
  for (const name of ['DOZOR_RADIUS_CLIENTS', 'DOZOR_RADIUS_SERVICES']) {
    if (!of(name)) problems.push(`${name} is missing: DOZOR_RADIUS_PORT asks for it`);
  }
  if (of('DOZOR_CLOCK') !== 'live')
    problems.push('DOZOR_RADIUS_PORT needs DOZOR_CLOCK=live: its packets come in real time');
  if (!list(of('DOZOR_ROLES')).includes('door')) {
    problems.push('DOZOR_RADIUS_PORT needs the role door in DOZOR_ROLES: what it hears goes in there');
  }
  if (of('KAFKA_BROKERS') && !of('DOZOR_IDENTITY_KEY_FILE')) {
    problems.push(
      "DOZOR_IDENTITY_KEY_FILE is missing: DOZOR_RADIUS_PORT asks for it; 'dozor identity-key FILE' makes it",
    );
  }
  return problems;
}

function embeddedProblems(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const roles = new Set(list(settingOf(env, 'DOZOR_ROLES')));
  if (ROLES.every((role) => roles.has(role))) return [];
  return [
    'DOZOR_ROLES leaves roles out: on embedded parts one process does everything; several processes need KAFKA_BROKERS and REDIS_URL',
  ];
}

function clusteredProblems(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const of = (name: string) => settingOf(env, name);
  const problems: string[] = [];
  if (!list(of('KAFKA_BROKERS')).every((broker) => /^\S+:\d+$/.test(broker))) {
    problems.push('KAFKA_BROKERS should name brokers as host:port, separated by commas');
  }
  if (!list(of('REDIS_URL')).every((url) => /^rediss?:\/\/\S+$/.test(url))) {
    problems.push(
      'REDIS_URL should be redis://host:port or rediss://host:port, several of a cluster separated by commas',
    );
  }
  if (!/^[a-zA-Z0-9._-]*$/.test(of('DOZOR_NAMESPACE'))) {
    problems.push('DOZOR_NAMESPACE may hold letters, digits, dots, hyphens and underscores only');
  }
  if (Boolean(of('KAFKA_TLS_CERT')) !== Boolean(of('KAFKA_TLS_KEY'))) {
    problems.push('KAFKA_TLS_CERT and KAFKA_TLS_KEY come together');
  }
  if (of('KAFKA_SASL_MECHANISM') !== 'none') {
    if (!of('KAFKA_SASL_USERNAME')) problems.push('KAFKA_SASL_USERNAME is missing: KAFKA_SASL_MECHANISM asks for it');
    if (!of('KAFKA_SASL_PASSWORD_FILE'))
      problems.push('KAFKA_SASL_PASSWORD_FILE is missing: KAFKA_SASL_MECHANISM asks for it');
  }
  if (!of('DOZOR_SEAL_KEY_FILE')) {
    problems.push(
      "DOZOR_SEAL_KEY_FILE is missing: the processes share one key for rejected events; 'dozor seal-key FOLDER' makes it",
    );
  }
  return problems;
}

function problemOf(setting: Setting, value: string): string | undefined {
  switch (setting.kind) {
    case 'integer':
    case 'port': {
      const min = setting.kind === 'port' ? 0 : setting.min!;
      const max = setting.kind === 'port' ? 65_535 : setting.max!;
      const number = Number(value);
      const fits = /^\d+$/.test(value) && number >= min && number <= max;
      return fits ? undefined : `should be a whole number from ${min} to ${max}, not '${value}'`;
    }
    case 'choice':
      return setting.choices!.includes(value)
        ? undefined
        : `should be one of ${setting.choices!.join(', ')}, not '${value}'`;
    case 'roles': {
      const unknown = list(value).filter((role) => !(ROLES as readonly string[]).includes(role));
      if (list(value).length === 0) return `should name at least one of ${ROLES.join(', ')}`;
      return unknown.length > 0
        ? `names roles that there are not: ${unknown.join(', ')} (${ROLES.join(', ')})`
        : undefined;
    }
    case 'file':
      return value === '' || (existsSync(value) && statSync(value).isFile()) ? undefined : `names no file: ${value}`;
    case 'folders': {
      const missing = list(value).filter((folder) => !existsSync(folder) || !statSync(folder).isDirectory());
      return missing.length > 0 ? `names folders that are not there: ${missing.join(', ')}` : undefined;
    }
    default:
      return undefined;
  }
}

/** What is in force, a line a setting, and where it came from. Secrets of a URL are not shown. */
export function printConfig(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return (SETTINGS as readonly Setting[]).map(({ name, about }) => {
    const value = settingOf(env, name).replace(/\/\/[^@/]*@/g, '//***@');
    return `${name}=${value}${env[name]?.trim() ? '' : ' (default)'}  # ${about}`;
  });
}

/** docs/configuration.md. */
export function configMarkdown(): string {
  const rows = (SETTINGS as readonly Setting[]).map(({ name, kind, fallback, clustered, about, choices, min, max }) => {
    const range = choices ? choices.join(' or ') : min !== undefined ? `${min} to ${max}` : kind;
    const usual = `${fallback ? `\`${fallback}\`` : '(empty)'}${clustered ? `, on Kafka \`${clustered}\`` : ''}`;
    return `| \`${name}\` | ${range} | ${usual} | ${about} |`;
  });
  return [
    '# Configuration',
    '',
    'Every setting is an environment variable. `dozor config check` lists all problems at once, `dozor config print` shows what is',
    'in force. This page is generated from `pipelines/runtime/config.ts` by `npm run generate`.',
    '',
    '| setting | values | default | what it is |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
