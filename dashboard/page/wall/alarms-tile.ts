/** The newest alarms that nothing explains or holds back, with their age and who has them. */
import type { WallAlarm, WallAlarms } from '../../../pipelines/domain/wall.js';
import { arrange, make, say } from '../shared/dom.js';
import { mark } from '../shared/marks.js';
import { dateTime, lengthOf } from '../shared/time.js';
import { Tile } from './tile.js';
import { words } from './words.js';

interface Row {
  readonly element: HTMLElement;
  readonly age: HTMLElement;
  alarm: WallAlarm;
  json: string;
}

export class AlarmsTile extends Tile {
  readonly #rows = new Map<string, Row>();
  readonly #list = make('ol', 'alarm-rows');
  readonly #more = make('p', 'more');
  readonly #announce: (text: string, urgent: boolean) => void;
  #known: ReadonlyMap<string, WallAlarm> | undefined;
  #shown: WallAlarms | undefined;

  constructor(announce: (text: string, urgent: boolean) => void) {
    super('alarms', words.alarms.title);
    this.#announce = announce;
    this.body.append(this.#list, this.#more);
    new ResizeObserver(() => this.#fit()).observe(this.body);
  }

  show(alarms: WallAlarms): void {
    this.#shown = alarms;
    this.#say(alarms);
    const { newest, absent, suppressed, shelved, maintenance, flapping, flood } = alarms;
    for (const alarm of newest) {
      const json = JSON.stringify(alarm);
      if (this.#rows.get(alarm.key)?.json !== json) this.#rows.set(alarm.key, { ...rowOf(alarm), alarm, json });
    }
    const keys = new Set(newest.map(({ key }) => key));
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.#rows.delete(key);
    arrange(
      this.#list,
      newest.map(({ key }) => this.#rows.get(key)!.element),
    );
    this.empty(absent !== null ? words.alarms.absent(absent) : newest.length === 0 ? words.alarms.none : undefined);
    const aside = suppressed + shelved + maintenance + flapping;
    this.note(
      flood
        ? words.alarms.flood(dateTime(flood.since))
        : aside > 0
          ? words.alarms.aside(suppressed, shelved, maintenance, flapping)
          : undefined,
    );
    this.#fit();
  }

  /** What moves with time alone. */
  run(now: number): void {
    for (const { alarm, age } of this.#rows.values()) say(age, lengthOf(now - alarm.from));
  }

  /** Whole rows alone: nobody scrolls a wall. How many are not seen is said. */
  #fit(): void {
    if (!this.#shown) return;
    const isFixed = document.documentElement.dataset['fits'] === 'yes';
    const rows = [...this.#list.children] as HTMLElement[];
    for (const row of rows) row.hidden = false;
    const all = Object.values(this.#shown.bySeverity).reduce((sum, count) => sum + (count ?? 0), 0);
    let seen = rows.length;
    if (isFixed && this.body.clientHeight > 0) {
      say(this.#more, words.alarms.more(all));
      const room = this.body.clientHeight - this.#more.offsetHeight;
      const top = this.#list.offsetTop;
      seen = rows.filter((row) => row.offsetTop - top + row.offsetHeight <= room).length;
      for (const row of rows.slice(seen)) row.hidden = true;
    }
    say(this.#more, all > seen ? words.alarms.more(all - seen) : '');
  }

  /** Tells who cannot see it what came and what went; one thing at a time. */
  #say({ newest }: WallAlarms): void {
    const now = new Map(newest.map((alarm) => [alarm.key, alarm]));
    const came = this.#known && newest.find(({ key, taken }) => !this.#known!.has(key) && !taken);
    const went = this.#known && [...this.#known.values()].find(({ key }) => !now.has(key));
    if (came) {
      const where = came.element ?? came.district ?? words.alarms.line;
      this.#announce(words.alarms.came(words.severity[came.severity], came.what, where), came.severity === 'critical');
    } else if (went && newest.length < 12) this.#announce(words.alarms.gone(went.what), false);
    this.#known = now;
  }
}

function rowOf(alarm: WallAlarm): Pick<Row, 'element' | 'age'> {
  const { severity, what, element, district, owner, taken, explains } = alarm;
  const age = make('span', 'alarm-age');
  const where = [element ?? words.alarms.line, district].filter((one) => one !== null).join(' · ');
  const who = taken ? make('span', 'alarm-taken', `✓ ${taken.by}`) : make('span', 'alarm-untaken', words.alarms.nobody);
  const row = make(
    'li',
    'alarm-row',
    mark(severity),
    make(
      'div',
      'alarm-words',
      make('span', 'unseen', `${words.severity[severity]}: `),
      make('p', 'alarm-what', what),
      make('p', 'alarm-where', explains > 0 ? `${where} · ${words.alarms.explains(explains)}` : where),
    ),
    make('div', 'alarm-side', age, make('p', 'alarm-who', owner ?? words.alarms.noOwner, ' · ', who)),
  );
  row.dataset['severity'] = severity;
  row.dataset['key'] = alarm.key;
  row.classList.toggle('is-taken', taken !== null);
  return { element: row, age };
}
