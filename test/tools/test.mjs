// The one command that checks everything: types, format, lint, build, tests. Closes with a line `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingParts } from './parts.mjs';

const ci = process.env.CI === 'true';
let passed = 0;
let failed = 0;
let skipped = 0;

function check(name, command, args) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, NO_UPDATE_NOTIFIER: '1' } });
  if (status === 0) passed += 1;
  else failed += 1;
  return status === 0;
}

const npx = (...args) => ['npx', ['--no-install', ...args]];
check('format and lint', ...npx('biome', 'ci', '--colors=off', '--error-on-warnings', '.'));
check('types', ...npx('tsc', '--noEmit', '-p', '.'));
check('types of the page', ...npx('tsc', '--noEmit', '-p', 'dashboard/page'));
check('build', 'node', ['test/tools/build.mjs']);

console.log('\n== tests');
const folder = mkdtempSync(join(tmpdir(), 'dozor-tests-'));
const report = join(folder, 'report.json');
spawnSync(
  'npx',
  ['--no-install', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  {
    stdio: 'inherit',
  },
);
try {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  passed += numPassedTests;
  failed += numFailedTests;
  skipped += numPendingTests;
  // A file that could not be loaded has no tests that failed.
  failed += testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  for (const file of testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
    }
  }
} catch (error) {
  console.error(`the tests left no report: ${error.message}`);
  failed += 1;
}
rmSync(folder, { recursive: true, force: true });

const missing = skipped > 0 ? missingParts() : [];
if (missing.length > 0) console.log(`to run the tests with real parts, install ${missing.join(', ')}`);
if (ci && skipped > 0) {
  console.error(`${skipped} tests were skipped: in CI every part that a test needs must be there`);
  failed += skipped;
}
console.log(`\n${passed} passed, ${failed} failed${!ci && skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
