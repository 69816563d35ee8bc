/**
 * How each topic is kept on Kafka. Time is the broker's (LogAppendTime): under a producer's own time a record that comes late is
 * old on arrival, and is deleted before anyone has read it. A topic that somebody else made is checked against the same list.
 */
import { LogError } from '../log.js';
import type { Settled } from './client.js';

const DAY_MS = 86_400_000;
const FOREVER_MS = -1;
/** The greatest record batch that the broker takes, in bytes. Ours stay below a megabyte unless one record is greater. */
export const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

/** What a topic must be like. */
export interface TopicPolicy {
  /** How long records are kept; -1: for ever. Undefined where the topic is compacted. */
  readonly retentionMs?: number;
  /** Of each key the last is kept for ever, and every record at least so long. */
  readonly compactAfterMs?: number;
}

/** The policy of a topic by its own name. One that is not on the list is kept as the broker keeps topics. */
export function policyOf(topic: string, settings: Settled): TopicPolicy {
  switch (topic) {
    case 'service-events':
    case 'element-events':
      return { retentionMs: settings.eventRetentionDays * DAY_MS };
    case 'network':
      return { compactAfterMs: settings.networkDetailDays * DAY_MS };
    case 'contacts':
      return { compactAfterMs: 0 };
    case 'facts':
      return { retentionMs: settings.factRetentionDays * DAY_MS };
    case 'decisions':
    case 'notices':
    case 'audit':
      return { retentionMs: FOREVER_MS };
    case 'rejected':
      return { retentionMs: settings.rejectedRetentionDays * DAY_MS };
    case 'page-signals':
      return { retentionMs: settings.pageSignalRetentionDays * DAY_MS };
    default:
      return {};
  }
}

/** The settings with which a topic is made, by Kafka's own names. */
export function configOf(policy: TopicPolicy, replication: number | undefined): Readonly<Record<string, string>> {
  const { retentionMs, compactAfterMs } = policy;
  return {
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': `${MESSAGE_BYTES_MAX}`,
    ...(retentionMs !== undefined && {
      'cleanup.policy': 'delete',
      'retention.ms': `${retentionMs}`,
      'retention.bytes': '-1',
    }),
    ...(compactAfterMs !== undefined && {
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': `${compactAfterMs}`,
    }),
    // Acknowledged by all means little where "all" may be one.
    ...(replication !== undefined && replication >= 3 && { 'min.insync.replicas': '2' }),
  };
}

/** Settings of which more is as good; -1 is most. */
const AT_LEAST = new Set([
  'retention.ms',
  'retention.bytes',
  'min.compaction.lag.ms',
  'max.message.bytes',
  'min.insync.replicas',
]);
const UNLIMITED = new Set(['retention.ms', 'retention.bytes']);

/**
 * Refuses a topic that would lose records, with topic, setting, what was found and what is wanted, and the command that mends
 * it. `found` has the values that are in force on the broker.
 */
export function checkConfig(given: {
  readonly name: string;
  readonly wanted: Readonly<Record<string, string>>;
  readonly found: ReadonlyMap<string, string>;
  readonly broker: string;
}): void {
  const { name, wanted, found, broker } = given;
  const wrong = Object.entries(wanted).filter(([setting, value]) => !suffices(setting, found.get(setting), value));
  if (wrong.length === 0) return;
  const words = wrong.map(
    ([setting, value]) => `${setting} is ${found.get(setting) ?? 'unknown'}, and ${value} is needed`,
  );
  const configs = wrong.map(([setting, value]) => `${setting}=${value}`).join(',');
  throw new LogError(
    `Topic ${name} would not keep what is written to it: ${words.join('; ')}. To mend it: kafka-configs.sh ` +
      `--bootstrap-server ${broker} --alter --entity-type topics --entity-name ${name} --add-config ${configs}`,
  );
}

function suffices(setting: string, found: string | undefined, wanted: string): boolean {
  if (found === undefined) return false;
  if (!AT_LEAST.has(setting)) return found === wanted;
  if (UNLIMITED.has(setting) && (found === '-1' || wanted === '-1')) return found === '-1';
  return Number(found) >= Number(wanted);
}
