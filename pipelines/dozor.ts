#!/usr/bin/env node
/** The one door to the program: every command, its options and its exit code. */
import { Command, InvalidArgumentError } from 'commander';
import { type Instant, parseInstant } from './domain/units.js';
import { loadPacks, OWN_PACKS } from './runtime/packs.js';

function time(text: string): Instant {
  const at = parseInstant(text);
  if (at === undefined) throw new InvalidArgumentError('It should be an RFC 3339 time with an offset, such as 2026-07-01T00:00:00+02:00.');
  return at;
}

const program = new Command('dozor')
  .description('Watches telecom networks and services: events in, defensible decisions out.')
  .showHelpAfterError('(--help lists the commands and options)');

program
  .command('replay')
  .description('tell a story at once: NDJSON events in, in the order of the lines, NDJSON decisions out')
  .argument('<file...>', 'NDJSON files, also .gz; - is standard input')
  .option('--until <time>', 'move the clock to this time at the end', time)
  .option('--out <file>', 'write the decisions to a file in place of standard output')
  .option('--packs <folder...>', "folders with rule packs of one's own, beside those that come with it")
  .option('--quiet', 'no progress bar')
  .action(async (files: string[], options: { until?: Instant; out?: string; packs?: string[]; quiet?: boolean }) => {
    const { replay } = await import('./commands/replay.js');
    const packs = loadPacks([OWN_PACKS, ...(options.packs ?? [])]);
    const { until, out, quiet } = options;
    process.exitCode = await replay({
      files,
      packs,
      ...(until === undefined ? {} : { until }),
      ...(out === undefined ? {} : { out }),
      ...(quiet === undefined ? {} : { quiet }),
    });
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`dozor: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
