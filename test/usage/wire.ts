/** The words of the oracle: events and profiles as they stand on a line, exact money, sums. */

export type Data = Record<string, unknown>;
/** An event as it stands on a line. */
export interface Wire {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly recordedtime?: string;
  readonly data: Data;
}
/** An event with its times as ms since the epoch. */
export interface Event extends Wire {
  readonly at: number;
  readonly known: number;
  readonly ref: string;
}
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Money in hundredths of a minor unit: VAT of 20 % on a minor unit is whole there. */
export type Exact = bigint;
export interface WireMoney {
  readonly amount: string;
  readonly currency: string;
  readonly vat?: string;
}

export function exact({ amount, vat }: WireMoney): Exact {
  const found = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(amount)!;
  const minor = BigInt(found[2]! + (found[3] ?? '').padEnd(2, '0')) * (found[1] ? -1n : 1n);
  return minor * (vat === 'excluded' ? 120n : 100n);
}

/** n / d to the nearest whole, a half away from zero. */
export function nearest(n: bigint, d: bigint): bigint {
  const size = n < 0n ? -n : n;
  const rounded = (2n * size + d) / (2n * d);
  return n < 0n ? -rounded : rounded;
}

/** Exact money, or a fraction of it, as it goes on the wire: rounded once. */
export function wireMoney(value: Exact, currency: string, parts = 1n): WireMoney {
  const minor = nearest(value, 100n * parts);
  const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
  return { amount: `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`, currency };
}

export const MEASURES = ['charge', 'voiceSeconds', 'messages', 'dataBytes'] as const;
export type Measure = (typeof MEASURES)[number];
export type Sums = Readonly<Record<Measure, bigint>>;
export const NOTHING: Sums = { charge: 0n, voiceSeconds: 0n, messages: 0n, dataBytes: 0n };
export const WINDOWS = ['day', 'week', 'month'] as const;
export type Window = (typeof WINDOWS)[number];

/** A service's profile as the wire has it: the fields that usage asks for. */
export interface Profile {
  readonly operator: string;
  readonly customerType?: string;
  readonly activeFrom?: string;
  readonly monthlyFee?: WireMoney | null;
  readonly billingDay?: number | 'last';
  readonly tariffId?: string;
  readonly limits?: Partial<Record<'daily' | 'weekly' | 'monthly', Partial<Record<Measure, number | WireMoney>>>>;
  readonly creditLimit?: WireMoney;
  readonly spendBar?: boolean;
}
export interface Version {
  readonly at: number;
  readonly known: number;
  readonly ref: string;
  readonly profile: Profile;
}

/** A usage record, or what an imported history says of a day or a cycle. */
export interface Rec {
  readonly ref: string;
  readonly at: number;
  /** What it is of: all is a record; an imported cycle says nothing of days. */
  readonly counts: 'all' | 'days' | 'cycles';
  readonly sums: Sums;
  /** Without a direction: what roaming counts. */
  readonly uses: Sums;
  /** Of the serving network; undefined where nobody says. */
  readonly country: string | undefined;
}
