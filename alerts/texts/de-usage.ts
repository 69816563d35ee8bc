/** German: use, what it costs, and what is barred for it. */
import type { UsageTemplate, Writers } from './text.js';
import { ROAMING_MONTHS, ROAMING_TERM_DAYS } from './text.js';
import type { Words } from './words.js';

/** " bis 30.06.2026" where the cycle is known: its last day. */
function until(w: Words, cycle: { from: number; to: number } | undefined): string {
  return cycle ? ` bis einschließlich ${w.lastDay(cycle)}` : '';
}

const FEE_STAYS = 'Das Grundentgelt ist weiter zu zahlen.';
const NOTHING = 'Sie müssen nichts tun.';

export const deUsage: Writers<UsageTemplate> = {
  'spend-warning': (p, w) => ({
    subject: `${w.percent(p.share)} Ihrer Kostengrenze erreicht`,
    sms: `Ihre Entgelte haben ${w.percent(p.share)} der Grenze von ${w.money(p.cap)} erreicht: ${w.money(p.charges)}. Über der Grenze sperren wir abgehende Anrufe, Nachrichten und Daten bis zum Ende der Periode. Sie können die Grenze widerrufen.`,
    email: [
      `Ihre Entgelte in der Abrechnungsperiode${p.cycle ? ` ${w.days(p.cycle)}` : ''} haben ${w.percent(p.share)} der von Ihnen verlangten Grenze erreicht.`,
      `Entgelte: ${w.money(p.charges)}. Grenze: ${w.money(p.cap)}. Das Grundentgelt zählt nicht mit.`,
      'Wird die Grenze überschritten, sperren wir abgehende Anrufe, Nachrichten und Daten bis zum Ende der Abrechnungsperiode. Notrufe, Kundenservice und alles Ankommende bleiben.',
      'Möchten Sie das nicht, widerrufen Sie bitte Ihren Auftrag beim Kundenservice.',
    ],
  }),
  'spend-barred': (p, w) => ({
    subject: 'Sperre wegen Ihrer Kostengrenze',
    sms: `Ihre Entgelte haben die von Ihnen verlangte Grenze überschritten. Gesperrt${until(w, p.cycle)}: ${w.services(p.services)}. Verfügbar bleiben: ${w.services(p.keeps)}. Widerruf beim Kundenservice.`,
    email: [
      `Ihre Entgelte in der Abrechnungsperiode${p.cycle ? ` ${w.days(p.cycle)}` : ''} haben die von Ihnen verlangte Grenze überschritten.`,
      `Gesperrt${until(w, p.cycle)}: ${w.services(p.services)}. Verfügbar bleiben: ${w.services(p.keeps)}.`,
      `Was gesperrt ist, kostet Sie nichts mehr. ${FEE_STAYS}`,
      'Die Sperre endet von selbst mit Beginn der nächsten Abrechnungsperiode. Früher endet sie, wenn Sie Ihren Auftrag beim Kundenservice widerrufen.',
    ],
  }),
  'spend-bar-lifted': (p, w) => ({
    subject: 'Sperre wegen Ihrer Kostengrenze aufgehoben',
    sms: `Die Sperre wegen Ihrer Kostengrenze ist aufgehoben. Wieder verfügbar und kostenpflichtig: ${w.services(p.services)}. Die Grenze ändern Sie beim Kundenservice.`,
    email: [
      `Die Sperre wegen Ihrer Kostengrenze ist aufgehoben. Wieder verfügbar: ${w.services(p.services)}.`,
      'Sie wird aufgehoben, wenn die nächste Abrechnungsperiode beginnt, wenn Sie Ihren Auftrag widerrufen oder wenn eine Berichtigung die Entgelte auf die Grenze oder darunter bringt. Diese Dienste werden wieder verrechnet.',
      'Möchten Sie die Grenze nicht mehr, widerrufen Sie bitte Ihren Auftrag beim Kundenservice. Sonst müssen Sie nichts tun.',
    ],
  }),
  'spend-bar-set': (p, w) =>
    p.set
      ? {
          subject: `Bestätigung: Kostengrenze ${w.money(p.cap)}`,
          sms: `Wir bestätigen Ihren Auftrag: überschreiten Ihre Entgelte in einer Abrechnungsperiode ${w.money(p.cap)}, sperren wir abgehende Anrufe, Nachrichten und Daten bis zu deren Ende. Kostenlos; Widerruf beim Kundenservice.`,
          email: [
            `Wir bestätigen Ihren Auftrag: überschreiten Ihre Entgelte in einer Abrechnungsperiode ${w.money(p.cap)}, sperren wir abgehende Anrufe, Nachrichten und Daten bis zu deren Ende.`,
            'Das Grundentgelt zählt nicht mit. Notrufe, Kundenservice und alles Ankommende bleiben. Die Sperre ist kostenlos.',
            'Sie können den Auftrag jederzeit beim Kundenservice widerrufen.',
          ],
        }
      : {
          subject: 'Bestätigung: keine Kostengrenze',
          sms: `Wir bestätigen Ihren Widerruf: Entgelte über ${w.money(p.cap)} führen zu keiner Sperre mehr, alles wird verrechnet. Die Grenze erhalten Sie beim Kundenservice jederzeit wieder, kostenlos.`,
          email: [
            `Wir bestätigen Ihren Widerruf: Entgelte über ${w.money(p.cap)} führen zu keiner Sperre mehr.`,
            'Alle Nutzung wird nach Ihrem Tarif verrechnet.',
            'Die Grenze erhalten Sie beim Kundenservice jederzeit wieder, kostenlos.',
          ],
        },
  'credit-limit-warning': (p, w) => ({
    subject: `Offene Entgelte: ${w.money(p.charges)}`,
    sms: `Ihre offenen Entgelte betragen ${w.money(p.charges)}. Erreichen sie Ihr Kreditlimit von ${w.money(p.cap)}, können wir Dienste einschränken. Eine Zahlung verhindert das.`,
    email: [
      `Ihre offenen Entgelte betragen ${w.money(p.charges)}. Ihr Kreditlimit ist ${w.money(p.cap)} inkl. USt.; das Grundentgelt zählt nicht mit.`,
      'Erreichen sie das Limit, können wir Dienste sperren oder Ihre Daten verlangsamen.',
      'Eine Zahlung verhindert das. Ein höheres Limit können Sie beim Kundenservice verlangen.',
    ],
  }),
  'credit-limit-barred': (p, w) => {
    const slow = p.throttleBitsPerSecond ? w.rate(p.throttleBitsPerSecond) : undefined;
    const what = slow ? `Ihre Daten sind auf ${slow} verlangsamt` : `Gesperrt: ${w.services(p.services)}`;
    return {
      subject: slow ? 'Kreditlimit erreicht: Daten verlangsamt' : 'Kreditlimit erreicht: Dienste gesperrt',
      sms: `Ihre offenen Entgelte haben das Kreditlimit erreicht. ${what}. Verfügbar bleiben: ${w.services(p.keeps)}. Es endet, sobald eine Zahlung sie unter das Limit bringt. ${FEE_STAYS}`,
      email: [
        `Ihre offenen Entgelte haben das Kreditlimit erreicht. ${what}. Verfügbar bleiben: ${w.services(p.keeps)}.`,
        FEE_STAYS,
        'Es endet, sobald eine Zahlung, eine Berichtigung oder ein höheres Limit die offenen Entgelte unter das Limit bringt. Bitte zahlen Sie, oder wenden Sie sich an den Kundenservice.',
      ],
    };
  },
  'credit-limit-lifted': (p, w) => ({
    subject: 'Einschränkung wegen des Kreditlimits aufgehoben',
    sms: `Ihre offenen Entgelte sind wieder unter dem Kreditlimit. Ohne Einschränkung: ${w.services(p.services)}. Neue Nutzung wird verrechnet. ${NOTHING}`,
    email: [
      `Ihre offenen Entgelte sind wieder unter dem Kreditlimit. Ohne Einschränkung verfügbar: ${w.services(p.services)}.`,
      'Neue Nutzung wird nach Ihrem Tarif verrechnet und zählt wieder zum Limit.',
      NOTHING,
    ],
  }),
  'spend-doubled': (p, w) => {
    const usual =
      p.referenceKind === 'monthly-fee'
        ? 'das Doppelte Ihres Grundentgelts'
        : p.referenceKind === 'three-cycle-average'
          ? 'das Doppelte des Mittels der letzten drei Perioden'
          : 'das Doppelte des üblichen Betrags';
    return {
      subject: `Ihre Entgelte haben sich verdoppelt: ${w.money(p.charges)}`,
      sms: `Ihre Entgelte für ${w.days(p.cycle)} betragen ${w.money(p.charges)}, mindestens ${usual} (${w.money(p.reference)}). Bitte prüfen Sie Ihre Nutzung; Sie können eine Kostengrenze verlangen. Diese Nachricht ist kostenlos.`,
      email: [
        `Ihre Entgelte für die Abrechnungsperiode ${w.days(p.cycle)} betragen ${w.money(p.charges)}. Das ist mindestens ${usual} (${w.money(p.reference)}).`,
        'Das Grundentgelt ist darin enthalten. Diese Nachricht ist kostenlos; Ihre Dienste laufen weiter wie bisher.',
        'Bitte prüfen Sie Ihre Nutzung. Möchten Sie sie begrenzen, verlangen Sie beim Kundenservice eine Kostengrenze.',
      ],
    };
  },
  'traffic-atypical': (p, w) => {
    const [value, average] = [w.quantity(p.measure, p.value), w.quantity(p.measure, p.average)];
    const what = `${w.grammar.measures[p.measure]}, ${w.grammar.windows[p.window]} ab ${w.date(p.from)}`;
    return {
      subject: 'Ungewöhnliche Nutzung',
      sms: `Ungewöhnliche Nutzung: ${what}: ${value}; Ihr Mittel: ${average}. Sie wird nach Tarif verrechnet. Waren Sie das nicht, melden Sie es sofort dem Kundenservice. Wir können Dienste einschränken oder eine Sicherheit verlangen.`,
      email: [
        `Wir haben eine Nutzung bemerkt, die von Ihrem Mittel abweicht: ${what}.`,
        `Nutzung: ${value}. Ihr Mittel: ${average}. Sie wird nach Ihrem Tarif verrechnet.`,
        'Um Sie vor Missbrauch zu schützen, können wir Dienste einschränken oder eine Sicherheit für die Zahlung verlangen.',
        'Waren Sie das nicht, melden Sie es bitte sofort dem Kundenservice. Sonst müssen Sie nichts tun.',
      ],
    };
  },
  'restriction-applied': (p, w) => {
    const end = p.until ?? p.to;
    const lasts = end === undefined ? 'Das gilt, bis der Grund wegfällt.' : `Das gilt bis ${w.time(end)}.`;
    const keeps = w.services(p.keeps ?? ['emergency', 'customer-service', 'incoming']);
    return {
      subject: 'Ihre Dienste sind vorübergehend eingeschränkt',
      sms: `Wegen ungewöhnlicher Nutzung vorübergehend eingeschränkt: ${w.services(p.services)}. Verfügbar bleiben: ${keeps}. ${lasts} Zur Aufhebung rufen Sie bitte den Kundenservice an.`,
      email: [
        `Wegen der ungewöhnlichen Nutzung, über die wir Sie unterrichtet haben, sind vorübergehend eingeschränkt: ${w.services(p.services)}. Verfügbar bleiben: ${keeps}.`,
        lasts,
        `Das schützt Sie vor Entgelten, die vielleicht nicht Ihre sind. ${FEE_STAYS}`,
        'War es Ihre Nutzung, oder wünschen Sie die Aufhebung, rufen Sie bitte den Kundenservice an.',
      ],
    };
  },
  'restriction-lifted': (p, w) => ({
    subject: 'Ihre Dienste sind nicht mehr eingeschränkt',
    sms: `Die Einschränkung wegen ungewöhnlicher Nutzung ist aufgehoben. Wieder verfügbar: ${w.services(p.services)}. Die Nutzung wird nach Tarif verrechnet. ${NOTHING}`,
    email: [
      `Die Einschränkung wegen ungewöhnlicher Nutzung ist aufgehoben. Wieder verfügbar: ${w.services(p.services)}.`,
      'Die Nutzung wird nach Ihrem Tarif verrechnet.',
      NOTHING,
    ],
  }),
  'roaming-data-80': (p, w) => ({
    subject: 'Daten im Roaming: 80% der Grenze',
    sms: `Sie haben 80% Ihrer Grenze für Daten im Roaming erreicht: ${w.quantity('dataBytes', p.value)} von ${w.quantity('dataBytes', p.limit)}. ${typeof p.limit === 'number' ? 'Darüber gilt die Preisliste.' : 'An der Grenze enden die Daten.'} Möchten Sie das nicht, schalten Sie Daten im Roaming ab.`,
    email: [
      `Sie haben 80% Ihrer Grenze für Daten im Roaming erreicht: ${w.quantity('dataBytes', p.value)} von ${w.quantity('dataBytes', p.limit)}.`,
      typeof p.limit === 'number'
        ? 'Über der Grenze werden Daten nach der Preisliste verrechnet, mit Roamingaufschlag.'
        : 'An der Grenze enden die Daten im Roaming, bis Sie weiteren Kosten zustimmen.',
      'Möchten Sie keine weiteren Kosten, schalten Sie bitte Daten im Roaming auf Ihrem Gerät ab.',
    ],
  }),
  'roaming-data-100': (p, w) => ({
    subject: 'Daten im Roaming: Grenze erreicht',
    sms: `Sie haben Ihre Grenze für Daten im Roaming erreicht: ${w.quantity('dataBytes', p.value)} von ${w.quantity('dataBytes', p.limit)}. ${typeof p.limit === 'number' ? 'Weitere Daten werden nach der Preisliste verrechnet; schalten Sie sie ab, wenn Sie das nicht möchten.' : 'Die Daten sind gestoppt; um sie fortzusetzen, rufen Sie bitte den Kundenservice an.'}`,
    email: [
      `Sie haben Ihre Grenze für Daten im Roaming erreicht: ${w.quantity('dataBytes', p.value)} von ${w.quantity('dataBytes', p.limit)}.`,
      typeof p.limit === 'number'
        ? 'Weitere Daten werden nach der Preisliste verrechnet, mit Roamingaufschlag.'
        : 'Die Daten im Roaming sind gestoppt und kosten Sie nichts mehr.',
      typeof p.limit === 'number'
        ? 'Möchten Sie keine weiteren Kosten, schalten Sie bitte Daten im Roaming auf Ihrem Gerät ab.'
        : 'Möchten Sie sie fortsetzen und stimmen weiteren Kosten zu, teilen Sie es bitte dem Kundenservice mit.',
    ],
  }),
  'roaming-warning': (p, w) => {
    const days =
      p.domesticDays === undefined || p.roamingDays === undefined
        ? ''
        : ` (Tage im Roaming: ${w.number(p.roamingDays)}, im Inland: ${w.number(p.domesticDays)})`;
    return {
      subject: 'Warnung: Ihre Nutzung von Roaming',
      sms: `In den letzten ${ROAMING_MONTHS} Monaten waren Aufenthalt und Nutzung im Roaming höher als im Inland${days}. Ändert sich das nicht binnen ${ROAMING_TERM_DAYS} Tagen ab Erhalt, können wir für weiteres Roaming einen Aufschlag verrechnen.`,
      email: [
        `In den letzten ${ROAMING_MONTHS} Monaten${p.window ? ` (${w.days(p.window)})` : ''} waren Aufenthalt und Nutzung im Roaming in der Region höher als im Inland${days}. Das deutet auf eine unangemessene Nutzung von Roaming hin.`,
        `Ändert sich das nicht binnen ${ROAMING_TERM_DAYS} Tagen ab Erhalt dieser Warnung, können wir für weiteres Roaming zum Inlandspreis einen Aufschlag laut Preisliste verrechnen. Für die bisherige Nutzung kommt nichts hinzu.`,
        'Es genügt, sich in dieser Zeit mehr im Inland aufzuhalten oder dort mehr zu nutzen. Der Aufschlag würde enden, sobald Ihre Nutzung kein Risiko mehr zeigt. Halten Sie unsere Daten für falsch, wenden Sie sich bitte an den Kundenservice.',
      ],
    };
  },
  'roaming-surcharge-started': (p, w) => ({
    subject: 'Aufschlag für Roaming',
    sms: `Ihre Nutzung von Roaming hat sich seit unserer Warnung nicht geändert. Ab ${w.time(p.from)} verrechnen wir für weiteres Roaming in der Region einen Aufschlag laut Preisliste. Er endet, wenn Aufenthalt oder Nutzung im Inland überwiegen.`,
    email: [
      `Ihre Nutzung von Roaming hat sich seit unserer Warnung nicht geändert. Ab ${w.time(p.from)} verrechnen wir daher für Roaming in der Region zum Inlandspreis einen Aufschlag.`,
      'Der Betrag steht in der Preisliste. Er gilt nur für die Nutzung nach diesem Zeitpunkt.',
      'Er endet, sobald Aufenthalt und Nutzung kein Risiko mehr zeigen. Halten Sie unsere Daten für falsch, wenden Sie sich bitte an den Kundenservice.',
    ],
  }),
  'roaming-surcharge-stopped': (p, w) => ({
    subject: 'Der Aufschlag für Roaming ist beendet',
    sms: `Ab ${w.time(p.from)} verrechnen wir keinen Aufschlag für Roaming in der Region mehr: es gilt wieder der Inlandspreis. ${NOTHING}`,
    email: [
      `Ihre Nutzung deutet nicht mehr auf eine unangemessene Nutzung von Roaming hin. Ab ${w.time(p.from)} verrechnen wir keinen Aufschlag für Roaming in der Region mehr.`,
      'Es gilt wieder der Inlandspreis.',
      NOTHING,
    ],
  }),
  'roaming-surcharge-refunded': (p, w) => {
    const when = p.to === undefined ? `ab ${w.time(p.from)}` : `vom ${w.time(p.from)} bis ${w.time(p.to)}`;
    const amount = p.amount ? ` (${w.money(p.amount)})` : '';
    return {
      subject: 'Erstattung des Aufschlags für Roaming',
      sms: `Spätere Daten zeigen, dass der Aufschlag für Roaming ${when} nicht geschuldet war. Wir erstatten ihn zur Gänze${amount} auf der nächsten Rechnung; ein Antrag ist nicht nötig. Wir bitten um Entschuldigung.`,
      email: [
        `Daten, die uns später erreicht haben, zeigen, dass der Aufschlag für Roaming ${when} nicht geschuldet war.`,
        `Für diese Zeit erstatten wir ihn zur Gänze${amount}. Die Erstattung steht auf der nächsten Rechnung.`,
        'Ein Antrag ist nicht nötig. Wir bitten um Entschuldigung.',
      ],
    };
  },
  'sms-not-served': (p, w) => ({
    subject: `Ihre Nachricht an ${p.shortCode} konnte nicht bedient werden`,
    sms: `Ihre Nachricht an ${p.shortCode} vom ${w.time(p.at)} konnte nicht bedient werden. Sie kostet dennoch ${w.money(p.amount)} inkl. USt. Wenn Sie das für falsch halten, fragen Sie bitte den Kundendienst.`,
    email: [
      `Sie haben am ${w.time(p.at)} eine Nachricht an ${p.shortCode} gesendet. Die damit bestellte Leistung konnten wir nicht erbringen.`,
      `Die Nachricht kostet dennoch ${w.money(p.amount)} inkl. USt.; Ihr Mobilfunknetz verrechnet sie.`,
      'Wenn Sie das für falsch halten, wenden Sie sich bitte an den Kundendienst.',
    ],
  }),
};
