// Builds dist/: the compiler's output, the JSON that is read beside it, and the page.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('pipelines', 'dist/pipelines', {
  recursive: true,
  filter: (path) => !/\.[^./]+$/.test(path) || path.endsWith('.json'),
});
execFileSync(process.execPath, ['dashboard/page/build.mjs'], { stdio: 'inherit' });
