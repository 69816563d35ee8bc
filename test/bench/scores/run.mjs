// Bundles the comparison of scores and runs it: node test/bench/scores/run.mjs
import { fileURLToPath } from 'node:url';
import { runBundled } from '../../tools/bundled.mjs';

// Bundled, it lies elsewhere: the data is beside the project.
process.env.DOZOR_SHARED ??= fileURLToPath(new URL('../../../../shared', import.meta.url));
await runBundled('test/bench/scores/scores.ts', 'scores');
