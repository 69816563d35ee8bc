/** The verdict of a chaos run finds what is wrong, and nothing where nothing is. */
import { expect, it } from 'vitest';
import { rejected } from '../../pipelines/runtime/decode.js';
import { makeSealKeys, seal } from '../../pipelines/runtime/seal.js';
import { compare, compareRejected, decidedOn, expectedOf } from './verdict.js';

const line = (text: string, number: number) => ({ text, number });
const sent = [line('{"subject":"s1","data":{"faultId":"f1"}}', 1), line('no json', 1)];
const credit = { id: 'd1', type: 'credit.granted', subject: 's1', time: 'T', data: { amount: '1.00' } };
const records = (...decisions: readonly object[]) => [
  decisions.map((decision, offset) => ({
    offset,
    key: '',
    value: Buffer.from(JSON.stringify(decision)),
    appendedAt: 0,
  })),
];
const problems = (...decisions: readonly object[]) =>
  compare(decidedOn(records(...decisions)), expectedOf([JSON.stringify(credit)], sent), sent);

it('nothing is wrong where the same is decided, also twice', () => {
  expect(problems(credit, credit)).toEqual([]);
});

it('tells what is missing, with the events it comes from', () => {
  const [problem] = problems();
  expect(problem).toContain('missing');
  expect(problem).toContain('from {"subject":"s1"');
});

it('tells what is invented, what has other content and what has two contents', () => {
  expect(problems(credit, { ...credit, id: 'd2' })[0]).toContain('invented');
  expect(problems({ ...credit, data: { amount: '2.00' } })[0]).toContain('other content');
  expect(problems(credit, { ...credit, time: 'U' })[0]).toContain('two contents');
});

it('knows a line without a subject by its number in its request', () => {
  const refusal = (number: number) => rejected({ reason: 'not-json', message: 'm', event: 'no json', line: number }, 0);
  // In the file it was the second line, in its request the first.
  const replayed = JSON.stringify({ ...refusal(2), time: 'T' });
  const found = { id: refusal(1).id, type: 'event.rejected', time: 'U', data: {} };
  expect(compare(decidedOn(records(found)), expectedOf([replayed], sent), sent)).toEqual([]);
});

it('tells of a refused event that is not kept, or not as it was sent', () => {
  const { publicKeyPem, privateKeyPem } = makeSealKeys();
  const decided = decidedOn(records({ id: 'r1', type: 'event.rejected', time: 'T', data: {} }));
  const kept = (event: string) => [
    [
      {
        offset: 0,
        key: 'r1',
        value: seal(publicKeyPem, Buffer.from(JSON.stringify({ id: 'r1', data: { event } }))),
        appendedAt: 0,
      },
    ],
  ];
  expect(compareRejected(kept('no json'), decided, privateKeyPem, sent)).toEqual([]);
  expect(compareRejected([[]], decided, privateKeyPem, sent)[0]).toContain('not kept');
  expect(compareRejected(kept('other'), decided, privateKeyPem, sent)[0]).toContain('never sent so');
});
