/** `dozor usage-year`: a made-up year of usage as NDJSON, to replay, to send with `ingest`, or to keep. */
import type { Instant } from '../domain/units.js';
import type { OperatorId } from '../play/usage/people.js';
import { type UsageMeter, usageYear } from '../play/usage-year.js';

/** Lines are written together up to this many characters: a write for each would cost more than making them. */
const CHUNK = 65_536;

export interface UsageYearCommand {
  readonly seed: number;
  readonly services: number;
  /** The first instant, in whole seconds. */
  readonly from: Instant;
  readonly days: number;
  readonly recordsPerServiceDay?: number;
  readonly operators?: readonly OperatorId[];
  readonly faulty?: number;
}

/** Writes the story, a line an event, and waits where `write` asks to. What was made comes back, for whoever tells a person. */
export async function writeUsageYear(
  options: UsageYearCommand,
  write: (lines: string) => undefined | Promise<void>,
): Promise<UsageMeter> {
  const meter: UsageMeter = { events: 0, held: 0, heldMax: 0 };
  let chunk = '';
  for (const event of usageYear({ ...options, meter })) {
    chunk += `${JSON.stringify(event)}\n`;
    if (chunk.length < CHUNK) continue;
    await write(chunk);
    chunk = '';
  }
  if (chunk !== '') await write(chunk);
  return meter;
}
