/** By how much each limit can be passed before the bar stands, for each feed: computed from the packs, and as measured. */
import type { PlainAmount, PlainBound, PlainOverrun } from '../../../../pipelines/domain/overrun-wire.js';
import { ApiError, read } from '../../shared/api.js';
import { make, say } from '../../shared/dom.js';
import { locale } from '../../shared/language.js';
import { lengthOf, partsOf } from '../../shared/time.js';
import { panel } from '../parts/panels.js';
import { plainTable } from '../parts/table.js';
import type { Open } from '../view.js';
import { words } from './words.js';

const AGAIN_MS = 30_000;
const SECOND_MS = 1_000;
const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const money = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const open: Open = () => {
  const asOf = make('p', 'about');
  const body = make('div');
  const element = make('section', 'overrun', make('h2', '', words.title), make('p', 'about', words.about), asOf, body);
  let closed = false;
  const show = async () => {
    try {
      const found = await read<PlainOverrun>('/v1/overrun');
      if (closed) return;
      body.replaceChildren(...tables(found));
      body.classList.remove('stale');
      say(asOf, words.asOf(partsOf(Date.now()).time));
    } catch (error) {
      if (closed) return;
      // What was shown stays, with its time, and turns grey.
      body.classList.add('stale');
      const isElsewhere = error instanceof ApiError && error.code === 'not-here';
      const why = isElsewhere ? words.notHere : words.failed((error as Error).message);
      say(asOf, body.childElementCount > 0 ? `${asOf.textContent?.split(' · ')[0]} · ${why}` : why);
    }
  };
  void show();
  const timer = setInterval(() => void show(), AGAIN_MS);
  return {
    element,
    title: words.title,
    close: () => {
      closed = true;
      clearInterval(timer);
    },
  };
};

function tables({ bounds, delays }: PlainOverrun): readonly HTMLElement[] {
  const feed = (name: string) => (name === 'none' ? words.noFeed : name);
  const limits = bounds.map((one) => [
    one.operator,
    one.clause,
    words.measure[one.measure],
    one.limit === null
      ? one.rule === 'roamingData'
        ? words.byFormula
        : words.asSet
      : amountOf(one.measure, one.limit),
    feed(one.feed),
    lengthOf(one.delaySeconds * SECOND_MS),
    one.wholeCycle ? words.wholeCycle : amountOf(one.measure, one.overrun),
    one.overrunAtMeasuredP99 === null ? words.notMeasured : amountOf(one.measure, one.overrunAtMeasuredP99),
  ]);
  const late = delays.map((one) => [
    one.operator,
    feed(one.feed),
    number.format(one.records),
    ...[one.medianSeconds, one.p99Seconds, one.maxSeconds].map((seconds) => lengthOf(seconds * SECOND_MS)),
  ]);
  const { operator, clause, counted, limit, delay, overrun, measured, records, median, p99, longest } = words;
  return [
    bounds.length === 0
      ? make('p', 'empty', words.noBounds)
      : table(words.bounds, [operator, clause, counted, limit, words.feed, delay, overrun, measured], limits, 5),
    delays.length === 0
      ? make('p', 'empty', words.noDelays)
      : table(words.delays, [operator, words.feed, records, median, p99, longest], late, 2),
  ];
}

/** A table in its panel whose columns from `figures` on stand to the right. */
function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  figures: number,
): HTMLElement {
  const heads = head.map((name, i) => ({ name, isFigure: i >= figures }));
  return panel(title, plainTable(title, heads, rows));
}

function amountOf(measure: PlainBound['measure'], amount: PlainAmount): string {
  if (typeof amount !== 'number') return `${money.format(Number(amount.amount))} ${amount.currency}`;
  switch (measure) {
    case 'voiceSeconds':
      return lengthOf(amount * SECOND_MS);
    case 'messages':
      return words.messages(number.format(amount));
    default:
      return amount >= 1e9 ? `${number.format(amount / 1e9)} GB` : `${number.format(amount / 1e6)} MB`;
  }
}
