/** What the pages of this installation tell of themselves, as it lies on the topic `page-signals`: no person, no query, no session. */
import Type, { type Static } from 'typebox';
import { count, decoder, measure, name, oneOf } from './schema.js';

/** The pages that tell of themselves; `other` is any that is not on the list. */
export const SIGNAL_PAGES = ['console', 'wall', 'sign-in', 'enrol', 'other'] as const;
export type SignalPage = (typeof SIGNAL_PAGES)[number];

/** The web vitals that are kept, and what each is in: milliseconds, but for `cls`, which has no unit. */
export const VITALS = ['ttfb', 'fcp', 'lcp', 'inp', 'cls'] as const;
export type Vital = (typeof VITALS)[number];

/** What a wall says once: it goes as it should, or it found that it had not. `revoked` is said by the server alone. */
export const WORDS = ['goodbye', 'crashed', 'frozen', 'revoked'] as const;
export type Word = (typeof WORDS)[number];

const vital = Type.Object({ is: Type.Literal('vital'), vital: oneOf(VITALS), value: measure });
const error = Type.Object({
  is: Type.Literal('error'),
  /** The kind of error by the language, such as TypeError. */
  type: name,
  /** Scrubbed. */
  text: Type.String(),
  /** Where it happened, the innermost first: `/assets/part.ABC.js:1:2345`. */
  frames: Type.Array(name),
});
const health = Type.Object({
  is: Type.Literal('health'),
  /** Since the page was loaded: it falls when it is loaded anew. */
  upSeconds: measure,
  /** Memory that scripts hold; absent where the browser does not say. */
  heapBytes: Type.Optional(count),
  domNodes: count,
  /** The longest time between two frames since the last report. */
  frameGapMs: measure,
  /** Frames that came more than 50 ms after the one before, since the last report. */
  framesLate: count,
  /** How old the picture is that it shows; absent: it has none yet. */
  pictureAgeMs: Type.Optional(measure),
  /** Times that its stream was opened anew since the last report. */
  reconnects: count,
  /** Times that it could not go on from where it was and got everything anew, since the last report. */
  missed: count,
});
const word = Type.Object({ is: Type.Literal('word'), word: oneOf(WORDS) });

/** One thing that a page told. */
export const pageSignal = Type.Union([vital, error, health, word]);
export type PageSignal = Static<typeof pageSignal>;
export type WallHealth = Static<typeof health>;

/** What one page told at once: a record of the topic. */
export const pageReport = Type.Object({
  page: oneOf(SIGNAL_PAGES),
  /** Which build of the pages it runs; `other`: not one that this server has. */
  build: name,
  /** The name of an enrolled wall, or an id that its tab made up. */
  wall: Type.Optional(name),
  /** Whether somebody enrolled it: then it should always be there. */
  enrolled: Type.Optional(Type.Boolean()),
  signals: Type.Array(pageSignal),
});
export type PageReport = Static<typeof pageReport>;

/** Reads a record of the topic. */
export const decodePageReport = decoder(pageReport);

/** What names a wall: letters, digits and hyphens, and not like a number of somebody. */
export const WALL_ID = /^(?=[a-z0-9-]{1,40}$)[a-z](?!.*\d{7})[a-z0-9-]*$/;
