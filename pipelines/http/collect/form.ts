/**
 * What the Faro web SDK sends, read and boiled down to what is kept: vitals, errors, the health of walls, and words. Everything else
 * in a body (users, sessions, browsers, addresses, logs, traces) is checked for its form and dropped: it never passes this file.
 */
import Type, { type Static } from 'typebox';
import { type PageReport, type PageSignal, SIGNAL_PAGES, VITALS, WALL_ID, WORDS } from '../../domain/page-signal.js';
import { decoder } from '../../domain/schema.js';
import { scrubPath, scrubText } from '../../domain/scrub.js';

/** Things in one body: Faro sends 50 at once. */
export const ITEMS_MAX = 100;
const FRAMES_SENT_MAX = 200;
const FRAMES_KEPT = 5;
const VALUES_MAX = 40;
const TEXT_MAX = 16 * 1024;

const shortText = Type.String({ maxLength: 512 });
const longText = Type.String({ maxLength: TEXT_MAX });
const texts = Type.Record(Type.String(), longText, { maxProperties: VALUES_MAX });
const numbers = Type.Record(Type.String(), Type.Number(), { maxProperties: VALUES_MAX });
const items = <const T extends Parameters<typeof Type.Array>[0]>(of: T) => Type.Array(of, { maxItems: ITEMS_MAX });

const exception = Type.Object({
  type: shortText,
  value: longText,
  stacktrace: Type.Optional(
    Type.Object({
      frames: Type.Array(
        Type.Object({
          filename: longText,
          lineno: Type.Optional(Type.Number()),
          colno: Type.Optional(Type.Number()),
        }),
        { maxItems: FRAMES_SENT_MAX },
      ),
    }),
  ),
});
const measurement = Type.Object({ type: shortText, values: numbers, context: Type.Optional(texts) });
const event = Type.Object({ name: shortText, attributes: Type.Optional(texts) });
const log = Type.Object({ message: longText });

/** The body of a POST. Fields that are not named here may stand in it. */
export const faroBody = Type.Object({
  meta: Type.Object({
    app: Type.Optional(Type.Object({ name: Type.Optional(shortText), version: Type.Optional(shortText) })),
    session: Type.Optional(Type.Object({ id: Type.Optional(shortText) })),
  }),
  exceptions: Type.Optional(items(exception)),
  measurements: Type.Optional(items(measurement)),
  events: Type.Optional(items(event)),
  logs: Type.Optional(items(log)),
  traces: Type.Optional(Type.Object({})),
});
export type FaroBody = Static<typeof faroBody>;

/** Checks a body; says which field is wrong where one is. */
export const decodeFaroBody = decoder(faroBody);

/** How many things a body has. */
export function itemsOf({ exceptions = [], measurements = [], events = [], logs = [] }: FaroBody): number {
  return exceptions.length + measurements.length + events.length + logs.length;
}

/** What is kept of a body, and how many of its things were nothing that is kept. `builds` are those that this server knows. */
export function reportOf(
  body: FaroBody,
  builds: ReadonlySet<string>,
): { readonly report: PageReport; readonly passedOver: number } {
  const { app = {} } = body.meta;
  const page = SIGNAL_PAGES.find((one) => one === app.name) ?? 'other';
  const build = app.version !== undefined && builds.has(app.version) ? app.version : 'other';
  const measured = (body.measurements ?? []).map(signalOf);
  const signals = [...(body.exceptions ?? []).map(errorOf), ...measured.flat()];
  const walls = (body.measurements ?? []).flatMap(({ context }) => context?.['wall'] ?? []);
  const wall = page === 'wall' ? walls.find((one) => WALL_ID.test(one)) : undefined;
  const passedOver =
    measured.filter((found) => found.length === 0).length + (body.events?.length ?? 0) + (body.logs?.length ?? 0);
  return { report: { page, build, ...(wall !== undefined && { wall }), signals }, passedOver };
}

function errorOf({ type, value, stacktrace }: Static<typeof exception>): PageSignal {
  const frames = (stacktrace?.frames ?? []).slice(0, FRAMES_KEPT).map(({ filename, lineno, colno }) => {
    const place = [lineno, colno].filter((one) => one !== undefined).map((one) => `:${Math.trunc(one)}`);
    return `${scrubPath(filename)}${place.join('')}`;
  });
  // The kind of an error is a word of the program; anything else is somebody's text.
  return { is: 'error', type: /^[A-Za-z]{1,40}$/.test(type) ? type : 'Error', text: scrubText(value), frames };
}

function signalOf({ type, values }: Static<typeof measurement>): readonly PageSignal[] {
  if (type === 'web-vitals') {
    const vital = VITALS.find((one) => values[one] !== undefined);
    return vital && values[vital]! >= 0 ? [{ is: 'vital', vital, value: values[vital]! }] : [];
  }
  const word = WORDS.find((one) => one === type);
  if (word !== undefined && word !== 'revoked') return [{ is: 'word', word }];
  return type === 'health' ? healthOf(values) : [];
}

function healthOf(values: Readonly<Record<string, number>>): readonly PageSignal[] {
  const optional = (key: string) => (values[key] === undefined ? undefined : Math.max(0, values[key]));
  const number = (key: string) => optional(key) ?? 0;
  const whole = (key: string) => Math.min(Number.MAX_SAFE_INTEGER, Math.round(number(key)));
  if (values['upSeconds'] === undefined) return [];
  const [heap, age] = [optional('heapBytes'), optional('pictureAgeMs')];
  const health: PageSignal = {
    is: 'health',
    upSeconds: number('upSeconds'),
    ...(heap !== undefined && { heapBytes: whole('heapBytes') }),
    domNodes: whole('domNodes'),
    frameGapMs: number('frameGapMs'),
    framesLate: whole('framesLate'),
    ...(age !== undefined && { pictureAgeMs: age }),
    reconnects: whole('reconnects'),
    missed: whole('missed'),
  };
  return [health];
}
