import { describe, expect, it } from 'vitest';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { type TimeText, timeReader } from '../../../pipelines/play/moment.js';

const belgrade = 'Europe/Belgrade';

function read(spec: TimeText, text: string, zone = belgrade): string {
  const reader = timeReader(spec, zone);
  if (typeof reader === 'object') return `${reader.key} ${reader.why}`;
  const at = reader(text);
  return typeof at === 'string' ? at : formatLocal(at, zone);
}

const local = (pattern: string, more: TimeText = {}): TimeText => ({ format: 'local', pattern, ...more });
const minutes = local('dd.MM.yyyy HH:mm');

describe('a text is an instant', () => {
  it.each<[string, TimeText, string, string]>([
    ['RFC 3339 where nothing is said', {}, '2026-06-12T00:00:00+02:00', '2026-06-12T00:00:00+02:00'],
    ['RFC 3339 in UTC', { format: 'rfc3339' }, '2026-06-12T00:00:00.250Z', '2026-06-12T02:00:00.250+02:00'],
    ['Unix seconds', { format: 'unix-seconds' }, '1573430400', '2019-11-11T01:00:00+01:00'],
    ['Unix seconds with a fraction', { format: 'unix-seconds' }, '0.0015', '1970-01-01T01:00:00.002+01:00'],
    ['Unix milliseconds', { format: 'unix-milliseconds' }, '1573430400500', '2019-11-11T01:00:00.500+01:00'],
    [
      'seconds from an origin',
      { format: 'seconds-from', origin: '2021-01-01T00:00:00Z' },
      '86401',
      '2021-01-02T01:00:01+01:00',
    ],
    ['the wall as Unix seconds', { format: 'local-seconds' }, '1573430400', '2019-11-11T00:00:00+01:00'],
    ['day and minute', minutes, '12.06.2026 08:05', '2026-06-12T08:05:00+02:00'],
    ['one digit', local('d.M.yyyy. H:mm'), '1.6.2026. 8:05', '2026-06-01T08:05:00+02:00'],
    ['names of months', local('dd-MMM-yyyy HH:mm:ss'), '11-Nov-2019 00:00:00', '2019-11-11T00:00:00+01:00'],
    ['names of months in capitals', local('dd-MMM-yyyy'), '11-NOV-2019', '2019-11-11T00:00:00+01:00'],
    ['text in quotes', local("yyyy-MM-dd'T'HH:mm:ss"), '2016-11-07T00:00:00', '2016-11-07T00:00:00+01:00'],
    [
      'a fraction of a second',
      local('yyyy-MM-dd HH:mm:ss.SSS'),
      '2021-02-19 10:24:36.007',
      '2021-02-19T10:24:36.007+01:00',
    ],
    [
      'microseconds are cut',
      local('yyyy-MM-dd HH:mm:ss.SSSSSS'),
      '2021-02-19 10:24:36.007999',
      '2021-02-19T10:24:36.007+01:00',
    ],
    ['no separators', local('yyyyMMddHHmmss'), '20260612080501', '2026-06-12T08:05:01+02:00'],
    ['a day begins at midnight', local('yyyy-MM-dd'), '2026-06-12', '2026-06-12T00:00:00+02:00'],
    ['29 February of a leap year', local('yyyy-MM-dd'), '2028-02-29', '2028-02-29T00:00:00+01:00'],
    ['another zone than the mapping', local('yyyy-MM-dd', { zone: 'UTC' }), '2026-06-12', '2026-06-12T02:00:00+02:00'],
  ])('%s', (_, spec, text, expected) => {
    expect(read(spec, text)).toBe(expected);
  });
});

describe('local times where the clock changes', () => {
  it.each<[string, TimeText, string, string]>([
    ['the last minute before it is put on', minutes, '29.03.2026 01:59', '2026-03-29T01:59:00+01:00'],
    ['a minute that it skips', minutes, '29.03.2026 02:30', 'is no time in Europe/Belgrade: the clock skips it'],
    ['the first minute after', minutes, '29.03.2026 03:00', '2026-03-29T03:00:00+02:00'],
    ['the last minute shown once', minutes, '25.10.2026 01:59', '2026-10-25T01:59:00+02:00'],
    ['a minute shown twice: the earlier', minutes, '25.10.2026 02:30', '2026-10-25T02:30:00+02:00'],
    ['... said so', { ...minutes, twice: 'earlier' }, '25.10.2026 02:30', '2026-10-25T02:30:00+02:00'],
    [
      '... the later where that is said',
      { ...minutes, twice: 'later' },
      '25.10.2026 02:30',
      '2026-10-25T02:30:00+01:00',
    ],
    [
      'the later of a time shown once is itself',
      { ...minutes, twice: 'later' },
      '25.10.2026 03:00',
      '2026-10-25T03:00:00+01:00',
    ],
    ['... also the day before', { ...minutes, twice: 'later' }, '24.10.2026 12:00', '2026-10-24T12:00:00+02:00'],
    ['... also in spring', { ...minutes, twice: 'later' }, '28.03.2026 12:00', '2026-03-28T12:00:00+01:00'],
    ['the day of 23 hours', local('dd.MM.yyyy'), '29.03.2026', '2026-03-29T00:00:00+01:00'],
    ['the day after', local('dd.MM.yyyy'), '30.03.2026', '2026-03-30T00:00:00+02:00'],
    [
      'the wall as seconds, skipped',
      { format: 'local-seconds' },
      String(Date.UTC(2026, 2, 29, 2, 30) / 1000),
      'is no time in Europe/Belgrade: the clock skips it',
    ],
  ])('%s', (_, spec, text, expected) => {
    expect(read(spec, text)).toBe(expected);
  });

  it('a day whose midnight is skipped begins with its first instant', () => {
    expect(read(local('yyyy-MM-dd'), '2019-09-08', 'America/Santiago')).toBe('2019-09-08T01:00:00-03:00');
  });

  it('Iran in November 2019 has +03:30, Brisbane no summer time', () => {
    expect(read({ format: 'local-seconds' }, '1573430400', 'Asia/Tehran')).toBe('2019-11-11T00:00:00+03:30');
    const second = local('yyyy-MM-dd HH:mm:ss');
    expect(read(second, '2017-12-24 18:00:00', 'Australia/Brisbane')).toBe('2017-12-24T18:00:00+10:00');
    expect(read(second, '2018-06-24 18:00:00', 'Australia/Brisbane')).toBe('2018-06-24T18:00:00+10:00');
  });
});

describe('a text is no instant', () => {
  it.each<[string, TimeText, string, RegExp]>([
    ['RFC 3339 without an offset', {}, '2026-06-12T00:00:00', /^is no RFC 3339 time with an offset/],
    ['no number', { format: 'unix-seconds' }, 'soon', /^is no number/],
    ['milliseconds taken for seconds', { format: 'unix-seconds' }, '1573430400000', /is the unit right\?$/],
    ['another order', minutes, '2026-06-12 08:05', /^does not look like dd\.MM\.yyyy HH:mm$/],
    ['too much', minutes, '12.06.2026 08:05:01', /^does not look like/],
    ['30 February', minutes, '30.02.2026 08:05', /^is no date$/],
    ['month 13', minutes, '12.13.2026 08:05', /^is no date$/],
    ['a month of no name', local('dd-MMM-yyyy'), '11-Foo-2019', /^is no date$/],
    ['hour 24', minutes, '12.06.2026 24:00', /^is no time of a day$/],
    ['minute 60', minutes, '12.06.2026 08:60', /^is no time of a day$/],
    ['a dot is a dot', minutes, '12x06x2026 08:05', /^does not look like/],
  ])('%s', (_, spec, text, why) => {
    expect(read(spec, text)).toMatch(why);
  });
});

describe('a format is none', () => {
  it.each<[string, TimeText, RegExp]>([
    ['no origin', { format: 'seconds-from' }, /^origin must be the instant of second 0/],
    ['an origin without an offset', { format: 'seconds-from', origin: '2021-01-01' }, /^origin must be/],
    ['no pattern', { format: 'local' }, /^pattern is missing/],
    ['an unknown token', local('yyyy-MM-dd KK'), /^pattern has KK, which is none of yyyy, /],
    ['text without quotes', local('yyyy-MM-ddTHH:mm'), /^pattern has T, .*text stands in 'quotes'/],
    ['no year', local('dd.MM. HH:mm'), /^pattern has no yyyy/],
    ['no month', local('dd.yyyy'), /^pattern has no MM/],
    ['no day', local('MM.yyyy'), /^pattern has no dd/],
    ['a day twice', local('dd.MM.yyyy d'), /^pattern has the day twice/],
    ['minutes without hours', local('dd.MM.yyyy mm'), /^pattern has minutes without hours/],
  ])('%s', (_, spec, why) => {
    expect(read(spec, '')).toMatch(why);
  });
});
