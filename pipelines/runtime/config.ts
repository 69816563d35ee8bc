/**
 * The one configuration: every setting with its type, default and meaning, read from the environment. `dozor config print` shows
 * what is in force, `dozor config check` says all that is wrong at once, and docs/configuration.md is generated from here.
 */
import { existsSync, statSync } from 'node:fs';

/** How a setting's text is read. */
type Kind = 'text' | 'integer' | 'port' | 'folders' | 'file' | 'choice';

interface Setting {
  readonly name: string;
  readonly kind: Kind;
  readonly fallback: string;
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
    min: 1,
    max: 1024,
    about: 'partitions of service-events; fixed at the first start',
  },
  {
    name: 'DOZOR_ELEMENT_PARTITIONS',
    kind: 'integer',
    fallback: '2',
    min: 1,
    max: 256,
    about: 'partitions of element-events; fixed at the first start',
  },
  {
    name: 'DOZOR_FACT_PARTITIONS',
    kind: 'integer',
    fallback: '1',
    min: 1,
    max: 64,
    about: 'partitions of facts; fixed at the first start',
  },
  {
    name: 'DOZOR_PACKS',
    kind: 'folders',
    fallback: '',
    about: 'folders with rule packs of your own, separated by commas, beside those that come with Dozor',
  },
  {
    name: 'DOZOR_TOKENS',
    kind: 'text',
    fallback: '',
    about: 'the file with the tokens that may write; empty: tokens.json in the data folder',
  },
  { name: 'KAFKA_BROKERS', kind: 'text', fallback: '', about: 'Kafka brokers; they come together with REDIS_URL' },
  {
    name: 'REDIS_URL',
    kind: 'text',
    fallback: '',
    about: 'the Redis that holds state; it comes together with KAFKA_BROKERS',
  },
] as const satisfies readonly Setting[];

export interface Config {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly hosts: readonly string[];
  readonly clock: 'live' | 'events';
  readonly tickSeconds: number;
  readonly storyTickSeconds: number;
  readonly servicePartitions: number;
  readonly elementPartitions: number;
  readonly factPartitions: number;
  readonly packFolders: readonly string[];
  readonly tokensFile: string;
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
    clock: of('DOZOR_CLOCK') as 'live' | 'events',
    tickSeconds: Number(of('DOZOR_TICK_SECONDS')),
    storyTickSeconds: Number(of('DOZOR_STORY_TICK_SECONDS')),
    servicePartitions: Number(of('DOZOR_SERVICE_PARTITIONS')),
    elementPartitions: Number(of('DOZOR_ELEMENT_PARTITIONS')),
    factPartitions: Number(of('DOZOR_FACT_PARTITIONS')),
    packFolders: list(of('DOZOR_PACKS')),
    tokensFile: of('DOZOR_TOKENS') || `${dataFolder}/tokens.json`,
  };
}

function settingOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const setting = SETTINGS.find((one) => one.name === name)!;
  return env[name]?.trim() || setting.fallback;
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
  const kafka = settingOf(env, 'KAFKA_BROKERS');
  const redis = settingOf(env, 'REDIS_URL');
  if (kafka && !redis)
    problems.push('KAFKA_BROKERS is set and REDIS_URL is not: they come together, or neither (embedded)');
  if (redis && !kafka)
    problems.push('REDIS_URL is set and KAFKA_BROKERS is not: they come together, or neither (embedded)');
  if (kafka && redis) {
    problems.push('KAFKA_BROKERS and REDIS_URL are set: this version runs on embedded parts only; unset both');
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
  return (SETTINGS as readonly Setting[]).map(({ name, fallback, about }) => {
    const value = (env[name]?.trim() || fallback).replace(/\/\/[^@/]*@/, '//***@');
    return `${name}=${value}${env[name]?.trim() ? '' : ' (default)'}  # ${about}`;
  });
}

/** docs/configuration.md. */
export function configMarkdown(): string {
  const rows = (SETTINGS as readonly Setting[]).map(({ name, kind, fallback, about, choices, min, max }) => {
    const range = choices ? choices.join(' or ') : min !== undefined ? `${min} to ${max}` : kind;
    return `| \`${name}\` | ${range} | ${fallback ? `\`${fallback}\`` : '(empty)'} | ${about} |`;
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
