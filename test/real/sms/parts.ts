/** Tests that need real SMS parts: run where they are, failing in CI where they are not, skipped and counted on a laptop. */
import { describe, it } from 'vitest';
import { missingSmsParts, type SmsPartName } from '../../tools/parts-sms.mjs';

/** `describe`, for tests that need the parts named. */
export function describeSms(name: string, needs: readonly SmsPartName[], tests: () => void): void {
  const missing = missingSmsParts(needs);
  if (missing.length === 0) describe(name, tests);
  else if (process.env['CI']) {
    it(`${name}: the real parts are there`, () => {
      throw new Error(`In CI every part must be there; missing: ${missing.join('; ')}`);
    });
  } else describe.skip(name, tests);
}

/** Waits until it holds; rejects when it does not in time. */
export async function until(what: string, holds: () => boolean, within = 10_000): Promise<void> {
  const end = performance.now() + within;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
