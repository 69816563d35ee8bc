// Turns every tie of the rules on usage, one at a time, in a copy of the project, and says which test notices: each `>` made `>=`
// and back in the detectors and collectors, each `reach` made `above` and back in the packs. Prints a table; those that nothing
// notices are named with their line, for a person to judge: a new test, or why no input can tell the two apart.
// By hand: node test/usage/turned-ties.mjs [--only limits,roaming] [--histories 800]
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { only: { type: 'string' }, histories: { type: 'string', default: '800' } } });
const SUITES = ['ties', 'ties-roaming', 'oracle'].map((name) => `test/usage/${name}.test.ts`);
const CODE = {
  detectors: [
    'limits',
    'spend-bar',
    'credit-limit',
    'doubled-spend',
    'restriction',
    'roaming',
    'roaming-days',
    'roaming-data',
    'idle-sim',
    'unusual-use',
  ],
  collectors: ['customer-credit', 'customer-sims'],
};
const TURNED = { '>=': '>', '>': '>=', '<=': '<', '<': '<=' };
const WORDS = { reach: 'above', above: 'reach' };
const RUN_MAX_SECONDS = 300;

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dozor-ties-'));
const copy = join(folder, 'dozor');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
cpSync(root, copy, { recursive: true, filter: (path) => !/\/(?:node_modules|dist|\.git|data)$/.test(path) });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

/** Whether these tests notice. */
function notices(tests, env = {}) {
  // A turned tie may go round for ever: what hangs is ended with all its workers, and was noticed.
  const vitest = ['node', 'node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', '--bail', '1'];
  const { status } = spawnSync('timeout', ['--kill-after', '5', String(RUN_MAX_SECONDS), ...vitest, ...tests], {
    cwd: copy,
    env: { ...process.env, CI: 'true', ...env },
    stdio: 'ignore',
  });
  return status !== 0;
}

/** Every turn of a file: where it stands, and the text with it. */
function* turnsOf(source, pattern, turn) {
  for (const found of source.matchAll(pattern)) {
    const before = source.slice(0, found.index);
    const line = before.split('\n').length;
    const text = source.split('\n')[line - 1].trim();
    if (/^(?:\*|\/\/|\/\*)/.test(text)) continue;
    yield { line, text, turned: before + turn(found) + source.slice(found.index + found[0].length) };
  }
}

const rows = [];
const left = [];
function turnAll(name, file, pattern, turn, tests) {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  const count = { all: 0, byTests: 0, byHistories: 0 };
  for (const { line, text, turned } of turnsOf(source, pattern, turn)) {
    count.all += 1;
    process.stderr.write(`${file}:${line} `);
    writeFileSync(path, turned);
    if (notices(tests)) count.byTests += 1;
    else if (notices(['test/usage/property.test.ts'], { DOZOR_HISTORIES: values.histories })) count.byHistories += 1;
    else left.push(`${file}:${line}: ${text}`);
  }
  writeFileSync(path, source);
  if (count.all === 0) return;
  rows.push(
    `| ${name} | ${count.all} | ${count.byTests} | ${count.byHistories} | ${count.all - count.byTests - count.byHistories} |`,
  );
  console.error(rows.at(-1));
}

const isAsked = (name) => !values.only || values.only.split(',').includes(name);
execFileSync('npx', ['--no-install', 'vitest', '--version'], { cwd: copy, stdio: 'ignore' });
if (notices(SUITES)) throw new Error('the tests fail before anything is turned');
for (const [kind, names] of Object.entries(CODE)) {
  for (const name of names.filter(isAsked)) {
    const own = `test/pipelines/${kind}/${name}.test.ts`;
    const tests = [...(existsSync(join(copy, own)) ? [own] : []), ...SUITES];
    turnAll(name, `pipelines/${kind}/${name}.ts`, / (>=|<=|>|<) /g, ([, sign]) => ` ${TURNED[sign]} `, tests);
  }
}
if (isAsked('packs')) {
  for (const file of readdirSync(join(copy, 'pipelines/packs')).filter((name) => name.endsWith('.json'))) {
    const turn = ([all, word]) => all.replace(word, WORDS[word]);
    const own = CODE.detectors.map((name) => `test/pipelines/detectors/${name}.test.ts`);
    turnAll(file, `pipelines/packs/${file}`, /"(reach|above)"/g, turn, [...SUITES, ...own]);
  }
}
console.log(`| | turned | noticed by a test of its own | only by ${values.histories} histories | by none |`);
console.log('| --- | --- | --- | --- | --- |');
for (const row of rows) console.log(row);
for (const line of left) console.log(`by none: ${line}`);
