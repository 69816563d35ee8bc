/** Subscribers who were abroad for a day: on the next they are warned, and the term begins when they have received it (A1 9.1.3). */
import type { WireDecision } from '../../../pipelines/http/ports.js';

/** The first look at 10 June. */
export const WARNED = '2026-06-11T00:00:01+02:00';
/** Fifteen whole days after a receipt on 11 June are over. */
export const TERM_OVER = '2026-06-27T00:00:01+02:00';

const OPERATORS = ['asks', 'repeats', 'mails', 'a1-rs'];
const subject = (operator: string, n: number) => `${operator}-${n}`;

/** A made-up number of the operator's n-th subscriber, and his address. */
export function contactOf(operator: string, n: number): { readonly msisdn: string; readonly email: string } {
  const msisdn = `+38160${OPERATORS.indexOf(operator)}${String(n).padStart(6, '0')}`;
  return { msisdn, email: `pretplatnik.${operator}.${n}@example.com` };
}

/** Their records and the day abroad. */
export function roamers(operator: string, count: number): readonly object[] {
  return Array.from({ length: count }, (_, n) => {
    const service = subject(operator, n);
    const event = (type: string, time: string, data: object) => ({
      specversion: '1.0',
      id: `${type}/${service}`,
      source: 'made-up',
      type,
      subject: service,
      time,
      recordedtime: time,
      data,
    });
    return [
      event('service.upserted', '2026-06-09T12:00:00+02:00', {
        operator,
        kind: 'mobile',
        customerId: `customer-${service}`,
        activeFrom: '2025-01-01T00:00:00+01:00',
        notifyBy: ['sms'],
        contact: contactOf(operator, n),
      }),
      event('usage.recorded', '2026-06-10T12:00:00+02:00', {
        kind: 'data',
        direction: 'out',
        bytes: 1_000_000,
        country: 'ME',
      }),
    ];
  })
    .flat()
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
}

/** A notice that was asked for, and the number it has to go to. */
export function noticeOf({ subject: service = '', data }: WireDecision): {
  readonly noticeId: string;
  readonly operator: string;
  readonly number: string;
} {
  const [operator = ''] = service.split(/-(?=\d+$)/);
  const { msisdn } = contactOf(operator, Number(/\d+$/.exec(service)![0]));
  return { noticeId: data['noticeId'] as string, operator, number: msisdn.slice(1) };
}
