/** An act that counts once, however often it is tried. */
import { ApiError, send } from '../../shared/api.js';

/** Makes the act; called again, after a lost answer perhaps, it has the same key. */
export function once(path: string, body: unknown): () => Promise<unknown> {
  const key = crypto.randomUUID();
  let tried = false;
  return async () => {
    try {
      return await send('POST', path, body, key);
    } catch (error) {
      // Nobody else has this key: it was taken the first time, at another instant.
      if (tried && error instanceof ApiError && error.code === 'id-reused') return { status: 'duplicate' };
      tried = true;
      throw error;
    }
  };
}
