/** Public data that lies beside the project and is not part of it: tests read it in place. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../shared/data', import.meta.url));

/** Where a file of the public data is. */
export function sharedFile(name: string): string {
  return join(FOLDER, name);
}

/** The lines of a file, unpacked where it is packed; the head of a CSV among them. */
export function sharedLines(name: string): readonly string[] {
  const bytes = readFileSync(sharedFile(name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trimEnd().split('\n');
}

/** The rows of a CSV without quotes, by column. */
export function sharedRows(name: string): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...rows] = sharedLines(name);
  const columns = head.trim().split(',');
  return rows.map((row) =>
    Object.fromEntries(
      row
        .trim()
        .split(',')
        .map((cell, i) => [columns[i], cell]),
    ),
  );
}

/** Tests that need these files: counted as skipped where they are not there, but in CI, where they fail. */
export function describeShared(name: string, files: readonly string[], tests: () => void): void {
  const missing = files.filter((file) => !existsSync(sharedFile(file)));
  const absent = missing.length > 0 && !process.env['CI'];
  const title = absent ? `${name}: needs ${missing.join(', ')} of the public data beside the project` : name;
  describe.skipIf(absent)(title, tests);
}
