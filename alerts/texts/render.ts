/**
 * A notice in words: what was asked for by `notice.requested`, as the subscriber, the regulator or the operations centre reads it.
 * Pure: the same notice is the same text, whenever it is rendered. Nothing here knows a number or an address.
 */
import type { DecisionData, NoticeClass, Template } from '../../pipelines/domain/decision.js';
import type { Zone } from '../../pipelines/domain/units.js';
import { cheaper, gsmLetters, type Measured, measureText } from '../sms/alphabet.js';
import { cyrillicOf, withoutMarks } from './cyrillic.js';
import { deNetwork } from './de-network.js';
import { deUsage } from './de-usage.js';
import { deFrame, deGrammar } from './de-words.js';
import { enNetwork } from './en-network.js';
import { enUsage } from './en-usage.js';
import { enFrame, enGrammar } from './en-words.js';
import { type ParametersOf, readParameters } from './parameters.js';
import { srNetwork } from './sr-network.js';
import { srUsage } from './sr-usage.js';
import { srFrame, srGrammar } from './sr-words.js';
import type { Frame, Text, Writers } from './text.js';
import { type Grammar, LANGUAGES, type Language, Words } from './words.js';

export type Channel = 'sms' | 'email';

/** What of a `notice.requested` is put into words; the data as decided and as it stands on the wire both serve. */
export type NoticeData = Pick<
  DecisionData<'notice.requested'>,
  'template' | 'parameters' | 'clause' | 'class' | 'late'
>;

export interface RenderGiven {
  /** As subscribers know it: "A1 Srbija". */
  readonly operatorName: string;
  /** The operator's zone: all times are shown in it. */
  readonly zone: Zone;
  readonly language: Language;
  readonly channel: Channel;
  /** The number or address of customer service, for e-mails. */
  readonly helpLine?: string;
  /** The classes whose Serbian Latin may go without its accents where that saves a part; `TRANSLITERATED` unless given. */
  readonly transliterated?: readonly NoticeClass[];
}

/** A message as it leaves, with what it costs as an SMS (an e-mail: one part, and nothing hangs on its alphabet). */
export interface Rendered extends Measured {
  readonly text: string;
  /** Of an e-mail only. */
  readonly subject?: string;
}

/** A legal notice keeps its letters: what it says must be read without a doubt. */
export const TRANSLITERATED: readonly NoticeClass[] = ['security', 'service', 'marketing'];

interface Tongue {
  readonly grammar: Grammar;
  readonly frame: Frame;
  readonly writers: Writers;
  /** From the source to the script that is read. */
  readonly script: (text: string) => string;
}

const serbian = { grammar: srGrammar, frame: srFrame, writers: { ...srNetwork, ...srUsage } };
const TONGUES: Readonly<Record<Language, Tongue>> = {
  'sr-Latn': { ...serbian, script: withoutMarks },
  'sr-Cyrl': { ...serbian, script: cyrillicOf },
  en: { grammar: enGrammar, frame: enFrame, writers: { ...enNetwork, ...enUsage }, script: (text) => text },
  de: { grammar: deGrammar, frame: deFrame, writers: { ...deNetwork, ...deUsage }, script: (text) => text },
};

/** The language of a tag such as "sr-Latn", "sr", "de-AT"; undefined where there are no texts in it. */
export function languageOf(tag: string): Language | undefined {
  const exact = LANGUAGES.find((language) => language.toLowerCase() === tag.toLowerCase());
  if (exact) return exact;
  const [tongue, ...rest] = tag.toLowerCase().split('-');
  if (tongue === 'sr') return rest.includes('cyrl') ? 'sr-Cyrl' : 'sr-Latn';
  return LANGUAGES.find((language) => language === tongue);
}

/**
 * Renders a notice for one channel. Throws a `ParameterError` where a parameter is missing or of another kind, a `RangeError`
 * where there is no such template: then nothing must be sent.
 */
export function renderNotice(notice: NoticeData, given: RenderGiven): Rendered {
  const parameters = readParameters(notice.template, notice.parameters);
  return renderText(notice.template, parameters, notice, given);
}

/** The same with parameters that have been read: those of another template do not compile. */
export function renderText<T extends Template>(
  template: T,
  parameters: ParametersOf<T>,
  about: Pick<NoticeData, 'clause' | 'class' | 'late'>,
  given: RenderGiven,
): Rendered {
  const { grammar, frame, writers, script } = TONGUES[given.language];
  const short = given.channel === 'sms';
  const words = new Words(grammar, given.zone, short);
  const text = writers[template](parameters, words);
  const name = grammar.foreign(short && grammar.inGsm ? gsmLetters(given.operatorName) : given.operatorName);
  const clause = words.clause(about.clause);
  if (!short) {
    const body = script(letter(template, text, { frame, name, clause, late: about.late ?? false, given }));
    return { subject: script(`${name}: ${text.subject}`), text: body, ...measureText(body), parts: 1 };
  }
  const late = about.late ? ` ${frame.lateShort}` : '';
  // An alarm rests on a rule of the operations centre, which is no term of anybody.
  const ground = template === 'noc-alarm' ? '' : ` ${frame.groundShort(clause)}`;
  const sms = script(`${name}: ${text.sms}${late}${ground}`).normalize('NFC');
  const plain =
    given.language === 'sr-Latn' && (given.transliterated ?? TRANSLITERATED).includes(about.class) ? cheaper(sms) : sms;
  return { text: plain, ...measureText(plain) };
}

/** The body of an e-mail, by who reads it: the operations centre needs no greeting, the regulator no help line. */
function letter(
  template: Template,
  text: Text,
  about: {
    readonly frame: Frame;
    readonly name: string;
    readonly clause: string;
    readonly late: boolean;
    readonly given: RenderGiven;
  },
): string {
  const { frame, name, clause, late, given } = about;
  const said = [...text.email, ...(late ? [frame.late] : [])];
  if (template === 'noc-alarm') return said.join('\n\n');
  const facts = [...said, frame.ground(clause)];
  if (template === 'noc-outage-clock') return facts.join('\n\n');
  const help = template === 'regulator-outage' ? [] : [frame.help(given.helpLine)];
  return [frame.greeting, ...facts, ...help, `${frame.regards}\n${name}`].join('\n\n');
}
