/** A call to a person as the decision that asks for a notice to the operations centre, and its words. */
import { formatLocal } from '../../pipelines/domain/calendar.js';
import { type DecisionOf, decide } from '../../pipelines/domain/decision.js';
import { formatDuration, HOUR, type Zone } from '../../pipelines/domain/units.js';
import type { Catalogue } from './catalogue.js';
import type { Call } from './list.js';

/** Who answers for an element that no record of it names. */
const NOBODY = 'unassigned';

/** Where the operator of a call's resource is at home; undefined for one that is not known. */
export type ZoneOf = (operator: string) => Zone | undefined;

/**
 * The decision for a call. It is named by the alarm, the standing that was told and the step, so one decided again after a crash is
 * the same. `because` has the evidence: the events, what it explains, and the rule.
 */
export function decisionOf(
  { entry, rule, step, number, toldAt, at, late, children }: Call,
  given: { readonly catalogue: Catalogue; readonly operator: string | undefined; readonly zoneOf: ZoneOf },
): DecisionOf<'notice.requested'> {
  const { catalogue, operator = NOBODY, zoneOf } = given;
  const zone = zoneOf(operator) ?? 'UTC';
  const { said, severity, standing } = entry.life!;
  const since = formatLocal(standing!.from, zone);
  return decide({
    type: 'notice.requested',
    subject: operator,
    time: at,
    data: {
      operator,
      clause: `alarm rule ${rule.id}`,
      because: {
        alarm: entry.id,
        resource: entry.resource,
        ...entry.identity,
        rule: rule.id,
        since,
        toldAt: formatLocal(toldAt, zone),
        after: formatDuration(step.after),
        to: step.to,
        explains: children,
        events: entry.facts
          .filter((fact) => fact.do === 'reported' && fact.at >= standing!.from)
          .map(({ ref }) => ref)
          .slice(-EVENTS_MAX),
      },
      noticeId: `noc-alarm:${entry.id}:${toldAt}:${number + 1}`,
      audience: 'noc',
      template: 'noc-alarm',
      parameters: {
        resource: entry.resource,
        severity,
        problem: said.specificProblem || said.probableCause || rule.id,
        since,
        impact: rule.impact,
        owner: rule.owner,
        runbook: rule.runbook,
        clears: rule.clears,
        explains: children.alarms,
        step: number + 1,
        /** The role that is called. */
        to: step.to,
      },
      class: 'service',
      channels: [...step.channels],
      language: catalogue.language,
      dueBy: at,
      expiresAt: at + HOUR,
      late,
    },
  });
}

const EVENTS_MAX = 8;
