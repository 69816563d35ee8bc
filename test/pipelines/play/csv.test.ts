import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type CsvOptions, csvRows, RECORD_LINES_MAX, type Row, readCsv } from '../../../pipelines/play/csv.js';
import { problemText, Tally } from '../../../pipelines/play/tally.js';

async function read(text: string | Uint8Array, options: CsvOptions = {}, size = 1e9) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  const tally = new Tally();
  const rows: Row[] = [];
  for await (const row of csvRows('f.csv', chunks, options, tally)) rows.push(row);
  return {
    rows: rows.map(({ line, cells }) => [line, ...Object.values(cells)]),
    columns: Object.keys(rows[0]?.cells ?? {}),
    problems: tally.problems.map(problemText),
    count: tally.file('f.csv'),
  };
}

describe('well-formed files', () => {
  it.each<[string, string, CsvOptions, unknown[][]]>([
    [
      'plain',
      'a,b\n1,2\n3,4\n',
      {},
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    ['without a line end at the end', 'a,b\n1,2', {}, [[2, '1', '2']]],
    ['a byte order mark', '\uFEFFa,b\n1,2\n', {}, [[2, '1', '2']]],
    [
      'CRLF',
      'a,b\r\n1,2\r\n3,4\r\n',
      {},
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    [
      'CR alone',
      'a,b\r1,2\r3,4\r',
      {},
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    [
      'line ends of both kinds',
      'a,b\n1,2\r\n3,4\n',
      {},
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    ['semicolons', 'a;b\n1,5;2\n', { separator: ';' }, [[2, '1,5', '2']]],
    [
      'tabs, with an empty cell',
      'a\tb\tc\n1\t\t3\n\t2\t\n',
      { separator: '\t' },
      [
        [2, '1', '', '3'],
        [3, '', '2', ''],
      ],
    ],
    ['quotes', 'a,b\n"x, y","say ""z"""\n', {}, [[2, 'x, y', 'say "z"']]],
    [
      'a line end in quotes',
      'a,b\n1,"x\r\ny"\n3,4\n',
      {},
      [
        [2, '1', 'x\ny'],
        [4, '3', '4'],
      ],
    ],
    [
      'a blank line in quotes',
      'a,b\n1,"x\n\ny"\n3,4\n',
      {},
      [
        [2, '1', 'x\n\ny'],
        [5, '3', '4'],
      ],
    ],
    ['quotes with space around', 'a,b\n1, "x" \n', {}, [[2, '1', 'x']]],
    ['space around cells', ' a , b\n 1 ,\u00A02\n', {}, [[2, '1', '2']]],
    [
      'empty cells',
      'a,b\n,\n1,\n',
      {},
      [
        [2, '', ''],
        [3, '1', ''],
      ],
    ],
    [
      'blank lines',
      'a,b\n\n1,2\n   \n3,4\n',
      {},
      [
        [3, '1', '2'],
        [5, '3', '4'],
      ],
    ],
    [
      'separators behind the last cell',
      'a,b,\n1,2,\n3,4,,,\n',
      {},
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    ['lines before the header', 'Export of 1 July\n"odd\na,b\n1,2\n', { skipLines: 2 }, [[4, '1', '2']]],
    [
      'no header',
      '1,2\n3,4\n',
      { columns: ['a', 'b'] },
      [
        [1, '1', '2'],
        [2, '3', '4'],
      ],
    ],
  ])('%s', async (_, text, options, rows) => {
    for (const size of [1e9, 1, 3]) {
      const result = await read(text, options, size);
      expect(result).toMatchObject({ rows, columns: ['a', 'b', 'c'].slice(0, rows[0]!.length - 1), problems: [] });
    }
  });

  it('an old encoding is read where it is named', async () => {
    const windows1250 = Uint8Array.from([...Buffer.from('a,b\n'), 0xe8, 0x2c, 0x9a, 0x0a]);
    expect(await read(windows1250, { encoding: 'windows-1250' })).toMatchObject({
      rows: [[2, 'č', 'š']],
      problems: [],
    });
    const utf16 = Buffer.from('\uFEFFa,b\nč,š\n', 'utf16le');
    expect(await read(utf16, { encoding: 'utf-16le' }, 3)).toMatchObject({ rows: [[2, 'č', 'š']], problems: [] });
  });

  it('a column may be called as anything', async () => {
    const { columns, rows } = await read('__proto__,constructor,toString\n1,2,3\n');
    expect(columns).toEqual(['__proto__', 'constructor', 'toString']);
    expect(rows).toEqual([[2, '1', '2', '3']]);
  });
});

describe('a bad row costs that row alone, and says where it is', () => {
  it.each<[string, string, unknown[][], string[]]>([
    ['too few cells', 'a,b\n1\n3,4\n', [[3, '3', '4']], ['f.csv:2: has 1 cells where there are 2 columns']],
    ['too many cells', 'a,b\n1,2,3\n3,4\n', [[3, '3', '4']], ['f.csv:2: has 3 cells where there are 2 columns']],
    [
      'a quote inside a cell',
      'a,b\n1,2\n6,a"b\n7,8\n',
      [
        [2, '1', '2'],
        [4, '7', '8'],
      ],
      ['f.csv:3: a quote is not closed'],
    ],
    [
      'two quotes inside a cell',
      'a,b\n1,2\n6,a"b"c\n7,8\n',
      [
        [2, '1', '2'],
        [4, '7', '8'],
      ],
      ['f.csv:3: a quote stands inside a cell: the cell must be in quotes, and the quote in it doubled'],
    ],
    [
      'text behind a quoted cell',
      'a,b\n1,"x"y\n7,8\n',
      [[3, '7', '8']],
      ['f.csv:2: there is text behind the quote that closes a cell'],
    ],
    [
      'a quote never closed',
      'a,b\n1,"x\n7,8\n9,10\n',
      [
        [3, '7', '8'],
        [4, '9', '10'],
      ],
      ['f.csv:2: a quote is not closed'],
    ],
    [
      'a stray quote before a cell with a line end in it',
      'a,b\n6,a"b\n7,"x\ny"\n9,10\n',
      [
        [3, '7', 'x\ny'],
        [5, '9', '10'],
      ],
      ['f.csv:2: a quote stands inside a cell: the cell must be in quotes, and the quote in it doubled'],
    ],
    [
      'another encoding than it says',
      'a,b\n1,\uFFFD\n3,4\n',
      [[3, '3', '4']],
      ['f.csv:2: column b: is not in this encoding: say csv.encoding in the mapping'],
    ],
  ])('%s', async (_, text, rows, problems) => {
    const result = await read(text);
    expect(result).toMatchObject({ rows, problems });
    expect(result.count).toMatchObject({ rows: rows.length + problems.length, bad: problems.length });
  });

  it('rows far behind a quote that is never closed are read', async () => {
    const rest = Array.from({ length: 3 * RECORD_LINES_MAX }, (_, i) => `${i},x`);
    const { rows, problems } = await read(['a,b', '0,"y', ...rest].join('\n'));
    expect(rows).toHaveLength(rest.length);
    expect(problems).toEqual(['f.csv:2: a quote is not closed']);
  });

  it('a line without an end is not kept in memory', async () => {
    const { rows, problems } = await read(`a,b\n${'x'.repeat(5_000_000)},1\n3,4\n`, {}, 65_536);
    expect(rows).toEqual([[3, '3', '4']]);
    expect(problems).toEqual(['f.csv:2: the line is too long']);
  });
});

describe('a file that cannot be used says so', () => {
  it.each([
    ['empty', '', 'f.csv: is empty: it has not even a header'],
    ['a column twice', 'a,b,a\n1,2,3\n', 'f.csv:1: the header names column a twice'],
    ['columns without a name', 'a,,,b\n1,2,3,4\n', 'f.csv:1: the header has more than one column without a name'],
    [
      'a broken header',
      'a,"b"c\n1,2\n',
      'f.csv:1: the header cannot be read: there is text behind the quote that closes a cell',
    ],
  ])('%s', async (_, text, problem) => {
    expect(await read(text)).toMatchObject({ rows: [], problems: [problem] });
  });
});

describe('files on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-csv-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const rowsOf = async (name: string, tally: Tally) => {
    const rows: Row[] = [];
    for await (const row of readCsv({ name, path: join(folder, name) }, {}, tally)) rows.push(row);
    return rows;
  };

  it('plain and packed give the same rows', async () => {
    const text = `a,b\n${Array.from({ length: 5_000 }, (_, i) => `${i},"x ${i}"`).join('\n')}\n`;
    writeFileSync(join(folder, 'plain.csv'), text);
    writeFileSync(join(folder, 'packed.csv.gz'), gzipSync(text));
    const tally = new Tally();
    const cells = async (name: string) => (await rowsOf(name, tally)).map(({ line, cells }) => [line, { ...cells }]);
    const plain = await cells('plain.csv');
    expect(plain).toHaveLength(5_000);
    expect(await cells('packed.csv.gz')).toEqual(plain);
    expect(tally.problemCount).toBe(0);
  });

  it('a packed file that is cut off gives what can be read, and says where it ends', async () => {
    const text = `a,b\n${Array.from({ length: 50_000 }, (_, i) => `${i},${(i * 7919) % 10_007}`).join('\n')}\n`;
    writeFileSync(join(folder, 'cut.csv.gz'), gzipSync(text).subarray(0, 100_000));
    const tally = new Tally();
    const rows = await rowsOf('cut.csv.gz', tally);
    expect(rows.length).toBeGreaterThan(100);
    expect(problemText(tally.problems[0]!)).toMatch(/^cut\.csv\.gz: cannot be read beyond line \d+: /);
  });

  it('a file that is not there says so, packed or not', async () => {
    const tally = new Tally();
    expect([...(await rowsOf('none.csv', tally)), ...(await rowsOf('none.csv.gz', tally))]).toEqual([]);
    expect(tally.problems.map(problemText)).toEqual(['none.csv: is not there', 'none.csv.gz: is not there']);
  });
});
