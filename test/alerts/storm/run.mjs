// A storm of notices: 100,000 through a message centre with faults, with two kills of the sender; says what became of each.
// node test/alerts/storm/run.mjs [--notices N] [--seed S]. It bundles the sources, so nothing need be built before.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle, bundleFolder } from '../../tools/bundled.mjs';

const folder = bundleFolder('storm');
process.env.STORM_SENDER = await bundle('test/alerts/storm/sender.ts', folder);
process.env.STORM_PACKS = fileURLToPath(new URL('../../../pipelines/packs', import.meta.url));
const { storm } = await import(pathToFileURL(await bundle('test/alerts/storm/storm.ts', folder)).href);
process.exitCode = await storm(process.argv.slice(2));
