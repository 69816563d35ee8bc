/** The worked cases beside the project: what they are, and the matching that their runner does. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Case {
  readonly name: string;
  readonly clause: string;
  readonly why: string;
  readonly until: string;
  readonly events: readonly object[];
  readonly lines?: readonly string[];
  readonly expect: readonly object[];
  readonly forbid?: readonly string[];
  readonly open?: readonly string[];
  readonly exit?: number;
}

/** The folder with cases and data beside the project, or where DOZOR_SHARED says. */
export const SHARED = process.env['DOZOR_SHARED'] ?? resolve(import.meta.dirname, '../../shared');

export function workedCases(): readonly Case[] {
  const folder = resolve(SHARED, 'cases');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(resolve(folder, name), 'utf8')) as Case);
}

export function linesOf(item: Case): readonly string[] {
  return [...item.events.map((event) => JSON.stringify(event)), ...(item.lines ?? [])];
}

interface Given {
  readonly id: string;
  readonly type: string;
}

/** What is wrong with the decisions of a case; empty: nothing. */
export function problemsOf(item: Case, decisions: readonly Given[]): readonly string[] {
  const problems: string[] = [];
  const takenBy = new Map<number, number>();
  const place = (i: number, seen: Set<number>): boolean =>
    decisions.some((decision, j) => {
      if (seen.has(j) || !matches(item.expect[i], decision)) return false;
      seen.add(j);
      const held = takenBy.get(j);
      if (held !== undefined && !place(held, seen)) return false;
      takenBy.set(j, i);
      return true;
    });
  item.expect.forEach((want, i) => {
    if (!place(i, new Set())) problems.push(`missing ${JSON.stringify(want)}`);
  });
  const open = new Set(['notice.requested', ...(item.open ?? [])]);
  const closed = new Set(item.expect.map((want) => (want as Given).type).filter((type) => !open.has(type)));
  decisions.forEach((decision, j) => {
    if (closed.has(decision.type) && !takenBy.has(j)) problems.push(`not expected: ${JSON.stringify(decision)}`);
    if (item.forbid?.includes(decision.type)) problems.push(`forbidden: ${JSON.stringify(decision)}`);
  });
  return problems;
}

function matches(want: unknown, got: unknown): boolean {
  if (want === null || typeof want !== 'object') {
    if (isTime(want) && isTime(got)) return Date.parse(want) === Date.parse(got);
    return want === got;
  }
  if (Array.isArray(want))
    return Array.isArray(got) && want.length === got.length && want.every((item, i) => matches(item, got[i]));
  return (
    typeof got === 'object' &&
    got !== null &&
    Object.entries(want).every(([key, value]) => matches(value, (got as Record<string, unknown>)[key]))
  );
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
}
