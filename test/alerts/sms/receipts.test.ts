/** Receipts as vendors write them: parameters first, text second, ids in two bases, dates of two lengths. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SmsState } from '../../../alerts/ports.js';
import { pdu, TLV, tlvNumber, tlvText } from '../../../alerts/sms/pdu.js';
import {
  acceptedIds,
  canonicalId,
  dateOf,
  IdForms,
  isFinal,
  readReceipt,
  stateOf,
} from '../../../alerts/sms/receipts.js';

const receipt = (text: string, tlvs: [number, Uint8Array][] = [], esmClass = 0x04) =>
  readReceipt(
    pdu('deliver_sm', 1, { body: { esmClass, shortMessage: Buffer.from(text) }, tlvs: new Map(tlvs) }),
    'Europe/Belgrade',
  );

describe('the text form', () => {
  it.each<[string, string, object]>([
    [
      'as in the appendix of the standard',
      'id:0123456789 sub:001 dlvrd:001 submit date:0607011015 done date:0607011016 stat:DELIVRD err:000 text:Hello',
      { ids: ['0123456789'], state: 'delivered', at: Date.UTC(2006, 6, 1, 8, 16) },
    ],
    [
      'dates with seconds, capitals, spaces after the colons',
      'Id: 1A2b Sub: 000 Dlvrd: 000 Submit Date: 060701101501 Done Date: 060701101602 Stat: UNDELIV Err: 01B Text: ',
      { ids: ['1A2b'], state: 'undeliverable', error: '01B', at: Date.UTC(2006, 6, 1, 8, 16, 2) },
    ],
    [
      "words of the subscriber's own that look like fields",
      'id:77 stat:DELIVRD err:000 text:id:99 stat:REJECTD err:5',
      { ids: ['77'], state: 'delivered' },
    ],
    ['nothing but id and state', 'id:77 stat:EXPIRED', { ids: ['77'], state: 'expired' }],
    ['a word that nobody knows ends nothing', 'id:77 stat:WHOKNOWS', { ids: ['77'], state: 'enroute' }],
    ['no word at all', '', { ids: [], state: 'enroute' }],
    ['a date that is none', 'id:7 done date:0613011016 stat:DELETED', { ids: ['7'], state: 'deleted' }],
  ])('%s', (_, text, expected) => {
    expect(receipt(text)).toEqual(expected);
  });

  it('may stand in the payload', () => {
    const text = Buffer.from('id:77 stat:ACCEPTD');
    expect(receipt('', [[TLV.messagePayload, text]])).toMatchObject({ ids: ['77'], state: 'accepted' });
  });

  it.each<[string, SmsState | undefined]>([
    ['DELIVRD', 'delivered'],
    ['Delivered', 'delivered'],
    ['DELETED', 'deleted'],
    ['EXPIRED', 'expired'],
    ['UNDELIV', 'undeliverable'],
    ['UNDELIVERABLE', 'undeliverable'],
    ['FAILED', 'undeliverable'],
    ['ACCEPTD', 'accepted'],
    ['UNKNOWN', 'unknown'],
    ['REJECTD', 'rejected'],
    ['ENROUTE', 'enroute'],
    ['', undefined],
  ])('%s', (word, state) => {
    expect(stateOf(word)).toBe(state);
  });

  it('all states are final but two', () => {
    const all: SmsState[] = [
      'enroute',
      'accepted',
      'delivered',
      'expired',
      'deleted',
      'undeliverable',
      'unknown',
      'rejected',
    ];
    expect(all.filter((state) => !isFinal(state))).toEqual(['enroute', 'accepted']);
  });
});

describe('parameters', () => {
  it('are believed before the text', () => {
    const tlvs: [number, Uint8Array][] = [
      [TLV.receiptedMessageId, tlvText('4D')],
      [TLV.messageState, tlvNumber(5, 1)],
      [TLV.networkErrorCode, Uint8Array.of(3, 0, 27)],
      [TLV.userMessageReference, tlvNumber(513, 2)],
    ];
    expect(receipt('id:77 stat:DELIVRD err:001', tlvs)).toEqual({
      ids: ['4D', '77'],
      state: 'undeliverable',
      error: '3:27',
      reference: 513,
    });
  });

  it.each([
    [1, 'enroute'],
    [2, 'delivered'],
    [3, 'expired'],
    [4, 'deleted'],
    [5, 'undeliverable'],
    [6, 'accepted'],
    [7, 'unknown'],
    [8, 'rejected'],
  ] as const)('message_state %i is %s', (number, state) => {
    expect(receipt('', [[TLV.messageState, tlvNumber(number, 1)]])?.state).toBe(state);
  });

  it('make a receipt also where esm_class does not, and an intermediate notice is one', () => {
    expect(receipt('', [[TLV.receiptedMessageId, tlvText('4D')]], 0)?.ids).toEqual(['4D']);
    expect(receipt('id:1 stat:ENROUTE', [], 0x20)).toMatchObject({ state: 'enroute' });
    expect(receipt('id:1 stat:DELIVRD', [], 0x00), 'a telephone may write what it likes').toBeUndefined();
    expect(receipt('id:1 stat:DELIVRD', [], 0x40)).toBeUndefined();
  });
});

describe('dates', () => {
  it.each([
    ['2603290159', Date.UTC(2026, 2, 29, 0, 59)],
    ['2603290300', Date.UTC(2026, 2, 29, 1, 0)],
    ['2602300000', undefined],
    ['260101', undefined],
  ])('%s on the clock of the centre', (text, at) => {
    expect(dateOf(text, 'Europe/Belgrade')).toBe(at);
  });

  it('are not read where the zone of the centre is not known', () => {
    const body = { esmClass: 4, shortMessage: Buffer.from('id:1 done date:2601010000 stat:DELIVRD') };
    expect(readReceipt(pdu('deliver_sm', 1, { body }))).toEqual({ ids: ['1'], state: 'delivered' });
  });
});

describe('ids', () => {
  it('in the other base are the same number, whatever their length', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n }),
        fc.boolean(),
        fc.integer({ min: 0, max: 20 }),
        (id, upper, width) => {
          const hex = id.toString(16).padStart(width, '0');
          const written = upper ? hex.toUpperCase() : hex;
          const found = acceptedIds(id.toString(), 'decimal').map(canonicalId);
          expect(found).toContain(canonicalId(written));
          expect(acceptedIds(written, 'hex').map(canonicalId)).toContain(id.toString());
        },
      ),
    );
    expect(acceptedIds('1A2B', 'decimal')).toEqual([]);
    expect(acceptedIds('msg-1', 'hex')).toEqual([]);
  });

  it('a number that is also another message reads by what was learnt, not by what happens to fit', () => {
    // Answers in hex, receipts in decimal: "16" means 10, though a message 16 exists too.
    const numberOf = new Map([
      ['10', 'A'],
      ['16', 'B'],
      ['1f', 'C'],
    ]);
    const forms = new IdForms();
    const read = (id: string, owner: string) => forms.read([id], (accepted) => numberOf.get(accepted) === owner)[0];
    expect(read('16', 'A')).toBe('10');
    expect(read('22', 'B')).toBe('16');
    expect(read('31', 'C')).toBe('1f');
    expect(forms.known).toBe('decimal');
    expect(forms.read(['16'], () => true)).not.toContain('16');
  });

  it('nothing is learnt from what fits two ways, nor settled while two forms have been seen', () => {
    const forms = new IdForms();
    for (let n = 0; n < 9; n++) forms.read(['5'], (id) => id === '5');
    expect(forms.known).toBeUndefined();
    forms.read(['255'], (id) => id === 'ff');
    for (let n = 0; n < 9; n++) forms.read(['abc'], (id) => id === 'abc');
    expect(forms.known).toBeUndefined();
    expect(new IdForms('hex').known).toBe('hex');
  });
});
