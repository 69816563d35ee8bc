/** A request that cannot be served, as it is answered: a status, a code for programs and words for people. */
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
