/** Local times of the shown zone as they are typed: to and from instants. */
import { shownIn } from '../../shared/time.js';

const parts = (at: number, timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const of = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${of['year']}-${of['month']}-${of['day']}T${of['hour']}:${of['minute']}:${of['second']}`;
};

/** An instant as a `datetime-local` input has it, to the minute. */
export function typed(at: number, zone = shownIn()): string {
  return parts(at, zone).slice(0, 16);
}

/** The instant of a typed local time; undefined where it is none. In an hour that comes twice the first is meant. */
export function instantOf(text: string, zone = shownIn()): number | undefined {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const offsetAt = (at: number) => Date.parse(`${parts(at, zone)}Z`) - at;
  const half = 12 * 3_600_000;
  // The offsets before and after cover every change near by.
  const candidates = [offsetAt(asUtc - half), offsetAt(asUtc + half)].map((offset) => asUtc - offset);
  const fits = candidates.filter((at) => parts(at, zone) === parts(asUtc, 'UTC'));
  // A time that a change leaps over is read as if the change had not been.
  return fits.length > 0 ? Math.min(...fits) : candidates[0];
}
