/** The peer: Kafka Streams, compiled from a folder with Peer.java and pom.xml, its jars from Maven in the user's cache. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { java } from '../../tools/parts-fetch.mjs';
import { runChild } from './measure.mjs';
import { client } from './topic.mjs';

const OUT_TOPIC = 'peer-decisions';

/** Fetches its jars and compiles it, once for each version of its sources; returns the class path. */
export function preparePeer(folder) {
  const source = join(folder, 'Peer.java');
  const pom = join(folder, 'pom.xml');
  for (const file of [source, pom]) {
    if (!existsSync(file)) throw new Error(`${file} is not there: name the peer's folder by --peers or PEERS`);
  }
  const version = createHash('sha256')
    .update(readFileSync(source))
    .update(readFileSync(pom))
    .digest('hex')
    .slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dozor-parts');
  const home = join(cache, `peer-${version}`);
  const classpath = `${join(home, 'libs', '*')}:${join(home, 'classes')}`;
  if (existsSync(home)) return classpath;
  mkdirSync(cache, { recursive: true });
  const building = mkdtempSync(join(cache, '.compiling-'));
  try {
    const libs = join(building, 'libs');
    run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`]);
    run('javac', ['-cp', join(libs, '*'), '-d', join(building, 'classes'), source]);
    renameSync(building, home);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return classpath;
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? `${stdout}${stderr}`.slice(-2_000)}`);
}

/** One run of the peer over the whole topic. */
export async function runPeer({ classpath, kafka, topic, records, guarantee, threads }) {
  const admin = client(kafka.brokers).admin();
  const state = mkdtempSync(join(tmpdir(), 'dozor-peer-'));
  await admin.connect();
  try {
    await admin.createTopics({ topics: [{ topic: OUT_TOPIC, numPartitions: 1, replicationFactor: 1 }] });
    const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error';
    const { seconds, ...rest } = await runChild({
      command: java(),
      args: [
        quiet,
        `-Djava.io.tmpdir=${state}`,
        '-cp',
        classpath,
        ...['Peer', kafka.brokers, topic, OUT_TOPIC, String(records), guarantee, 'rocksdb', String(threads)],
      ],
      beside: { kafka: kafka.pid },
    });
    return { records, seconds, ...rest };
  } finally {
    // Each run has topics of its own, which would be a burden to the next.
    const left = (await admin.listTopics()).filter((name) => name.startsWith('peer-'));
    await admin.deleteTopics({ topics: left });
    await admin.disconnect();
    rmSync(state, { recursive: true, force: true });
  }
}
