/**
 * What every reader of an operator's file has in common: bytes in; events of the contract, problems and facts of the file out.
 * A reader is a pure function and never throws on bytes. What identifies a subscriber goes to `resolve` and nowhere else: events
 * carry the service's opaque id, problems a keyed hash, by which two problems of one subscriber can be told to belong together.
 */
import { createHmac } from 'node:crypto';
import type { DataOf } from '../../domain/event.js';
import type { Instant } from '../../domain/units.js';
import { BerError } from './ber.js';
import type { Network } from './places.js';

/** How a record names its subscriber. Digits without a plus; a RADIUS record has whatever its access server sends. */
export interface Identity {
  readonly imsi?: string;
  readonly msisdn?: string;
  readonly userName?: string;
  readonly callingStationId?: string;
}

/** What a reader is told beside the bytes. */
export interface Given {
  /** The opaque id of the service that this subscriber had at that time; undefined where none is known. */
  readonly resolve: (identity: Identity, at: Instant) => string | undefined;
  /** Keys the hashes of subscribers, in sessions and problems: secret, at least 16 bytes, the same for all feeds and for ever. */
  readonly hashKey: Uint8Array;
  /** When the operator got to know of the records; absent: as the file itself says. */
  readonly recordedAt?: Instant;
  /** The number of the file before this one of the same source; where it is given, a gap or repetition is a problem. */
  readonly previousSequence?: number;
  /** Zone, country and prefix of a number that was called, for the tariff. The number itself goes into no event. */
  readonly destinationOf?: (digits: string) => Destination | undefined;
  /** The network of a roaming partner's five letters; where it is undefined, their first three say the country. */
  readonly networkOf?: (partner: string) => Network | undefined;
  /** Whose element the alarms of incomplete files are; absent: no alarms, problems only. */
  readonly element?: string;
}

export type Destination = NonNullable<DataOf<'usage.recorded'>['destination']>;

/** What was used. Never a charge: amounts in these files are between operators. */
export type Usage = Omit<DataOf<'usage.recorded'>, 'charge'>;

/** An event of the contract, as JSON. */
export type WireEvent = {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly time: string;
  readonly recordedtime: string;
} & (
  | { readonly type: 'usage.recorded'; readonly data: Usage }
  | { readonly type: 'alarm.reported'; readonly data: DataOf<'alarm.reported'> }
);

/** Of which sort a problem is. The first six mean that usage is missing or not to be trusted: limits cannot be, either. */
export const INCOMPLETE = ['unreadable', 'bad-record', 'count', 'total', 'sequence', 'lost'] as const;
export type ProblemKind = (typeof INCOMPLETE)[number] | 'unresolved' | 'not-counted' | 'version' | 'test-file' | 'note';

/** What is wrong, and where: a record's number and offset, or a part of the file. */
export interface FileProblem {
  readonly kind: ProblemKind;
  readonly where: string;
  /** The field of the record, where it is one of its fields: by its tag, or by a name of ours. */
  readonly field?: string;
  readonly why: string;
}

/** Facts of a file that every format has. */
export interface FileFacts {
  readonly format: 'cdr' | 'tap' | 'nrtrde';
  readonly sender?: string;
  readonly recipient?: string;
  readonly sequence?: number;
  /** Records found, of whatever kind; and how many the file says it has. */
  readonly records: number;
  readonly recordsStated?: number;
  /** Records that are no usage of our subscribers, by why. */
  readonly skipped: Readonly<Record<string, number>>;
  /** All was read, and the file's own counts, totals and numbers agree. */
  readonly complete: boolean;
  /** All problems, also those past the limit that the list has. */
  readonly problemCount: number;
}

/** What comes of a file. */
export interface FileReading<Facts extends FileFacts = FileFacts> {
  readonly events: readonly WireEvent[];
  readonly problems: readonly FileProblem[];
  readonly file: Facts;
}

/** So many problems of a file are told; all are counted. */
export const PROBLEMS_MAX = 1_000;
const HASH_KEY_BYTES_MIN = 16;
/** What the door refuses as a subject. */
const LIKE_A_NUMBER = /^(?:\d{9,15}$|\+\d)/;

/** A name that is the same for the same parts, and says nothing of them to who has not the key. */
export function keyedName(key: Uint8Array, use: string, parts: readonly (string | number)[]): string {
  if (key.length < HASH_KEY_BYTES_MIN) throw new RangeError(`hashKey must have ${HASH_KEY_BYTES_MIN} bytes or more`);
  return createHmac('sha256', key)
    .update(JSON.stringify([use, ...parts]))
    .digest('hex')
    .slice(0, 24);
}

/** The keyed hash by which a problem names a subscriber. */
export function hashOf(key: Uint8Array, { imsi, msisdn, userName, callingStationId }: Identity): string {
  return keyedName(key, 'subscriber', [imsi ?? '', msisdn ?? '', userName ?? '', callingStationId ?? '']);
}

/** The service of a subscriber, if there is one. An answer that could be a phone number is none: it would be in every key. */
export function serviceOf({ resolve }: Pick<Given, 'resolve'>, identity: Identity, at: Instant): string | undefined {
  const service = resolve(identity, at);
  if (service === undefined || service === '' || LIKE_A_NUMBER.test(service)) return undefined;
  return Object.values(identity).includes(service) ? undefined : service;
}

/** RFC 3339 in UTC, without a fraction that is zero. */
export function timeText(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** Collects what a reader finds. */
export class Findings {
  readonly #given: Given;
  readonly #format: FileFacts['format'];
  readonly #events: WireEvent[] = [];
  readonly #problems: FileProblem[] = [];
  readonly #skipped: Record<string, number> = {};
  readonly #kinds = new Set<ProblemKind>();
  readonly #names: ((tag: string) => string | undefined) | undefined;
  #problemCount = 0;

  /** `names`: what a tag such as `[APPLICATION 129]` is called, for people. */
  constructor(format: FileFacts['format'], given: Given, names?: (tag: string) => string | undefined) {
    this.#format = format;
    this.#names = names;
    this.#given = given;
    // A key too short is a mistake of the caller: better told before the first record than at it.
    keyedName(given.hashKey, 'check', []);
  }

  problem(kind: ProblemKind, where: string, why: string, field?: string): void {
    this.#problemCount += 1;
    this.#kinds.add(kind);
    const problem = { kind, where, ...(field !== undefined && { field }), why };
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
  }

  /** A record that is no usage. */
  skip(why: string): void {
    this.#skipped[why] = (this.#skipped[why] ?? 0) + 1;
  }

  /** Runs what reads a part of the file; where its bytes are bad that is a problem, and the answer undefined. */
  attempt<T>(kind: ProblemKind, where: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof BerError)) throw error;
      const tag = /\[[A-Z]* ?\d+\]/.exec(error.message)?.[0];
      const name = tag && this.#names?.(tag);
      const why = name ? error.message.replace(tag, `${name} ${tag}`) : error.message;
      this.problem(kind, `${where}, byte ${error.at}`, why, name ?? tag);
      return undefined;
    }
  }

  /** An event of what a subscriber used, where the service is known; `knownAt` where the caller does not say when. */
  usage(
    where: string,
    name: { readonly source: string; readonly id: string },
    by: Identity,
    at: Instant,
    data: Usage,
    knownAt: Instant,
  ): void {
    const subject = serviceOf(this.#given, by, at);
    if (subject === undefined) {
      const why = `no service is known for subscriber ${hashOf(this.#given.hashKey, by)}`;
      return this.problem('unresolved', where, why, Object.keys(by).join(', '));
    }
    const recordedtime = timeText(this.#given.recordedAt ?? knownAt);
    const head = { specversion: '1.0', ...name, type: 'usage.recorded', subject } as const;
    this.#events.push({ ...head, time: timeText(at), recordedtime, data });
  }

  /** Compares the number of the file with that of the one before. Numbers go from `first` to `last` and then begin again. */
  sequence(sequence: number, first: number, last: number): void {
    const { previousSequence } = this.#given;
    if (previousSequence === undefined) return;
    const next = previousSequence >= last ? first : previousSequence + 1;
    if (sequence === next) return;
    const why =
      sequence === previousSequence
        ? `file ${sequence} was read before`
        : `file ${next} was expected after ${previousSequence}, and this is ${sequence}: usage may be missing`;
    this.problem('sequence', 'file', why);
  }

  /** The reading. An alarm of an incomplete file is named by the file: read again it is the same. */
  reading<Extra extends object>(
    facts: Omit<FileFacts, 'format' | 'skipped' | 'complete' | 'problemCount'> & Extra,
    alarmAt: Instant | undefined,
  ): FileReading<FileFacts & Extra> {
    const incomplete = INCOMPLETE.filter((kind) => this.#kinds.has(kind));
    const file = {
      format: this.#format,
      ...facts,
      skipped: this.#skipped,
      complete: incomplete.length === 0,
      problemCount: this.#problemCount,
    };
    if (this.#given.element !== undefined && incomplete.length > 0) this.#alarm(facts, incomplete, alarmAt);
    return { events: this.#events, problems: this.#problems, file };
  }

  #alarm({ sender, sequence }: Partial<FileFacts>, kinds: readonly ProblemKind[], at: Instant | undefined): void {
    const known = this.#given.recordedAt ?? at;
    // Without any time the problem is told, and no event made up.
    if (known === undefined) return;
    const file = `${this.#format}/${sender ?? 'unknown'}/${sequence ?? 'unnumbered'}`;
    const lost = kinds.some((kind) => kind === 'lost' || kind === 'unreadable' || kind === 'sequence');
    this.#events.push({
      specversion: '1.0',
      id: `${file}/${kinds.join('+')}`,
      source: `files/${this.#format}`,
      type: 'alarm.reported',
      subject: this.#given.element!,
      // The file's own time: read again it is the same event.
      time: timeText(at ?? known),
      recordedtime: timeText(known),
      data: {
        alarmKey: `${file}/incomplete`,
        perceivedSeverity: lost ? 'major' : 'minor',
        probableCause: 'informationMissing',
        specificProblem: kinds.join(', '),
        text: `File ${file}: usage is missing or not to be trusted, and so are limits that rest on it`,
      },
    });
  }
}
