/** Serbian: faults, the line, and what is due for them. A date ends with its own point. */
import type { NetworkTemplate, Writers } from './text.js';
import type { Words } from './words.js';

const FREE = 'Ovo obaveštenje je besplatno i samo po sebi ne menja Vaš račun.';

/** What a credit or an extension is for. */
function causeOf(p: { outageId?: string | undefined; equipmentId?: string | undefined }): string {
  return p.outageId ? 'prekida usluge' : p.equipmentId ? 'neispravne opreme' : 'mirovanja usluge';
}

const between = (w: Words, from: number, to: number) => `od ${w.time(from)} do ${w.time(to)}`;

export const srNetwork: Writers<NetworkTemplate> = {
  'outage-started': (p, w) => {
    const reason = w.reasons(p.reason ? [p.reason] : []);
    const why = reason ? ` Razlog: ${reason}` : '';
    return {
      subject: 'Smetnja na Vašoj usluzi',
      sms: `Trenutno postoji smetnja na Vašoj usluzi, koja ne zavisi od Vaše opreme.${why} Radimo na otklanjanju. Ne morate ništa da preduzimate. Izvinite zbog neprijatnosti.`,
      email: [
        `Trenutno postoji smetnja na Vašoj usluzi. Ona ne zavisi od Vaše opreme ni od Vašeg pristupa internetu.${why}`,
        FREE,
        'Radimo na otklanjanju. Ne morate ništa da preduzimate. Izvinite zbog neprijatnosti.',
      ],
    };
  },
  'repair-overdue': (p, w) => {
    const reason = w.reasons(p.reasons);
    const lasted = w.hours(p.counted + p.excused);
    const since = p.from === undefined ? '' : `od ${w.time(p.from)} `;
    const why = reason ? ` Razlog: ${reason}` : '';
    const excused =
      p.excused > 0
        ? ` Od toga se po Opštim uslovima ne računa: ${w.duration(p.excused)}.`
        : ' Celo to vreme se računa u prekid.';
    return {
      subject: 'Kvar na Vašoj usluzi nije otklonjen u roku',
      sms: `Usluga je u prekidu ${since}i kvar nije otklonjen u roku (trajanje: ${lasted}).${why} Ako pripada umanjenje naknade, obračunaćemo ga i javiti, bez zahteva.`,
      email: [
        `Vaša usluga je u prekidu ${since}i kvar nije otklonjen u roku (trajanje: ${lasted}).${why}`,
        `Prekid je do sada trajao: ${w.duration(p.counted + p.excused)}.${excused}`,
        'Ako Vam po Opštim uslovima pripada umanjenje mesečne naknade ili produženje ugovora, obračunaćemo ga sami i o iznosu Vas posebno obavestiti. Zahtev nije potreban.',
        'I dalje radimo na otklanjanju kvara. Izvinite zbog neprijatnosti.',
      ],
    };
  },
  'credit-granted': (p, w) => ({
    subject: `Umanjenje naknade: ${w.money(p.amount)}`,
    sms: `Zbog ${causeOf(p)} ${between(w, p.from, p.to)} umanjujemo Vam naknadu za ${w.money(p.amount)} (period ${w.days(p.cycle)}). Biće na narednom računu, zahtev nije potreban.`,
    email: [
      `Zbog ${causeOf(p)} ${between(w, p.from, p.to)} umanjujemo Vam naknadu.`,
      `Umanjenje: ${w.money(p.amount)}, za obračunski period ${w.days(p.cycle)}`,
      'Umanjenje će biti iskazano na narednom računu. Zahtev nije potreban.',
    ],
  }),
  'credit-adjusted': (p, w) => ({
    subject: `Ispravka umanjenja naknade: ${w.money(p.amount)}`,
    sms: `Umanjenje naknade zbog ${causeOf(p)} za period ${w.days(p.cycle)} je ispravljeno: sada je ${w.money(p.amount)} (promena ${w.change(p.difference)}). Razlika je na narednom računu, zahtev nije potreban.`,
    email: [
      `Naknadno smo utvrdili tačne podatke i ispravili umanjenje naknade zbog ${causeOf(p)}${p.from === undefined || p.to === undefined ? '' : ` ${between(w, p.from, p.to)}`}.`,
      `Umanjenje za obračunski period ${w.days(p.cycle)} sada ukupno iznosi ${w.money(p.amount)} (promena: ${w.change(p.difference)}).`,
      'Razlika će biti iskazana na narednom računu. Zahtev nije potreban.',
    ],
  }),
  'extension-granted': (p, w) => {
    const length = w.duration(p.seconds * 1000);
    const parked = !p.outageId && !p.equipmentId;
    return {
      subject: p.revision ? 'Ispravka produženja ugovora' : 'Produženje ugovora',
      sms: `${p.revision ? 'Ispravka: ' : ''}Zbog ${causeOf(p)} ${between(w, p.from, p.to)} produžavamo Vam ugovor. Produženje ukupno: ${length}. ${parked ? 'Za vreme mirovanja ne plaćate naknadu.' : 'To vreme ne plaćate.'} Bez zahteva.`,
      email: [
        `Zbog ${causeOf(p)} ${between(w, p.from, p.to)} produžavamo Vam ugovor.`,
        `Produženje ukupno: ${length}.${p.difference === undefined ? '' : ` Prema ranijem obaveštenju to je ${p.difference < 0 ? 'kraće' : 'duže'} (${w.duration(Math.abs(p.difference) * 1000)}).`}`,
        parked
          ? 'Za vreme mirovanja ne plaćate naknadu; za isto toliko se pomera kraj ugovora.'
          : 'Za vreme produženja ne plaćate naknadu.',
        'Zahtev nije potreban.',
      ],
    };
  },
  'planned-works': (p, w) => {
    const reason = w.reasons(p.reason ? [p.reason] : []);
    return {
      subject: 'Planirani radovi na mreži',
      sms: `Zbog planiranih radova Vaša usluga može biti u prekidu ${between(w, p.from, p.to)}.${reason ? ` Razlog: ${reason}` : ''} Ne morate ništa da preduzimate. Hvala na razumevanju.`,
      email: [
        `Zbog planiranih radova na mreži Vaša usluga može biti u prekidu ${between(w, p.from, p.to)}.${reason ? ` Razlog: ${reason}` : ''}`,
        `${FREE} Ako prekid potraje duže nego što je najavljeno, pripadaju Vam prava iz Opštih uslova.`,
        'Ne morate ništa da preduzimate. Za hitne pozive u to vreme koristite drugu mrežu ili liniju. Hvala na razumevanju.',
      ],
    };
  },
  'porting-compensation': (p, w) => {
    const amount = p.amount ? w.money(p.amount) : 'po cenovniku';
    return {
      subject: 'Naknada zbog kašnjenja u prenosu broja',
      sms: `Prenos Vašeg broja je kasnio. Puni dani kašnjenja: ${w.number(p.days)}. Naknada: ${amount}. Zahtev za isplatu podnesite u roku od 30 dana operatoru kome je broj prenet.`,
      email: [
        `Prenos Vašeg broja je kasnio. Kašnjenje: ${w.count(p.days, 'day')}, računaju se puni dani.`,
        `Pripada Vam naknada za svaki pun dan kašnjenja, najviše za 15 dana. Iznos: ${amount}.`,
        'Zahtev za isplatu podnesite u roku od 30 dana operatoru kome je broj prenet. Isplata sledi najkasnije 15 dana od prijema osnovanog zahteva.',
      ],
    };
  },
  'termination-allowed': (p, w) => ({
    subject: 'Pravo na vanredni raskid ugovora',
    sms: `Vaša usluga je predugo u prekidu. Od ${w.time(p.from)} možete vanredno raskinuti ugovor. Pravo važi dok prekid traje; raskid tražite pisanim putem. Za vreme prekida naknadu umanjujemo sami.`,
    email: [
      'Vaša usluga je u prekidu duže nego što Opšti uslovi dopuštaju.',
      `Od ${w.time(p.from)} možete vanredno raskinuti ugovor. To pravo prestaje kada prekid bude otklonjen.`,
      'Mesečnu naknadu za vreme prekida umanjujemo sami, bez obzira na to da li ćete raskinuti ugovor.',
      'Ako želite raskid, javite nam to pisanim putem dok prekid traje. Ako ne želite, ne morate ništa da preduzimate.',
    ],
  }),
  'parking-exceeded': (p, w) => ({
    subject: 'Usluga predugo miruje',
    sms: `Vaša usluga je u ${p.year}. godini mirovala ukupno ${w.count(p.days, 'day')}; dopušten je najviše jedan mesec godišnje. Javite korisničkom servisu od kada uslugu ponovo koristite i plaćate.`,
    email: [
      `Vaša usluga je u ${p.year}. godini mirovala (bila parkirana) ukupno ${w.count(p.days, 'day')}. Dopušten je najviše jedan mesec u kalendarskoj godini.`,
      'Za vreme dopuštenog mirovanja ne plaćate naknadu, a ugovor se za isto toliko produžava.',
      'Javite korisničkom servisu od kada uslugu ponovo koristite i plaćate.',
    ],
  }),
  'device-rule': (p, w) => {
    const place = (w.short ? [p.room || p.location] : [p.location, p.room])
      .flatMap((one) => (one ? [w.free(one)] : []))
      .join(', ');
    const where = place ? ` (${place})` : '';
    const reading =
      p.reading === undefined
        ? ''
        : `, ${w.free(p.reading)}${p.value === undefined ? '' : `: ${w.number(p.value, 2)}`}`;
    const when = p.at === undefined ? '' : `, ${w.time(p.at)}`;
    return {
      subject: `Pametna kuća: ${w.free(p.rule)}`,
      sms: `Pravilo "${w.free(p.rule)}": ${w.free(p.device)}${where}${reading}${when}. Besplatno; pravila menjate u aplikaciji.`,
      email: [
        `Ispunjeno je Vaše pravilo "${w.free(p.rule)}": ${w.free(p.device)}${where}${reading}${when}.`,
        'Proverite uređaj u aplikaciji. Tamo menjate i pravila i obaveštenja. Ovo obaveštenje se ne naplaćuje.',
      ],
    };
  },
  'regulator-outage': (p, w) => {
    const reason = w.reasons(p.reasons) ?? `${w.grammar.reasons.unknown}.`;
    const services = w.count(p.affectedServices, 'service');
    return {
      subject: `Prekid usluge duži od propisanog roka: ${w.id(p.incident)}`,
      sms: `Prekid ${w.id(p.incident)} nije otklonjen u roku (${w.duration(p.after)}), koji je istekao ${w.time(p.passedAt)}. Pogođeno: ${services}. Razlog: ${reason}`,
      email: [
        `Obaveštavamo Vas da prekid ${w.id(p.incident)} nije otklonjen u roku. Rok (${w.duration(p.after)}) istekao je ${w.time(p.passedAt)}.`,
        `Razlozi zbog kojih kvar nije otklonjen: ${reason} Pogođeno je: ${services}.`,
        'Pretplatnicima čija je usluga bila u prekidu naknada se umanjuje, ili se ugovor produžava, prema Opštim uslovima. O otklanjanju ćemo Vas obavestiti na Vaš zahtev.',
      ],
    };
  },
  'noc-outage-clock': (p, w) => ({
    subject: `Prekid traje: ${w.duration(p.clock)}`,
    sms: `${w.id(p.incident)}: trajanje prekida ${w.duration(p.clock)} (dostignuto ${w.time(p.passedAt)}). Pogođeno: ${w.count(p.affectedServices, 'service')}. Ubrzajte otklanjanje.`,
    email: [
      `Prekid ${w.id(p.incident)}, trajanje: ${w.duration(p.clock)}, dostignuto ${w.time(p.passedAt)}. Pogođeno je: ${w.count(p.affectedServices, 'service')}.`,
      'Po isteku roka iz Opštih uslova duguju se umanjenja naknade i obaveštenja. Ubrzajte otklanjanje ili upišite razlog zbog kog nije moguće.',
    ],
  }),
  'noc-alarm': (p, w) => ({
    subject: `${w.id(p.severity)}: ${w.id(p.resource)}, ${w.id(p.problem)}`,
    sms: `${w.id(p.severity)}: ${w.id(p.resource)}, ${w.id(p.problem)}, od ${w.time(p.since)}. ${w.id(p.impact)} Nadležan: ${w.id(p.owner)}.`,
    email: [
      `${w.id(p.severity)}: ${w.id(p.problem)} na ${w.id(p.resource)}, od ${w.time(p.since)}. Poziv br. ${p.step}; alarmi koje objašnjava: ${p.explains}.`,
      `${w.id(p.impact)}`,
      `Nadležan: ${w.id(p.owner)}. Šta uraditi: ${w.id(p.runbook)}.`,
      `Čime se završava: ${w.id(p.clears)}`,
      `Potvrdite ga, ili ga odložite uz razlog, da niko drugi ne bi bio pozvan.`,
    ],
  }),
};
