import { it } from 'vitest';
import { told, world, fault, known, cleared, opened } from './story.js';
it('x', () => {
  const d = told([...world('a1-rs'), ...fault('cell-1', '06-10', '06-13')]);
  console.log(d.brief(), d.notices('subscriber'), d.notices('regulator'), d.notices('noc'));
  console.log(JSON.stringify(d.of('repair.overdue')[0], null, 1));
  console.log(JSON.stringify(d.of('credit.granted')[0], null, 1));
});
