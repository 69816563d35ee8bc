/** `dozor dead-letters` on an embedded installation, with its own key and with another. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deadLetter, listDeadLetters, readDeadLetters } from '../../../pipelines/commands/dead-letters.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { Installation } from '../../../pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { makeKeyPair } from '../../../pipelines/runtime/seal-key.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-letters-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reads what its key opens, and counts what it does not', async () => {
  const config = readConfig({ DOZOR_DATA: join(folder, 'data'), DOZOR_CLOCK: 'events' });
  const refuse = async (...lines: string[]) => {
    const installation = await Installation.open(config, loadPacks([OWN_PACKS]));
    await installation.gate.takeLines(lines, 1, { name: 'test' });
    await installation.stop();
  };
  await refuse('{"no":"event"}', 'no json');
  const read = await readDeadLetters(config);
  expect(read.closed).toBe(0);
  expect(read.letters.map(({ data }) => data.reason)).toEqual(['not-a-cloudevent', 'not-json']);
  expect(listDeadLetters(read, 'not-json').at(-1)).toBe('1 dead letters, not-json 1');
  expect(deadLetter(read, read.letters[0]!.id).data.event).toEqual({ no: 'event' });

  // The keys are changed; what was sealed before stays for who has the key of then.
  const before = join(folder, 'before');
  cpSync(join(config.dataFolder, 'keys'), before, { recursive: true });
  rmSync(join(config.dataFolder, 'keys'), { recursive: true });
  makeKeyPair(join(config.dataFolder, 'keys'));
  await refuse('{"another":1}');
  const now = await readDeadLetters(config);
  expect(now.letters.map(({ data }) => data.event)).toEqual([{ another: 1 }]);
  expect(listDeadLetters(now, undefined).at(-1)).toMatch(/^2 are sealed for another key: .* --key$/);
  expect(() => deadLetter(now, read.letters[0]!.id)).toThrow(
    /there is no dead letter .*; 2 are sealed for another key/,
  );
  const then = await readDeadLetters(config, join(before, 'dead-letters.key.pem'));
  expect([then.letters.length, then.closed]).toEqual([2, 1]);
  await expect(readDeadLetters(config, join(folder, 'none'))).rejects.toThrow(/name the private key .* with --key/);
});
