import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { messagesIn, messagesOf } from '../../../pipelines/commands/messages.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';

const packs = loadPacks([OWN_PACKS]);

const data = {
  operator: 'mtel-at',
  clause: 'MTEL 20.1.f',
  because: {},
  noticeId: 'credit-limit-warning:d1',
  audience: 'subscriber',
  template: 'credit-limit-warning',
  parameters: {
    share: 0.5,
    charges: { amount: '30.10', currency: 'EUR' },
    cap: { amount: '60.00', currency: 'EUR' },
  },
  class: 'legal',
  channels: ['sms'],
  language: 'de',
};
const decision = (over: object = {}, head: object = {}) =>
  JSON.stringify({
    specversion: '1.0',
    id: 'n1',
    source: 'dozor',
    type: 'notice.requested',
    subject: 's1',
    time: '2026-06-10T12:00:00+02:00',
    data: { ...data, ...over },
    ...head,
  });

describe('dozor messages', () => {
  it('prints time, subject, what it costs and the text, in the language of the notice', () => {
    expect(messagesIn(decision(), { packs })).toEqual([
      [
        '2026-06-10T12:00:00+02:00  s1  sms  credit-limit-warning  GSM 194, 2 parts',
        '    MTEL Austria: Ihre offenen Entgelte betragen 30,10 EUR. Erreichen sie Ihr Kreditlimit von 60,00 EUR, können wir Dienste einschränken. Eine Zahlung verhindert das. Siehe Punkt 20.1.f unserer AGB.',
        '',
      ].join('\n'),
    ]);
  });

  it('prints one for each channel, an e-mail with its subject; another language where it is asked for', () => {
    const [sms, email] = messagesIn(decision({ channels: ['sms', 'email'] }), { packs, language: 'en' });
    expect(sms).toMatch(/ {2}sms {2}.*part/);
    expect(email!.split('\n').slice(0, 3)).toEqual([
      '2026-06-10T12:00:00+02:00  s1  email  credit-limit-warning  "MTEL Austria: Unpaid charges: 30.10 EUR"',
      '    Dear Sir or Madam,',
      '',
    ]);
  });

  it('passes over what is no notice to a subscriber, names bad lines by file and number, and goes on', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'messages-')), 'decisions.ndjson');
    const lines = [
      decision({ audience: 'noc', template: 'noc-outage-clock', parameters: {} }),
      '',
      '{',
      decision({ parameters: { ...data.parameters, cap: undefined } }),
      decision({ operator: 'nobody' }),
      '{"type":"notice.requested"}',
      decision({ language: 'fr' }),
    ];
    writeFileSync(file, lines.join('\n'));
    const out: string[] = [];
    const bad: string[] = [];
    const print = (line: string) => void out.push(line);
    const code = await messagesOf({ files: [file], packs }, print, (line) => void bad.push(line));
    expect(code).toBe(1);
    // A language without texts falls back to that of the operator.
    expect(out).toEqual(messagesIn(decision(), { packs }));
    expect(bad.map((line) => line.slice(file.length))).toEqual([
      expect.stringMatching(/^, line 3: .*JSON/),
      ', line 4: text of credit-limit-warning: parameter cap is missing',
      ', line 5: no rule pack of nobody',
      expect.stringMatching(/^, line 6: id /),
    ]);
    expect(() => messagesIn(decision(), { packs, language: 'fr' })).toThrow('no texts in fr');
    writeFileSync(file, decision());
    expect(await messagesOf({ files: [file], packs }, print, () => undefined)).toBe(0);
  });
});
