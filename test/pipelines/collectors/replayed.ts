/** A story of several services told at once, and what was decided of them. Times are local to the operator. */
import { type Decision, encodeDecision } from '../../../pipelines/domain/decision.js';
import { type Pack, Packs } from '../../../pipelines/domain/pack.js';
import { parseInstant } from '../../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { Replay } from '../../../pipelines/runtime/replay.js';

export const packs = loadPacks([OWN_PACKS]);

/** The packs of the project with some of one operator's changed. */
export function packsWith(operator: string, change: (pack: Pack) => Pack): Packs {
  return new Packs(packs.all().map((pack) => (pack.operator === operator ? change(pack) : pack)));
}

/** One line of a story. */
export interface Line {
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly recordedtime?: string;
  readonly data: object;
}

/** The lines as they are written, each with a name of its own, in the order in which they became known. */
export function written(lines: readonly Line[]): readonly string[] {
  const known = ({ recordedtime, time }: Line) => parseInstant(recordedtime ?? time)!;
  return lines
    .map((line, i) => ({ specversion: '1.0', id: `e${i}`, source: 'story', ...line }))
    .sort((a, b) => known(a) - known(b))
    .map((line) => JSON.stringify(line));
}

/** Every decision in the order in which a replay writes them. */
export function replayed(lines: readonly Line[], until: string, by: Packs = packs): readonly Decision[] {
  const decisions: Decision[] = [];
  const told = new Replay({
    packs: by,
    decided: (decision) => decisions.push(decision),
    rejected: ({ message }) => {
      throw new Error(message);
    },
  });
  written(lines).forEach((line, i) => {
    told.line(line, i + 1);
  });
  told.finish(parseInstant(until)!);
  // What cannot be written on the wire is no decision.
  for (const decision of decisions) encodeDecision(decision, told.zoneOf(decision));
  return decisions;
}
