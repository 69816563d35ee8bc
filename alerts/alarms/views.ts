/** What people see of the list: records, the journal of an alarm, and the board that stays readable in a flood. */
import {
  type AlarmBoard,
  type AlarmRecord,
  type AlarmSelection,
  type AutomationState,
  alarmTypeOf,
  type JournalLine,
} from '../../pipelines/domain/alarm.js';
import { rankOf } from '../../pipelines/domain/severity.js';
import { FOREVER, type Instant } from '../../pipelines/domain/units.js';
import { lifeRuleOf, UNSEEN_STAYS } from './catalogue.js';
import { type Entry, stands } from './entry.js';
import { lifeOf } from './life.js';
import type { AlarmList } from './list.js';

/** Lines of a journal that are shown, the newest. */
const JOURNAL_MAX = 200;
/** Alarms that a board names; the rest are counted. */
const BOARD_MAX = 40;

export class AlarmPictures {
  readonly #list: AlarmList;

  constructor(list: AlarmList) {
    this.#list = list;
  }

  /** The clock of the list. */
  get clock(): Instant {
    return this.#list.now;
  }

  /** An alarm by its name; undefined where nothing but people's words are known of it. */
  alarm(id: string): AlarmRecord | undefined {
    const entry = this.#list.find(id);
    return entry && this.#record(entry);
  }

  /** Whether what this event says is in the alarm: who wrote it may look at it now. */
  knows(id: string, ref: string): boolean {
    return this.#list.find(id)?.facts.some((fact) => fact.ref === ref) ?? false;
  }

  /** Those on the list that are asked for: what stands, and what was cleared unseen. The worst first, then the newest. */
  alarms({
    resource,
    severities,
    standing,
    operatorStates,
    owner,
    district,
    root,
    text,
    shown = 'list',
  }: AlarmSelection = {}): readonly AlarmRecord[] {
    const words = text?.toLowerCase();
    const records: AlarmRecord[] = [];
    for (const entry of this.#list.entries()) {
      if (resource !== undefined && entry.resource !== resource) continue;
      if (standing !== undefined && stands(entry) !== standing) continue;
      if (shown === 'list' && !this.#isOnList(entry)) continue;
      const record = this.#record(entry);
      if (!record) continue;
      if (severities && !severities.includes(record.perceivedSeverity)) continue;
      if (operatorStates && !operatorStates.includes(record.operatorState.is)) continue;
      if (owner !== undefined && record.rule?.owner !== owner) continue;
      if (district !== undefined && record.district !== district) continue;
      if (root !== undefined && !record.automation.some((one) => one.is === 'suppressed' && one.root === root))
        continue;
      if (words !== undefined && !says(record, words)) continue;
      records.push(record);
    }
    return records.sort(worstFirst);
  }

  /** What happened to an alarm, each at its own time, the newest last. */
  journal(id: string): readonly JournalLine[] {
    const entry = this.#list.find(id);
    if (!entry) return [];
    const lines: JournalLine[] = [];
    const now = Math.max(this.#list.now, entry.facts.at(-1)?.at ?? this.#list.now);
    lifeOf(entry.facts, lifeRuleOf(entry.rule), now, (line) => lines.push(line));
    if (entry.told) lines.push({ at: entry.told.at, what: 'told to a person', by: 'automation' });
    return lines.sort((a, b) => a.at - b.at).slice(-JOURNAL_MAX);
  }

  /** The board of the operations centre: what deserves a person by name, the rest by number. */
  board(): AlarmBoard {
    const standing = this.alarms({ standing: true });
    const hidden = standing.filter(isHeldBack);
    const open = standing.filter((record) => !isHeldBack(record));
    const figures = this.#list.figures.figures(this.#list.now);
    const urgent = [...open].sort(
      (a, b) => Number(isNews(b)) - Number(isNews(a)) || b.children.alarms - a.children.alarms || worstFirst(a, b),
    );
    // In a flood only what is critical, or explains others, is read at all.
    const flood = figures.floodSince !== undefined;
    const named = flood
      ? urgent.filter(({ perceivedSeverity, children }) => perceivedSeverity === 'critical' || children.alarms > 0)
      : urgent;
    const shown = named.slice(0, BOARD_MAX);
    const rest = open.filter((record) => !shown.includes(record));
    return {
      clock: this.#list.now,
      standing: standing.length,
      bySeverity: counted(standing, ({ perceivedSeverity }) => perceivedSeverity),
      unacknowledged: open.filter(isNews).length,
      shelved: standing.filter(({ operatorState }) => operatorState.is === 'shelved').length,
      suppressed: hidden.filter(({ automation }) => automation.some(({ is }) => is === 'suppressed')).length,
      maintenance: hidden.filter(({ automation }) => automation.some(({ is }) => is === 'maintenance')).length,
      flapping: standing.filter(({ automation }) => automation.some(({ is }) => is === 'flapping')).length,
      stale: standing.filter(({ automation }) => automation.some(({ is }) => is === 'stale')).length,
      flood: flood ? { since: figures.floodSince! } : null,
      shown,
      rest: counted(rest, ({ rule, perceivedSeverity }) => `${rule?.id ?? 'no rule'}, ${perceivedSeverity}`),
      figures: {
        ...figures,
        standingOverDay: standing.filter(({ state }) => this.#list.now - state.from > STANDING_LONG).length,
        worst: figures.worst.flatMap(({ id, raises }) => {
          const entry = this.#list.find(id);
          return entry ? [{ id, resource: entry.resource, qualifier: entry.identity?.qualifier ?? '', raises }] : [];
        }),
      },
    };
  }

  #isOnList(entry: Entry): boolean {
    const { life } = entry;
    if (!life?.standing) return false;
    if (stands(entry)) return true;
    return life.operator.is === 'none' && life.standing.to > this.#list.now - UNSEEN_STAYS;
  }

  #record(entry: Entry): AlarmRecord | undefined {
    const { id, identity, life, rule, told, trimmed } = entry;
    if (!identity || !life?.standing) return undefined;
    const { from, to, clearedBy, repeats } = life.standing;
    const raised = to === FOREVER;
    const element = this.#list.view.element(entry.resource, this.#list.now);
    const operator = element?.operator;
    const district =
      element?.district ??
      (element?.parent === undefined ? undefined : this.#list.view.element(element.parent, this.#list.now)?.district);
    const children = this.#list.explainedBy(id);
    const announced = told && told.at >= from ? told.at : undefined;
    return {
      id,
      ...identity,
      ...(operator !== undefined && { operator }),
      ...(district !== undefined && { district }),
      said: life.said,
      perceivedSeverity: raised ? life.severity : 'cleared',
      alarmType: life.said.alarmType ?? alarmTypeOf(life.said.probableCause),
      state: raised ? { is: 'raised', from } : { is: 'cleared', from, to, by: clearedBy },
      operatorState: life.operator,
      automation: raised ? this.#automation(entry) : [],
      changedAt: life.changedAt,
      updated: life.updated,
      raises: trimmed + life.raises.length,
      repeats,
      children: { ...children, of: children.alarms === 0 ? 0 : this.#list.view.below(entry.resource).size - 1 },
      ...(announced !== undefined && { announcedAt: announced }),
      ...(rule && {
        rule: { id: rule.id, impact: rule.impact, owner: rule.owner, runbook: rule.runbook, clears: rule.clears },
      }),
      comments: entry.facts.flatMap((fact) =>
        fact.do === 'commented' ? [{ at: fact.at, by: fact.by, text: fact.text }] : [],
      ),
    };
  }

  #automation(entry: Entry): readonly AutomationState[] {
    const now = this.#list.now;
    const { explanation, life, rule } = entry;
    const states: AutomationState[] = [];
    if (explanation) states.push({ is: 'suppressed', ...explanation, root: this.#list.rootOf(explanation.by) });
    const works = this.#list.worksOn(entry.resource, now);
    if (works) states.push({ is: 'maintenance', worksId: works.worksId, until: works.to });
    if (life!.flapping) states.push({ is: 'flapping', ...life!.flapping });
    if (life!.staleSince !== undefined) states.push({ is: 'stale', since: life!.staleSince });
    if (rule && life!.heldAt > now) states.push({ is: 'pending', until: life!.heldAt });
    return states;
  }
}

/** ISA-18.2: what stands longer than a day is stale to whoever reads it. */
const STANDING_LONG = 24 * 60 * 60 * 1_000;

function isHeldBack({ automation, operatorState }: AlarmRecord): boolean {
  return (
    operatorState.is === 'shelved' ||
    automation.some(({ is }) => is === 'suppressed' || is === 'maintenance' || is === 'flapping' || is === 'pending')
  );
}

/** Nobody has taken it yet. */
function isNews({ operatorState }: AlarmRecord): boolean {
  return operatorState.is === 'none';
}

/** Whether these words, in lower case, stand in what the alarm or its rule says. */
function says({ resource, qualifier, said, rule }: AlarmRecord, words: string): boolean {
  const texts = [resource, qualifier, said.text, said.specificProblem, said.probableCause, rule?.id, rule?.impact];
  return texts.some((text) => text?.toLowerCase().includes(words));
}

function worstFirst(a: AlarmRecord, b: AlarmRecord): number {
  return (
    rankOf(a.perceivedSeverity) - rankOf(b.perceivedSeverity) || b.state.from - a.state.from || (a.id < b.id ? -1 : 1)
  );
}

function counted(
  records: readonly AlarmRecord[],
  of: (record: AlarmRecord) => string,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const record of records) counts[of(record)] = (counts[of(record)] ?? 0) + 1;
  return counts;
}
