/** Every view of the console beside the overview. */
import type { Listed } from './view.js';
import { names } from './words.js';

export const VIEWS: readonly Listed[] = [
  { pattern: '/alarms', name: names.alarms, load: () => import('./alarms/list.js') },
  { pattern: '/alarms/:id', load: () => import('./alarms/one.js') },
  { pattern: '/outages', name: names.outages, load: () => import('./outages/list.js') },
  { pattern: '/outages/:incident', load: () => import('./outages/one.js') },
  { pattern: '/works', name: names.works, load: () => import('./works/view.js') },
  { pattern: '/decisions', name: names.decisions, load: () => import('./decisions/list.js') },
  { pattern: '/decisions/:id', load: () => import('./decisions/one.js') },
  { pattern: '/elements/:id', load: () => import('./elements/view.js') },
  { pattern: '/services/:id', load: () => import('./services/view.js') },
  { pattern: '/notices', name: names.notices, load: () => import('./notices/list.js') },
  { pattern: '/notices/:id', load: () => import('./notices/one.js') },
  { pattern: '/texts', load: () => import('./notices/texts.js') },
  { pattern: '/packs', name: names.packs, load: () => import('./packs/list.js') },
  { pattern: '/packs/:operator', load: () => import('./packs/one.js') },
  { pattern: '/overrun', name: names.overrun, load: () => import('./overrun/view.js') },
  { pattern: '/refused', name: names.refused, load: () => import('./refused/view.js') },
  { pattern: '/search', load: () => import('./search/view.js') },
];
