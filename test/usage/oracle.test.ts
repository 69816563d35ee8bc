/** The oracle against the worked cases: a judge must itself be right. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Case, problemsOf, SHARED } from '../cases.js';
import { type Expected, oracle } from './oracle.js';
import type { Wire } from './wire.js';

const NAMES = [
  'a1-daily-limit-atypical',
  'a1-daily-limit-typical',
  'a1-doubled-spend',
  'a1-spend-bar',
  'a1-spend-bar-withdrawn',
  'a1-roaming-risk',
  'a1-roaming-home-prevails',
  'mtel-credit-limit',
];
/** What other rules decide, and what the oracle leaves out of its data. */
const OTHERS = ['notice.requested', 'credit.granted', 'outage.confirmed'];

function read(name: string): Case {
  return JSON.parse(readFileSync(resolve(SHARED, 'cases', `${name}.json`), 'utf8')) as Case;
}

const isTime = (key: string) => key === 'from' || key === 'to';

/** A decision of the oracle as the cases write it: times as text. */
function wire(one: Expected) {
  const texts = JSON.parse(
    JSON.stringify({ ...one.data, clause: 'A1 9.1.3' }, (key, value: unknown) =>
      isTime(key) && typeof value === 'number' ? new Date(value).toISOString() : value,
    ),
  ) as Record<string, unknown>;
  return { id: '', ...one, time: new Date(one.time).toISOString(), data: texts };
}

describe.skipIf(!existsSync(resolve(SHARED, 'cases')))('the oracle on the worked cases', () => {
  it.each(NAMES)('%s', (name) => {
    const item = read(name);
    const expected = item.expect.filter((one) => !OTHERS.includes((one as { type: string }).type));
    const decisions = oracle(item.events as Wire[], Date.parse(item.until)).map(wire);
    expect(problemsOf({ ...item, expect: expected }, decisions)).toEqual([]);
  });
});
