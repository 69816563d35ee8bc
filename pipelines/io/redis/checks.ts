/** Asks a Redis whether it keeps what it is given, before anything is given to it. */
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

const VERSION_MIN = [6, 2] as const;

interface CheckGiven {
  readonly name: string;
  readonly isCluster: boolean;
  readonly logger: Logger;
}

/** Rejects, with all that is wrong and the lines that mend it, where state would not be safe. Warns where it cannot tell. */
export async function checkServer(server: Redis, { name, isCluster, logger }: CheckGiven): Promise<void> {
  const info = await answer(
    () => server.info(),
    `${name} does not say how it is set up: REDIS_CHECK=off leaves this out`,
  );
  if (info === undefined) return;
  const of = (field: string) => new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const problems: string[] = [];
  const lines: string[] = [];

  const version = of('redis_version');
  if (version !== undefined && !isNewEnough(version)) {
    problems.push(`it is version ${version}, and ${VERSION_MIN.join('.')} is the least`);
  }
  if (of('cluster_enabled') === '1' && !isCluster) {
    problems.push('it is one of a cluster: name several of its servers in REDIS_URL, separated by commas');
  }
  if (of('aof_enabled') === '0') {
    problems.push('it would forget what it is given when it ends');
    lines.push('appendonly yes', 'appendfsync everysec');
  }
  const policy = of('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    problems.push(`it throws state away when its memory is full (${policy})`);
    lines.push('maxmemory-policy noeviction');
  }
  if (problems.length > 0) {
    const mend = lines.length > 0 ? `\nPut into its redis.conf, and start it again:\n  ${lines.join('\n  ')}` : '';
    throw new Error(`${name} cannot hold the state: ${problems.join('; ')}.${mend}`);
  }
  if (of('aof_enabled') === undefined || policy === undefined) {
    logger.warn(
      `${name} does not say whether it keeps what it is given: it needs appendonly yes and maxmemory-policy noeviction`,
    );
  }
  const fsync = await answer(
    () => server.config('GET', 'appendfsync'),
    `${name} does not say how often it writes to the disk`,
  );
  if ((fsync as string[] | undefined)?.[1] === 'no') {
    logger.warn(
      `${name} has appendfsync no: a crash of its machine may take half a minute of state; everysec takes a second`,
    );
  }

  /** Undefined, and a warning, where the server forbids the question. */
  async function answer<T>(question: () => Promise<T>, otherwise: string): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      if ((error as Error).name !== 'ReplyError') throw error;
      logger.warn({ reply: (error as Error).message }, otherwise);
      return undefined;
    }
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1]);
}
