/** German: faults, the line, and what is due for them. */
import type { NetworkTemplate, Writers } from './text.js';
import type { Words } from './words.js';

const FREE = 'Diese Nachricht ist kostenlos und ändert für sich allein nichts an Ihrer Rechnung.';
const NO_CLAIM = 'Ein Antrag ist nicht nötig.';

/** What a credit or an extension is for. */
function causeOf(p: { outageId?: string | undefined; equipmentId?: string | undefined }): string {
  return p.outageId ? 'des Ausfalls Ihres Dienstes' : p.equipmentId ? 'des defekten Geräts' : 'der Ruhendstellung';
}

const between = (w: Words, from: number, to: number) => `vom ${w.time(from)} bis ${w.time(to)}`;

export const deNetwork: Writers<NetworkTemplate> = {
  'outage-started': (p, w) => {
    const reason = w.reasons(p.reason ? [p.reason] : []);
    const why = reason ? ` Grund: ${reason}` : '';
    return {
      subject: 'Störung Ihres Dienstes',
      sms: `Ihr Dienst ist derzeit gestört; das liegt nicht an Ihrem Gerät.${why} Wir beheben die Störung. Sie müssen nichts tun. Wir bitten um Entschuldigung.`,
      email: [
        `Ihr Dienst ist derzeit gestört. Das liegt weder an Ihrem Gerät noch an Ihrem Internetzugang.${why}`,
        FREE,
        'Wir beheben die Störung. Sie müssen nichts tun. Wir bitten um Entschuldigung.',
      ],
    };
  },
  'repair-overdue': (p, w) => {
    const reason = w.reasons(p.reasons);
    const lasted = w.hours(p.counted + p.excused);
    const since = p.from === undefined ? '' : ` seit ${w.time(p.from)}`;
    const why = reason ? ` Grund: ${reason}` : '';
    return {
      subject: 'Störung nicht rechtzeitig behoben',
      sms: `Ihr Dienst ist${since} ausgefallen und wurde nicht rechtzeitig wiederhergestellt (Dauer: ${lasted}).${why} Steht Ihnen eine Gutschrift zu, teilen wir Ihnen den Betrag mit. ${NO_CLAIM}`,
      email: [
        `Ihr Dienst ist${since} ausgefallen und wurde nicht rechtzeitig wiederhergestellt (Dauer: ${lasted}).${why}`,
        `Dauer des Ausfalls bisher: ${w.duration(p.counted + p.excused)}.${p.excused > 0 ? ` Davon zählt nach unseren AGB nicht: ${w.duration(p.excused)}.` : ' Die gesamte Zeit zählt.'}`,
        `Steht Ihnen nach unseren AGB eine Gutschrift oder eine Verlängerung zu, berechnen wir sie von selbst und teilen sie Ihnen gesondert mit. ${NO_CLAIM}`,
        'Wir arbeiten weiter an der Behebung. Wir bitten um Entschuldigung.',
      ],
    };
  },
  'credit-granted': (p, w) => ({
    subject: `Gutschrift: ${w.money(p.amount)}`,
    sms: `Wegen ${causeOf(p)} ${between(w, p.from, p.to)} schreiben wir Ihnen ${w.money(p.amount)} gut (Periode ${w.days(p.cycle)}). Die Gutschrift steht auf der nächsten Rechnung. ${NO_CLAIM}`,
    email: [
      `Wegen ${causeOf(p)} ${between(w, p.from, p.to)} erhalten Sie eine Gutschrift.`,
      `Betrag: ${w.money(p.amount)}, für die Abrechnungsperiode ${w.days(p.cycle)}.`,
      `Die Gutschrift steht auf der nächsten Rechnung. ${NO_CLAIM}`,
    ],
  }),
  'credit-adjusted': (p, w) => ({
    subject: `Berichtigte Gutschrift: ${w.money(p.amount)}`,
    sms: `Die Gutschrift wegen ${causeOf(p)} (Periode ${w.days(p.cycle)}) wurde berichtigt: sie beträgt nun ${w.money(p.amount)} (Änderung ${w.change(p.difference)}). Der Unterschied steht auf der nächsten Rechnung. ${NO_CLAIM}`,
    email: [
      `Wir haben inzwischen die genauen Umstände erfahren und die Gutschrift wegen ${causeOf(p)}${p.from === undefined || p.to === undefined ? '' : ` ${between(w, p.from, p.to)}`} berichtigt.`,
      `Für die Abrechnungsperiode ${w.days(p.cycle)} beträgt sie nun insgesamt ${w.money(p.amount)} (Änderung: ${w.change(p.difference)}).`,
      `Der Unterschied steht auf der nächsten Rechnung. ${NO_CLAIM}`,
    ],
  }),
  'extension-granted': (p, w) => {
    const length = w.duration(p.seconds * 1000);
    const parked = !p.outageId && !p.equipmentId;
    return {
      subject: p.revision ? 'Berichtigte Verlängerung Ihres Vertrags' : 'Verlängerung Ihres Vertrags',
      sms: `${p.revision ? 'Berichtigung: ' : ''}Wegen ${causeOf(p)} ${between(w, p.from, p.to)} verlängern wir Ihren Vertrag. Verlängerung insgesamt: ${length}. ${parked ? 'Für die Zeit des Ruhens zahlen Sie nichts.' : 'Diese Zeit ist kostenlos.'} ${NO_CLAIM}`,
      email: [
        `Wegen ${causeOf(p)} ${between(w, p.from, p.to)} verlängern wir Ihren Vertrag.`,
        `Verlängerung insgesamt: ${length}.${p.difference === undefined ? '' : ` Änderung gegenüber unserer früheren Nachricht: ${w.duration(Math.abs(p.difference) * 1000)} ${p.difference < 0 ? 'kürzer' : 'länger'}.`}`,
        parked
          ? 'Für die Zeit des Ruhens zahlen Sie kein Grundentgelt; der Vertrag endet um ebenso viel später.'
          : 'Für die Zeit der Verlängerung zahlen Sie kein Grundentgelt.',
        NO_CLAIM,
      ],
    };
  },
  'planned-works': (p, w) => {
    const reason = w.reasons(p.reason ? [p.reason] : []);
    const why = reason ? ` Grund: ${reason}` : '';
    return {
      subject: 'Geplante Arbeiten an unserem Netz',
      sms: `Wegen geplanter Arbeiten kann Ihr Dienst ${between(w, p.from, p.to)} unterbrochen sein.${why} Sie müssen nichts tun. Danke für Ihr Verständnis.`,
      email: [
        `Wegen geplanter Arbeiten an unserem Netz kann Ihr Dienst ${between(w, p.from, p.to)} unterbrochen sein.${why}`,
        `${FREE} Dauert es länger als angekündigt, haben Sie die Rechte aus unseren AGB.`,
        'Sie müssen nichts tun. Für Notrufe verwenden Sie in dieser Zeit bitte ein anderes Netz oder einen anderen Anschluss. Danke für Ihr Verständnis.',
      ],
    };
  },
  'porting-compensation': (p, w) => {
    const amount = p.amount ? w.money(p.amount) : 'laut Preisliste';
    return {
      subject: 'Entschädigung für die verspätete Rufnummernmitnahme',
      sms: `Die Mitnahme Ihrer Rufnummer war verspätet. Volle Tage: ${w.number(p.days)}. Entschädigung: ${amount}. Bitte fordern Sie sie innerhalb von 30 Tagen beim neuen Betreiber an.`,
      email: [
        `Die Mitnahme Ihrer Rufnummer war verspätet. Verspätung: ${w.count(p.days, 'day')}; es zählen volle Tage.`,
        `Für jeden vollen Tag steht Ihnen eine Entschädigung zu, höchstens für 15 Tage. Betrag: ${amount}.`,
        'Bitte fordern Sie sie innerhalb von 30 Tagen beim neuen Betreiber an. Sie wird spätestens 15 Tage nach einem berechtigten Antrag ausgezahlt.',
      ],
    };
  },
  'termination-allowed': (p, w) => ({
    subject: 'Recht auf außerordentliche Kündigung',
    sms: `Ihr Dienst ist schon zu lange ausgefallen. Ab ${w.time(p.from)} dürfen Sie den Vertrag schriftlich außerordentlich kündigen, solange der Ausfall dauert. Die Gutschrift für den Ausfall erhalten Sie in jedem Fall.`,
    email: [
      'Ihr Dienst ist länger ausgefallen, als unsere AGB es zulassen.',
      `Ab ${w.time(p.from)} dürfen Sie den Vertrag außerordentlich kündigen. Nach der Behebung des Ausfalls ist das nicht mehr möglich.`,
      'Das Grundentgelt für die Zeit des Ausfalls schreiben wir Ihnen gut, ob Sie kündigen oder nicht.',
      'Möchten Sie kündigen, teilen Sie es uns bitte schriftlich mit, solange der Ausfall dauert. Sonst müssen Sie nichts tun.',
    ],
  }),
  'parking-exceeded': (p, w) => ({
    subject: 'Ihr Dienst ruht schon zu lange',
    sms: `Ihr Dienst hat ${p.year} schon zu lange geruht: ${w.count(p.days, 'day')}. Erlaubt ist höchstens ein Monat im Jahr. Bitte teilen Sie dem Kundenservice mit, ab wann Sie ihn wieder nutzen und bezahlen.`,
    email: [
      `Ihr Dienst hat ${p.year} schon zu lange geruht: ${w.count(p.days, 'day')}. Erlaubt ist höchstens ein Monat im Kalenderjahr.`,
      'Für die erlaubte Zeit zahlen Sie kein Grundentgelt; der Vertrag verlängert sich um ebenso viel.',
      'Bitte teilen Sie dem Kundenservice mit, ab wann Sie den Dienst wieder nutzen und bezahlen.',
    ],
  }),
  'device-rule': (p, w) => {
    const place = (w.short ? [p.room || p.location] : [p.location, p.room])
      .flatMap((one) => (one ? [w.free(one)] : []))
      .join(', ');
    const where = place ? ` (${place})` : '';
    const value = p.value === undefined ? '' : `: ${w.number(p.value, 2)}`;
    const reading = p.reading === undefined ? '' : `, ${w.free(p.reading)}${value}`;
    const when = p.at === undefined ? '' : `, ${w.time(p.at)}`;
    return {
      subject: `Smart Home: ${w.free(p.rule)}`,
      sms: `Ihre Regel "${w.free(p.rule)}": ${w.free(p.device)}${where}${reading}${when}. Kostenlos. Regeln und Nachrichten ändern Sie in der App.`,
      email: [
        `Ihre Regel "${w.free(p.rule)}" trifft zu: ${w.free(p.device)}${where}${reading}${when}.`,
        'Bitte sehen Sie in der App nach dem Gerät. Dort ändern Sie auch Regeln und Nachrichten. Diese Nachricht ist kostenlos.',
      ],
    };
  },
  'regulator-outage': (p, w) => {
    const reason = w.reasons(p.reasons) ?? `${w.grammar.reasons.unknown}.`;
    const services = w.count(p.affectedServices, 'service');
    return {
      subject: `Ausfall über die Frist hinaus: ${w.id(p.incident)}`,
      sms: `Ausfall ${w.id(p.incident)} nicht fristgerecht behoben. Frist: ${w.duration(p.after)}, abgelaufen am ${w.time(p.passedAt)}. Betroffen: ${services}. Grund: ${reason}`,
      email: [
        `Wir teilen Ihnen mit, dass der Ausfall ${w.id(p.incident)} nicht fristgerecht behoben wurde. Die Frist (${w.duration(p.after)}) ist am ${w.time(p.passedAt)} abgelaufen.`,
        `Gründe, aus denen die Behebung nicht möglich war: ${reason} Betroffen: ${services}.`,
        'Betroffene Teilnehmer erhalten nach unseren AGB eine Gutschrift oder eine Verlängerung. Über die Behebung unterrichten wir Sie auf Wunsch.',
      ],
    };
  },
  'noc-outage-clock': (p, w) => ({
    subject: `Ausfall dauert an: ${w.duration(p.clock)}`,
    sms: `${w.id(p.incident)}: Dauer des Ausfalls ${w.duration(p.clock)} (erreicht ${w.time(p.passedAt)}). Betroffen: ${w.count(p.affectedServices, 'service')}. Behebung beschleunigen.`,
    email: [
      `Dauer des Ausfalls ${w.id(p.incident)}: ${w.duration(p.clock)}, erreicht am ${w.time(p.passedAt)}. Betroffen: ${w.count(p.affectedServices, 'service')}.`,
      'Nach Ablauf der Frist der AGB sind Gutschriften und Mitteilungen fällig. Bitte die Behebung beschleunigen oder den Grund festhalten, aus dem sie nicht möglich ist.',
    ],
  }),
  'noc-alarm': (p, w) => ({
    subject: `${w.id(p.severity)}: ${w.id(p.resource)}, ${w.id(p.problem)}`,
    sms: `${w.id(p.severity)}: ${w.id(p.resource)}, ${w.id(p.problem)}, seit ${w.time(p.since)}. ${w.id(p.impact)} Zuständig: ${w.id(p.owner)}.`,
    email: [
      `${w.id(p.severity)}: ${w.id(p.problem)} an ${w.id(p.resource)}, seit ${w.time(p.since)}. Meldung Nr. ${p.step}; dadurch erklärte Alarme: ${p.explains}.`,
      `${w.id(p.impact)}`,
      `Zuständig: ${w.id(p.owner)}. Was zu tun ist: ${w.id(p.runbook)}.`,
      `Wodurch er endet: ${w.id(p.clears)}`,
      `Bitte quittieren oder mit Begründung zurückstellen, damit niemand sonst gerufen wird.`,
    ],
  }),
};
