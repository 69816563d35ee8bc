// Jars from Maven Central, in the user's cache; and what has to be installed by hand before that works.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const KAFKA_VERSION = '4.1.1';
const JAVA_MIN = 17;
const REDIS_MIN = [6, 2];

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dozor-parts');

/** Where the jars of a part lie once they were fetched. */
export const jarsOf = (name, version) => join(cache, `${name}-${version}`, 'libs');

/** The class path of a part from Maven Central, `dependencies` as [group, artifact, version]; fetched once, whole or not at all. */
export function fetchJars({ name, version, dependencies, jar }) {
  const libs = jarsOf(name, version);
  const classpath = join(libs, '*');
  if (existsSync(libs)) return classpath;
  mkdirSync(cache, { recursive: true });
  const building = mkdtempSync(join(cache, '.fetching-'));
  try {
    writeFileSync(join(building, 'pom.xml'), pomOf(dependencies));
    const args = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs'];
    const { status, stdout, stderr, error } = spawnSync('mvn', args, { cwd: building, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`mvn did not fetch ${name} ${version}: ${error?.message ?? `${stdout}${stderr}`.slice(-2_000)}`);
    }
    const jars = readdirSync(join(building, 'libs'));
    if (!jars.includes(jar)) throw new Error(`mvn fetched ${jars.length} files without ${jar}`);
    try {
      renameSync(building, join(libs, '..'));
    } catch (error) {
      // Somebody else was faster: theirs is as good.
      if (!existsSync(libs)) throw error;
    }
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return classpath;
}

function pomOf(dependencies) {
  const lines = dependencies.map(
    ([group, artifact, version]) =>
      `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dozor</groupId>
  <artifactId>parts</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${lines.join('\n')}
  </dependencies>
</project>
`;
}

const KAFKA = {
  name: 'kafka',
  version: KAFKA_VERSION,
  dependencies: [
    ['org.apache.kafka', 'kafka_2.13', KAFKA_VERSION],
    ['org.apache.kafka', 'kafka-tools', KAFKA_VERSION],
    ['org.slf4j', 'slf4j-simple', '1.7.36'],
  ],
  jar: `kafka_2.13-${KAFKA_VERSION}.jar`,
};

/** What Java loads Kafka from. */
export function fetchKafka() {
  return fetchJars(KAFKA);
}

/** The Java to run: that of JAVA_HOME, else the first in PATH. */
export function java() {
  const own = process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin', 'java');
  return own && existsSync(own) ? own : 'java';
}

/** What to install for Kafka; empty when everything is there. */
export function missingForKafka() {
  const missing = [];
  // "17.0.15", and "1.8.0" of old.
  const version = /version "(?:1\.)?(\d+)/.exec(says(java(), ['-version']))?.[1];
  if (!(Number(version) >= JAVA_MIN)) missing.push(`Java ${JAVA_MIN} (Debian: openjdk-17-jre-headless)`);
  if (!existsSync(jarsOf(KAFKA.name, KAFKA.version)) && says('mvn', ['-v']) === '') missing.push('mvn (Debian: maven)');
  return missing;
}

/** What to install for Redis; empty when everything is there. */
export function missingForRedis() {
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(says('redis-server', ['--version'])) ?? [];
  const enough = Number(major) > REDIS_MIN[0] || (Number(major) === REDIS_MIN[0] && Number(minor) >= REDIS_MIN[1]);
  return enough ? [] : [`redis-server ${REDIS_MIN.join('.')} (Debian: redis-server)`];
}

function says(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}` : '';
}
