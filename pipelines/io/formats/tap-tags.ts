/** The tags of TAP 3.12 that are read here, by our own names for them. All are of the class APPLICATION. */
import { application, tagName } from './ber.js';

export const TAP = {
  // The file
  batch: application(1),
  notification: application(2),
  events: application(3),
  control: application(4),
  accounting: application(5),
  network: application(6),
  audit: application(15),
  // Control
  sender: application(196),
  recipient: application(182),
  sequence: application(109),
  createdAt: application(108),
  cutOffAt: application(227),
  availableAt: application(107),
  specification: application(201),
  release: application(189),
  fileType: application(110),
  rapSequence: application(181),
  // Accounting
  localCurrency: application(135),
  tapCurrency: application(210),
  decimalPlaces: application(244),
  // Network
  offsets: application(234),
  entities: application(188),
  entityCode: application(184),
  entityType: application(186),
  entityId: application(400),
  // Audit
  earliest: application(101),
  latest: application(133),
  totalCharge: application(415),
  totalRefund: application(355),
  totalTax: application(226),
  totalTaxRefund: application(353),
  eventCount: application(43),
  // Times
  localTime: application(16),
  offsetCode: application(232),
  offset: application(231),
  // Events
  moc: application(9),
  mtc: application(10),
  gprs: application(14),
  mocBasics: application(147),
  mtcBasics: application(153),
  gprsBasics: application(114),
  gprsSubscriber: application(115),
  subscriber: application(427),
  sim: application(199),
  imsi: application(129),
  msisdn: application(152),
  start: application(44),
  duration: application(223),
  destination: application(89),
  calledNumber: application(407),
  partial: application(166),
  chargingId: application(72),
  location: application(138),
  networkLocation: application(156),
  callReference: application(45),
  gprsLocation: application(117),
  gprsNetworkLocation: application(118),
  entityCodes: application(185),
  geography: application(113),
  servingNetwork: application(195),
  servicesUsed: application(38),
  serviceUsed: application(39),
  service: application(36),
  serviceCode: application(426),
  teleService: application(218),
  bearerService: application(40),
  gprsServiceUsed: application(121),
  bytesIn: application(250),
  bytesOut: application(251),
  // Charges
  messagingEvent: application(433),
  contentUsed: application(352),
  refundIndicator: application(344),
  chargeDetail: application(63),
  chargeType: application(71),
  charge: application(62),
  taxValue: application(397),
} as const;

/** Events that are no usage of a kind we count, by our own names for them. */
export const OTHER_EVENTS: ReadonlyMap<number, string> = new Map([
  [application(11), 'supplementary service'],
  [application(12), 'use of a message centre'],
  [application(17), 'content'],
  [application(297), 'location service'],
  [TAP.messagingEvent, 'messaging event'],
  [application(434), 'mobile session'],
]);

const NAMES = new Map(Object.entries(TAP).map(([name, id]) => [tagName(id), name]));

/** What a tag is called here: `[APPLICATION 129]` is `imsi`. */
export function tapFieldName(tag: string): string | undefined {
  return NAMES.get(tag);
}
