/**
 * By what a TAP record replaces the NRTRDE record of the same event. Both tell of it in their own way, and neither names the
 * other, so the name is made here, once, from what both have: who, which call or context, which node wrote it, and when it began.
 *
 * A call: session from kind, IMSI, call reference, recording entity and start. A data context may be reported in parts; its
 * session is kind, IMSI, charging id and node, and the start of a part names the part. A TAP record that does not say that it is
 * a part tells of the whole context: it has no part, and so replaces every part that NRTRDE told of.
 */
import type { Instant } from '../../domain/units.js';
import { keyedName, timeText } from './format.js';
import { nodeName } from './values.js';

/** What a record of one of the two feeds says of its event. */
export interface RoamingEvent {
  readonly kind: 'moc' | 'mtc' | 'gprs';
  readonly imsi: string;
  /** The call reference or charging id, without a sign: one feed writes a number, the other bytes. */
  readonly reference?: bigint;
  /** The name of the recording entity; of data, that of the gateway (GGSN or P-GW). */
  readonly recEntity?: string;
  readonly start: Instant;
  /** Of data: the record tells of all of the context. */
  readonly whole?: boolean;
}

/** `sessionId` and `part` of the usage event. */
export interface SessionKey {
  readonly sessionId: string;
  readonly part?: string;
}

/** The key of an event, the same from either feed. */
export function roamingKey(
  hashKey: Uint8Array,
  { kind, imsi, reference, recEntity, start, whole }: RoamingEvent,
): SessionKey {
  const entity = recEntity === undefined ? '' : nodeName(recEntity);
  // Without a charging id nothing says which parts belong together.
  const inParts = kind === 'gprs' && reference !== undefined;
  const parts = [kind, imsi, reference?.toString() ?? '', entity, inParts ? '' : start];
  const sessionId = keyedName(hashKey, 'roaming', parts);
  return inParts && !whole ? { sessionId, part: timeText(start) } : { sessionId };
}
