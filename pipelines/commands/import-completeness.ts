/**
 * Whether all files of a source came, and whole: what a file adds to what is known of its source, what is to be said of it, and
 * the alarms that open and end with it. An alarm is named by the numbers of the files: told again it is the same.
 */
import type { Instant } from '../domain/units.js';
import { parseInstant } from '../domain/units.js';
import { type FileFacts, type FileReading, timeText, type WireEvent } from '../io/formats/format.js';
import { type Gap, NUMBERS, numbered, rangesText } from '../io/formats/sequences.js';
import type { ImportState } from './import-state.js';

/** What a file changes. */
export interface Completed {
  readonly state: ImportState;
  /** For people; nothing is missing for it. */
  readonly notes: readonly string[];
  /** Alarms that it ends. */
  readonly ended: readonly WireEvent[];
  /** The source whose numbers it goes on. */
  readonly series?: string;
}

/** What a file that was read changes. `now`: for a file that says nowhere when it was made. */
export function completed(
  state: ImportState,
  reading: FileReading,
  element: string | undefined,
  now: Instant,
): Completed {
  const { format, sender, recipient, sequence, complete } = reading.file;
  const { test } = reading.file as FileFacts & { readonly test?: boolean };
  if (sender === undefined || sequence === undefined || test) return { state, notes: [], ended: [] };
  const at = knownAt(reading) ?? now;
  const notes: string[] = [];
  const ended: WireEvent[] = [];

  const series = `${format}/${sender}${recipient === undefined ? '' : `-${recipient}`}`;
  const found = numbered(state.series[series], sequence, NUMBERS[format], at);
  if (found.numbered.is === 'again') notes.push(`file ${sequence} of ${series} was read before`);
  if (found.numbered.is === 'filling') {
    const { gap } = found.numbered;
    notes.push(`file ${sequence} of ${series} was missing until now`);
    if (element !== undefined && gap.told && gap.left.length === 0) {
      ended.push(gapAlarm(element, series, gap, 'alarm.ended', Math.max(gap.knownAt, at)));
    }
  }

  const file = `${format}/${sender}/${sequence}`;
  const { [file]: since, ...others } = state.incomplete;
  const incomplete = complete ? others : { ...others, [file]: since ?? at };
  if (complete && since !== undefined) {
    notes.push(`file ${sequence} of ${series} is complete now`);
    const data = { alarmKey: `${file}/incomplete` };
    if (element !== undefined) ended.push(event(element, format, `${file}/complete`, Math.max(since, at), data));
  }
  return { state: { ...state, series: { ...state.series, [series]: found.series }, incomplete }, notes, ended, series };
}

/** The gaps of a source, in words, and whether each was told before. */
export function gapsOf(state: ImportState, series: string): readonly { readonly gap: Gap; readonly words: string }[] {
  return state.series[series]!.gaps.map((gap) => {
    const many = gap.left.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    const numbers = rangesText(gap.left, NUMBERS[formatOf(series)]);
    return { gap, words: `${many === 1 ? 'file' : 'files'} ${numbers} did not come: usage may be missing` };
  });
}

/** The state with all gaps of a source told. */
export function toldOf(state: ImportState, series: string): ImportState {
  const found = state.series[series]!;
  const gaps = found.gaps.map((gap) => ({ ...gap, told: true as const }));
  return { ...state, series: { ...state.series, [series]: { ...found, gaps } } };
}

/** The alarm of files that did not come. */
export function gapAlarm(
  element: string,
  series: string,
  gap: Gap,
  type: 'alarm.reported' | 'alarm.ended',
  at: Instant = gap.knownAt,
): WireEvent {
  const numbers = rangesText([[gap.from, gap.to]], NUMBERS[formatOf(series)]);
  const alarmKey = `${series}/${gap.from}-${gap.to}/missing`;
  const data =
    type === 'alarm.ended'
      ? { alarmKey }
      : {
          alarmKey,
          perceivedSeverity: 'major' as const,
          probableCause: 'informationMissing',
          specificProblem: 'sequence',
          text: `Files ${numbers} of ${series} did not come: usage is missing, and limits that rest on it are not to be trusted`,
        };
  return event(element, formatOf(series), `${alarmKey}/${type}`, at, data, type);
}

function event(
  element: string,
  format: FileFacts['format'],
  id: string,
  at: Instant,
  data: { readonly alarmKey: string },
  type: 'alarm.reported' | 'alarm.ended' = 'alarm.ended',
): WireEvent {
  const time = timeText(at);
  const head = {
    specversion: '1.0',
    id,
    source: `files/${format}`,
    subject: element,
    time,
    recordedtime: time,
  } as const;
  return { ...head, type, data } as WireEvent;
}

function formatOf(series: string): FileFacts['format'] {
  return series.slice(0, series.indexOf('/')) as FileFacts['format'];
}

/** When the operator could know of a file: as it says, or as its records do. */
function knownAt({ file, events }: FileReading): Instant | undefined {
  const { availableAt } = file as FileFacts & { readonly availableAt?: string };
  const said = availableAt === undefined ? undefined : parseInstant(availableAt);
  if (said !== undefined) return said;
  let latest: Instant | undefined;
  for (const { recordedtime } of events) latest = Math.max(latest ?? 0, parseInstant(recordedtime) ?? 0);
  return latest;
}
