// A storm of notices: 100,000 through a message centre with faults, with two kills of the sender; says what became of each.
// node test/alerts/storm/run.mjs [--notices N] [--seed S]. It bundles the sources, so nothing need be built before.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// Inside the project, so that the packages are found from there.
const folder = mkdtempSync(join(root, 'node_modules/.storm-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const plain = { platform: 'node', format: 'esm', target: 'node20.19', logLevel: 'error', bundle: true };
const outfile = (name) => join(folder, `${name}.mjs`);
for (const name of ['storm', 'sender']) {
  const entry = join(root, `test/alerts/storm/${name}.ts`);
  await build({ ...plain, entryPoints: [entry], outfile: outfile(name), packages: 'external', sourcemap: 'inline' });
}
process.env.STORM_SENDER = outfile('sender');
process.env.STORM_PACKS = join(root, 'pipelines/packs');
const { storm } = await import(pathToFileURL(outfile('storm')).href);
process.exitCode = await storm(process.argv.slice(2));
