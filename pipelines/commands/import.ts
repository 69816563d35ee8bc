/** `dozor import`: files as operators have them, by a mapping, into events; with `--dry-run` it shows what would be decided. */
import type { Packs } from '../domain/pack.js';
import { inventoryEvents } from '../play/inventory.js';
import { loadMapping } from '../play/mapping.js';
import { Tally } from '../play/tally.js';
import { Replay } from '../runtime/replay.js';
import { sendLines, type Target } from './client.js';

export interface ImportOptions {
  readonly files: readonly string[];
  readonly map: string;
  readonly packs: Packs;
  /** Absent: a dry run. */
  readonly target?: Target;
}

/** Runs the import and returns the exit code: 0, or 1 where anything was bad. */
export async function importFiles({ files, map, packs, target }: ImportOptions): Promise<0 | 1> {
  const tally = new Tally();
  const events = inventoryEvents(files, loadMapping(map), tally);
  const out = (text: string) => process.stdout.write(`${text}\n`);
  let bad = 0;
  if (target) {
    const lines = (async function* () {
      for await (const event of events) yield JSON.stringify(event);
    })();
    const sent = await sendLines(lines, target, ({ message, reason }) =>
      process.stderr.write(`${message} (${reason})\n`),
    );
    out(`${sent.accepted} events sent, ${sent.duplicates} known already, ${sent.rejected} rejected`);
    bad = sent.rejected;
  } else bad = await dryRun(events, packs, out);
  for (const line of tally.report()) process.stderr.write(`${line}\n`);
  return bad > 0 || tally.problemCount > 0 ? 1 : 0;
}

async function dryRun(events: AsyncIterable<object>, packs: Packs, out: (text: string) => void): Promise<number> {
  const counts = new Map<string, number>();
  const decided = new Map<string, number>();
  const story = new Replay({
    packs,
    decided: ({ type }) => decided.set(type, (decided.get(type) ?? 0) + 1),
    rejected: ({ message, reason }) => process.stderr.write(`${message} (${reason})\n`),
  });
  let line = 0;
  for await (const event of events) {
    const { type } = event as { type: string };
    counts.set(type, (counts.get(type) ?? 0) + 1);
    story.line(JSON.stringify(event), ++line);
  }
  story.finish();
  out('A dry run: nothing was sent.');
  for (const [type, count] of counts) out(`  ${count} ${type}`);
  out(decided.size === 0 ? 'Nothing would be decided.' : 'This would be decided:');
  for (const [type, count] of decided) out(`  ${count} ${type}`);
  return story.counts.rejected;
}
