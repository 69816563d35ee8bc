/**
 * The hard cases of `reference/regulation.md`, section 9, that concern outages, equipment, porting, parking, time and bad input,
 * each under its number. Where such a case and the contract differ the contract holds; the name then says so:
 *
 *   4  an event that is refused stands as `event.rejected`; there is no quarantine beside it.
 *   5  the contract has no local schedules; only the event's half is asked.
 *   6  the part of the first cycle is granted when the limit is passed (in the second cycle), that of the second when the end is
 *      known, not both with the second bill.
 *  10  the restoration setting is 15 minutes in every pack; the other setting is a pack's, not asked here.
 *  11, 12  time with access barred is taken off (SUBTRACT); the contract has no FORFEIT.
 *  15  the notice goes at 48 h 00 min 01 s of elapsed time.
 *  18  the parking itself extends the term (Truf 20).
 *  19  the contract has no bundles: a part of a bundle is a service with the fee of its share.
 *  22  fees that change within a cycle make one credit with one rounding, not a line for each fee.
 *  26  the contract measures no first-report times.
 *  27  a clearing before the opening is not refused: it closes nothing, and one that is only recorded earlier is applied.
 *  28  which of two grants pays for time claimed by both is decided by which fell due first; it is paid once.
 *  30  the contract counts days touched; the exact setting is not one of it.
 *  70  the contract gives days; an amount only where the price list is given.
 *  71  the contract has no filed reports; what is asked is that the order of the lines changes nothing.
 */
import { describe, expect, it } from 'vitest';
import {
  allKnown,
  cleared,
  element,
  ended,
  euro,
  fault,
  fee,
  inOrder,
  known,
  type Line,
  later,
  local,
  opened,
  parked,
  portingAccepted,
  portingCompleted,
  replaced,
  reported,
  said,
  suspended,
  told,
  unparked,
  updated,
  upsert,
  works,
  world,
} from './story.js';

const A1 = { monthlyFee: fee('1999.00'), billingDay: 17 };
const MTEL = { monthlyFee: euro('24.90') };
const a1 = (data = {}) => world('a1-rs', { ...A1, ...data });
const mtel = (data = {}) => world('mtel-at', { ...MTEL, ...data });

describe('hard cases: A1 and Truf, time', () => {
  it('1: down 28 Mar 10:00 to 30 Mar 11:00, wall 49 h, elapsed 48 h: no credit, no notice', () => {
    const story = told([...a1(), ...fault('cell-1', '03-28 10:00', '03-30 11:00')]);
    expect(story.brief()).toEqual([]);
    expect(story.notices('subscriber')).toEqual([]);
    expect(story.notices('regulator')).toEqual([]);
  });

  it('2: the same and one second, in a cycle of 743 h: 172,801 s are 129.14 RSD, and the notices go', () => {
    const story = told([...a1(), ...fault('cell-1', '03-28 10:00', '03-30 11:00:01')]);
    expect(story.brief()).toEqual([
      '03-30 11:00:01 repair.overdue',
      '03-30 11:00:01 outage.confirmed',
      '03-30 11:15:01 credit 129.14',
    ]);
    expect(story.of('credit.granted')[0]!.data['because']).toMatchObject({ cycleSeconds: 743 * 3600 });
    expect(story.notices('subscriber')).toEqual([
      '03-30 11:00:01 repair-overdue s1',
      '03-30 11:15:01 credit-granted s1',
    ]);
    expect(story.notices('regulator')).toEqual(['03-30 11:00:01 regulator-outage a1-rs']);
  });

  it('3: 24 Oct 10:00 to 26 Oct 09:30, wall 47.5 h, elapsed 48.5 h, in a cycle of 745 h: 130.14 RSD', () => {
    const story = told([...a1({ billingDay: 'last' }), ...fault('cell-1', '10-24 10:00', '10-26 09:30')]);
    expect(story.credits()).toEqual(['130.14']);
    expect(story.of('credit.granted')[0]!.data['because']).toMatchObject({ cycleSeconds: 745 * 3600 });
  });

  it('4: an event at 2026-10-25T02:30 without offset is refused, not guessed (contract: event.rejected)', () => {
    const line = { ...opened('cell-1', '10-25'), id: 'x', time: '2026-10-25T02:30:00' };
    const story = told([...a1(), JSON.stringify(line)]);
    expect(story.brief()).toEqual([expect.stringMatching(/rejected malformed-field$/)]);
    expect(story.of('event.rejected')[0]!.data).toMatchObject({ field: 'time', event: line });
  });

  it('4: the same with +02:00 or +01:00 is accepted, one hour apart', () => {
    const out = (from: string) => told([...a1(), ...fault('cell-1', from, '2026-10-27T02:30:00+01:00')]).credits();
    // 49 h of 31 days and an hour (18 Oct to 18 Nov), and 48 h: nothing.
    expect(out('2026-10-25T02:30:00+02:00')).toEqual(['131.48']);
    expect(out('2026-10-25T02:30:00+01:00')).toEqual([]);
  });

  it('5: an event at 2026-03-29T02:30+02:00 is 00:30Z, whatever the clock on the wall shows', () => {
    const out = (to: string) => told([...a1(), ...fault('cell-1', '2026-03-29T02:30:00+02:00', to)]).credits();
    expect(out('2026-03-31T00:30:00Z')).toEqual([]);
    expect(out('2026-03-31T00:30:01Z')).toEqual(['129.14']);
  });

  it('6: 16 Jun 10:00 to 20 Jun 16:00, cut 17: 102.10 + 177.69 (contract: the first when the limit is passed)', () => {
    const story = told([...a1(), ...fault('cell-1', '06-16 10:00', '06-20 16:00')]);
    expect(story.brief()).toEqual([
      '06-18 10:00:01 repair.overdue',
      '06-18 10:00:01 outage.confirmed',
      '06-18 10:00:01 credit 102.10',
      '06-20 16:15:00 credit 177.69',
    ]);
    expect(story.of('credit.granted').map(({ data }) => [data['from'], data['to'], data['cycle']])).toEqual([
      [local('06-16 10:00'), local('06-18'), { from: local('05-18'), to: local('06-18') }],
      [local('06-18'), local('06-20 16:00'), { from: local('06-18'), to: local('07-18') }],
    ]);
  });

  it('7: the same, but restored on 18 Jun 09:00 after 47 h: nothing on either bill', () => {
    expect(told([...a1(), ...fault('cell-1', '06-16 10:00', '06-18 09:00')]).brief()).toEqual([]);
  });

  it('8: faults of 40 h and 34 h with a union of 70 h: 188.08 RSD, not the sum of two', () => {
    const story = told(
      inOrder([
        ...a1(),
        ...fault('cell-1', '06-02 08:00', '06-04 00:00', 'operator', 'f1'),
        ...fault('cell-1', '06-03 20:00', '06-05 06:00', 'operator', 'f2'),
      ]),
    );
    expect(story.credits()).toEqual(['188.08']);
    expect(story.of('outage.confirmed')).toHaveLength(1);
  });

  it('9: two outages of 30 h with 10 h of service between: nothing', () => {
    const story = told([
      ...a1(),
      ...fault('cell-1', '06-02 00:00', '06-03 06:00'),
      ...fault('cell-1', '06-03 16:00', '06-04 22:00'),
    ]);
    expect(story.brief()).toEqual([]);
  });

  it('10: 30 h down, 10 min up, 30 h down: one interruption, 60 h are credited with 161.21 (setting: 15 min)', () => {
    const story = told([
      ...a1(),
      ...fault('cell-1', '06-02 00:00', '06-03 06:00'),
      ...fault('cell-1', '06-03 06:10', '06-04 12:10'),
    ]);
    expect(story.credits()).toEqual(['161.21']);
    expect(story.of('credit.granted')[0]!.data).toMatchObject({
      from: local('06-02'),
      to: local('06-04 12:10'),
      because: { countedSeconds: 60 * 3600 },
    });
  });

  it('11: 60 h down, 20 h of them with access refused: 40 h, nothing (contract: the time is taken off)', () => {
    const story = told([
      ...a1(),
      opened('cell-1', '06-02 00:00'),
      updated('cell-1', '06-03 00:00', { accessBarred: true }),
      updated('cell-1', '06-03 20:00', { accessBarred: false }),
      cleared('cell-1', '06-04 12:00'),
    ]);
    expect(story.credits()).toEqual([]);
    expect(story.brief()).toEqual(['06-04 00:00:01 repair.overdue']);
  });

  it('12: 78.5 h down, 20 h with access refused: 58.5 h are 157.18 (contract: the time is taken off)', () => {
    const story = told([
      ...a1(),
      opened('cell-1', '06-02 08:15'),
      updated('cell-1', '06-03 00:00', { accessBarred: true }),
      updated('cell-1', '06-03 20:00', { accessBarred: false }),
      cleared('cell-1', '06-05 14:45'),
    ]);
    expect(story.credits()).toEqual(['157.18']);
  });

  const TRUF = { monthlyFee: fee('2490.00') };

  it('13: Truf works announced for 10 Mar 00:00 to 06:00, back on 12 Mar 08:00: 50 h of 743 h are 167.56', () => {
    const story = told([
      ...world('truf-rs', TRUF),
      works('cell-1', '03-08 12:00', '03-10 00:00', '03-10 06:00'),
      ...fault('cell-1', '03-10 00:00', '03-12 08:00', 'planned-works'),
    ]);
    expect(story.credits()).toEqual(['167.56']);
    expect(story.of('credit.granted')[0]!.data).toMatchObject({ from: local('03-10 06:00'), to: local('03-12 08:00') });
  });

  it('14: works announced 23 h 59 min before their start: all time counts', () => {
    const story = told([
      ...world('truf-rs', TRUF),
      works('cell-1', '03-09 00:01', '03-10 00:00', '03-10 06:00'),
      ...fault('cell-1', '03-10 00:00', '03-12 08:00', 'planned-works'),
    ]);
    // 56 h of 743 h
    expect(story.credits()).toEqual(['187.67']);
  });

  it('15: a flood bars access for 30 h, the operator needs 40 h more: nothing, and all are told at 48 h 00 min 01 s why', () => {
    const story = told([
      ...a1(),
      opened('cell-1', '06-02 00:00', 'operator', { accessBarred: true, reason: 'the road is under water' }),
      updated('cell-1', '06-03 06:00', { accessBarred: false, reason: 'the cable is being replaced' }),
      cleared('cell-1', '06-04 22:00'),
    ]);
    expect(story.brief()).toEqual(['06-04 00:00:01 repair.overdue']);
    expect(story.of('repair.overdue')[0]!.data).toMatchObject({
      counted: 'PT18H1S',
      excused: 'PT30H',
      reasons: ['the road is under water', 'the cable is being replaced'],
    });
    expect(story.notices('subscriber')).toEqual(['06-04 00:00:01 repair-overdue s1']);
    expect(story.notices('regulator')).toEqual(['06-04 00:00:01 regulator-outage a1-rs']);
  });

  it('16: outage 1 to 5 Jun, suspended for debt from 3 Jun 12:00: 60 h are 161.21, nothing for the suspended part', () => {
    const story = told(inOrder([...a1(), ...fault('cell-1', '06-01', '06-05'), suspended('s1', '06-03 12:00')]));
    expect(story.credits()).toEqual(['161.21']);
    expect(story.of('credit.granted')[0]!.data).toMatchObject({ from: local('06-01'), to: local('06-03 12:00') });
  });

  it('17: the same, suspended from 3 Jun 00:00: 48 h exactly, nothing', () => {
    const story = told(inOrder([...a1(), ...fault('cell-1', '06-01', '06-05'), suspended('s1', '06-03')]));
    expect(story.brief()).toEqual([]);
  });

  it('18: Truf, parked for a month, the network down for 5 days: no credit (contract: parking extends the term)', () => {
    const story = told(
      inOrder([
        ...world('truf-rs'),
        parked('s1', '06-01'),
        ...fault('cell-1', '06-10', '06-15'),
        unparked('s1', '07-01'),
      ]),
    );
    expect(story.brief()).toEqual([`07-01 00:00:00 extension ${30 * 86_400}`]);
  });

  it('19: a bundle of 3,999 with 45 % Internet, only that down 78.5 h: 189.87 (contract: a service with its share)', () => {
    const story = told([
      element('cell-1', 'a1-rs'),
      element('head-1', 'a1-rs', { kind: 'headend' }),
      upsert('internet', 'a1-rs', { ...A1, monthlyFee: fee('1799.55') }),
      upsert('iptv', 'a1-rs', { ...A1, kind: 'iptv', monthlyFee: fee('2199.45'), servedBy: ['head-1'] }),
      ...fault('cell-1', '06-02 08:15', '06-05 14:45'),
    ]);
    expect(story.credits('internet')).toEqual(['189.87']);
    expect(story.brief('iptv')).toEqual([]);
  });

  it('20: prepaid without a monthly fee, 80 h down: no credit, the notice goes all the same', () => {
    const story = told([
      ...a1({ payment: 'prepaid', monthlyFee: null }),
      ...fault('cell-1', '06-02 00:00', '06-05 08:00'),
    ]);
    expect(story.brief()).toEqual(['06-04 00:00:01 repair.overdue', '06-04 00:00:01 outage.confirmed']);
    expect(story.notices('subscriber')).toEqual(['06-04 00:00:01 repair-overdue s1']);
  });

  it('21: a contract that starts in hour 40 of an outage of 60 h: 20 h, nothing', () => {
    const story = told([...a1({ activeFrom: local('06-03 16:00') }), ...fault('cell-1', '06-02 00:00', '06-04 12:00')]);
    expect(story.brief()).toEqual([]);
  });

  it('22: the fee changes in the middle: 236.96 RSD (contract: one credit, rounded once)', () => {
    const story = told(
      inOrder([
        ...a1(),
        ...fault('cell-1', '06-02 08:15', '06-05 14:45'),
        upsert('s1', 'a1-rs', { ...A1, monthlyFee: fee('2499.00') }, '06-04'),
      ]),
    );
    expect(story.credits()).toEqual(['236.96']);
  });

  it('23: a whole cycle down: exactly the fee', () => {
    const story = told([...a1(), ...fault('cell-1', '05-18', '06-18')]);
    expect(story.credits()).toEqual(['1999.00']);
  });

  it('24: still open at 48 h 00 min 01 s: each is told once; a copy of every line tells nobody again', () => {
    const lines = [...a1(), opened('cell-1', '06-02 00:00')];
    for (const story of [told(lines, '06-05'), told([...lines, ...lines], '06-05')]) {
      expect(story.notices('subscriber')).toEqual(['06-04 00:00:01 repair-overdue s1']);
      expect(story.notices('regulator')).toEqual(['06-04 00:00:01 regulator-outage a1-rs']);
    }
  });

  it('25: restored after 47:59:59, then the start turns out 5 s earlier: 48:00:04 give a credit, marked late', () => {
    const story = told([
      ...a1(),
      opened('cell-1', '06-02 00:00:05'),
      cleared('cell-1', '06-04 00:00:04'),
      known('06-10 12:00', opened('cell-1', '06-02 00:00:00')),
    ]);
    expect(story.brief()).toEqual([
      '06-10 12:00:00 repair.overdue',
      '06-10 12:00:00 outage.confirmed',
      '06-10 12:00:00 credit 128.97',
    ]);
    for (const { data } of story.all) {
      if (data['audience'] !== 'noc') expect(data['late']).toBe(true);
    }
  });

  it('26: alarm 08:15, first call 09:40, ticket 10:05: the 48 h run from 08:15', () => {
    const story = told([
      ...a1(),
      opened('cell-1', '06-02 08:15'),
      said('fault.reported', 's1', '06-02 09:40', { reportId: 'call', faultId: 'f1' }),
      said('repair.started', 'cell-1', '06-02 10:05', { faultId: 'f1' }),
      cleared('cell-1', '06-04 08:15:01'),
    ]);
    expect(story.of('outage.confirmed').map(({ time }) => time)).toEqual([local('06-04 08:15:01')]);
    expect(story.credits()).toEqual(['128.97']);
  });

  it('27: a restore before the start closes nothing: the outage stays open (contract: it is not refused)', () => {
    const story = told([...a1(), cleared('cell-1', '06-01 23:59:59'), opened('cell-1', '06-02 00:00')], '06-05');
    expect(story.brief()).toEqual(['06-04 00:00:01 repair.overdue', '06-04 00:00:01 outage.confirmed']);
  });

  it('27: a restore recorded before its start is applied when that comes (contract)', () => {
    const story = told([...a1(), cleared('cell-1', '06-04 12:00'), known('06-05', opened('cell-1', '06-02 00:00'))]);
    expect(story.credits()).toEqual(['161.21']);
  });

  it('28: an outage and a faulty router for the same 60 h: paid once', () => {
    const story = told(
      inOrder([
        ...a1(),
        ...fault('cell-1', '06-02 00:00', '06-04 12:00'),
        reported('s1', '06-02 00:00'),
        replaced('s1', '06-04 12:00'),
      ]),
    );
    expect(story.credits()).toEqual(['161.21']);
  });

  it('28: equipment has no limit of 48 h: 20 h of a faulty router alone are credited', () => {
    const story = told([...a1(), reported('s1', '06-02 00:00'), replaced('s1', '06-02 20:00')]);
    expect(story.brief()).toEqual(['06-02 20:00:00 credit 53.74']);
  });
});

describe('hard cases: MTEL Austria', () => {
  it('29: 24 h exactly: no refund', () => {
    expect(told([...mtel(), ...fault('cell-1', '04-06 09:00', '04-07 09:00')]).brief()).toEqual([]);
  });

  it('30: 6 Apr 23:00 to 8 Apr 01:00 touches 3 days: 2.49 EUR', () => {
    expect(told([...mtel(), ...fault('cell-1', '04-06 23:00', '04-08 01:00')]).credits()).toEqual(['2.49']);
  });

  it('31: all of February 2027: 24.90, not 23.24; in a month of 31 days 24.90, not 25.73', () => {
    expect(told([...mtel(), ...fault('cell-1', '2027-02-01', '2027-03-01')]).credits()).toEqual(['24.90']);
    expect(told([...mtel(), ...fault('cell-1', '2027-01-01', '2027-02-01')]).credits()).toEqual(['24.90']);
  });

  it('32: 14 days down: refund by days, the right to leave at day 14, and an alarm where no work began in 72 h', () => {
    const story = told([
      ...mtel(),
      opened('cell-1', '06-02 00:00'),
      said('fault.reported', 's1', '06-02 09:00', { reportId: 'call', faultId: 'f1' }),
      cleared('cell-1', '06-16 00:00'),
    ]);
    expect(story.brief()).toEqual([
      '06-03 00:00:01 outage.confirmed',
      '06-05 09:00:01 alarm.raised',
      '06-16 00:00:00 termination.allowed',
      '06-16 00:15:00 termination.ended',
      '06-16 00:15:00 credit 11.62',
    ]);
    expect(story.of('termination.allowed')[0]!.data).toMatchObject({ clause: 'MTEL 21.1.c', from: local('06-16') });
  });

  it('33: 28 Mar 12:00 to 29 Mar 12:00 is 23 h: no refund; 24 Oct to 25 Oct is 25 h: two days, 1.66', () => {
    expect(told([...mtel(), ...fault('cell-1', '03-28 12:00', '03-29 12:00')]).brief()).toEqual([]);
    expect(told([...mtel(), ...fault('cell-1', '10-24 12:00', '10-25 12:00')]).credits()).toEqual(['1.66']);
  });
});

describe('hard cases: porting, and the order of what comes', () => {
  it('70: 15 days and 20 h late: 15 days', () => {
    const story = told([...a1(), portingAccepted('s1', '06-01'), portingCompleted('s1', later('06-02', 15 * 24 + 20))]);
    expect(story.brief()).toEqual(['06-17 20:00:00 compensation 15 days']);
    expect(story.of('compensation.granted')[0]!.data).toMatchObject({ clause: 'A1 20.4', days: 15, amount: null });
  });

  it('70: 3 days and 23 h late, one of them announced works: 2 days', () => {
    const excused = [{ from: local('06-03'), to: local('06-04'), reason: 'works announced' }];
    const done = portingCompleted('s1', later('06-02', 3 * 24 + 23), { excused });
    expect(told([...a1(), portingAccepted('s1', '06-01'), done]).brief()).toEqual([
      '06-05 23:00:00 compensation 2 days',
    ]);
  });

  it('71: the same lines of one recording in another order: the same decisions, to the letter', () => {
    const lines: Line[] = allKnown('06-20', [
      ...a1(),
      ...fault('cell-1', '06-02 08:00', '06-04 00:00', 'operator', 'f1'),
      ...fault('cell-1', '06-03 20:00', '06-05 06:00', 'weather', 'f2'),
      ...fault('s1', '06-05 00:00', '06-08 06:00', 'equipment', 'f3'),
      reported('s1', '06-08 00:00'),
      replaced('s1', '06-09 00:00'),
      suspended('s1', '06-07 00:00'),
      ended('s1', '06-18'),
    ]);
    const straight = told(lines).all;
    expect(straight.length).toBeGreaterThan(3);
    expect(told([...lines].reverse()).all).toEqual(straight);
    expect(told([...lines.slice(5), ...lines.slice(0, 5)]).all).toEqual(straight);
  });
});
