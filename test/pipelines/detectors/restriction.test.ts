/** What becomes of a proposal to restrict (A1 14.2, 15.5), told through `limits`, of which it is a part. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../pipelines/detectors/limits.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { decodeData } from '../../../pipelines/domain/event.js';
import { a1, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

/** Active since the morning of 10 June: without a day before it, above the limit is atypical. */
const record = { activeFrom: '2026-06-10T08:00:00+02:00', limits: { daily: { dataBytes: 100 } } };
const data = (bytes: number) => ({ kind: 'data', direction: 'out', bytes });
const begun = (options: ToldOptions = {}) =>
  new UsageTold(limits, { record, from: '2026-06-10 08:00', submitted: 'at-once', ...options });
/** Atypical, told and proposed at noon. */
const proposed = (options: ToldOptions = {}) =>
  begun(options).use(data(101), '2026-06-10 12:00', '2026-06-10 12:00', 'too-much');
type Told = ReturnType<typeof proposed>;

type Kind = 'restriction' | 'security';
/** The proposal of another service just like this one: its id is known before it is made. */
const idOf = (kind: Kind = 'restriction') => proposed().of(`${kind}.proposed`)[0]!.id;
const ID = idOf();

const say = (story: Told, accepted: boolean, time: string, more: { known?: string; [field: string]: unknown } = {}) => {
  const { known = time, ...rest } = more;
  return story.hear('restriction.decided', { proposalId: ID, accepted, by: 'fraud-desk', ...rest }, time, known);
};
const wire = (time: string) => formatLocal(Date.parse(`${time.replace(' ', 'T')}:00+02:00`), a1.zone);

/** Each turn of a restriction: when, which episode, and until when or why. */
const turns = (story: Told) =>
  story.decisions.flatMap((one) => {
    const time = story.local(one).slice(8, 16);
    if (one.type === 'restriction.applied') {
      const { episode, until, services } = one.data;
      return [`${time} applied ${episode} ${services.join('+')} until ${formatLocal(until, a1.zone).slice(8, 16)}`];
    }
    return one.type === 'restriction.lifted' ? [`${time} lifted ${one.data.episode} ${one.data.reason}`] : [];
  });
const ALL = 'voice-out+sms-out+data';

describe('a proposal that is accepted restricts (A1 14.2)', () => {
  it('what was proposed, from then to the end of the window, and never what must stay', () => {
    const story = say(proposed(), true, '2026-06-10 13:00', { reason: 'calls to one number' }).until('2026-06-12');
    expect(turns(story)).toEqual([`10T13:00 applied 1 ${ALL} until 11T00:00`, '11T00:00 lifted 1 window-over']);
    const [applied] = story.of('restriction.applied');
    expect(applied!.data).toEqual({
      operator: 'a1-rs',
      clause: 'A1 14.2',
      because: {
        proposal: ID,
        accepted: true,
        by: 'fraud-desk',
        events: ['case#e3'],
        decidedAt: '2026-06-10T13:00:00+02:00',
        reason: 'calls to one number',
      },
      services: ['voice-out', 'sms-out', 'data'],
      keeps: ['emergency', 'customer-service', 'incoming'],
      from: story.at('2026-06-10 13:00'),
      until: story.at('2026-06-11'),
      proposalId: ID,
      proposed: 'restriction',
      window: 'day',
      measure: 'dataBytes',
      episode: 1,
    });
    const [lifted] = story.of('restriction.lifted');
    expect(lifted!.data).toMatchObject({
      clause: 'A1 15.5',
      services: ['voice-out', 'sms-out', 'data'],
      keeps: ['emergency', 'customer-service', 'incoming'],
      from: story.at('2026-06-10 13:00'),
      to: story.at('2026-06-11'),
      proposalId: ID,
    });
  });

  it('each turn is told to the subscriber, with what is restricted, what stays and until when', () => {
    const story = say(proposed(), true, '2026-06-10 13:00').until('2026-06-12');
    expect(story.notices.slice(1)).toEqual([
      '2026-06-10T13:00:00+02:00 restriction-applied',
      '2026-06-11T00:00:00+02:00 restriction-lifted',
    ]);
    expect(story.of('notice.requested')[1]!.data.parameters).toEqual({
      services: ['voice-out', 'sms-out', 'data'],
      keeps: ['emergency', 'customer-service', 'incoming'],
      from: '2026-06-10T13:00:00+02:00',
      until: '2026-06-11T00:00:00+02:00',
      window: 'day',
      measure: 'dataBytes',
    });
    expect(story.of('notice.requested')[2]!.data.parameters).toMatchObject({ reason: 'window-over' });
  });

  it('nobody decides: nothing is restricted', () => {
    expect(turns(proposed().until('2026-06-12'))).toEqual([]);
  });

  it('a proposal declined restricts nothing', () => {
    expect(turns(say(proposed(), false, '2026-06-10 13:00').until('2026-06-12'))).toEqual([]);
  });

  it('the proposed security too: services are restricted until it is given', () => {
    const security = { proposalId: idOf('security') };
    const story = say(proposed(), true, '2026-06-10 13:00', security);
    say(story, false, '2026-06-10 15:00', { ...security, reason: 'deposit paid' }).until('2026-06-12');
    expect(turns(story)).toEqual([`10T13:00 applied 1 ${ALL} until 11T00:00`, '10T15:00 lifted 1 declined']);
    expect(story.of('restriction.applied')[0]!.data.proposed).toBe('security');
  });

  it('only the services chosen; what must stay or was not proposed cannot be chosen', () => {
    const chosen = say(proposed(), true, '2026-06-10 13:00', { services: ['data', 'incoming', 'emergency', 'tv'] });
    expect(turns(chosen)).toEqual(['10T13:00 applied 1 data until 11T00:00']);
    const kept = say(proposed(), true, '2026-06-10 13:00', { services: ['emergency', 'incoming'] });
    expect(turns(kept.until('2026-06-12'))).toEqual([]);
    const greedy = turned(a1, 'limits', { restricts: ['data', 'emergency', 'incoming', 'school'], keeps: ['school'] });
    const story = begun({ pack: greedy }).use(data(101), '2026-06-10 12:00');
    expect(turns(say(story, true, '2026-06-10 13:00'))).toEqual(['10T13:00 applied 1 data until 11T00:00']);
    const { keeps } = story.of('restriction.applied')[0]!.data;
    expect(keeps).toEqual(['emergency', 'customer-service', 'incoming', 'school']);
  });

  it('a service that is not active is not restricted', () => {
    const story = proposed().turn('ended', '2026-06-10 12:30');
    expect(turns(say(story, true, '2026-06-10 13:00').until('2026-06-12'))).toEqual([]);
  });

  it('before the notice was submitted there is no proposal: an acceptance waits for it', () => {
    const story = proposed({ submitted: 'when-told' });
    say(story, true, '2026-06-10 13:00').until('2026-06-10 14:00');
    expect(turns(story)).toEqual([]);
    story.hear('notice.progressed', { template: 'traffic-atypical', state: 'submitted' }, '2026-06-10 15:00');
    expect(turns(story)).toEqual([`10T15:00 applied 1 ${ALL} until 11T00:00`]);
  });

  it('an acceptance may come before its proposal is known', () => {
    const story = say(begun(), true, '2026-06-10 11:00').use(data(101), '2026-06-10 12:00');
    expect(turns(story)).toEqual([`10T12:00 applied 1 ${ALL} until 11T00:00`]);
  });
});

describe('it is lifted when the reason ends (A1 15.5)', () => {
  it.each([
    ['just before the end of the window', '2026-06-10 23:59', ['10T23:59 lifted 1 until']],
    ['at the end of the window', '2026-06-11 00:00', ['11T00:00 lifted 1 until']],
    ['after it: the window is over', '2026-06-11 00:01', ['11T00:00 lifted 1 window-over']],
  ])('until %s', (_, until, lifted) => {
    const story = say(proposed(), true, '2026-06-10 13:00', { until: wire(until) }).until('2026-06-12');
    expect(turns(story).slice(1)).toEqual(lifted);
  });

  it('an until that has passed restricts nothing, nor does a word after the window', () => {
    const passed = say(proposed(), true, '2026-06-10 13:00', { until: wire('2026-06-10 13:00') });
    expect(turns(passed.until('2026-06-12'))).toEqual([]);
    expect(turns(say(proposed(), true, '2026-06-11 00:00').until('2026-06-12'))).toEqual([]);
    expect(turns(say(proposed(), true, '2026-06-10 13:00', { known: '2026-06-11 00:00' }))).toEqual([]);
    const last = say(proposed(), true, '2026-06-10 23:59:59.999').until('2026-06-12');
    expect(turns(last)).toEqual([`10T23:59 applied 1 ${ALL} until 11T00:00`, '11T00:00 lifted 1 window-over']);
  });

  it('turned round in the pack, an until outlasts the window', () => {
    const pack = turned(a1, 'limits', { ends: 'until' });
    const story = say(proposed({ pack }), true, '2026-06-11 09:00', { until: wire('2026-06-13 10:00') });
    expect(turns(story.until('2026-06-14'))).toEqual([
      `11T09:00 applied 1 ${ALL} until 13T10:00`,
      '13T10:00 lifted 1 until',
    ]);
    say(story, true, '2026-06-14 09:00', { until: wire('2026-06-15 10:00') });
    expect(turns(story).slice(2)).toEqual([`14T09:00 applied 2 ${ALL} until 15T10:00`]);
    const ahead = { known: '2026-06-11 09:00', until: wire('2026-06-11 10:00') };
    const later = say(proposed({ pack }), true, '2026-06-11 09:04', ahead).until('2026-06-11 09:30');
    expect(turns(later)).toEqual([`11T09:04 applied 1 ${ALL} until 11T10:00`]);
    const without = say(proposed({ pack }), true, '2026-06-10 13:00').until('2026-06-12');
    expect(turns(without).slice(1)).toEqual(['11T00:00 lifted 1 window-over']);
  });

  it('declined afterwards; accepted once more it is the next episode', () => {
    const story = say(proposed(), true, '2026-06-10 13:00');
    say(story, false, '2026-06-10 14:00');
    say(story, true, '2026-06-10 15:00').until('2026-06-12');
    expect(turns(story)).toEqual([
      `10T13:00 applied 1 ${ALL} until 11T00:00`,
      '10T14:00 lifted 1 declined',
      `10T15:00 applied 2 ${ALL} until 11T00:00`,
      '11T00:00 lifted 2 window-over',
    ]);
  });

  it('accepted again with the same content changes nothing; with another it is applied anew', () => {
    const story = say(proposed(), true, '2026-06-10 13:00');
    say(story, true, '2026-06-10 14:00', { services: ['voice-out', 'sms-out', 'data'] });
    say(story, true, '2026-06-10 15:00', { services: ['data'], until: wire('2026-06-10 20:00') }).until('2026-06-12');
    expect(turns(story)).toEqual([
      `10T13:00 applied 1 ${ALL} until 11T00:00`,
      '10T15:00 lifted 1 decided-anew',
      '10T15:00 applied 2 data until 10T20:00',
      '10T20:00 lifted 2 until',
    ]);
  });

  it('what another restriction stops stays stopped: nobody is told that it is available again', () => {
    const security = { proposalId: idOf('security'), services: ['data'] };
    const story = say(proposed(), true, '2026-06-10 13:00');
    say(say(story, true, '2026-06-10 13:00', security), false, '2026-06-10 14:00').until('2026-06-10 15:00');
    say(story, false, '2026-06-10 15:00', security).until('2026-06-12');
    const lifted = story
      .of('restriction.lifted')
      .map(({ data: of }) => [of.proposed, of.services, of.because['stillRestricted']]);
    expect(lifted).toEqual([
      ['restriction', ['voice-out', 'sms-out'], ['data']],
      ['security', ['data'], undefined],
    ]);
    const anew = say(say(proposed(), true, '2026-06-10 13:00'), true, '2026-06-10 14:00', {
      until: wire('2026-06-10 16:00'),
    });
    expect(anew.until('2026-06-10 15:00').of('restriction.lifted')[0]!.data.services).toEqual([]);
    expect(anew.notices.map((line) => line.slice(11)).slice(1)).toEqual([
      '13:00:00+02:00 restriction-applied',
      '14:00:00+02:00 restriction-applied',
    ]);
  });

  it('a correction makes the traffic typical; a further record atypical again: the next episode', () => {
    const story = say(proposed(), true, '2026-06-10 13:00');
    story.cancel('too-much', '2026-06-10 12:00', '2026-06-10 14:00').use(data(101), '2026-06-10 15:00');
    expect(turns(story.until('2026-06-12'))).toEqual([
      `10T13:00 applied 1 ${ALL} until 11T00:00`,
      '10T14:00 lifted 1 no-longer-atypical',
      `10T15:00 applied 2 ${ALL} until 11T00:00`,
      '11T00:00 lifted 2 window-over',
    ]);
  });

  it('at exactly twice the mean the traffic is typical; a byte more keeps the restriction', () => {
    const older = { ...record, activeFrom: '2026-06-09T00:00:00+02:00' };
    const story = (late: number) => {
      const told = new UsageTold(limits, { record: older, from: '2026-06-09 08:00', submitted: 'at-once' })
        .use(data(50), '2026-06-09 09:00')
        .use(data(202), '2026-06-10 12:00');
      return say(told, true, '2026-06-10 13:00').use(data(late), '2026-06-09 10:00', '2026-06-10 14:00');
    };
    expect(turns(story(50))).toHaveLength(1);
    expect(turns(story(51)).slice(1)).toEqual(['10T14:00 lifted 1 no-longer-atypical']);
  });

  it('a limit raised to the sum makes it typical; just under the sum it stays', () => {
    const raised = (dataBytes: number) =>
      say(proposed(), true, '2026-06-10 13:00').record(
        { ...record, limits: { daily: { dataBytes } } },
        '2026-06-10 14:00',
      );
    expect(turns(raised(100))).toHaveLength(1);
    expect(turns(raised(101)).slice(1)).toEqual(['10T14:00 lifted 1 no-longer-atypical']);
  });

  it('a long local day ends at its own midnight', () => {
    const autumn = { ...record, activeFrom: '2026-10-25T00:30:00+02:00' };
    const story = new UsageTold(limits, { record: autumn, from: '2026-10-25 00:30', submitted: 'at-once' });
    story.use(data(101), '2026-10-25 12:00');
    const { id } = story.of('restriction.proposed')[0]!;
    say(story, true, '2026-10-25 13:00', { proposalId: id }).until('2026-10-27');
    const [lifted] = story.of('restriction.lifted');
    expect(formatLocal(lifted!.time, a1.zone)).toBe('2026-10-26T00:00:00+01:00');
  });
});

describe('of several words the one of the latest time holds', () => {
  it('an older word that becomes known later changes nothing', () => {
    const story = say(proposed(), true, '2026-06-10 14:00');
    say(story, false, '2026-06-10 13:00', { known: '2026-06-10 15:00' });
    expect(turns(story.until('2026-06-10 16:00'))).toHaveLength(1);
  });

  it('a word that lies some minutes ahead takes effect at its time', () => {
    const story = say(proposed(), true, '2026-06-10 13:04', { known: '2026-06-10 13:00' }).until('2026-06-10 14:00');
    expect(turns(story)).toEqual([`10T13:04 applied 1 ${ALL} until 11T00:00`]);
  });

  it('a word on another proposal, or on none that exists, is not taken for this one', () => {
    const story = say(proposed(), true, '2026-06-10 13:00', { proposalId: 'f'.repeat(32) });
    expect(turns(story.until('2026-06-12'))).toEqual([]);
  });

  it('what stands at the end is a function of the words, whatever the order in which they become known', () => {
    const word = fc.record({
      minute: fc.integer({ min: 0, max: 59 }),
      accepted: fc.boolean(),
      services: fc.constantFrom(undefined, ['data'], ['voice-out', 'data']),
      until: fc.constantFrom(undefined, wire('2026-06-10 16:00'), wire('2026-06-10 20:00')),
    });
    const words = fc.uniqueArray(word, { minLength: 1, maxLength: 6, selector: ({ minute }) => minute });
    const standing = (said: readonly ReturnType<typeof fc.sample<unknown>>[number][], known: (i: number) => string) => {
      const story = proposed();
      (said as { minute: number; accepted: boolean; services?: string[]; until?: string }[]).forEach((one, i) => {
        const { minute, accepted, ...rest } = one;
        const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
        say(story, accepted, `2026-06-10 13:${String(minute).padStart(2, '0')}`, { ...given, known: known(i) });
      });
      story.until('2026-06-10 15:00');
      const applied = story.of('restriction.applied').at(-1);
      const lifted = story.of('restriction.lifted').at(-1);
      const stands = applied && applied.data.episode !== lifted?.data.episode;
      return stands ? [applied.data.services, applied.data.until] : null;
    };
    fc.assert(
      fc.property(
        words.chain((said) => fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length }))),
        ([said, shuffled]) => {
          const inOrder = standing(said, () => '2026-06-10 14:00');
          expect(standing(shuffled, () => '2026-06-10 14:00')).toEqual(inOrder);
          expect(standing(shuffled, (i) => `2026-06-10 14:0${i}`)).toEqual(inOrder);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a policy accepts at once where an operator wants it', () => {
  const pack = turned(a1, 'limits', { autoAccept: true });

  it('the restriction, not the security, when it is proposed', () => {
    const story = proposed({ pack }).until('2026-06-12');
    expect(turns(story)).toEqual([`10T12:00 applied 1 ${ALL} until 11T00:00`, '11T00:00 lifted 1 window-over']);
    const [applied] = story.of('restriction.applied');
    expect(applied!.data).toMatchObject({ proposed: 'restriction', proposalId: ID });
    expect(applied!.data.because).toEqual({ proposal: ID, accepted: true, by: 'policy/auto-accept' });
  });

  it('a person weighs more, before and after', () => {
    expect(turns(say(begun({ pack }), false, '2026-06-10 11:00').use(data(101), '2026-06-10 12:00'))).toEqual([]);
    const after = say(proposed({ pack }), false, '2026-06-10 11:59', { known: '2026-06-10 13:00' });
    expect(turns(after).slice(1)).toEqual(['10T13:00 lifted 1 declined']);
  });

  it('a window that is over when its records come is not restricted', () => {
    const story = begun({ pack }).use(data(101), '2026-06-10 12:00', '2026-06-11 09:00').until('2026-06-12');
    expect(story.of('restriction.proposed')).toHaveLength(1);
    expect(turns(story)).toEqual([]);
  });
});

describe('what is kept', () => {
  it('nothing of what restricted nothing, once the window is over', () => {
    const story = say(proposed(), false, '2026-06-10 13:00').until('2026-06-10 23:59');
    expect(story.state.restrictions).toHaveLength(1);
    story.use(data(1), '2026-06-11 00:00').until('2026-06-11 00:01');
    expect(story.state).not.toHaveProperty('restrictions');
  });

  it('how often a proposal restricted, in some bytes, for as long as late records can come', () => {
    const before = proposed().until('2026-06-11 12:00');
    const story = say(proposed(), true, '2026-06-10 13:00').until('2026-06-11 12:00');
    expect(story.state.restrictions).toMatchObject([{ episodes: 1, standing: null }]);
    expect(story.stateBytes - before.stateBytes).toBeLessThan(300);
    story.use(data(1), '2026-11-28 12:00').until('2026-11-28 13:00');
    expect(story.state).not.toHaveProperty('restrictions');
  });

  it('a word waits for its proposal for 170 days; of many words on one, the last is kept', () => {
    const story = begun();
    for (let i = 10; i < 60; i++) say(story, i % 2 === 0, `2026-06-10 10:${i}`);
    story.until('2026-06-10 11:00');
    expect(story.state.restrictions).toHaveLength(1);
    expect(story.state.restrictions![0]!.words).toHaveLength(1);
    story.use(data(1), '2026-11-27 12:00').use(data(1), '2026-11-27 13:00').until('2026-11-27 14:00');
    expect(story.state.restrictions).toBeUndefined();
  });
});

describe('the event', () => {
  const decided = (given: object) => decodeData('restriction.decided', { proposalId: 'p', accepted: true, ...given });
  it.each([
    [{}, 'by'],
    [{ by: 'Marko Marković' }, 'by'],
    [{ by: 'Fraud-desk' }, 'by'],
    [{ by: 'fraud-desk', accepted: 'yes' }, 'accepted'],
    [{ by: 'fraud-desk', until: 'tomorrow' }, 'until'],
    [{ by: 'fraud-desk', services: [] }, 'services'],
    [{ by: 'fraud-desk', services: [1] }, 'services.0'],
    [{ by: 'fraud-desk', proposalId: '' }, 'proposalId'],
  ])('with %j is refused, and the field is named', (given, field) => {
    expect(decided(given)).toMatchObject({ ok: false, problem: { field } });
  });
  it.each(['fraud-desk', 'policy/auto-accept', 'noc.shift-2'])('%s may decide', (by) => {
    expect(decided({ by }).ok).toBe(true);
  });
});
