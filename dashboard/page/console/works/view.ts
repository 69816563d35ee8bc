/** `/works`: planned works, and time excused with four eyes. `?excuse=INCIDENT` opens the proposal for that outage. */
import type { ExcuseLine } from '../../../../pipelines/domain/excuse-wire.js';
import type { OutageDetail } from '../../../../pipelines/domain/outage-wire.js';
import type { WorksLine } from '../../../../pipelines/domain/works-wire.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { shownIn, when } from '../../shared/time.js';
import { empty, failure, loading, reasonOf } from '../parts/failure.js';
import { ask, type Field } from '../parts/form.js';
import { bindKeys } from '../parts/keys.js';
import { once } from '../parts/once.js';
import { panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import { instantOf } from '../parts/zoned.js';
import type { Given, Place, View } from '../view.js';
import { excuseTable } from './excuse-table.js';
import { causeOf, words } from './words.js';
import { worksTable } from './works-table.js';

interface Shown {
  readonly works: readonly WorksLine[];
  readonly excuses: readonly ExcuseLine[];
}

export function open(place: Place, given: Given): View {
  return new WorksView(place, given);
}

class WorksView implements View {
  readonly element = make('section', 'page works');
  readonly title = words.title;
  readonly #given: Given;
  readonly #content = make('div', 'content', loading());
  readonly #refresher: Refresher<Shown>;
  readonly #unbind: () => void;
  #print = '';

  constructor(place: Place, given: Given) {
    this.#given = given;
    this.#refresher = new Refresher<Shown>({
      read: async (signal) => {
        const [{ works }, { excuses }] = await Promise.all([
          read<{ readonly works: readonly WorksLine[] }>('/v1/works', signal),
          read<{ readonly excuses: readonly ExcuseLine[] }>('/v1/excuses', signal),
        ]);
        return { works, excuses };
      },
      show: (shown) => this.#show(shown),
      failed: (error) => this.#content.replaceChildren(failure(error, () => void this.#refresher.anew())),
    });
    this.element.append(make('h2', 'page-title', words.title), this.#refresher.notice, this.#content);
    this.#unbind = bindKeys([{ keys: ['p'], words: words.keyPlan, run: () => this.#plan() }]);
    this.#propose(place);
  }

  #show({ works, excuses }: Shown): void {
    const print = JSON.stringify([works, excuses]);
    if (print === this.#print) return;
    this.#print = print;
    const plan = make('button', 'button', words.plan);
    plan.type = 'button';
    plan.addEventListener('click', () => this.#plan());
    const again = () => void this.#refresher.now();
    this.#content.replaceChildren(
      panel(words.excuses, excuses.length === 0 ? empty(words.emptyExcuses) : excuseTable(excuses, again)),
      panel(
        words.works,
        make('div', 'buttons', plan),
        works.length === 0 ? empty(words.emptyWorks) : worksTable(works, again),
      ),
    );
  }

  #plan(): void {
    const zone = words.localTime(shownIn());
    const channels = (['web', 'sms', 'email'] as const).map((one) => [one, words[one]] as const);
    ask({
      title: words.plan,
      about: zone,
      fields: [
        { name: 'element', label: words.element, required: true },
        { name: 'worksId', label: words.worksId, required: true },
        { name: 'from', label: words.from, type: 'datetime', required: true },
        { name: 'to', label: words.to, type: 'datetime', required: true },
        { name: 'channel', label: words.channel, type: 'select', options: channels },
        { name: 'reason', label: words.reason, required: true },
      ],
      submit: words.plan,
      acts: ({ element = '', worksId = '', from = '', to = '', channel, reason }) => {
        const body = { element, worksId, from: timeOf(words.from, from), to: timeOf(words.to, to), channel, reason };
        return [{ name: `${worksId} ${element}`, run: once('/v1/works', body) }];
      },
      done: () => void this.#refresher.now(),
    });
  }

  /** Asks for what is to be excused, where the address names an outage. */
  async #propose({ query }: Place): Promise<void> {
    const incident = query.get('excuse');
    if (!incident) return;
    try {
      const outage = await read<OutageDetail>(`/v1/outages/${encodeURIComponent(incident)}`);
      askExcuse(outage, () => {
        this.#given.go('/works', 'replace');
        void this.#refresher.now();
      });
    } catch (error) {
      this.#given.announce(reasonOf(error), true);
      this.element.prepend(failure(error, () => void this.#propose({ query } as Place)));
    }
  }

  moved(place: Place): void {
    void this.#propose(place);
  }

  close(): void {
    this.#unbind();
    this.#refresher.close();
  }
}

/** The proposal to excuse time of an outage. */
function askExcuse(outage: OutageDetail, done: () => void): void {
  const { incident, from, to, excusable, operator } = outage;
  const span = `${when(from)} - ${to === null ? words.wholeTime : when(to)}`;
  const fields: Field[] = [
    { name: 'from', label: words.from, type: 'datetime', hint: words.fromHint },
    {
      name: 'to',
      label: words.to,
      type: 'datetime',
      hint: words.toHint,
    },
    {
      name: 'responsibility',
      label: words.cause,
      type: 'select',
      required: true,
      options: excusable.map((one) => [one, causeOf(one)]),
    },
    { name: 'reason', label: words.reason, type: 'long', required: true },
  ];
  ask({
    title: `${words.propose}: ${incident}`,
    about: excusable.length === 0 ? words.notExcusable(operator.name) : `${span}. ${words.localTime(shownIn())}`,
    fields,
    submit: words.propose,
    acts: ({ from: begin = '', to: end = '', responsibility = '', reason = '' }) => {
      const body = {
        incident,
        ...(begin !== '' && { from: timeOf(words.from, begin) }),
        ...(end !== '' && { to: timeOf(words.to, end) }),
        responsibility,
        reason,
      };
      return [{ name: incident, run: once('/v1/excuses', body) }];
    },
    done: (all) => all && done(),
  });
}

function timeOf(name: string, text: string): string {
  const at = instantOf(text);
  if (at === undefined) throw new Error(words.badTime(name));
  return new Date(at).toISOString();
}
