/**
 * Who writes the story: to each instant it first moves the clock, then sends what became known then, and sends again whatever
 * was not answered in full. The clock goes first so that a door that dies half way leaves no line on the log before its instant
 * has come in every partition: the log then tells the story as the lines do, whatever happened to the door, and a replay of the
 * lines must decide the same.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../../pipelines/domain/units.js';
import type { LineAnswer } from '../../pipelines/http/ports.js';
import type { ChaosStory } from './story.js';

const CHUNK_LINES = 500;
const ANSWER_MS = 15_000;
const AGAIN_FIRST_MS = 50;
const AGAIN_MAX_MS = 1_000;
const PACE_MS = 10;

/** A moment that was told in full: its clock, when it began, and when its last answer came (milliseconds of `performance.now`). */
export interface Acknowledged {
  readonly clock: Instant;
  readonly begun: number;
  readonly at: number;
}

/** A line as it was sent, with the number that it had in its request: a line that names no subject is known by that. */
export interface Sent {
  readonly text: string;
  readonly number: number;
}

export interface Target {
  /** Where the door listens now. */
  readonly url: () => string;
  readonly token: () => string;
}

export class Producer {
  readonly #target: Target;
  readonly #signal: AbortSignal;
  readonly #keepSent: boolean;
  readonly acknowledged: Acknowledged[] = [];
  readonly sent: Sent[] = [];
  /** Answers by what they said; a line that was sent again is answered again. */
  readonly answers = { accepted: 0, duplicate: 0, rejected: 0 };
  readonly requests = { made: 0, again: 0 };

  constructor(target: Target, signal: AbortSignal, { keepSent = true }: { readonly keepSent?: boolean } = {}) {
    this.#target = target;
    this.#signal = signal;
    this.#keepSent = keepSent;
  }

  /** The clock that was last told in full; undefined before the first. */
  get clock(): Instant | undefined {
    return this.acknowledged.at(-1)?.clock;
  }

  /**
   * Tells the inventory at once and then the rest, never further than `pace` allows: the part of it that may be told by now,
   * from 0 to 1. Rejects when it is told to stop.
   */
  async tell(story: ChaosStory, pace: () => number): Promise<void> {
    const { moments, inventory } = story;
    for (const moment of moments.slice(0, inventory)) await this.moment(moment.clock, moment.lines);
    const first = moments[inventory]?.clock ?? story.until;
    const last = moments.at(-1)?.clock ?? story.until;
    for (const { clock, lines } of moments.slice(inventory)) {
      const part = (clock - first) / Math.max(1, last - first);
      while (pace() < part) await sleep(PACE_MS, undefined, { signal: this.#signal });
      await this.moment(clock, lines);
    }
  }

  /** Moves the clock when all is told. */
  async finish(until: Instant): Promise<void> {
    await this.moment(until, []);
  }

  /** Moves the clock and tells what became known then. Resolves when all of it was answered. */
  async moment(clock: Instant, lines: readonly string[]): Promise<void> {
    const begun = performance.now();
    await this.#untilDone(() => this.#moveClock(clock));
    for (let from = 0; from < lines.length; from += CHUNK_LINES) {
      const chunk = lines.slice(from, from + CHUNK_LINES);
      if (this.#keepSent) this.sent.push(...chunk.map((text, i) => ({ text, number: i + 1 })));
      await this.#untilDone(() => this.#send(chunk));
    }
    const at = performance.now();
    this.acknowledged.push({ clock, begun, at });
  }

  /** Tries until it is done. What the door refuses for good is our own mistake and ends the run. */
  async #untilDone(attempt: () => Promise<boolean>): Promise<void> {
    for (let wait = AGAIN_FIRST_MS; ; wait = Math.min(AGAIN_MAX_MS, wait * 2)) {
      this.#signal.throwIfAborted();
      this.requests.made += 1;
      if (await attempt()) return;
      this.requests.again += 1;
      await sleep(wait, undefined, { signal: this.#signal });
    }
  }

  async #moveClock(clock: Instant): Promise<boolean> {
    const answer = await this.#post('/v1/clock', 'application/json', JSON.stringify({ until: iso(clock) }));
    // 409: the door could not write the tick, or had not opened its memory yet; the next attempt writes it anew.
    return answer?.status === 200;
  }

  async #send(lines: readonly string[]): Promise<boolean> {
    const answer = await this.#post('/v1/events', 'application/x-ndjson', `${lines.join('\n')}\n`);
    if (answer?.status !== 200) return false;
    const answers = readAnswers(answer.text, lines.length);
    if (!answers) return false;
    for (const { status } of answers) this.answers[status] += 1;
    return true;
  }

  async #post(path: string, type: string, body: string): Promise<{ status: number; text: string } | undefined> {
    const headers = { 'content-type': type, authorization: `Bearer ${this.#target.token()}` };
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_MS)]);
    let answer: { status: number; text: string };
    try {
      const response = await fetch(this.#target.url() + path, { method: 'POST', headers, body, signal });
      answer = { status: response.status, text: await response.text() };
    } catch {
      this.#signal.throwIfAborted();
      return undefined;
    }
    if ([400, 401, 403, 413, 415].includes(answer.status)) {
      throw new Error(`the door refuses ${path} for good: ${answer.status} ${answer.text.slice(0, 500)}`);
    }
    return answer;
  }
}

/** The answers of a request to so many lines; undefined where not every line was answered. */
export function readAnswers(text: string, lines: number): readonly LineAnswer[] | undefined {
  const answers: LineAnswer[] = [];
  let whole = false;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    let said: LineAnswer & { readonly summary?: { readonly error?: string } };
    try {
      said = JSON.parse(line);
    } catch {
      // Cut in the middle of a line.
      return undefined;
    }
    if (said.summary) whole = said.summary.error === undefined;
    else answers.push(said);
  }
  return whole && answers.length === lines ? answers : undefined;
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
