/** Every worked case: told at once, through the log on one and four partitions, and cut in two by a restart at every third. */
import { describe, expect, it } from 'vitest';
import { encodeDecision } from '../pipelines/domain/decision.js';
import { parseInstant } from '../pipelines/domain/units.js';
import type { WireDecision } from '../pipelines/http/ports.js';
import { loadPacks, OWN_PACKS } from '../pipelines/runtime/packs.js';
import { Replay } from '../pipelines/runtime/replay.js';
import { type Case, linesOf, problemsOf, workedCases } from './cases.js';
import { Engine, essence } from './engine.js';

const packs = loadPacks([OWN_PACKS]);
const cases = workedCases();

function replayed(item: Case): readonly WireDecision[] {
  const decisions: WireDecision[] = [];
  const story = new Replay({
    packs,
    decided: (decision) => decisions.push(encodeDecision(decision, story.zoneOf(decision)) as unknown as WireDecision),
  });
  linesOf(item).forEach((line, i) => {
    story.line(line, i + 1);
  });
  story.finish(parseInstant(item.until));
  return decisions;
}

const set = (decisions: readonly WireDecision[]) => decisions.map(essence).sort();

describe.skipIf(cases.length === 0)('worked cases', () => {
  it.each(cases.map((item) => [item.name, item] as const))('%s', (_, item) => {
    const decisions = replayed(item);
    expect(problemsOf(item, decisions)).toEqual([]);
    expect(new Set(decisions.map(({ id }) => id)).size).toBe(decisions.length);
    expect(replayed(item)).toEqual(decisions);
  });

  it.each(cases.map((item) => [item.name, item] as const))(
    '%s, through the log on 1 and on 4 partitions',
    async (_, item) => {
      const told = set(replayed(item));
      for (const partitions of [
        { service: 1, element: 1, facts: 1, decisions: 1 },
        { service: 4, element: 4, facts: 2, decisions: 2 },
      ]) {
        const engine = await Engine.open({ packs, partitions });
        await engine.take(linesOf(item));
        await engine.moveClock(item.until);
        await engine.work();
        const decisions = await engine.decisions();
        expect(problemsOf(item, decisions)).toEqual([]);
        expect(set(decisions)).toEqual(told);
      }
    },
  );

  it.each(cases.map((item) => [item.name, item] as const))('%s, cut in two by a restart', async (_, item) => {
    const lines = linesOf(item);
    const told = set(replayed(item));
    for (let cut = 1; cut <= lines.length; cut += Math.max(1, Math.floor(lines.length / 3))) {
      const engine = await Engine.open({ packs, partitions: { service: 4, element: 2, facts: 1, decisions: 1 } });
      await engine.take(lines.slice(0, cut));
      await engine.workSome(cut * 2);
      await engine.restart();
      await engine.take(lines.slice(cut), cut + 1);
      await engine.moveClock(item.until);
      await engine.work();
      expect(set(await engine.decisions()), `cut after line ${cut}`).toEqual(told);
    }
  });
});
