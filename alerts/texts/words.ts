/**
 * What the texts of all languages have in common: numbers, money, dates, durations and measures in the form of the language and
 * the zone of the operator. No text of the host's locale data is used but its plural rules, so a message is the same everywhere.
 */
import { fromWall, wall } from '../../pipelines/domain/calendar.js';
import type { Measure, Window } from '../../pipelines/domain/decision.js';
import type { Span } from '../../pipelines/domain/intervals.js';
import type { WireMoney } from '../../pipelines/domain/money.js';
import { DAY, HOUR, type Instant, MINUTE, type Milliseconds, SECOND, type Zone } from '../../pipelines/domain/units.js';
import { gsmLetters } from '../sms/alphabet.js';

export const LANGUAGES = ['sr-Latn', 'sr-Cyrl', 'en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The nouns that are counted. */
export const NOUNS = ['day', 'hour', 'minute', 'second', 'message', 'service'] as const;
export type Noun = (typeof NOUNS)[number];
/** A noun after a number, by the plural category of the language; `other` serves for what is not named. */
export type Forms = Partial<Readonly<Record<Intl.LDMLPluralRule, string>>> & { readonly other: string };

/** The services that a bar names, and those it leaves. Another word is shown as it is. */
export type ServiceWord =
  | 'voice-out'
  | 'sms-out'
  | 'data'
  | 'premium'
  | 'premium-sms'
  | 'international'
  | 'roaming'
  | 'emergency'
  | 'customer-service'
  | 'incoming';

/** Why there was a fault, where the operator gave no text of its own. */
export type Responsibility =
  | 'operator'
  | 'subscriber'
  | 'third-party'
  | 'other-operator'
  | 'force-majeure'
  | 'weather'
  | 'interference'
  | 'coverage'
  | 'planned-works'
  | 'congestion'
  | 'equipment'
  | 'unknown';

/** What the rules of the packs that come with Dozor say of a fault that alarms made. */
export type AlarmReason =
  | 'communications subsystem failure'
  | 'equipment malfunction'
  | 'loss of signal'
  | 'power problem';

/** What a language brings. Serbian has one, in Latin. */
export interface Grammar {
  /** BCP 47, for the plural rules. */
  readonly locale: string;
  /** Between thousands, and before decimals. */
  readonly separators: readonly [group: string, decimal: string];
  readonly forms: Readonly<Record<Noun, Forms>>;
  readonly services: Readonly<Record<ServiceWord, string>>;
  readonly reasons: Readonly<Record<Responsibility | AlarmReason, string>>;
  readonly measures: Readonly<Record<Measure, string>>;
  readonly windows: Readonly<Record<Window, string>>;
  readonly and: string;
  /** "and others", where a short message has no room for all. */
  readonly more: string;
  /** A date of year, month (1 to 12) and day. */
  readonly date: (year: number, month: number, day: number) => string;
  /** Date and time of day. */
  readonly at: (date: string, time: string) => string;
  /** A clause: `numbers` such as "3.3" or "50, 70"; `article` where the number is one without points. */
  readonly clause: (numbers: string, article: boolean, short: boolean) => string;
  /** A span of whole days. */
  readonly days: (first: string, last: string) => string;
  /** Marks what is foreign to the language: a name, a unit, a free text. */
  readonly foreign: (text: string) => string;
  /** Its own letters are all in GSM 03.38: the names of others are put into those letters too, in a short message. */
  readonly inGsm: boolean;
}

/** Longest free text in a short message, in letters. */
const FREE_TEXT_MAX = 32;
/** Above this a duration is told in days. "48 hours" is what the clauses say. */
const HOURS_MAX: Milliseconds = 72 * HOUR;

/** The words for one message: its language, the operator's zone, and whether it must be short. */
export class Words {
  readonly grammar: Grammar;
  readonly zone: Zone;
  readonly short: boolean;
  readonly #plural: Intl.PluralRules;

  constructor(grammar: Grammar, zone: Zone, short: boolean) {
    this.grammar = grammar;
    this.zone = zone;
    this.short = short;
    this.#plural = new Intl.PluralRules(grammar.locale);
  }

  /** A number rounded to at most so many decimals, no zeros at its end. */
  number(value: number, decimals = 0): string {
    const [whole = '', rest = ''] = Math.abs(value).toFixed(decimals).split('.');
    const fraction = rest.replace(/0+$/, '');
    const sign = value < 0 && Number(`${whole}.${rest}`) !== 0 ? '-' : '';
    return sign + this.#grouped(whole) + (fraction ? this.grammar.separators[1] + fraction : '');
  }

  /** "1.999,00 RSD": all decimals, the currency by its code. */
  money({ amount, currency }: WireMoney): string {
    const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
    if (!found) throw new RangeError(`no amount: ${amount}`);
    const [, sign = '', whole = '', rest = ''] = found;
    const decimals = rest ? this.grammar.separators[1] + rest : '';
    return `${sign}${this.#grouped(whole.replace(/^0+(?=\d)/, ''))}${decimals} ${this.grammar.foreign(currency)}`;
  }

  /** With its sign in either direction: "+600,00 RSD". */
  change(money: WireMoney): string {
    return `${/^-|^0+(\.0*)?$/.test(money.amount) ? '' : '+'}${this.money(money)}`;
  }

  /** "80%": a share of one, cut to whole percent: what has not been reached is not said. */
  percent(share: number): string {
    // A thousandth is forgiven: 0.29 * 100 is a little less than 29.
    return `${this.number(Math.floor(share * 100 + 0.001))}%`;
  }

  /** "2 dana", by the plural rules of the language; at most one decimal. */
  count(value: number, noun: Noun): string {
    const shown = Number(value.toFixed(1));
    const forms = this.grammar.forms[noun];
    return `${this.number(shown, 1)} ${forms[this.#plural.select(shown)] ?? forms.other}`;
  }

  /** A length of time in words, exact to the second: in hours up to three days, beyond that in days. */
  duration(length: Milliseconds): string {
    const whole = Math.floor(length / SECOND) * SECOND;
    const days = whole > HOURS_MAX ? Math.floor(whole / DAY) : 0;
    const hours = Math.floor((whole - days * DAY) / HOUR);
    const parts = [
      ...(days > 0 ? [this.count(days, 'day')] : []),
      ...(hours > 0 ? [this.count(hours, 'hour')] : []),
      ...(whole % HOUR >= MINUTE ? [this.count(Math.floor((whole % HOUR) / MINUTE), 'minute')] : []),
      ...(whole % MINUTE > 0 || whole === 0 ? [this.count((whole % MINUTE) / SECOND, 'second')] : []),
    ];
    return this.list(parts);
  }

  /** The whole hours of a length of time: "48 sati". */
  hours(length: Milliseconds): string {
    return this.count(Math.floor(length / HOUR), 'hour');
  }

  /** A measure: bytes as GB or MB, seconds as minutes, messages, money. */
  quantity(measure: Measure, value: number | WireMoney): string {
    if (typeof value !== 'number') return this.money(value);
    switch (measure) {
      case 'dataBytes':
        return this.bytes(value);
      case 'voiceSeconds':
        return this.count(value / 60, 'minute');
      case 'messages':
        return this.count(value, 'message');
      default:
        return this.number(value, 2);
    }
  }

  /** Bytes by the thousand: 5,000,000,000 are 5 GB. */
  bytes(value: number): string {
    const [size, unit] = value >= 1e9 ? [1e9, 'GB'] : value >= 1e6 ? [1e6, 'MB'] : [1e3, 'KB'];
    return `${this.number(value / size, 2)} ${this.grammar.foreign(unit)}`;
  }

  /** A rate: "128 kbit/s". */
  rate(bitsPerSecond: number): string {
    const [size, unit] = bitsPerSecond >= 1e6 ? [1e6, 'Mbit/s'] : [1e3, 'kbit/s'];
    return `${this.number(bitsPerSecond / size, 2)} ${this.grammar.foreign(unit)}`;
  }

  /** The local date. */
  date(at: Instant): string {
    const shown = new Date(wall(at, this.zone));
    return this.grammar.date(shown.getUTCFullYear(), shown.getUTCMonth() + 1, shown.getUTCDate());
  }

  /** Local date and time, to the minute; in an hour that the clock shows twice, with the offset. */
  time(at: Instant): string {
    const shown = wall(at, this.zone);
    const text = new Date(shown).toISOString().slice(11, 16);
    const twice = fromWall(shown, this.zone) !== at || wall(at + HOUR, this.zone) === shown;
    const offset = (shown - at) / HOUR;
    const zone = twice ? ` (${this.grammar.foreign(`UTC${offset < 0 ? '-' : '+'}${Math.abs(offset)}`)})` : '';
    return this.grammar.at(this.date(at), text) + zone;
  }

  /** A span that begins and ends at midnight, by its first and its last day. */
  days({ from, to }: Span): string {
    return this.grammar.days(this.date(from), this.lastDay({ from, to }));
  }

  /** The last local day that a span touches. */
  lastDay({ from, to }: Span): string {
    return this.date(Math.max(from, to - 1));
  }

  services(services: readonly string[]): string {
    const words = this.grammar.services as Readonly<Record<string, string>>;
    return this.list(services.map((service) => words[service] ?? this.grammar.foreign(service)));
  }

  /** The reasons of a fault, to the end of the sentence: a short message has room for the first. Undefined where none is given. */
  reasons(reasons: readonly string[]): string | undefined {
    const words = this.grammar.reasons as Readonly<Record<string, string>>;
    const all = [...new Set(reasons.map((reason) => reason.trim()).filter((reason) => reason !== ''))].map(
      (reason) => words[reason] ?? this.free(reason),
    );
    if (all.length === 0) return undefined;
    const text = this.short && all.length > 1 ? `${all[0]} ${this.grammar.more}` : all.join('; ');
    return /\.\W?$/u.test(text) ? text : `${text}.`;
  }

  /** A text that somebody else wrote, on one line; cut where the message must be short. */
  free(text: string): string {
    const line = text.replace(/\s+/g, ' ').trim();
    const letters = [...(this.short && this.grammar.inGsm ? gsmLetters(line) : line)];
    const cut = this.short && letters.length > FREE_TEXT_MAX;
    return this.grammar.foreign(
      cut
        ? `${letters
            .slice(0, FREE_TEXT_MAX - 3)
            .join('')
            .trim()}...`
        : letters.join(''),
    );
  }

  /** An id, whole in either form: half of one names nothing. */
  id(text: string): string {
    return this.grammar.foreign(text);
  }

  /** "a, b and c". */
  list(items: readonly string[]): string {
    if (items.length < 2) return items.join('');
    return `${items.slice(0, -1).join(', ')} ${this.grammar.and} ${items[items.length - 1]}`;
  }

  /** A clause as the operators label it ("A1 3.3", "Truf 50, 70") in words; another label stays as it is. */
  clause(label: string): string {
    const found = /^(?:\S+ )*?(\d[\w.]*(?:, *\d[\w.]*)*)$/.exec(label.trim());
    if (!found) return this.grammar.foreign(label.trim());
    const numbers = found[1]!;
    return this.grammar.clause(this.grammar.foreign(numbers), !numbers.includes('.'), this.short);
  }

  #grouped(digits: string): string {
    return digits.replace(/\B(?=(\d{3})+$)/g, this.grammar.separators[0]);
  }
}
