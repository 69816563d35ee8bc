/**
 * CSV files, plain or gzip, as rows that know their line. A bad row costs that row: lines are put together to records here (a
 * field in quotes may hold line ends), and `csv-parse` reads record by record, so that a stray quote cannot swallow the rest.
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type CsvError, parse } from 'csv-parse/sync';
import { Tally } from './tally.js';

/** One row: its cells by column, trimmed; `line` is the first line of it in the file, 1 for the header. */
export interface Row {
  readonly file: string;
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/** How a file is written. */
export interface CsvOptions {
  /** Between the cells; a comma unless given. */
  readonly separator?: string;
  /** As the WHATWG names them, such as windows-1250; UTF-8 unless given. */
  readonly encoding?: string;
  /** Lines before the header that are no part of the table. */
  readonly skipLines?: number;
  /** The names of the columns, where the file has no header. */
  readonly columns?: readonly string[];
}

/** A file to read: the name by which rows and ids know it, and where it lies. */
export interface CsvFile {
  readonly name: string;
  readonly path: string;
}

/** A longer record is a quote that was never closed, or no CSV. */
export const RECORD_BYTES_MAX = 1024 * 1024;
export const RECORD_LINES_MAX = 200;
/** A parser is costly to begin with: records of one line are read together. */
const BATCH = 256;

/** Reads a file. What is wrong with it, or with rows of it, goes to the tally, and the reading goes on. */
export async function* readCsv(file: CsvFile, options: CsvOptions = {}, tally = new Tally()): AsyncGenerator<Row> {
  const raw = createReadStream(file.path);
  // The callback is empty because the reader gets the error as well; without one it would end the process.
  const bytes = file.path.endsWith('.gz') ? pipeline(raw, createGunzip(), () => undefined) : raw;
  yield* csvRows(file.name, bytes as AsyncIterable<Uint8Array>, options, tally);
}

/** The same, from bytes wherever they come from. */
export async function* csvRows(
  file: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: CsvOptions = {},
  tally = new Tally(),
): AsyncGenerator<Row> {
  const count = tally.file(file);
  let columns = options.columns;
  let line = 0;
  try {
    for await (const record of recordsOf(linesOf(bytes, options.encoding), options)) {
      line = record.line;
      if (columns === undefined) {
        columns = headerOf(record, (why) => tally.problem({ file, line: record.line, why }));
        if (columns === undefined) return;
        continue;
      }
      count.rows += 1;
      const row = rowOf(file, record, columns);
      if ('why' in row) {
        count.bad += 1;
        tally.problem({ file, ...row });
      } else yield row;
    }
    if (columns === undefined) tally.problem({ file, why: 'is empty: it has not even a header' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    tally.problem({ file, why: code === 'ENOENT' ? 'is not there' : `cannot be read beyond line ${line}: ${message}` });
  }
}

// --- Records to rows ---

type RecordRead =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly why: string };

function headerOf(record: RecordRead, refuse: (why: string) => void): readonly string[] | undefined {
  if ('why' in record) return void refuse(`the header cannot be read: ${record.why}`);
  const columns = withoutEmptyEnd(
    record.fields.map((name) => name.trim()),
    0,
  );
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice === '') return void refuse('the header has more than one column without a name');
  if (twice !== undefined) return void refuse(`the header names column ${twice} twice`);
  return columns;
}

function rowOf(
  file: string,
  record: RecordRead,
  columns: readonly string[],
): Row | { readonly line: number; readonly column?: string; readonly why: string } {
  const { line } = record;
  if ('why' in record) return record;
  const fields = withoutEmptyEnd(record.fields, columns.length);
  if (fields.length !== columns.length) {
    return { line, why: `has ${fields.length} cells where there are ${columns.length} columns` };
  }
  // Without a prototype no column's name means anything but itself.
  const cells: Record<string, string> = Object.create(null);
  for (const [i, column] of columns.entries()) {
    const cell = fields[i]!.trim();
    if (cell.includes('\uFFFD'))
      return { line, column, why: 'is not in this encoding: say csv.encoding in the mapping' };
    cells[column] = cell;
  }
  return { file, line, cells };
}

/** Programs like to write separators behind the last cell. */
function withoutEmptyEnd(fields: readonly string[], length: number): readonly string[] {
  let end = fields.length;
  while (end > length && fields[end - 1]!.trim() === '') end -= 1;
  return end === fields.length ? fields : fields.slice(0, end);
}

// --- Lines to records ---

interface Line {
  readonly line: number;
  readonly text: string;
}

async function* recordsOf(lines: AsyncIterable<Line>, options: CsvOptions): AsyncGenerator<RecordRead> {
  const separator = options.separator ?? ',';
  const batch: Line[] = [];
  /** Physical lines of a record whose quote is still open. */
  let open: Line[] = [];
  const skip = options.skipLines ?? 0;

  const flush = () => {
    const records = parseAll(batch, separator);
    batch.length = 0;
    return records;
  };
  /** Takes a line in, and gives back what is settled by it. */
  const take = (next: Line): RecordRead[] => {
    if (open.length === 0) {
      if (next.text.trim() === '') return [];
      if (next.text.length > RECORD_BYTES_MAX) return [...flush(), { line: next.line, why: 'the line is too long' }];
      if (hasOpenQuote(next.text)) {
        open = [next];
        return [];
      }
      batch.push(next);
      return batch.length === BATCH ? flush() : [];
    }
    open.push(next);
    // The quote that opened the record is closed by the next line with an odd number of them.
    if (hasOpenQuote(next.text)) {
      const [first] = open as [Line, ...Line[]];
      const fields = parseOne(open.map(({ text }) => text).join('\n'), separator);
      if (typeof fields === 'string') return giveUp(fields);
      open = [];
      return [...flush(), { line: first.line, fields }];
    }
    const bytes = open.reduce((sum, { text }) => sum + text.length, 0);
    if (open.length > RECORD_LINES_MAX || bytes > RECORD_BYTES_MAX) return giveUp('a quote is not closed');
    return [];
  };
  /** The first open line is bad; the others are looked at anew, as if it had not been there. */
  const giveUp = (why: string): RecordRead[] => {
    const [first, ...rest] = open as [Line, ...Line[]];
    open = [];
    return [...flush(), { line: first.line, why }, ...rest.flatMap(take)];
  };

  for await (const next of lines) if (next.line > skip) yield* take(next);
  while (open.length > 0) yield* giveUp('a quote is not closed');
  yield* flush();
}

function hasOpenQuote(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

function parseAll(lines: readonly Line[], separator: string): RecordRead[] {
  if (lines.length === 0) return [];
  const all = parseText(lines.map(({ text }) => text).join('\n'), separator);
  if (typeof all !== 'string' && all.length === lines.length) {
    return all.map((fields, i) => ({ line: lines[i]!.line, fields }));
  }
  return lines.map(({ line, text }) => {
    const fields = parseOne(text, separator);
    return typeof fields === 'string' ? { line, why: fields } : { line, fields };
  });
}

/** The cells of one record, or what is wrong with it. */
function parseOne(text: string, separator: string): readonly string[] | string {
  const records = parseText(text, separator);
  if (typeof records === 'string') return records;
  return records.length === 1 ? records[0]! : 'a quote is not closed';
}

function parseText(text: string, separator: string): string[][] | string {
  try {
    return parse(text, {
      delimiter: separator,
      record_delimiter: '\n',
      relax_column_count: true,
      // A tab is white space too, and must stay where it separates.
      trim: separator.trim() !== '',
    });
  } catch (error) {
    return QUOTE_TROUBLE[(error as CsvError).code] ?? (error as Error).message;
  }
}

const QUOTE_TROUBLE: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'a quote stands inside a cell: the cell must be in quotes, and the quote in it doubled',
  CSV_INVALID_CLOSING_QUOTE: 'there is text behind the quote that closes a cell',
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
};

// --- Bytes to lines ---

async function* linesOf(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  encoding = 'utf-8',
): AsyncGenerator<Line> {
  // It drops a byte order mark.
  const decoder = new TextDecoder(encoding);
  let rest = '';
  let line = 0;
  for await (const chunk of bytes) {
    const text = rest + decoder.decode(chunk, { stream: true });
    // A carriage return at the very end may be one half of a line end.
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    const parts = whole.split(/\r\n|\n|\r/);
    rest = parts.pop()! + text.slice(whole.length);
    for (const part of parts) yield { line: (line += 1), text: part };
    // More than any record may have: what follows is not kept, only that it was too long.
    if (rest.length > 2 * RECORD_BYTES_MAX) rest = rest.slice(0, RECORD_BYTES_MAX + 1);
  }
  rest += decoder.decode();
  for (const part of rest === '' ? [] : rest.replace(/\r$/, '').split(/\r\n|\n|\r/))
    yield { line: (line += 1), text: part };
}
