// Builds dist/: the compiler's output, and the JSON that is read beside it.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
for (const folder of ['pipelines']) {
  cpSync(folder, `dist/${folder}`, { recursive: true, filter: (path) => !/\.[^./]+$/.test(path) || path.endsWith('.json') });
}
