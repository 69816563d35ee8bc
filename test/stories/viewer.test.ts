import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { viewerWords } from '../../pipelines/commands/report-viewer.js';
import { type Decision, encodeDecision } from '../../pipelines/domain/decision.js';
import { parseInstant } from '../../pipelines/domain/units.js';
import type { WireDecision } from '../../pipelines/http/ports.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { Replay } from '../../pipelines/runtime/replay.js';

const packs = loadPacks([OWN_PACKS]);
const JUNE = { from: parseInstant('2026-06-01T00:00:00+02:00')!, to: parseInstant('2026-07-01T00:00:00+02:00')! };

function told(): readonly WireDecision[] {
  const story = execFileSync(process.execPath, [resolve(import.meta.dirname, 'viewer.mjs')], { encoding: 'utf8' });
  const decisions: Decision[] = [];
  const replay = new Replay({
    packs,
    decided: (decision) => decisions.push(decision),
    rejected: ({ message }) => expect.fail(message),
  });
  for (const [i, line] of story.trim().split('\n').entries()) replay.line(line, i + 1);
  replay.finish(parseInstant('2026-06-13T00:00:00+02:00'));
  return decisions.map((one) => encodeDecision(one, replay.zoneOf(one)) as unknown as WireDecision);
}

describe('a viewer whose picture freezes', () => {
  const decisions = told();
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/viewer-complaint.md'), 'utf8');

  it('four evenings of five were short, each with a cause of its own; terms and cause differ where they do', () => {
    const short = decisions.filter(({ type }) => type === 'tv.shortfall');
    expect(short.map(({ data }) => [data['attribution'], data['operatorLiable'], data['likelyCause']])).toEqual([
      ['service', true, 'device'],
      ['service', true, 'service'],
      ['access', false, 'access-line'],
      ['undetermined', null, 'undetermined'],
    ]);
  });

  it('is read out as the page says', () => {
    const words = viewerWords('made-up-ana-tv', decisions, JUNE);
    expect(words.length).toBeGreaterThan(30);
    for (const line of words) expect(page).toContain(line);
  });

  it('nobody else is in it, and no other time', () => {
    const none = ['made-up-ana-tv: no session was short in that time'];
    expect(viewerWords('made-up-ana-tv', decisions, { from: JUNE.to, to: JUNE.to + 1 })).toEqual(none);
    expect(viewerWords('made-up-ana-tv', [], JUNE)).toEqual(none);
  });
});
