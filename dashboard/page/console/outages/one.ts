/** `/outages/:incident`: one outage. What happened in time, what of it counts, who is affected, what it costs and why. */
import type { OutageDetail } from '../../../../pipelines/domain/outage-wire.js';
import type { DecisionPage } from '../../../../pipelines/http/ports.js';
import type { Update } from '../../../wire.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { exactly, shownIn, when } from '../../shared/time.js';
import { DecisionGrid } from '../parts/decision-grid.js';
import { empty, failure, loading } from '../parts/failure.js';
import { bindKeys } from '../parts/keys.js';
import { facts, linkTo, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { AffectedPanel } from './affected.js';
import { MoneyPanel } from './money.js';
import { timeline } from './timeline.js';
import { words } from './words.js';

const DECISIONS_MAX = 50;

interface Shown {
  readonly outage: OutageDetail;
  readonly decisions: DecisionPage;
}

export function open(place: Place, given: Given): View {
  return new OutageView(place.names['incident']!, given);
}

const instant = (time: string | null) => (time === null ? undefined : Date.parse(time));

class OutageView implements View {
  readonly element = make('section', 'page outage-page');
  readonly title = words.title;
  readonly #incident: string;
  readonly #content = make('div', 'content', loading());
  readonly #refresher: Refresher<Shown>;
  readonly #money: MoneyPanel;
  readonly #affected: AffectedPanel;
  readonly #decisions: DecisionGrid;
  readonly #ends: readonly (() => void)[];
  #print = '';

  constructor(incident: string, given: Given) {
    this.#incident = incident;
    const path = `/v1/outages/${encodeURIComponent(incident)}`;
    this.#money = new MoneyPanel(path);
    this.#affected = new AffectedPanel(path);
    this.#decisions = new DecisionGrid((id) => given.go(`/decisions/${encodeURIComponent(id)}`));
    const query = new URLSearchParams({ incident, limit: String(DECISIONS_MAX) });
    this.#refresher = new Refresher<Shown>({
      read: async (signal) => {
        const [outage, decisions] = await Promise.all([
          read<OutageDetail>(path, signal),
          read<DecisionPage>(`/v1/decisions?${query}`, signal),
        ]);
        return { outage, decisions };
      },
      show: (shown) => this.#show(shown),
      failed: (error) => this.#content.replaceChildren(failure(error, () => void this.#refresher.anew())),
      everyMs: 15_000,
    });
    this.element.append(make('p', 'trail', linkTo('/outages', words.back)), this.#refresher.notice, this.#content);
    this.#ends = [
      given.live.hear<Update>('picture', ({ is, outages, decisions }) => {
        if (is !== 'same' && (outages || decisions)) this.#refresher.changed();
      }),
      bindKeys([
        { keys: ['u', 'Escape'], words: words.keyBack, run: () => given.go('/outages') },
        { keys: ['e'], words: words.keyExcuse, run: () => given.go(excuseHref(incident)) },
      ]),
    ];
  }

  #show({ outage, decisions }: Shown): void {
    // The clock moves all the time; what is read is put in anew once a minute, or when something else has changed.
    const minute = Math.floor(Date.parse(outage.clock) / 60_000);
    const { clock: _, countedSeconds: __, excusedSeconds: ___, ...rest } = outage;
    const print = JSON.stringify([rest, minute, decisions.decisions.map(({ id }) => id)]);
    if (print === this.#print) return;
    this.#print = print;
    this.#money.show(outage);
    this.#affected.show(outage);
    this.#decisions.show(decisions.decisions);
    const excuse = linkTo(excuseHref(this.#incident), words.excuse);
    const alarms = linkTo(
      `/alarms?${new URLSearchParams({ state: 'all', resource: outage.subject })}`,
      words.showAlarms,
    );
    excuse.className = alarms.className = 'button';
    const all = linkTo(`/decisions?${new URLSearchParams({ incident: this.#incident })}`, words.toSubscribers);
    const decided =
      decisions.decisions.length === 0
        ? panel(words.decisions, empty(words.noDecisions))
        : panel(words.decisions, countsOf(outage), this.#decisions.element, make('p', '', all));
    this.#content.replaceChildren(
      make(
        'div',
        'panel head',
        make('h2', '', `${outage.operator.name}: ${outage.incident}`),
        make('div', 'buttons', excuse, ...(outage.on === 'element' ? [alarms] : [])),
      ),
      make(
        'div',
        'columns',
        make('div', 'column', factsOf(outage), this.#money.element, this.#affected.element),
        make('div', 'column', timelineOf(outage), faultsOf(outage), worksOf(outage)),
      ),
      decided,
    );
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#money.close();
    this.#affected.close();
    this.#refresher.close();
  }
}

function excuseHref(incident: string): string {
  return `/works?${new URLSearchParams({ excuse: incident })}`;
}

function factsOf(outage: OutageDetail): HTMLElement {
  const { subject, on, kind, district, from, to, countedSeconds, excusedSeconds, limit, services } = outage;
  const place =
    on === 'element' ? `/elements/${encodeURIComponent(subject)}` : `/services/${encodeURIComponent(subject)}`;
  const orNever = (time: string | null) => (time === null ? words.neverYet : when(time));
  const hours = /^PT(\d+)H$/.exec(limit?.after ?? '');
  return panel(
    words.facts,
    facts([
      [
        words.on,
        make('span', '', linkTo(place, subject), ` ${on === 'element' ? words.element(kind ?? '') : words.line}`),
      ],
      [words.district, district ?? undefined],
      [words.from, `${when(from)} ${shownIn()}`],
      [words.to, to === null ? words.stillOpen : when(to)],
      [words.counted, exactly(countedSeconds * 1_000)],
      [words.excused, exactly(excusedSeconds * 1_000)],
      [words.limit, limit ? words.limitAfter(hours ? `${hours[1]} h` : limit.after) : undefined],
      [words.clause, limit?.clause],
      [words.overdueAt, orNever(outage.overdueAt)],
      [words.confirmedAt, orNever(outage.confirmedAt)],
      [words.affected, to === null ? String(services) : undefined],
    ]),
  );
}

function timelineOf({ faults, spans, works, clock, confirmedAt, overdueAt, subject }: OutageDetail): HTMLElement {
  const lanes = [
    {
      name: words.timelineOf(subject),
      bars: spans.map(({ from, to, is }) => ({
        from: Date.parse(from),
        to: instant(to),
        kind: is,
        words: is === 'counted' ? words.isCounted : words.isExcused,
      })),
    },
    ...faults.map(({ incident, parts }) => ({
      name: incident,
      bars: parts.map(({ from, to, responsibility, reason, excused }) => ({
        from: Date.parse(from),
        to: instant(to),
        kind: excused ? ('excused' as const) : ('counted' as const),
        words: `${responsibility}${reason ? `, ${reason}` : ''}`,
      })),
    })),
    ...works.map(({ worksId, from, to }) => ({
      name: worksId,
      bars: [{ from: Date.parse(from), to: Date.parse(to), kind: 'works' as const, words: words.works }],
    })),
  ];
  const marks = [
    ...(overdueAt === null || overdueAt === confirmedAt ? [] : [{ at: Date.parse(overdueAt), words: words.overdueAt }]),
    ...(confirmedAt === null ? [] : [{ at: Date.parse(confirmedAt), words: words.confirmedAt }]),
  ];
  return panel(words.timeline, timeline(lanes, marks, Date.parse(clock)));
}

function faultsOf({ faults }: OutageDetail): HTMLElement {
  const items = faults.map(({ incident, parts, events }) => {
    const rows = parts.map(({ from, responsibility, reason, accessBarred, excused }) =>
      make(
        'li',
        '',
        make('span', 'quiet', `${when(from)} `),
        make('strong', '', responsibility),
        ` ${reason} `,
        make('span', 'tag', excused ? words.isExcused : words.isCounted),
        ...(accessBarred ? [make('span', 'tag', words.barred)] : []),
      ),
    );
    const sources = events.map((event) => make('li', '', make('code', '', event)));
    return make(
      'li',
      '',
      make('strong', '', incident),
      make('ul', 'plain', ...rows),
      make('details', '', make('summary', '', words.events), make('ul', 'sources', ...sources)),
    );
  });
  return panel(words.faults, make('ul', 'plain', ...items));
}

function worksOf({ works }: OutageDetail): HTMLElement {
  if (works.length === 0) return panel(words.works, empty(words.noWorks));
  const items = works.map(({ element, worksId, from, to, announcedAt, channel }) =>
    make(
      'li',
      '',
      make('strong', '', worksId),
      ` ${words.worksLine(element, when(from), when(to))} `,
      make('span', 'quiet', words.announced(when(announcedAt), channel)),
    ),
  );
  return panel(words.works, make('ul', 'plain', ...items));
}

function countsOf({ decisions, incident }: OutageDetail): HTMLElement {
  const items = Object.entries(decisions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, count]) => {
      const link = linkTo(`/decisions?${new URLSearchParams({ incident, type })}`, `${type} ${count}`);
      link.className = 'button';
      return link;
    });
  return make('div', 'buttons', ...items);
}
