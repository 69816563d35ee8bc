import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadPacks } from '../../../pipelines/runtime/packs.js';
import { Replay } from '../../../pipelines/runtime/replay.js';
import { PLAY_PACKS, playEvents, playSets } from '../../../pipelines/play/play.js';
import { parseInstant } from '../../../pipelines/domain/units.js';
it('e2e', async () => {
  const packs = loadPacks([PLAY_PACKS]);
  for (const name of ['regional-outages', 'alarms-wireless', 'alarms-microwave', 'speed-tests', 'lte-hourly', 'cells-daily']) {
    const set = (await playSets('/work/shared/data')).find((s) => s.name === name)!;
    const by: Record<string, number> = {}; let sample: unknown; const t = performance.now(); let lines = 0; const subj = new Set<string>();
    const story = new Replay({ packs, decided: (d: any) => { by[d.type] = (by[d.type] ?? 0) + 1; if (d.type === 'credit.granted') sample ??= d; if (d.type === 'outage.confirmed') subj.add(d.subject); }, rejected: (r: any) => console.log('REJ', r.message) } as any);
    let last = '';
    for await (const e of playEvents(set)) { story.line(JSON.stringify(e), ++lines); last = e.time; }
    story.finish(parseInstant(last)! + (name === 'regional-outages' ? 0 : 0));
    console.log(name, lines, Math.round(performance.now() - t), 'ms', by, subj.size, JSON.stringify(sample)?.slice(0, 900), story.counts);
  }
}, 600000);
