/** A decision that asks for a notice, as it stands on the log: of a credit, or what a test makes of it. */
import { type Draft, decide, encodeDecision } from '../../../pipelines/domain/decision.js';
import { DAY, type Instant } from '../../../pipelines/domain/units.js';

let count = 0;

/** A notice of a credit on the wire, or what `over` makes of it. */
export function noticeWire(
  subject: string,
  time: Instant,
  over: Partial<Draft<'notice.requested'>['data']> = {},
): Record<string, unknown> {
  const operator = over.operator ?? 'a1-rs';
  const draft: Draft<'notice.requested'> = {
    type: 'notice.requested',
    subject,
    time,
    data: {
      operator,
      clause: 'A1 3.3',
      because: { decision: 'd' },
      noticeId: `credit-granted:${subject}-${++count}`,
      audience: 'subscriber',
      template: 'credit-granted',
      parameters: {
        outageId: `${subject}:f1`,
        from: '2026-06-05T08:00:00+02:00',
        to: '2026-06-08T09:00:00+02:00',
        amount: { amount: '120.50', currency: 'RSD' },
        cycle: { from: '2026-06-01T00:00:00+02:00', to: '2026-07-01T00:00:00+02:00' },
      },
      class: 'legal',
      channels: ['sms'],
      language: 'sr-Latn',
      dueBy: time + DAY,
      expiresAt: time + 30 * DAY,
      ...over,
    },
  };
  return encodeDecision(decide(draft), 'Europe/Belgrade');
}
