/** The names of the console's views in the navigation. */
import { wordsIn } from '../shared/language.js';

export const names = wordsIn({
  en: { overview: 'Overview', alarms: 'Alarms' },
  sr: { overview: 'Pregled', alarms: 'Alarmi' },
  de: { overview: 'Überblick', alarms: 'Alarme' },
});
