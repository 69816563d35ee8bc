/**
 * A message to a short code, and what it costs: Mobitext Annex 1.1, 1.3 to 1.5; 4.2; 6.4.
 *
 * The subject is the client's account, whose short code the message was sent to. The price is the basic one of the sender's network
 * for each part, and the added value, both without VAT, which is added to the sum and rounded once. The network is the one that was
 * looked up; where nothing was, that of the number's prefix, which is a default only. A network without terms has no price: that is
 * decided too, so that no message is lost. Where the service could not be given, the sender is told in reply what it costs all the
 * same (4.2); he is an opaque id, and whoever sends it finds the number.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type Effect, type Given, isLate, refOf, type ServiceDetector } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import { formatMoney } from '../domain/money.js';
import type { SmsRules } from '../domain/pack.js';
import { chargeOf, networkOf } from '../domain/sms.js';
import { assertNever, DAY, type Instant } from '../domain/units.js';

export interface SmsChargeState {
  /** Heard since the last look. */
  readonly heard: readonly EventOf<'sms.received'>[];
}

export const smsCharge: ServiceDetector<SmsChargeState> = {
  name: 'sms-charge',
  hears: ['sms.received'],
  reads: ['sms'],
  start: { heard: [] },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [isOrder(heard.event, given) ? { heard: [...state.heard, heard.event] } : state, []];
      case 'tick':
        if (state.heard.length === 0) return [state, []];
        // A state of its own: `start` itself would not be kept over what was held.
        return [{ heard: [] }, inOrder(state.heard).flatMap((event) => effectsOf(event, given, heard.now))];
      default:
        return assertNever(heard);
    }
  },
};

/** Whether an event is a message to a short code of the operator's terms. */
export function isOrder(
  event: { readonly type: string },
  given: Pick<Given, 'pack'>,
): event is EventOf<'sms.received'> {
  const message = event as EventOf<'sms.received'>;
  if (message.type !== 'sms.received') return false;
  const { shortCode } = message.data;
  return shortCode !== undefined && (given.pack(message.time).rules.sms?.shortCodes.includes(shortCode) ?? false);
}

function inOrder(events: SmsChargeState['heard']): SmsChargeState['heard'] {
  return events.toSorted((a, b) => a.time - b.time || (refOf(a) < refOf(b) ? -1 : 1));
}

function effectsOf(event: EventOf<'sms.received'>, given: Given, now: Instant): readonly Effect[] {
  const draft = charged(event, given, now);
  const effects: Effect[] = [{ do: 'decide', draft }];
  const reply = event.data.served === false ? replyOf(event, draft, given, now) : undefined;
  return reply ? [...effects, { do: 'decide', draft: reply }] : effects;
}

function charged(event: EventOf<'sms.received'>, given: Given, now: Instant): Draft<'sms.charged'> {
  const pack = given.pack(event.time);
  const { operator, vatPercent } = pack;
  const rules = pack.rules.sms!;
  const { parts = 1, served = true, shortCode, network, prefix } = event.data;
  const found = networkOf(rules, event.data);
  const charge = found && chargeOf(rules, pack, found.network, { parts, served });
  return {
    type: 'sms.charged',
    subject: given.facts.id,
    time: now,
    data: {
      operator,
      clause: rules.clause,
      because: {
        arithmetic: 'parts x basic price + messages x added value, VAT on the sum, rounded once',
        message: refOf(event),
        networkTold: network ?? null,
        prefix: prefix ?? null,
        basicPrice: found ? formatMoney(found.network.basicPrice) : null,
        addedValue: formatMoney(rules.addedValue),
        addedValueVat: rules.addedValueVat,
        chargedPer: rules.chargedPer,
        vatPercent,
        served,
        // The sender ordered it himself: the message is his consent.
        consent: 'order',
      },
      record: event.id,
      recordSource: event.source,
      at: event.time,
      shortCode: shortCode!,
      network: found?.network.network ?? null,
      networkBy: found?.by ?? 'unknown',
      parts,
      basic: charge?.basic ?? null,
      addedValue: charge?.addedValue ?? null,
      vat: charge?.vat ?? null,
      amount: charge?.amount ?? null,
      ...(charge && { shares: charge.shares }),
      late: isLate(event.time, now),
    },
  };
}

/** What the sender is told where he got nothing for his money. */
function replyOf(
  event: EventOf<'sms.received'>,
  { data }: Draft<'sms.charged'>,
  given: Given,
  now: Instant,
): Draft<'notice.requested'> | undefined {
  const { sender } = event.data;
  if (sender === undefined || data.amount === null) return undefined;
  const pack = given.pack(now);
  const rules = pack.rules.sms as SmsRules;
  const { shortCode } = data;
  return {
    type: 'notice.requested',
    subject: sender,
    time: now,
    data: {
      operator: pack.operator,
      clause: rules.clauses['whenNotServed'] ?? rules.clause,
      because: { message: refOf(event), account: given.facts.id },
      noticeId: `sms-not-served:${refOf(event)}`,
      audience: 'subscriber',
      template: 'sms-not-served',
      parameters: { shortCode, amount: formatMoney(data.amount), at: formatLocal(event.time, pack.zone) },
      class: 'service',
      channels: ['sms'],
      language: pack.language,
      dueBy: now + DAY,
      expiresAt: now + DAY,
    },
  };
}
