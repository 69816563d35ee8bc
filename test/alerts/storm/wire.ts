/** What a sender and the storm say to each other over the pipe between two processes. */
import type { QueryAnswer, SmsPart, SmsReceipt, Submission } from '../../../alerts/ports.js';

export type FromSender =
  | { readonly is: 'submit'; readonly n: number; readonly part: SmsPart }
  | { readonly is: 'query'; readonly n: number; readonly id: string }
  | { readonly is: 'kept'; readonly n: number; readonly kept: boolean }
  | { readonly is: 'mail'; readonly key: string }
  | {
      readonly is: 'stand';
      readonly open: number;
      readonly flying: number;
      readonly heard: number;
      readonly told: number;
      readonly unknownReceipts: number;
      readonly lists: Readonly<Record<string, number>>;
    };

export type ToSender =
  | { readonly is: 'submitted'; readonly n: number; readonly submission: Submission }
  | { readonly is: 'answered'; readonly n: number; readonly answer: QueryAnswer }
  | { readonly is: 'receipt'; readonly n: number; readonly receipt: SmsReceipt }
  | { readonly is: 'stop' };

/** The pack's waits, short enough to be seen in a storm. */
export const AMBIGUOUS_WAIT_SECONDS = 20;
export const PARTITIONS = { service: 2, element: 1, facts: 1, decisions: 2 } as const;
/** 32 bytes that keep made-up numbers. */
export const KEY = Buffer.from('a key for made-up numbers alone!');
