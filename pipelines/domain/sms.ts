/**
 * What a short message costs on each network (contract 15; Mobitext annex 1): the network of a number, the price of its parts with
 * VAT, the added value of a message to a short code and who gets what of it. Pure arithmetic: nothing here knows a number but as
 * an argument.
 */
import { addFractions, fraction, type Money, minus, multiply, plus, roundHalfUp, withVat } from './money.js';
import type { Pack, SmsNetworkRules, SmsRules } from './pack.js';

/** How a network was found: it was looked up, or it is the one that the first digits stand for unless the number was ported. */
export type FoundBy = 'lookup' | 'prefix';

/** What is known of a number's network: looked up (MCC and MNC, such as "22003"), and the first digits as dialled at home ("064"). */
export interface NumberFacts {
  readonly network?: string | undefined;
  readonly prefix?: string | undefined;
}

/** The network of a number. The looked-up one wins; undefined where the terms have no such network. */
export function networkOf(
  { networks }: SmsRules,
  { network, prefix }: NumberFacts,
): { readonly network: SmsNetworkRules; readonly by: FoundBy } | undefined {
  if (network !== undefined) {
    const found = networks.find((one) => one.network === network);
    // A number that was ported to a network without terms has not come back to that of its prefix.
    return found && { network: found, by: 'lookup' };
  }
  const found = networks.find(({ prefixes }) => prefix !== undefined && prefixes.includes(prefix));
  return found && { network: found, by: 'prefix' };
}

/** The first digits of a number as the terms list them; undefined for a number of another country or of no listed prefix. */
export function prefixOf({ networks, countryCode }: SmsRules, number: string): string | undefined {
  const digits = number.replace(/[^\d+]/g, '').replace(/^(\+|00)/, '');
  const home = digits.startsWith(countryCode) ? `0${digits.slice(countryCode.length)}` : digits;
  return networks.flatMap(({ prefixes }) => prefixes).find((prefix) => home.startsWith(prefix));
}

/** What a message of so many parts costs on a network, VAT included, without added value. */
export function partsPrice({ vatPercent }: Pick<Pack, 'vatPercent'>, network: SmsNetworkRules, parts: number): Money {
  const { basicPrice } = network;
  return { minor: roundHalfUp(withVat(times(basicPrice, parts), vatPercent)), currency: basicPrice.currency };
}

/** What a message to a short code costs, and who gets what. Prices and shares are without VAT, `amount` is with it. */
export interface SmsCharge {
  readonly basic: Money;
  readonly addedValue: Money;
  readonly vat: Money;
  readonly amount: Money;
  readonly shares: { readonly operator: Money; readonly platform: Money; readonly client: Money };
}

/** The charge for a message of so many parts. Where it could not be served, what is due then: all, or the basic price alone. */
export function chargeOf(
  rules: SmsRules,
  { vatPercent }: Pick<Pack, 'vatPercent'>,
  network: SmsNetworkRules,
  message: { readonly parts: number; readonly served: boolean },
): SmsCharge {
  const withValue = message.served || rules.whenNotServed === 'all';
  const messages = withValue ? (rules.chargedPer === 'part' ? message.parts : 1) : 0;
  const basic = times(network.basicPrice, message.parts);
  const stated = times(rules.addedValue, messages);
  const included = rules.addedValueVat === 'included';
  const exact = included
    ? addFractions(withVat(basic, vatPercent), fraction(stated.minor))
    : withVat(plus(basic, stated), vatPercent);
  const amount = { minor: roundHalfUp(exact), currency: basic.currency };
  const addedValue = included ? withoutVat(stated, vatPercent) : stated;
  const platform = times(network.platformShare, messages);
  const client = times(network.clientShare, messages);
  return {
    basic,
    addedValue,
    vat: minus(minus(amount, basic), addedValue),
    amount,
    shares: { operator: minus(minus(addedValue, platform), client), platform, client },
  };
}

/** What a schema cannot see in the terms: prices of another currency, shares beyond the price, one prefix of two networks. */
export function smsProblems(
  { networks, addedValue }: Pick<SmsRules, 'networks' | 'addedValue'>,
  currency: string,
): readonly string[] {
  const prices = networks.flatMap(({ basicPrice, platformShare, clientShare }) => [
    basicPrice,
    platformShare,
    clientShare,
  ]);
  const problems: string[] = [];
  if ([addedValue, ...prices].some((price) => price.currency !== currency)) {
    problems.push(`rules.sms: a price or share is not in the pack's currency ${currency}`);
  }
  for (const { network, platformShare, clientShare } of networks) {
    if (platformShare.minor + clientShare.minor > addedValue.minor) {
      problems.push(`rules.sms.terms.networks: the shares of ${network} are more than the added value`);
    }
  }
  const names = [...networks.map(({ network }) => network), ...networks.flatMap(({ prefixes }) => prefixes)];
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  return [...problems, ...twice.map((name) => `rules.sms.terms.networks: ${name} stands twice`)];
}

function times({ minor, currency }: Money, count: number): Money {
  return { minor: minor * count, currency };
}

function withoutVat({ minor, currency }: Money, percent: string): Money {
  // 100 with VAT is so much; what is without it is that share of the price.
  const { numerator, denominator } = withVat({ minor: 100, currency }, percent);
  return { minor: roundHalfUp(multiply(fraction(minor * 100), fraction(denominator, numerator))), currency };
}
