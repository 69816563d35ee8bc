// Builds the pages: for each its script, its stylesheet and its HTML, what they share in chunks, names with their hash; and
// manifest.json, which the server reads. By hand: node dashboard/page/build.mjs [folder]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { outlinePlugin } from './outline.mjs';

const TYPES = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' };
/** Each has NAME/main.ts, NAME/NAME.css and NAME.html. */
const PAGES = ['console', 'access', 'wall'];

export async function buildPage(folder) {
  const here = import.meta.dirname;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: PAGES.flatMap((name) => [
      { in: join(here, name, 'main.ts'), out: name },
      { in: join(here, name, `${name}.css`), out: name },
    ]),
    outdir: folder,
    entryNames: '[name].[hash]',
    chunkNames: 'part.[hash]',
    bundle: true,
    plugins: [outlinePlugin],
    splitting: true,
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
  const nameOf = (page, extension) =>
    files.find(({ name }) => name.startsWith(`${page}.`) && name.endsWith(extension)).name;
  const templates = PAGES.map((page) => [page, readFileSync(join(here, `${page}.html`), 'utf8')]);
  // A change of the HTML alone is a new build too.
  const hash = createHash('sha256')
    .update(JSON.stringify([templates, files]))
    .digest('hex')
    .slice(0, 12);
  for (const [page, template] of templates) {
    const html = template
      .replaceAll('{{page}}', hash)
      .replaceAll('{{script}}', `/assets/${nameOf(page, '.js')}`)
      .replaceAll('{{style}}', `/assets/${nameOf(page, '.css')}`);
    writeFileSync(join(folder, `${page}.html`), html);
  }
  const pages = Object.fromEntries(PAGES.map((page) => [page, `${page}.html`]));
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify({ page: hash, pages, files }, null, 2)}\n`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await buildPage(resolve(process.argv[2] ?? join(import.meta.dirname, '../../dist/dashboard/page')));
}
