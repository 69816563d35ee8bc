/** The longest realistic values of each template: what a text must hold without growing past four parts. */
import type { Template } from '../../../pipelines/domain/decision.js';

/** Most that a bill of a person reaches: six digits of dinars. */
const money = (amount = '123456.78') => ({ amount, currency: 'RSD' });
const from = '2026-10-22T20:48:00+02:00';
/** In the hour that the clock shows twice: the offset is written out. */
const to = '2026-10-25T02:58:59+01:00';
const cycle = { from: '2026-10-06T00:00:00+02:00', to: '2026-11-06T00:00:00+01:00' };
const reasons = [
  'oštećenje optičkog kabla usled građevinskih radova na deonici Đevđelija - Niš',
  'nestanak napajanja',
  'force-majeure',
];
const services = ['voice-out', 'sms-out', 'data'];
const keeps = ['emergency', 'customer-service', 'incoming'];
const outageId = '5f0c7a3e-9d1b-4c8f-a2e6-0b9d8c7e6f5a:cell-220-05-12345/f-2026-10-22-000123';
const bar = { services, keeps, cycle, reason: 'spend-cap' };
const spend = { share: 0.8, charges: money(), cap: money('150000.00'), cycle };
const restriction = { services, keeps, window: 'month', measure: 'voiceSeconds', from, to, until: to };

/** Some templates have more than one longest form. */
export const LONGEST: Readonly<Record<Template, readonly Readonly<Record<string, unknown>>[]>> = {
  'outage-started': [{ reason: reasons[0] }, { reason: '' }, {}],
  'repair-overdue': [
    { outageId, from, reasons, counted: 172_801_000, excused: 1_034_567_000 },
    { outageId, reasons: [], counted: 'PT48H1S', excused: 'PT0S' },
  ],
  'credit-granted': [
    { outageId, from, to, amount: money(), cycle },
    { equipmentId: 'ont-1', from, to, amount: money('0.01'), cycle },
  ],
  'credit-adjusted': [
    { outageId, from, to, revision: 12, amount: money(), difference: money('-123456.78'), cycle },
    { equipmentId: 'ont-1', revision: 1, amount: money('0.00'), difference: money('0.00'), cycle },
  ],
  'extension-granted': [
    { outageId, from, to, seconds: 3_455_999, revision: 2, difference: -3_455_998 },
    { equipmentId: 'ont-1', from, to, seconds: 3_455_999, revision: 2, difference: 3_455_998 },
    { from, to, seconds: 3_455_999 },
  ],
  'planned-works': [{ worksId: 'w1', from, to, reason: reasons[0] }],
  'spend-warning': [spend],
  'spend-barred': [bar],
  'spend-bar-lifted': [bar],
  'spend-bar-set': [
    { set: true, cap: money('150000.00') },
    { set: false, cap: money('150000.00') },
  ],
  'credit-limit-warning': [spend],
  'credit-limit-barred': [bar, { ...bar, services: ['data'], throttleBitsPerSecond: 128_000 }],
  'credit-limit-lifted': [bar],
  'spend-doubled': [
    { cycle, charges: money(), reference: money('61728.39'), referenceKind: 'three-cycle-average' },
    { cycle, charges: money(), reference: money('61728.39'), referenceKind: 'monthly-fee' },
    { cycle, charges: money(), reference: money('61728.39') },
  ],
  'traffic-atypical': [
    { window: 'month', measure: 'charge', value: money(), average: money('12345.67'), from, to },
    { window: 'week', measure: 'voiceSeconds', value: 359_999, average: 12_345.6, from, to },
    { window: 'day', measure: 'messages', value: 12_345, average: 123.4, from, to },
    { window: 'month', measure: 'dataBytes', value: 123_456_789_012, average: 12_345_678_901, from, to },
  ],
  'restriction-applied': [restriction, { services }],
  'restriction-lifted': [restriction],
  'roaming-data-80': [
    { value: 123_456_789_012, limit: 150_000_000_000, cycle },
    { value: money('40.00'), limit: money('50.00') },
  ],
  'roaming-data-100': [
    { value: 150_000_000_000, limit: 150_000_000_000, cycle },
    { value: money('123456.78'), limit: money('123456.78') },
  ],
  'roaming-warning': [{ window: { from, to }, domesticDays: 58, roamingDays: 123 }, {}],
  'roaming-surcharge-started': [{ from: to }],
  'roaming-surcharge-stopped': [{ from: to }],
  'roaming-surcharge-refunded': [{ from, to, amount: money() }, { from }],
  'porting-compensation': [
    { portingId: outageId, days: 15, amount: money() },
    { portingId: outageId, days: 1, amount: null },
  ],
  'termination-allowed': [{ outageId, from: to }],
  'parking-exceeded': [{ year: 2026, days: 365.5 }],
  'device-rule': [
    {
      rule: 'Obavesti me kad se noću otvore vrata ili prozor u prizemlju',
      device: 'Senzor za temperaturu i vlažnost vazduha 📷',
      location: 'Vikendica na Zlatiboru kod Đorđa',
      room: 'Dečja soba na spratu',
      reading: 'temperatura',
      value: -12.75,
      at: to,
    },
  ],
  'sms-not-served': [{ shortCode: '662466', amount: money(), at: to }],
  'regulator-outage': [
    {
      incident: 'cell-220-05-12345/f-2026-10-22-000123',
      after: 'PT48H',
      passedAt: to,
      reasons,
      affectedServices: 1_234_567,
    },
  ],
  'noc-outage-clock': [
    { incident: 'cell-220-05-12345/f-2026-10-22-000123', clock: 'PT40H', passedAt: to, affectedServices: 1_234_567 },
  ],
  'noc-alarm': [
    {
      resource: 'cell-220-05-12345',
      severity: 'indeterminate',
      problem: 'heatingOrVentilationOrCoolingSystemProblem',
      since: to,
      impact: 'The site runs on batteries; when they are empty all its cells go, and what hangs below them.',
      owner: 'noc-performance',
      runbook: 'docs/alarms.md#a-fault-of-an-access-node',
      clears: 'The element reports the end, or who changed the unit clears it by hand.',
      explains: 12_345,
      step: 3,
    },
  ],
};
