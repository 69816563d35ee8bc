/** English: use, what it costs, and what is barred for it. */
import type { UsageTemplate, Writers } from './text.js';
import { ROAMING_MONTHS, ROAMING_TERM_DAYS } from './text.js';
import type { Words } from './words.js';

/** " until 30 Jun 2026" where the cycle is known: its last day. */
function until(w: Words, cycle: { from: number; to: number } | undefined): string {
  return cycle ? ` until the end of ${w.lastDay(cycle)}` : '';
}

const FEE_STAYS = 'Your monthly fee stays due.';

export const enUsage: Writers<UsageTemplate> = {
  'spend-warning': (p, w) => ({
    subject: `You have used ${w.percent(p.share)} of your spending cap`,
    sms: `Your charges have reached ${w.percent(p.share)} of your cap of ${w.money(p.cap)}: ${w.money(p.charges)}. Above the cap we will bar outgoing calls, messages and data until the period ends. You can withdraw the cap.`,
    email: [
      `Your charges in the billing period${p.cycle ? ` ${w.days(p.cycle)}` : ''} have reached ${w.percent(p.share)} of the cap you asked for.`,
      `Charges: ${w.money(p.charges)}. Cap: ${w.money(p.cap)}. The monthly fee does not count.`,
      'When they are more than the cap, we will bar outgoing calls, messages and data until the billing period ends. Emergency calls, customer service and all that comes in stay.',
      'If you do not want that, please withdraw your request at customer service.',
    ],
  }),
  'spend-barred': (p, w) => ({
    subject: 'Your services are barred: spending cap',
    sms: `Your charges are more than the cap you asked for. Barred${until(w, p.cycle)}: ${w.services(p.services)}. Still available: ${w.services(p.keeps)}. Customer service can withdraw it.`,
    email: [
      `Your charges in the billing period${p.cycle ? ` ${w.days(p.cycle)}` : ''} are more than the cap you asked for.`,
      `Barred${until(w, p.cycle)}: ${w.services(p.services)}. Still available: ${w.services(p.keeps)}.`,
      `What is barred costs you nothing more. ${FEE_STAYS}`,
      'The bar ends by itself when the next billing period begins. To end it earlier, please withdraw your request at customer service.',
    ],
  }),
  'spend-bar-lifted': (p, w) => ({
    subject: 'Your services are available again: spending cap',
    sms: `The bar for your spending cap has been lifted. Available again, and charged: ${w.services(p.services)}. Customer service can change the cap.`,
    email: [
      `The bar for your spending cap has been lifted. Available again: ${w.services(p.services)}.`,
      'It is lifted when the next billing period begins, when you withdraw your request, or when a correction brings your charges to the cap or below. These services are charged again.',
      'If you no longer want the cap, please withdraw your request at customer service. Otherwise there is nothing you need to do.',
    ],
  }),
  'spend-bar-set': (p, w) =>
    p.set
      ? {
          subject: `Confirmed: spending cap of ${w.money(p.cap)}`,
          sms: `We confirm your request: when your charges in a billing period are more than ${w.money(p.cap)}, we will bar outgoing calls, messages and data until it ends. Free of charge; customer service can withdraw it.`,
          email: [
            `We confirm your request: when your charges in a billing period are more than ${w.money(p.cap)}, we will bar outgoing calls, messages and data until it ends.`,
            'The monthly fee does not count. Emergency calls, customer service and all that comes in stay. The bar is free of charge.',
            'You may withdraw your request at customer service at any time.',
          ],
        }
      : {
          subject: 'Confirmed: no spending cap',
          sms: `We confirm that you have withdrawn your cap: charges above ${w.money(p.cap)} are no longer barred and all use is charged. You can ask customer service for the cap again, free of charge.`,
          email: [
            `We confirm that you have withdrawn your request: charges above ${w.money(p.cap)} no longer bar anything.`,
            'All use is charged by your tariff.',
            'You can ask customer service for the cap again, free of charge.',
          ],
        },
  'credit-limit-warning': (p, w) => ({
    subject: `Unpaid charges: ${w.money(p.charges)}`,
    sms: `Your unpaid charges are ${w.money(p.charges)}. When they reach your credit limit of ${w.money(p.cap)} we may restrict your services. A payment avoids that.`,
    email: [
      `Your unpaid charges are ${w.money(p.charges)}. Your credit limit is ${w.money(p.cap)}, with VAT; the monthly fee does not count.`,
      'When they reach the limit, we may bar services or slow your data down.',
      'A payment avoids that. You may ask customer service for a higher limit.',
    ],
  }),
  'credit-limit-barred': (p, w) => {
    const slow = p.throttleBitsPerSecond ? w.rate(p.throttleBitsPerSecond) : undefined;
    const what = slow ? `Your data is slowed down to ${slow}` : `Barred: ${w.services(p.services)}`;
    return {
      subject: slow ? 'Credit limit reached: data slowed down' : 'Credit limit reached: services barred',
      sms: `Your unpaid charges have reached your credit limit. ${what}. Still available: ${w.services(p.keeps)}. It ends when a payment brings them below the limit. ${FEE_STAYS}`,
      email: [
        `Your unpaid charges have reached your credit limit. ${what}. Still available: ${w.services(p.keeps)}.`,
        FEE_STAYS,
        'It ends as soon as a payment, a correction or a higher limit brings your unpaid charges below the limit. Please pay, or contact customer service.',
      ],
    };
  },
  'credit-limit-lifted': (p, w) => ({
    subject: 'Your services are available again: credit limit',
    sms: `Your unpaid charges are below your credit limit again. Without restriction: ${w.services(p.services)}. New use is charged. There is nothing you need to do.`,
    email: [
      `Your unpaid charges are below your credit limit again. Without restriction: ${w.services(p.services)}.`,
      'New use is charged by your tariff and counts towards the limit.',
      'There is nothing you need to do.',
    ],
  }),
  'spend-doubled': (p, w) => {
    const usual =
      p.referenceKind === 'monthly-fee'
        ? 'your monthly fee'
        : p.referenceKind === 'three-cycle-average'
          ? 'the average of your last three periods'
          : 'your usual amount';
    return {
      subject: `Your bill has doubled: ${w.money(p.charges)}`,
      sms: `Your charges for ${w.days(p.cycle)} have reached ${w.money(p.charges)}, at least twice ${usual} (${w.money(p.reference)}). Please check your use; you may ask for a spending cap. This message is free.`,
      email: [
        `Your charges for the billing period ${w.days(p.cycle)} have reached ${w.money(p.charges)}. That is at least twice ${usual}, which is ${w.money(p.reference)}.`,
        'The monthly fee is included. This message is free of charge; your services go on as before.',
        'Please check your use. If you wish to limit it, ask customer service for a spending cap.',
      ],
    };
  },
  'traffic-atypical': (p, w) => {
    const [value, average] = [w.quantity(p.measure, p.value), w.quantity(p.measure, p.average)];
    const what = `${w.grammar.measures[p.measure]}, ${w.grammar.windows[p.window]} from ${w.date(p.from)}`;
    return {
      subject: 'Unusual use of your service',
      sms: `Unusual use: ${what}: ${value}; your average: ${average}. It is charged by your tariff. If it was not you, tell customer service at once. We may restrict your services or ask for security.`,
      email: [
        `We have seen use that departs from your average: ${what}.`,
        `Use: ${value}. Your average: ${average}. It is charged by your tariff.`,
        'To protect you from fraud we may restrict your services or ask for security for your payments.',
        'If it was not you, please tell customer service at once. If it was, there is nothing you need to do.',
      ],
    };
  },
  'restriction-applied': (p, w) => {
    const end = p.until ?? p.to;
    const lasts = end === undefined ? 'It lasts until its reason ends.' : `It lasts until ${w.time(end)}.`;
    const keeps = w.services(p.keeps ?? ['emergency', 'customer-service', 'incoming']);
    return {
      subject: 'Your services are restricted for a time',
      sms: `Because of unusual use we have restricted for a time: ${w.services(p.services)}. Still available: ${keeps}. ${lasts} To have it lifted, call customer service.`,
      email: [
        `Because of the unusual use of which we told you, we have restricted for a time: ${w.services(p.services)}. Still available: ${keeps}.`,
        lasts,
        `It protects you from charges that may not be yours. ${FEE_STAYS}`,
        'If the use was yours, or you want the restriction lifted, please call customer service.',
      ],
    };
  },
  'restriction-lifted': (p, w) => ({
    subject: 'Your services are no longer restricted',
    sms: `The restriction for unusual use has been lifted. Available again: ${w.services(p.services)}. Use is charged by your tariff. There is nothing you need to do.`,
    email: [
      `The restriction for unusual use has been lifted. Available again: ${w.services(p.services)}.`,
      'Use is charged by your tariff.',
      'There is nothing you need to do.',
    ],
  }),
  'roaming-data-80': (p, w) => ({
    subject: 'Roaming data: 80% of the limit',
    sms: `You have used 80% of your roaming data limit: ${w.quantity('dataBytes', p.value)} of ${w.quantity('dataBytes', p.limit)}. ${typeof p.limit === 'number' ? 'Beyond the limit the price list applies.' : 'At the limit data stops.'} Turn roaming data off if you do not want that.`,
    email: [
      `You have used 80% of your roaming data limit: ${w.quantity('dataBytes', p.value)} of ${w.quantity('dataBytes', p.limit)}.`,
      typeof p.limit === 'number'
        ? 'Beyond the limit, data is charged by the price list, with a surcharge for roaming.'
        : 'At the limit, roaming data stops until you agree to further charges.',
      'If you do not want further charges, please turn roaming data off on your device.',
    ],
  }),
  'roaming-data-100': (p, w) => ({
    subject: 'Roaming data: the limit is reached',
    sms: `You have reached your roaming data limit: ${w.quantity('dataBytes', p.value)} of ${w.quantity('dataBytes', p.limit)}. ${typeof p.limit === 'number' ? 'Further data is charged by the price list; turn data off if you do not want that.' : 'Data has been stopped; to go on, call customer service.'}`,
    email: [
      `You have reached your roaming data limit: ${w.quantity('dataBytes', p.value)} of ${w.quantity('dataBytes', p.limit)}.`,
      typeof p.limit === 'number'
        ? 'Further data is charged by the price list, with a surcharge for roaming.'
        : 'Roaming data has been stopped and costs you nothing more.',
      typeof p.limit === 'number'
        ? 'If you do not want further charges, please turn roaming data off on your device.'
        : 'If you wish to go on and agree to further charges, please tell customer service.',
    ],
  }),
  'roaming-warning': (p, w) => {
    const days =
      p.domesticDays === undefined || p.roamingDays === undefined
        ? ''
        : ` (days roaming: ${w.number(p.roamingDays)}, at home: ${w.number(p.domesticDays)})`;
    return {
      subject: 'Warning: your use of roaming',
      sms: `In the last ${ROAMING_MONTHS} months you stayed and used more abroad than at home${days}. If that does not change within ${ROAMING_TERM_DAYS} days of receiving this, we may add a surcharge to further roaming.`,
      email: [
        `In the last ${ROAMING_MONTHS} months${p.window ? ` (${w.days(p.window)})` : ''} you stayed and used more while roaming in the region than at home${days}. That points to a risk of unfair use of roaming.`,
        `If that does not change within ${ROAMING_TERM_DAYS} days of receiving this warning, we may add a surcharge from the price list to the domestic price for further roaming. Nothing is added for what you have used so far.`,
        'It is enough to stay or to use more at home in that time. The surcharge would end as soon as your use no longer points to a risk. If you think our data are wrong, please contact customer service.',
      ],
    };
  },
  'roaming-surcharge-started': (p, w) => ({
    subject: 'Surcharge for roaming',
    sms: `Your use of roaming has not changed since our warning. From ${w.time(p.from)} we add a surcharge from the price list to further roaming in the region. It ends when you stay or use more at home.`,
    email: [
      `Your use of roaming has not changed since our warning. From ${w.time(p.from)} we therefore add a surcharge to the domestic price for roaming in the region.`,
      'The amount is in the price list. It holds only for use after that time.',
      'It ends as soon as your stay and use no longer point to a risk. If you think our data are wrong, please contact customer service.',
    ],
  }),
  'roaming-surcharge-stopped': (p, w) => ({
    subject: 'The surcharge for roaming has ended',
    sms: `From ${w.time(p.from)} we no longer charge the surcharge for roaming in the region: the domestic price holds again. There is nothing you need to do.`,
    email: [
      `Your use no longer points to a risk of unfair use of roaming. From ${w.time(p.from)} we no longer charge the surcharge for roaming in the region.`,
      'The domestic price holds again.',
      'There is nothing you need to do.',
    ],
  }),
  'roaming-surcharge-refunded': (p, w) => {
    const when = p.to === undefined ? `from ${w.time(p.from)}` : `from ${w.time(p.from)} to ${w.time(p.to)}`;
    const amount = p.amount ? ` (${w.money(p.amount)})` : '';
    return {
      subject: 'Refund of the surcharge for roaming',
      sms: `Later data show that the surcharge for roaming ${when} was not due. We refund all of it${amount} on your next bill; you need not apply. We apologise.`,
      email: [
        `Data that reached us later show that the surcharge for roaming ${when} was not due.`,
        `We refund all of it for that time${amount}. It will be shown on your next bill.`,
        'You need not apply. We apologise for the trouble.',
      ],
    };
  },
  'sms-not-served': (p, w) => ({
    subject: `Your message to ${p.shortCode} could not be served`,
    sms: `Your message to ${p.shortCode} of ${w.time(p.at)} could not be served. It costs ${w.money(p.amount)} with VAT all the same. Please ask customer service if you think this is wrong.`,
    email: [
      `You sent a message to ${p.shortCode} on ${w.time(p.at)}. We could not give you the service that you ordered with it.`,
      `The message costs ${w.money(p.amount)} all the same, VAT included. Your network charges it.`,
      'If you think this is wrong, please contact customer service.',
    ],
  }),
};
