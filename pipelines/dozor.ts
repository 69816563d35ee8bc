#!/usr/bin/env node
/** The one door to the program: every command, its options and its exit code. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ImportFlags } from './commands/import-given.js';
import type { ListFormat } from './commands/notice-lists.js';
import type { NoticeSettlement } from './domain/event.js';
import { type Instant, parseInstant } from './domain/units.js';
import { type Config, checkConfig, printConfig, readConfig } from './runtime/config.js';
import { loadPacks, OWN_PACKS, readPacks } from './runtime/packs.js';

const out = (text: string) => void process.stdout.write(`${text}\n`);

function time(text: string): Instant {
  const at = parseInstant(text);
  if (at === undefined) {
    throw new InvalidArgumentError('It should be an RFC 3339 time with an offset, such as 2026-07-01T00:00:00+02:00.');
  }
  return at;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It should be a number above 0.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('It should be from 0 to 1.');
  return value;
}

/** The configuration, with what the command line says over it. */
function configOf(
  options: { readonly data?: string; readonly port?: string; readonly roles?: string },
  over: Record<string, string> = {},
): Config {
  return readConfig({
    ...over,
    ...process.env,
    ...(options.data ? { DOZOR_DATA: options.data } : {}),
    ...(options.port ? { DOZOR_PORT: options.port } : {}),
    ...(options.roles ? { DOZOR_ROLES: options.roles } : {}),
  });
}

const program = new Command('dozor')
  .description(
    "Watches telecom networks and services: events in, defensible decisions out, each by a clause of the operator's terms.",
  )
  .showHelpAfterError('(--help lists the commands and options)')
  .addHelpText(
    'after',
    '\nExit codes: 0 well; 1 something was rejected or wrong in the input; 2 it could not be done.',
  );

program
  .command('start')
  .description('the first thing to run: the demonstration, a play of public data, or --live your own installation')
  .option('--live', 'an installation of your own, its clock moved by real time, in DOZOR_DATA')
  .option('--play <folder>', 'play the public data sets below a folder')
  .option('--set <name...>', 'with --play: only these sets')
  .option(
    '--speed <factor>',
    'story seconds for one second (demonstration: 7200; --play: as fast as it goes)',
    positive,
  )
  .option('--seed <number>', 'the seed of the demonstration', (text) => Math.trunc(Number(text)), 1)
  .option('--data <folder>', 'the data folder')
  .option('--port <port>', 'the port of the HTTP door')
  .action(
    async (options: {
      live?: boolean;
      play?: string;
      set?: string[];
      speed?: number;
      seed: number;
      data?: string;
      port?: string;
    }) => {
      const { serve } = await import('./commands/serve.js');
      if (options.live) {
        process.exitCode = await serve(configOf(options));
        return;
      }
      // A story has a clock of its own, and a folder of its own: what is made up never lies beside what is real.
      const story = { DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '300' };
      if (options.play) {
        const over = { ...story, DOZOR_STORY_TICK_SECONDS: '3600', DOZOR_DATA: './data/play' };
        const config = configOf(options, over);
        const folder = resolve(options.play);
        process.exitCode = await serve(config, { is: 'folder', folder, sets: options.set ?? [], speed: options.speed });
        return;
      }
      const config = configOf(options, { ...story, DOZOR_DATA: './data/demo' });
      process.exitCode = await serve(config, {
        is: 'demonstration',
        speed: options.speed ?? 7_200,
        seed: options.seed,
      });
    },
  );

program
  .command('serve')
  .description('run an installation as the configuration says, or one process of it; SIGTERM stops it')
  .option(
    '--roles <list>',
    'what this process does, on Kafka and Redis: door,network,service,collector,alerts,dashboard',
  )
  .option('--data <folder>', 'the data folder')
  .option('--port <port>', 'the port of the HTTP door')
  .action(async (options: { roles?: string; data?: string; port?: string }) => {
    const { serve } = await import('./commands/serve.js');
    process.exitCode = await serve(configOf(options));
  });

interface ReplayFlags {
  readonly until?: Instant;
  readonly out?: string;
  readonly packs?: string[];
  readonly quiet?: boolean;
  readonly scores?: boolean;
}

program
  .command('replay')
  .description('tell a story at once: NDJSON events in, in the order of the lines, NDJSON decisions out')
  .argument('<file...>', 'NDJSON files, also .gz; - is standard input')
  .option('--until <time>', 'move the clock to this time at the end', time)
  .option('--out <file>', 'write the decisions to a file in place of standard output')
  .option('--packs <folder...>', 'folders with rule packs of your own, beside those that come with it')
  .option('--scores', 'say of every sample of an indicator how unusual it is: kpi.scored')
  .option('--quiet', 'no progress bar')
  .action(async (files: string[], options: ReplayFlags) => {
    const { replay } = await import('./commands/replay.js');
    const packs = loadPacks([OWN_PACKS, ...(options.packs ?? [])]);
    const { until, out: file, quiet, scores } = options;
    process.exitCode = await replay({
      files,
      packs,
      ...(until === undefined ? {} : { until }),
      ...(file === undefined ? {} : { out: file }),
      ...(quiet === undefined ? {} : { quiet }),
      ...(scores === undefined ? {} : { scores }),
    });
  });

program
  .command('messages')
  .description('what subscribers would be sent: the notices in NDJSON decisions, in words; nothing is sent')
  .argument('<file...>', 'NDJSON files of decisions, also .gz; - is standard input')
  .option('--language <tag>', 'in place of that of the notice: sr-Latn, sr-Cyrl, en, de')
  .option('--packs <folder...>', 'folders with rule packs of your own')
  .action(async (files: string[], options: { language?: string; packs?: string[] }) => {
    const { messagesOf } = await import('./commands/messages.js');
    const { language, packs } = options;
    process.exitCode = await messagesOf(
      { files, packs: loadPacks([OWN_PACKS, ...(packs ?? [])]), ...(language === undefined ? {} : { language }) },
      out,
      (line) => void process.stderr.write(`${line}\n`),
    );
  });

program
  .command('usage-year')
  .description('a made-up year of usage for any number of services, as NDJSON on standard output')
  .requiredOption('--services <n>', 'how many services', positive)
  .requiredOption('--from <time>', 'when it begins', time)
  .option('--days <n>', 'how many days', positive, 365)
  .option('--seed <n>', 'the same seed tells the same story', positive, 1)
  .option('--rate <n>', 'calls, messages and sessions of a service in a day', positive, 6)
  .option('--faulty <share>', 'the share of records that are bad on purpose', share, 0)
  .action(
    async ({
      rate,
      ...options
    }: {
      services: number;
      from: Instant;
      days: number;
      seed: number;
      rate: number;
      faulty: number;
    }) => {
      const { writeUsageYear } = await import('./commands/usage-year.js');
      await writeUsageYear({ ...options, recordsPerServiceDay: rate }, (text) =>
        process.stdout.write(text)
          ? undefined
          : new Promise<void>((done) => process.stdout.once('drain', () => done())),
      );
    },
  );

program
  .command('rate')
  .description('rate usage by a tariff: NDJSON of { tariff, usage } in, { cost, charge } out')
  .argument('<file>', 'an NDJSON file, also .gz; - is standard input')
  .action(async (file: string) => {
    const { rateFile } = await import('./commands/rate.js');
    const write = (line: string) => {
      if (process.stdout.write(`${line}\n`)) return undefined;
      return new Promise<void>((drained) => process.stdout.once('drain', () => drained()));
    };
    process.exitCode = await rateFile(file, write, (line) => process.stderr.write(`${line}\n`));
  });

interface ClientOptions {
  readonly url?: string;
  readonly token?: string;
  readonly data?: string;
  readonly port?: string;
}

async function targetFrom(options: ClientOptions) {
  const { targetOf } = await import('./commands/client.js');
  const config = configOf(options);
  const url =
    options.url ??
    `${config.tls ? 'https' : 'http'}://${config.host === '0.0.0.0' ? '127.0.0.1' : config.host}:${config.port}`;
  return targetOf({
    url,
    dataFolder: config.dataFolder,
    ...(options.token === undefined ? {} : { token: options.token }),
  });
}

const client = (command: Command) =>
  command
    .option('--url <address>', 'where Dozor listens (as the configuration says)')
    .option('--token <token>', 'the token that may write (the one that the data folder holds)')
    .option('--data <folder>', 'the data folder of the installation on this machine')
    .option('--port <port>', 'the port of the installation on this machine');

client(program.command('ingest'))
  .description('send events to a running installation, each answered by line')
  .argument('<file...>', 'NDJSON files, also .gz; - is standard input')
  .option('--until <time>', 'where events move the clock: move it to this time at the end')
  .option('--quiet', 'no progress bar')
  .action(async (files: string[], options: ClientOptions & { until?: string; quiet?: boolean }) => {
    const { moveClock, sendFiles } = await import('./commands/client.js');
    const target = await targetFrom(options);
    const sent = await sendFiles(files, target, options.quiet ?? false);
    if (options.until) await moveClock(target, options.until);
    out(`${sent.accepted} accepted, ${sent.duplicates} known already, ${sent.rejected} rejected`);
    process.exitCode = sent.rejected > 0 ? 1 : 0;
  });

type ImportOptions = ClientOptions & ImportFlags & { readonly dryRun?: boolean; readonly out?: string };

client(program.command('import'))
  .description(
    'send files as operators have them: CSV by a mapping, NDJSON, TAP, NRTRDE, charging files (TS 32.297), RADIUS detail files, CMCD logs',
  )
  .argument('<file...>', 'the files, also .gz; of ndjson - is standard input')
  .addOption(
    new Option('--format <format>', 'how the files are written')
      .choices(['csv', 'ndjson', 'tap', 'nrtrde', 'charging', 'radius-detail', 'cmcd'])
      .default('csv'),
  )
  .option('--map <file>', 'csv: the mapping that says which column is what; of other formats the same as --services')
  .option('--services <file>', 'which service an identity is: CSV identity,serviceId')
  .option('--operator <id>', 'whose subscribers they are: needed but for csv, ndjson and cmcd')
  .option('--home-networks <list>', 'charging: MCC and MNC of the own networks (those of the rule pack)')
  .option('--destinations <file>', 'zones of called numbers for the tariff: CSV prefix,zone,country')
  .option('--element <id>', 'an element that stands for the feed: missing and incomplete files are its alarms')
  .option('--key <file>', 'the key that hashes identities (DOZOR_IDENTITY_KEY_FILE, or the one in the data folder)')
  .option('--state <folder>', 'where it is kept which files came (imports, in the data folder)')
  .option('--recorded-at <time>', 'when the records became known (as the files say)', time)
  .option('--dry-run', 'send nothing: show what would be sent and decided')
  .option('--out <file>', 'with --dry-run: write the events as NDJSON; - is standard output')
  .option('--quiet', 'no progress bar')
  .action(async (files: string[], options: ImportOptions) => {
    const { importFiles } = await import('./commands/import.js');
    const { importGiven } = await import('./commands/import-given.js');
    const config = configOf(options);
    const { dryRun = false, out: file } = options;
    if (file !== undefined && !dryRun) throw new Error('--out belongs to --dry-run');
    const to = dryRun
      ? ({ is: 'dry', ...(file !== undefined && { out: file }) } as const)
      : ({ is: 'door', target: await targetFrom(options) } as const);
    process.exitCode = await importFiles({ ...(await importGiven(options, config)), files, to });
  });

program
  .command('identity-key')
  .description('make the key that hashes identities of subscribers, the same for all that imports or listens to RADIUS')
  .argument('<file>', 'where to put it')
  .action(async (file: string) => {
    const { makeIdentityKey } = await import('./runtime/identity-key.js');
    makeIdentityKey(file);
    out(`${file} is the identity key: keep it secret, and keep it`);
  });

program
  .command('identities')
  .description('a list of identities with each in the form of its keyed hash, on standard output')
  .argument(
    '<file>',
    'CSV identity,serviceId; each identity must say of what kind it is (imsi:, msisdn:, user:, station:)',
  )
  .option('--key <file>', 'the key that hashes identities (DOZOR_IDENTITY_KEY_FILE, or the one in the data folder)')
  .option('--data <folder>', 'the data folder of the installation on this machine')
  .action(async (file: string, options: { key?: string; data?: string }) => {
    const { hashIdentities } = await import('./commands/import-given.js');
    process.exitCode = await hashIdentities(file, options.key, configOf(options), out);
  });

program
  .command('explain')
  .description('a decision in words: clause, inputs, arithmetic, the events it came from')
  .argument('<id>', 'the id of the decision')
  .option('--data <folder>', 'the data folder')
  .option('--json', 'as JSON')
  .action(async (id: string, options: { data?: string; json?: boolean }) => {
    const { explain } = await import('./commands/explain.js');
    const { PLAY_PACKS } = await import('./play/play.js');
    const config = configOf(options);
    const packFolders = [OWN_PACKS, PLAY_PACKS, ...config.packFolders];
    const { dataFolder, clustered } = config;
    out(await explain({ id, dataFolder, clustered, packFolders, json: options.json ?? false }));
  });

interface ReportOptions {
  readonly from: Instant;
  readonly to: Instant;
  readonly format: string;
  readonly data?: string;
}

const report = program
  .command('report')
  .description('registers that the law and the terms ask for, from what is on the log');
const register = (command: Command) =>
  command
    .requiredOption('--from <time>', 'from this time on', time)
    .requiredOption('--to <time>', 'up to before this time', time)
    .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
    .option('--data <folder>', 'the data folder');

register(report.command('notices'))
  .description('notices to subscribers on use and charges: when, of which service, by which clause, on which traffic')
  .option('--template <name...>', 'these notices in place of all on use and charges')
  .option('--with-contacts', 'put name and number in: personal data')
  .action(async (options: ReportOptions & { template?: string[]; withContacts?: boolean }) => {
    const { reportNotices } = await import('./commands/report-notices.js');
    const { from, to, template, withContacts = false } = options;
    const format = options.format as 'csv' | 'ndjson';
    const given = { from, to, format, withContacts, ...(template && { templates: template }) };
    for (const line of await reportNotices(configOf(options), given)) out(line);
  });
register(report.command('regulator-notices'))
  .description('notices to the regulator, one for an incident: when due, signed and sent, and what they said')
  .action(async (options: ReportOptions) => {
    const { reportRegulatorNotices } = await import('./commands/report-regulator-notices.js');
    const { PLAY_PACKS } = await import('./play/play.js');
    const config = configOf(options);
    const packs = loadPacks([OWN_PACKS, PLAY_PACKS, ...config.packFolders]);
    const { from, to } = options;
    const format = options.format as 'csv' | 'ndjson';
    for (const line of await reportRegulatorNotices(config, { from, to, format, packs })) out(line);
  });
register(report.command('late-usage'))
  .description(
    'late-billed data: what became known within the period of billing cycles that were over, with its charge',
  )
  .action(async (options: ReportOptions) => {
    const { reportLateUsage } = await import('./commands/report-late-usage.js');
    const { PLAY_PACKS } = await import('./play/play.js');
    const config = configOf(options);
    const packs = loadPacks([OWN_PACKS, PLAY_PACKS, ...config.packFolders]);
    const { from, to } = options;
    const { lines, unknown } = await reportLateUsage(config, packs, {
      from,
      to,
      format: options.format as 'csv' | 'ndjson',
    });
    for (const line of lines) out(line);
    if (unknown > 0) process.stderr.write(`${unknown} records are of services that nobody has told of\n`);
  });

report
  .command('levels')
  .description('what a network promises of a year: availability, coverage, loss; and the year at the present rate')
  .argument('[file...]', 'NDJSON files of events, also .gz, in place of the log of the installation')
  .requiredOption('--year <year>', 'the calendar year of the operator', positive)
  .option('--as-of <time>', 'how far the year has gone (as far as is known)', time)
  .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
  .option('--data <folder>', 'the data folder')
  .action(async (files: string[], options: { year: number; asOf?: Instant; format: string; data?: string }) => {
    const { levelsRegister, networkOf } = await import('./commands/report-levels.js');
    const { year, asOf } = options;
    const source = await networkSource(files, options);
    const story = await networkOf(source, asOf ?? Number.NEGATIVE_INFINITY);
    const given = { year, format: options.format as 'csv' | 'ndjson', ...(asOf !== undefined && { asOf }) };
    for (const line of levelsRegister(story, source.packs, given)) out(line);
  });
register(report.command('outages'))
  .description('SAIDI, SAIFI, CAIDI and MTTR of networks by month, district and technology')
  .argument('[file...]', 'NDJSON files of events, also .gz, in place of the log of the installation')
  .action(async (files: string[], options: ReportOptions) => {
    const { networkOf, outagesRegister } = await import('./commands/report-levels.js');
    const { from, to } = options;
    const source = await networkSource(files, options);
    const story = await networkOf(source, to);
    const given = { from, to, format: options.format as 'csv' | 'ndjson' };
    for (const line of outagesRegister(story, source.packs, given)) out(line);
  });

report
  .command('viewer')
  .description(
    'the sessions of one viewer that were short: what the terms say, the likely cause, and the evidence, in words',
  )
  .argument('<service>', 'its opaque id')
  .argument('[file...]', 'NDJSON files of decisions, also .gz, in place of the log of the installation')
  .requiredOption('--from <time>', 'from this time on', time)
  .requiredOption('--to <time>', 'up to before this time', time)
  .option('--data <folder>', 'the data folder')
  .action(async (service: string, files: string[], options: { from: Instant; to: Instant; data?: string }) => {
    const { reportViewer } = await import('./commands/report-viewer.js');
    const { from, to } = options;
    for (const line of await reportViewer(configOf(options), { service, files, from, to })) out(line);
  });

/** Where a report on networks reads; a refused line ends the command with 1. */
async function networkSource(files: readonly string[], options: { readonly data?: string }) {
  const { PLAY_PACKS } = await import('./play/play.js');
  const config = configOf(options);
  const refused = (message: string) => {
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
  };
  return { config, packs: loadPacks([OWN_PACKS, PLAY_PACKS, ...config.packFolders]), files, refused };
}

interface OverrunFlags {
  readonly from?: Instant;
  readonly to?: Instant;
  readonly format: string;
  readonly data?: string;
}

report
  .command('overrun')
  .description('by how much a limit can be passed before the bar stands, by feed; with a period also as measured')
  .option('--from <time>', 'measure the events that became known from this time on', time)
  .option('--to <time>', 'up to before this time', time)
  .addOption(new Option('--format <format>', 'table or json').choices(['table', 'json']).default('table'))
  .option('--data <folder>', 'the data folder')
  .action(async (options: OverrunFlags) => {
    const { reportOverrun } = await import('./commands/report-overrun.js');
    const { PLAY_PACKS } = await import('./play/play.js');
    const { from, to } = options;
    if ((from === undefined) !== (to === undefined)) throw new Error('--from and --to are given together, or neither');
    const config = configOf(options);
    const packs = loadPacks([OWN_PACKS, PLAY_PACKS, ...config.packFolders]);
    const period = from === undefined || to === undefined ? {} : { period: { from, to } };
    const format = options.format as 'table' | 'json';
    for (const line of await reportOverrun(config, packs, { format, ...period })) out(line);
  });

report
  .command('mobitext')
  .description('the monthly statement of messages to short codes: by account and network, shares and payouts')
  .requiredOption('--month <month>', 'a month such as 2026-06')
  .option('--operator <id>', 'of this operator alone')
  .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
  .option('--data <folder>', 'the data folder')
  .action(async (options: { month: string; operator?: string; format: string; data?: string }) => {
    const { reportSms } = await import('./commands/report-sms.js');
    const config = configOf(options);
    const packs = loadPacks([OWN_PACKS, ...config.packFolders]);
    const { month, operator } = options;
    const format = options.format as 'csv' | 'ndjson';
    for (const line of await reportSms(config, packs, { month, format, ...(operator && { operator }) })) out(line);
  });

program
  .command('sms')
  .description('short messages')
  .command('preview')
  .description('a text as it would be sent: letters, alphabet, parts, price on each network; nothing is sent')
  .argument('[text]', 'the text; - or none is standard input')
  .option('--operator <id>', 'by the terms of this operator alone')
  .option('--at <time>', 'by the terms in force then (now)', time)
  .option('--packs <folder...>', 'folders with rule packs of your own')
  .option('--json', 'as JSON')
  .action(
    async (
      text: string | undefined,
      options: { operator?: string; at?: Instant; packs?: string[]; json?: boolean },
    ) => {
      const { smsPreview } = await import('./commands/sms-preview.js');
      const { text: readAll } = await import('node:stream/consumers');
      const given = text === undefined || text === '-' ? (await readAll(process.stdin)).replace(/\r?\n$/, '') : text;
      const packs = loadPacks([OWN_PACKS, ...(options.packs ?? readConfig(process.env).packFolders)]);
      const { operator, at = Date.now(), json = false } = options;
      for (const line of smsPreview({ text: given, packs, at, json, ...(operator && { operator }) })) out(line);
    },
  );

const terms = program.command('terms').description('the rule packs');
terms
  .command('check')
  .description('say in plain words what the packs do, and all their problems at once')
  .argument('[folder...]', 'folders with packs (those that come with it, and those of DOZOR_PACKS)')
  .action(async (folders: string[]) => {
    const { describePack } = await import('./runtime/packs.js');
    const chosen = folders.length > 0 ? folders : [OWN_PACKS, ...readConfig(process.env).packFolders];
    const read = readPacks(chosen);
    if (read.length === 0) throw new Error(`there is no pack in ${chosen.join(', ')}`);
    let problems = 0;
    for (const { file, body, hash, problems: found } of read) {
      if (body && found.length === 0) out(`${describePack(body).join('\n')}\n  content ${hash}\n`);
      for (const problem of found) process.stderr.write(`${file}: ${problem}\n`);
      problems += found.length;
    }
    const { checkAlarmRules } = await import('./commands/alarm-rules.js');
    const alarms = checkAlarmRules(chosen, folders.length > 0 ? undefined : readConfig(process.env).alarmRules);
    for (const { file, lines, problems: found } of alarms) {
      if (lines.length > 0) out(`${lines.join('\n')}\n`);
      for (const problem of found) process.stderr.write(`${file}: ${problem}\n`);
      problems += found.length;
    }
    out(`${read.length} packs, ${problems} problems`);
    process.exitCode = problems > 0 ? 1 : 0;
  });

terms
  .command('adopt')
  .description(
    'on Kafka and Redis: bring the packs of this machine into force for all processes, which then want a restart',
  )
  .action(async () => {
    const { adopt } = await import('./commands/cluster.js');
    for (const line of await adopt(readConfig(process.env))) out(line);
  });

program
  .command('seal-key')
  .description(
    'make the pair of keys for rejected events: the public one for every process, the private one for dead-letters alone',
  )
  .argument('<folder>', 'where to put them')
  .action(async (folder: string) => {
    const { makeKeyPair } = await import('./runtime/seal-key.js');
    const { publicFile, privateFile } = makeKeyPair(folder);
    out(`DOZOR_SEAL_KEY_FILE=${publicFile}`);
    process.stderr.write(`Keep ${privateFile} where only those may read it who handle rejected events.\n`);
  });

program
  .command('hints')
  .description('what Kafka remembers of how far the tasks had come')
  .command('forget')
  .description('forget it: the next start takes the state in Redis as it is, and judges again what came after it')
  .action(async () => {
    const { forgetHints } = await import('./commands/cluster.js');
    for (const line of await forgetHints(readConfig(process.env))) out(line);
  });

const config = program.command('config').description('the configuration');
config
  .command('check')
  .description('all problems of the configuration at once')
  .action(() => {
    const problems = checkConfig(process.env);
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    out(problems.length === 0 ? 'the configuration can be used' : `${problems.length} problems`);
    process.exitCode = problems.length > 0 ? 1 : 0;
  });
config
  .command('print')
  .description('what is in force')
  .action(() => {
    for (const line of printConfig(process.env)) out(line);
  });

program
  .command('token')
  .description('add a token that may send events; its text is shown once')
  .argument('<name>', 'who it is for')
  .option('--sources <name...>', 'only events of these sources')
  .option('--operators <id...>', 'only records of these operators')
  .option('--types <type...>', 'only events of these types')
  .option('--data <folder>', 'the data folder')
  .action(
    async (name: string, options: { sources?: string[]; operators?: string[]; types?: string[]; data?: string }) => {
      const { addToken } = await import('./commands/serve.js');
      const { sources, operators, types } = options;
      const limits = {
        ...(sources ? { sources } : {}),
        ...(operators ? { operators } : {}),
        ...(types ? { types } : {}),
      };
      out(addToken(configOf(options), name, limits));
      process.stderr.write('It is not stored: keep it now. A running installation takes it when it starts next.\n');
    },
  );

program
  .command('backup')
  .description('put a consistent snapshot of a running installation away, in an empty folder')
  .argument('<folder>', 'where to')
  .option('--data <folder>', 'the data folder of an embedded installation')
  .action(async (to: string, options: { data?: string }) => {
    const config = configOf(options);
    if (config.clustered) {
      const { backupCluster } = await import('./commands/backup.js');
      for (const line of await backupCluster(config, to)) out(line);
      return;
    }
    const { backup } = await import('./io/backup.js');
    await backup(config.dataFolder, to);
    out(`the backup stands in ${to}; it holds the keys and tokens too`);
  });

program
  .command('restore')
  .description(
    'make an installation of a backup: in an empty folder, or in an empty Redis beside the Kafka that it had',
  )
  .argument('<backup>', 'the folder of the backup')
  .option('--topics', 'on Kafka and Redis: Kafka is lost too, and new; put back what was on its topics')
  .option('--data <folder>', 'the data folder to make, of an embedded installation')
  .action(async (from: string, options: { topics?: boolean; data?: string }) => {
    const config = configOf(options);
    if (config.clustered) {
      const { restoreCluster } = await import('./commands/restore.js');
      for (const line of await restoreCluster(config, from, { topics: options.topics ?? false })) out(line);
      return;
    }
    if (options.topics) throw new Error('--topics is for Kafka: a backup of embedded parts holds log and state in one');
    const { restore } = await import('./io/backup.js');
    const { dataFolder } = config;
    await restore(from, dataFolder);
    out(`${dataFolder} is ready: start it with 'npm run -s dozor -- serve --data ${dataFolder}'`);
  });

program
  .command('migrate')
  .description('take a stopped embedded installation to an empty Kafka and Redis, as the configuration names them')
  .requiredOption('--from <folder>', 'the data folder of the embedded installation')
  .action(async ({ from }: { from: string }) => {
    const { migrate } = await import('./commands/migrate.js');
    for (const line of await migrate({ config: readConfig(process.env), from })) out(line);
  });

const audit = program
  .command('audit')
  .description('the audit trail: who signed in, was refused, saw a number, changed rights');
audit
  .command('verify')
  .description('check the chain of hashes from the log, and name the first break')
  .option('--anchor <hash...>', 'heads of chains that were noted elsewhere: each must still be there')
  .option('--data <folder>', 'the data folder')
  .action(async (options: { anchor?: string[]; data?: string }) => {
    const { verifyTrail } = await import('./commands/access-commands.js');
    const { ok, lines } = await verifyTrail(configOf(options), options.anchor ?? []);
    for (const line of lines) out(line);
    if (!ok) process.exitCode = 1;
  });
audit
  .command('list')
  .description('the newest records, a line each, oldest first')
  .option('--limit <count>', 'so many', positive, 100)
  .option('--data <folder>', 'the data folder')
  .action(async (options: { limit: number; data?: string }) => {
    const { listTrail } = await import('./commands/access-commands.js');
    for (const line of await listTrail(configOf(options), options.limit)) out(line);
  });

const users = program.command('users').description('who may sign in');
users
  .command('list')
  .description('all accounts')
  .option('--data <folder>', 'the data folder')
  .action(async (options: { data?: string }) => {
    const { listUsers } = await import('./commands/access-commands.js');
    for (const line of await listUsers(configOf(options))) out(line);
  });
users
  .command('add')
  .description('make an account; its password is shown once. An embedded installation must be stopped for it')
  .argument('<login>')
  .requiredOption('--role <role>', 'viewer, operator, supervisor, admin, regulator or auditor')
  .option('--data <folder>', 'the data folder')
  .action(async (login: string, options: { role: string; data?: string }) => {
    const { addUser } = await import('./commands/access-commands.js');
    for (const line of await addUser(configOf(options), login, options.role)) out(line);
  });
users
  .command('reset')
  .description('give an account another password and unlock it; an embedded installation must be stopped for it')
  .argument('<login>')
  .option('--data <folder>', 'the data folder')
  .action(async (login: string, options: { data?: string }) => {
    const { resetUser } = await import('./commands/access-commands.js');
    for (const line of await resetUser(configOf(options), login)) out(line);
  });

const keys = program.command('keys').description('keys of machines; administrators make them on the page');
keys
  .command('list')
  .description('all keys')
  .option('--data <folder>', 'the data folder')
  .action(async (options: { data?: string }) => {
    const { listKeys } = await import('./commands/access-commands.js');
    for (const line of await listKeys(configOf(options))) out(line);
  });
keys
  .command('remove')
  .description('take a key away; an embedded installation must be stopped for it')
  .argument('<id>')
  .option('--data <folder>', 'the data folder')
  .action(async (id: string, options: { data?: string }) => {
    const { removeKey } = await import('./commands/access-commands.js');
    out(await removeKey(configOf(options), id));
  });

const held = program.command('held').description('services that made the program fail, and are held');
held
  .command('list')
  .description('which, since when and why')
  .option('--data <folder>', 'the data folder')
  .action(async (options: { data?: string }) => {
    const { listHeld } = await import('./commands/held.js');
    for (const line of await listHeld(configOf(options))) out(line);
  });
held
  .command('retry')
  .description('let the records of a held service through; an embedded installation must be stopped for it')
  .argument('<service>')
  .option('--data <folder>', 'the data folder')
  .action(async (service: string, options: { data?: string }) => {
    const { retryHeld } = await import('./commands/held.js');
    out(await retryHeld(configOf(options), service));
  });

const notices = program
  .command('notices')
  .description('the ledger of notices: what waits for a person, and what became of one');
notices
  .command('list')
  .description('what a person has to see to: in doubt, to go by post, to be signed')
  .addOption(new Option('--list <list>', 'one of the lists alone').choices(['person', 'letter', 'sign-off']))
  .addOption(new Option('--format <format>', 'text, csv or ndjson').choices(['text', 'csv', 'ndjson']).default('text'))
  .option('--data <folder>', 'the data folder')
  .action(async (options: { list?: 'person' | 'letter' | 'sign-off'; format: ListFormat; data?: string }) => {
    const { listNotices } = await import('./commands/notice-lists.js');
    for (const line of await listNotices(configOf(options), options.list, options.format)) out(line);
  });
notices
  .command('all')
  .description('every notice on the ledger and how it stands')
  .option('--state <state>', 'those in this state: waiting, sending, awaiting-receipt, person, letter, delivered ...')
  .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
  .option('--data <folder>', 'the data folder')
  .action(async (options: { state?: string; format: 'csv' | 'ndjson'; data?: string }) => {
    const { allNotices } = await import('./commands/notice-lists.js');
    for (const line of await allNotices(configOf(options), options.state, options.format)) out(line);
  });
notices
  .command('letters')
  .description('what has to go by post, with the text of each letter, for whoever knows the postal addresses')
  .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson']).default('csv'))
  .option('--data <folder>', 'the data folder')
  .action(async (options: { format: 'csv' | 'ndjson'; data?: string }) => {
    const { letterList } = await import('./commands/notice-lists.js');
    const config = configOf(options);
    const packs = loadPacks([OWN_PACKS, ...config.packFolders]);
    for (const line of await letterList(config, packs, options.format)) out(line);
  });
notices
  .command('show')
  .description('one notice: its text, its parts, and what became of them')
  .argument('<id>', 'the noticeId')
  .option('--data <folder>', 'the data folder')
  .action(async (id: string, options: { data?: string }) => {
    const { showNotice } = await import('./commands/notices.js');
    out(JSON.stringify(await showNotice(configOf(options), id), null, 2));
  });
client(notices.command('sign-off'))
  .description("sign a notice to the regulator: it leaves then, where the operator's pack asks for a signature")
  .argument('<id>', 'the noticeId')
  .requiredOption('--by <role>', 'in which role, such as legal-officer; no name of a person')
  .option('--time <time>', 'when it was signed; now unless given', time)
  .action(async (id: string, options: ClientOptions & { by: string; time?: Instant }) => {
    const { actOnNotice } = await import('./commands/notices.js');
    const act = { is: 'sign-off', by: options.by, time: options.time ?? Date.now() } as const;
    out(await actOnNotice(configOf(options), await targetFrom(options), id, act));
  });
client(notices.command('settle'))
  .description('say what becomes of a notice that is on a list')
  .argument('<id>', 'the noticeId')
  .addOption(
    new Option('--as <what>', 'sent: it left; again: send it again; next-channel; letter-sent; closed')
      .choices(['sent', 'again', 'next-channel', 'letter-sent', 'closed'])
      .makeOptionMandatory(),
  )
  .requiredOption('--by <role>', 'in which role, such as shift-lead; no name of a person')
  .option('--time <time>', 'when it was decided; now unless given', time)
  .action(async (id: string, options: ClientOptions & { as: NoticeSettlement; by: string; time?: Instant }) => {
    const { actOnNotice } = await import('./commands/notices.js');
    const act = { is: 'settle', as: options.as, by: options.by, time: options.time ?? Date.now() } as const;
    out(await actOnNotice(configOf(options), await targetFrom(options), id, act));
  });

interface LetterOptions {
  readonly key?: string;
  readonly data?: string;
}

const dead = program.command('dead-letters').description('what was refused, kept whole and sealed');
const opening = (command: Command) =>
  command
    .option('--key <file>', 'the private key that opens them (the one in the data folder)')
    .option('--data <folder>', 'the data folder');

async function lettersFrom({ key, ...options }: LetterOptions) {
  const { readDeadLetters } = await import('./commands/dead-letters.js');
  return readDeadLetters(configOf(options), key);
}

opening(dead.command('list'))
  .description('which, when and why, a line each')
  .option('--reason <reason>', 'only those refused for this reason')
  .action(async (options: LetterOptions & { reason?: string }) => {
    const { listDeadLetters } = await import('./commands/dead-letters.js');
    for (const line of listDeadLetters(await lettersFrom(options), options.reason)) out(line);
  });
opening(dead.command('show'))
  .description('one of them, whole')
  .argument('<id>', 'the id of the decision event.rejected')
  .action(async (id: string, options: LetterOptions) => {
    const { deadLetter } = await import('./commands/dead-letters.js');
    out(JSON.stringify(deadLetter(await lettersFrom(options), id), null, 2));
  });
client(dead.command('retry'))
  .description('send a refused event again, as it came or corrected')
  .argument('<id>', 'the id of the decision event.rejected')
  .option('--file <file>', 'the corrected event, JSON')
  .option('--key <file>', 'the private key that opens them (the one in the data folder)')
  .action(async (id: string, options: ClientOptions & { file?: string; key?: string }) => {
    const { deadLetter } = await import('./commands/dead-letters.js');
    const { sendLines } = await import('./commands/client.js');
    const { readFileSync } = await import('node:fs');
    const { event } = deadLetter(await lettersFrom(options), id).data;
    const text = options.file
      ? JSON.stringify(JSON.parse(readFileSync(options.file, 'utf8')))
      : typeof event === 'string'
        ? event
        : JSON.stringify(event);
    const sent = await sendLines([text], await targetFrom(options), ({ message, reason }) =>
      process.stderr.write(`${message} (${reason})\n`),
    );
    out(sent.accepted > 0 ? 'accepted' : sent.duplicates > 0 ? 'known already' : 'rejected again');
    process.exitCode = sent.rejected > 0 ? 1 : 0;
  });

// Whoever reads the output may stop reading: `dozor dead-letters list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`dozor: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
