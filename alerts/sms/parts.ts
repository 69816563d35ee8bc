/**
 * What a bind remembers of the parts that it handed over, as long as the process lives: those that wait for their answer, those
 * that were accepted, by id, and those whose answer was lost. With it a receipt finds its part also before its answer. The ledger
 * keeps what must not be forgotten; here the oldest are.
 */
import type { Milliseconds } from '../../pipelines/domain/units.js';
import type { Submission } from '../ports.js';
import { canonicalId } from './receipts.js';

const ACCEPTED_MAX = 100_000;
const AMBIGUOUS_MAX = 10_000;

/** A part that was handed over; `to` in digits, `reference` as `user_message_reference` has it. */
export interface HandedOver {
  readonly key: string;
  readonly to: string;
  readonly reference: number;
}

interface Pending {
  readonly part: HandedOver;
  readonly answered: Promise<void>;
}

export class Parts {
  readonly #pending = new Map<string, Set<Pending>>();
  readonly #accepted = new Map<string, HandedOver>();
  readonly #ambiguous = new Map<string, HandedOver>();

  /** A part is about to leave. Call what comes back with what became of it. */
  begin(part: HandedOver): (submission: Submission) => void {
    let tell = () => {};
    const pending: Pending = { part, answered: new Promise((answered) => (tell = answered)) };
    const beside = this.#pending.get(part.to) ?? new Set();
    this.#pending.set(part.to, beside.add(pending));
    return (submission) => {
      beside.delete(pending);
      if (beside.size === 0) this.#pending.delete(part.to);
      this.settle(part, submission);
      tell();
    };
  }

  /** What became of a part, at once or late. */
  settle(part: HandedOver, submission: Submission): void {
    if (submission.is === 'ambiguous') {
      keep(this.#ambiguous, part.key, part, AMBIGUOUS_MAX);
      return;
    }
    this.#ambiguous.delete(part.key);
    if (submission.is === 'accepted') keep(this.#accepted, canonicalId(submission.id), part, ACCEPTED_MAX);
  }

  /** The part that was accepted under an id (canonical). */
  accepted(id: string): HandedOver | undefined {
    return this.#accepted.get(id);
  }

  /** The part that was accepted under one of these ids, and went to this number; to any, where the number is not told. */
  named(ids: readonly string[], to: string): HandedOver | undefined {
    for (const id of ids) {
      const part = this.#accepted.get(canonicalId(id));
      if (part && (to === '' || part.to === to)) return part;
    }
    return undefined;
  }

  /** The one part without an answer that went to this number with this reference; undefined where there are several. */
  byReference(to: string, reference: number): HandedOver | undefined {
    const waiting = [...(this.#pending.get(to) ?? [])].map(({ part }) => part);
    const found = [...waiting, ...this.#ambiguous.values()].filter(
      (part) => part.to === to && part.reference === reference,
    );
    return found.length === 1 ? found[0] : undefined;
  }

  /** Waits for the answers of all parts under way to a number, for so long at most; false where there are none. */
  async answersTo(to: string, longest: Milliseconds): Promise<boolean> {
    const under = this.#pending.get(to);
    if (!under) return false;
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((enough) => (timer = setTimeout(enough, longest)));
    await Promise.race([Promise.all([...under].map(({ answered }) => answered)), over]);
    clearTimeout(timer);
    return true;
  }
}

/** Puts an entry last, and forgets the first where there are too many. */
function keep<T>(entries: Map<string, T>, key: string, entry: T, most: number): void {
  entries.delete(key);
  entries.set(key, entry);
  if (entries.size > most) entries.delete(entries.keys().next().value!);
}
