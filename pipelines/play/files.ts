/** The files of a set: found by patterns of their relative names, and read in the order that a mapping needs them. */
import { readdirSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { type CsvFile, type CsvOptions, type Row, readCsv } from './csv.js';
import type { Mapping } from './mapping-form.js';
import { Tally } from './tally.js';

/**
 * Whether a file's name fits one of the patterns: `*` is anything but a slash, `**` also folders; a pattern without a slash
 * looks at the last part of the name alone. A file packed with gzip has the name without `.gz`, too.
 */
export function fileMatcher(patterns: readonly string[]): (name: string) => boolean {
  const tests = patterns.map((pattern) => {
    const expression = pattern
      .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
      .replace(/\*\*\/|\*\*|\*|\?/g, (found) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' })[found] ?? '[^/]');
    return { expression: new RegExp(`^${expression}$`), whole: pattern.includes('/') };
  });
  return (name) => {
    const plain = name.replace(/\.gz$/, '');
    return tests.some(({ expression, whole }) => {
      const [a, b] = whole ? [name, plain] : [basename(name), basename(plain)];
      return expression.test(a) || expression.test(b);
    });
  };
}

/** Every file below a folder, in order of its relative name. Of a file and its packed copy only the first is taken. */
export function filesBelow(folder: string): readonly CsvFile[] {
  const seen = new Set<string>();
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path, name: path.slice(folder.length).split(sep).join('/').replace(/^\/+/, '') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => {
      const plain = name.replace(/\.gz$/, '');
      return !seen.has(plain) && seen.add(plain);
    });
}

/** The rows of these files: lookups first, then table by table in the order of the mapping, each file once. */
export async function* rowsOf(mapping: Mapping, files: readonly CsvFile[], tally = new Tally()): AsyncGenerator<Row> {
  for (const { file, options } of inOrder(mapping, files)) yield* readCsv(file, options, tally);
}

function inOrder(mapping: Mapping, files: readonly CsvFile[]): readonly { file: CsvFile; options: CsvOptions }[] {
  const readers = [...Object.values(mapping.lookups ?? {}), ...mapping.tables].map(({ files: patterns, csv }) => ({
    takes: fileMatcher(patterns),
    options: (csv ?? {}) as CsvOptions,
  }));
  const left = new Set(files);
  const order = readers.flatMap(({ takes, options }) => {
    const taken = [...left].filter(({ name }) => takes(name));
    for (const file of taken) left.delete(file);
    return taken.map((file) => ({ file, options }));
  });
  // What nothing takes is read all the same, so that it is told and counted.
  return [...order, ...[...left].map((file) => ({ file, options: {} }))];
}
