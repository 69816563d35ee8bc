/** A made-up operator's story gives the same decisions told at once, and through the log on one and four partitions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openEmbedded } from '../pipelines/io/embedded.js';
import { story } from '../pipelines/play/generator.js';
import { PLAY_PACKS } from '../pipelines/play/play.js';
import { loadPacks, OWN_PACKS } from '../pipelines/runtime/packs.js';
import { Engine, essence, replayed } from './engine.js';

const packs = loadPacks([OWN_PACKS, PLAY_PACKS]);
const FROM = Date.parse('2026-03-02T00:00:00+01:00');
const UNTIL = '2026-03-20T00:00:00+01:00';
const lines = [...story({ seed: 7, from: FROM, days: 14, services: 150 })].map((event) => JSON.stringify(event));

it.each([
  ['1 partition', { service: 1, element: 1, facts: 1, decisions: 1 }, false],
  ['4 partitions', { service: 4, element: 3, facts: 2, decisions: 2 }, false],
  ['4 partitions with restarts, on LMDB', { service: 4, element: 2, facts: 1, decisions: 1 }, true],
] as const)('%s: the same set of decisions as a replay', { timeout: 240_000 }, async (_, partitions, real) => {
  const folder = real ? mkdtempSync(join(tmpdir(), 'dozor-')) : undefined;
  const parts = folder ? await openEmbedded(folder) : undefined;
  try {
    const engine = await Engine.open({
      packs,
      partitions,
      ...(parts ? { log: parts.log, store: parts.store, lookMs: 0.1 } : {}),
    });
    for (let from = 0; from < lines.length; from += 400) {
      await engine.take(lines.slice(from, from + 400), from + 1);
      if (!real) continue;
      await engine.workSome(40);
      if (from % 1_600 === 0) await engine.restart();
    }
    await engine.moveClock(UNTIL);
    await engine.work();
    const decisions = (await engine.decisions()).map(essence).sort();
    expect(decisions.length).toBeGreaterThan(200);
    expect(decisions).toEqual(replayed(packs, lines, Date.parse(UNTIL)).map(essence).sort());
  } finally {
    await parts?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  }
});
