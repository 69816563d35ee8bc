/**
 * Records that are bad on purpose, by class. Each must be refused for the reason that its `planted` names, and its source says
 * which class it is: `made-up/faulty/CLASS`. What is no JSON has no place in a stream of objects; it is a reader's test.
 */
import { DAY, HOUR } from './places.js';

export interface Faulty {
  readonly name: string;
  /** The reason for which it must be refused (`runtime/decode.ts`). */
  readonly reason: string;
  /** What it says in place of what a sound record would. Seconds are added to the time at which it becomes known. */
  readonly time?: number | string;
  readonly type?: string;
  readonly subject?: string;
  readonly specversion?: string;
  readonly data: (given: { readonly foreign: string; readonly own: string }) => Readonly<Record<string, unknown>>;
}

const cdr = { direction: 'out', feed: 'cdr' };

export const FAULTY: readonly Faulty[] = [
  {
    name: 'end-before-start',
    reason: 'negative-amount',
    data: () => ({ kind: 'voice', ...cdr, seconds: -42 }),
  },
  {
    name: 'negative-volume',
    reason: 'negative-amount',
    data: () => ({ kind: 'data', ...cdr, bytes: -1_048_576 }),
  },
  {
    // Known only where the service is: what decodes a single line lets it through.
    name: 'wrong-currency',
    reason: 'wrong-currency',
    data: ({ foreign }) => ({ kind: 'sms', ...cdr, messages: 1, charge: { amount: '1.20', currency: foreign } }),
  },
  {
    name: 'money-decimals',
    reason: 'money-decimals',
    data: ({ own }) => ({ kind: 'sms', ...cdr, messages: 1, charge: { amount: '1.205', currency: own } }),
  },
  {
    name: 'future-time',
    reason: 'time-ahead',
    time: 3 * HOUR,
    data: () => ({ kind: 'voice', ...cdr, seconds: 60 }),
  },
  {
    name: 'beyond-memory',
    reason: 'beyond-memory',
    time: -140 * DAY,
    data: () => ({ kind: 'data', ...cdr, bytes: 1_048_576 }),
  },
  {
    name: 'missing-field',
    reason: 'missing-field',
    data: () => ({ ...cdr, seconds: 60 }),
  },
  {
    name: 'missing-record-id',
    reason: 'missing-field',
    type: 'usage.cancelled',
    data: () => ({}),
  },
  {
    name: 'malformed-amount',
    reason: 'malformed-field',
    data: () => ({ kind: 'data', ...cdr, bytes: '12 MB' }),
  },
  {
    name: 'no-such-date',
    reason: 'malformed-field',
    time: '2026-02-30T12:00:00+01:00',
    data: () => ({ kind: 'voice', ...cdr, seconds: 60 }),
  },
  {
    name: 'unknown-type',
    reason: 'unknown-type',
    type: 'usage.rerated',
    data: () => ({ kind: 'voice', ...cdr, seconds: 60 }),
  },
  {
    // Twelve zeros: nobody's number.
    name: 'subject-like-a-number',
    reason: 'subject-looks-like-a-number',
    subject: '000000000000',
    data: () => ({ kind: 'voice', ...cdr, seconds: 60 }),
  },
  {
    name: 'old-cloudevent',
    reason: 'not-a-cloudevent',
    specversion: '0.3',
    data: () => ({ kind: 'voice', ...cdr, seconds: 60 }),
  },
];
