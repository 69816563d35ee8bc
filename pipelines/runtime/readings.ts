/** How the operator's pack reads the terms that a decision hangs on. */
import type { PackTerm } from '../domain/pack.js';
import type { Clause } from '../domain/search-wire.js';
import type { WireDecision } from '../http/ports.js';
import type { ReadPack } from './packs.js';

/** A term by its name in the pack, with its clause and how it is read. */
export interface Reading {
  readonly term: string;
  readonly clause: string;
  readonly reading: string;
}

/** The terms that a decision hangs on, beside the one that gives it its clause. */
const OUTAGE_TERMS = ['limit', 'excused', 'excusedWhileAccessBarred', 'works', 'minRestoration', 'maxPause'];
const TERMS: Readonly<Record<string, readonly string[]>> = {
  'credit.granted': ['credit', 'remedy', ...OUTAGE_TERMS],
  'credit.adjusted': ['credit', 'remedy', ...OUTAGE_TERMS],
  'extension.granted': ['extension', 'remedy', ...OUTAGE_TERMS],
  'extension.adjusted': ['extension', 'remedy', ...OUTAGE_TERMS],
  'outage.confirmed': OUTAGE_TERMS,
  'outage.withdrawn': OUTAGE_TERMS,
  'repair.overdue': ['overdue', 'excused'],
  'termination.allowed': ['termination', ...OUTAGE_TERMS],
  'termination.ended': ['termination'],
  'compensation.granted': ['deadline', 'daysMax', 'amountPerDay'],
  'parking.exceeded': ['daysInYear'],
  'alarm.raised': ['within', 'kinds', 'severity', 'bounds'],
  'tv.shortfall': ['requiredBitsPerSecond', 'catchUpMax', 'lineFresh', 'peersShortPercent', 'accessNetworksMin'],
  'service.level.assessed': [
    'weightedBy',
    'excused',
    'availabilityPercent',
    'coveragePercent',
    'busyHours',
    'busyLossPercent',
  ],
  'usage.flagged': ['deviation', 'callsMax', 'travelMin', 'shortCalls'],
  'usage.flag.withdrawn': ['deviation', 'callsMax', 'travelMin', 'shortCalls'],
};

/** How the packs of the decision's operator read what it hangs on, term by term; none where its type has no such terms. */
export function readingsOf(
  { type, data }: Pick<WireDecision, 'type' | 'data'>,
  packs: readonly ReadPack[],
): readonly Reading[] {
  const { operator, clause } = data;
  const names = TERMS[type] ?? [];
  const sections = packs
    .filter(({ pack }) => pack?.operator === operator)
    .flatMap(({ body }) => Object.values(body!.rules))
    .filter(
      (section) => section.clause === clause || Object.values(section.terms).some((term) => term.clause === clause),
    );
  return sections.flatMap(({ terms }) =>
    names.flatMap((name) => {
      const term = (terms as Record<string, PackTerm>)[name];
      return term?.reading === undefined ? [] : [{ term: name, clause: term.clause, reading: term.reading }];
    }),
  );
}

/** Every clause that the rules of these packs name, with what each is about, once for each operator. */
export function clausesOf(packs: readonly ReadPack[]): readonly Clause[] {
  const found = new Map<string, Clause>();
  for (const { pack, body } of packs) {
    if (!pack || !body) continue;
    for (const section of Object.values(body.rules)) {
      const terms = Object.values(section.terms as Readonly<Record<string, PackTerm>>);
      for (const { clause, about } of [
        section,
        ...terms.map((term) => ({ clause: term.clause, about: term.reading ?? '' })),
      ]) {
        const key = `${pack.operator} ${clause}`;
        if (!found.has(key)) found.set(key, { operator: pack.operator, clause, about });
      }
    }
  }
  return [...found.values()];
}
