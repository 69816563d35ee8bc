/** English: faults, the line, and what is due for them. */
import type { NetworkTemplate, Writers } from './text.js';
import type { Words } from './words.js';

const FREE = 'This message is free and does not by itself change your bill.';

/** What a credit or an extension is for. */
function causeOf(p: { outageId?: string | undefined; equipmentId?: string | undefined }): string {
  return p.outageId ? 'your service was out' : p.equipmentId ? 'your equipment was faulty' : 'your service was on hold';
}

const between = (w: Words, from: number, to: number) => `from ${w.time(from)} to ${w.time(to)}`;

export const enNetwork: Writers<NetworkTemplate> = {
  'outage-started': (p, w) => {
    const reason = w.reasons(p.reason ? [p.reason] : []);
    const why = reason ? ` Reason: ${reason}` : '';
    return {
      subject: 'A fault of your service',
      sms: `Your service has a fault that does not come from your equipment.${why} We are repairing it. There is nothing you need to do. We apologise.`,
      email: [
        `Your service has a fault at the moment. It does not come from your equipment or your internet access.${why}`,
        FREE,
        'We are repairing it. There is nothing you need to do. We apologise for the trouble.',
      ],
    };
  },
  'repair-overdue': (p, w) => {
    const reason = w.reasons(p.reasons);
    const lasted = w.hours(p.counted + p.excused);
    const since = p.from === undefined ? '' : ` since ${w.time(p.from)}`;
    const why = reason ? ` Reason: ${reason}` : '';
    return {
      subject: 'Your service has not been repaired in time',
      sms: `Your service has been out${since} and was not repaired in time (so far ${lasted}).${why} If a reduction of your fee is due we will tell you the amount. You need not apply.`,
      email: [
        `Your service has been out${since} and was not repaired in time (so far ${lasted}).${why}`,
        `So far it has been out for ${w.duration(p.counted + p.excused)}.${p.excused > 0 ? ` Of that, our terms do not count ${w.duration(p.excused)}.` : ' All of that time counts.'}`,
        'If our terms entitle you to a lower monthly fee or a longer contract, we will work it out and tell you the amount in another message. You need not apply.',
        'We are still working on the repair. We apologise for the trouble.',
      ],
    };
  },
  'credit-granted': (p, w) => ({
    subject: `Reduction of your fee: ${w.money(p.amount)}`,
    sms: `Because ${causeOf(p)} ${between(w, p.from, p.to)}, we reduce your fee by ${w.money(p.amount)} (period ${w.days(p.cycle)}). It will be on your next bill; you need not apply.`,
    email: [
      `Because ${causeOf(p)} ${between(w, p.from, p.to)}, we reduce your fee.`,
      `Reduction: ${w.money(p.amount)}, for the billing period ${w.days(p.cycle)}.`,
      'It will be shown on your next bill. You need not apply.',
    ],
  }),
  'credit-adjusted': (p, w) => ({
    subject: `Corrected reduction of your fee: ${w.money(p.amount)}`,
    sms: `The reduction of your fee because ${causeOf(p)} (period ${w.days(p.cycle)}) was corrected: it is now ${w.money(p.amount)} (change ${w.change(p.difference)}). The difference will be on your next bill; you need not apply.`,
    email: [
      `We have since learnt the exact facts and corrected the reduction of your fee because ${causeOf(p)}${p.from === undefined || p.to === undefined ? '' : ` ${between(w, p.from, p.to)}`}.`,
      `For the billing period ${w.days(p.cycle)} it is now ${w.money(p.amount)} in all (change: ${w.change(p.difference)}).`,
      'The difference will be shown on your next bill. You need not apply.',
    ],
  }),
  'extension-granted': (p, w) => {
    const length = w.duration(p.seconds * 1000);
    const parked = !p.outageId && !p.equipmentId;
    return {
      subject: p.revision ? 'Corrected extension of your contract' : 'Extension of your contract',
      sms: `${p.revision ? 'Correction: ' : ''}Because ${causeOf(p)} ${between(w, p.from, p.to)}, we extend your contract, in all by ${length}. ${parked ? 'No fee is due for the time on hold.' : 'This time is free.'} You need not apply.`,
      email: [
        `Because ${causeOf(p)} ${between(w, p.from, p.to)}, we extend your contract.`,
        `Extension in all: ${length}.${p.difference === undefined ? '' : ` Compared with our earlier message it is ${w.duration(Math.abs(p.difference) * 1000)} ${p.difference < 0 ? 'shorter' : 'longer'}.`}`,
        parked
          ? 'No fee is due for the time on hold; your contract ends later by as much.'
          : 'No fee is due for the time by which it is extended.',
        'You need not apply.',
      ],
    };
  },
  'planned-works': (p, w) => {
    const reason = w.reasons(p.reason ? [p.reason] : []);
    const why = reason ? ` Reason: ${reason}` : '';
    return {
      subject: 'Planned works on our network',
      sms: `Because of planned works your service may be interrupted ${between(w, p.from, p.to)}.${why} There is nothing you need to do. Thank you for your patience.`,
      email: [
        `Because of planned works on our network your service may be interrupted ${between(w, p.from, p.to)}.${why}`,
        `${FREE} If it takes longer than announced, you have the rights that our terms give you.`,
        'There is nothing you need to do. For emergency calls in that time please use another network or line. Thank you for your patience.',
      ],
    };
  },
  'porting-compensation': (p, w) => {
    const amount = p.amount ? w.money(p.amount) : 'by the price list';
    return {
      subject: 'Compensation for the late transfer of your number',
      sms: `The transfer of your number was late by ${w.count(p.days, 'day')} (full days). Compensation: ${amount}. Please claim it within 30 days from the operator to whom your number was transferred.`,
      email: [
        `The transfer of your number was late by ${w.count(p.days, 'day')}; full days count.`,
        `You are entitled to compensation for each full day, for at most 15 days. Amount: ${amount}.`,
        'Please claim it within 30 days from the operator to whom your number was transferred. It is paid within 15 days of a justified claim.',
      ],
    };
  },
  'termination-allowed': (p, w) => ({
    subject: 'You may end your contract early',
    sms: `Your service has been out for too long. From ${w.time(p.from)} you may end your contract at once, in writing, as long as the outage lasts. We reduce your fee for the outage in any case.`,
    email: [
      'Your service has been out for longer than our terms allow.',
      `From ${w.time(p.from)} you may end your contract at once. You may no longer do so when the outage has been repaired.`,
      'We reduce your monthly fee for the outage, whether or not you end your contract.',
      'If you wish to end it, please tell us so in writing while the outage lasts. Otherwise there is nothing you need to do.',
    ],
  }),
  'parking-exceeded': (p, w) => ({
    subject: 'Your service has been on hold for too long',
    sms: `In ${p.year} your service has been on hold for ${w.count(p.days, 'day')} in all; at most one month a year is allowed. Please tell customer service from when you will use it and pay for it again.`,
    email: [
      `In ${p.year} your service has been on hold for ${w.count(p.days, 'day')} in all. At most one month in a calendar year is allowed.`,
      'For the time allowed no fee is due, and your contract is extended by as much.',
      'Please tell customer service from when you will use the service and pay for it again.',
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
      subject: `Smart home: ${w.free(p.rule)}`,
      sms: `Your rule "${w.free(p.rule)}": ${w.free(p.device)}${where}${reading}${when}. Free of charge. You can change rules and messages in the app.`,
      email: [
        `Your rule "${w.free(p.rule)}" applies: ${w.free(p.device)}${where}${reading}${when}.`,
        'Please look at the device in the app. There you can change rules and messages too. This message is free of charge.',
      ],
    };
  },
  'regulator-outage': (p, w) => {
    const reason = w.reasons(p.reasons) ?? `${w.grammar.reasons.unknown}.`;
    const services = w.count(p.affectedServices, 'service');
    return {
      subject: `Outage beyond the time allowed: ${w.id(p.incident)}`,
      sms: `Outage ${w.id(p.incident)} was not repaired within ${w.duration(p.after)}; that time ended on ${w.time(p.passedAt)}. Affected: ${services}. Reason: ${reason}`,
      email: [
        `We inform you that the outage ${w.id(p.incident)} was not repaired within ${w.duration(p.after)}. That time ended on ${w.time(p.passedAt)}.`,
        `Reasons why it could not be repaired: ${reason} Affected: ${services}.`,
        'Subscribers whose service was out have their fee reduced or their contract extended as our terms say. We will tell you of the repair if you ask us.',
      ],
    };
  },
  'noc-outage-clock': (p, w) => ({
    subject: `Outage of ${w.duration(p.clock)}`,
    sms: `${w.id(p.incident)}: out for ${w.duration(p.clock)} (reached ${w.time(p.passedAt)}). Affected: ${w.count(p.affectedServices, 'service')}. Speed up the repair.`,
    email: [
      `The outage ${w.id(p.incident)} has lasted for ${w.duration(p.clock)}, reached on ${w.time(p.passedAt)}. Affected: ${w.count(p.affectedServices, 'service')}.`,
      'When the limit of the terms passes, credits and notices are due. Speed up the repair, or record why it is not possible.',
    ],
  }),
  'noc-alarm': (p, w) => ({
    subject: `${w.id(p.severity)}: ${w.id(p.resource)}, ${w.id(p.problem)}`,
    sms: `${w.id(p.severity)}: ${w.id(p.resource)}, ${w.id(p.problem)}, since ${w.time(p.since)}. ${w.id(p.impact)} Owner: ${w.id(p.owner)}.`,
    email: [
      `${w.id(p.severity)}: ${w.id(p.problem)} on ${w.id(p.resource)}, since ${w.time(p.since)}. Told for the ${p.step}. time; alarms that it explains: ${p.explains}.`,
      `${w.id(p.impact)}`,
      `Owner: ${w.id(p.owner)}. What to do: ${w.id(p.runbook)}.`,
      `What clears it: ${w.id(p.clears)}`,
      `Acknowledge it, or shelve it with a reason, so that nobody else is called.`,
    ],
  }),
};
