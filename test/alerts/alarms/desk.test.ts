/** The desk: the list follows the log, survives any crash, and calls each person once. */
import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../alerts/alarms/catalogue.js';
import { AlarmDesk } from '../../../alerts/alarms/desk.js';
import { AlarmPictures } from '../../../alerts/alarms/views.js';
import { type DozorEvent, encodeEvent } from '../../../pipelines/domain/event.js';
import type { NetworkRecord } from '../../../pipelines/domain/network.js';
import type { Instant } from '../../../pipelines/domain/units.js';
import type { Log } from '../../../pipelines/io/log.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import type { Store } from '../../../pipelines/io/store.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { partitionOf } from '../../../pipelines/runtime/topics.js';
import { catalogueOf, did, element, ended, idOf, min, reported } from './told.js';

const RULES = catalogueOf([
  { id: 'signal', match: { probableCauses: ['lossOfSignal'] }, hold: 'PT2M', suppressesBelow: true },
]);
const partitions = { service: 2, element: 2, decisions: 2 };

class World {
  readonly log: Log = new MemoryLog();
  store: Store = new MemoryStore();
  owners = 0;

  async begin(): Promise<this> {
    for (const [topic, count] of [
      ['element-events', 2],
      ['decisions', 2],
      ['network', 1],
      ['facts', 1],
    ] as const)
      await this.log.ensureTopic(topic, count);
    return this;
  }

  open(catalogue: Catalogue = RULES, store = this.store): Promise<AlarmDesk> {
    const zoneOf = () => 'Europe/Belgrade';
    const owner = `o${this.owners++}`;
    return AlarmDesk.open({ log: this.log, store, owner, catalogue, calls: true, zoneOf, partitions, partitionOf });
  }

  async write(...events: readonly DozorEvent[]): Promise<void> {
    for (const event of events) {
      const value = Buffer.from(JSON.stringify(encodeEvent(event)));
      const partition = partitionOf(event.subject, partitions.element);
      await this.log.append({ topic: 'element-events', partition }, [{ key: event.subject, value }]);
    }
  }

  async network(...records: readonly NetworkRecord[]): Promise<void> {
    for (const told of records) await this.log.append({ topic: 'network', partition: 0 }, [json({ tick: 1, told })]);
  }

  /** All service tasks, or one of them, have told this clock. */
  async clock(clock: Instant, tasks = [0, 1]): Promise<void> {
    for (const task of tasks) {
      const told = { is: 'frontier', from: `service-${task}`, tick: 1, clock };
      await this.log.append({ topic: 'facts', partition: 0 }, [json({ tick: 1, told })]);
    }
  }

  /** Who was called, in the order of the log. */
  async called(): Promise<readonly string[]> {
    const called: { readonly line: string; readonly id: string }[] = [];
    for (const partition of [0, 1]) {
      for (const { value } of await this.log.read({ topic: 'decisions', partition }, 0, 1_000)) {
        const { id, type, time, data } = JSON.parse(Buffer.from(value).toString('utf8'));
        if (type === 'notice.requested')
          called.push({ id, line: `${time.slice(11, 16)} ${data.parameters.resource} ${data.parameters.to}` });
      }
    }
    // What is sent twice has one id, and readers drop the copy.
    return [...new Map(called.map(({ id, line }) => [id, line])).values()].sort();
  }
}

const json = (value: unknown) => ({ key: '', value: Buffer.from(JSON.stringify(value)) });
async function work(desk: AlarmDesk): Promise<void> {
  while (await desk.work());
}

describe('the desk', () => {
  it('shows a report at once, and calls nobody before the clock says that all is read', async () => {
    const world = await new World().begin();
    await world.network(element('c1'));
    const desk = await world.open();
    await world.write(reported('c1', min(0)));
    await work(desk);
    expect(new AlarmPictures(desk.list).alarm(idOf('c1'))).toMatchObject({
      perceivedSeverity: 'critical',
      state: { is: 'raised' },
    });
    await world.clock(min(60), [0]);
    await work(desk);
    expect(await world.called()).toEqual([]);
    await world.clock(min(3), [1]);
    await work(desk);
    expect(await world.called()).toEqual(['22:02 c1 shift']);
    expect(await desk.caughtUp()).toBe(true);
  });

  it('calls by a decision that says why, for whom, and what to do', async () => {
    const world = await new World().begin();
    await world.network(element('core', { kind: 'core' }), element('c1', { parent: 'core' }));
    const desk = await world.open();
    await world.write(reported('c1', min(0)), reported('core', min(1)));
    await world.clock(min(4));
    await work(desk);
    const { value } = (
      await Promise.all([0, 1].map((partition) => world.log.read({ topic: 'decisions', partition }, 0, 9)))
    ).flat()[0]!;
    const { type, subject, time, data } = JSON.parse(Buffer.from(value).toString('utf8'));
    expect({ type, subject, time }).toEqual({
      type: 'notice.requested',
      subject: 'a1-rs',
      time: '2026-06-10T22:03:00+02:00',
    });
    expect(data).toMatchObject({
      audience: 'noc',
      template: 'noc-alarm',
      channels: ['page'],
      clause: 'alarm rule signal',
      late: false,
    });
    expect(data.because).toMatchObject({
      alarm: idOf('core'),
      rule: 'signal',
      explains: { alarms: 1, resources: 1 },
      since: '2026-06-10T22:01:00+02:00',
    });
    expect(data.parameters).toMatchObject({
      owner: 'noc',
      runbook: 'docs/alarms.md#signal-lost',
      step: 1,
      explains: 1,
    });
  });

  it('takes what it decided itself, and what is none of its own, for what it is', async () => {
    const world = await new World().begin();
    const desk = await world.open();
    const odd = [
      { key: 'c1', value: Buffer.from('no json') },
      json({ type: 'kpi.sampled' }),
      json({ type: 'alarm.reported', data: {} }),
    ];
    await world.log.append({ topic: 'element-events', partition: 0 }, odd);
    await world.log.append({ topic: 'decisions', partition: 0 }, [
      json({ type: 'alarm.raised' }),
      json({ type: 'credit.granted' }),
    ]);
    await work(desk);
    expect(desk.stand).toMatchObject({ alarms: 0, missed: 0 });
  });

  it('made anew from an old log it knows what stands, and wakes nobody for what is history', async () => {
    const world = await new World().begin();
    await world.network(element('c1'), element('c2'));
    await world.write(reported('c1', min(0)), reported('c2', min(100)), did('acknowledged', 'c1', min(5)));
    await world.clock(min(103));
    const desk = await world.open();
    await work(desk);
    expect(await world.called()).toEqual(['23:42 c2 shift']);
    const shown = new AlarmPictures(desk.list).alarm(idOf('c1'));
    expect(shown).toMatchObject({ announcedAt: min(2), operatorState: { is: 'acknowledged' } });
  });

  it('stands for no more than it was told: another owner fences it off', async () => {
    const world = await new World().begin();
    const first = await world.open();
    await work(first);
    const second = await world.open();
    await world.write(reported('c1', min(0)));
    await expect(work(first)).rejects.toThrow();
    await work(second);
    expect(second.stand.alarms).toBe(1);
  });
});

/** A store whose n-th commit is lost, or whose answer is. */
function breaking(store: Store, at: number, lost: 'commit' | 'answer'): Store {
  let commits = 0;
  return new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (name !== 'commit') return typeof value === 'function' ? value.bind(target) : value;
      return async (...given: Parameters<Store['commit']>) => {
        const breaks = ++commits === at;
        if (breaks && lost === 'commit') throw new Error('the wire is cut');
        const own = await target.commit(...given);
        if (breaks) throw new Error('the wire is cut');
        return own;
      };
    },
  });
}

describe('whenever it dies', () => {
  const story = async (world: World, crashes: (step: number) => boolean): Promise<readonly string[]> => {
    let desk = await world.open();
    const steps: readonly (() => Promise<void>)[] = [
      () => world.network(element('core', { kind: 'core' }), element('c1', { parent: 'core' }), element('c2')),
      () => world.write(reported('c1', min(0)), reported('c2', min(0.5))),
      () => world.write(reported('core', min(1))),
      () => world.clock(min(2)),
      () => world.clock(min(4)),
      () => world.write(did('acknowledged', 'core', min(5)), ended('c2', min(6))),
      () => world.clock(min(15)),
      () => world.write(ended('core', min(16))),
      () => world.clock(min(40)),
      () => world.write(ended('c1', min(41))),
      () => world.clock(min(60)),
    ];
    for (const [i, step] of steps.entries()) {
      await step();
      if (crashes(i)) {
        await desk.work();
        desk = await world.open();
      }
      await work(desk);
    }
    return world.called();
  };

  it('after every step, the same are called, once each', async () => {
    const whole = await story(await new World().begin(), () => false);
    expect(whole).toEqual(['22:02 c2 shift', '22:03 core shift', '22:18 c1 shift', '22:28 c1 on-call']);
    for (let at = 0; at < 11; at++)
      expect(await story(await new World().begin(), (step) => step === at), `died at step ${at}`).toEqual(whole);
    expect(await story(await new World().begin(), () => true)).toEqual(whole);
  });

  it.each(['commit', 'answer'] as const)('with a lost %s, the same are called', async (lost) => {
    const whole = await story(await new World().begin(), () => false);
    for (let at = 1; at < 12; at++) {
      const world = await new World().begin();
      world.store = breaking(world.store, at, lost);
      expect(await story(world, () => false), `commit ${at}`).toEqual(whole);
    }
  });
});
