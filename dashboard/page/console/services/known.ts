/** The record of a service, how it came about, and what was decided: alarms, outages with their credits, decisions. */

import type { ServiceView, ViewMoney } from '../../../../pipelines/domain/subject/service-view.js';
import type { WireDecision } from '../../../../pipelines/http/ports.js';
import { rowOf } from '../../../words.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { dateTime, lengthOf, when } from '../../shared/time.js';
import { empty } from '../parts/failure.js';
import { facts, linkTo, panel } from '../parts/panels.js';
import { moneyText, rateText } from './figures.js';
import { words } from './words.js';

const SHOWN_MAX = 20;

export function factsPanel({ operator, facts: known }: ServiceView): HTMLElement {
  const may = (time: string | null) => (time === null ? undefined : when(time));
  const servers = known.servedBy.map((id) => linkTo(`/elements/${encodeURIComponent(id)}`, id));
  return panel(
    words.facts,
    facts([
      [words.operator, linkTo(`/packs/${encodeURIComponent(operator.id)}`, `${operator.name} (${operator.id})`)],
      [words.kind, known.kind],
      [words.standing, words.standings[known.standing]],
      [words.payment, known.payment ?? undefined],
      [words.customer, known.customerType],
      [words.activeFrom, may(known.activeFrom)],
      [words.contractTo, may(known.contractTo)],
      [words.fee, known.monthlyFee ? moneyText(known.monthlyFee) : words.noFee],
      [words.billingDay, known.billingDay === 'last' ? words.lastDay : known.billingDay?.toString()],
      [words.tariff, known.tariffId ?? undefined],
      [
        words.contracted,
        known.contractedDownBitsPerSecond === null ? undefined : rateText(known.contractedDownBitsPerSecond),
      ],
      [words.servedBy, servers.length > 0 ? make('span', 'spaced', ...servers) : undefined],
      [words.preference, known.outagePreference ?? undefined],
      [words.language, known.language ?? undefined],
      [words.notifyBy, known.notifyBy.join(', ')],
    ]),
  );
}

export function historyPanel({ versions, turns, faults }: ServiceView): HTMLElement {
  const told = [
    ...versions.map(({ at, known, changed }, i) => ({
      at,
      known,
      text: i === 0 ? words.firstRecord : words.changed(changed.join(', ')),
    })),
    ...turns.map(({ at, known, is }) => ({ at, known, text: is })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const items = told
    .slice(0, SHOWN_MAX)
    .map(({ at, known, text }) =>
      make(
        'li',
        '',
        make('span', 'when', when(at)),
        ' ',
        text,
        ...(known === at ? [] : [make('span', 'quiet', ` ${words.known(when(known))}`)]),
      ),
    );
  const lines = faults.map(({ faultId, from, to, responsibility, reason }) =>
    make('li', '', `${faultId}: ${when(from)} – ${to === null ? words.open : when(to)}, ${reason || responsibility}`),
  );
  return panel(
    words.history,
    make('ol', 'plain', ...items),
    ...(lines.length > 0 ? [make('h4', '', words.lineFaults), make('ul', 'plain', ...lines)] : []),
  );
}

/** Outages as the decisions have them: what was granted for each, the last revision of each cycle. */
export function outagesPanel(decisions: readonly WireDecision[]): HTMLElement {
  const outages = new Map<string, WireDecision[]>();
  for (const decision of decisions) {
    const { outageId } = decision.data;
    if (typeof outageId === 'string' && decision.type !== 'notice.requested')
      outages.set(outageId, [...(outages.get(outageId) ?? []), decision]);
  }
  if (outages.size === 0) return panel(words.outages, empty(words.noOutages));
  const items = [...outages].slice(0, SHOWN_MAX).map(([outageId, about]) => {
    const incident = outageId.slice(outageId.indexOf(':') + 1).replace(/:\d+$/, '');
    const tags = about.flatMap((decision) => tagOf(decision, about));
    return make(
      'li',
      '',
      linkTo(`/outages/${encodeURIComponent(incident)}`, outageId),
      ...tags.map((tag) => make('span', 'tag', tag)),
    );
  });
  return panel(words.outages, make('ul', 'plain', ...items));
}

function tagOf({ type, data }: WireDecision, about: readonly WireDecision[]): readonly string[] {
  switch (type) {
    case 'outage.confirmed':
      return [words.confirmed];
    case 'outage.withdrawn':
      return [words.withdrawn];
    case 'repair.overdue':
      return [words.overdue];
    case 'extension.granted':
      return typeof data['seconds'] === 'number' ? [words.extended(lengthOf(data['seconds'] * 1_000))] : [];
    case 'credit.granted': {
      // Money for a cycle is always the last revision.
      const cycle = JSON.stringify(data['cycle']);
      const revised = about
        .filter((one) => one.type === 'credit.adjusted' && JSON.stringify(one.data['cycle']) === cycle)
        .sort((a, b) => Number(b.data['revision']) - Number(a.data['revision']));
      return [words.credited(moneyText((revised[0] ?? { data }).data['amount'] as ViewMoney))];
    }
    default:
      return [];
  }
}

export function decisionsPanel(id: string, decisions: readonly WireDecision[]): HTMLElement {
  if (decisions.length === 0) return panel(words.decisions, empty(words.noDecisions));
  const items = decisions.slice(0, SHOWN_MAX).map((decision) => {
    const { level, words: what, time, amount } = rowOf(decision);
    return make(
      'li',
      'marked',
      ...(level ? [mark(level)] : []),
      linkTo(`/decisions/${encodeURIComponent(decision.id)}`, what),
      ...(amount ? [make('span', '', `${amount.value} ${amount.unit}`)] : []),
      make('span', 'quiet', dateTime(time)),
    );
  });
  const all = linkTo(`/decisions?${new URLSearchParams({ subject: id })}`, words.allDecisions);
  return panel(words.decisions, make('ul', 'plain', ...items), make('p', '', all));
}
