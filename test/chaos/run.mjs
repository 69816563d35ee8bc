// Bundles the chaos run and starts it on a build of its own, so that a build made meanwhile changes nothing under its processes.
// npm run chaos -- --minutes 10 --seed N; what else it takes: npm run chaos -- --help
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildPage } from '../../dashboard/page/build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Inside the project, so that the packages are found from there.
const folder = mkdtempSync(join(root, 'node_modules/.chaos-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const rooms = ['pipelines', 'dashboard', 'alerts'];
const sources = rooms.flatMap((room) =>
  readdirSync(join(root, room), { recursive: true })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('page'))
    .map((path) => join(root, room, path)),
);
// Types are the test command's business: here the code runs as it stands.
const plain = { platform: 'node', format: 'esm', target: 'node20.19', logLevel: 'error' };
await build({ ...plain, entryPoints: sources, outbase: root, outdir: join(folder, 'dist'), sourcemap: 'inline' });
cpSync(join(root, 'pipelines'), join(folder, 'dist/pipelines'), {
  recursive: true,
  filter: (path) => !/\.[^./]+$/.test(path.slice(root.length)) || path.endsWith('.json'),
});
await buildPage(join(folder, 'dist/dashboard/page'));

const outfile = join(folder, 'chaos.mjs');
await build({
  ...plain,
  entryPoints: [join(root, 'test/chaos/cli.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  sourcemap: 'inline',
});
process.setSourceMapsEnabled(true);
process.env.CHAOS_BUILD = folder;
await import(pathToFileURL(outfile).href);
