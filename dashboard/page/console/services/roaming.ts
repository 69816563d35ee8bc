/** Roaming as a calendar: a square a day with a letter, months below each other, and what the rule makes of it. */

import type { ServiceView, ViewDay, ViewRoaming } from '../../../../pipelines/domain/subject/service-view.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { when } from '../../shared/time.js';
import { empty } from '../parts/failure.js';
import { facts, panel } from '../parts/panels.js';
import { plainTable } from '../parts/table.js';
import { bytesText, dayText, measureText, monthText, volumesText } from './figures.js';
import { words } from './words.js';

const VOLUMES = ['dataBytes', 'voiceSeconds', 'messages'] as const;
const KINDS = ['home', 'both', 'abroad', 'elsewhere', 'none'] as const;

export function roamingPanel({ roaming, rules }: ServiceView): HTMLElement {
  if (!roaming) return panel(words.roaming, empty(rules.includes('roaming') ? words.neverAbroad : words.noRule));
  const { months, window, risk } = roaming;
  return panel(
    words.roaming,
    make('p', 'about', words.roamingWindow(months, dayText(window.from), dayText(window.to))),
    ...calendar(roaming),
    legend(),
    make('p', 'verdict', ...(risk ? [mark('minor')] : []), risk ? words.risk : words.noRisk),
    counts(roaming),
    facts([
      [words.warning, warningOf(roaming)],
      [words.surcharge, surchargeOf(roaming)],
      [words.roamingData, roaming.data ? dataOf(roaming.data) : undefined],
    ]),
  );
}

function calendar({ days, episode, surcharges }: ViewRoaming): readonly HTMLElement[] {
  const months = new Map<string, ViewDay[]>();
  for (const day of days) {
    const month = day.day.slice(0, 7);
    months.set(month, [...(months.get(month) ?? []), day]);
  }
  const isIn = (day: string, from: string, to: string | null) => day >= from && (to === null || day < to);
  return [...months].map(([month, within]) => {
    const list = make('ol', 'calendar');
    // Weeks begin on Monday.
    const first = (new Date(`${within[0]!.day}T00:00:00Z`).getUTCDay() + 6) % 7;
    for (let i = 0; i < first; i++) {
      const blank = make('li', 'blank');
      blank.setAttribute('aria-hidden', 'true');
      list.append(blank);
    }
    for (const day of within) {
      const square = make(
        'li',
        `square is-${day.is}`,
        make('span', 'date', String(Number(day.day.slice(8)))),
        make('b', '', words.letter[day.is]),
      );
      const text = sayDay(day);
      square.title = text;
      square.append(make('span', 'unseen', text));
      if (episode?.term && isIn(day.day, episode.term.from, episode.term.to)) square.classList.add('in-term');
      if (surcharges.some(({ start, stop }) => isIn(day.day, start, stop))) square.classList.add('in-surcharge');
      list.append(square);
    }
    return make('div', 'calendar-month', make('h4', '', monthText(month)), list);
  });
}

function sayDay({ day, is, home, zone, elsewhere }: ViewDay): string {
  const used = (['home', 'zone', 'elsewhere'] as const).flatMap((place) => {
    const volumes = { home, zone, elsewhere }[place];
    return volumes ? [`${words.useAt[place]} ${volumesText(volumes)}`] : [];
  });
  return words.dayWords(dayText(day), words.is[is], used.length > 0 ? `; ${used.join('; ')}` : '');
}

function legend(): HTMLElement {
  return make(
    'ul',
    'calendar-legend',
    ...KINDS.map((is) =>
      make('li', '', make('span', `square is-${is}`, make('b', '', words.letter[is])), words.is[is]),
    ),
    make('li', '', make('span', 'square in-term'), words.warning),
    make('li', '', make('span', 'square in-surcharge'), words.surcharge),
  );
}

function counts({ domesticDays, roamingDays, domesticUse, roamingUse, prevails }: ViewRoaming): HTMLElement {
  const says = (is: boolean) => (is ? words.yes : words.no);
  const rows = [
    [words.daysHead, String(domesticDays), String(roamingDays), says(roamingDays > domesticDays)],
    ...VOLUMES.map((measure) => [
      words.measure[measure],
      measureText(measure, domesticUse[measure]),
      measureText(measure, roamingUse[measure]),
      says(prevails.includes(measure)),
    ]),
  ];
  const figure = (name: string) => ({ name, isFigure: true });
  return plainTable(
    words.roaming,
    [words.measureHead, figure(words.domestic), figure(words.abroadDays), words.prevails],
    rows,
  );
}

function warningOf({ episode, termDays }: ViewRoaming): Node | string {
  if (!episode) return words.noWarning;
  const { sent, sentAt, receivedAt, term } = episode;
  const lines = [
    words.warningSent(sent, when(sentAt)),
    ...(receivedAt ? [words.received(when(receivedAt))] : []),
    term ? words.term(termDays, dayText(term.from), dayText(term.to)) : words.notReceived,
  ];
  return make('span', 'lines', ...lines.map((line) => make('span', '', line)));
}

function surchargeOf({ surcharges }: ViewRoaming): Node | string {
  if (surcharges.length === 0) return words.noSurcharge;
  const lines = surcharges.map(({ start, stop, refundedFrom, measures }) => {
    const over = stop === null ? words.surcharged(dayText(start)) : words.surchargeWas(dayText(start), dayText(stop));
    const of = measures.map((measure) => words.measure[measure as (typeof VOLUMES)[number]]).join(', ');
    return make(
      'span',
      'marked',
      ...(stop === null ? [mark('major')] : []),
      `${over} (${of})${refundedFrom === null ? '' : `, ${words.refunded(dayText(refundedFrom))}`}`,
    );
  });
  return make('span', 'lines', ...lines);
}

function dataOf({ usedBytes, told }: NonNullable<ViewRoaming['data']>): string {
  return [bytesText(usedBytes), ...told.map((one) => words.roamingTold(one.percent, bytesText(one.volumeBytes)))].join(
    ', ',
  );
}
