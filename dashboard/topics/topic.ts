/** What a page can watch. All topics of a page come over its one stream; what a topic says is put into JSON once for all pages. */
import type { Instant } from '../../pipelines/domain/units.js';

/**
 * A thing to watch, of bounded size. It remembers nothing of who watches it: a page says up to which version it has seen, and
 * what it is told has absolute values, so that hearing something twice changes nothing.
 */
export interface Topic {
  /** What pages ask for, and how its events are called: `[a-z-]+`. */
  readonly name: string;
  /** Goes up with every change that pages should be told of. A safe integer from 0 on. */
  readonly version: number;
  /** Looks anew at what it shows. Throws where there is nothing to look at any more, as when the installation stops. */
  refresh(): void;
  /** All of it, as the members of a JSON object: `"a":1,"b":2`. */
  snapshot(now: Instant): string;
  /** What is new to one who has seen this version, in the same form; undefined where it goes too far back: he needs all of it. */
  since(seen: number, now: Instant): string | undefined;
  /** Calls back when a refresh may find something new; returns how to stop. Without it the topic is looked at once a second. */
  watch?(changed: () => void): () => void;
}

/** Members of a JSON object; what is undefined is left out. */
export function members(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields).slice(1, -1);
}
