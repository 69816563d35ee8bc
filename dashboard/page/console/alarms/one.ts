/** `/alarms/:id`: one alarm with its rule, its journal, and what it explains. */
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { person } from '../../shared/people.js';
import { shownIn, when } from '../../shared/time.js';
import { empty, failure, loading } from '../parts/failure.js';
import { bindKeys } from '../parts/keys.js';
import { facts, panel } from '../parts/panels.js';
import { Refresher } from '../parts/refresh.js';
import type { Given, Place, View } from '../view.js';
import { type Act, askAct } from './acts.js';
import { handledOf, lifeOf, severityOf } from './cells.js';
import { type Alarm, type AlarmWithJournal, hrefOf, problemOf, readAlarm, readAlarms } from './wire.js';
import { words } from './words.js';

const CHILDREN_MAX = 100;

interface Shown {
  readonly alarm: AlarmWithJournal;
  readonly now: number;
  readonly children: readonly Alarm[];
  readonly childrenTotal: number;
}

export function open(place: Place, given: Given): View {
  return new AlarmView(place.names['id']!, given);
}

class AlarmView implements View {
  readonly element = make('section', 'page alarm');
  readonly title: string;
  readonly #content = make('div', 'content', loading());
  readonly #refresher: Refresher<Shown>;
  readonly #unbind: () => void;
  #shown: Shown | undefined;
  #print = '';
  #unhear: (() => void) | undefined;

  constructor(id: string, given: Given) {
    this.title = words.title;
    this.#refresher = new Refresher<Shown>({
      read: async (signal) => {
        const alarm = await readAlarm(id, signal);
        const query = new URLSearchParams({ state: 'all', root: id, limit: String(CHILDREN_MAX) });
        const { clock, alarms, total } = await readAlarms(query, signal);
        return { alarm, now: clock ? Date.parse(clock) : 0, children: alarms, childrenTotal: total };
      },
      show: (shown) => {
        // Only where this server has the list may its stream be asked for it.
        this.#unhear ??= given.live.hear('alarms', (message) => {
          if (message.is !== 'same') this.#refresher.changed();
        });
        this.#show(shown);
      },
      failed: (error) => this.#content.replaceChildren(failure(error, () => void this.#refresher.anew())),
    });
    const back = make('a', 'back', words.back);
    back.href = '/alarms';
    this.element.append(make('p', 'trail', back), this.#refresher.notice, this.#content);
    const act = (name: Act) => () => this.#act(name);
    this.#unbind = bindKeys([
      { keys: ['a'], words: words.acknowledge, run: act('acknowledge') },
      { keys: ['s'], words: words.shelve, run: act('shelve') },
      { keys: ['c'], words: words.comment, run: act('comment') },
      { keys: ['u', 'Escape'], words: words.keyBack, run: () => given.go('/alarms') },
    ]);
  }

  #act(act: Act): void {
    if (!this.#shown) return;
    const { alarm, now } = this.#shown;
    askAct(act, [alarm], { now, done: () => void this.#refresher.now() });
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    const print = JSON.stringify([shown.alarm, shown.children.map(({ id }) => id), Math.floor(shown.now / 60_000)]);
    // What is the same is left alone: somebody may be reading, or stand on a button.
    if (print === this.#print) return;
    this.#print = print;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['act'] : undefined;
    const { alarm } = shown;
    this.#content.replaceChildren(
      this.#head(shown),
      make(
        'div',
        'columns',
        make('div', 'column', this.#facts(shown), this.#rule(alarm), this.#comments(alarm)),
        make('div', 'column', this.#explains(shown), this.#journal(alarm)),
      ),
    );
    if (focused) this.#content.querySelector<HTMLElement>(`[data-act="${focused}"]`)?.focus();
  }

  #head({ alarm }: Shown): HTMLElement {
    const is = alarm.operatorState.is;
    const acts: Act[] = [
      is === 'acknowledged' ? 'unacknowledge' : 'acknowledge',
      is === 'shelved' ? 'unshelve' : 'shelve',
      'comment',
      ...(alarm.state.is === 'raised' && alarm.source === 'reported' ? (['clear'] as const) : []),
      ...(alarm.state.is === 'cleared' && is !== 'closed' ? (['close'] as const) : []),
    ];
    const buttons = acts.map((act) => {
      const button = make('button', 'button', words[act]);
      button.type = 'button';
      button.dataset['act'] = act;
      button.addEventListener('click', () => this.#act(act));
      return button;
    });
    const title = make(
      'h2',
      '',
      mark(alarm.perceivedSeverity),
      make('span', '', `${alarm.resource}: ${problemOf(alarm)}`),
    );
    return make('div', 'panel head', title, make('div', 'buttons', ...buttons));
  }

  #facts({ alarm, now }: Shown): HTMLElement {
    const { said, rule, announcedAt, raises, automation } = alarm;
    const suppressed = automation.find(({ is }) => is === 'suppressed');
    return panel(
      words.facts,
      facts([
        [words.severity, severityOf(alarm)],
        [words.state, lifeOf(alarm, now)],
        [words.handled, make('span', '', ...handledOf(alarm))],
        [words.resource, resourceLink(alarm)],
        [words.district, alarm.district],
        [words.owner, rule?.owner],
        [words.cause, said.probableCause],
        [words.text, said.text],
        [words.type, alarm.alarmType],
        [words.source, words[alarm.source]],
        [words.aboutFault, said.aboutFault === undefined ? undefined : outageLink(said.aboutFault)],
        [words.services, said.affectedServices?.toString()],
        [words.raises, words.times(raises)],
        [words.told, announcedAt === undefined ? words.notTold : when(announcedAt)],
        [
          words.explainedBy,
          suppressed && make('span', '', alarmLink(suppressed.root ?? suppressed.by!, suppressed.why ?? '')),
        ],
      ]),
    );
  }

  #rule({ rule }: Alarm): HTMLElement {
    if (!rule) return panel(words.rule, empty(words.noRule));
    return panel(
      words.rule,
      facts([
        [words.rule, rule.id],
        [words.impact, rule.impact],
        [words.owner, rule.owner],
        [words.clears, rule.clears],
        [words.runbook, rule.runbook],
      ]),
    );
  }

  #comments({ comments }: Alarm): HTMLElement {
    if (comments.length === 0) return panel(words.comments, empty(words.noComments));
    const items = comments.map(({ at, by, text }) =>
      make('li', '', make('span', 'quiet', `${when(at)} `, person(by)), make('p', '', text)),
    );
    return panel(words.comments, make('ul', 'plain', ...items));
  }

  #explains({ alarm, children, childrenTotal }: Shown): HTMLElement {
    if (childrenTotal === 0) return make('span');
    const { alarms, resources, of } = alarm.children;
    const items = children.map((child) => {
      const evidence = child.automation.find(({ is }) => is === 'suppressed')?.why ?? '';
      return make(
        'li',
        '',
        mark(child.perceivedSeverity),
        alarmLink(child.id, `${child.resource}: ${problemOf(child)}`),
        make('span', 'quiet', evidence),
      );
    });
    const more = childrenTotal - children.length;
    return panel(
      words.explains,
      make('p', 'about', words.explainsWords(alarms, resources, of)),
      make('ul', 'plain children', ...items, ...(more > 0 ? [make('li', 'quiet', `+${more} ${words.more}`)] : [])),
    );
  }

  #journal({ journal }: AlarmWithJournal): HTMLElement {
    const items = [...journal]
      .reverse()
      .map(({ at, what, by, text, severity, ref }) =>
        make(
          'li',
          '',
          make('span', 'when', when(at)),
          make('span', 'what', ...(severity ? [mark(severity)] : []), what),
          make('span', 'quiet', person(by)),
          ...(text ? [make('p', '', text)] : []),
          ...(ref ? [make('code', 'quiet', ref)] : []),
        ),
      );
    return panel(`${words.journal}, ${shownIn()}`, make('ol', 'journal', ...items));
  }

  close(): void {
    this.#unhear?.();
    this.#unbind();
    this.#refresher.close();
  }
}

function alarmLink(id: string, text: string): HTMLAnchorElement {
  const link = make('a', '', text || id);
  link.href = hrefOf(id);
  return link;
}

function resourceLink({ resource }: Alarm): HTMLAnchorElement {
  const link = make('a', '', resource);
  link.href = `/alarms?${new URLSearchParams({ state: 'all', resource })}`;
  return link;
}

function outageLink(incident: string): HTMLAnchorElement {
  const link = make('a', '', incident);
  link.href = `/outages/${encodeURIComponent(incident)}`;
  return link;
}
