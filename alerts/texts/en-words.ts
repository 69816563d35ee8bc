/** English. */
import type { Frame } from './text.js';
import type { Grammar } from './words.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

export const enGrammar: Grammar = {
  locale: 'en',
  separators: [',', '.'],
  forms: {
    day: { one: 'day', other: 'days' },
    hour: { one: 'hour', other: 'hours' },
    minute: { one: 'minute', other: 'minutes' },
    second: { one: 'second', other: 'seconds' },
    message: { one: 'message', other: 'messages' },
    service: { one: 'service', other: 'services' },
  },
  services: {
    'voice-out': 'outgoing calls',
    'sms-out': 'outgoing messages',
    data: 'mobile data',
    premium: 'premium services',
    'premium-sms': 'premium messages',
    international: 'international calls',
    roaming: 'roaming',
    emergency: 'emergency calls',
    'customer-service': 'customer service',
    incoming: 'incoming calls and messages',
  },
  reasons: {
    operator: 'a fault in our network',
    subscriber: 'a cause on your side',
    'third-party': 'an act of a third party',
    'other-operator': 'a fault of another operator',
    'force-majeure': 'force majeure',
    weather: 'severe weather',
    interference: 'radio interference',
    coverage: 'a place outside coverage',
    'planned-works': 'planned works',
    congestion: 'an overloaded network',
    equipment: 'faulty equipment',
    unknown: 'being looked into',
    'communications subsystem failure': 'a fault in the transport network',
    'equipment malfunction': 'a fault of network equipment',
    'loss of signal': 'a loss of signal',
    'power problem': 'a power failure',
  },
  measures: {
    charge: 'charges',
    voiceSeconds: 'outgoing calls',
    messages: 'messages sent',
    dataBytes: 'data',
  },
  windows: { day: 'day', week: 'week', month: 'billing period' },
  and: 'and',
  more: 'and others',
  date: (year, month, day) => `${day} ${MONTHS[month - 1]} ${year}`,
  at: (date, time) => `${date}, ${time}`,
  clause: (numbers, article) => `our terms, ${article ? 'article' : 'clause'} ${numbers}`,
  days: (first, last) => `${first} - ${last}`,
  foreign: (text) => text,
  inGsm: true,
};

export const enFrame: Frame = {
  greeting: 'Dear Sir or Madam,',
  ground: (clause) => `This message rests on ${clause}.`,
  groundShort: (clause) => `See ${clause}.`,
  late: 'The data on which this rests reached us late.',
  lateShort: 'Our data came late.',
  help: (line) => `For questions and complaints please contact customer service${line ? `: ${line}` : ''}.`,
  regards: 'Yours faithfully,',
};
