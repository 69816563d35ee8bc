/** Whether a catalogue may be used: its form, its contradictions, and the tests that every rule brings, played on the list itself. */
import { readFileSync } from 'node:fs';
import { alarmIdOf } from '../../pipelines/domain/alarm-id.js';
import type { DozorEvent } from '../../pipelines/domain/event.js';
import { formatDuration, HOUR, type Instant, parseInstant } from '../../pipelines/domain/units.js';
import { type AlarmRule, type Catalogue, contradictions, type RuleTest, readCatalogue } from './catalogue.js';
import { AlarmList } from './list.js';

/** The story of a test begins here; nothing hangs on when. */
const BEGIN = parseInstant('2026-01-15T00:00:00Z')!;
const ELEMENT = 'e1';
const KEY = 'k1';

/** Everything that is wrong with a catalogue's JSON; none: it may be used. */
export function problemsOf(json: unknown): readonly string[] {
  const read = readCatalogue(json);
  if (!read.ok) return [read.problem];
  const { catalogue } = read;
  const problems = [...contradictions(catalogue)];
  // What contradicts itself need not be played.
  if (problems.length > 0) return problems;
  for (const rule of catalogue.rules) {
    for (const test of rule.tests ?? []) {
      const difference = played(catalogue, rule, test);
      if (difference) problems.push(`rule ${rule.id}, test '${test.name}': ${difference}`);
    }
  }
  return problems;
}

/** Reads a catalogue from a file; throws one error that lists everything that is wrong in it. */
export function loadCatalogue(file: string): Catalogue {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`the alarm rules ${file} cannot be read: ${(error as Error).message}`);
  }
  const problems = problemsOf(json);
  if (problems.length > 0) throw new Error(`the alarm rules ${file} cannot be used:\n  ${problems.join('\n  ')}`);
  const read = readCatalogue(json);
  if (!read.ok) throw new Error(read.problem);
  return read.catalogue;
}

/** What a catalogue does, for people: a line for each rule. */
export function describeCatalogue({ name, about, rules, escalations }: Catalogue): readonly string[] {
  const lines = [`alarm rules ${name}: ${about}`];
  for (const [schedule, steps] of Object.entries(escalations)) {
    const words = steps.map(
      ({ after, to, channels }) => `${to} by ${channels.join(', ')} after ${formatDuration(after)}`,
    );
    lines.push(`  escalation ${schedule}: ${words.join('; then ')}`);
  }
  for (const rule of rules) {
    const tests = rule.tests?.length ?? 0;
    lines.push(
      `  ${rule.id} (${rule.owner}, ${rule.escalation ?? 'wakes nobody'}; ${tests} tests): ${rule.impact} ${rule.clears}`,
    );
  }
  return lines;
}

/** Plays a test and says how it came out otherwise; undefined: as it should. */
function played(catalogue: Catalogue, rule: AlarmRule, test: RuleTest): string | undefined {
  const list = new AlarmList(catalogue);
  const told: string[] = [];
  const line = (at: Instant, element: string, to: string) => `${formatDuration(at - BEGIN)} ${element} to ${to}`;
  const look = () => {
    for (const call of list.takeCalls())
      if (call.rule.id === rule.id) told.push(line(call.at, call.entry.resource, call.step.to));
  };
  for (const [id, { parent, kind }] of Object.entries({ [ELEMENT]: {}, ...test.elements } as Elements)) {
    const version = { at: BEGIN - HOUR, known: BEGIN - HOUR, ref: id, operator: 'made-up', kind: kind ?? 'cell' };
    list.network({
      is: 'element',
      id,
      revision: 1,
      versions: [{ ...version, ...(parent !== undefined && { parent }) }],
    });
  }
  test.story.forEach((one, i) => {
    // Time stands just before the line, so that what was due before it has rung.
    list.advance(BEGIN + one.at - 1);
    look();
    hear(list, one, i);
    list.advance(BEGIN + one.at);
    look();
  });
  list.advance(BEGIN + test.until);
  look();
  const expected = test.told.map(({ at, element = ELEMENT, to }) => line(BEGIN + at, element, to));
  if (expected.join('\n') === told.join('\n')) return undefined;
  return `should tell ${expected.join(', ') || 'nobody'}, and tells ${told.join(', ') || 'nobody'}`;
}

type Elements = Readonly<Record<string, { readonly parent?: string; readonly kind?: string }>>;

function hear(list: AlarmList, one: RuleTest['story'][number], i: number): void {
  const { element = ELEMENT, key = KEY, source = 'reported', severity, probableCause, specificProblem } = one;
  const at = BEGIN + one.at;
  const ref = `line-${i + 1}`;
  const said = {
    ...(severity && { perceivedSeverity: severity }),
    ...(probableCause !== undefined && { probableCause }),
    ...(specificProblem !== undefined && { specificProblem }),
  };
  const event = (type: string, data: object) =>
    ({
      specversion: '1.0',
      id: ref,
      source: 'test',
      type,
      subject: element,
      time: at,
      recordedtime: at,
      data,
    }) as DozorEvent;
  const act = { alarmId: alarmIdOf({ resource: element, source, qualifier: key }), by: 'tester' };
  const until = BEGIN + (one.until ?? one.at);
  switch (one.do) {
    case 'acknowledged':
      list.hear(event('alarm.acknowledged', act));
      return;
    case 'shelved':
      list.hear(event('alarm.shelved', { ...act, until, reason: 'as the test says' }));
      return;
    case 'works': {
      const announced = [{ worksId: ref, from: at, to: until, at: BEGIN - HOUR, channel: 'web', ref }];
      list.network({ is: 'works', element, revision: i + 1, announced });
      return;
    }
    case 'reported':
    case 'ended': {
      if (source === 'reported') {
        list.hear(event(`alarm.${one.do}`, { alarmKey: key, ...said }));
      } else if (source === 'decided') {
        const type = one.do === 'reported' ? 'alarm.raised' : 'alarm.cleared';
        const data = {
          operator: 'made-up',
          clause: '',
          because: {},
          alarmId: key,
          episode: 1,
          perceivedSeverity: 'major',
        } as const;
        list.decided({ id: ref, type, subject: element, time: at, data: { ...data, ...said } });
      } else {
        const opened = { do: 'opened', at, known: at, ref, reason: probableCause ?? '' } as const;
        const facts =
          one.do === 'reported' ? [opened] : [{ ...opened, at: BEGIN }, { do: 'cleared', at, known: at, ref } as const];
        list.network({ is: 'fault', subject: element, faultId: key, revision: i + 1, facts });
      }
      return;
    }
  }
}
