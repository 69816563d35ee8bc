/** GO4YU 47: a fault of the platform is shown to the operations centre and told to the viewer; no credit is promised. */
import { describe, expect, it } from 'vitest';
import { cleared, element, ended, fault, known, opened, told, upsert } from '../story.js';

const platform = [
  element('platform', 'go4yu', { kind: 'platform' }),
  upsert('viewer', 'go4yu', { servedBy: ['platform'], monthlyFee: null }),
];

const subscriberNotices = (lines: Parameters<typeof told>[0]) =>
  told(lines, '07-01')
    .notices('subscriber')
    .map((text) => text.split(' ').slice(-2).join(' '));

describe('a fault of the platform', () => {
  it('is an alarm on the element from its opening to its clearing', () => {
    const decisions = told([...platform, ...fault('platform', '06-10 20:00', '06-10 22:00')], '07-01');
    const [raised] = decisions.of('alarm.raised', 'platform');
    const [off] = decisions.of('alarm.cleared', 'platform');
    expect(raised).toMatchObject({ time: '2026-06-10T20:00:00+02:00', data: { perceivedSeverity: 'critical' } });
    expect(off).toMatchObject({ time: '2026-06-10T22:00:00+02:00', data: { alarmId: raised!.data['alarmId'] } });
  });

  it('is told to the viewer when it has stood for 15 minutes, once', () => {
    expect(subscriberNotices([...platform, ...fault('platform', '06-10 20:00', '06-10 22:00')])).toEqual([
      'outage-started viewer',
    ]);
    const notice = told([...platform, opened('platform', '06-10 20:00')], '07-01')
      .of('notice.requested', 'viewer')
      .at(0);
    expect(notice).toMatchObject({ time: '2026-06-10T20:15:00+02:00', data: { clause: 'GO4YU 47' } });
  });

  it('that is over after 14:59 minutes is not told; one of exactly 15 is: a timer rings before what comes at its instant', () => {
    expect(subscriberNotices([...platform, ...fault('platform', '06-10 20:00', '06-10 20:14:59')])).toEqual([]);
    expect(subscriberNotices([...platform, ...fault('platform', '06-10 20:00', '06-10 20:15')])).toEqual([
      'outage-started viewer',
    ]);
  });

  it('known only when it is over is not told to anybody', () => {
    const late = fault('platform', '06-10 20:00', '06-10 22:00').map((line) =>
      known('2026-06-11T00:00:00+02:00', line),
    );
    expect(subscriberNotices([...platform, ...late])).toEqual([]);
  });

  it('is not told to a viewer who has left', () => {
    const lines = [...platform, ended('viewer', '06-09'), ...fault('platform', '06-10 20:00', '06-10 22:00')];
    expect(subscriberNotices(lines)).toEqual([]);
  });

  it('gives no credit, however long it lasts', () => {
    const lines = [...platform, opened('platform', '06-01'), cleared('platform', '06-20')];
    expect(told(lines, '08-01').of('credit.granted')).toEqual([]);
  });

  it('is none where the element is no part of the platform', () => {
    const lines = [
      element('cell-1', 'go4yu', { kind: 'cell' }),
      upsert('viewer', 'go4yu', { servedBy: ['cell-1'] }),
      ...fault('cell-1', '06-10 20:00', '06-10 22:00'),
    ];
    expect(told(lines, '07-01').of('alarm.raised')).toEqual([]);
  });
});
