/** What the worked cases say to people: every notice that the engine asks for today can be put into words, in every language. */
import { describe, expect, it } from 'vitest';
import { renderNotice } from '../../../alerts/texts/render.js';
import { LANGUAGES } from '../../../alerts/texts/words.js';
import type { DecisionOf } from '../../../pipelines/domain/decision.js';
import { parseInstant } from '../../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { Replay } from '../../../pipelines/runtime/replay.js';
import { type Case, linesOf, workedCases } from '../../cases.js';

const packs = loadPacks([OWN_PACKS]);
const cases = workedCases();

function noticesOf(item: Case): readonly DecisionOf<'notice.requested'>[] {
  const notices: DecisionOf<'notice.requested'>[] = [];
  const story = new Replay({
    packs,
    decided: (decision) => decision.type === 'notice.requested' && notices.push(decision),
  });
  linesOf(item).forEach((line, i) => {
    story.line(line, i + 1);
  });
  story.finish(parseInstant(item.until));
  return notices;
}

describe.skipIf(cases.length === 0)('the notices of the worked cases', () => {
  it('are all put into words, by all channels, in no more than four parts', () => {
    const templates = new Set<string>();
    for (const { data, time } of cases.flatMap(noticesOf)) {
      templates.add(data.template);
      const { name: operatorName, zone } = packs.at(data.operator, time)!;
      for (const language of LANGUAGES) {
        const sms = renderNotice(data, { operatorName, zone, language, channel: 'sms' });
        expect(sms.parts, sms.text).toBeLessThanOrEqual(4);
        const email = renderNotice(data, { operatorName, zone, language, channel: 'email' });
        for (const { text } of [sms, email]) expect(text).not.toMatch(/undefined|null|NaN|\[object/);
      }
    }
    expect(templates.size).toBeGreaterThanOrEqual(17);
  });
});
