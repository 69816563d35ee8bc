// Bundles the comparison of scores and runs it: node test/bench/scores/run.mjs
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
// Inside the project, so that the packages are found from there.
const folder = mkdtempSync(join(here, '../../../node_modules/.scores-'));
const outfile = join(folder, 'scores.mjs');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await build({
  entryPoints: [join(here, 'scores.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
});
// Bundled, it lies elsewhere: the data is beside the project.
process.env.DOZOR_SHARED ??= join(here, '../../../../shared');
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
