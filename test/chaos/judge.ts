/** The verdict on the installation of a run: its topics, its store, its views, against a replay of what it was told. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { standOf } from '../../pipelines/runtime/task.js';
import { TOPICS } from '../../pipelines/runtime/topics.js';
import type { Producer } from './producer.js';
import type { Setup } from './setup.js';
import type { ChaosStory } from './story.js';
import type { Partitioned } from './topics.js';
import { undisturbed } from './undisturbed.js';
import { compare, type Decision, decidedOn, type Verdict, verdictOf } from './verdict.js';

/** By when the page shows what was decided last. */
const SHOWN_MS = 15_000;
const WRITTEN_AGAIN = 'the log tells another story than the lines: undisturbed tasks decide the same of it';

/** Reads all that was decided and says what is wrong with it. */
export async function judge(setup: Setup, producer: Producer, story: ChaosStory): Promise<Verdict> {
  const { topics, store, privateKeyPem, options } = setup;
  const [decisions, rejected] = [await topics.read(TOPICS.decisions), await topics.read(TOPICS.rejected)];
  const replayed = await replay(setup, producer, story);
  const { problems, counts } = verdictOf({ decisions, rejected, replayed, sent: producer.sent, privateKeyPem });
  const further: string[] = [];
  for (const task of setup.tasks) {
    const held = (await standOf(store, task))?.tally['held'] ?? 0;
    if (held > 0) further.push(`${task} holds ${held} services`);
  }
  further.push(...(await viewsDiffer(setup, decisions)));
  if (problems.length > 0) {
    // Whose fault it is: the tasks', or that of who wrote the log.
    const own = await undisturbed({
      packs: setup.packsInForce,
      partitions: options.partitions,
      live: false,
      serviceEvents: await topics.read(TOPICS.serviceEvents),
      elementEvents: await topics.read(TOPICS.elementEvents),
    });
    const wanted = new Map([...decidedOn(own)].map(([id, [text]]) => [id, JSON.parse(text!)]));
    const ofTasks = new Map(
      [...decidedOn(decisions)].filter(([id, [text]]) => wanted.has(id) || !text!.includes('"event.rejected"')),
    );
    const inside = compare(ofTasks, wanted, producer.sent);
    further.push(
      inside.length === 0
        ? WRITTEN_AGAIN
        : `the tasks: of the log as it is, undisturbed ones decide otherwise; ${inside.length} differences, the first: ${inside[0]}`,
    );
  }
  return { problems: [...further, ...problems], counts };
}

/** What the page counts is what was decided, each decision once, whatever became of the process that shows it. */
async function viewsDiffer({ door }: Setup, decisions: Partitioned): Promise<readonly string[]> {
  const wanted: Record<string, number> = {};
  for (const [, [text]] of decidedOn(decisions)) {
    const { type } = JSON.parse(text!) as Decision;
    wanted[type] = (wanted[type] ?? 0) + 1;
  }
  const sorted = (counts: Record<string, number>) => JSON.stringify(Object.entries(counts).sort());
  let shown = 'nothing';
  for (const until = performance.now() + SHOWN_MS; performance.now() < until; await sleep(200)) {
    const answer = await door.ask('/v1/status', 1_000);
    if (answer?.status !== 200) continue;
    shown = sorted((JSON.parse(answer.text) as { counts: { decisions: Record<string, number> } }).counts.decisions);
    if (shown === sorted(wanted)) return [];
  }
  return [`the views count ${shown}, and decided was ${sorted(wanted)}`];
}

/** `dozor replay` of the lines that were sent. */
async function replay(setup: Setup, producer: Producer, story: ChaosStory): Promise<readonly string[]> {
  const [lines, out] = [join(setup.folder, 'lines.ndjson'), join(setup.folder, 'replayed.ndjson')];
  writeFileSync(lines, producer.sent.map(({ text }) => `${text}\n`).join(''));
  const args = [
    'replay',
    lines,
    '--until',
    new Date(story.until).toISOString(),
    '--out',
    out,
    '--packs',
    setup.packs,
    '--quiet',
  ];
  await promisify(execFile)(process.execPath, [setup.program, ...args], { maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: { readonly code?: number }) => {
      // 1: some lines were rejected, which is part of the story.
      if (error.code !== 1) throw error;
    },
  );
  return readFileSync(out, 'utf8').split('\n').filter(Boolean);
}
