/** A usual notice of each template, for the page that shows the texts and for who tries them. Made-up values in the form of the wire. */
import type { NoticeClass, Template } from '../../pipelines/domain/decision.js';
import type { Zone } from '../../pipelines/domain/units.js';

export interface Example {
  readonly operatorName: string;
  readonly zone: Zone;
  readonly clause: string;
  readonly class: NoticeClass;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const rsd = (amount: string) => ({ amount, currency: 'RSD' });
const eur = (amount: string) => ({ amount, currency: 'EUR' });
const june = { from: '2026-06-01T00:00:00+02:00', to: '2026-07-01T00:00:00+02:00' };
const outage = { from: '2026-06-21T08:15:00+02:00', to: '2026-06-25T17:40:00+02:00' };
const bar = {
  services: ['voice-out', 'sms-out', 'data'],
  keeps: ['emergency', 'customer-service', 'incoming'],
  cycle: june,
};
const day = { from: '2026-06-10T00:00:00+02:00', to: '2026-06-11T00:00:00+02:00' };

type Own = Pick<Example, 'clause' | 'parameters'> & Partial<Example>;
const a1 = (clause: string, parameters: Example['parameters']): Own => ({ clause: `A1 ${clause}`, parameters });
const of =
  (operatorName: string, prefix: string, zone: Zone) =>
  (clause: string, parameters: Example['parameters']): Own => ({
    operatorName,
    zone,
    clause: `${prefix} ${clause}`,
    parameters,
  });
const truf = of('Truf', 'Truf', 'Europe/Belgrade');
const mtel = of('MTEL Austria', 'MTEL', 'Europe/Vienna');

const OWN: Readonly<Record<Template, Own>> = {
  'outage-started': {
    ...of('GO4YU', 'GO4YU', 'Europe/Vienna')('47', { reason: 'congestion' }),
    class: 'service',
  },
  'repair-overdue': a1('3.3', {
    outageId: 's1:cell-1/f1',
    from: outage.from,
    reasons: ['operator'],
    counted: 'PT42H',
    excused: 'PT6H1S',
  }),
  'credit-granted': a1('3.3', { outageId: 's1:cell-1/f1', ...outage, amount: rsd('292.71'), cycle: june }),
  'credit-adjusted': a1('3.3', {
    outageId: 's1:cell-1/f1',
    ...outage,
    revision: 1,
    amount: rsd('292.71'),
    difference: rsd('-107.29'),
    cycle: june,
  }),
  'extension-granted': truf('50', { outageId: 's1:olt-1/f1', ...outage, seconds: 379_500 }),
  'planned-works': {
    ...truf('70', { worksId: 'w1', from: '2026-06-20T01:00:00+02:00', to: '2026-06-20T05:00:00+02:00' }),
    class: 'service',
  },
  'spend-warning': a1('14.3', { share: 0.8, charges: rsd('4012.50'), cap: rsd('5000.00'), cycle: june }),
  'spend-barred': a1('14.3', { reason: 'spend-cap', ...bar }),
  'spend-bar-lifted': a1('14.3', { reason: 'spend-cap', ...bar }),
  'spend-bar-set': a1('14.3', { set: true, cap: rsd('5000.00') }),
  'credit-limit-warning': mtel('20.1.f', { share: 0.5, charges: eur('30.10'), cap: eur('60.00') }),
  'credit-limit-barred': mtel('20.1.f', { reason: 'credit-limit', ...bar }),
  'credit-limit-lifted': mtel('20.1.f', { reason: 'credit-limit', ...bar }),
  'spend-doubled': a1('14.4', { cycle: june, charges: rsd('3998.00'), reference: rsd('1999.00') }),
  'traffic-atypical': a1('14.2', {
    window: 'day',
    measure: 'dataBytes',
    value: 5_250_000_000,
    average: 812_000_000,
    ...day,
  }),
  'restriction-applied': a1('14.2', { services: ['data'], window: 'day', measure: 'dataBytes', ...day }),
  'restriction-lifted': a1('14.2', { services: ['data'] }),
  'roaming-data-80': { ...a1('9.1.3', { value: 8_000_000_000, limit: 10_000_000_000 }), class: 'service' },
  'roaming-data-100': { ...a1('9.1.3', { value: 10_000_000_000, limit: 10_000_000_000 }), class: 'service' },
  'roaming-warning': a1('9.1.3', {
    window: { from: '2026-01-01T00:00:00+01:00', to: '2026-05-01T00:00:00+02:00' },
    domesticDays: 20,
    roamingDays: 100,
  }),
  'roaming-surcharge-started': a1('9.1.3', { from: '2026-05-17T00:00:00+02:00' }),
  'roaming-surcharge-stopped': a1('9.1.3', { from: '2026-06-02T00:00:00+02:00' }),
  'roaming-surcharge-refunded': a1('9.1.3', { from: '2026-05-17T00:00:00+02:00', to: '2026-06-02T00:00:00+02:00' }),
  'porting-compensation': a1('20.4', { portingId: 'p1', days: 3, amount: null }),
  'termination-allowed': mtel('21.1.c', { outageId: 's1:cell-1/f1', from: '2026-06-24T09:00:00+02:00' }),
  'parking-exceeded': truf('20', { year: 2026, days: 32 }),
  'device-rule': {
    ...of(
      'mts',
      'mts',
      'Europe/Belgrade',
    )('1.1', {
      rule: 'Vrata noću',
      device: 'Senzor vrata',
      location: 'Kuća',
      room: 'Hodnik',
      at: '2026-06-10T23:05:00+02:00',
    }),
    class: 'service',
  },
  'sms-not-served': {
    ...of(
      'mobitext',
      'Mobitext',
      'Europe/Belgrade',
    )('4.2', {
      shortCode: '6624',
      amount: { amount: '38.64', currency: 'RSD' },
      at: '2026-06-10T20:15:00+02:00',
    }),
    class: 'service',
  },
  'regulator-outage': a1('3.3', {
    incident: 'cell-1/f1',
    after: 'PT48H',
    passedAt: '2026-06-23T08:15:01+02:00',
    reasons: ['power supply failed', 'weather'],
    affectedServices: 1_204,
  }),
  'noc-outage-clock': {
    ...a1('3.3', {
      incident: 'cell-1/f1',
      clock: 'PT40H',
      passedAt: '2026-06-23T00:15:00+02:00',
      affectedServices: 1_204,
    }),
    class: 'service',
  },
  'noc-alarm': {
    ...a1('3.3', {
      resource: 'olt-17',
      severity: 'critical',
      problem: 'lossOfSignal',
      since: '2026-06-23T02:41:00+02:00',
      impact: 'The element is cut off; after five minutes its subscribers count as out of service.',
      owner: 'noc-transport',
      runbook: 'docs/alarms.md#signal-lost',
      clears: 'The element reports that the signal is back (alarm.ended).',
      explains: 38,
      step: 1,
    }),
    clause: 'alarm rule signal-lost',
    class: 'service',
  },
};

/** The usual notice of each template. */
export const EXAMPLES = Object.fromEntries(
  Object.entries(OWN).map(([template, own]) => [
    template,
    { operatorName: 'A1 Srbija', zone: 'Europe/Belgrade', class: 'legal', ...own },
  ]),
) as Readonly<Record<Template, Example>>;
