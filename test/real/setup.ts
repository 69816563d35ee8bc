/** Starts Kafka and Redis once for all tests of `test/real`, where they are installed. */
import type { TestProject } from 'vitest/node';
import { missingParts, type Part, startKafka, startRedis } from '../tools/parts.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** HOST:PORT of the broker that all files share; undefined where it cannot run. */
    readonly kafka: string | undefined;
    /** The address of the Redis that all files share; undefined where it cannot run. */
    readonly redis: string | undefined;
    /** What to install, or what went wrong; empty when both run. */
    readonly missing: readonly string[];
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing: string[] = [];
  const started: Part[] = [];

  async function start<Started extends Part>(name: 'kafka' | 'redis', begin: () => Promise<Started>) {
    const words = missingParts([name]);
    missing.push(...words);
    if (words.length > 0) return undefined;
    try {
      const part = await begin();
      started.push(part);
      return part;
    } catch (error) {
      missing.push((error as Error).message);
      return undefined;
    }
  }

  const redis = await start('redis', startRedis);
  const kafka = await start('kafka', startKafka);
  project.provide('redis', redis?.url);
  project.provide('kafka', kafka?.brokers);
  project.provide('missing', missing);
  if (missing.length > 0) console.warn(`Without the real parts: ${missing.join('; ')}`);
  return async () => {
    await Promise.all(started.map((part) => part.stop()));
  };
}
