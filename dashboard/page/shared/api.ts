/** Asking the server, and telling it what a person does. Every failure is an `ApiError` with words that can be shown. */

/** What the server said, or that it said nothing. */
export class ApiError extends Error {
  /** The HTTP status; 0 where the server was not reached. */
  readonly status: number;
  /** The server's word for what is wrong, such as `not-found`; `unreachable` where it was not reached. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

const TIMEOUT_MS = 10_000;
/** Only a page of ours can set it: another site's form or link cannot. */
const FROM_A_PAGE = { 'x-dozor-page': '1' } as const;

/** Reads JSON. A 401 is told to `signedOut`, so that the page can ask who is there. */
export function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, { method: 'GET', ...(signal && { signal }) });
}

/** Sends JSON and reads the answer. A `key` makes the same act count once, however often it is sent. */
export function send<T = unknown>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  key: string = crypto.randomUUID(),
): Promise<T> {
  const headers = { ...FROM_A_PAGE, 'idempotency-key': key };
  if (body === undefined) return ask<T>(path, { method, headers });
  return ask<T>(path, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

let told: () => void = () => {};

/** Who is told that the server does not know us (any more). */
export function signedOut(listener: () => void): void {
  told = listener;
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal, credentials: 'same-origin' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'the server cannot be reached');
  }
  if (response.status === 401) told();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body: unknown = isJson ? await response.json().catch(() => undefined) : undefined;
  if (response.ok) return body as T;
  // A refused event is answered with its reason.
  const { error, reason, message } = (body ?? {}) as Readonly<Partial<Record<'error' | 'reason' | 'message', string>>>;
  throw new ApiError(response.status, error ?? reason ?? 'failed', message ?? `the server answered ${response.status}`);
}
