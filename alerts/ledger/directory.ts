/** Whom operators reach outside their subscribers, and how they sign: settings of the installation, no personal data. */

/** What an installation says of one operator. */
export interface OperatorDirectory {
  /** The sender that a telephone shows: up to 11 letters, a short code or a number. */
  readonly smsFrom?: string;
  /** The sender of its e-mails. */
  readonly emailFrom?: string;
  /** How customer service is reached, for the texts. */
  readonly helpLine?: string;
  /** Where notices to the regulator go. */
  readonly regulator?: { readonly email: string };
  /** Where notices to the operations centre go, beside its page. */
  readonly noc?: { readonly email?: string; readonly msisdn?: string };
}

export type Directory = Readonly<Record<string, OperatorDirectory>>;
