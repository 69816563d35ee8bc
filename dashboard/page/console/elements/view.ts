/** `/elements/:id`: what is known of an element, what is open on it, and its indicators over time. */
import type { ElementView } from '../../../../pipelines/domain/subject/element-view.js';
import { ApiError, read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { when } from '../../shared/time.js';
import { alarmsPanel } from '../alarms/panel.js';
import { type Alarm, readAlarms } from '../alarms/wire.js';
import { empty, failure, loading } from '../parts/failure.js';
import { facts, linkTo, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { Indicators } from './indicators.js';
import { words } from './words.js';

const ALARMS_MAX = 50;
const FAULTS_MAX = 20;

interface Shown {
  readonly element: ElementView;
  /** Undefined where this process keeps no list. */
  readonly alarms: readonly Alarm[] | undefined;
}

export function open(place: Place, given: Given): View {
  return new ElementPage(place, given);
}

class ElementPage implements View {
  readonly element = make('section', 'page element');
  readonly title: string;
  readonly #id: string;
  readonly #known = make('div', 'columns', loading());
  readonly #refresher: Refresher<Shown>;
  readonly #indicators: Indicators;
  #print = '';

  constructor(place: Place, given: Given) {
    this.#id = place.names['id']!;
    this.title = words.title(this.#id);
    this.#indicators = new Indicators(this.#id, place.query, given);
    this.#refresher = new Refresher<Shown>({
      read: (signal) => this.#read(signal),
      show: (shown) => this.#show(shown),
      failed: (error) => this.#known.replaceChildren(failure(error, () => void this.#refresher.anew())),
    });
    this.element.append(
      make('h2', 'page-title', this.title),
      this.#refresher.notice,
      this.#known,
      this.#indicators.element,
    );
  }

  holds({ names }: Place): boolean {
    return names['id'] === this.#id;
  }

  moved({ query }: Place): void {
    this.#indicators.moved(query);
  }

  async #read(signal: AbortSignal): Promise<Shown> {
    const query = new URLSearchParams({ resource: this.#id, limit: String(ALARMS_MAX), state: 'raised' });
    const [element, alarms] = await Promise.all([
      read<ElementView>(`/v1/elements/${encodeURIComponent(this.#id)}`, signal),
      readAlarms(query, signal).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 'not-here') return undefined;
        throw error;
      }),
    ]);
    return { element, alarms: alarms?.alarms };
  }

  #show({ element, alarms }: Shown): void {
    // The clock alone is no news: who reads is left alone.
    const print = JSON.stringify([{ ...element, clock: '' }, alarms]);
    if (print === this.#print) return;
    this.#print = print;
    this.#known.replaceChildren(
      make('div', 'column', this.#facts(element), this.#works(element)),
      make('div', 'column', alarmsPanel(alarms, words), this.#faults(element)),
    );
  }

  #facts(element: ElementView): HTMLElement {
    const { operator, kind, technology, parent, links, district, latitude, longitude, populationCovered } = element;
    return panel(
      words.facts,
      facts([
        [words.operator, `${operator.name} (${operator.id})`],
        [words.kind, kind],
        [words.technology, technology ?? undefined],
        [words.parent, parent === null ? undefined : elementLink(parent)],
        [words.links, links.length === 0 ? undefined : make('span', 'spaced', ...links.map(elementLink))],
        [words.district, district ?? undefined],
        [words.place, latitude === null || longitude === null ? undefined : `${latitude}, ${longitude}`],
        [words.population, populationCovered?.toString()],
        [words.changed, when(element.versions.at(-1)!.at)],
      ]),
    );
  }

  #faults({ faults }: ElementView): HTMLElement {
    if (faults.length === 0) return panel(words.faults, empty(words.noFaults));
    const items = faults
      .slice(0, FAULTS_MAX)
      .map(({ incident, from, to, responsibility, reason }) =>
        make(
          'li',
          '',
          linkTo(`/outages/${encodeURIComponent(incident)}`, incident),
          to === null ? make('strong', 'tag', words.open) : '',
          make('p', 'quiet', to === null ? words.since(when(from)) : `${when(from)} – ${when(to)}`),
          make('p', '', reason ? `${responsibility}: ${reason}` : responsibility),
        ),
      );
    const more = faults.length - FAULTS_MAX;
    return panel(
      words.faults,
      make('ul', 'plain', ...items, ...(more > 0 ? [make('li', 'quiet', words.moreFaults(more))] : [])),
    );
  }

  #works({ works }: ElementView): HTMLElement {
    if (works.length === 0) return panel(words.works, empty(words.noWorks));
    const items = works
      .slice(0, FAULTS_MAX)
      .map(({ worksId, from, to, announcedAt, channel }) =>
        make(
          'li',
          '',
          make('span', '', `${worksId}: ${when(from)} – ${when(to)}`),
          make('p', 'quiet', words.announced(when(announcedAt), channel)),
        ),
      );
    return panel(words.works, make('ul', 'plain', ...items));
  }

  close(): void {
    this.#refresher.close();
    this.#indicators.close();
  }
}

function elementLink(id: string): HTMLAnchorElement {
  return linkTo(`/elements/${encodeURIComponent(id)}`, id);
}
