/** What people do with alarms: each is one event for each alarm, with a key of its own, and its outcome is shown. */
import { shownIn } from '../../shared/time.js';
import { ask, type Field } from '../parts/form.js';
import { once } from '../parts/once.js';
import { instantOf } from '../parts/zoned.js';
import type { Alarm } from './wire.js';
import { words } from './words.js';

export type Act = 'acknowledge' | 'unacknowledge' | 'shelve' | 'unshelve' | 'comment' | 'close' | 'clear';

const MINUTE = 60_000;
const SHELVE_MINUTES = [30, 60, 120, 240, 480, 1_440] as const;

const reason = (required: boolean): Field => ({ name: 'reason', label: words.reason, required });

function fieldsOf(act: Act): readonly Field[] {
  if (act === 'comment') return [{ name: 'text', label: words.comment, type: 'long', required: true }];
  if (act !== 'shelve') return [reason(act === 'clear')];
  const options = SHELVE_MINUTES.map(
    (minutes) => [String(minutes), minutes < 60 ? words.minutes(minutes) : words.hours(minutes / 60)] as const,
  );
  return [
    reason(true),
    { name: 'minutes', label: words.howLong, type: 'select', options, value: '60' },
    { name: 'until', label: words.untilWhen, type: 'datetime', hint: words.untilHint(shownIn()) },
  ];
}

/** What is sent; `now` is the clock of the list. Throws words where a time is none. */
export function bodyOf(act: Act, values: Readonly<Record<string, string>>, now: number): Record<string, string> {
  const { reason: why = '', text = '', minutes = '60', until = '' } = values;
  if (act === 'comment') return { text };
  if (act !== 'shelve') return why === '' ? {} : { reason: why };
  const at = until === '' ? now + Number(minutes) * MINUTE : instantOf(until);
  if (at === undefined || at <= now) throw new Error(words.badUntil);
  return { reason: why, until: new Date(at).toISOString() };
}

/** Asks what is needed and does it with each of these alarms. */
export function askAct(
  act: Act,
  alarms: readonly Alarm[],
  given: { readonly now: number; readonly done: () => void },
): void {
  const [first] = alarms;
  if (!first) return;
  const name = words[act];
  ask({
    title: alarms.length > 1 ? words.many(name, alarms.length) : words.oneOf(name, first.resource),
    ...(act === 'clear' && { about: words.clearAbout }),
    fields: fieldsOf(act),
    submit: name,
    acts: (values) => {
      const body = bodyOf(act, values, given.now);
      return alarms.map(({ id, resource, qualifier }) => ({
        name: `${resource} ${qualifier}`,
        run: once(`/v1/alarms/${encodeURIComponent(id)}/${act}`, body),
      }));
    },
    done: () => given.done(),
  });
}
