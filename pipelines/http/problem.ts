/** A request that cannot be served, as it is answered: a status, a code for programs and words for people. */
import { Unavailable } from '../access/shelf.js';

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** The answer: `{ error, message }`. */
  response(): Response {
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...this.headers };
    return new Response(JSON.stringify({ error: this.code, message: this.message }), { status: this.status, headers });
  }
}

/** The answer to an error that is no fault of ours: a Problem as it is, 503 where store or trail cannot be had; else undefined. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof Unavailable)) return undefined;
  return new Problem(503, 'unavailable', `${error.message}: try again`, { 'retry-after': '5' });
}
