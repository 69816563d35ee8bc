// Bundles the chaos run and starts it on a build of its own, so that a build made meanwhile changes nothing under its processes.
// npm run chaos -- --minutes 10 --seed N; what else it takes: npm run chaos -- --help
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildPage } from '../../dashboard/page/build.mjs';
import { bundle, bundleFolder } from '../tools/bundled.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = bundleFolder('chaos');

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

const outfile = await bundle('test/chaos/cli.ts', folder);
process.setSourceMapsEnabled(true);
process.env.CHAOS_BUILD = folder;
await import(pathToFileURL(outfile).href);
