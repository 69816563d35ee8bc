import fc from 'fast-check';
import kafkajs, { type Assigner, type Cluster } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import {
  type Claim,
  decodeClaim,
  encodeClaim,
  everythingAssigner,
  type OwnClaim,
  share,
  taskAssigner,
} from '../../../../pipelines/io/kafka/assigner.js';

const claim = (member: string, generation: number, partitions: readonly number[]): Claim => ({
  member,
  generation,
  partitions,
});

/** What any members may say: also what was never true, and the same partition twice. */
const claims = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 9 })
  .chain((members) =>
    fc.tuple(
      ...members.map((member) =>
        fc.record({
          member: fc.constant(member),
          generation: fc.nat(5),
          partitions: fc.array(fc.integer({ min: -1, max: 30 }), { maxLength: 20 }),
        }),
      ),
    ),
  );

describe('shares', () => {
  it('a partition goes to exactly one member, shares are within one of each other, whatever members claim', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 }), claims, (count, said) => {
        const shares = share(count, said);
        expect(new Set(shares.keys())).toEqual(new Set(said.map(({ member }) => member)));
        const all = [...shares.values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: count }, (_, at) => at));
        const sizes = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('the order in which members are listed changes nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 }), claims, fc.nat(), (count, said, turn) => {
        const at = turn % said.length;
        const turned = [...said.slice(at), ...said.slice(0, at)].reverse();
        expect(Object.fromEntries(share(count, turned))).toEqual(Object.fromEntries(share(count, said)));
      }),
    );
  });

  it('what was shared out once stays, with the same members', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 }), claims, (count, said) => {
        const shares = share(count, said);
        const settled = said.map(({ member }) => claim(member, 6, shares.get(member)!));
        expect(share(count, settled)).toEqual(shares);
      }),
    );
  });

  it('as few move as possible when members come and go', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), claims, fc.nat(3), fc.nat(3), (count, said, gone, come) => {
        const before = share(count, said);
        const left = said.slice(Math.min(gone, said.length - 1)).map(({ member }) => member);
        const fresh = Array.from({ length: come }, (_, at) => `new member ${at}`);
        const now = [
          ...left.map((member) => claim(member, 1, before.get(member)!)),
          ...fresh.map((member) => claim(member, 0, [])),
        ];
        const after = share(count, now);
        const kept = left.flatMap((member) =>
          before.get(member)!.filter((one) => after.get(member)!.includes(one)),
        ).length;
        expect(kept).toBe(mostThatCanStay(count, now));
      }),
    );
  });

  it('a member that comes to two takes a third of each', () => {
    const two = [claim('a', 3, [0, 1, 2, 3]), claim('b', 3, [4, 5, 6, 7])];
    const three = share(8, [...two, claim('c', 0, [])]);
    expect(three.get('a')).toEqual([0, 1, 2]);
    expect(three.get('b')).toEqual([4, 5, 6]);
    expect(three.get('c')).toEqual([3, 7]);
  });

  it('of two that claim the same the later generation is believed', () => {
    const zombie = claim('a', 4, [0, 1, 2, 3]);
    const owner = claim('b', 6, [2, 3]);
    const shares = share(4, [zombie, owner]);
    expect(shares.get('a')).toEqual([0, 1]);
    expect(shares.get('b')).toEqual([2, 3]);
  });

  it('with more members than partitions some have none', () => {
    const shares = share(2, [claim('a', 0, []), claim('b', 1, [1]), claim('c', 0, [])]);
    expect(shares.get('b')).toEqual([1]);
    expect([...shares.values()].map(({ length }) => length).sort()).toEqual([0, 1, 1]);
  });
});

describe('the claim in the metadata', () => {
  it('comes back as it was', () => {
    const said: OwnClaim = { generation: 7, partitions: [0, 5, 63] };
    expect(decodeClaim(encodeClaim(said))).toEqual(said);
  });

  it.each([undefined, '', 'not json', '{}', '[]', 'null', '{"generation":"1","partitions":[1]}', '{"generation":1}'])(
    'of another program is none: %s',
    (text) => {
      expect(decodeClaim(text === undefined ? undefined : Buffer.from(text))).toEqual({
        generation: 0,
        partitions: [],
      });
    },
  );
});

describe('the assigner', () => {
  const counts: Record<string, number> = { events: 4, contacts: 4, network: 2 };
  const cluster = {
    findTopicPartitionMetadata: (topic: string) =>
      Array.from({ length: counts[topic] ?? 0 }, (_, partitionId) => ({ partitionId })),
  } as unknown as Cluster;

  it('gives partition p of every shared topic to the same member, and the rest to everybody', async () => {
    const member = (partitions: readonly number[]) =>
      taskAssigner({
        partitioned: ['events', 'contacts'],
        everywhere: ['network'],
        claim: () => ({ generation: 2, partitions }),
      })({ cluster, groupId: 'g', logger: undefined as never });
    const topics = Object.keys(counts);
    const assigned = await assign(member([]), topics, { a: member([1, 3]), b: member([0]) });
    expect(assigned['a']).toEqual({ network: [0, 1], events: [1, 3], contacts: [1, 3] });
    expect(assigned['b']).toEqual({ network: [0, 1], events: [0, 2], contacts: [0, 2] });
  });

  it('that reads everything gives everything', async () => {
    const member = everythingAssigner({ cluster, groupId: 'g', logger: undefined as never });
    expect(await assign(member, ['events', 'network'], { a: member })).toEqual({
      a: { events: [0, 1, 2, 3], network: [0, 1] },
    });
  });
});

async function assign(leader: Assigner, topics: string[], members: Record<string, Assigner>) {
  const asked = Object.entries(members).map(([memberId, member]) => ({
    memberId,
    memberMetadata: member.protocol({ topics }).metadata,
  }));
  const answered = await leader.assign({ members: asked, topics });
  return Object.fromEntries(
    answered.map(({ memberId, memberAssignment }) => [
      memberId,
      kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)!.assignment,
    ]),
  );
}

/** The most partitions that can stay where they are with shares within one of each other, by trying every choice of who has one more. */
function mostThatCanStay(count: number, members: readonly Claim[]): number {
  const least = Math.floor(count / members.length);
  const gains = members.map(
    ({ partitions }) => [Math.min(partitions.length, least), Math.min(partitions.length, least + 1)] as const,
  );
  const base = gains.reduce((sum, [without]) => sum + without, 0);
  const extra = gains.map(([without, more]) => more - without).sort((a, b) => b - a);
  return base + extra.slice(0, count % members.length).reduce((sum, one) => sum + one, 0);
}
