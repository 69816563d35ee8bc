/** What concerns all processes of an installation on Kafka and Redis: the rule packs in force, and what Kafka remembers of tasks. */
import { randomUUID } from 'node:crypto';
import { groupName } from '../io/kafka/client.js';
import { forgetHints as forgetHintsOf } from '../io/kafka/hints.js';
import type { KafkaLog } from '../io/kafka/log-kafka.js';
import { adoptPacks, agreementOf } from '../runtime/agreement.js';
import type { Clustered, Config } from '../runtime/config.js';
import { Refused } from '../runtime/failure.js';
import { loadPacks, OWN_PACKS, packHashes } from '../runtime/packs.js';
import { TOPICS } from '../runtime/topics.js';
import { openCluster } from './parts.js';

/** The consumer groups that share tasks out, by their bare names. */
export const GROUPS = ['network', 'service', 'collector'] as const;

/** What of the configuration only an installation on Kafka and Redis has; a `Refused` where it is an embedded one. */
export function clusteredOf({ clustered }: Config, command: string): Clustered {
  if (clustered) return clustered;
  throw new Refused(`'dozor ${command}' is for an installation on Kafka and Redis: set KAFKA_BROKERS and REDIS_URL`);
}

/** How a place for an installation is emptied, in words; `redis`: its state alone. */
export function howToEmpty({ namespace, kafka: { brokers } }: Clustered, what: 'all' | 'redis' = 'all'): string {
  const keys = `redis-cli --scan --pattern '{${namespace || 'dozor'}:*' | xargs -r -d '\\n' -n 1 redis-cli unlink`;
  if (what === 'redis') return `if nothing else uses it, delete it:\n  ${keys}`;
  const topics = `(${Object.values(TOPICS).join('|')})`;
  return (
    'set DOZOR_NAMESPACE to a name that was not used yet; or, if nothing else uses this one, delete what is there:\n' +
    `  kafka-topics.sh --bootstrap-server ${brokers[0]} --delete --topic '${namespace && `${namespace}\\.`}${topics}'\n  ${keys}`
  );
}

/** Brings the rule packs of this machine into force for all processes; says what is different from now on, a line each. */
export async function adopt(config: Config): Promise<readonly string[]> {
  const clustered = clusteredOf(config, 'terms adopt');
  const folders = [OWN_PACKS, ...config.packFolders];
  // All their problems are said before anything is changed.
  loadPacks(folders);
  const ours = packHashes(folders);
  const { store, close } = await openCluster(clustered);
  try {
    const before = (await agreementOf(store))?.packs;
    if (before && changesOf(before, ours).length === 0) return ['these rule packs are in force already'];
    const changes = changesOf(await adoptPacks(store, randomUUID(), ours), ours);
    return [...changes, 'processes that judge by other packs stop within 10 s: start them where these packs lie'];
  } finally {
    await close();
  }
}

type Hashes = Readonly<Record<string, string>>;

function changesOf(before: Hashes, after: Hashes): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((file) => {
    const [was, is] = [before[file], after[file]];
    if (was === is) return [];
    if (is === undefined) return [`${file} is no longer in force`];
    return [
      was === undefined
        ? `${file} is in force (${is})`
        : `${file} is in force with another content (${is}, was ${was})`,
    ];
  });
}

/** Forgets how far Kafka was told that the tasks had come; refuses while a process runs one. */
export async function forgetHints(config: Config): Promise<readonly string[]> {
  const { log, close } = await openCluster(clusteredOf(config, 'hints forget'));
  try {
    await refuseMembers(log);
    for (const group of GROUPS) await forgetHintsOf(log, group);
    return [
      `Kafka has forgotten how far the groups ${GROUPS.map((group) => groupName(log.settings, group)).join(', ')} had come`,
      'the next start goes on from what Redis holds, and judges again what came after it',
    ];
  } finally {
    await close();
  }
}

/** Throws a `Refused` that names the groups which have members: processes that run tasks, or were killed a few seconds ago. */
export async function refuseMembers(log: KafkaLog): Promise<void> {
  const names = GROUPS.map((group) => groupName(log.settings, group));
  const { groups } = await log.admin.ask((admin) => admin.describeGroups(names));
  const alive = groups.filter(({ members }) => members.length > 0);
  if (alive.length === 0) return;
  const words = alive.map(({ groupId, members }) => `${groupId} has ${members.length}`).join(', ');
  throw new Refused(
    `processes of the installation run (members of the groups: ${words}): stop them all first; one that was killed counts for ` +
      `${Math.ceil(log.settings.sessionTimeoutMs / 1_000)} s more`,
  );
}
