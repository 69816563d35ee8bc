/** The shape of the code is a rule: who may import whom, what is pure, and that nothing is left out of the lists. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ruleSchemas } from '../pipelines/domain/pack.js';
import { clauseFiles } from '../pipelines/packs/clauses.js';
import { OWN_PACKS, readPacks } from '../pipelines/runtime/packs.js';
import {
  COLLECTORS,
  NETWORK_DETECTORS,
  NOTICE_RULES,
  OTHER_DECIDERS,
  REPORTS,
  SERVICE_DETECTORS,
  USAGE_DETECTORS,
} from '../pipelines/topology.js';

const ROOT = resolve(import.meta.dirname, '..');

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('page'))
    .map((name) => join(folder, name));
}

/** The rooms, and what each may import beside itself. The order is that of the way of an event. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'pipelines/domain': [],
  'pipelines/detectors': ['pipelines/domain'],
  'pipelines/packs': [],
  'pipelines/collectors': ['pipelines/domain', 'pipelines/detectors'],
  'pipelines/topology.ts': ['pipelines/domain', 'pipelines/detectors', 'pipelines/collectors'],
  'pipelines/io': ['pipelines/domain'],
  // The limits of a line stand with its decoding.
  'pipelines/http': ['pipelines/domain', 'pipelines/access', 'pipelines/runtime/decode.ts'],
  'pipelines/access': ['pipelines/domain', 'pipelines/io'],
  'pipelines/runtime': [
    'pipelines/domain',
    'pipelines/detectors',
    'pipelines/collectors',
    'pipelines/topology.ts',
    'pipelines/io',
    'pipelines/http/ports.ts',
    'pipelines/views',
  ],
  'pipelines/views': ['pipelines/domain', 'pipelines/io', 'pipelines/http/ports.ts', 'pipelines/runtime/topics.ts'],
  'pipelines/play': ['pipelines/domain', 'pipelines/http/ports.ts'],
  'pipelines/commands': ['pipelines', 'dashboard', 'alerts'],
  'pipelines/dozor.ts': ['pipelines'],
  dashboard: ['pipelines/domain', 'pipelines/io', 'pipelines/http/ports.ts'],
  alerts: ['pipelines/domain', 'pipelines/io'],
};

function roomOf(file: string): string {
  const room = Object.keys(MAY_IMPORT).find((name) => file === name || file.startsWith(`${name}/`));
  if (!room) throw new Error(`${file} is in no room: put it into one, or add the room to the list`);
  return room;
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path]) =>
    relative(ROOT, resolve(ROOT, dirname(file), path!)).replace(/\.js$/, '.ts'),
  );
}

const ALL = ['pipelines', 'dashboard', 'alerts'].flatMap(sources);

describe('who imports whom', () => {
  it.each(ALL)('%s', (file) => {
    const room = roomOf(file);
    const allowed = [room, ...MAY_IMPORT[room]!];
    const strangers = importsOf(file).filter(
      (path) => !allowed.some((name) => path === name || path.startsWith(`${name}/`)),
    );
    expect(strangers, `${room} may import only ${allowed.join(', ')}`).toEqual([]);
  });
});

/** What a pure file must not say, and what to say in its place. */
const BANS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\.now\b|\bnew Date\(\)/, 'take the instant as an argument: time is a record'],
  [/\bperformance\.now\b/, 'take the instant as an argument'],
  [/\bMath\.random\b|\brandomUUID\b/, 'derive it from the content: the same in, the same out'],
  [/\bsetTimeout\b|\bsetInterval\b/, 'return a wake: a timer of the process is gone after a restart'],
  [/\bprocess\.(env|argv|std)/, 'take it as an argument'],
  [/from 'node:(fs|net|http|child_process|os)/, 'leave it to an adapter in io'],
  [/\bconsole\./, 'return a decision, or nothing'],
];

describe('domain, detectors and collectors are pure', () => {
  it.each(['pipelines/domain', 'pipelines/detectors', 'pipelines/collectors'].flatMap(sources))('%s', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [pattern, instead] of BANS) expect(text, `${pattern}: ${instead}`).not.toMatch(pattern);
  });
});

describe('nothing is left out', () => {
  const detectors = new Set([...SERVICE_DETECTORS, ...USAGE_DETECTORS, ...NETWORK_DETECTORS].map(({ name }) => name));
  const collectors = new Set(COLLECTORS.map(({ name }) => name));
  const deciders = new Set<string>([...detectors, ...collectors, ...OTHER_DECIDERS]);

  it('lists every detector of the folder in the topology', () => {
    const parts = new Set(['equipment', 'remedy', 'outage-preview', 'restriction', 'notices']); // parts of `outage` and `limits`, and what all share
    const files = sources('pipelines/detectors').map((file) => file.replace(/^.*\/|\.ts$/g, ''));
    expect(files.filter((name) => !detectors.has(name) && !parts.has(name))).toEqual([]);
    expect([...detectors].filter((name) => !files.includes(name))).toEqual([]);
  });

  it('lists every collector of the folder in the topology, each with keys of its own', () => {
    const files = sources('pipelines/collectors').map((file) => file.replace(/^.*\/|\.ts$/g, ''));
    expect(files.filter((name) => name !== 'collector').sort()).toEqual([...collectors].sort());
    expect(new Set(COLLECTORS.map(({ prefix }) => prefix)).size).toBe(COLLECTORS.length);
    expect(new Set(COLLECTORS.map(({ hears }) => hears)).size).toBe(COLLECTORS.length);
    const tests = readdirSync(join(ROOT, 'test/pipelines'), { recursive: true, encoding: 'utf8' }).join('\n');
    for (const name of collectors) expect(tests, `test/pipelines/collectors/${name}.test.ts`).toContain(name);
  });

  it('has a test for every detector', () => {
    const tests = readdirSync(join(ROOT, 'test/pipelines'), { recursive: true, encoding: 'utf8' }).join('\n');
    for (const name of detectors) expect(tests, `test/pipelines/detectors/${name}.test.ts`).toContain(name);
  });

  it('has a reader for every section that a pack may have', () => {
    const read = new Set(
      [
        ...SERVICE_DETECTORS,
        ...USAGE_DETECTORS,
        ...NETWORK_DETECTORS,
        ...NOTICE_RULES,
        ...REPORTS,
        ...COLLECTORS,
      ].flatMap(({ reads }) => reads),
    );
    expect(Object.keys(ruleSchemas).filter((section) => !read.has(section as never))).toEqual([]);
  });

  it('finds every clause that a pack names in the list of clauses of its operator, and read by a detector', () => {
    for (const { body, file } of readPacks([OWN_PACKS])) {
      const list = clauseFiles().find((one) => one.operator === body?.operator);
      expect(list, `clauses of ${file}`).toBeDefined();
      const decided = new Set(list!.clauses.filter((one) => one.standing === 'decided').map((one) => one.clause));
      const named = Object.values(body!.rules).flatMap(({ terms }) =>
        Object.values(terms).flatMap((term) => term.clause.split(', ')),
      );
      const [prefix] = list!.clauses[0]!.clause.split(' ');
      for (const label of named) {
        const whole = /^[A-Z]/.test(label) ? label : `${prefix} ${label}`;
        expect(decided, `${whole}, named by ${file}`).toContain(whole);
      }
    }
  });

  it('names only deciders that exist in the lists of clauses', () => {
    const named = clauseFiles().flatMap(({ clauses }) =>
      clauses.flatMap(({ standing, by }) => (standing === 'decided' ? (by ?? []) : [])),
    );
    expect(named.filter((name) => !deciders.has(name))).toEqual([]);
  });
});
