import type { Part } from './parts.mjs';

export type SmsPartName = 'kannel' | 'jsmpp' | 'openssl';

/** A Kannel of one bearerbox and one smsbox. */
export interface KannelPart {
  readonly folder: string;
  /** The address of `sendsms`; user "dozor", password "secret". */
  readonly url: string;
  readonly bearer: Part;
  readonly sms: Part;
  stop(): Promise<void>;
}

export interface JsmppPart extends Part {
  readonly port: number;
}

/** Words that say what to install before the parts can run; empty when nothing is missing. */
export function missingSmsParts(names?: readonly SmsPartName[]): string[];

/** Fetches jSMPP once, into the user's cache, and returns its class path. */
export function fetchJsmpp(): string;

/** Kannel as a client of the message centre at `smscPort` of loopback; messages from telephones are posted to `receivedUrl`. */
export function startKannel(options: { readonly smscPort: number; readonly receivedUrl: string }): Promise<KannelPart>;

/** The server of jSMPP's examples: takes everything, and sends a receipt. */
export function startJsmpp(): Promise<JsmppPart>;
