/** The headings of the regulator's document. The Cyrillic form is made from the Latin one, as everywhere. */

export interface Labels {
  readonly facts: string;
  readonly incident: string;
  readonly operator: string;
  readonly clause: string;
  readonly limit: string;
  readonly passedAt: string;
  readonly services: string;
  readonly decision: string;
  readonly faults: string;
  readonly fault: string;
  readonly since: string;
  readonly until: string;
  readonly cause: string;
  readonly reason: string;
  readonly timeline: string;
  readonly began: (fault: string) => string;
  readonly ended: (fault: string) => string;
  readonly passed: string;
  readonly due: string;
  readonly late: string;
}

export const SR_LABELS: Labels = {
  facts: 'Podaci',
  incident: 'Oznaka prekida',
  operator: 'Operator',
  clause: 'Osnov',
  limit: 'Dozvoljeno vreme',
  passedAt: 'Vreme isteklo',
  services: 'Pogođene usluge (pretplatnički odnosi)',
  decision: 'Oznaka odluke',
  faults: 'Smetnje',
  fault: 'Smetnja',
  since: 'Od',
  until: 'Do',
  cause: 'Uzrok',
  reason: 'Razlog',
  timeline: 'Tok događaja',
  began: (fault) => `nastala smetnja ${fault}`,
  ended: (fault) => `otklonjena smetnja ${fault}`,
  passed: 'isteklo dozvoljeno vreme za otklanjanje',
  due: 'rok za ovo obaveštenje',
  late: 'Podaci su stigli naknadno.',
};

export const EN_LABELS: Labels = {
  facts: 'Facts',
  incident: 'Incident',
  operator: 'Operator',
  clause: 'Ground',
  limit: 'Time allowed',
  passedAt: 'Passed on',
  services: 'Services affected (contracts)',
  decision: 'Decision',
  faults: 'Faults',
  fault: 'Fault',
  since: 'From',
  until: 'To',
  cause: 'Cause',
  reason: 'Reason',
  timeline: 'Order of events',
  began: (fault) => `fault ${fault} began`,
  ended: (fault) => `fault ${fault} was repaired`,
  passed: 'the time allowed for the repair passed',
  due: 'this notice is due',
  late: 'The data came late.',
};

export const DE_LABELS: Labels = {
  facts: 'Angaben',
  incident: 'Störungsnummer',
  operator: 'Betreiber',
  clause: 'Grundlage',
  limit: 'Zulässige Dauer',
  passedAt: 'Überschritten am',
  services: 'Betroffene Dienste (Verträge)',
  decision: 'Entscheidung',
  faults: 'Störungen',
  fault: 'Störung',
  since: 'Von',
  until: 'Bis',
  cause: 'Ursache',
  reason: 'Begründung',
  timeline: 'Ablauf',
  began: (fault) => `Beginn der Störung ${fault}`,
  ended: (fault) => `Störung ${fault} behoben`,
  passed: 'zulässige Dauer bis zur Behebung überschritten',
  due: 'Frist dieser Meldung',
  late: 'Die Daten trafen verspätet ein.',
};
