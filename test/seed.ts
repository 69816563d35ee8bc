/**
 * The seed of every random test: in CI the same each time, so that what fails there is the change; elsewhere another at each run.
 * DOZOR_SEED chooses one. What a failure prints has it too.
 */
import fc from 'fast-check';

const chosen = process.env['DOZOR_SEED'] ?? (process.env['CI'] ? 20_261_123 : undefined);
if (chosen !== undefined) fc.configureGlobal({ seed: Number(chosen) });
