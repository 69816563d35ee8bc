/** Serbian, in Latin; Cyrillic is made from it (`cyrillic.ts`). Counted nouns: 1 dan, 2 dana, 5 dana; 1 poruka, 2 poruke, 5 poruka. */
import { foreign } from './cyrillic.js';
import type { Frame } from './text.js';
import type { Grammar } from './words.js';

export const srGrammar: Grammar = {
  locale: 'sr',
  separators: ['.', ','],
  forms: {
    day: { one: 'dan', few: 'dana', other: 'dana' },
    hour: { one: 'sat', few: 'sata', other: 'sati' },
    minute: { one: 'minut', few: 'minuta', other: 'minuta' },
    second: { one: 'sekunda', few: 'sekunde', other: 'sekundi' },
    message: { one: 'poruka', few: 'poruke', other: 'poruka' },
    service: { one: 'usluga', few: 'usluge', other: 'usluga' },
  },
  services: {
    'voice-out': 'odlazni pozivi',
    'sms-out': 'slanje poruka',
    data: 'prenos podataka',
    premium: 'usluge s posebnom tarifom',
    'premium-sms': 'poruke s posebnom tarifom',
    international: 'međunarodni pozivi',
    roaming: 'roming',
    emergency: 'hitni pozivi',
    'customer-service': 'korisnički servis',
    incoming: 'dolazni saobraćaj',
  },
  reasons: {
    operator: 'kvar na našoj mreži',
    subscriber: 'uzrok na strani korisnika',
    'third-party': 'radnja trećeg lica',
    'other-operator': 'smetnja kod drugog operatora',
    'force-majeure': 'viša sila',
    weather: 'vremenske nepogode',
    interference: 'smetnje u radio-prenosu',
    coverage: 'mesto van pokrivenosti',
    'planned-works': 'planirani radovi',
    congestion: 'preopterećenje mreže',
    equipment: 'kvar opreme',
    unknown: 'uzrok se utvrđuje',
    'communications subsystem failure': 'kvar u prenosnoj mreži',
    'equipment malfunction': 'kvar opreme u mreži',
    'loss of signal': 'gubitak signala',
    'power problem': 'prekid napajanja',
  },
  measures: {
    charge: 'troškovi',
    voiceSeconds: 'odlazni pozivi',
    messages: 'poslate poruke',
    dataBytes: 'prenos podataka',
  },
  windows: { day: 'dan', week: 'nedelja', month: 'obračunski period' },
  and: 'i',
  more: 'i dr.',
  date: (year, month, day) => `${two(day)}.${two(month)}.${year}.`,
  at: (date, time) => `${date} u ${time}`,
  clause: (numbers, article, short) =>
    short ? `Opšti uslovi ${numbers}` : `${article ? 'čl.' : 'tač.'} ${numbers} Opštih uslova`,
  days: (first, last) => `${first} - ${last}`,
  foreign,
  inGsm: false,
};

export const srFrame: Frame = {
  greeting: 'Poštovani,',
  ground: (clause) => `Osnov: ${clause}.`,
  groundShort: (clause) => `${clause}.`,
  late: 'Podaci na kojima se ovo zasniva stigli su nam naknadno.',
  lateShort: 'Podaci su kasnili.',
  help: (line) => `Za pitanja i prigovore obratite se korisničkom servisu${line ? `: ${foreign(line)}` : ''}.`,
  regards: 'S poštovanjem,',
};

function two(n: number): string {
  return String(n).padStart(2, '0');
}
