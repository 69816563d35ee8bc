import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { asMapping, loadMapping, mappingProblems } from '../../../pipelines/play/mapping.js';
import { playMappings } from '../../../pipelines/play/play.js';

type Json = Record<string, unknown>;

const event = (more: Json = {}, data: Json = {}): Json => ({
  type: 'kpi.sampled',
  subject: 'cell-{cell}',
  data: { kpi: 'availability', value: { column: 'value', as: 'number' }, ...data },
  ...more,
});
const table = (more: Json = {}): Json => ({ files: ['*.csv'], time: { column: 'time' }, events: [event()], ...more });
const mapping = (more: Json = {}): Json => ({
  name: 'm',
  about: 'a mapping',
  source: 'm',
  zone: 'Europe/Belgrade',
  tables: [table()],
  ...more,
});
const withEvent = (...given: Parameters<typeof event>): Json =>
  mapping({ tables: [table({ events: [event(...given)] })] });
const withField = (field: unknown): Json => withEvent({ extra: ['x'] }, { x: field });

const told = (json: unknown) => mappingProblems(json).map(({ path, why }) => `${path}: ${why}`);

describe('a sound mapping has no problems', () => {
  it.each([
    ['the least', mapping()],
    ['plain values', withEvent({}, { unit: 'x', value: 0.5 })],
    ['null and false', withEvent({ extra: ['a', 'b'] }, { a: null, b: false })],
    ['a constant null', withField({ constant: null })],
    ['an object in an object', withField({ object: { y: { object: { z: { column: 'z' } } } } })],
  ])('%s', (_, json) => {
    expect(told(json)).toEqual([]);
  });

  it('the one that docs/inventory.md shows', () => {
    const page = readFileSync(new URL('../../../docs/inventory.md', import.meta.url), 'utf8');
    const [, shown] = /```json\n([\s\S]*?)```/.exec(page)!;
    expect(told(JSON.parse(shown!))).toEqual([]);
  });

  it('all mappings of the project are sound', () => {
    expect(playMappings().map(({ name }) => name)).toHaveLength(6);
  });
});

const at = 'tables.0.events.0';

describe('what is wrong with a mapping is told with its path', () => {
  it.each<[string, unknown, string[]]>([
    ['no object', [], [': must be object']],
    [
      'nothing in it',
      {},
      ['name: is missing', 'about: is missing', 'source: is missing', 'zone: is missing', 'tables: is missing'],
    ],
    ['a key that is none', mapping({ tabels: [] }), ['tabels: is nothing that a mapping holds here']],
    ['an unknown zone', mapping({ zone: 'Europe/Beograd' }), ['zone: is no zone: Europe/Beograd']],
    [
      'an unknown type',
      withEvent({ type: 'kpi.sample' }),
      [expect.stringMatching(/^tables\.0\.events\.0\.type: must be one of service\.upserted, /) as string],
    ],
    [
      'a misspelt option of a field',
      withField({ colum: 'a' }),
      [`${at}.data.x.colum: is nothing that a mapping holds here`],
    ],
    [
      'a misspelt option deep inside',
      withField({ object: { y: { column: 'y', az: 'list' } } }),
      [`${at}.data.x.object.y.az: is nothing that a mapping holds here`],
    ],
    [
      'a conversion that is none',
      withField({ column: 'a', as: 'integer' }),
      [`${at}.data.x.as: must be one of text, number, boolean, map, money, list, json, time`],
    ],
    [
      'a field that is a list',
      withField(['a']),
      [`${at}.data.x: must be string or number or boolean or null or object`],
    ],
    ['no files', mapping({ tables: [table({ files: [] })] }), [expect.stringMatching(/^tables\.0\.files: /) as string]],
    [
      'nothing made',
      mapping({ tables: [table({ events: [] })] }),
      ['tables.0.events: are missing, and so is once: it makes nothing'],
    ],
    [
      'no time',
      mapping({ tables: [{ files: ['*'], events: [event()] }] }),
      [`${at}.time: is missing, and the table has none`],
    ],
    ['a time from nowhere', mapping({ tables: [table({ time: {} })] }), ['tables.0.time: must have one of at, column']],
    [
      'a time from two places',
      mapping({ tables: [table({ time: { at: '2026-01-01T00:00:00Z', column: 'a' } })] }),
      ['tables.0.time: must have one of at, column'],
    ],
    [
      'a stated time without offset',
      mapping({ tables: [table({ time: { at: '2026-01-01' } })] }),
      ['tables.0.time.at: is no RFC 3339 time with an offset'],
    ],
    [
      'a time without pattern',
      withEvent({ time: { column: 'a', format: 'local' } }),
      [`${at}.time.pattern: is missing: a local time needs one`],
    ],
    [
      'a time with a wrong pattern',
      withEvent({ recordedtime: { column: 'a', format: 'local', pattern: 'dd.MM.yy' } }),
      [expect.stringMatching(/recordedtime\.pattern: has yy, which is none of/) as string],
    ],
    [
      'a time with an unknown zone',
      withEvent({ time: { column: 'a', format: 'local', pattern: 'yyyy-MM-dd', zone: 'CEST' } }),
      [`${at}.time.zone: is no zone: CEST`],
    ],
    [
      'a time without origin',
      withEvent({ time: { column: 'a', format: 'seconds-from' } }),
      [`${at}.time.origin: must be the instant of second 0 in RFC 3339`],
    ],
    [
      'a pattern that is not asked for',
      withEvent({ time: { column: 'a', pattern: 'yyyy' } }),
      [`${at}.time.pattern: belongs to local, not to rfc3339`],
    ],
    [
      'a required field missing',
      withEvent({ data: { kpi: 'x' } }),
      [`${at}.data.value: is missing: kpi.sampled needs it`],
    ],
    [
      'a field misspelt',
      withEvent({}, { units: '%' }),
      [`${at}.data.units: is no field of kpi.sampled (fields beside the contract are named in extra)`],
    ],
    ['a field from nowhere', withField({}), [`${at}.data.x: must have one of constant, column, template, object`]],
    [
      'a field from two places',
      withField({ column: 'a', template: '{b}' }),
      [`${at}.data.x: must have one of constant, column, template, object`],
    ],
    [
      'a factor of a text',
      withField({ column: 'a', factor: 2 }),
      [`${at}.data.x.factor: belongs to as number, not to text`],
    ],
    [
      'a currency of a number',
      withField({ column: 'a', as: 'number', currency: 'RSD' }),
      [`${at}.data.x.currency: belongs to as money, not to number`],
    ],
    [
      'money without currency',
      withField({ column: 'a', as: 'money' }),
      [`${at}.data.x.currency: is missing: money needs one`],
    ],
    [
      'money of no country',
      withField({ column: 'a', as: 'money', currency: 'DIN' }),
      [`${at}.data.x.currency: is no known currency: DIN`],
    ],
    ['a map of nothing', withField({ column: 'a', as: 'map' }), [`${at}.data.x.values: is missing: a map needs them`]],
    [
      'a constant that is converted',
      withField({ constant: '1', as: 'number' }),
      [`${at}.data.x.as: belongs to a column or a template`],
    ],
    [
      'a time in the data',
      withField({ column: 'a', as: 'time', format: 'local', pattern: 'dd' }),
      [`${at}.data.x.pattern: has no yyyy`],
    ],
    [
      'an unknown lookup',
      withField({ column: 'a', lookup: 'sites' }),
      [`${at}.data.x.lookup: is no lookup of this mapping: sites`],
    ],
    ['a broken template', withEvent({ subject: 'cell-{cell' }), [`${at}.subject: has a brace that names no column`]],
    ['an empty placeholder', withEvent({ id: '{}' }), [`${at}.id: has a brace that names no column`]],
    [
      'a condition of nothing',
      withEvent({ when: [{ column: 'a' }] }),
      [`${at}.when.0: must have one of filled, in, notIn, matches`],
    ],
    [
      'a broken expression',
      withEvent({ when: [{ column: 'a', matches: '(' }] }),
      [expect.stringMatching(/when\.0\.matches: Invalid regular expression/) as string],
    ],
    [
      'an encoding that is none',
      mapping({ tables: [table({ csv: { encoding: 'cp-1250' } })] }),
      ['tables.0.csv.encoding: is no encoding: cp-1250'],
    ],
    [
      'an operator that is not listed',
      mapping({
        operators: ['a1-rs'],
        tables: [
          table({ events: [{ type: 'element.upserted', subject: '{a}', data: { operator: 'a1', kind: 'cell' } }] }),
        ],
      }),
      [`${at}.data.operator: is a1, which is not among operators`],
    ],
    [
      'a group of fields',
      mapping({
        tables: [
          table({
            group: { by: ['a'], list: 'cycles', of: { from: {} } },
            events: [{ type: 'history.imported', subject: '{a}', data: {} }],
          }),
        ],
      }),
      ['tables.0.group.of.from: must have one of constant, column, template, object'],
    ],
    [
      'events once',
      mapping({ tables: [table({ once: [{ by: ['a'], events: [event({ subject: '{' })] }] })] }),
      ['tables.0.once.0.events.0.subject: has a brace that names no column'],
    ],
  ])('%s', (_, json, problems) => {
    expect(told(json)).toEqual(problems);
  });

  it('all of it is told, however much it is', () => {
    const events = Array.from({ length: 50 }, () => event({ typ: 1 }));
    expect(told(mapping({ tables: [table({ events })] }))).toHaveLength(50);
  });

  const service = (more: Json): Json =>
    mapping({
      tables: [
        table({
          events: [
            {
              type: 'service.upserted',
              subject: '{id}',
              data: { operator: 'a1-rs', kind: 'mobile', contact: { object: { msisdn: { column: 'msisdn' } } } },
              ...more,
            },
          ],
        }),
      ],
    });
  it('a phone number may be no part of a subject or an id', () => {
    expect(told(service({}))).toEqual([]);
    const why = 'holds the column msisdn, which is contact data: it must be an opaque id';
    expect(told(service({ subject: 'svc-{msisdn}', id: '{id}-{msisdn}' }))).toEqual([
      `${at}.subject: ${why}`,
      `${at}.id: ${why}`,
    ]);
    const contact = { type: 'contact.upserted', subject: '{number}', data: { msisdn: { column: 'number' } } };
    expect(told(mapping({ tables: [table({ events: [contact] })] }))).toEqual([
      `${at}.subject: holds the column number, which is contact data: it must be an opaque id`,
    ]);
  });
});

describe('loading', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-mapping-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (text: string) => {
    const path = join(folder, 'm.json');
    writeFileSync(path, text);
    return path;
  };

  it('gives the mapping', () => {
    expect(loadMapping(file(JSON.stringify(mapping())))).toEqual(mapping());
  });

  it('tells all problems at once', () => {
    const bad = mapping({ zone: 'x', tables: [table({ time: {}, events: [event({ subject: '{' })] })] });
    expect(() => loadMapping(file(JSON.stringify(bad)))).toThrow(
      'the mapping m.json cannot be used:\n  zone is no zone: x\n' +
        '  tables.0.time must have one of at, column\n  tables.0.events.0.subject has a brace that names no column',
    );
  });

  it('says where there is no JSON', () => {
    expect(() => loadMapping(file('{'))).toThrow(/^the mapping m\.json cannot be read: /);
  });

  it('names the mapping given', () => {
    expect(() => asMapping({ ...mapping(), zone: 'x' })).toThrow('the mapping given cannot be used');
  });
});
