/** The form of a text: what every language writes for each template. */
import type { Template } from '../../pipelines/domain/decision.js';
import type { ParametersOf } from './parameters.js';
import type { Words } from './words.js';

/** One message in one language, without greeting, clause and signature: these are the same for all. */
export interface Text {
  /** One line; the subject of an e-mail. */
  readonly subject: string;
  /** The short form. */
  readonly sms: string;
  /** The long form, in paragraphs: what happened, what it means in money, what to do. */
  readonly email: readonly string[];
}

/** Writes a template's text. */
export type Writer<T extends Template> = (parameters: ParametersOf<T>, words: Words) => Text;

/** The writers of a language for some templates. */
export type Writers<T extends Template = Template> = { readonly [Each in T]: Writer<Each> };

/** Templates about faults, the line and what is due for them. */
export type NetworkTemplate =
  | 'outage-started'
  | 'repair-overdue'
  | 'credit-granted'
  | 'credit-adjusted'
  | 'extension-granted'
  | 'planned-works'
  | 'porting-compensation'
  | 'termination-allowed'
  | 'parking-exceeded'
  | 'device-rule'
  | 'regulator-outage'
  | 'noc-outage-clock'
  | 'noc-alarm';

/** Templates about use and what it costs. */
export type UsageTemplate = Exclude<Template, NetworkTemplate>;

/** What surrounds every text of a language. */
export interface Frame {
  readonly greeting: string;
  /** Where the message rests on a clause. */
  readonly ground: (clause: string) => string;
  readonly groundShort: (clause: string) => string;
  /** Where the data came late. */
  readonly late: string;
  readonly lateShort: string;
  /** Where to ask; `line` is the operator's number or address. */
  readonly help: (line: string | undefined) => string;
  readonly regards: string;
}

/** The look back and the term that the roaming warning names: those of contract 10, whose notice does not bring them. */
export const ROAMING_MONTHS = 4;
export const ROAMING_TERM_DAYS = 15;
