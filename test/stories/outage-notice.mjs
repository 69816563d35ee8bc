// An outage opens, 48 hours pass on the events' clock, the SMS stands at the simulator and its receipt on the ledger, and one notice
// for the regulator is signed, sent and in the register: node test/stories/outage-notice.mjs. Nothing need be built before.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Inside the project, so that the packages are found from there.
const folder = mkdtempSync(join(root, 'node_modules/.story-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const outfile = join(folder, 'story.mjs');
await build({
  entryPoints: [join(root, 'test/stories/outage-notice.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  logLevel: 'error',
  packages: 'external',
});
const { tell } = await import(pathToFileURL(outfile).href);
for (const line of await tell(join(root, 'pipelines/packs'))) process.stdout.write(`${line}\n`);
