/** Tests that need the real parts: run where they are, failing in CI where they are not, skipped and counted on a laptop. */
import { describe, inject, it } from 'vitest';
import './setup.js';

/** Where the shared parts answer. */
export interface RealParts {
  /** HOST:PORT of the broker; topics are made by hand, so take names of your own. */
  readonly kafka: string;
  /** redis://HOST:PORT; take a prefix of your own. */
  readonly redis: string;
}

/** `describe`, for tests that need the real parts named in `needs`: both, unless told. */
export function describeReal(
  name: string,
  tests: (parts: RealParts) => void,
  needs: readonly (keyof RealParts)[] = ['kafka', 'redis'],
): void {
  const parts = { kafka: inject('kafka') ?? '', redis: inject('redis') ?? '' };
  if (needs.every((need) => parts[need] !== '')) {
    describe(name, () => tests(parts));
  } else if (process.env['CI']) {
    it(`${name}: the real parts are there`, () => {
      throw new Error(`In CI every part must be there; missing: ${inject('missing').join('; ')}`);
    });
  } else {
    describe.skip(name, () => tests(parts));
  }
}
