// Bundles the simulator and runs it: npm run simulate -- --seed N --count M
import { runBundled } from '../tools/bundled.mjs';

await runBundled('test/simulate/cli.ts', 'simulate');
