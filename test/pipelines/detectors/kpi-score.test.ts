import { describe, expect, it } from 'vitest';
import { cell, OPERATOR, packsOf, sample, told } from '../../kpi/watched.js';
import { known, said } from '../story.js';

const packs = packsOf({});
const hour = (i: number) =>
  `06-${String(10 + Math.floor(i / 24)).padStart(2, '0')} ${String(i % 24).padStart(2, '0')}:00`;

describe('replay --scores', () => {
  const samples = Array.from({ length: 60 }, (_, i) => sample(hour(i), i === 55 ? 500 : 100 + (i % 7)));

  it('gives a decision for every sample, with its event, in the order in which they came', () => {
    const all = told(packs, [cell(), ...samples], '06-20', true);
    expect(all.map(({ type, data }) => [type, data['sample'], data['sampleSource']])).toEqual(
      samples.map(({ id, source }) => ['kpi.scored', id, source]),
    );
    expect(all[55]).toMatchObject({
      subject: 'cell-1',
      time: samples[55]!.time,
      data: { operator: OPERATOR, clause: 'kpi-score', kpi: 'load', value: 500, because: { history: 55 } },
    });
    expect(all[55]!.data['score']).toBeGreaterThan(0.5);
    expect(all[55]!.data['expectedHigh']).toBeLessThan(500);
  });

  it('gives none where nobody asked', () => {
    expect(told(packs, [cell(), ...samples], '06-20')).toEqual([]);
  });

  it('keeps series apart by element and indicator', () => {
    const other = samples.map((line) => ({ ...line, id: `${line.id}-b`, data: { kpi: 'other', value: 1 } }));
    const there = samples.map((line) => ({ ...line, id: `${line.id}-c`, subject: 'cell-2' }));
    const mixed = samples.flatMap((line, i) => [line, other[i]!, there[i]!]);
    const alone = told(packs, [cell(), ...samples], '06-20', true);
    const among = told(packs, [cell(), cell('cell-2'), ...mixed], '06-20', true);
    const of = (kpi: string, subject: string) =>
      among.filter((one) => one.data['kpi'] === kpi && one.subject === subject);
    expect(of('load', 'cell-1')).toEqual(alone);
    expect(of('load', 'cell-2').map(({ data }) => data['score'])).toEqual(alone.map(({ data }) => data['score']));
    expect(of('other', 'cell-1').every(({ data }) => data['score'] === 0)).toBe(true);
  });

  it('scores what came before its element was known, once it is; and in the end also what never was', () => {
    const early = told(
      packs,
      [...samples.slice(0, 5), said('element.upserted', 'cell-1', hour(5), { operator: OPERATOR, kind: 'cell' })],
      '06-20',
      true,
    );
    expect(early.map(({ data }) => data['operator'])).toEqual(Array.from({ length: 5 }, () => OPERATOR));
    const never = told(packs, samples.slice(0, 3), '06-20', true);
    expect(never.map(({ data }) => [data['operator'], data['sample']])).toEqual(
      samples.slice(0, 3).map(({ id }) => ['unknown', id]),
    );
  });

  it('a sample told twice is scored once, and two of one instant are both scored', () => {
    const twice = told(packs, [cell(), samples[0]!, samples[0]!, { ...samples[0]!, id: 'another' }], '06-20', true);
    expect(twice.map(({ data }) => data['sample'])).toEqual([samples[0]!.id, 'another']);
  });

  it('a late sample is scored when it comes, from those before it in time', () => {
    const late = known(hour(40), samples[20]!);
    const lines = [...samples.slice(0, 20), ...samples.slice(21, 41), late];
    const straight = told(packs, [cell(), ...samples.slice(0, 21)], '06-20', true).at(-1)!;
    const found = told(packs, [cell(), ...lines], '06-20', true).find(({ data }) => data['sample'] === late.id)!;
    expect([found.data['score'], found.data['expectedLow'], found.data['expectedHigh']]).toEqual([
      straight.data['score'],
      straight.data['expectedLow'],
      straight.data['expectedHigh'],
    ]);
    expect(found.time).toBe(samples[40]!.time);
  });
});
