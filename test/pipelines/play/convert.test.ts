import { describe, expect, it } from 'vitest';
import type { Row } from '../../../pipelines/play/csv.js';
import { fileMatcher } from '../../../pipelines/play/files.js';
import { asMapping, convert, eventsOf, type WireEvent } from '../../../pipelines/play/mapping.js';
import { PROBLEMS_MAX, problemText, Tally } from '../../../pipelines/play/tally.js';

type Json = Record<string, unknown>;

/** Rows as a reader of CSV gives them, from `a,b` and lines. */
function rows(header: string, lines: readonly string[], file = 'f.csv'): Row[] {
  const columns = header.split(',');
  return lines.map((text, i) => {
    const cells = text.split(',');
    return { file, line: i + 2, cells: Object.fromEntries(columns.map((column, j) => [column, cells[j] ?? ''])) };
  });
}

async function run(json: Json, given: Iterable<Row>) {
  const tally = new Tally();
  const events: WireEvent[] = [];
  for await (const event of eventsOf(asMapping(json), given, tally)) events.push(event);
  return { events, tally, problems: tally.problems.map(problemText) };
}

const kpi: Json = {
  type: 'kpi.sampled',
  subject: 'cell-{cell}',
  data: { kpi: 'x', value: { column: 'value', as: 'number' } },
};
const mapping = (table: Json, more: Json = {}): Json => ({
  name: 'm',
  about: 'a mapping',
  source: 'here',
  zone: 'Europe/Belgrade',
  tables: [{ files: ['*.csv'], time: { column: 'time' }, events: [kpi], ...table }],
  ...more,
});
const T = (hour: number) => `2026-06-12T${String(hour).padStart(2, '0')}:00:00Z`;

describe('one field', () => {
  /** What a field makes of one cell. */
  async function madeOf(field: unknown, cell: string, more: Json = {}) {
    const event = { ...kpi, subject: 'cell', data: { kpi: 'x', value: 1, x: field }, extra: ['x'] };
    const { events, problems } = await run(mapping({ time: { at: T(0) }, events: [event] }, more), [
      { file: 'f.csv', line: 7, cells: { a: cell, b: 'bee', cur: 'EUR' } },
    ]);
    return problems.length > 0 ? problems.join() : events[0]!.data['x'];
  }
  const a = (as: string, more: Json = {}): Json => ({ column: 'a', as, ...more });

  it.each<[string, unknown, string, unknown]>([
    ['a plain value', 'text', '', 'text'],
    ['null', null, '', null],
    ['a constant', { constant: { amount: '1.00', currency: 'RSD' } }, '', { amount: '1.00', currency: 'RSD' }],
    ['text', { column: 'a' }, 'x y', 'x y'],
    ['an empty cell leaves the field out', { column: 'a' }, '', undefined],
    ['... or is what the mapping says', { column: 'a', as: 'money', currency: 'RSD', whenEmpty: null }, '', null],
    ['a template', { template: '{b}/{a}' }, 'x', 'bee/x'],
    ['a template with file and line', { template: '{#file}:{#line}' }, '', 'f.csv:7'],
    ['an object', { object: { y: { column: 'a' }, z: { column: 'b' } } }, '', { z: 'bee' }],
    ['an object of nothing is left out', { object: { y: { column: 'a' } } }, '', undefined],
    ['a number', a('number'), '-1.5', -1.5],
    ['an exponent', a('number'), '1.5e3', 1500],
    ['a power of ten moves the point', a('number', { factor: 0.01 }), '57', 0.57],
    ['... up', a('number', { factor: 1_000_000 }), '32.37', 32_370_000],
    ['another factor', a('number', { factor: 8 }), '2.5', 20],
    ['a factor on an exponent', a('number', { factor: 10 }), '1e3', 10_000],
    ['rounded', a('number', { round: true }), '2.5', 3],
    ['a decimal comma', a('number', { decimalComma: true }), '1.234,5', 1234.5],
    ['thousands with spaces', a('number', { decimalComma: true }), '1 234 567', 1_234_567],
    ['true', a('boolean'), 'Yes', true],
    ['false in own words', a('boolean', { true: ['da'], false: ['ne'] }), 'NE', false],
    ['a map', a('map', { values: { P: 'consumer', '5': 5 } }), '5', 5],
    ['a map for all others', a('map', { values: {}, otherwise: 'unknown' }), 'Q', 'unknown'],
    ['money', a('money', { currency: 'RSD' }), '1999', { amount: '1999.00', currency: 'RSD' }],
    [
      'money with a comma',
      a('money', { currency: 'RSD', decimalComma: true }),
      '1.999,5',
      { amount: '1999.50', currency: 'RSD' },
    ],
    ['a correction', a('money', { currency: 'RSD' }), '-0.5', { amount: '-0.50', currency: 'RSD' }],
    ['minor units', a('money', { currency: 'RSD', minor: true }), '199950', { amount: '1999.50', currency: 'RSD' }],
    [
      'money without VAT',
      a('money', { currency: 'RSD', vat: 'excluded' }),
      '1',
      { amount: '1.00', currency: 'RSD', vat: 'excluded' },
    ],
    ['a currency from a column', a('money', { currency: '{cur}' }), '1', { amount: '1.00', currency: 'EUR' }],
    ['a list', a('list', { separator: '|' }), 'x| y ||z', ['x', 'y', 'z']],
    ['a list of ids', a('list', { each: 'cell-{b}-{value}' }), '1,2', ['cell-bee-1', 'cell-bee-2']],
    ['JSON', a('json'), '{"y":[1]}', { y: [1] }],
    ['a time', a('time', { format: 'local', pattern: 'dd.MM.yyyy' }), '12.06.2026', '2026-06-12T00:00:00+02:00'],
  ])('%s', async (_, field, cell, expected) => {
    expect(await madeOf(field, cell)).toEqual(expected);
  });

  it.each<[string, unknown, string, string]>([
    ['no number', a('number'), 'many', 'f.csv:7: column a: "many" is no number'],
    [
      'a decimal comma nobody spoke of',
      a('number'),
      '1,5',
      'f.csv:7: column a: "1,5" is no number (with a decimal comma? then say decimalComma)',
    ],
    [
      'thousands and a point',
      a('number', { decimalComma: true }),
      '1,234.5',
      'f.csv:7: column a: "1,234.5" is no number with a decimal comma',
    ],
    ['infinity', a('number'), '1e999', 'f.csv:7: column a: "1e999" is too large'],
    [
      'neither yes nor no',
      a('boolean'),
      'maybe',
      'f.csv:7: column a: "maybe" is neither true, yes, 1 nor false, no, 0',
    ],
    ['a word that means nothing', a('map', { values: { P: 1, B: 2 } }), 'Q', 'f.csv:7: column a: "Q" is none of P, B'],
    [
      'a property that all objects have',
      a('map', { values: { P: 1 } }),
      'constructor',
      'f.csv:7: column a: "constructor" is none of P',
    ],
    [
      'too fine money',
      a('money', { currency: 'RSD' }),
      '1.999',
      'f.csv:7: column a: "1.999" is no money: amount 1.999 has more decimals than RSD (2)',
    ],
    [
      'a part of a para',
      a('money', { currency: 'RSD', minor: true }),
      '1.5',
      'f.csv:7: column a: "1.5" is no whole number of minor units',
    ],
    ['a template of nothing', { template: 'x-{a}' }, '', 'f.csv:7: column a: is empty, and x-{a} needs it'],
    ['no JSON', a('json'), '{', 'f.csv:7: column a: "{" is no JSON: '],
    ['no time', a('time'), '12.06.2026', 'f.csv:7: column a: "12.06.2026" is no RFC 3339 time'],
    ['a phone number is not repeated', a('boolean'), '+381600000001', 'f.csv:7: column a: what stands here is neither'],
    ['an address is not repeated', a('number'), 'a@example.rs', 'f.csv:7: column a: what stands here is no number'],
    ['a long cell is cut', a('number'), 'x'.repeat(60), `f.csv:7: column a: "${'x'.repeat(40)}..." is no number`],
  ])('%s', async (_, field, cell, problem) => {
    expect(String(await madeOf(field, cell)).startsWith(problem)).toBe(true);
  });
});

describe('rows', () => {
  it('become events, with ids of file and line', async () => {
    const { events, tally } = await run(mapping({}), rows('time,cell,value', [`${T(1)},1,0.5`]));
    expect(events).toEqual([
      {
        specversion: '1.0',
        id: 'f.csv:2',
        source: 'here',
        type: 'kpi.sampled',
        subject: 'cell-1',
        time: '2026-06-12T03:00:00+02:00',
        data: { kpi: 'x', value: 0.5 },
      },
    ]);
    expect(tally.total()).toEqual({ rows: 0, events: 1, skipped: 0, bad: 0 });
  });

  it('come out in order of time across files, at one time in the order of files and lines', async () => {
    const given = [
      ...rows('time,cell,value', [`${T(5)},1,1`, `${T(2)},1,2`], 'a.csv'),
      ...rows('time,cell,value', [`${T(3)},2,3`, `${T(2)},2,4`], 'b.csv'),
    ];
    const { events } = await run(mapping({}), given);
    expect(events.map(({ id }) => id)).toEqual(['a.csv:3', 'b.csv:3', 'b.csv:2', 'a.csv:2']);
  });

  it('in the order of the files where the mapping says so, nothing held', async () => {
    const taken: string[] = [];
    function* given() {
      for (const row of rows('time,cell,value', [`${T(5)},1,1`, `${T(2)},1,2`])) {
        taken.push(`read ${row.line}`);
        yield row;
      }
    }
    for await (const { line } of convert(asMapping(mapping({}, { order: 'file' })), given()))
      taken.push(`made ${line}`);
    expect(taken).toEqual(['read 2', 'made 2', 'read 3', 'made 3']);
  });

  it('make several events each, one for each template and repetition', async () => {
    const events = [kpi, { ...kpi, subject: 'cell-{cell}-{#}', repeat: 2 }];
    const made = await run(mapping({ events }), rows('time,cell,value', [`${T(1)},1,1`]));
    expect(made.events.map(({ id, subject }) => [id, subject])).toEqual([
      ['f.csv:2.1', 'cell-1'],
      ['f.csv:2.2.1', 'cell-1-1'],
      ['f.csv:2.2.2', 'cell-1-2'],
    ]);
  });

  it('have ids of their own from each table that takes them', async () => {
    const table = { files: ['*.csv'], time: { column: 'time' }, events: [kpi] };
    const { events } = await run(
      mapping({}, { tables: [table, { ...table, events: [kpi, kpi] }] }),
      rows('time,cell,value', [`${T(1)},1,1`]),
    );
    expect(events.map(({ id }) => id)).toEqual(['f.csv:2.1', 'f.csv:2.2.1', 'f.csv:2.2.2']);
  });

  it('are numbered among those that share some cells', async () => {
    const event = { ...kpi, extra: ['row'], data: { ...(kpi['data'] as Json), row: { column: 'row', as: 'number' } } };
    const table = { number: { as: 'row', within: ['time', 'cell'] }, events: [event] };
    const { events } = await run(
      mapping(table),
      rows('time,cell,value', [`${T(1)},1,1`, `${T(1)},2,1`, `${T(1)},1,1`, `${T(2)},1,1`]),
    );
    expect(events.map(({ subject, data }) => [subject, data['row']])).toEqual([
      ['cell-1', 1],
      ['cell-2', 1],
      ['cell-1', 2],
      ['cell-1', 1],
    ]);
  });

  it.each<[string, Json, string[]]>([
    ['filled', { column: 'value', filled: true }, ['f.csv:2', 'f.csv:3']],
    ['not filled', { column: 'value', filled: false }, ['f.csv:4']],
    ['one of these', { column: 'cell', in: ['2', '3'] }, ['f.csv:3', 'f.csv:4']],
    ['none of these', { column: 'cell', notIn: ['1', '3'] }, ['f.csv:3']],
    ['an expression', { column: 'cell', matches: '^[13]$' }, ['f.csv:2', 'f.csv:4']],
  ])('are skipped and counted where a condition does not hold: %s', async (_, condition, ids) => {
    const event = { ...kpi, data: { kpi: 'x', value: 1 } };
    const lines = [`${T(1)},1,1`, `${T(1)},2,1`, `${T(1)},3,`];
    const made = await run(mapping({ when: [condition], events: [event] }), rows('time,cell,value', lines));
    expect(made.events.map(({ id }) => id)).toEqual(ids);
    expect(made.tally.total()).toMatchObject({ events: ids.length, skipped: 3 - ids.length, bad: 0 });
  });

  it('may have a condition on one of their events alone', async () => {
    const events = [kpi, { ...kpi, when: [{ column: 'cell', in: ['2'] }] }];
    const made = await run(mapping({ events }), rows('time,cell,value', [`${T(1)},1,1`, `${T(1)},2,1`]));
    expect(made.events.map(({ id }) => id)).toEqual(['f.csv:2.1', 'f.csv:3.1', 'f.csv:3.2']);
  });

  it('say when the operator got to know', async () => {
    const event = { ...kpi, recordedtime: { column: 'known' } };
    const made = await run(
      mapping({ events: [event] }),
      rows('time,known,cell,value', [`${T(1)},${T(4)},1,1`, `${T(1)},${T(1)},1,1`]),
    );
    expect(made.events.map(({ recordedtime }) => recordedtime)).toEqual(['2026-06-12T06:00:00+02:00', undefined]);
  });
});

describe('a bad row is taken not at all', () => {
  it.each<[string, string, string]>([
    ['a bad number', `${T(1)},1,x`, 'f.csv:3: column value: "x" is no number'],
    ['no number', `${T(1)},1,`, 'f.csv:3: column value: data.value of kpi.sampled is missing'],
    ['no time', `,1,1`, 'f.csv:3: column time: is empty, and a time must be there'],
    ['a bad time', `now,1,1`, 'f.csv:3: column time: "now" is no RFC 3339 time'],
    ['no subject', `${T(1)},,1`, 'f.csv:3: column cell: is empty, and cell-{cell} needs it'],
    [
      'a name',
      `${T(1)},Petar Petrović,1`,
      'f.csv:3: column cell: gives a subject with a space or an @: it must be an opaque id',
    ],
    [
      'an address',
      `${T(1)},p@example.rs,1`,
      'f.csv:3: column cell: gives a subject with a space or an @: it must be an opaque id',
    ],
    [
      'a phone number',
      `${T(1)},+381600000001,1`,
      'f.csv:3: column cell: gives a subject that looks like a phone number',
    ],
  ])('%s', async (_, line, problem) => {
    const given = rows('time,cell,value', [`${T(1)},1,1`, line, `${T(2)},1,1`]);
    const { events, problems, tally } = await run(mapping({}), given);
    expect(events.map(({ id }) => id)).toEqual(['f.csv:2', 'f.csv:4']);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.startsWith(problem)).toBe(true);
    expect(tally.total()).toMatchObject({ events: 2, bad: 1, skipped: 0 });
  });

  it('a plain phone number or IMSI as subject', async () => {
    const event = { ...kpi, subject: '{cell}' };
    const { problems } = await run(
      mapping({ events: [event] }),
      rows('time,cell,value', [`${T(1)},220050000000001,1`]),
    );
    expect(problems).toEqual([
      'f.csv:2: column cell: gives a subject that looks like a phone number: it must be an opaque id',
    ]);
  });

  it('the number of the row itself, however it is written', async () => {
    const event = {
      type: 'service.upserted',
      subject: 'svc-{id}',
      data: { operator: 'o', kind: 'mobile', contact: { object: { msisdn: { column: 'msisdn' } } } },
    };
    const given = rows('time,id,msisdn', [`${T(1)},0600000001,+381600000001`, `${T(1)},17,+381600000001`]);
    const { events, problems } = await run(mapping({ events: [event] }), given);
    expect(events.map(({ subject }) => subject)).toEqual(['svc-17']);
    expect(problems).toEqual([
      'f.csv:2: column id: gives a subject that looks like a phone number: it must be an opaque id',
    ]);
  });

  it('all that is wrong with it is told', async () => {
    const { problems } = await run(mapping({}), rows('time,cell,value', ['now,,x']));
    expect(problems.map((problem) => /column (\w+)/.exec(problem)?.[1])).toEqual(['cell', 'time', 'value']);
  });

  it('none of its events is made, and no value counts as seen by it', async () => {
    const once = [
      {
        by: ['cell'],
        events: [{ type: 'element.upserted', subject: 'cell-{cell}', data: { operator: 'o', kind: 'cell' } }],
      },
    ];
    const { events } = await run(
      mapping({ once, events: [kpi, kpi] }),
      rows('time,cell,value', [`${T(1)},1,x`, `${T(2)},1,1`]),
    );
    expect(events.map(({ type, time }) => [type, time.slice(11, 13)])).toEqual([
      ['element.upserted', '04'],
      ['kpi.sampled', '04'],
      ['kpi.sampled', '04'],
    ]);
  });

  it('what the contract forbids is told with the column it came from', async () => {
    const event = { ...kpi, data: { kpi: 'availability', value: { column: 'value', as: 'number' } } };
    const { problems } = await run(mapping({ events: [event] }), rows('time,cell,value', [`${T(1)},1,1.5`]));
    expect(problems).toEqual(['f.csv:2: column value: data.value of kpi.sampled is no availability, which is 0 to 1']);
  });

  it('only so many problems are kept, and all counted', async () => {
    const lines = Array.from({ length: PROBLEMS_MAX + 5 }, () => `${T(1)},1,x`);
    const { tally } = await run(mapping({}), rows('time,cell,value', lines));
    expect(tally.problems).toHaveLength(PROBLEMS_MAX);
    expect(tally.problemCount).toBe(PROBLEMS_MAX + 5);
    expect(tally.report().at(-1)).toBe('problem: and 5 more');
  });
});

describe('a file that cannot be used is told once, and its rows are counted', () => {
  it.each<[string, string, Json, string]>([
    ['missing columns', 'time,c', {}, 'f.csv: has no column cell, value; its columns are time, c'],
    [
      'another separator',
      'time;cell;value',
      {},
      'f.csv: has no column time, cell, value; its columns are time;cell;value (is the separator ";"? then say csv.separator)',
    ],
    ['no table', 'time,cell,value', { files: ['g*.csv'] }, 'f.csv: no table of the mapping takes this file'],
    [
      'a column of the name of the number',
      'time,cell,value,row',
      { number: { as: 'row', within: ['cell'] } },
      'f.csv: has a column row of its own, which the mapping uses for a number',
    ],
    [
      'a table that is a lookup',
      'time,cell,value',
      {},
      'f.csv: is both a table and a lookup: a lookup needs a file of its own',
    ],
  ])('%s', async (name, header, table, problem) => {
    const lookups =
      name === 'a table that is a lookup' ? { lookups: { l: { files: ['f.csv'], key: 'cell', value: 'value' } } } : {};
    const { events, problems, tally } = await run(
      mapping(table, lookups),
      rows(header, [`${T(1)},1,1`, `${T(1)},1,1`]),
    );
    expect({ events, problems, bad: tally.total().bad }).toEqual({ events: [], problems: [problem], bad: 2 });
  });

  it('a column that may be missing counts as empty', async () => {
    const event = { ...kpi, data: { ...(kpi['data'] as Json), unit: { column: 'unit' } } };
    const { events, problems } = await run(
      mapping({ optional: ['unit'], events: [event] }),
      rows('time,cell,value', [`${T(1)},1,1`]),
    );
    expect([events[0]!.data, problems]).toEqual([{ kpi: 'x', value: 1 }, []]);
  });
});

describe('events once for a new value', () => {
  const element = { type: 'element.upserted', subject: 'cell-{cell}', data: { operator: 'o', kind: 'cell' } };
  const service = {
    type: 'service.upserted',
    subject: 'svc-{cell}-{#}',
    repeat: 2,
    data: {
      operator: 'o',
      kind: 'mobile',
      monthlyFee: { column: '#', as: 'map', values: { 1: null, 2: { amount: '1.00', currency: 'RSD' } } },
    },
  };
  const tariff = { type: 'tariff.upserted', subject: 't', time: { at: T(0) }, data: { currency: 'RSD' } };
  const once = [{ events: [tariff] }, { by: ['cell'], events: [element, service] }];
  const lines = [`${T(5)},1,1`, `${T(6)},2,1`, `${T(2)},1,1`, `${T(7)},2,1`];

  it('stand before the earliest row that has it', async () => {
    const { events, tally } = await run(mapping({ once }), rows('time,cell,value', lines));
    expect(events.map(({ type, subject, time }) => `${time.slice(11, 13)} ${type} ${subject}`)).toEqual([
      '02 tariff.upserted t',
      '04 element.upserted cell-1',
      '04 service.upserted svc-1-1',
      '04 service.upserted svc-1-2',
      '04 kpi.sampled cell-1',
      '07 kpi.sampled cell-1',
      '08 element.upserted cell-2',
      '08 service.upserted svc-2-1',
      '08 service.upserted svc-2-2',
      '08 kpi.sampled cell-2',
      '09 kpi.sampled cell-2',
    ]);
    expect(events[2]!.data['monthlyFee']).toBeNull();
    expect(events[3]!.data['monthlyFee']).toEqual({ amount: '1.00', currency: 'RSD' });
    expect(tally.total().events).toBe(events.length);
  });

  it('in the order of files before the first row that has it', async () => {
    const { events } = await run(mapping({ once }, { order: 'file' }), rows('time,cell,value', lines));
    expect(events.map(({ type }) => type.split('.')[0])).toEqual([
      'tariff',
      'element',
      'service',
      'service',
      'kpi',
      'element',
      'service',
      'service',
      'kpi',
      'kpi',
      'kpi',
    ]);
  });

  it('have ids that do not depend on the row', async () => {
    const ids = async (given: string[]) => {
      const { events } = await run(mapping({ once, events: [] }), rows('time,cell,value', given));
      return events.map(({ id }) => id).sort();
    };
    const expected = [
      'once.0.0.0:t',
      'once.0.1.0:cell-1',
      'once.0.1.0:cell-2',
      'once.0.1.1:svc-1-1',
      'once.0.1.1:svc-1-2',
      'once.0.1.1:svc-2-1',
      'once.0.1.1:svc-2-2',
    ];
    expect(await ids(lines)).toEqual(expected);
    expect(await ids([...lines].reverse())).toEqual(expected);
  });
});

describe('lookups', () => {
  const element = {
    type: 'element.upserted',
    subject: 'd{device}',
    time: { at: T(0) },
    data: {
      operator: 'o',
      kind: 'core',
      links: { column: 'device', lookup: 'links', each: 'd{value}' },
      district: { column: 'device', lookup: 'names' },
    },
  };
  const json = mapping(
    { files: ['alarms.csv'], events: [element] },
    {
      lookups: {
        links: { files: ['topology.csv'], key: 'a', value: 'b', bothWays: true },
        names: { files: ['names.csv'], key: 'id', value: 'name' },
      },
    },
  );

  it('give what another file says of a cell', async () => {
    const { events, problems } = await run(json, [
      ...rows('a,b', ['1,2', '3,1', '1,2', '1,'], 'topology.csv'),
      ...rows('id,name', ['1,North'], 'names.csv'),
      ...rows('time,device', [',1', ',2', ',4'], 'alarms.csv'),
    ]);
    expect(problems).toEqual([]);
    expect(events.map(({ subject, data }) => [subject, data['links'], data['district']])).toEqual([
      ['d1', ['d2', 'd3'], 'North'],
      ['d2', ['d1'], undefined],
      ['d4', undefined, undefined],
    ]);
  });
});

describe('groups', () => {
  const group = {
    by: ['service'],
    list: 'cycles',
    of: {
      from: { column: 'from' },
      to: { column: 'to' },
      charges: { column: 'charges', as: 'money', currency: 'RSD' },
    },
  };
  const json = mapping({
    time: { at: T(0) },
    group,
    events: [{ type: 'history.imported', subject: '{service}', data: {} }],
  });
  const header = 'service,from,to,charges';

  it('make one event of all rows that share some cells', async () => {
    const { events, problems } = await run(
      json,
      rows(header, [`s1,${T(1)},${T(2)},1`, `s2,${T(1)},${T(2)},5`, `s1,${T(2)},${T(3)},2`]),
    );
    expect(problems).toEqual([]);
    expect(
      events.map(({ id, subject, data }) => [
        id,
        subject,
        (data['cycles'] as Json[]).map(({ charges }) => (charges as Json)['amount']),
      ]),
    ).toEqual([
      ['f.csv:2', 's1', ['1.00', '2.00']],
      ['f.csv:3', 's2', ['5.00']],
    ]);
  });

  it('a group with a bad row is not sent: a hole would not be seen', async () => {
    const { events, problems } = await run(
      json,
      rows(header, [`s1,${T(1)},${T(2)},1`, `s1,${T(2)},${T(3)},x`, `s2,${T(1)},${T(2)},5`]),
    );
    expect(events.map(({ subject }) => subject)).toEqual(['s2']);
    expect(problems).toEqual([
      'f.csv:3: column charges: "x" is no number',
      'f.csv:2: 1 of 2 rows of its group are bad: none of it is sent',
    ]);
  });

  it('a group that the contract forbids is told', async () => {
    const { events, problems } = await run(json, rows(header, [`s1,${T(2)},${T(1)},1`]));
    expect([events, problems]).toEqual([[], ['f.csv:2: data.cycles.0.to of history.imported is not after its from']]);
  });
});

describe('the same rows give the same events', () => {
  const given = rows('time,cell,value', [`${T(1)},1,1`, `${T(1)},2,1`]);
  it.each(['line', 'content'])('ids by %s', async (ids) => {
    const [first, second] = [await run(mapping({}, { ids }), given), await run(mapping({}, { ids }), given)];
    expect(second.events).toEqual(first.events);
    expect(new Set(first.events.map(({ id }) => id)).size).toBe(2);
  });

  it('a packed file has the ids of the plain one', async () => {
    const packed = given.map((row) => ({ ...row, file: 'f.csv.gz' }));
    expect((await run(mapping({}), packed)).events).toEqual((await run(mapping({}), given)).events);
  });

  it('ids by content follow what is said, not where', async () => {
    const moved = rows('time,cell,value', [`${T(1)},9,1`, `${T(1)},2,1`, `${T(1)},1,2`], 'g.csv');
    const ids = async (of: Row[]) => (await run(mapping({}, { ids: 'content' }), of)).events.map(({ id }) => id);
    const [a, b] = await ids(given);
    expect(await ids(moved)).toEqual([expect.not.stringContaining(a!), b, expect.not.stringContaining(a!)]);
  });

  it('an id says nothing of contact data', async () => {
    const event = {
      type: 'service.upserted',
      subject: '{id}',
      data: { operator: 'o', kind: 'mobile', contact: { object: { msisdn: { column: 'msisdn' } } } },
    };
    const json = mapping({ time: { at: T(0) }, events: [event] }, { ids: 'content' });
    const { events } = await run(json, rows('id,msisdn', ['s1,+381600000001', 's1,+381600000002']));
    expect(events[0]!.id).toBe(events[1]!.id);
  });

  it('an id may be given by a template', async () => {
    const event = { ...kpi, id: '{cell}@{time}' };
    const { events } = await run(mapping({ events: [event] }), given);
    expect(events.map(({ id }) => id)).toEqual([`1@${T(1)}`, `2@${T(1)}`]);
  });
});

describe('patterns of files', () => {
  it.each<[string, string, boolean]>([
    ['*.csv', 'a.csv', true],
    ['*.csv', 'deep/down/a.csv', true],
    ['*.csv', 'a.csv.gz', true],
    ['*.csv', 'a.tsv', false],
    ['a?.csv', 'ab.csv', true],
    ['a.csv', 'axcsv', false],
    ['**/a.csv', 'a.csv', true],
    ['**/a.csv', 'x/y/a.csv.gz', true],
    ['x/*.csv', 'x/a.csv', true],
    ['x/*.csv', 'x/y/a.csv', false],
    ['x/**/a.csv', 'x/y/z/a.csv', true],
    ['x/**', 'x/y/z/a.csv', true],
    ['**/a_*.csv', 'x/b_a_1.csv', false],
    ['a(1)+.csv', 'a(1)+.csv', true],
  ])('%s and %s: %s', (pattern, name, fits) => {
    expect(fileMatcher([pattern])(name)).toBe(fits);
  });
});
