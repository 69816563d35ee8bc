/** Serbian: use, what it costs, and what is barred for it. */
import type { UsageTemplate, Writers } from './text.js';
import { ROAMING_MONTHS, ROAMING_TERM_DAYS } from './text.js';
import type { Words } from './words.js';

/** " (do 30.06.2026.)" where the cycle is known: its last day. */
function until(w: Words, cycle: { from: number; to: number } | undefined): string {
  return cycle ? ` (do ${w.lastDay(cycle)})` : '';
}

const FEE_STAYS = 'Mesečna naknada se i dalje plaća.';

export const srUsage: Writers<UsageTemplate> = {
  'spend-warning': (p, w) => ({
    subject: `Potrošnja je dostigla ${w.percent(p.share)} granice`,
    sms: `Vaša potrošnja je dostigla ${w.percent(p.share)} granice od ${w.money(p.cap)} i iznosi ${w.money(p.charges)}. Kad pređe granicu, zabranićemo odlazne pozive, poruke i prenos podataka do kraja perioda. Granicu možete opozvati.`,
    email: [
      `Vaša potrošnja u obračunskom periodu${p.cycle ? ` ${w.days(p.cycle)}` : ''} dostigla je ${w.percent(p.share)} granice koju ste tražili.`,
      `Potrošnja: ${w.money(p.charges)}. Granica: ${w.money(p.cap)}. Mesečna naknada se u to ne računa.`,
      'Kada potrošnja pređe granicu, zabranićemo odlazne pozive, slanje poruka i prenos podataka do kraja obračunskog perioda. Hitni pozivi, pozivi korisničkom servisu i dolazni saobraćaj ostaju.',
      'Ako zabranu ne želite, opozovite zahtev kod korisničkog servisa.',
    ],
  }),
  'spend-barred': (p, w) => ({
    subject: 'Zabrana zbog potrošnje je uvedena',
    sms: `Potrošnja je prešla granicu koju ste tražili. Zabranjeno${until(w, p.cycle)}: ${w.services(p.services)}. Ostaje: ${w.services(p.keeps)}. Opoziv: korisnički servis.`,
    email: [
      `Vaša potrošnja u obračunskom periodu${p.cycle ? ` ${w.days(p.cycle)}` : ''} prešla je granicu koju ste tražili.`,
      `Zabranjeno${until(w, p.cycle)}: ${w.services(p.services)}. Dostupno ostaje: ${w.services(p.keeps)}.`,
      `Dok zabrana traje, za zabranjene usluge nema novih troškova. ${FEE_STAYS}`,
      'Zabrana prestaje sama kada počne naredni obračunski period. Ranije prestaje ako opozovete zahtev kod korisničkog servisa.',
    ],
  }),
  'spend-bar-lifted': (p, w) => ({
    subject: 'Zabrana zbog potrošnje je ukinuta',
    sms: `Zabrana zbog potrošnje je ukinuta. Ponovo radi: ${w.services(p.services)}. Ove usluge se opet naplaćuju. Granicu menjate kod korisničkog servisa.`,
    email: [
      `Zabrana zbog potrošnje je ukinuta. Ponovo radi: ${w.services(p.services)}.`,
      'Zabrana se ukida kada počne novi obračunski period, kada opozovete zahtev ili kada ispravka vrati potrošnju na granicu ili ispod nje. Ove usluge se opet naplaćuju.',
      'Ako više ne želite granicu, opozovite zahtev kod korisničkog servisa. Inače ne morate ništa da preduzimate.',
    ],
  }),
  'spend-bar-set': (p, w) =>
    p.set
      ? {
          subject: `Potvrda: granica potrošnje ${w.money(p.cap)}`,
          sms: `Potvrđujemo Vaš zahtev: kad potrošnja u obračunskom periodu pređe ${w.money(p.cap)}, zabranićemo odlazne pozive, poruke i prenos podataka do kraja perioda. Besplatno je; opoziv kod korisničkog servisa.`,
          email: [
            `Potvrđujemo Vaš zahtev: kada potrošnja u obračunskom periodu pređe ${w.money(p.cap)}, zabranićemo odlazne pozive, slanje poruka i prenos podataka do kraja tog perioda.`,
            'Mesečna naknada se u potrošnju ne računa. Hitni pozivi, pozivi korisničkom servisu i dolazni saobraćaj ostaju. Zabrana je besplatna.',
            'Zahtev možete opozvati u svakom trenutku kod korisničkog servisa.',
          ],
        }
      : {
          subject: 'Potvrda: granica potrošnje je isključena',
          sms: `Potvrđujemo opoziv: potrošnju preko ${w.money(p.cap)} više ne ograničavamo i sve se naplaćuje po tarifi. Granicu možete ponovo tražiti kod korisničkog servisa, besplatno.`,
          email: [
            `Potvrđujemo opoziv Vašeg zahteva: kada potrošnja pređe ${w.money(p.cap)}, više ništa ne zabranjujemo.`,
            'Sva potrošnja se naplaćuje po tarifi.',
            'Granicu možete ponovo tražiti kod korisničkog servisa, besplatno.',
          ],
        },
  'credit-limit-warning': (p, w) => ({
    subject: `Neplaćena potrošnja: ${w.money(p.charges)}`,
    sms: `Vaša neplaćena potrošnja iznosi ${w.money(p.charges)}. Kad dostigne kreditni limit od ${w.money(p.cap)}, usluge možemo ograničiti. Uplatom to izbegavate.`,
    email: [
      `Vaša neplaćena potrošnja iznosi ${w.money(p.charges)}. Kreditni limit je ${w.money(p.cap)}, sa PDV-om; mesečna naknada se u to ne računa.`,
      'Kada neplaćena potrošnja dostigne limit, usluge možemo zabraniti ili prenos podataka usporiti.',
      'Uplatom dela duga to izbegavate. Viši limit možete tražiti kod korisničkog servisa.',
    ],
  }),
  'credit-limit-barred': (p, w) => {
    const slow = p.throttleBitsPerSecond ? w.rate(p.throttleBitsPerSecond) : undefined;
    const what = slow ? `Prenos podataka je usporen na ${slow}` : `Zabranjeno: ${w.services(p.services)}`;
    return {
      subject: slow ? 'Kreditni limit: prenos podataka je usporen' : 'Kreditni limit: usluge su zabranjene',
      sms: `Neplaćena potrošnja je dostigla kreditni limit. ${what}. Ostaje: ${w.services(p.keeps)}. Uplatom prestaje; naknada se i dalje plaća.`,
      email: [
        `Vaša neplaćena potrošnja je dostigla kreditni limit. ${what}. Dostupno ostaje: ${w.services(p.keeps)}.`,
        FEE_STAYS,
        'Ograničenje prestaje čim uplata, ispravka ili viši limit spuste neplaćenu potrošnju ispod limita. Uplatite dug ili se obratite korisničkom servisu.',
      ],
    };
  },
  'credit-limit-lifted': (p, w) => ({
    subject: 'Ograničenje zbog kreditnog limita je ukinuto',
    sms: `Neplaćena potrošnja je ispod kreditnog limita i ograničenje je ukinuto. Ponovo radi: ${w.services(p.services)}. Naplaćuje se po tarifi. Ne morate ništa da preduzimate.`,
    email: [
      `Vaša neplaćena potrošnja je ponovo ispod kreditnog limita i ograničenje je ukinuto. Bez ograničenja radi: ${w.services(p.services)}.`,
      'Nova potrošnja se naplaćuje po tarifi i ponovo se računa u limit.',
      'Ne morate ništa da preduzimate.',
    ],
  }),
  'spend-doubled': (p, w) => {
    const usual =
      p.referenceKind === 'monthly-fee'
        ? 'ugovorene mesečne naknade'
        : p.referenceKind === 'three-cycle-average'
          ? 'proseka prethodna tri perioda'
          : 'uobičajenog iznosa';
    return {
      subject: `Zaduženje je dvostruko veće od uobičajenog: ${w.money(p.charges)}`,
      sms: `Zaduženje za period ${w.days(p.cycle)} dostiglo je ${w.money(p.charges)}, najmanje dvostruko više od ${usual} (${w.money(p.reference)}). Proverite potrošnju; možete tražiti granicu. Poruka je besplatna.`,
      email: [
        `Vaše zaduženje za obračunski period ${w.days(p.cycle)} dostiglo je ${w.money(p.charges)}. To je najmanje dvostruko više od ${usual} (${w.money(p.reference)}).`,
        'Zaduženje obuhvata i mesečnu naknadu. Ovo obaveštenje je besplatno; usluge rade kao i do sada.',
        'Proverite svoju potrošnju. Ako želite da je ograničite, zatražite granicu potrošnje kod korisničkog servisa.',
      ],
    };
  },
  'traffic-atypical': (p, w) => {
    const [value, average] = [w.quantity(p.measure, p.value), w.quantity(p.measure, p.average)];
    const what = `${w.grammar.measures[p.measure]}, ${w.grammar.windows[p.window]} od ${w.date(p.from)}`;
    return {
      subject: 'Neuobičajena potrošnja',
      sms: `Neuobičajena potrošnja (${what}): ${value}, prosek ${average}. Naplaćuje se. Ako niste Vi, odmah nas pozovite. Usluge možemo ograničiti ili tražiti obezbeđenje.`,
      email: [
        `Primetili smo potrošnju koja odstupa od Vašeg proseka: ${what}`,
        `Potrošnja: ${value}. Vaš prosek: ${average}. Potrošnja se naplaćuje po tarifi.`,
        'Da bismo Vas zaštitili od zloupotrebe, usluge možemo ograničiti ili tražiti obezbeđenje plaćanja.',
        'Ako potrošnja nije Vaša, odmah javite korisničkom servisu. Ako jeste, ne morate ništa da preduzimate.',
      ],
    };
  },
  'restriction-applied': (p, w) => {
    const end = p.until ?? p.to;
    const lasts = end === undefined ? 'Traje dok razlog ne prestane.' : `Traje do ${w.time(end)}.`;
    const keeps = w.services(p.keeps ?? ['emergency', 'customer-service', 'incoming']);
    return {
      subject: 'Privremeno ograničenje usluga',
      sms: `Zbog neuobičajene potrošnje ograničeno: ${w.services(p.services)}. Ostaje: ${keeps}. ${lasts} Ukidanje: pozovite nas.`,
      email: [
        `Zbog neuobičajene potrošnje, o kojoj smo Vas obavestili, privremeno su ograničeni: ${w.services(p.services)}. Dostupno ostaje: ${keeps}.`,
        lasts,
        `Ograničenje Vas štiti od troškova koje možda niste napravili Vi. ${FEE_STAYS}`,
        'Ako je potrošnja Vaša ili želite da se ograničenje ukine, pozovite korisnički servis.',
      ],
    };
  },
  'restriction-lifted': (p, w) => ({
    subject: 'Ograničenje usluga je ukinuto',
    sms: `Ograničenje zbog neuobičajene potrošnje je ukinuto. Ponovo radi: ${w.services(p.services)}. Potrošnja se naplaćuje po tarifi. Ne morate ništa da preduzimate.`,
    email: [
      `Ograničenje zbog neuobičajene potrošnje je ukinuto. Ponovo radi: ${w.services(p.services)}.`,
      'Potrošnja se naplaćuje po tarifi.',
      'Ne morate ništa da preduzimate.',
    ],
  }),
  'roaming-data-80': (p, w) => ({
    subject: 'Prenos podataka u romingu: 80% granice',
    sms: `U romingu ste dostigli 80% granice za prenos podataka: ${w.quantity('dataBytes', p.value)} od ${w.quantity('dataBytes', p.limit)}. ${typeof p.limit === 'number' ? 'Preko granice važi cena iz cenovnika.' : 'Na granici prenos podataka prestaje.'} Isključite podatke u romingu ako to ne želite.`,
    email: [
      `U romingu ste dostigli 80% granice za prenos podataka: ${w.quantity('dataBytes', p.value)} od ${w.quantity('dataBytes', p.limit)}.`,
      typeof p.limit === 'number'
        ? 'Kada dostignete granicu, dalji prenos podataka se naplaćuje po cenovniku, uz dodatnu naknadu za roming.'
        : 'Kada dostignete granicu, prenos podataka u romingu prestaje dok ne pristanete na dalje troškove.',
      'Ako dalje troškove ne želite, isključite prenos podataka u romingu na svom uređaju.',
    ],
  }),
  'roaming-data-100': (p, w) => ({
    subject: 'Prenos podataka u romingu: granica je dostignuta',
    sms: `U romingu ste dostigli granicu za prenos podataka: ${w.quantity('dataBytes', p.value)} od ${w.quantity('dataBytes', p.limit)}. ${typeof p.limit === 'number' ? 'Dalji prenos se naplaćuje po cenovniku; isključite podatke ako to ne želite.' : 'Prenos podataka je zaustavljen; za nastavak pozovite korisnički servis.'}`,
    email: [
      `U romingu ste dostigli granicu za prenos podataka: ${w.quantity('dataBytes', p.value)} od ${w.quantity('dataBytes', p.limit)}.`,
      typeof p.limit === 'number'
        ? 'Dalji prenos podataka se naplaćuje po cenovniku, uz dodatnu naknadu za roming.'
        : 'Prenos podataka u romingu je zaustavljen i dalje ne troši ništa.',
      typeof p.limit === 'number'
        ? 'Ako dalje troškove ne želite, isključite prenos podataka u romingu na svom uređaju.'
        : 'Ako želite nastavak i pristajete na dalje troškove, javite korisničkom servisu.',
    ],
  }),
  'roaming-warning': (p, w) => {
    const days =
      p.domesticDays === undefined || p.roamingDays === undefined
        ? ''
        : ` (dani u romingu: ${w.number(p.roamingDays)}, u zemlji: ${w.number(p.domesticDays)})`;
    return {
      subject: 'Upozorenje: korišćenje rominga',
      sms: `Poslednja ${ROAMING_MONTHS} meseca više ste boravili i trošili u romingu nego u zemlji${days}. Ako se to ne promeni za ${ROAMING_TERM_DAYS} dana od prijema poruke, možemo naplatiti dodatnu naknadu za dalji roming.`,
      email: [
        `U poslednja ${ROAMING_MONTHS} meseca${p.window ? ` (${w.days(p.window)})` : ''} više ste boravili i trošili u romingu u regionu nego u zemlji${days}. To upućuje na rizik od neprimerenog korišćenja rominga.`,
        `Ako se to u roku od ${ROAMING_TERM_DAYS} dana od prijema ovog upozorenja ne promeni, za dalje korišćenje rominga možemo uz domaću cenu naplaćivati dodatnu naknadu po cenovniku. Za ono što ste do sada potrošili ne naplaćuje se ništa dodatno.`,
        'Dovoljno je da u tom roku više boravite ili više trošite u zemlji. Naknada bi prestala čim potrošnja više ne upućuje na rizik. Ako smatrate da podaci nisu tačni, obratite se korisničkom servisu.',
      ],
    };
  },
  'roaming-surcharge-started': (p, w) => ({
    subject: 'Dodatna naknada za roming',
    sms: `Posle našeg upozorenja korišćenje rominga se nije promenilo. Od ${w.time(p.from)} za dalji roming u regionu naplaćujemo dodatnu naknadu po cenovniku. Prestaje kad više boravite ili trošite u zemlji.`,
    email: [
      `Posle našeg upozorenja Vaše korišćenje rominga se nije promenilo. Zato od ${w.time(p.from)} za roming u regionu uz domaću cenu naplaćujemo dodatnu naknadu.`,
      'Iznos je u cenovniku. Odnosi se samo na korišćenje posle tog trenutka.',
      'Naknada prestaje čim Vaša potrošnja i boravak više ne upućuju na rizik. Ako smatrate da podaci nisu tačni, obratite se korisničkom servisu.',
    ],
  }),
  'roaming-surcharge-stopped': (p, w) => ({
    subject: 'Dodatna naknada za roming je ukinuta',
    sms: `Dodatna naknada za roming u regionu se od ${w.time(p.from)} više ne naplaćuje: opet važi domaća cena. Ne morate ništa da preduzimate.`,
    email: [
      `Vaša potrošnja više ne upućuje na rizik od neprimerenog korišćenja rominga. Od ${w.time(p.from)} dodatnu naknadu za roming u regionu više ne naplaćujemo.`,
      'Za roming u regionu opet važi domaća cena.',
      'Ne morate ništa da preduzimate.',
    ],
  }),
  'roaming-surcharge-refunded': (p, w) => {
    const when = p.to === undefined ? `od ${w.time(p.from)}` : `od ${w.time(p.from)} do ${w.time(p.to)}`;
    const amount = p.amount ? ` (${w.money(p.amount)})` : '';
    return {
      subject: 'Povraćaj dodatne naknade za roming',
      sms: `Dodatna naknada za roming ${when} nije trebalo da bude naplaćena. Vraćamo je u celosti${amount} na narednom računu, bez zahteva. Izvinite.`,
      email: [
        `Podaci koji su stigli naknadno pokazuju da dodatna naknada za roming ${when} nije trebalo da bude naplaćena.`,
        `Za to vreme je vraćamo u celosti${amount}. Povraćaj će biti iskazan na narednom računu.`,
        'Zahtev nije potreban. Izvinite zbog neprijatnosti.',
      ],
    };
  },
  'sms-not-served': (p, w) => ({
    subject: `Usluga po Vašoj poruci na ${p.shortCode} nije pružena`,
    sms: `Usluga po Vašoj poruci na ${p.shortCode} (${w.time(p.at)}) nije pružena. Poruka se ipak naplaćuje: ${w.money(p.amount)} sa PDV. Ako smatrate da to nije u redu, javite se korisničkoj podršci.`,
    email: [
      `Poslali ste poruku na ${p.shortCode} (${w.time(p.at)}). Uslugu koju ste njome naručili nismo mogli da pružimo.`,
      `Poruka se ipak naplaćuje: ${w.money(p.amount)} sa PDV. Naplaćuje je Vaš mobilni operator.`,
      'Ako smatrate da to nije u redu, obratite se korisničkoj podršci.',
    ],
  }),
};
