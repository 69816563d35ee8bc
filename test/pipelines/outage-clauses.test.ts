/**
 * The contract's points 1, 2, 3 and 13 and "Late facts", a scenario for each sentence. Unless a story says otherwise the fee is
 * 3,000.00 RSD and the cycle June 2026: an hour is 3,000 / 720, a day 100.00. MTEL: 30.00 EUR, so 1.00 a day.
 */
import { describe, expect, it } from 'vitest';
import { RESPONSIBILITIES } from '../../pipelines/domain/fault.js';
import {
  allKnown,
  cleared,
  type Decisions,
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
  resumed,
  suspended,
  told,
  unparked,
  updated,
  upsert,
  works,
  world,
} from './story.js';

const START = '06-10';
/** A story of one service, its lines in the order of their recording. */
const tell = (operator: string, lines: readonly Line[], data = {}, until?: string): Decisions =>
  told(inOrder([...world(operator, data), ...lines]), until);
/** What a fault from 10 June of so long gives. */
const lasting = (operator: string, hours: number, minutes = 0, seconds = 0, data = {}) =>
  tell(operator, fault('cell-1', START, later(START, hours, minutes, seconds)), data);

describe('the limit: counted time must be longer', () => {
  for (const operator of ['a1-rs', 'truf-rs']) {
    it(`${operator}: just under 48 h, and exactly: nothing`, () => {
      expect(lasting(operator, 47, 59, 59).brief()).toEqual([]);
      expect(lasting(operator, 48).brief()).toEqual([]);
    });

    it(`${operator}: 48 h and a second: for all of the time`, () => {
      expect(lasting(operator, 48, 0, 1).brief()).toEqual([
        '06-12 00:00:01 repair.overdue',
        '06-12 00:00:01 outage.confirmed',
        '06-12 00:15:01 credit 200.00',
      ]);
    });

    it(`${operator}: 48 h and half a second are longer too; it is certain when the end is`, () => {
      const story = tell(operator, [opened('cell-1', START), cleared('cell-1', '2026-06-12T00:00:00.500+02:00')]);
      expect(story.credits()).toEqual(['200.00']);
    });
  }

  it('MTEL: 24 h exactly nothing, a second more two days', () => {
    expect(lasting('mtel-at', 24).brief()).toEqual([]);
    expect(lasting('mtel-at', 24, 0, 1).brief()).toEqual([
      '06-11 00:00:01 outage.confirmed',
      '06-11 00:15:01 credit 2.00',
    ]);
  });

  it('MTEL: a local day of 23 h and one of 25 h: elapsed time decides', () => {
    expect(tell('mtel-at', fault('cell-1', '03-29', '03-30')).brief()).toEqual([]);
    expect(tell('mtel-at', fault('cell-1', '03-29', '03-30 01:00')).brief()).toEqual([]);
    expect(tell('mtel-at', fault('cell-1', '03-29', '03-30 01:00:01')).credits()).toEqual(['2.00']);
    expect(tell('mtel-at', fault('cell-1', '10-25', '10-26')).credits()).toEqual(['1.00']);
  });

  it('faults that overlap make one outage, and so do faults that touch', () => {
    const overlapping = [
      ...fault('cell-1', '06-10', '06-11 12:00'),
      ...fault('cell-1', '06-11', '06-12 12:00', 'operator', 'f2'),
    ];
    expect(tell('a1-rs', overlapping).credits()).toEqual(['250.00']);
    const touching = [...fault('cell-1', '06-10', '06-11'), ...fault('s1', '06-11', '06-12 12:00', 'unknown', 'f2')];
    expect(tell('a1-rs', touching).credits()).toEqual(['250.00']);
  });

  it('confirmed when the limit and a second are counted, with the clock of that instant', () => {
    const story = tell('a1-rs', [opened('cell-1', START)], {}, '06-12 00:00:01');
    expect(story.of('outage.confirmed')[0]).toMatchObject({
      subject: 's1',
      time: local('06-12 00:00:01'),
      data: { operator: 'a1-rs', clause: 'A1 3.3', from: local(START), late: false },
    });
    expect(tell('a1-rs', [opened('cell-1', START)], {}, '06-12 00:00:00').brief()).toEqual([]);
  });
});

describe('excused: every responsibility, every operator', () => {
  const COUNTED: Record<string, readonly string[]> = {
    'a1-rs': ['operator', 'third-party', 'planned-works', 'congestion', 'equipment', 'unknown'],
    'truf-rs': ['operator', 'planned-works', 'equipment', 'unknown'],
    'mtel-at': RESPONSIBILITIES.filter((name) => name !== 'subscriber'),
    go4yu: [],
  };
  const WORTH: Record<string, string> = { 'a1-rs': '250.00', 'truf-rs': '250.00', 'mtel-at': '3.00' };
  for (const [operator, counted] of Object.entries(COUNTED)) {
    it(operator, () => {
      for (const responsibility of RESPONSIBILITIES) {
        for (const where of ['cell-1', 's1']) {
          const story = tell(operator, fault(where, START, '06-12 12:00', responsibility));
          const due = counted.includes(responsibility) ? [WORTH[operator]] : [];
          expect(story.credits(), `${responsibility} on ${where}`).toEqual(due);
          expect(story.of('outage.confirmed').length, responsibility).toBe(due.length);
        }
      }
    });
  }

  it('a fault without a responsibility is unknown: it counts', () => {
    const silent: Line = { ...opened('cell-1', START), data: { faultId: 'f1' } };
    expect(tell('truf-rs', [silent, cleared('cell-1', '06-12 12:00')]).credits()).toEqual(['250.00']);
  });

  it('A1: any fault while access is barred, set at the opening', () => {
    const barred = [opened('cell-1', START, 'operator', { accessBarred: true }), cleared('cell-1', '06-13')];
    expect(tell('a1-rs', barred).credits()).toEqual([]);
    expect(tell('truf-rs', barred).credits(), 'Truf: the responsibility alone decides').toEqual(['300.00']);
    expect(tell('mtel-at', barred).credits(), 'MTEL: likewise').toEqual(['3.00']);
  });

  it('A1: barred and lifted by updates, from their time on', () => {
    const lines = (from: string, to: string) => [
      opened('cell-1', START),
      updated('cell-1', from, { accessBarred: true }),
      updated('cell-1', to, { accessBarred: false }),
      cleared('cell-1', '06-13'),
    ];
    expect(tell('a1-rs', lines('06-11', '06-11 12:00')).credits()).toEqual(['250.00']);
    expect(tell('a1-rs', lines('06-11', '06-12 00:00')).credits(), 'exactly 48 h left').toEqual([]);
    expect(tell('a1-rs', lines('06-11', '06-11 23:59:59')).credits(), 'and a second').toEqual(['200.00']);
  });

  it('an update of the reason alone changes neither responsibility nor access', () => {
    const lines = [
      opened('cell-1', START, 'weather', { accessBarred: true }),
      updated('cell-1', '06-11', { reason: 'more snow' }),
      cleared('cell-1', '06-15'),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual([]);
  });

  it('the responsibility changes in the middle, both ways', () => {
    const lines = (first: string, then: string) => [
      opened('cell-1', START, first),
      updated('cell-1', '06-11', { responsibility: then }),
      cleared('cell-1', '06-13 12:00'),
    ];
    expect(tell('a1-rs', lines('weather', 'operator')).credits()).toEqual(['250.00']);
    expect(tell('a1-rs', lines('operator', 'weather')).credits()).toEqual([]);
    expect(tell('truf-rs', lines('third-party', 'operator')).credits()).toEqual(['250.00']);
    expect(tell('mtel-at', lines('subscriber', 'operator')).credits()).toEqual(['3.00']);
    expect(tell('mtel-at', lines('operator', 'subscriber')).credits()).toEqual([]);
  });

  it('only time for which every open fault is excused does not count', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-14', 'force-majeure', 'f1'),
      ...fault('cell-1', '06-11', '06-13 12:00', 'operator', 'f2'),
    ];
    const story = tell('a1-rs', lines);
    expect(story.credits()).toEqual(['250.00']);
    expect(story.of('credit.granted')[0]!.data).toMatchObject({ from: local('06-11'), to: local('06-13 12:00') });
  });
});

describe('time that does not count pauses the outage, and ends it where it lasts longer than 48 h on end', () => {
  /** Counted 30 h, then excused so long, then counted 30 h. */
  const paused = (hours: number, seconds = 0) => {
    const from = later(START, 30);
    const to = later(from, hours, 0, seconds);
    return [
      opened('cell-1', START),
      updated('cell-1', from, { responsibility: 'weather' }),
      updated('cell-1', to, { responsibility: 'operator' }),
      cleared('cell-1', later(to, 30)),
    ];
  };

  it('48 h exactly: one outage of 60 h', () => {
    expect(tell('a1-rs', paused(48)).credits()).toEqual(['250.00']);
  });

  it('48 h and a second: two of 30 h, nothing', () => {
    expect(tell('a1-rs', paused(48, 1)).credits()).toEqual([]);
  });

  it('of whatever kind: excused, parked and suspended on end are one pause', () => {
    const lines = (hours: number) => [
      opened('cell-1', START),
      updated('cell-1', '06-13', { responsibility: 'weather' }),
      parked('s1', '06-13 20:00'),
      updated('cell-1', '06-13 21:00', { responsibility: 'operator' }),
      unparked('s1', '06-14 10:00'),
      suspended('s1', '06-14 10:00'),
      resumed('s1', later('06-13', hours)),
      cleared('cell-1', later('06-13', hours + 24)),
    ];
    expect(tell('a1-rs', lines(48)).credits()).toEqual(['400.00']);
    expect(tell('a1-rs', lines(49)).credits(), 'the day after it is another outage').toEqual(['300.00']);
  });

  it('the end is known then, and what is due falls due then', () => {
    const story = tell('a1-rs', [opened('cell-1', START), suspended('s1', '06-13')]);
    expect(story.brief()).toEqual([
      '06-12 00:00:01 repair.overdue',
      '06-12 00:00:01 outage.confirmed',
      '06-15 00:00:01 credit 300.00',
    ]);
  });

  it('what comes after is a new outage, with its own name', () => {
    const story = tell('a1-rs', [
      opened('cell-1', START),
      suspended('s1', '06-13'),
      resumed('s1', '06-16'),
      cleared('cell-1', '06-19'),
    ]);
    expect(story.credits()).toEqual(['300.00', '300.00']);
    const names = story.of('credit.granted').map(({ data }) => data['outageId']);
    expect(new Set(names).size).toBe(2);
    expect(names[1]).toBe(`${names[0]}:2`);
  });

  it('parked inside: its time is left out', () => {
    const story = tell('truf-rs', [
      ...fault('cell-1', '06-10', '06-14'),
      parked('s1', '06-11'),
      unparked('s1', '06-12'),
    ]);
    expect(story.credits()).toEqual(['300.00']);
    expect(story.of('credit.granted')[0]!.data['because']).toMatchObject({
      notCounted: [{ why: 'parked', from: local('06-11'), to: local('06-12') }],
    });
  });

  it('suspended inside: likewise; the fault began while it was suspended', () => {
    const lines = [suspended('s1', '06-09'), ...fault('cell-1', '06-10', '06-14'), resumed('s1', '06-11')];
    const story = tell('a1-rs', lines);
    expect(story.credits()).toEqual(['300.00']);
    expect(story.of('outage.confirmed')[0]!.time).toBe(local('06-13 00:00:01'));
  });
});

describe('a restoration shorter than 15 minutes does not end an outage; its time is not counted', () => {
  const restored = (minutes: number, seconds = 0) => {
    const again = later(START, 40, minutes, seconds);
    return [...fault('cell-1', START, later(START, 40)), opened('cell-1', again), cleared('cell-1', later(again, 20))];
  };

  it('14:59: one outage of 60 h', () => {
    expect(tell('a1-rs', restored(14, 59)).credits()).toEqual(['250.00']);
  });

  it('15:00: two, nothing', () => {
    expect(tell('a1-rs', restored(15)).brief()).toEqual([]);
  });

  it('its time counts to no limit: 40 h, 14 min, 8 h exactly', () => {
    const lines = (seconds: number) => [
      ...fault('cell-1', START, later(START, 40)),
      ...fault('cell-1', later(START, 40, 14), later(START, 48, 14, seconds), 'operator', 'f2'),
    ];
    expect(tell('a1-rs', lines(0)).brief()).toEqual([]);
    expect(tell('a1-rs', lines(1)).credits()).toEqual(['200.00']);
  });

  it('an end is known 15 minutes later', () => {
    expect(lasting('a1-rs', 72).of('credit.granted')[0]!.time).toBe(local('06-13 00:15'));
  });

  it('between two services of excused time it is no restoration: the fault lies open', () => {
    const lines = [
      opened('cell-1', START),
      updated('cell-1', '06-11 16:00', { responsibility: 'weather' }),
      updated('cell-1', '06-11 18:00', { responsibility: 'operator' }),
      cleared('cell-1', '06-12 14:00'),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual(['250.00']);
  });
});

describe('a service is out from its activeFrom to its end, while what serves it is', () => {
  it('activeFrom inside: only what follows counts', () => {
    expect(lasting('a1-rs', 60, 0, 0, { activeFrom: local('06-10 12:00') }).brief()).toEqual([]);
    const story = lasting('a1-rs', 60, 0, 1, { activeFrom: local('06-10 12:00') });
    expect(story.credits()).toEqual(['200.00']);
    expect(story.of('outage.confirmed')[0]!.time).toBe(local('06-12 12:00:01'));
    expect(story.of('repair.overdue')[0]!.time).toBe(local('06-12 12:00:01'));
  });

  it('a record that comes later than the fault stands from activeFrom on', () => {
    const lines = [element('cell-1', 'a1-rs'), ...fault('cell-1', START, '06-13'), upsert('s1', 'a1-rs', {}, '06-20')];
    expect(told(lines).credits()).toEqual(['300.00']);
  });

  it('ended inside: nothing after it', () => {
    const story = tell('a1-rs', [opened('cell-1', START), ended('s1', '06-12 12:00'), cleared('cell-1', '06-20')]);
    expect(story.brief()).toEqual([
      '06-12 00:00:01 repair.overdue',
      '06-12 00:00:01 outage.confirmed',
      '06-12 12:15:00 credit 250.00',
    ]);
    expect(tell('a1-rs', [opened('cell-1', START), ended('s1', '06-12')]).brief()).toEqual([]);
  });

  it('a record announced before the end does not bring it back (its activeFrom lies before the end)', () => {
    const dearer = known('06-01', upsert('s1', 'a1-rs', { monthlyFee: fee('4000.00') }, '07-01'));
    const story = tell('a1-rs', [dearer, ended('s1', '06-12'), opened('cell-1', '06-20')], {}, '09-01');
    expect(story.brief()).toEqual([]);
  });

  it('a record with a new activeFrom takes it up anew', () => {
    const anew = upsert('s1', 'a1-rs', { activeFrom: local('06-20') }, '06-20');
    const story = tell('a1-rs', [ended('s1', '06-12'), anew, ...fault('cell-1', '06-19', '06-23')]);
    expect(story.credits()).toEqual(['300.00']);
    const atOnce = upsert('s1', 'a1-rs', { activeFrom: local('06-12') }, '06-12');
    expect(tell('a1-rs', [ended('s1', '06-12'), atOnce, ...fault('cell-1', '06-11', '06-14')]).credits()).toEqual([
      '300.00',
    ]);
  });

  it('ended when it began: it never was', () => {
    const lines = [
      ended('s1', '06-05'),
      upsert('s1', 'a1-rs', { activeFrom: local('06-05') }, '06-08'),
      ...fault('cell-1', START, '06-14'),
    ];
    expect(tell('a1-rs', lines, { activeFrom: local('06-05') }).brief()).toEqual([]);
  });

  it('a parent takes down what hangs below it, a parent of the parent too, and only that', () => {
    const story = told(
      inOrder([
        element('core-1', 'a1-rs', { kind: 'core' }),
        element('hub-1', 'a1-rs', { kind: 'core', parent: 'core-1' }),
        element('cell-1', 'a1-rs', { parent: 'hub-1' }),
        element('cell-2', 'a1-rs', { parent: 'core-2' }),
        upsert('s1', 'a1-rs'),
        upsert('s2', 'a1-rs', { servedBy: ['cell-2'] }),
        ...fault('core-1', START, '06-13'),
      ]),
    );
    expect(story.credits('s1')).toEqual(['300.00']);
    expect(story.brief('s2')).toEqual([]);
  });

  it('several elements serve: a fault on any of them', () => {
    const lines = [
      element('cell-2', 'a1-rs'),
      ...fault('cell-1', '06-10', '06-11'),
      ...fault('cell-2', '06-11', '06-12 12:00'),
    ];
    expect(tell('a1-rs', lines, { servedBy: ['cell-1', 'cell-2'] }).credits()).toEqual(['250.00']);
  });

  it('moves twice: away at 24 h, back 24 h later: 24 h and 60 h', () => {
    const moves = (back: string) => [
      element('cell-2', 'a1-rs'),
      opened('cell-1', START),
      upsert('s1', 'a1-rs', { servedBy: ['cell-2'] }, '06-11'),
      upsert('s1', 'a1-rs', {}, back),
      cleared('cell-1', '06-14 12:00'),
    ];
    expect(tell('a1-rs', moves('06-12')).credits(), 'a day of service between').toEqual(['250.00']);
    expect(tell('a1-rs', moves('06-11 00:14')).credits(), '14 minutes').toEqual(['449.03']);
  });

  it('moves onto an element that is down: out from then on', () => {
    const lines = [
      element('cell-2', 'a1-rs'),
      opened('cell-2', START),
      upsert('s1', 'a1-rs', { servedBy: ['cell-2'] }, '06-11'),
      cleared('cell-2', '06-13 00:00:01'),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual(['200.00']);
  });

  it('a record without servedBy unsets it', () => {
    const bare = upsert('s1', 'a1-rs', { servedBy: undefined }, '06-12');
    expect(tell('a1-rs', [opened('cell-1', START), bare, cleared('cell-1', '06-20')]).credits()).toEqual([]);
  });

  it('the element changes its parent inside', () => {
    const lines = [
      element('core-1', 'a1-rs', { kind: 'core' }),
      element('core-2', 'a1-rs', { kind: 'core' }),
      element('cell-1', 'a1-rs', { parent: 'core-1' }, '01-02'),
      opened('core-1', START),
      element('cell-1', 'a1-rs', { parent: 'core-2' }, '06-12 12:00'),
      cleared('core-1', '06-20'),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual(['250.00']);
  });

  it('a fault on the line takes down that line alone', () => {
    const story = tell('a1-rs', [upsert('s2', 'a1-rs'), ...fault('s1', START, '06-13')]);
    expect(story.credits('s1')).toEqual(['300.00']);
    expect(story.brief('s2')).toEqual([]);
  });
});

describe('A1 3.3: repair.overdue at 48 h and a second of elapsed time', () => {
  it('excused time included: a flood of 60 h is told with its reason, and gives no credit', () => {
    const story = tell('a1-rs', [
      opened('cell-1', START, 'force-majeure', { reason: 'flood' }),
      cleared('cell-1', '06-12 12:00'),
    ]);
    expect(story.brief()).toEqual(['06-12 00:00:01 repair.overdue']);
    expect(story.of('repair.overdue')[0]!.data).toMatchObject({
      faultIds: ['f1'],
      reasons: ['flood'],
      counted: 'PT0S',
      excused: 'PT48H1S',
    });
  });

  it('excused for exactly 48 h: not', () => {
    expect(lasting('a1-rs', 48).brief()).toEqual([]);
    expect(tell('a1-rs', fault('cell-1', START, '06-12', 'weather')).brief()).toEqual([]);
  });

  it('parked and suspended time and short restorations are not elapsed', () => {
    const lines = [
      opened('cell-1', START),
      suspended('s1', '06-11'),
      resumed('s1', '06-11 12:00'),
      cleared('cell-1', '06-11 18:00'),
      opened('cell-1', '06-11 18:10', 'weather'),
    ];
    expect(tell('a1-rs', lines, {}, '06-20').brief()).toEqual(['06-12 12:10:01 repair.overdue']);
  });

  it('Truf: only where the counted time passes 48 h', () => {
    expect(tell('truf-rs', fault('cell-1', START, '06-13', 'force-majeure')).brief()).toEqual([]);
    const mixed = [
      opened('cell-1', START, 'weather'),
      updated('cell-1', '06-11', { responsibility: 'operator' }),
      cleared('cell-1', '06-14'),
    ];
    expect(tell('truf-rs', mixed).brief()[0]).toBe('06-13 00:00:01 repair.overdue');
  });

  it('once for an outage, however often facts change', () => {
    const lines = [
      opened('cell-1', START),
      updated('cell-1', '06-12 06:00', { reason: 'still broken' }),
      known('06-13', updated('cell-1', '06-10 06:00', { responsibility: 'weather' })),
      known('06-14', updated('cell-1', '06-10 07:00', { responsibility: 'operator' })),
    ];
    expect(tell('a1-rs', lines, {}, '06-20').of('repair.overdue')).toHaveLength(1);
  });
});

describe('Truf 70: planned works', () => {
  const from = '06-10';
  const to = '06-13';
  const out = fault('cell-1', from, to, 'planned-works');

  it('announced 24 h ahead exactly: excused', () => {
    expect(tell('truf-rs', [works('cell-1', '06-09', from, to), ...out]).brief()).toEqual([]);
  });

  it('announced 23:59:59 ahead: not', () => {
    expect(tell('truf-rs', [works('cell-1', '06-09 00:00:01', from, to), ...out]).credits()).toEqual(['300.00']);
  });

  it('by its time, whenever it was recorded', () => {
    const late = known('06-20', works('cell-1', '06-09', from, to));
    const story = tell('truf-rs', [...out, late]);
    expect(story.brief()).toEqual([
      '06-12 00:00:01 repair.overdue',
      '06-12 00:00:01 outage.confirmed',
      '06-13 00:15:00 credit 300.00',
      '06-20 00:00:00 outage.withdrawn',
      '06-20 00:00:00 credit now 0.00 (-300.00, revision 1)',
    ]);
  });

  it('by sms or e-mail: not', () => {
    for (const channel of ['sms', 'email']) {
      expect(tell('truf-rs', [works('cell-1', '06-01', from, to, { channel }), ...out]).credits()).toEqual(['300.00']);
    }
  });

  it('on a parent: excused; on a child or elsewhere: not', () => {
    const net = [
      element('core-1', 'truf-rs', { kind: 'core' }),
      element('cell-1', 'truf-rs', { parent: 'core-1' }, '01-02'),
      element('cell-2', 'truf-rs', { parent: 'core-1' }),
    ];
    const at = (where: string, faulty: string) =>
      tell('truf-rs', [...net, works(where, '06-01', from, to), ...fault(faulty, from, to, 'planned-works')]).credits();
    expect(at('core-1', 'cell-1')).toEqual([]);
    expect(at('core-1', 'core-1')).toEqual([]);
    expect(at('cell-1', 'core-1')).toEqual(['300.00']);
    expect(at('cell-2', 'cell-1')).toEqual(['300.00']);
  });

  it('on a parent that it has only for a while: for that while', () => {
    const lines = [
      element('core-1', 'truf-rs', { kind: 'core' }),
      element('cell-1', 'truf-rs', { parent: 'core-1' }, '01-02'),
      works('core-1', '06-01', from, to),
      ...out,
      element('cell-1', 'truf-rs', {}, '06-10 12:00'),
    ];
    expect(tell('truf-rs', lines).credits()).toEqual(['250.00']);
  });

  it('a fault on the line itself is never works', () => {
    const lines = [works('cell-1', '06-01', from, to), ...fault('s1', from, to, 'planned-works')];
    expect(tell('truf-rs', lines).credits()).toEqual(['300.00']);
  });

  it('from the announced start to the announced end only', () => {
    const story = tell('truf-rs', [works('cell-1', '06-01', '06-09', '06-10 12:00'), ...out]);
    expect(story.credits()).toEqual(['250.00']);
  });

  it('announced twice: every announcement made in time counts', () => {
    const lines = [
      works('cell-1', '06-01', from, '06-11'),
      works('cell-1', '06-02', '06-11', '06-11 12:00'),
      works('cell-1', '06-10 20:00', '06-11 12:00', to),
      ...out,
    ];
    // 36 h are excused, the rest of the 72 h is no more than 48 h.
    expect(tell('truf-rs', lines).brief()).toEqual([]);
    expect(tell('truf-rs', [lines[0]!, lines[2]!, ...out]).credits()).toEqual([]);
    expect(tell('truf-rs', [lines[2]!, ...out]).credits()).toEqual(['300.00']);
  });

  it('only the planned works: another fault inside the window counts', () => {
    const lines = [works('cell-1', '06-01', from, to), ...fault('cell-1', from, to, 'operator')];
    expect(tell('truf-rs', lines).credits()).toEqual(['300.00']);
  });

  it('A1 and MTEL do not excuse works, whatever was announced', () => {
    const lines = [works('cell-1', '06-01', from, to), ...out];
    expect(tell('a1-rs', lines).credits()).toEqual(['300.00']);
    expect(tell('mtel-at', lines).credits()).toEqual(['3.00']);
  });

  it('works announced ahead that begin in an open outage pause it when they begin', () => {
    const lines = [
      opened('cell-1', '06-08', 'planned-works'),
      works('cell-1', '06-08 06:00', '06-09 12:00', '06-10 12:00'),
      cleared('cell-1', '06-11 00:00:01'),
    ];
    expect(tell('truf-rs', lines).brief()).toEqual([
      '06-11 00:00:01 repair.overdue',
      '06-11 00:00:01 outage.confirmed',
      '06-11 00:15:01 credit 200.00',
    ]);
  });
});

describe('Truf 50: the longer term in place of the credit', () => {
  const extension = { outagePreference: 'extension' };

  it('the counted seconds, when the end is known', () => {
    expect(lasting('truf-rs', 72, 0, 0, extension).brief()).toEqual([
      '06-12 00:00:01 repair.overdue',
      '06-12 00:00:01 outage.confirmed',
      `06-13 00:15:00 extension ${72 * 3600}`,
    ]);
  });

  it('one extension over two cycles; no fee is needed', () => {
    const story = tell('truf-rs', fault('cell-1', '06-29', '07-03'), { ...extension, monthlyFee: null });
    expect(story.extensions()).toEqual([96 * 3600]);
    expect(story.credits()).toEqual([]);
  });

  it('chosen in the middle: each second by the choice of its time', () => {
    const lines = [...fault('cell-1', '06-10', '06-14'), upsert('s1', 'truf-rs', extension, '06-11')];
    const story = tell('truf-rs', lines);
    expect(story.credits()).toEqual(['100.00']);
    expect(story.extensions()).toEqual([72 * 3600]);
  });

  it('given back in the middle: likewise, also where that was announced ahead', () => {
    const back = upsert('s1', 'truf-rs', {}, '06-12');
    for (const line of [back, known('06-01', back)]) {
      const story = tell('truf-rs', [...fault('cell-1', '06-10', '06-14'), line], extension);
      expect(story.extensions()).toEqual([48 * 3600]);
      expect(story.credits()).toEqual(['200.00']);
    }
  });

  it('announced ahead in an outage that stays open: the credit falls due at the end of its cycle', () => {
    const lines = [known('06-01', upsert('s1', 'truf-rs', {}, '06-28')), opened('cell-1', '06-10')];
    const story = tell('truf-rs', lines, extension, '07-02');
    expect(story.brief()).toContain('07-01 00:00:00 credit 300.00');
  });

  it('the choice is known late: credit and extension change places', () => {
    const lines = [...fault('cell-1', '06-10', '06-13'), known('06-20', upsert('s1', 'truf-rs', extension, '06-05'))];
    expect(tell('truf-rs', lines).brief().slice(2)).toEqual([
      '06-13 00:15:00 credit 300.00',
      '06-20 00:00:00 credit now 0.00 (-300.00, revision 1)',
      `06-20 00:00:00 extension ${72 * 3600}`,
    ]);
  });

  it('A1 has no such choice', () => {
    expect(lasting('a1-rs', 72, 0, 0, extension).credits()).toEqual(['300.00']);
  });
});

describe('the fee', () => {
  it('none is fixed: null or not given', () => {
    for (const monthlyFee of [null, undefined]) {
      expect(lasting('a1-rs', 72, 0, 0, { monthlyFee }).brief()).toEqual([
        '06-12 00:00:01 repair.overdue',
        '06-12 00:00:01 outage.confirmed',
      ]);
      expect(lasting('mtel-at', 72, 0, 0, { monthlyFee }).credits()).toEqual([]);
    }
  });

  it('without VAT: the rate of the pack is added', () => {
    expect(lasting('a1-rs', 72, 0, 0, { monthlyFee: fee('2500.00', 'excluded') }).credits()).toEqual(['300.00']);
    expect(lasting('mtel-at', 72, 0, 0, { monthlyFee: euro('25.00', 'excluded') }).credits()).toEqual(['3.00']);
  });

  it('rounded half up, once: 0.05 for 72 h of 720 are half a para', () => {
    expect(lasting('a1-rs', 72, 0, 0, { monthlyFee: fee('0.05') }).credits()).toEqual(['0.01']);
    expect(lasting('a1-rs', 71, 59, 59, { monthlyFee: fee('0.05') }).credits(), 'a credit of nothing').toEqual([]);
  });

  it('each second at the fee of its time', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-14'),
      upsert('s1', 'a1-rs', { monthlyFee: fee('6000.00') }, '06-12'),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual(['600.00']);
  });

  it('a fee that is taken away in the middle: only what had one', () => {
    const lines = [...fault('cell-1', '06-10', '06-14'), upsert('s1', 'a1-rs', { monthlyFee: null }, '06-11')];
    expect(tell('a1-rs', lines).credits()).toEqual(['100.00']);
  });

  it('at most the fee; a whole cycle is exactly the fee', () => {
    expect(tell('a1-rs', fault('cell-1', '06-01', '07-01')).credits()).toEqual(['3000.00']);
  });
});

describe('billing cycles: cut at the end of the billing day, local time', () => {
  it('day 5 runs from the 6th to the 6th', () => {
    const story = tell('a1-rs', fault('cell-1', '06-04', '06-07'), { billingDay: 5 });
    expect(story.credits()).toEqual(['193.55', '100.00']);
    expect(story.of('credit.granted').map(({ data }) => data['cycle'])).toEqual([
      { from: local('05-06'), to: local('06-06') },
      { from: local('06-06'), to: local('07-06') },
    ]);
  });

  it('day 28 in February', () => {
    const story = tell('a1-rs', fault('cell-1', '02-26', '03-02'), { billingDay: 28 });
    // 3 days of 31 (29 January to 28 February), 1 of 28 (March, to the 28th).
    expect(story.credits()).toEqual(['290.32', '107.14']);
  });

  it('two cycles, the limit passed in the first: each when its cycle or the outage ends', () => {
    expect(
      tell('a1-rs', fault('cell-1', '06-28', '07-03'))
        .brief()
        .slice(2),
    ).toEqual(['07-01 00:00:00 credit 300.00', '07-03 00:15:00 credit 193.55']);
  });

  it('two cycles, the limit passed in the second: the first falls due then', () => {
    const story = tell('a1-rs', fault('cell-1', '06-30', '07-03'));
    expect(story.brief().slice(2)).toEqual(['07-02 00:00:01 credit 100.00', '07-03 00:15:00 credit 193.55']);
    expect(
      story.of('credit.granted').map(({ data }) => data['late']),
      'it was due no earlier',
    ).toEqual([false, false]);
  });

  it('two cycles of less than the limit together: nothing', () => {
    expect(tell('a1-rs', fault('cell-1', '06-30', '07-02')).brief()).toEqual([]);
  });

  it('three cycles', () => {
    expect(
      tell('a1-rs', fault('cell-1', '06-28', '08-04'))
        .brief()
        .slice(2),
    ).toEqual(['07-01 00:00:00 credit 300.00', '08-01 00:00:00 credit 3000.00', '08-04 00:15:00 credit 290.32']);
  });

  it('open at the end of the story: only what ended', () => {
    expect(tell('a1-rs', [opened('cell-1', '06-28')], {}, '07-20').credits()).toEqual(['300.00']);
  });

  it('a new billing day takes effect at the end of the running cycle; the short one after it is a whole cycle', () => {
    const lines = [upsert('s1', 'a1-rs', { billingDay: 10 }, '06-15'), ...fault('cell-1', '06-29', '07-13')];
    // June to its end, then 1 to 10 July wholly out, then 2 of the 31 days from 11 July on.
    expect(tell('a1-rs', lines).credits()).toEqual(['200.00', '3000.00', '193.55']);
  });

  it('a new billing day known late: credits move with their cycles', () => {
    const lines = [
      ...fault('cell-1', '07-05', '07-13'),
      known('08-10', upsert('s1', 'a1-rs', { billingDay: 10 }, '06-15')),
    ];
    const story = tell('a1-rs', lines);
    // 8 of 31 days; then 6 of the 10 days from 1 to 10 July, and 2 of the 31 from 11 July on.
    expect(story.brief().slice(2)).toEqual([
      '07-13 00:15:00 credit 774.19',
      '08-10 00:00:00 credit now 1800.00 (1025.81, revision 1)',
      '08-10 00:00:00 credit 193.55',
    ]);
    expect(story.of('credit.adjusted')[0]!.data['cycle']).toEqual({ from: local('07-01'), to: local('07-11') });
  });

  it('an outage that ends with the cycle has no part in the next', () => {
    expect(tell('a1-rs', fault('cell-1', '06-28', '07-01')).credits()).toEqual(['300.00']);
  });
});

describe('MTEL Austria 5.4, 18.4', () => {
  it('each local day touched, a day once', () => {
    expect(tell('mtel-at', fault('cell-1', '06-10 23:59:59', '06-12 00:00:01')).credits()).toEqual(['3.00']);
    expect(tell('mtel-at', fault('cell-1', '06-10 23:59:59', '06-12 00:00:00')).credits()).toEqual(['2.00']);
  });

  it('a day shared by two outages is paid once', () => {
    const lines = [...fault('cell-1', '06-10', '06-12 06:00'), ...fault('cell-1', '06-12 12:00', '06-14 06:00')];
    expect(tell('mtel-at', lines).credits()).toEqual(['3.00', '2.00']);
  });

  it('a day shared with an outage that gives nothing is not lost', () => {
    const lines = [...fault('cell-1', '06-10 20:00', '06-11 06:00'), ...fault('cell-1', '06-11 12:00', '06-13 06:00')];
    expect(tell('mtel-at', lines).credits()).toEqual(['3.00']);
  });

  it('days that are only excused are not touched', () => {
    const lines = [
      opened('cell-1', '06-10 12:00'),
      updated('cell-1', '06-11 18:00', { responsibility: 'subscriber' }),
      updated('cell-1', '06-13 06:00', { responsibility: 'operator' }),
      cleared('cell-1', '06-13 12:00'),
    ];
    expect(tell('mtel-at', lines).credits()).toEqual(['3.00']);
  });

  it('at most the fee for all credits of a cycle', () => {
    const lines = [...fault('cell-1', '07-01', '07-16'), ...fault('cell-1', '07-16 12:00', '08-01')];
    expect(tell('mtel-at', lines).credits()).toEqual(['15.00', '15.00']);
    expect(tell('mtel-at', fault('cell-1', '07-01', '08-01')).credits()).toEqual(['30.00']);
    const nearly = tell('mtel-at', fault('cell-1', '07-01 00:00:01', '08-01'));
    expect(nearly.credits(), '31 days touched').toEqual(['30.00']);
  });

  it('the whole fee for a cycle wholly counted, by the cycle, not by the month', () => {
    expect(tell('mtel-at', fault('cell-1', '02-01', '03-01')).credits()).toEqual(['30.00']);
    expect(tell('mtel-at', fault('cell-1', '02-01 00:00:01', '03-01')).credits(), 'a second less').toEqual(['28.00']);
    expect(tell('mtel-at', fault('cell-1', '02-06', '03-06'), { billingDay: 5 }).credits()).toEqual(['30.00']);
    expect(tell('mtel-at', fault('cell-1', '01-31', '03-02')).credits()).toEqual(['1.00', '30.00', '1.00']);
  });

  it('the fee at the first counted instant of the day', () => {
    const dearer = (time: string) => upsert('s1', 'mtel-at', { monthlyFee: euro('60.00') }, time);
    const out = fault('cell-1', '06-10 06:00', '06-12 06:00');
    expect(tell('mtel-at', [...out, dearer('06-11 12:00')]).credits()).toEqual(['4.00']);
    expect(tell('mtel-at', [...out, dearer('06-11 00:00')]).credits()).toEqual(['5.00']);
    expect(tell('mtel-at', [...out, dearer('06-10 06:00')]).credits()).toEqual(['6.00']);
  });

  it('the cap is the highest fee of its days', () => {
    const dearer = upsert('s1', 'mtel-at', { monthlyFee: euro('60.00') }, '07-30');
    const lines = [...fault('cell-1', '07-01 06:00', '08-01'), dearer];
    // 29 days at 1.00 and 2 at 2.00
    expect(tell('mtel-at', lines).credits()).toEqual(['33.00']);
  });

  it('14 x 24 h of counted time reached: allowed; when that outage ends: ended', () => {
    expect(tell('mtel-at', fault('cell-1', '06-10', '06-23 23:59:59')).of('termination.allowed')).toEqual([]);
    const story = tell('mtel-at', fault('cell-1', '06-10', '06-25'));
    expect(story.brief()).toEqual([
      '06-11 00:00:01 outage.confirmed',
      '06-24 00:00:00 termination.allowed',
      '06-25 00:15:00 termination.ended',
      '06-25 00:15:00 credit 15.00',
    ]);
    expect(story.of('termination.ended')[0]!.data).toMatchObject({ from: local('06-25') });
    expect(story.notices('subscriber')).toContain('06-24 00:00:00 termination-allowed s1');
  });

  it('excused days move it', () => {
    const lines = [
      opened('cell-1', '06-01'),
      updated('cell-1', '06-05', { responsibility: 'subscriber' }),
      updated('cell-1', '06-06', { responsibility: 'operator' }),
    ];
    expect(tell('mtel-at', lines, {}, '07-10').of('termination.allowed')[0]!.time).toBe(local('06-16'));
  });

  it('reached and over when it becomes known: both stand on record, late', () => {
    const story = tell('mtel-at', allKnown('06-28', fault('cell-1', '06-10', '06-25')));
    expect(story.brief()).toEqual([
      '06-28 00:00:00 outage.confirmed',
      '06-28 00:00:00 termination.allowed',
      '06-28 00:00:00 termination.ended',
      '06-28 00:00:00 credit 15.00',
    ]);
    expect(story.of('termination.allowed')[0]!.data).toMatchObject({ from: local('06-24'), late: true });
    expect(story.of('termination.ended')[0]!.data).toMatchObject({ from: local('06-25') });
  });

  it('allowed, then late facts show that it was not: ended; and allowed again when it is', () => {
    const lines = [
      opened('cell-1', '06-01'),
      known('06-15 12:00', updated('cell-1', '06-05', { responsibility: 'subscriber' })),
      known('06-15 12:00', updated('cell-1', '06-06', { responsibility: 'operator' })),
    ];
    const story = tell('mtel-at', lines, {}, '06-20');
    expect(story.brief().filter((line) => line.includes('termination'))).toEqual([
      '06-15 00:00:00 termination.allowed',
      '06-15 12:00:00 termination.ended',
      '06-16 00:00:00 termination.allowed',
    ]);
    expect(story.of('termination.allowed').map(({ data }) => data['episode'])).toEqual([1, 2]);
  });

  it('no repair.overdue: MTEL has no such rule', () => {
    expect(lasting('mtel-at', 100).of('repair.overdue')).toEqual([]);
  });
});

describe('GO4YU: no credit is promised', () => {
  it('a fault of the platform is shown to the operations centre and to the viewer', () => {
    const story = told(
      inOrder([
        element('platform', 'go4yu', { kind: 'platform' }),
        upsert('s1', 'go4yu', { servedBy: ['platform'] }),
        ...fault('platform', START, '06-20'),
      ]),
    );
    expect(story.brief()).toEqual(['06-10 00:00:00 alarm.raised', '06-20 00:00:00 alarm.cleared']);
    expect(story.notices('subscriber')).toEqual(['06-10 00:15:00 outage-started s1']);
  });
});

describe('equipment: A1 21.13, Truf 44', () => {
  it('from the report to the replacement, without a limit', () => {
    expect(tell('a1-rs', [reported('s1', '06-10'), replaced('s1', '06-10 06:00')]).brief()).toEqual([
      '06-10 06:00:00 credit 25.00',
    ]);
    expect(tell('truf-rs', [reported('s1', '06-10'), replaced('s1', '06-10 06:00')]).brief()).toEqual([
      '06-10 06:00:00 extension 21600',
    ]);
    expect(tell('mtel-at', [reported('s1', '06-10'), replaced('s1', '06-14')]).brief(), 'no such rule').toEqual([]);
  });

  it('one credit for each report and cycle, due at the replacement or the end of the cycle', () => {
    expect(tell('a1-rs', [reported('s1', '06-29'), replaced('s1', '08-02')]).brief()).toEqual([
      '07-01 00:00:00 credit 200.00',
      '08-01 00:00:00 credit 3000.00',
      '08-02 00:00:00 credit 96.77',
    ]);
  });

  it('one extension, at the replacement; never replaced, never', () => {
    expect(tell('truf-rs', [reported('s1', '06-29'), replaced('s1', '08-02')]).extensions()).toEqual([34 * 86_400]);
    expect(tell('truf-rs', [reported('s1', '06-29')], {}, '12-01').brief()).toEqual([]);
    expect(tell('a1-rs', [reported('s1', '06-29')], {}, '07-20').credits()).toEqual(['200.00']);
  });

  it("not by the subscriber's fault: whatever else is", () => {
    for (const responsibility of RESPONSIBILITIES) {
      const lines = [reported('s1', '06-10', { responsibility }), replaced('s1', '06-13')];
      expect(tell('a1-rs', lines).credits(), responsibility).toEqual(responsibility === 'subscriber' ? [] : ['300.00']);
    }
    const silent = [reported('s1', '06-10', { responsibility: undefined }), replaced('s1', '06-13')];
    expect(tell('a1-rs', silent).credits()).toEqual(['300.00']);
  });

  it('the replacement may say whose fault it was: what was said last holds', () => {
    const mine = [
      reported('s1', '06-10', { responsibility: 'unknown' }),
      replaced('s1', '06-13', { responsibility: 'subscriber' }),
    ];
    expect(tell('a1-rs', mine).brief()).toEqual([]);
    const yours = [
      reported('s1', '06-10', { responsibility: 'subscriber' }),
      replaced('s1', '06-13', { responsibility: 'equipment' }),
    ];
    expect(tell('a1-rs', yours).credits()).toEqual(['300.00']);
    const later = [reported('s1', '06-28'), replaced('s1', '07-03', { responsibility: 'subscriber' })];
    expect(tell('a1-rs', later).brief()).toEqual([
      '07-01 00:00:00 credit 300.00',
      '07-03 00:00:00 credit now 0.00 (-300.00, revision 1)',
    ]);
  });

  it('two reports of one piece, and of two at once: each its own, time paid once', () => {
    const anew = [reported('s1', '06-10'), replaced('s1', '06-11'), reported('s1', '06-12'), replaced('s1', '06-14')];
    expect(tell('a1-rs', anew).credits()).toEqual(['100.00', '200.00']);
    const both = [
      reported('s1', '06-10'),
      reported('s1', '06-11', { equipmentId: 'router' }),
      replaced('s1', '06-12'),
      replaced('s1', '06-13', { equipmentId: 'router' }),
    ];
    expect(tell('a1-rs', both).credits()).toEqual(['200.00', '100.00']);
  });

  it('reported again while open: the same report', () => {
    const lines = [reported('s1', '06-10'), reported('s1', '06-11'), replaced('s1', '06-12')];
    expect(tell('a1-rs', lines).credits()).toEqual(['200.00']);
  });

  it('replaced by another that is faulty at once: a new report begins', () => {
    const lines = [reported('s1', '06-10'), replaced('s1', '06-11'), reported('s1', '06-11'), replaced('s1', '06-13')];
    expect(tell('a1-rs', lines).credits()).toEqual(['100.00', '200.00']);
  });

  it('a replacement before the report, or without one, is none', () => {
    expect(
      tell('a1-rs', [replaced('s1', '06-09'), reported('s1', '06-10'), replaced('s1', '06-11')]).credits(),
    ).toEqual(['100.00']);
    expect(tell('a1-rs', [replaced('s1', '06-09')]).brief()).toEqual([]);
  });

  it('parked and suspended time, and time before and after the contract, is left out', () => {
    const lines = [
      reported('s1', '06-10'),
      parked('s1', '06-11'),
      unparked('s1', '06-12'),
      suspended('s1', '06-13'),
      replaced('s1', '06-15'),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual(['200.00']);
    const over = [reported('s1', '06-10'), ended('s1', '06-12'), replaced('s1', '06-15')];
    expect(tell('a1-rs', over).credits()).toEqual(['200.00']);
    expect(
      tell('a1-rs', over.slice(0, 1).concat(replaced('s1', '06-13')), { activeFrom: local('06-11') }).credits(),
    ).toEqual(['200.00']);
  });

  it('no fee is fixed: A1 reduces nothing, Truf extends all the same', () => {
    const lines = [reported('s1', '06-10'), replaced('s1', '06-11')];
    expect(tell('a1-rs', lines, { monthlyFee: null }).brief()).toEqual([]);
    expect(tell('truf-rs', lines, { monthlyFee: null }).extensions()).toEqual([86_400]);
  });
});

describe('time is paid once: what was granted first keeps it, at the same instant the outage', () => {
  const box = [reported('s1', '06-10'), replaced('s1', '06-13')];

  it('the outage first, the equipment the rest', () => {
    const story = tell('a1-rs', [...fault('cell-1', '06-09', '06-12'), ...box]);
    expect(story.brief().slice(2)).toEqual(['06-12 00:15:00 credit 300.00', '06-13 00:00:00 credit 100.00']);
    expect(story.of('credit.granted')[0]!.data).toHaveProperty('outageId');
    expect(story.of('credit.granted')[1]!.data).toMatchObject({ equipmentId: 'box', report: 1 });
  });

  it('the equipment first, the outage the rest', () => {
    const story = tell('a1-rs', [...fault('cell-1', '06-11', '06-15'), ...box]);
    expect(story.brief()).toEqual([
      '06-13 00:00:00 credit 300.00',
      '06-13 00:00:01 repair.overdue',
      '06-13 00:00:01 outage.confirmed',
      '06-15 00:15:00 credit 200.00',
    ]);
    expect(story.credits()).toEqual(['300.00', '200.00']);
  });

  it('at the same instant, the end of the cycle: the outage', () => {
    const story = tell('a1-rs', [opened('cell-1', '06-20'), reported('s1', '06-15')], {}, '07-02');
    expect(story.brief().slice(2)).toEqual(['07-01 00:00:00 credit 1100.00', '07-01 00:00:00 credit 500.00']);
    expect(story.of('credit.granted')[0]!.data).toHaveProperty('outageId');
  });

  it('all of the equipment inside the outage: it gives nothing of its own', () => {
    expect(tell('a1-rs', [...fault('cell-1', '06-09', '06-12 12:00'), ...box]).credits()).toEqual(['350.00', '50.00']);
    const inside = [reported('s1', '06-10'), replaced('s1', '06-13')];
    expect(tell('a1-rs', [...fault('cell-1', '06-09', '06-12 23:00'), ...inside]).credits()).toEqual([
      '395.83',
      '4.17',
    ]);
  });

  it('Truf: the extension for equipment and the credit for the outage do not pay the same time', () => {
    const story = tell('truf-rs', [...fault('cell-1', '06-11', '06-15'), ...box]);
    expect(story.extensions()).toEqual([72 * 3600]);
    expect(story.credits()).toEqual(['200.00']);
  });

  it('time without a fee, or with one of 0.00, was not paid by a credit of nothing', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-14'),
      upsert('s1', 'truf-rs', { monthlyFee: fee('3000.00') }, '06-12'),
      reported('s1', '06-10'),
      replaced('s1', '06-15'),
    ];
    for (const monthlyFee of [null, fee('0.00')]) {
      const story = tell('truf-rs', lines, { monthlyFee });
      expect(story.credits()).toEqual(['200.00']);
      expect(story.extensions(), 'two days that no credit paid, and the day after').toEqual([72 * 3600]);
    }
  });

  it('an outage that turns out longer does not take what the equipment has', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-13'),
      reported('s1', '06-13 12:00'),
      replaced('s1', '06-14'),
      ...allKnown('06-20', fault('cell-1', '06-13', '06-15', 'operator', 'f2')),
    ];
    expect(tell('a1-rs', lines).brief().slice(2)).toEqual([
      '06-13 00:15:00 credit 300.00',
      '06-14 00:00:00 credit 50.00',
      '06-20 00:00:00 credit now 450.00 (150.00, revision 1)',
    ]);
  });

  it('also where the outage would have ended before the equipment was replaced: nothing is due anew', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-13'),
      reported('s1', '06-11'),
      replaced('s1', '06-20'),
      ...allKnown('06-25', fault('cell-1', '06-13', '06-16', 'operator', 'f2')),
    ];
    const story = tell('a1-rs', lines);
    expect(story.of('credit.adjusted')).toEqual([]);
    expect(story.credits()).toEqual(['300.00', '700.00']);
  });

  it('what one grant loses another that claims it gets', () => {
    const lines = [
      ...fault('cell-1', '06-09', '06-12'),
      ...box,
      known('06-20', updated('cell-1', '06-09', { responsibility: 'weather' })),
    ];
    expect(tell('a1-rs', lines).brief().slice(2)).toEqual([
      '06-12 00:15:00 credit 300.00',
      '06-13 00:00:00 credit 100.00',
      '06-20 00:00:00 outage.withdrawn',
      '06-20 00:00:00 credit now 0.00 (-300.00, revision 1)',
      '06-20 00:00:00 credit now 300.00 (200.00, revision 1)',
    ]);
  });
});

describe('parking: Truf 20', () => {
  it('each parking extends the term when it ends', () => {
    const lines = [parked('s1', '06-01'), unparked('s1', '06-11'), parked('s1', '07-01'), unparked('s1', '07-02')];
    expect(tell('truf-rs', lines).brief()).toEqual([
      `06-11 00:00:00 extension ${10 * 86_400}`,
      `07-02 00:00:00 extension ${86_400}`,
    ]);
  });

  it('exactly 31 days in a year are allowed, a second more is not', () => {
    expect(tell('truf-rs', [parked('s1', '06-01'), unparked('s1', '07-02')]).of('parking.exceeded')).toEqual([]);
    const more = tell('truf-rs', [parked('s1', '06-01'), unparked('s1', '07-02 00:00:01')]);
    expect(more.of('parking.exceeded').map(({ time }) => time)).toEqual([local('07-02 00:00:01')]);
  });

  it('parked again at the instant of the end goes on, whatever the events are called', () => {
    for (const [first, second] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const lines = [
        parked('s1', '06-10'),
        { ...unparked('s1', '06-12'), id: first },
        { ...parked('s1', '06-12'), id: second },
        unparked('s1', '06-14'),
      ];
      expect(
        tell('truf-rs', lines)
          .extensions()
          .reduce((sum, seconds) => sum + seconds, 0),
      ).toBe(4 * 86_400);
    }
  });
});

describe('porting: A1 20.4', () => {
  const done = (hours: number, minutes = 0, seconds = 0, data = {}) =>
    tell('a1-rs', [
      portingAccepted('s1', '06-01'),
      portingCompleted('s1', later('06-01', hours, minutes, seconds), data),
    ]).brief();

  it('a day is in time, and so is less than a full 24 h after it', () => {
    expect(done(24)).toEqual([]);
    expect(done(47, 59, 59)).toEqual([]);
  });

  it('each full 24 h counts, on completion', () => {
    expect(done(48)).toEqual(['06-03 00:00:00 compensation 1 days']);
    expect(done(71, 59, 59)).toEqual(['06-03 23:59:59 compensation 1 days']);
  });

  it('at most fifteen', () => {
    expect(done(24 * 16)).toEqual(['06-17 00:00:00 compensation 15 days']);
    expect(done(24 * 30)).toEqual(['07-01 00:00:00 compensation 15 days']);
  });

  it('excused time does not, what overlaps once, and not what lies in the first day', () => {
    const excused = [
      { from: local('06-01'), to: local('06-02 12:00'), reason: 'works' },
      { from: local('06-02 06:00'), to: local('06-03'), reason: 'database' },
    ];
    expect(done(24 * 4, 0, 0, { excused })).toEqual(['06-05 00:00:00 compensation 2 days']);
  });

  it('not completed: nothing; other operators: nothing', () => {
    expect(tell('a1-rs', [portingAccepted('s1', '06-01')], {}, '12-01').brief()).toEqual([]);
    const lines = [portingAccepted('s1', '06-01'), portingCompleted('s1', '06-20')];
    for (const operator of ['truf-rs', 'mtel-at', 'go4yu']) expect(tell(operator, lines).brief()).toEqual([]);
  });

  it('the acceptance is known after the completion', () => {
    const lines = [known('06-20', portingAccepted('s1', '06-01')), portingCompleted('s1', '06-05')];
    expect(tell('a1-rs', lines).brief()).toEqual(['06-20 00:00:00 compensation 3 days']);
  });
});

describe('late facts', () => {
  const out = fault('cell-1', '06-10', '06-13');
  const granted = ['06-12 00:00:01 repair.overdue', '06-12 00:00:01 outage.confirmed', '06-13 00:15:00 credit 300.00'];
  /** What follows from facts that come on 20 June. */
  const then = (lines: readonly Line[], operator = 'a1-rs') => {
    const brief = tell(operator, [...out, ...allKnown('06-20', lines)]).brief();
    expect(brief.slice(0, 3)).toEqual(granted);
    return brief.slice(3).map((line) => line.replace('06-20 00:00:00 ', ''));
  };

  it('shorten it, still above the limit: adjusted', () => {
    expect(then([updated('cell-1', '06-12 12:00', { responsibility: 'weather' })])).toEqual([
      'credit now 250.00 (-50.00, revision 1)',
    ]);
  });

  it('shorten it to the limit: withdrawn, and the credit goes to 0.00', () => {
    expect(then([updated('cell-1', '06-12', { responsibility: 'weather' })])).toEqual([
      'outage.withdrawn',
      'credit now 0.00 (-300.00, revision 1)',
    ]);
  });

  it('a clearing of earlier, and the one that was known changes nothing more', () => {
    expect(then([cleared('cell-1', '06-12 12:00')])).toEqual(['credit now 250.00 (-50.00, revision 1)']);
    expect(then([cleared('cell-1', '06-11')])).toEqual(['outage.withdrawn', 'credit now 0.00 (-300.00, revision 1)']);
  });

  it('lengthen it at its beginning and at its end', () => {
    expect(then([opened('cell-1', '06-09')])).toEqual(['credit now 400.00 (100.00, revision 1)']);
    expect(then(fault('cell-1', '06-13', '06-14', 'operator', 'f2'))).toEqual([
      'credit now 400.00 (100.00, revision 1)',
    ]);
  });

  it('reopen it: what was granted stands until the new end, or the end of the cycle', () => {
    expect(then([opened('cell-1', '06-13 00:10', 'operator', { faultId: 'f2' })]).slice(0, 1)).toEqual([
      '07-01 00:00:00 credit now 2099.31 (1799.31, revision 1)',
    ]);
  });

  it('a fact that changes no sum changes nothing', () => {
    expect(then([updated('cell-1', '06-11', { reason: 'a digger' })])).toEqual([]);
    expect(then([updated('cell-1', '06-11', { responsibility: 'equipment' })])).toEqual([]);
  });

  it('parked, suspended, ended, a fee: in both directions', () => {
    expect(then([suspended('s1', '06-12 12:00')])).toEqual(['credit now 250.00 (-50.00, revision 1)']);
    expect(then([ended('s1', '06-12 12:00')])).toEqual(['credit now 250.00 (-50.00, revision 1)']);
    expect(then([parked('s1', '06-10'), unparked('s1', '06-10 12:00')])).toEqual([
      'credit now 250.00 (-50.00, revision 1)',
    ]);
    expect(then([upsert('s1', 'a1-rs', { monthlyFee: fee('6000.00') }, '06-01')])).toEqual([
      'credit now 600.00 (300.00, revision 1)',
    ]);
    expect(then([upsert('s1', 'a1-rs', { monthlyFee: null }, '06-01')])).toEqual([
      'credit now 0.00 (-300.00, revision 1)',
    ]);
    expect(then([upsert('s1', 'a1-rs', { servedBy: [] }, '06-12 12:00')])).toEqual([
      'credit now 250.00 (-50.00, revision 1)',
    ]);
    expect(then([element('cell-1', 'a1-rs', { parent: 'core-1' }, '06-01')])).toEqual([]);
  });

  it('revisions count 1, 2, 3; money is the last', () => {
    const story = tell('a1-rs', [
      ...out,
      known('06-20', updated('cell-1', '06-12 12:00', { responsibility: 'weather' })),
      known('06-21', updated('cell-1', '06-11', { responsibility: 'weather' })),
      known('06-22', updated('cell-1', '06-11 00:00:01', { responsibility: 'operator' })),
    ]);
    expect(story.brief().slice(3)).toEqual([
      '06-20 00:00:00 credit now 250.00 (-50.00, revision 1)',
      '06-21 00:00:00 outage.withdrawn',
      '06-21 00:00:00 credit now 0.00 (-250.00, revision 2)',
      '06-22 00:00:00 outage.confirmed',
      '06-22 00:00:00 credit now 250.00 (250.00, revision 3)',
    ]);
    const of = story.of('credit.adjusted').map(({ data }) => data['of']);
    expect(new Set([...of, story.of('credit.granted')[0]!.id]).size).toBe(1);
    expect(story.of('outage.confirmed').map(({ data }) => data['episode'])).toEqual([1, 2]);
  });

  it('join two decided outages: the older takes all, the other is withdrawn and goes to 0.00', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-13'),
      ...fault('cell-1', '06-14', '06-17', 'operator', 'f2'),
      ...allKnown('06-20', fault('cell-1', '06-13', '06-14', 'operator', 'f3')),
    ];
    const story = tell('a1-rs', lines);
    const [first, second] = story.of('outage.confirmed').map(({ data }) => data['outageId']);
    expect(story.brief().slice(6)).toEqual([
      '06-20 00:00:00 outage.withdrawn',
      '06-20 00:00:00 credit now 700.00 (400.00, revision 1)',
      '06-20 00:00:00 credit now 0.00 (-300.00, revision 1)',
    ]);
    expect(story.of('outage.withdrawn')[0]!.data['outageId']).toBe(second);
    expect(story.of('credit.adjusted').map(({ data }) => data['outageId'])).toEqual([first, second]);
  });

  it('join them where the later began earlier: the older id still takes all', () => {
    const lines = [
      ...fault('cell-1', '06-14', '06-17'),
      ...allKnown('06-18', fault('cell-1', '06-10', '06-13', 'operator', 'f2')),
      ...allKnown('06-20', fault('cell-1', '06-13', '06-14', 'operator', 'f3')),
    ];
    const story = tell('a1-rs', lines);
    const [older] = story.of('outage.confirmed').map(({ data }) => data['outageId']);
    expect(story.of('credit.adjusted').map(({ data }) => [data['outageId'] === older, data['amount']])).toEqual([
      [true, fee('700.00')],
      [false, fee('0.00')],
    ]);
  });

  it('join over the end of a cycle: every credit of the other goes to 0.00', () => {
    const lines = [
      ...fault('cell-1', '06-25', '06-28'),
      ...fault('cell-1', '06-29', '07-03', 'operator', 'f2'),
      ...allKnown('07-10', fault('cell-1', '06-28', '06-29', 'operator', 'f3')),
    ];
    const story = tell('a1-rs', lines);
    expect(story.credits().sort()).toEqual(['193.55', '600.00']);
    expect(story.of('credit.adjusted').map(({ data }) => data['amount'])).toEqual([
      fee('600.00'),
      fee('0.00'),
      fee('0.00'),
    ]);
  });

  it('split one: the first part keeps it', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-16'),
      ...allKnown('06-20', [cleared('cell-1', '06-12 12:00'), opened('cell-1', '06-13')]),
    ];
    const story = tell('a1-rs', lines);
    expect(story.brief().slice(3)).toEqual([
      '06-20 00:00:00 repair.overdue',
      '06-20 00:00:00 outage.confirmed',
      '06-20 00:00:00 credit now 250.00 (-350.00, revision 1)',
      '06-20 00:00:00 credit 300.00',
    ]);
    const [kept, fresh] = story.of('outage.confirmed').map(({ data }) => data['outageId']);
    expect(story.of('credit.adjusted')[0]!.data['outageId']).toBe(kept);
    expect(story.of('credit.granted')[1]!.data['outageId']).toBe(fresh);
  });

  it('split one so that the first part is too short: it keeps the name and is withdrawn', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-16'),
      ...allKnown('06-20', [cleared('cell-1', '06-11'), opened('cell-1', '06-12')]),
    ];
    const story = tell('a1-rs', lines);
    expect(story.credits()).toEqual(['400.00']);
    const [kept, fresh] = story.of('outage.confirmed').map(({ data }) => data['outageId']);
    expect(story.of('outage.withdrawn')[0]!.data['outageId']).toBe(kept);
    expect(fresh).not.toBe(kept);
  });

  it('join and split again: the money follows, no id comes twice', () => {
    const lines = [
      ...fault('cell-1', '06-01', '06-04'),
      ...fault('cell-1', '06-05', '06-08', 'operator', 'f2'),
      ...allKnown('06-20', fault('cell-1', '06-04', '06-05', 'operator', 'f3')),
      known('06-21', cleared('cell-1', '06-04 00:10', 'f3')),
    ];
    const story = tell('a1-rs', lines);
    expect(
      story
        .credits()
        .map(Number)
        .reduce((sum, value) => sum + value, 0),
    ).toBeCloseTo(600.69, 2);
  });

  it('a fault heard of before its service or element is upserted', () => {
    const early = [
      known('06-20', element('cell-1', 'a1-rs')),
      known('06-21', upsert('s1', 'a1-rs')),
      ...out,
      ...fault('s1', '06-13', '06-14', 'operator', 'f2'),
    ];
    expect(told(inOrder(early)).brief()).toEqual([
      '06-21 00:00:00 repair.overdue',
      '06-21 00:00:00 outage.confirmed',
      '06-21 00:00:00 credit 400.00',
    ]);
  });

  it('a clearing before its opening is kept and applied at its own time', () => {
    const lines = [cleared('cell-1', '06-13'), known('06-20', opened('cell-1', '06-10'))];
    expect(tell('a1-rs', lines).credits()).toEqual(['300.00']);
  });

  it('a clearing at or before the opening closes nothing that lasts', () => {
    const before = [opened('cell-1', '06-10'), known('06-11', cleared('cell-1', '06-09')), cleared('cell-1', '06-13')];
    expect(tell('a1-rs', before).credits()).toEqual(['300.00']);
    expect(tell('a1-rs', [opened('cell-1', '06-10'), cleared('cell-1', '06-10')], {}, '07-01').brief()).toEqual([]);
  });

  it('an update before its opening is kept', () => {
    const lines = [
      updated('cell-1', '06-11', { responsibility: 'weather' }),
      cleared('cell-1', '06-14'),
      known('06-20', opened('cell-1', '06-09')),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual([]);
    expect(tell('mtel-at', lines).credits()).toEqual(['5.00']);
  });

  it('opened again while open: an update', () => {
    const lines = [
      opened('cell-1', '06-10', 'weather'),
      opened('cell-1', '06-11', 'operator'),
      cleared('cell-1', '06-14'),
    ];
    const story = tell('a1-rs', lines);
    expect(story.credits()).toEqual(['300.00']);
    expect(story.of('repair.overdue')[0]!.time, 'the clock runs from the first opening').toBe(local('06-12 00:00:01'));
  });

  it('opened again after it was cleared: anew', () => {
    const lines = [...fault('cell-1', '06-10', '06-13'), ...fault('cell-1', '06-15', '06-18')];
    const story = tell('a1-rs', lines);
    expect(story.credits()).toEqual(['300.00', '300.00']);
    expect(new Set(story.of('credit.granted').map(({ data }) => data['outageId'])).size).toBe(2);
  });

  it('opened anew at the instant of the clearing: goes on, with what the new opening says', () => {
    const lines = [
      opened('cell-1', '06-10', 'weather', { accessBarred: true }),
      cleared('cell-1', '06-11'),
      opened('cell-1', '06-11'),
      cleared('cell-1', '06-14'),
    ];
    expect(tell('a1-rs', lines).credits()).toEqual(['300.00']);
  });

  it('everything recorded days later in one go: the same money, marked late', () => {
    const story = tell('a1-rs', allKnown('08-20', [...out, ...fault('cell-1', '06-28', '07-03', 'operator', 'f2')]));
    expect(story.brief()).toEqual([
      '08-20 00:00:00 repair.overdue',
      '08-20 00:00:00 outage.confirmed',
      '08-20 00:00:00 repair.overdue',
      '08-20 00:00:00 outage.confirmed',
      '08-20 00:00:00 credit 300.00',
      '08-20 00:00:00 credit 300.00',
      '08-20 00:00:00 credit 193.55',
    ]);
    for (const { data } of story.all) if (data['audience'] !== 'noc') expect(data['late']).toBe(true);
  });

  it('opened and cleared below the limit in one go: nothing is ever decided', () => {
    expect(tell('a1-rs', allKnown('08-20', fault('cell-1', '06-10', '06-12'))).brief()).toEqual([]);
  });

  it('duplicates change nothing', () => {
    const lines = [...world('a1-rs'), ...out];
    const once = told(lines).all;
    expect(told(lines.flatMap((line) => [line, line])).all).toEqual(once);
    expect(told([...lines, ...lines]).all).toEqual(once);
  });

  it('an id is taken once: the same with other content is rejected, and changes nothing', () => {
    const [open, clear] = out;
    const story = tell('a1-rs', [open!, clear!, { ...cleared('cell-1', '06-20'), id: open!.id }]);
    expect(story.credits()).toEqual(['300.00']);
    expect(story.of('event.rejected')[0]!.data['reason']).toBe('id-reused');
  });

  it('the outage is named by the first fault heard of, also where its start was corrected', () => {
    const lines = [
      opened('cell-1', '06-10', 'operator', { faultId: 'early' }),
      opened('cell-1', '06-10 06:00', 'operator', { faultId: 'second' }),
      known('06-11', opened('cell-1', '06-09 12:00', 'operator', { faultId: 'early' })),
    ];
    const story = tell('a1-rs', lines, {}, '06-20');
    expect(story.of('outage.confirmed')[0]!.data['outageId']).toBe('s1:cell-1/early');
  });

  it('an outage of earlier that comes to light does not rename the fault of a later one', () => {
    const lines = [
      opened('cell-1', '06-10'),
      ...allKnown('06-14', [opened('cell-1', '06-01'), cleared('cell-1', '06-01 20:00')]),
    ];
    const story = told(
      inOrder([
        ...world('a1-rs'),
        ...lines,
        // It moves onto the broken cell, and passes 48 h after the rest.
        element('cell-2', 'a1-rs'),
        upsert('s2', 'a1-rs', { servedBy: ['cell-2'] }),
        upsert('s2', 'a1-rs', {}, '06-13'),
      ]),
      '06-20',
    );
    expect(story.of('repair.overdue')).toHaveLength(2);
    expect(story.notices('regulator'), 'one for the incident').toHaveLength(1);
    expect(story.notices('noc'), 'and the marks').toHaveLength(2);
  });

  it('a report of equipment of earlier that comes to light leaves the credit of the later one alone', () => {
    const lines = [
      reported('s1', '06-10'),
      replaced('s1', '06-12'),
      ...allKnown('06-20', [reported('s1', '06-01'), replaced('s1', '06-02')]),
    ];
    expect(tell('a1-rs', lines).brief()).toEqual(['06-12 00:00:00 credit 200.00', '06-20 00:00:00 credit 100.00']);
  });

  it('names with slashes are not mixed up', () => {
    const story = told(
      inOrder([
        element('a', 'a1-rs'),
        element('a/b', 'a1-rs'),
        upsert('s1', 'a1-rs', { servedBy: ['a', 'a/b'] }),
        ...fault('a', START, '06-13', 'weather', 'b/c'),
        ...fault('a/b', START, '06-13', 'operator', 'c'),
      ]),
    );
    expect(story.credits()).toEqual(['300.00']);
  });
});

describe('MTEL: late facts and shared days', () => {
  it('the earlier outage comes to light: the shared day stays paid once', () => {
    const lines = [
      ...fault('cell-1', '06-12 12:00', '06-14 06:00'),
      ...allKnown('06-20', fault('cell-1', '06-10', '06-12 06:00', 'operator', 'f2')),
    ];
    expect(tell('mtel-at', lines).brief()).toEqual([
      '06-13 12:00:01 outage.confirmed',
      '06-14 06:15:00 credit 3.00',
      '06-20 00:00:00 outage.confirmed',
      '06-20 00:00:00 credit 2.00',
    ]);
  });

  it('the outage that paid the shared day goes: the other pays it', () => {
    const lines = [
      ...fault('cell-1', '06-10', '06-12 06:00'),
      ...fault('cell-1', '06-12 12:00', '06-14 06:00', 'operator', 'f2'),
      known('06-20', updated('cell-1', '06-10', { responsibility: 'subscriber' })),
    ];
    expect(tell('mtel-at', lines).credits()).toEqual(['3.00']);
  });
});

describe('notices', () => {
  it('the subscriber with overdue, credit, extension, compensation, termination, parking', () => {
    const templates = (story: Decisions) =>
      story
        .of('notice.requested')
        .filter(({ data }) => data['audience'] === 'subscriber')
        .map(({ data }) => data['template']);
    expect(templates(lasting('a1-rs', 72))).toEqual(['repair-overdue', 'credit-granted']);
    expect(templates(lasting('truf-rs', 72, 0, 0, { outagePreference: 'extension' }))).toEqual([
      'repair-overdue',
      'extension-granted',
    ]);
    expect(templates(lasting('mtel-at', 24 * 15))).toEqual(['termination-allowed', 'credit-granted']);
    const late = [...fault('cell-1', '06-10', '06-13'), known('06-20', cleared('cell-1', '06-12 12:00'))];
    expect(templates(tell('a1-rs', late))).toEqual(['repair-overdue', 'credit-granted', 'credit-adjusted']);
    expect(templates(tell('a1-rs', [portingAccepted('s1', '06-01'), portingCompleted('s1', '06-05')]))).toEqual([
      'porting-compensation',
    ]);
    expect(templates(tell('truf-rs', [parked('s1', '06-01')], {}, '08-01'))).toEqual(['parking-exceeded']);
  });

  it('in the language and on the channels of the record, and never a number', () => {
    const contact = { msisdn: '+381641234567', email: 'a@example.rs' };
    const story = lasting('a1-rs', 72, 0, 0, { language: 'en', notifyBy: ['email', 'sms'], contact });
    for (const { data } of story.of('notice.requested', 's1')) {
      expect(data).toMatchObject({ language: 'en', channels: ['email', 'sms'], class: 'legal' });
    }
    expect(JSON.stringify(story.all)).not.toMatch(/641234567|example\.rs/);
  });

  it('the regulator once for an incident: many services, two cells under one core', () => {
    const story = told(
      inOrder([
        element('core-1', 'a1-rs', { kind: 'core' }),
        element('cell-1', 'a1-rs', { parent: 'core-1' }),
        element('cell-2', 'a1-rs', { parent: 'core-1' }),
        ...['s1', 's2', 's3'].map((id) => upsert(id, 'a1-rs')),
        ...['s4', 's5'].map((id) => upsert(id, 'a1-rs', { servedBy: ['cell-2'] })),
        // One of them is out longer already.
        opened('s5', '06-09 12:00', 'operator', { faultId: 'own' }),
        ...fault('core-1', START, '06-13'),
      ]),
    );
    expect(story.of('repair.overdue')).toHaveLength(5);
    expect(story.notices('regulator')).toEqual(['06-11 12:00:01 regulator-outage a1-rs']);
    expect(story.notices('noc')).toHaveLength(2);
  });

  it('cells that were seen to fail a minute before their core did: still one incident', () => {
    const story = told(
      inOrder([
        element('core-1', 'a1-rs', { kind: 'core' }),
        ...['cell-1', 'cell-2'].map((id) => element(id, 'a1-rs', { parent: 'core-1' })),
        upsert('s1', 'a1-rs'),
        upsert('s2', 'a1-rs', { servedBy: ['cell-2'] }),
        ...fault('cell-1', '06-09 23:59', '06-13', 'unknown', 'silent'),
        ...fault('cell-2', '06-09 23:58', '06-13', 'unknown', 'silent'),
        ...fault('core-1', START, '06-12 23:00'),
      ]),
    );
    expect(story.of('repair.overdue')).toHaveLength(2);
    expect(story.notices('regulator')).toHaveLength(1);
  });

  it('a moment of the core in the middle does not make one incident of faults that have nothing else in common', () => {
    const story = told(
      inOrder([
        element('core-1', 'a1-rs', { kind: 'core' }),
        ...['cell-1', 'cell-2'].map((id) => element(id, 'a1-rs', { parent: 'core-1' })),
        upsert('s1', 'a1-rs'),
        upsert('s2', 'a1-rs', { servedBy: ['cell-2'] }),
        ...fault('cell-1', START, '06-13'),
        ...fault('cell-2', START, '06-13'),
        ...fault('core-1', '06-11 03:00', '06-11 03:05'),
      ]),
    );
    expect(story.of('repair.overdue')).toHaveLength(2);
    expect(story.notices('regulator')).toHaveLength(2);
  });

  it('two incidents: two notices', () => {
    const story = told(
      inOrder([
        ...world('a1-rs'),
        element('cell-2', 'a1-rs'),
        upsert('s2', 'a1-rs', { servedBy: ['cell-2'] }),
        ...fault('cell-1', START, '06-13'),
        ...fault('cell-2', START, '06-13'),
      ]),
    );
    expect(story.notices('regulator')).toHaveLength(2);
  });

  it('the operations centre at 24 h and at 40 h, also where the outage ends before the limit', () => {
    expect(lasting('a1-rs', 23, 59, 59).notices('noc')).toEqual([]);
    expect(lasting('a1-rs', 24).notices('noc')).toEqual(['06-11 00:00:00 noc-outage-clock a1-rs']);
    expect(lasting('truf-rs', 47).notices('noc')).toEqual([
      '06-11 00:00:00 noc-outage-clock truf-rs',
      '06-11 16:00:00 noc-outage-clock truf-rs',
    ]);
    expect(lasting('mtel-at', 47).notices('noc')).toHaveLength(2);
  });

  it('no service is served: nobody is told', () => {
    expect(told(inOrder([element('cell-1', 'a1-rs'), ...fault('cell-1', START, '06-13')])).all).toEqual([]);
  });

  it('a message already sent stays sent: a withdrawn outage that is confirmed again is not overdue again', () => {
    const lines = [
      opened('cell-1', START),
      known('06-12 12:00', updated('cell-1', '06-10 01:00', { responsibility: 'weather' })),
      known('06-12 13:00', updated('cell-1', '06-10 02:00', { responsibility: 'operator' })),
    ];
    const story = tell('truf-rs', lines, {}, '06-20');
    expect(story.of('outage.confirmed')).toHaveLength(2);
    expect(story.of('repair.overdue')).toHaveLength(1);
    expect(story.notices('regulator')).toHaveLength(1);
  });
});

describe('ids, and the order of lines', () => {
  const lines = [
    ...world('a1-rs'),
    element('cell-2', 'a1-rs'),
    ...fault('cell-1', '06-10', '06-13'),
    ...fault('cell-2', '06-11', '06-15', 'operator', 'f2'),
    known('06-20', cleared('cell-1', '06-12 12:00')),
    known('06-20', upsert('s1', 'a1-rs', { servedBy: ['cell-1', 'cell-2'] }, '06-12 06:00')),
    known('06-20', suspended('s1', '06-14')),
    reported('s1', '06-16'),
    replaced('s1', '06-18'),
  ];

  it('the same story twice: the same to the letter', () => {
    expect(told(inOrder(lines)).all).toEqual(told(inOrder(lines)).all);
  });

  it('lines of one recordedtime in another order: the same decisions', () => {
    const straight = told(inOrder(lines)).all;
    const shuffled = inOrder([...lines].reverse());
    expect(shuffled).not.toEqual(inOrder(lines));
    expect(told(shuffled).all).toEqual(straight);
  });

  it('the id of a decision does not depend on when it was taken', () => {
    const out = fault('cell-1', '06-10', '06-13');
    const idOf = (story: Decisions) => story.of('credit.granted').map(({ id }) => id);
    expect(idOf(tell('a1-rs', out))).toEqual(idOf(tell('a1-rs', allKnown('08-01', out))));
  });
});
