/**
 * Who gets which partitions. In a group of tasks partition p of every shared topic goes to the same member, and all of some topics
 * to everybody. Partitions stay where they are as far as shares within one of each other allow: each member tells in its
 * metadata what it held, and in which generation of the group, and the word of the later generation counts.
 */
import kafkajs, { type PartitionAssigner } from 'kafkajs';

/** What a member says that it held, and in which generation of the group it was told so. */
export interface Claim {
  readonly member: string;
  readonly generation: number;
  readonly partitions: readonly number[];
}

/** What a member claims when it joins. */
export type OwnClaim = Omit<Claim, 'member'>;

/**
 * Shares `count` partitions out: every one to exactly one member, shares within one of each other, as few moved as that allows.
 * The same claims give the same shares, in whatever order they come.
 */
export function share(count: number, claims: readonly Claim[]): ReadonlyMap<string, readonly number[]> {
  const members = [...claims].sort((a, b) => compare(a.member, b.member));
  if (members.length === 0) return new Map();
  const kept = new Map(members.map(({ member }) => [member, [] as number[]]));
  for (let partition = 0; partition < count; partition++) {
    const holder = members
      .filter(({ partitions }) => partitions.includes(partition))
      .reduce<Claim | undefined>((best, one) => (!best || one.generation > best.generation ? one : best), undefined);
    if (holder) kept.get(holder.member)!.push(partition);
  }
  const least = Math.floor(count / members.length);
  // So many members have one more: those who hold the most already.
  let more = count % members.length;
  const byHeld = [...kept].sort(([a, x], [b, y]) => y.length - x.length || compare(a, b));
  const room = new Map<string, number>();
  for (const [member, partitions] of byHeld) {
    const size = more > 0 ? least + 1 : least;
    if (more > 0) more -= 1;
    partitions.splice(size);
    room.set(member, size - partitions.length);
  }
  const held = new Set([...kept.values()].flat());
  const takers = byHeld.flatMap(([member]) => Array.from({ length: room.get(member)! }, () => member));
  for (let partition = 0; partition < count; partition++) {
    if (!held.has(partition)) kept.get(takers.shift()!)!.push(partition);
  }
  return new Map([...kept].map(([member, partitions]) => [member, partitions.sort((a, b) => a - b)]));
}

// By code unit: the same on every machine, whatever its language.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export interface TaskAssignerGiven {
  /** Topics of which each member gets a share, by their names on the broker. */
  readonly partitioned: readonly string[];
  /** Topics of which each member gets all. */
  readonly everywhere: readonly string[];
  /** What this member claims, asked at each join. */
  readonly claim: () => OwnClaim;
}

/** For groups of tasks. */
export function taskAssigner({ partitioned, everywhere, claim }: TaskAssignerGiven): PartitionAssigner {
  return ({ cluster }) => ({
    name: 'dozor-tasks',
    version: 1,
    protocol: ({ topics }) => ({
      name: 'dozor-tasks',
      metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: encodeClaim(claim()) }),
    }),
    assign: async ({ members }) => {
      const partitions = (topic: string) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      const claims = members.map(({ memberId, memberMetadata }) => ({
        member: memberId,
        ...decodeClaim(kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData),
      }));
      const count = Math.max(...partitioned.map((topic) => partitions(topic).length));
      const shares = share(count, claims);
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: encodeAssignment([
          ...everywhere.map((topic) => [topic, partitions(topic)] as const),
          ...partitioned.map((topic) => {
            const there = new Set(partitions(topic));
            return [topic, shares.get(memberId)!.filter((partition) => there.has(partition))] as const;
          }),
        ]),
      }));
    },
  });
}

/** For a consumer that reads everything it subscribes to, alone in its group. */
export const everythingAssigner: PartitionAssigner = ({ cluster }) => ({
  name: 'dozor-everything',
  version: 1,
  protocol: ({ topics }) => ({
    name: 'dozor-everything',
    metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
  }),
  assign: async ({ members, topics }) => {
    const all = topics.map(
      (topic) => [topic, cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)] as const,
    );
    return members.map(({ memberId }) => ({ memberId, memberAssignment: encodeAssignment(all) }));
  },
});

function encodeAssignment(assignment: readonly (readonly [topic: string, partitions: readonly number[]])[]): Buffer {
  return kafkajs.AssignerProtocol.MemberAssignment.encode({
    version: 1,
    assignment: Object.fromEntries(assignment.map(([topic, partitions]) => [topic, [...partitions]])),
    userData: Buffer.alloc(0),
  });
}

export function encodeClaim(claim: OwnClaim): Buffer {
  return Buffer.from(JSON.stringify(claim));
}

/** Reads a claim; what cannot be read, or comes from another program, claims nothing. */
export function decodeClaim(bytes: Buffer | undefined): OwnClaim {
  const nothing: OwnClaim = { generation: 0, partitions: [] };
  if (!bytes || bytes.length === 0) return nothing;
  try {
    const { generation, partitions } = JSON.parse(bytes.toString()) as Partial<OwnClaim>;
    if (!Number.isSafeInteger(generation) || !Array.isArray(partitions)) return nothing;
    return { generation: generation!, partitions: partitions.filter((one) => Number.isSafeInteger(one)) };
  } catch {
    return nothing;
  }
}
