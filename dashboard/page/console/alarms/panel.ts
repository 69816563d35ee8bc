/** The alarms of one subject, on its page. */
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { when } from '../../shared/time.js';
import { empty } from '../parts/failure.js';
import { linkTo, panel } from '../parts/panels.js';
import { type Alarm, hrefOf, problemOf } from './wire.js';

/** How a page calls its alarms, and what it says where there are none or another process keeps them. */
export interface PanelWords {
  readonly alarms: string;
  readonly noAlarms: string;
  readonly alarmsElsewhere: string;
}

/** Each alarm with its mark and since when, linked to itself; undefined: this process keeps no list. */
export function alarmsPanel(alarms: readonly Alarm[] | undefined, words: PanelWords): HTMLElement {
  if (!alarms) return panel(words.alarms, empty(words.alarmsElsewhere));
  if (alarms.length === 0) return panel(words.alarms, empty(words.noAlarms));
  const items = alarms.map((alarm) =>
    make(
      'li',
      'marked',
      mark(alarm.perceivedSeverity),
      linkTo(hrefOf(alarm.id), problemOf(alarm)),
      make('span', 'quiet', when(alarm.state.from)),
    ),
  );
  return panel(words.alarms, make('ul', 'plain', ...items));
}
