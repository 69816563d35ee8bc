/** `/services/:id`: one service as its rules see it, what was decided about it, and nothing of who holds it. */

import type { ServiceView } from '../../../../pipelines/domain/subject/service-view.js';
import type { DecisionPage, WireDecision } from '../../../../pipelines/http/ports.js';
import type { Update } from '../../../wire.js';
import { ApiError, read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { alarmsPanel } from '../alarms/panel.js';
import { type Alarm, readAlarms } from '../alarms/wire.js';
import { failure, loading } from '../parts/failure.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { decisionsPanel, factsPanel, historyPanel, outagesPanel } from './known.js';
import { limitsPanel } from './limits.js';
import { qualityPanel, televisionPanel } from './quality.js';
import { roamingPanel } from './roaming.js';
import { spendPanel } from './spend.js';
import { words } from './words.js';

const DECISIONS_MAX = 200;
const ALARMS_MAX = 50;

interface Shown {
  readonly service: ServiceView;
  readonly decisions: readonly WireDecision[];
  /** Undefined where this process keeps no list. */
  readonly alarms: readonly Alarm[] | undefined;
}

export function open(place: Place, given: Given): View {
  const id = place.names['id']!;
  const title = words.title(id);
  const content = make('div', 'columns', loading());
  let print = '';
  const refresher = new Refresher<Shown>({
    read: (signal) => readService(id, signal),
    show: (shown) => {
      // The clock alone is no news: who reads is left alone.
      const next = JSON.stringify([
        { ...shown.service, clock: '' },
        shown.decisions.map((one) => one.id),
        shown.alarms,
      ]);
      if (next === print) return;
      print = next;
      show(content, shown);
    },
    failed: (error) => content.replaceChildren(failure(error, () => void refresher.anew())),
  });
  const element = make('section', 'page service', make('h2', 'page-title', title), refresher.notice, content);
  const stop = given.live.hear<Update>('picture', ({ is, decisions }) => {
    if (is === 'snapshot' || (is === 'change' && decisions?.some(({ subject }) => subject === id))) refresher.changed();
  });
  return {
    element,
    title,
    close: () => {
      stop();
      refresher.close();
    },
  };
}

async function readService(id: string, signal: AbortSignal): Promise<Shown> {
  const [service, { decisions }, alarms] = await Promise.all([
    read<ServiceView>(`/v1/services/${encodeURIComponent(id)}`, signal),
    read<DecisionPage>(`/v1/decisions?${new URLSearchParams({ subject: id, limit: String(DECISIONS_MAX) })}`, signal),
    readAlarms(new URLSearchParams({ resource: id, state: 'raised', limit: String(ALARMS_MAX) }), signal).catch(
      (error: unknown) => {
        if (error instanceof ApiError && error.code === 'not-here') return undefined;
        throw error;
      },
    ),
  ]);
  return { service, decisions, alarms: alarms?.alarms };
}

function show(content: HTMLElement, { service, decisions, alarms }: Shown): void {
  // What was opened stays open: somebody reads there.
  const open = [...content.querySelectorAll('details[open] > summary')].map(({ textContent }) => textContent);
  const { held, pending, rules } = service;
  const notes = [
    ...(held ? [make('p', 'note marked', mark('critical'), words.held(held.why, held.queued))] : []),
    ...(pending ? [make('p', 'note', words.pending)] : []),
  ];
  const isMobile = service.facts.kind === 'mobile';
  content.replaceChildren(
    make(
      'div',
      'column',
      ...notes,
      factsPanel(service),
      spendPanel(service),
      limitsPanel(service),
      historyPanel(service),
    ),
    make(
      'div',
      'column',
      alarmsPanel(alarms, words),
      ...(service.roaming || isMobile ? [roamingPanel(service)] : []),
      ...(service.quality.length > 0 || rules.includes('lineQuality') ? [qualityPanel(service)] : []),
      ...(service.television.length > 0 || rules.includes('tv') ? [televisionPanel(service, decisions)] : []),
      outagesPanel(decisions),
      decisionsPanel(service.id, decisions),
    ),
  );
  for (const details of content.querySelectorAll('details'))
    if (open.includes(details.querySelector('summary')?.textContent ?? '')) details.open = true;
}
