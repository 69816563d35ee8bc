/** An e-mail as it stands on the wire: text and HTML, made by nodemailer's composer. No text can become a header. */
import { hash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Email } from '../ports.js';

const ADDRESS = /^[^\s<>,;:"()[\]\\@]+@[^\s<>,;:"()[\]\\@]+$/;
const ADDRESS_MAX = 254;

/** Throws where the recipient is none: one address, and nothing that could be a second one, a header or a command. */
export function checkMail({ to }: Pick<Email, 'to'>): void {
  if (!ADDRESS.test(to) || to.length > ADDRESS_MAX) throw new RangeError('no e-mail address: it cannot be written to');
}

/** Envelope and octets of a message. */
export async function composed(
  mail: Email,
  from: string,
): Promise<{ readonly envelope: { readonly from: string; readonly to: string }; readonly message: Buffer }> {
  const { to, subject, text, html, key } = mail;
  const composer = new MailComposer({
    from,
    to: { name: '', address: to },
    // A subject is one line.
    subject: subject.replace(/\s+/g, ' ').trim(),
    text,
    ...(html === undefined ? {} : { html }),
    messageId: messageIdOf(key, from),
    // Nobody's reply from a holiday is wanted (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = await composer.compile().build();
  return { envelope: { from: addressOf(from), to }, message };
}

/** The address of a sender that may have a name: `A1 Srbija <obavestenja@operator.example>`. */
export function addressOf(sender: string): string {
  return /<([^<>]+)>\s*$/.exec(sender)?.[1] ?? sender.trim();
}

/** The same for the same message, so that a server or a reader can tell a copy. */
export function messageIdOf(key: string, from: string): string {
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? 'localhost';
  return `<${hash('sha256', key, 'hex').slice(0, 32)}@${domain}>`;
}
