/** Detail files of RADIUS servers: what paragraphs say, and that one that is cut off never counts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DetailRecord, detailRecords } from '../../../../pipelines/io/formats/radius-detail.js';
import { MSISDN } from './writers.js';

const paragraph = (status: string, seconds: number, more: readonly string[] = []) =>
  [
    'Fri Jun 12 10:05:00 2026',
    `\tAcct-Status-Type = ${status}`,
    '\tUser-Name = "made-up@example"',
    '\tAcct-Session-Id = "d1"',
    '\tNAS-IP-Address = 10.0.0.1',
    `\tCalling-Station-Id = "${MSISDN}"`,
    `\tAcct-Session-Time = ${seconds}`,
    '\tAcct-Input-Octets = 1000',
    '\tAcct-Output-Octets = 7',
    '\tAcct-Output-Gigawords = 1',
    ...more,
    '\tEvent-Timestamp = "Jun 12 2026 10:05:00 CEST"',
    '\tTimestamp = 1781251500',
    '',
    '',
  ].join('\n');

async function read(text: string | Uint8Array, pieces = 0): Promise<readonly DetailRecord[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const size = pieces || bytes.length || 1;
  const chunks = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  const records: DetailRecord[] = [];
  for await (const record of detailRecords(chunks)) records.push(record);
  return records;
}

describe('a detail file', () => {
  it('gives its requests, however its bytes are cut into pieces', async () => {
    const text =
      paragraph('Start', 0) + paragraph('Interim-Update', 300, ['\tAcct-Delay-Time = 4', '\tClass = 0x00ff']);
    const whole = await read(text);
    expect(whole).toMatchObject([
      { ok: true, line: 1, request: { status: 'start', nas: '10.0.0.1', sessionId: 'd1' } },
      {
        ok: true,
        line: 14,
        at: 1_781_251_500_000,
        request: {
          status: 'interim',
          by: { userName: 'made-up@example', callingStationId: MSISDN },
          sessionSeconds: 300,
          input: { octets: 1_000 },
          output: { octets: 7, gigawords: 1 },
          delaySeconds: 4,
        },
      },
    ]);
    for (const pieces of [1, 7, 64]) expect(await read(text, pieces)).toEqual(whole);
    expect(await read(text.replaceAll('\n', '\r\n'))).toEqual(whole);
  });

  it('servers that begin and end, by name or number, and quoted text', async () => {
    const on =
      'now\n\tAcct-Status-Type = Accounting-On\n\tNAS-Identifier = "bras \\"1\\" \\303\\251"\n\tTimestamp = 5\n\n';
    const off = 'now\n\tAcct-Status-Type = 8\n\tNAS-Identifier = plain\n\tTimestamp = 5\n\n';
    expect(await read(on + off)).toMatchObject([
      { ok: true, request: { status: 'nas-on', nas: 'bras "1" \u00c3\u00a9', sessionId: '' } },
      { ok: true, request: { status: 'nas-off', nas: 'plain' } },
    ]);
  });

  it.each([
    ['Acct-Status-Type', paragraph('Tunnel-Start', 1), 'Acct-Status-Type'],
    ['Acct-Session-Id', paragraph('Stop', 1).replace(/\tAcct-Session-Id.*\n/, ''), 'Acct-Session-Id'],
    ['NAS-IP-Address', paragraph('Stop', 1).replace(/\tNAS-IP.*\n/, ''), 'NAS-Identifier'],
    ['Timestamp', paragraph('Stop', 1).replace(/\tTimestamp.*\n/, ''), 'Timestamp'],
    ['Acct-Input-Octets', paragraph('Stop', 1).replace('= 1000', '= many'), 'Acct-Input-Octets'],
    ['Acct-Output-Octets', paragraph('Stop', 1).replace('= 7', '= 4294967296'), 'Acct-Output-Octets'],
    ['User-Name', paragraph('Stop', 1).replace('"made-up@example"', '"made-up@example'), 'User-Name'],
  ])('without a sound %s: the record is told by line and field, the next is read', async (_, text, field) => {
    const [bad, good] = await read(text + paragraph('Start', 0));
    expect(bad).toMatchObject({ ok: false, line: 1, field });
    expect(good).toMatchObject({ ok: true });
    for (const secret of [MSISDN, 'made-up@example']) expect(JSON.stringify(bad)).not.toContain(secret);
  });

  it('cut off anywhere, what is not whole is told', async () => {
    const one = paragraph('Stop', 300);
    const text = paragraph('Start', 0) + one;
    const [first, second] = await read(text);
    const begin = text.length - one.length;
    for (let length = 1; length < text.length; length += 1) {
      const records = await read(text.slice(0, length));
      for (const [i, record] of records.entries()) {
        if (record.ok) expect(record).toEqual([first, second][i]);
      }
      // Between two paragraphs, and behind the last line of one, nobody can see that something is missing.
      const unseen = [begin - 1, begin, text.length - 1].includes(length);
      expect(
        records.some(({ ok }) => !ok),
        `cut at ${length}`,
      ).toBe(!unseen);
      expect(records.filter(({ ok }) => ok)).toHaveLength(length < begin - 1 ? 0 : length < text.length - 1 ? 1 : 2);
    }
  });

  it('of any bytes is read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(400), async (bytes, at) => {
        const text = new TextEncoder().encode(paragraph('Stop', 9));
        const mixed = Buffer.concat([text.subarray(0, at), bytes, text.subarray(at)]);
        for (const record of await read(mixed)) expect(record).toHaveProperty('ok');
      }),
      { numRuns: 500 },
    );
  });
});
