/** The hours in which a pack lets messages leave: those that never open, or pass midnight, are refused when it is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPack, OWN_PACKS } from '../../../pipelines/runtime/packs.js';

const NAME = 'truf-rs.2018-09-01.json';
const days = (from: string, to: string) => ({ from, to });

function problems(service: unknown): readonly string[] {
  const body = JSON.parse(readFileSync(join(OWN_PACKS, NAME), 'utf8')) as {
    rules: { notices: { terms: { hours: { is: { service: unknown } } } } };
  };
  body.rules.notices.terms.hours.is.service = service;
  return checkPack(body, NAME).problems;
}

describe('the hours of a pack', () => {
  it.each([
    ['any hour', null],
    ['working days alone', { weekdays: days('08:00', '22:00'), weekends: days('00:00', '00:00') }],
    ['to the end of the day', { weekdays: days('08:00', '24:00'), weekends: days('09:00', '24:00') }],
  ])('%s: taken', (_, hours) => {
    expect(problems(hours)).toEqual([]);
  });

  it('that never open are refused, with the field', () => {
    expect(problems({ weekdays: days('08:00', '08:00'), weekends: days('00:00', '00:00') })).toEqual([
      'rules.notices.terms.hours.is.service never open: nothing could ever leave; null means at any hour',
    ]);
  });

  it('that pass midnight are refused, with the days', () => {
    expect(problems({ weekdays: days('22:00', '08:00'), weekends: days('09:00', '22:00') })).toEqual([
      'rules.notices.terms.hours.is.service.weekdays are from 22:00 to 08:00: hours may not pass midnight',
    ]);
  });
});
