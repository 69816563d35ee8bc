/** The record of a service for people: what holds now, and when what of it changed. */
import { formatMoney, type WireMoney } from '../../domain/money.js';
import type { Price } from '../../domain/schema.js';
import { activeAt, activeSince, type Profile, parkedSpans, profileAt, suspendedSpans } from '../../domain/service.js';
import type { ServiceView, ViewFacts } from '../../domain/subject/service-view.js';
import type { ServiceRead } from './service-read.js';

/** What holds of the service now. Whose it is stays out: the view needs no customer. */
export function factsOf(read: ServiceRead): ViewFacts {
  const { facts, now, local } = read;
  const profile = profileAt(facts, now);
  const time = (at: number | undefined) => (at === undefined ? null : local(at));
  return {
    kind: profile.kind,
    standing: standingOf(read),
    payment: profile.payment ?? null,
    customerType: profile.customerType ?? 'consumer',
    activeFrom: time(profile.activeFrom),
    contractTo: time(profile.contractTo),
    monthlyFee: profile.monthlyFee ? priceOf(profile.monthlyFee) : null,
    billingDay: profile.billingDay ?? null,
    tariffId: profile.tariffId ?? null,
    contractedDownBitsPerSecond: profile.contractedDownBitsPerSecond ?? null,
    servedBy: profile.servedBy ?? [],
    outagePreference: profile.outagePreference ?? null,
    language: profile.language ?? null,
    notifyBy: profile.notifyBy ?? [],
  };
}

function standingOf({ facts, now }: ServiceRead): ViewFacts['standing'] {
  if (now < activeSince(facts)) return 'not-yet';
  if (!activeAt(facts, now)) return 'ended';
  const within = (spans: readonly { readonly from: number; readonly to: number }[]) =>
    spans.some(({ from, to }) => from <= now && now < to);
  if (within(parkedSpans(facts))) return 'parked';
  return within(suspendedSpans(facts)) ? 'suspended' : 'active';
}

/** When the record changed, and the names of the fields that did. */
export function versionsOf({ facts, local }: ServiceRead): ServiceView['versions'] {
  return facts.versions.map(({ at, known, profile }, i) => {
    const before: Partial<Profile> = facts.versions[i - 1]?.profile ?? profile;
    const names = new Set([...Object.keys(profile), ...Object.keys(before)]) as Set<keyof Profile>;
    const changed = [...names].filter((name) => JSON.stringify(profile[name]) !== JSON.stringify(before[name]));
    return { at: local(at), known: local(known), changed: changed.sort() };
  });
}

/** A price as events have it. */
export function priceOf(price: Price): WireMoney {
  return { ...formatMoney(price), ...(price.vat && { vat: price.vat }) };
}
