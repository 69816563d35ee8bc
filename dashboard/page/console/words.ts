/** The names of the console's views in the navigation. */
import { wordsIn } from '../shared/language.js';

export const names = wordsIn({
  en: {
    overview: 'Overview',
    alarms: 'Alarms',
    outages: 'Outages',
    decisions: 'Decisions',
    works: 'Works',
    refused: 'Refused',
    search: 'Search',
    notices: 'Notices',
    packs: 'Rules',
    overrun: 'Overruns',
  },
  sr: {
    overview: 'Pregled',
    alarms: 'Alarmi',
    outages: 'Prekidi',
    decisions: 'Odluke',
    works: 'Radovi',
    refused: 'Odbijeno',
    search: 'Pretraga',
    notices: 'Obaveštenja',
    packs: 'Pravila',
    overrun: 'Prekoračenja',
  },
  de: {
    overview: 'Überblick',
    alarms: 'Alarme',
    outages: 'Unterbrechungen',
    decisions: 'Entscheidungen',
    works: 'Arbeiten',
    refused: 'Abgewiesen',
    search: 'Suche',
    notices: 'Nachrichten',
    packs: 'Regeln',
    overrun: 'Überschreitungen',
  },
});
