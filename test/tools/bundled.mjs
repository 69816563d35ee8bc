// Runs TypeScript that stands outside the build: bundled into a folder inside the project, so that the packages are found from there.
import { mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder for bundles inside the project, gone when this process ends. */
export function bundleFolder(name) {
  const folder = mkdtempSync(join(root, `node_modules/.${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Bundles a file of the project, by its path from the root, and says where the bundle lies. */
export async function bundle(entry, folder) {
  const outfile = join(folder, basename(entry).replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outfile;
}

/** Bundles a file and runs it in this process. */
export async function runBundled(entry, name) {
  const outfile = await bundle(entry, bundleFolder(name));
  process.setSourceMapsEnabled(true);
  return import(pathToFileURL(outfile).href);
}
