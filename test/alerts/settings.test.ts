/** The file that says how notices leave: what it names is there, and what does not go together is refused by name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readNoticeSettings } from '../../alerts/settings.js';

const folder = mkdtempSync(join(tmpdir(), 'dozor-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
put('smsc.password', 'secret\n');
put('ca.pem', 'a certificate');
const bind = { name: 'one', host: 'h', port: 2775, systemId: 's', passwordFile: 'smsc.password', sender: 'A1' };
const read = (more: object) =>
  readNoticeSettings(put('n.json', JSON.stringify({ sms: { smpp: [{ ...bind, ...more }] } })));

describe('an SMPP bind', () => {
  it('takes an authority with TLS, and how long an answer may take', () => {
    expect(read({ tls: true, caFile: 'ca.pem', answerWithinSeconds: 5 }).sms?.views).toMatchObject([{ name: 'one' }]);
  });

  it('with an authority and no TLS is refused: nothing would be checked', () => {
    expect(() => read({ caFile: 'ca.pem' })).toThrow('the SMPP bind one has a caFile and no tls');
  });

  it('says which file is not there, and which field is wrong', () => {
    expect(() => read({ tls: true, caFile: 'gone.pem' })).toThrow('gone.pem');
    expect(() => read({ answerWithinSeconds: 0 })).toThrow('sms');
    expect(() => read({ answerWithin: 5 })).toThrow('sms');
  });
});
