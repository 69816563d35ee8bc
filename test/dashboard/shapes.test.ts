/** The areas of districts that an installation brings: one file or a folder, and what is wrong said with its file and place. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readShapes } from '../../dashboard/shapes.js';

const RING = [
  [21, 43],
  [22, 43],
  [22.00001, 43.00001],
  [22, 44],
  [21, 43],
];
const area = (name: unknown, geometry: object = { type: 'Polygon', coordinates: [RING] }) => ({
  type: 'Feature',
  properties: { name },
  geometry,
});

describe('shapes of districts', () => {
  let folder: string;
  const put = (name: string, ...features: readonly object[]) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify({ type: 'FeatureCollection', features }));
    return file;
  };
  const names = (place: string) => readShapes(place).districts.map(({ name }) => name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dozor-shapes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read from a file, without points that a screen cannot tell apart', () => {
    const islands = { type: 'MultiPolygon', coordinates: [[RING], [RING]] };
    const { districts } = readShapes(put('all.geojson', area('Grad'), area('Ostrva', islands)));
    expect(districts.map(({ name, rings }) => [name, rings.map((ring) => ring.length)])).toEqual([
      ['Grad', [4]],
      ['Ostrva', [4, 4]],
    ]);
  });

  it('are read from all files of a folder, in the order of their names, and from nothing else in it', () => {
    put('b.geojson', area('Drugi'));
    put('a.JSON', area('Prvi'), area('Prvi'));
    writeFileSync(join(folder, 'readme.txt'), 'no shapes');
    expect(names(folder)).toEqual(['Prvi', 'Prvi', 'Drugi']);
  });

  it.each<readonly [what: string, make: (folder: string) => string, words: RegExp]>([
    ['a place that is not there', (at) => join(at, 'none'), /none cannot be used: there is no such file or folder$/],
    ['a folder without shapes', (at) => at, /no file in it ends with .geojson or .json$/],
    [
      'a file that is no JSON',
      (at) => {
        writeFileSync(join(at, 'x.json'), '{');
        return at;
      },
      /x\.json cannot be used: .*JSON/,
    ],
  ])('%s is refused in words', (_, make, words) => {
    expect(() => readShapes(make(folder))).toThrow(words);
  });

  it('are refused with the file and the place of what is wrong', () => {
    const wrong = (feature: object) => () => readShapes(put('x.geojson', area('Dobar'), feature));
    expect(wrong(area(7))).toThrow(/x\.geojson cannot be used: features\[1\]\.properties\.name should be/);
    expect(wrong(area('A', { type: 'Point', coordinates: [21, 43] }))).toThrow(/features\[1\]\.geometry\.type should/);
    expect(wrong(area('A', { type: 'Polygon', coordinates: [[[181, 0]]] }))).toThrow(
      /features\[1\].*coordinates should/,
    );
  });

  it('of one district in two files are refused, and so is more than a screen can draw', () => {
    mkdirSync(join(folder, 'many'));
    put('many/a.json', area('Grad'));
    put('many/b.json', area('Grad'));
    expect(() => readShapes(join(folder, 'many'))).toThrow(/b\.json cannot be used: 'Grad' is in a\.json too$/);
    const long = Array.from({ length: 40_001 }, (_, i) => [(i % 300) / 2, (i % 160) / 2]);
    const file = put('long.json', area('Dug', { type: 'Polygon', coordinates: [long] }));
    expect(() => readShapes(file)).toThrow(/40001 points: simplify it to 40000 at most$/);
  });
});
