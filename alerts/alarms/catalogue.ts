/**
 * The catalogue: which alarms deserve a person. Rules are data (a JSON file), each with what it means for subscribers, whose it is,
 * what to do, what clears it and tests of its own; `problemsOf` refuses one that lacks any. An alarm under no rule is kept on the
 * list with its journal and wakes nobody.
 */
import Type, { type Static } from 'typebox';
import { ALARM_SOURCES, type AlarmSaid, type AlarmSource } from '../../pipelines/domain/alarm.js';
import { ELEMENT_KINDS, SEVERITIES, type Severity } from '../../pipelines/domain/event.js';
import { decoder, duration, type Frozen, oneOf } from '../../pipelines/domain/schema.js';
import { HOUR, MINUTE, SECOND } from '../../pipelines/domain/units.js';
import type { LifeRule } from './life.js';

const closed = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });
const may = Type.Optional;
const words = Type.String({ minLength: 1 });
/** Long enough to say something. */
const sentence = Type.String({ minLength: 20 });
const some = Type.Array(words, { minItems: 1, uniqueItems: true });
const role = Type.String({ pattern: '^[a-z0-9]+([._:/-][a-z0-9]+)*$', maxLength: 64 });
const ruleId = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' });

const match = closed({
  source: may(oneOf(ALARM_SOURCES)),
  severities: may(Type.Array(oneOf(SEVERITIES.filter((one) => one !== 'cleared')), { minItems: 1 })),
  probableCauses: may(some),
  specificProblems: may(some),
  /** Beginnings of the key that names the alarm on its resource. */
  keys: may(some),
  /** Kinds of the resource; `service` for one that is no element. */
  kinds: may(Type.Array(oneOf([...ELEMENT_KINDS, 'service']), { minItems: 1 })),
  operators: may(some),
});

const storyLine = closed({
  at: duration,
  do: oneOf(['reported', 'ended', 'acknowledged', 'shelved', 'works']),
  element: may(words),
  key: may(words),
  source: may(oneOf(ALARM_SOURCES)),
  severity: may(oneOf(SEVERITIES)),
  probableCause: may(words),
  specificProblem: may(words),
  until: may(duration),
});
/** A test of a rule: what happens to made-up elements, and when the rule must tell a person. Times count from the beginning. */
const test = closed({
  name: words,
  elements: may(Type.Record(Type.String(), closed({ parent: may(words), kind: may(oneOf(ELEMENT_KINDS)) }))),
  story: Type.Array(storyLine, { minItems: 1 }),
  until: duration,
  told: Type.Array(closed({ at: duration, element: may(words), to: role })),
});

const rule = closed({
  id: ruleId,
  match,
  /** What it means for subscribers, in a sentence. */
  impact: sentence,
  /** Whose it is. */
  owner: role,
  /** Where it stands what to do: a path of the documentation, or an address. */
  runbook: Type.String({ pattern: '^(https?://|[\\w./-]+\\.md(#[\\w-]+)?$)' }),
  /** What clears it, in a sentence; `willClear`: its source tells the end by itself. */
  clears: sentence,
  willClear: Type.Boolean(),
  hold: may(duration),
  rejoin: may(duration),
  flap: may(closed({ raises: Type.Integer({ minimum: 2 }), within: duration, quiet: duration })),
  staleAfter: may(duration),
  /** It explains what is raised on the elements below its own while it stands. */
  suppressesBelow: may(Type.Boolean()),
  /** Rules whose alarms it explains on its own element, and with `acrossLinks` on those linked to it. */
  explains: may(Type.Array(ruleId, { uniqueItems: true })),
  acrossLinks: may(Type.Boolean()),
  /** Which schedule tells people; null: it is listed and wakes nobody. */
  escalation: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  tests: may(Type.Array(test)),
});

const step = closed({ after: duration, to: role, channels: Type.Array(oneOf(['sms', 'email', 'webhook', 'page'])) });

const catalogue = closed({
  name: words,
  about: words,
  /** How many people look at the list at once: rates are counted for each. */
  positions: Type.Integer({ minimum: 1 }),
  /** An alarm may come so long before the one that explains it. */
  lead: duration,
  /** The language of notices to the operations centre. */
  language: oneOf(['sr-Latn', 'sr-Cyrl', 'en', 'de']),
  escalations: Type.Record(Type.String(), Type.Array(step, { minItems: 1 })),
  rules: Type.Array(rule),
});

export type Catalogue = Frozen<Static<typeof catalogue>>;
export type AlarmRule = Catalogue['rules'][number];
export type RuleTest = NonNullable<AlarmRule['tests']>[number];
export type EscalationStep = Catalogue['escalations'][string][number];

const decode = decoder(catalogue);

/** What holds where a rule says nothing, and for alarms under no rule. */
const USUAL: LifeRule = {
  hold: 0,
  rejoin: 5 * MINUTE,
  flap: { raises: 5, within: 10 * MINUTE, quiet: 15 * MINUTE },
};
/** How long before its explanation an alarm may come, unless the catalogue says otherwise. */
export const LEAD = 90 * SECOND;

/** The catalogue of an installation that has none: everything is listed, nobody is woken. */
export const NO_RULES: Catalogue = {
  name: 'none',
  about: 'no rule asks for a person',
  positions: 1,
  lead: LEAD,
  language: 'en',
  escalations: {},
  rules: [],
};

/** Reads a catalogue's JSON: the catalogue, or the first thing that is wrong with its form. */
export function readCatalogue(
  json: unknown,
): { readonly ok: true; readonly catalogue: Catalogue } | { readonly ok: false; readonly problem: string } {
  const read = decode(json);
  if (!read.ok) return { ok: false, problem: `${read.problem.field || 'the file'} ${read.problem.why}` };
  return { ok: true, catalogue: read.value as Catalogue };
}

/** All that is wrong with a catalogue beside its form and its tests. */
export function contradictions({ rules, escalations }: Catalogue): readonly string[] {
  const problems: string[] = [];
  const ids = new Set(rules.map(({ id }) => id));
  if (ids.size < rules.length) problems.push('two rules have the same id');
  for (const [name, steps] of Object.entries(escalations)) {
    for (const [i, one] of steps.entries()) {
      if (one.channels.length === 0) problems.push(`escalations.${name}.${i} has no channel`);
      if (i > 0 && one.after <= steps[i - 1]!.after)
        problems.push(`escalations.${name}.${i} is not after the step before`);
    }
  }
  for (const one of rules) {
    const says = (what: string) => problems.push(`rule ${one.id}: ${what}`);
    if (one.escalation !== null && !Object.hasOwn(escalations, one.escalation))
      says(`there is no escalation ${one.escalation}`);
    for (const other of one.explains ?? []) if (!ids.has(other)) says(`explains ${other}, which is no rule`);
    if (one.explains?.includes(one.id) && !one.acrossLinks) says('explains itself on its own element');
    if (!one.willClear && one.staleAfter === undefined) says('its source tells no end: it needs staleAfter');
    const tests = one.tests ?? [];
    if (tests.length === 0) says('has no test');
    else if (one.escalation !== null) {
      if (!tests.some(({ told }) => told.length > 0)) says('no test of it tells anybody');
      if (!tests.some(({ told }) => told.length === 0)) says('no test of it stays quiet');
    } else if (tests.some(({ told }) => told.length > 0))
      says('a test expects to tell somebody, and it has no escalation');
  }
  return problems;
}

/** What of a resource a rule may ask for. */
export interface Matched {
  readonly source: AlarmSource;
  readonly qualifier: string;
  readonly said: AlarmSaid;
  readonly severity: Severity;
  /** The kind of the element; undefined for what is none. */
  readonly kind: string | undefined;
  readonly operator: string | undefined;
}

/** The first rule that an alarm falls under. */
export function ruleOf({ rules }: Catalogue, alarm: Matched): AlarmRule | undefined {
  return rules.find(({ match: one }) => {
    const { probableCause = '', specificProblem = '' } = alarm.said;
    return (
      (one.source === undefined || one.source === alarm.source) &&
      (one.severities === undefined || one.severities.some((severity) => severity === alarm.severity)) &&
      (one.probableCauses === undefined || one.probableCauses.includes(probableCause)) &&
      (one.specificProblems === undefined || one.specificProblems.includes(specificProblem)) &&
      (one.keys === undefined || one.keys.some((key) => alarm.qualifier.startsWith(key))) &&
      (one.kinds === undefined || one.kinds.some((kind) => kind === (alarm.kind ?? 'service'))) &&
      (one.operators === undefined || (alarm.operator !== undefined && one.operators.includes(alarm.operator)))
    );
  });
}

/** What the life of an alarm depends on, by its rule. */
export function lifeRuleOf(rule: AlarmRule | undefined): LifeRule {
  if (!rule) return USUAL;
  const { hold = USUAL.hold, rejoin = USUAL.rejoin, flap = USUAL.flap, staleAfter } = rule;
  return { hold, rejoin, flap, staleAfter };
}

/** Cleared and looked at by nobody, an alarm stays on the list for so long. */
export const UNSEEN_STAYS = HOUR;
