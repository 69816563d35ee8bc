/** The life of one alarm: raised and cleared by evidence or a named person, apart from what people and automation make of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlarmFact, type LifeRule, lifeOf, withFact } from '../../../alerts/alarms/life.js';
import { DAY, FOREVER, HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { min } from './told.js';

const RULE: LifeRule = {
  hold: 2 * MINUTE,
  rejoin: 5 * MINUTE,
  flap: { raises: 5, within: 10 * MINUTE, quiet: 15 * MINUTE },
  staleAfter: DAY,
};
let refs = 0;
const at = (minutes: number) => ({ at: min(minutes), known: min(minutes), ref: `r${refs++}` });
const up = (minutes: number, perceivedSeverity: 'critical' | 'major' | 'minor' | 'cleared' = 'major'): AlarmFact => ({
  ...at(minutes),
  do: 'reported',
  said: { perceivedSeverity },
});
const down = (minutes: number, by?: string): AlarmFact => ({ ...at(minutes), do: 'ended', ...(by && { by }) });
const ack = (minutes: number): AlarmFact => ({ ...at(minutes), do: 'acknowledged', by: 'shift' });
const unack = (minutes: number): AlarmFact => ({ ...at(minutes), do: 'unacknowledged', by: 'shift' });
const shelve = (minutes: number, until: number): AlarmFact => ({
  ...at(minutes),
  do: 'shelved',
  by: 'shift',
  reason: 'works of the landlord',
  until: min(until),
});
const facts = (...all: AlarmFact[]) => all.reduce<readonly AlarmFact[]>(withFact, []);
const life = (now: number, ...all: AlarmFact[]) => lifeOf(facts(...all), RULE, min(now));

describe('the resource', () => {
  it('is raised from its report on, and cleared by its end', () => {
    expect(life(1, up(0)).standing).toMatchObject({ from: min(0), to: FOREVER });
    expect(life(9, up(0), down(7)).standing).toMatchObject({ from: min(0), to: min(7), clearedBy: 'evidence' });
  });

  it('is cleared by a report of severity cleared too', () => {
    expect(life(9, up(0), up(7, 'cleared')).standing).toMatchObject({ to: min(7) });
  });

  it('is cleared by a person, who is named by his role', () => {
    expect(life(9, up(0), down(7, 'field-team')).standing).toMatchObject({ to: min(7), clearedBy: 'field-team' });
  });

  it('is never cleared by silence: after a day without a word it is stale, and stands', () => {
    const silent = life(24 * 60, up(0));
    expect(silent.standing!.to).toBe(FOREVER);
    expect(silent.staleSince).toBe(min(24 * 60));
    expect(life(24 * 60 - 1, up(0)).staleSince).toBeUndefined();
    expect(life(24 * 60, up(0), up(10)).staleSince).toBeUndefined();
  });

  it('that ends and is raised at one instant has ended and is raised', () => {
    expect(life(9, up(0), down(7), up(7)).standing).toMatchObject({ to: FOREVER, repeats: 1 });
  });

  it('that is raised and ends at one instant has stood for no time', () => {
    expect(life(9, down(7), up(7)).standing).toMatchObject({ from: min(7), to: min(7) });
  });

  it('raised again just under five minutes after is the same standing; exactly five is another', () => {
    expect(life(20, up(0), down(5), up(9.99)).standing).toMatchObject({ from: min(0), repeats: 1 });
    expect(life(20, up(0), down(5), up(10)).standing).toMatchObject({ from: min(10), repeats: 0 });
  });

  it('an end that comes before the report closes nothing', () => {
    expect(life(9, down(1), up(2)).standing).toMatchObject({ from: min(2), to: FOREVER });
  });
});

describe('held long enough', () => {
  it('is shown when it has stood for two minutes, exactly as long is enough', () => {
    expect(life(1, up(0))).toMatchObject({ heldAt: min(2), wake: min(2) });
    expect(life(2, up(0), down(2)).heldAt).toBe(min(2));
  });

  it('begins to wait anew where it ended before', () => {
    expect(life(9, up(0), down(1)).heldAt).toBe(FOREVER);
    expect(life(9, up(0), down(1), up(5)).heldAt).toBe(min(7));
  });

  it('does not wait again within the same standing', () => {
    expect(life(9, up(0), down(4), up(6)).heldAt).toBe(min(2));
  });
});

describe('what people do', () => {
  it('acknowledged it stays so while it stands, and a new standing is to be acknowledged anew', () => {
    expect(life(5, up(0), ack(1)).operator).toEqual({ is: 'acknowledged', at: min(1), by: 'shift' });
    expect(life(30, up(0), ack(1), down(2), up(20)).operator.is).toBe('none');
    expect(life(30, up(0), ack(1), down(2), up(6)).operator.is).toBe('acknowledged');
  });

  it('worse than what was acknowledged is news, as bad or better is not', () => {
    expect(life(9, up(0), ack(1), up(3, 'critical')).operator.is).toBe('none');
    expect(life(9, up(0), ack(1), up(3, 'minor')).operator.is).toBe('acknowledged');
    expect(life(9, up(0), ack(1), up(3, 'minor'), up(4)).operator.is).toBe('acknowledged');
  });

  it('shelved it is until its time, with a reason, also when raised anew; not a moment longer', () => {
    const shelved = { is: 'shelved', reason: 'works of the landlord', until: min(60), by: 'shift', at: min(1) };
    expect(life(59, up(0), shelve(1, 60), down(10), up(40)).operator).toEqual(shelved);
    expect(life(60, up(0), shelve(1, 60), down(10), up(40)).operator.is).toBe('none');
    expect(life(59, up(0), shelve(1, 60)).wake).toBe(min(60));
  });

  it('a shelf that ended before a later acknowledgement does not stand in its way', () => {
    expect(life(90, up(0), shelve(1, 60), ack(61)).operator.is).toBe('acknowledged');
  });

  it('closes it, and clears nothing by that', () => {
    const closed = life(9, up(0), { ...at(3), do: 'closed', by: 'lead' });
    expect(closed.operator).toEqual({ is: 'closed', at: min(3), by: 'lead' });
    expect(closed.standing!.to).toBe(FOREVER);
  });

  it('may come before what it is about, and is taken at its own time', () => {
    expect(life(9, ack(1)).standing).toBeUndefined();
    expect(life(9, ack(3), up(1)).operator.is).toBe('acknowledged');
  });
});

describe('flapping', () => {
  const dips = (count: number, every: number) =>
    Array.from({ length: count }, (_, i) => [up(i * every), down(i * every + every / 2)]).flat();

  it('begins with the fifth raise within ten minutes, not with the fourth', () => {
    expect(life(9, ...dips(4, 2)).flapping).toBeUndefined();
    expect(life(9, ...dips(5, 2)).flapping).toEqual({ raises: 5, until: min(23) });
  });

  it('exactly ten minutes for five is flapping, more is not', () => {
    expect(life(11, ...dips(5, 2.5)).flapping).toBeDefined();
    expect(life(11, ...dips(5, 2.51)).flapping).toBeUndefined();
  });

  it('ends when none came for a quarter of an hour', () => {
    expect(life(22.9, ...dips(5, 2)).flapping).toBeDefined();
    expect(life(23, ...dips(5, 2)).flapping).toBeUndefined();
  });
});

describe('the journal', () => {
  it('tells everything, each at its own time', () => {
    const lines: { at: number; line: string }[] = [];
    const story = facts(up(0), ack(3), up(4, 'critical'), shelve(5, 30), down(40, 'field-team'));
    lifeOf(story, RULE, min(60), ({ at, what, by }) =>
      lines.push({ at, line: `${(at - min(0)) / MINUTE} ${what}, ${by}` }),
    );
    expect(lines.sort((a, b) => a.at - b.at).map(({ line }) => line)).toEqual([
      '0 raised, evidence',
      '3 acknowledged, shift',
      '4 severity changed, evidence',
      '4 unacknowledged: it has become worse, automation',
      '5 shelved, shift',
      '30 unshelved: its time is over, automation',
      '40 cleared, field-team',
    ]);
  });
});

describe('whatever order facts come in', () => {
  const minute = fc.integer({ min: 0, max: 60 });
  const fact = fc.oneof(
    minute.map((m) => up(m)),
    minute.map((m) => up(m, 'critical')),
    minute.map((m) => down(m)),
    minute.map((m) => ack(m)),
    minute.map((m) => unack(m)),
    minute.map((m) => shelve(m, m + 20)),
  );
  it('the life is the same, and the same fact twice is once', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (story, chances) => {
        const shuffled = story.map((one) => ({ one, by: chances.next().value! })).sort((a, b) => a.by - b.by);
        const twice = [...shuffled, ...shuffled.slice(0, 5)].map(({ one }) => one);
        expect(lifeOf(facts(...twice), RULE, min(61))).toEqual(lifeOf(facts(...story), RULE, min(61)));
      }),
    );
  });

  it('stands if and only if a plain count of reports and ends says so', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(minute, fc.boolean()), { selector: ([m]) => m, maxLength: 20 }), (words) => {
        const story = words.map(([m, isUp]) => (isUp ? up(m) : down(m)));
        const last = [...words].sort(([a], [b]) => a - b).at(-1);
        const { standing } = lifeOf(facts(...story), { ...RULE, staleAfter: HOUR }, min(61));
        expect(standing?.to === FOREVER).toBe(last?.[1] ?? false);
      }),
    );
  });
});
