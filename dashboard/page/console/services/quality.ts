/** What the line delivered by month, and the sessions of television with what they were put down to. */

import type { ServiceView, ViewQualityMonth, ViewSession } from '../../../../pipelines/domain/subject/service-view.js';
import type { WireDecision } from '../../../../pipelines/http/ports.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { when } from '../../shared/time.js';
import { empty } from '../parts/failure.js';
import { linkTo, panel } from '../parts/panels.js';
import { plainTable } from '../parts/table.js';
import { monthText, percentText, rateText } from './figures.js';
import { words } from './words.js';

const figure = (name: string) => ({ name, isFigure: true });

export function qualityPanel({ quality, rules }: ServiceView): HTMLElement {
  if (quality.length === 0)
    return panel(words.quality, empty(rules.includes('lineQuality') ? words.noMeasured : words.noRule));
  const head = [
    words.month,
    words.measureHead,
    figure(words.samples),
    figure(words.mean),
    figure(words.required),
    words.state,
    figure(words.coverage),
  ];
  const rows = quality.map((one) => [
    monthText(one.month),
    words[one.measure],
    String(one.samples),
    rateText(one.meanBitsPerSecond),
    one.requiredBitsPerSecond === null ? '–' : rateText(one.requiredBitsPerSecond),
    metOf(one),
    one.coverage === null ? (one.measure === 'line' ? words.notHeld : '') : percentText(one.coverage),
  ]);
  return panel(words.quality, plainTable(words.quality, head, rows));
}

function metOf({ met, requiredBitsPerSecond }: ViewQualityMonth): Node | string {
  if (requiredBitsPerSecond === null) return words.notRequired;
  if (met === null) return words.running;
  return met ? words.met : make('strong', 'marked', mark('major'), words.notMet);
}

export function televisionPanel({ television, rules }: ServiceView, decisions: readonly WireDecision[]): HTMLElement {
  if (television.length === 0)
    return panel(words.television, empty(rules.includes('tv') ? words.noSessions : words.noRule));
  const shortfalls = new Map(
    decisions
      .filter(({ type }) => type === 'tv.shortfall')
      .map((decision) => [(decision.data['because'] as { event?: string }).event, decision]),
  );
  const head = [words.began, words.device, figure(words.delivered), figure(words.stalled), words.putDownTo];
  const rows = television.map((session) => [
    when(session.from),
    session.device,
    rateText(session.deliveredBitsPerSecond),
    `${session.rebufferSeconds} s`,
    causeOf(session, shortfalls.get(session.event)),
  ]);
  return panel(words.television, plainTable(words.television, head, rows));
}

function causeOf({ short, failed }: ViewSession, shortfall: WireDecision | undefined): Node | string {
  if (!shortfall) return failed ? words.failed : short ? '–' : words.good;
  const { attribution, operatorLiable, likelyCause } = shortfall.data as {
    readonly attribution: string;
    readonly operatorLiable: boolean | null;
    readonly likelyCause?: string;
  };
  const liable = operatorLiable === null ? words.undecided : operatorLiable ? words.liable : words.notLiable;
  const likely = likelyCause && likelyCause !== attribution ? `, ${words.likely(likelyCause)}` : '';
  return linkTo(`/decisions/${encodeURIComponent(shortfall.id)}`, `${attribution} (${liable})${likely}`);
}
