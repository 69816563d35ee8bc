/** The octets of SMPP 3.4: against frames written out by hand from the standard, and round for any content. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMMANDS,
  type Command,
  codeOf,
  decodePdu,
  encodePdu,
  FRAME_OCTETS_MAX,
  FrameReader,
  isAnswer,
  numberOf,
  type Pdu,
  pdu,
  STATUS,
  TLV,
  textOf,
  tlvNumber,
  tlvText,
} from '../../../alerts/sms/pdu.js';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const decoded = (frame: Buffer): Pdu => {
  const result = decodePdu(frame);
  if (!result.ok) throw new Error(result.why);
  return result.pdu;
};

/** 2.7.1 of the standard shows this bind, with system id SMPP3TEST and password secret08. */
const BIND = `0000002F 00000002 00000000 00000001 534D505033544553540073656372657430380053 55424D495431 00 50 01 01 00`;

describe('frames by hand', () => {
  it('reads and writes the bind that the standard shows', () => {
    const bind = decoded(hex(BIND));
    expect(bind).toMatchObject({
      command: 'bind_transmitter',
      sequence: 1,
      body: {
        systemId: 'SMPP3TEST',
        password: 'secret08',
        systemType: 'SUBMIT1',
        interfaceVersion: 0x50,
        addressTon: 1,
        addressNpi: 1,
        addressRange: '',
      },
    });
    expect(encodePdu(bind).toString('hex')).toBe(hex(BIND).toString('hex'));
  });

  it('writes a submit_sm field by field, optional parameters behind it', () => {
    const frame = encodePdu(
      pdu('submit_sm', 9, {
        body: {
          source: 'Dozor',
          sourceTon: 5,
          destination: '381640000001',
          destinationTon: 1,
          destinationNpi: 1,
          esmClass: 0x40,
          registeredDelivery: 1,
          dataCoding: 8,
          shortMessage: hex('0500032A0201 0160'),
        },
        tlvs: new Map([[TLV.userMessageReference, tlvNumber(0x1234, 2)]]),
      }),
    );
    expect(frame.toString('hex')).toBe(
      hex(`00000040 00000004 00000000 00000009
        00 05 00 446F7A6F7200 01 01 33383136343030303030303100 40 00 00 00 00 01 00 08 00
        08 0500032A02010160 0204 0002 1234`).toString('hex'),
    );
  });

  it('an answer that says no has no body', () => {
    const frame = encodePdu(pdu('submit_sm_resp', 3, { status: STATUS.throttled, body: { messageId: 'x' } }));
    expect(frame.toString('hex')).toBe('00000010800000040000005800000003');
    expect(decoded(frame)).toMatchObject({ status: STATUS.throttled, body: { messageId: '' } });
  });
});

describe('careless peers', () => {
  it('an answer without its body, or without the end of its text, is read', () => {
    expect(decoded(hex('00000010 80000004 00000000 00000007')).body).toEqual({ messageId: '' });
    expect(decoded(hex('00000012 80000004 00000000 00000007 6162')).body).toEqual({ messageId: 'ab' });
    expect(decoded(hex('00000010 80000015 00000000 00000007')).command).toBe('enquire_link_resp');
  });

  it('a question that ends too soon is malformed, and so is a parameter that reaches past the frame', () => {
    const whole = encodePdu(pdu('deliver_sm', 5, { body: { source: '1', shortMessage: Buffer.from('abc') } }));
    for (let length = 16; length < whole.length; length++) {
      const cut = Buffer.from(whole.subarray(0, length));
      cut.writeUInt32BE(length, 0);
      expect(decodePdu(cut), `${length} octets`).toMatchObject({ ok: false, why: 'malformed', sequence: 5 });
    }
    const long = encodePdu(pdu('deliver_sm', 5, { tlvs: new Map([[TLV.messagePayload, Buffer.from('abcd')]]) }));
    long.writeUInt16BE(5, long.length - 6);
    expect(decodePdu(long)).toMatchObject({ ok: false, why: 'malformed' });
  });

  it('a command that nobody knows keeps its number', () => {
    expect(decodePdu(hex('00000010 00000103 00000000 00000021'))).toEqual({
      ok: false,
      why: 'unknown-command',
      commandId: 0x103,
      sequence: 0x21,
    });
  });

  it('of two parameters with one tag the first counts', () => {
    const frame = hex('00000022 80000004 00000000 00000001 6100 0204 0002 0001 0204 0002 0002 0000 0000'.slice(0));
    frame.writeUInt32BE(frame.length, 0);
    expect(numberOf(decoded(frame).tlvs, TLV.userMessageReference)).toBe(1);
  });
});

describe('what does not fit is not written', () => {
  it.each([
    ['destination', 'submit_sm', { destination: '1'.repeat(21) }],
    ['source', 'submit_sm', { source: 'Дозор' }],
    ['source', 'submit_sm', { source: 'a\0b' }],
    ['shortMessage', 'submit_sm', { shortMessage: Buffer.alloc(255) }],
    ['password', 'bind_transceiver', { password: 'nine-lett' }],
    ['dataCoding', 'submit_sm', { dataCoding: 256 }],
  ] as const)('%s of %s', (field, command, body) => {
    const attempt = () => encodePdu(pdu(command, 1, { body }) as Pdu);
    expect(attempt).toThrow(field);
    // What is personal or secret is not in the message.
    for (const value of Object.values(body)) if (typeof value === 'string') expect(attempt).not.toThrow(value);
  });

  it('the longest that fit are', () => {
    const body = { destination: '1'.repeat(20), shortMessage: Buffer.alloc(254, 1), validity: '261123040506000+' };
    expect(decoded(encodePdu(pdu('submit_sm', 1, { body }))).body).toMatchObject({
      destination: body.destination,
      validity: body.validity,
      shortMessage: Uint8Array.from(body.shortMessage),
    });
  });
});

const ascii = (max: number) =>
  fc.string({ unit: fc.integer({ min: 1, max: 0x7f }).map((code) => String.fromCharCode(code)), maxLength: max });
const octets = (max: number) => fc.uint8Array({ maxLength: max });
const anyPdu: fc.Arbitrary<Pdu> = fc
  .record({
    command: fc.constantFrom(...(Object.keys(COMMANDS) as Command[])),
    sequence: fc.integer({ min: 1, max: 0x7fffffff }),
    text: ascii(5),
    octet: fc.integer({ min: 0, max: 255 }),
    message: octets(254),
    tlvs: fc.array(fc.tuple(fc.integer({ min: 1, max: 0xffff }), octets(300)), { maxLength: 4 }),
  })
  .map(({ command, sequence, text, octet, message, tlvs }) => {
    const empty = pdu(command, sequence);
    const body = Object.fromEntries(
      Object.entries(empty.body).map(([name, value]) => [
        name,
        typeof value === 'number' ? octet : typeof value === 'string' ? text : message,
      ]),
    );
    return { ...empty, body, tlvs: new Map(tlvs) } as unknown as Pdu;
  });

describe('any PDU', () => {
  it('comes back as it was, whole and out of any pieces', () => {
    fc.assert(
      fc.property(
        fc.array(anyPdu, { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (all, sizes) => {
          const stream = Buffer.concat(all.map(encodePdu));
          const reader = new FrameReader();
          const back: Pdu[] = [];
          for (let at = 0; at < stream.length; ) {
            const size = sizes.next().value as number;
            for (const frame of reader.take(stream.subarray(at, at + size))) back.push(decoded(frame));
            at += size;
          }
          const plain = (one: Pdu) => ({
            ...one,
            body: values(one.body),
            tlvs: [...one.tlvs].map(([tag, value]) => [tag, [...value]]),
          });
          expect(back.map(plain)).toEqual(all.map(plain));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('no noise makes the reader throw anything but that it lost its place, and no frame is read past its end', () => {
    fc.assert(
      fc.property(octets(200), (noise) => {
        const frame = Buffer.concat([Buffer.alloc(4), Buffer.alloc(12), noise]);
        frame.writeUInt32BE(frame.length, 0);
        for (const id of Object.values(COMMANDS)) {
          frame.writeUInt32BE(id, 4);
          expect(() => decodePdu(frame)).not.toThrow();
        }
        try {
          new FrameReader().take(Buffer.from(noise));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function values(body: object): unknown {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, value instanceof Uint8Array ? [...value] : value]),
  );
}

describe('the stream', () => {
  it.each([15, 0, FRAME_OCTETS_MAX + 1, 0xffffffff])('a frame of %i octets is none: the place is lost', (length) => {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(length, 0);
    expect(() => new FrameReader().take(head)).toThrow('a frame of');
  });
});

describe('words and numbers', () => {
  it('a status is a word of a closed list, or its number', () => {
    expect(codeOf(STATUS.throttled)).toBe('throttled');
    expect(codeOf(0x410)).toBe('status-0x410');
  });

  it('parameters as numbers and texts', () => {
    const tlvs = new Map<number, Uint8Array>([
      [TLV.receiptedMessageId, tlvText('1A2B')],
      [TLV.messageState, tlvNumber(2, 1)],
      [TLV.sarTotal, new Uint8Array(0)],
    ]);
    expect(textOf(tlvs, TLV.receiptedMessageId)).toBe('1A2B');
    expect(textOf(new Map([[TLV.receiptedMessageId, Buffer.from('1A2B')]]), TLV.receiptedMessageId)).toBe('1A2B');
    expect(numberOf(tlvs, TLV.messageState)).toBe(2);
    expect(numberOf(tlvs, TLV.sarTotal)).toBeUndefined();
    expect(numberOf(tlvs, TLV.sarPart)).toBeUndefined();
  });

  it('an answer is told from a question', () => {
    expect(isAnswer('generic_nack')).toBe(true);
    expect(isAnswer('deliver_sm')).toBe(false);
  });
});
