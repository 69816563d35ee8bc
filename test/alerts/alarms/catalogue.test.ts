/** The rules that come with Dozor pass their own tests, and a rule that lacks what a person needs is refused. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeCatalogue, loadCatalogue, problemsOf } from '../../../alerts/alarms/check.js';

const FILE = resolve(import.meta.dirname, '../../../pipelines/packs/alarms/noc.json');
// biome-ignore lint/suspicious/noExplicitAny: a test changes what it likes in a file.
type Json = Record<string, any>;
const own = () => JSON.parse(readFileSync(FILE, 'utf8')) as { rules: Json[]; escalations: Json } & Json;
/** The rules with one changed. */
function changed(id: string, change: (rule: Json) => void): Json {
  const json = own();
  change(json.rules.find((rule) => rule['id'] === id)!);
  return json;
}

describe('the rules that come with it', () => {
  it('may be used', () => {
    expect(problemsOf(own())).toEqual([]);
  });

  it('are told in words', () => {
    const lines = describeCatalogue(loadCatalogue(FILE));
    expect(lines.length).toBe(1 + 2 + own().rules.length);
    expect(lines.join('\n')).toContain('power-lost (noc-power, at-once; 3 tests)');
  });

  it('name runbooks that there are', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../../docs/alarms.md'), 'utf8');
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(' ', '-'));
    for (const { runbook } of own().rules) expect(anchors, runbook).toContain(runbook.split('#')[1]);
  });
});

describe('a rule is refused', () => {
  it.each(['impact', 'owner', 'runbook', 'clears', 'willClear', 'escalation', 'match', 'id'])('without %s', (field) => {
    expect(problemsOf(changed('signal-lost', (rule) => delete rule[field])).join()).toContain(field);
  });

  it.each([
    ['whose impact says nothing', 'impact', 'bad'],
    ['whose owner is a person by name', 'owner', 'Petar Petrović'],
    ['whose runbook is nowhere', 'runbook', 'ask around'],
    ['whose field is misspelt', 'supressesBelow', true],
  ])('%s', (_, field, value) => {
    expect(problemsOf(changed('signal-lost', (rule) => (rule[field] = value))).join()).toContain('rules.');
  });

  it.each([
    ['without a test', [], 'has no test'],
    ['whose tests never tell anybody', [1], 'no test of it tells anybody'],
    ['whose tests always tell somebody', [0], 'no test of it stays quiet'],
  ] as const)('%s', (_, kept, problem) => {
    const json = changed('equipment-failed', (rule) => (rule['tests'] = kept.map((i) => rule['tests'][i])));
    expect(problemsOf(json)).toEqual([`rule equipment-failed: ${problem}`]);
  });

  it('whose test comes out otherwise, and says how', () => {
    const [problem] = problemsOf(changed('signal-lost', (rule) => (rule['hold'] = 'PT1M')));
    expect(problem).toBe(
      "rule signal-lost, test 'lost for two minutes tells the shift; acknowledged, nobody else': " +
        'should tell PT2M e1 to noc-shift, and tells PT1M e1 to noc-shift',
    );
  });

  it('that its source never ends and nobody would find again', () => {
    expect(problemsOf(changed('equipment-failed', (rule) => delete rule['staleAfter']))).toEqual([
      'rule equipment-failed: its source tells no end: it needs staleAfter',
    ]);
  });

  it('that names a schedule or a rule that there is not', () => {
    expect(problemsOf(changed('signal-lost', (rule) => (rule['escalation'] = 'never')))).toEqual([
      'rule signal-lost: there is no escalation never',
    ]);
    expect(problemsOf(changed('power-lost', (rule) => rule['explains'].push('weather')))).toEqual([
      'rule power-lost: explains weather, which is no rule',
    ]);
  });
});
