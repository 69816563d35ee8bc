/** The view of an element: what holds now, its faults with their names, announced works; read from the store of real tasks. */
import { expect, it } from 'vitest';
import { ElementReader } from '../../../../pipelines/runtime/subject/element-reader.js';
import { Engine } from '../../../engine.js';
import { cleared, element, fault, inOrder, known, type Line, opened, packs, updated, works } from '../../story.js';

const PARTITIONS = { service: 1, element: 3, facts: 1, decisions: 1 };

async function read(lines: readonly Line[], id = 'cell-1') {
  const engine = await Engine.open({ packs, partitions: PARTITIONS });
  await engine.take(inOrder(lines).map((line) => JSON.stringify(line)));
  await engine.moveClock('2026-06-15T00:00:00+02:00');
  await engine.work();
  return new ElementReader({ store: engine.store, packs, partitions: PARTITIONS }).element(id);
}

it('shows what holds now, faults by their names, the newest first, and works', async () => {
  const lines = [
    element('cell-1', 'a1-rs', { technology: '4G', district: 'Raška', parent: 'site-1' }),
    element('cell-1', 'a1-rs', { technology: '5G', district: 'Raška', parent: 'site-1' }, '06-01'),
    known('06-14', element('cell-1', 'a1-rs', { technology: '2G' }, '06-20')),
    element('cell-10', 'a1-rs'),
    opened('cell-10', '06-14 00:00'),
    ...fault('cell-1', '06-10 00:00', '06-11 00:00'),
    opened('cell-1', '06-12 00:00', 'unknown'),
    updated('cell-1', '06-12 06:00', { responsibility: 'weather', reason: 'storm' }),
    opened('cell-1', '06-13 00:00', 'operator', { faultId: 'f2' }),
    cleared('cell-1', '06-13 01:00', 'f2'),
    works('cell-1', '06-01', '06-18 01:00', '06-18 05:00'),
  ];
  expect(await read(lines)).toMatchObject({
    version: 1,
    id: 'cell-1',
    clock: '2026-06-15T00:00:00+02:00',
    operator: { id: 'a1-rs', name: 'A1 Srbija' },
    technology: '5G',
    district: 'Raška',
    parent: 'site-1',
    versions: [{}, { at: '2026-06-01T00:00:00+02:00' }, {}],
    faults: [
      { incident: 'cell-1/f2', from: '2026-06-13T00:00:00+02:00', to: '2026-06-13T01:00:00+02:00' },
      { incident: 'cell-1/f1#2', to: null, responsibility: 'weather', reason: 'storm' },
      { incident: 'cell-1/f1', to: '2026-06-11T00:00:00+02:00', responsibility: 'operator' },
    ],
    works: [{ worksId: 'w1', from: '2026-06-18T01:00:00+02:00', channel: 'web' }],
  });
});

it('of one that nobody knows there is none', async () => {
  expect(await read([element('cell-10', 'a1-rs')])).toBeUndefined();
});
