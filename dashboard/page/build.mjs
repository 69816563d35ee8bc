// Builds the page: one script and one stylesheet with their hash in the name, the HTML that names them, and manifest.json,
// which the server reads. By hand: node dashboard/page/build.mjs [folder]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const TYPES = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };

export async function buildPage(folder) {
  const here = import.meta.dirname;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: [join(here, 'page.ts'), join(here, 'page.css')],
    outdir: folder,
    entryNames: '[name].[hash]',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    metafile: true,
    logLevel: 'warning',
  });
  const files = Object.keys(metafile.outputs)
    .map((path) => basename(path))
    .sort()
    .map((name) => ({ name, type: TYPES[name.slice(name.lastIndexOf('.'))] }));
  const nameOf = (extension) => files.find(({ name }) => name.endsWith(extension)).name;
  const template = readFileSync(join(here, 'index.html'), 'utf8');
  // A change of the HTML alone is a new page too.
  const page = createHash('sha256').update(template).update(JSON.stringify(files)).digest('hex').slice(0, 12);
  const html = template
    .replaceAll('{{page}}', page)
    .replaceAll('{{script}}', `/assets/${nameOf('.js')}`)
    .replaceAll('{{style}}', `/assets/${nameOf('.css')}`);
  writeFileSync(join(folder, 'index.html'), html);
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify({ page, html: 'index.html', files }, null, 2)}\n`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildPage(resolve(process.argv[2] ?? join(import.meta.dirname, '../../dist/dashboard/page')));
}
