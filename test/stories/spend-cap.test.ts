import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { messagesIn } from '../../pipelines/commands/messages.js';
import { type Decision, encodeDecision } from '../../pipelines/domain/decision.js';
import { parseInstant } from '../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { Replay } from '../../pipelines/runtime/replay.js';

const packs = loadPacks([OWN_PACKS]);

function told(): { readonly decisions: readonly Decision[]; readonly lines: readonly string[] } {
  const story = execFileSync(process.execPath, [resolve(import.meta.dirname, 'spend-cap.mjs')], { encoding: 'utf8' });
  const decisions: Decision[] = [];
  const replay = new Replay({ packs, decided: (decision) => decisions.push(decision) });
  for (const [i, line] of story.trim().split('\n').entries()) replay.line(line, i + 1);
  replay.finish(parseInstant('2026-07-02T00:00:00+02:00'));
  const lines = decisions.map((decision) => JSON.stringify(encodeDecision(decision, replay.zoneOf(decision))));
  return { decisions, lines };
}

describe('a cycle with a spend cap', () => {
  const { decisions, lines } = told();
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/spend-cap.md'), 'utf8');

  it('is decided as the page says', () => {
    const own = decisions.filter(({ type }) => type !== 'notice.requested').map(({ type }) => type);
    expect(own).toEqual(['spend.doubled', 'usage.flagged', 'spend.warned', 'bar.applied', 'bar.lifted']);
    for (const line of lines) {
      const { type, time } = JSON.parse(line) as { type: string; time: string };
      if (type !== 'notice.requested') expect(page).toContain(`${time}  ${type}`);
    }
  });

  it('keeps emergency calls open', () => {
    const [bar] = decisions.filter((decision) => decision.type === 'bar.applied');
    expect(bar?.data.keeps).toEqual(['emergency', 'customer-service', 'incoming']);
    expect(bar?.data.services).not.toContain('emergency');
  });

  it('is told in the words of the page', () => {
    const messages = lines.flatMap((line) => messagesIn(line, { packs }));
    expect(messages).toHaveLength(5);
    for (const message of messages) for (const part of message.trim().split('\n')) expect(page).toContain(part.trim());
  });
});
