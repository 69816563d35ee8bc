/** German, as in Austria. Its letters ä ö ü ß are all in GSM 03.38; typographic quotes are not, so there are none. */
import type { Frame } from './text.js';
import type { Grammar } from './words.js';

export const deGrammar: Grammar = {
  locale: 'de-AT',
  separators: ['.', ','],
  forms: {
    day: { one: 'Tag', other: 'Tage' },
    hour: { one: 'Stunde', other: 'Stunden' },
    minute: { one: 'Minute', other: 'Minuten' },
    second: { one: 'Sekunde', other: 'Sekunden' },
    message: { one: 'Nachricht', other: 'Nachrichten' },
    service: { one: 'Anschluss', other: 'Anschlüsse' },
  },
  services: {
    'voice-out': 'abgehende Anrufe',
    'sms-out': 'Versand von Nachrichten',
    data: 'mobile Daten',
    premium: 'Mehrwertdienste',
    'premium-sms': 'Mehrwert-SMS',
    international: 'Auslandsgespräche',
    roaming: 'Roaming',
    emergency: 'Notrufe',
    'customer-service': 'Kundenservice',
    incoming: 'ankommende Anrufe und Nachrichten',
  },
  reasons: {
    operator: 'Störung in unserem Netz',
    subscriber: 'Ursache auf Ihrer Seite',
    'third-party': 'Einwirkung Dritter',
    'other-operator': 'Störung bei einem anderen Betreiber',
    'force-majeure': 'höhere Gewalt',
    weather: 'Unwetter',
    interference: 'Funkstörungen',
    coverage: 'Ort außerhalb der Versorgung',
    'planned-works': 'geplante Arbeiten',
    congestion: 'Überlastung des Netzes',
    equipment: 'defektes Gerät',
    unknown: 'wird noch geklärt',
    'communications subsystem failure': 'Störung im Übertragungsnetz',
    'equipment malfunction': 'Störung einer Netzanlage',
    'loss of signal': 'Signalausfall',
    'power problem': 'Stromausfall',
  },
  measures: {
    charge: 'Entgelte',
    voiceSeconds: 'abgehende Anrufe',
    messages: 'gesendete Nachrichten',
    dataBytes: 'Daten',
  },
  windows: { day: 'Tag', week: 'Woche', month: 'Abrechnungsperiode' },
  and: 'und',
  more: 'u. a.',
  date: (year, month, day) => `${two(day)}.${two(month)}.${year}`,
  at: (date, time) => `${date}, ${time} Uhr`,
  clause: (numbers, article) => `${article ? 'Art.' : 'Punkt'} ${numbers} unserer AGB`,
  days: (first, last) => `${first} - ${last}`,
  foreign: (text) => text,
  inGsm: true,
};

export const deFrame: Frame = {
  greeting: 'Sehr geehrte Damen und Herren,',
  ground: (clause) => `Grundlage: ${clause}.`,
  groundShort: (clause) => `Siehe ${clause}.`,
  late: 'Die zugrunde liegenden Daten haben uns verspätet erreicht.',
  lateShort: 'Unsere Daten kamen verspätet.',
  help: (line) => `Bei Fragen und Beschwerden wenden Sie sich bitte an den Kundenservice${line ? `: ${line}` : ''}.`,
  regards: 'Mit freundlichen Grüßen',
};

function two(n: number): string {
  return String(n).padStart(2, '0');
}
