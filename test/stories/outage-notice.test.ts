import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tell } from './outage-notice.js';

describe('an outage that is not repaired in time', () => {
  it('is told, sent, signed and registered as the page says', async () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/outage-notice.md'), 'utf8');
    const lines = await tell();
    expect(page).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\``);
    const text = lines.join('\n');
    expect(text).toContain('not a second more: 0 messages');
    expect(text.match(/regulator-outage:/g)).toHaveLength(1);
    // Numbers and addresses of people stand in no entry, and in no register.
    expect(text).not.toMatch(/381600000001|bojan@example/);
  });
});
