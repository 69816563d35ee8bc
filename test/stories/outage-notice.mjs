// An outage opens, 48 hours pass on the events' clock, the SMS stands at the simulator and its receipt on the ledger, and one notice
// for the regulator is signed, sent and in the register: node test/stories/outage-notice.mjs. Nothing need be built before.
import { fileURLToPath } from 'node:url';
import { runBundled } from '../tools/bundled.mjs';

const { tell } = await runBundled('test/stories/outage-notice.ts', 'story');
for (const line of await tell(fileURLToPath(new URL('../../pipelines/packs', import.meta.url)))) {
  process.stdout.write(`${line}\n`);
}
