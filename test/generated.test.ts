/** What is generated must be what the code says now. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { generatedFiles } from '../pipelines/commands/generate.js';

it.each([...generatedFiles()])('%s is as the code has it', (path, text) => {
  const held = readFileSync(resolve(import.meta.dirname, '..', path), 'utf8');
  expect(held, `${path} is stale: npm run generate`).toBe(text);
});
