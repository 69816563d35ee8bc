/**
 * E-mail by SMTP (nodemailer's connection and composer, not its pool: that one sends a message again by itself after a lost
 * connection). Whether a server can have a message is known by whether its text was begun: before that nothing was sent, after it
 * only the server's own answer settles it.
 */
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { MINUTE, SECOND } from '../../pipelines/domain/units.js';
import type { Email, EmailTransport, Submission } from '../ports.js';
import { checkMail, composed, messageIdOf } from './message.js';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `starttls`: refused where the server does not offer it. `plain` is for a server on the same machine. */
  readonly security: 'tls' | 'starttls' | 'plain';
  readonly user?: string;
  readonly password?: string;
  /** The sender, where an operator has none of its own. */
  readonly from: string;
  /** The certificates of who signs for the server, PEM. */
  readonly ca?: string;
  /** At most so many at a time; 4 unless set. */
  readonly connections?: number;
  /** How long a server may be silent, in milliseconds; a minute unless set. */
  readonly answerMs?: number;
}

const CONNECT_MS = 10 * SECOND;
const ANSWER_MS = MINUTE;
/** An idle connection is not kept longer: servers end them after some minutes. */
const IDLE_MS = 20 * SECOND;
const VIA = 'smtp';

/** A transport that keeps its connections for the next message. */
export function smtpTransport(settings: SmtpSettings): EmailTransport {
  return new SmtpTransport(settings);
}

interface Idle {
  readonly connection: SMTPConnection;
  readonly since: number;
}

class SmtpTransport implements EmailTransport {
  readonly #settings: SmtpSettings;
  readonly #idle: Idle[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(settings: SmtpSettings) {
    this.#settings = settings;
  }

  async send(mail: Email): Promise<Submission> {
    checkMail(mail);
    const from = mail.from ?? this.#settings.from;
    const { envelope, message } = await composed(mail, from);
    await this.#turn();
    try {
      return await this.#sendNow(envelope, message, messageIdOf(mail.key, from));
    } finally {
      this.#busy -= 1;
      this.#waiting.shift()?.();
    }
  }

  async stop(): Promise<void> {
    for (const { connection } of this.#idle.splice(0)) connection.quit();
  }

  async #turn(): Promise<void> {
    while (this.#busy >= (this.#settings.connections ?? 4))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy += 1;
  }

  async #sendNow(
    envelope: { readonly from: string; readonly to: string },
    message: Buffer,
    id: string,
  ): Promise<Submission> {
    let connection: SMTPConnection;
    try {
      connection = await this.#connection();
    } catch (error) {
      // Who we are, or how we speak to each other, is to be mended here: it is nobody's refusal for good.
      return { is: 'refused', code: codeOf(error as SmtpError), permanent: false };
    }
    let begun = false;
    const body = new Readable({
      read() {
        begun = true;
        this.push(message);
        this.push(null);
      },
    });
    try {
      await new Promise<void>((resolve, reject) => {
        // What goes wrong beside the message has ended it too.
        connection.once('error', reject);
        connection.once('end', () => reject(new Error('the connection ended')));
        connection.send({ from: envelope.from, to: [envelope.to] }, body, (error) =>
          error ? reject(error) : resolve(),
        );
      });
      connection.removeAllListeners();
      this.#keep(connection);
      return { is: 'accepted', id, via: VIA };
    } catch (error) {
      connection.removeAllListeners();
      connection.on('error', () => {});
      connection.close();
      return submissionOf(error as SmtpError, begun);
    }
  }

  async #connection(): Promise<SMTPConnection> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      idle.connection.removeAllListeners();
      if (performance.now() - idle.since < IDLE_MS) return idle.connection;
      idle.connection.on('error', () => {});
      idle.connection.quit();
    }
    const { host, port, security, user, password = '', ca, answerMs = ANSWER_MS } = this.#settings;
    const connection = new SMTPConnection({
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'plain',
      ...(ca === undefined ? {} : { tls: { ca } }),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: answerMs,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        connection.once('error', reject);
        connection.connect((error) => (error ? reject(error) : resolve()));
      });
      if (user !== undefined) {
        await new Promise<void>((resolve, reject) => {
          connection.login({ credentials: { user, pass: password } }, (error) => (error ? reject(error) : resolve()));
        });
      }
    } catch (error) {
      connection.removeAllListeners();
      connection.on('error', () => {});
      connection.close();
      throw error;
    }
    connection.removeAllListeners();
    return connection;
  }

  #keep(connection: SMTPConnection): void {
    const idle: Idle = { connection, since: performance.now() };
    const drop = () => {
      const at = this.#idle.indexOf(idle);
      if (at >= 0) this.#idle.splice(at, 1);
    };
    connection.once('error', drop);
    connection.once('end', drop);
    this.#idle.push(idle);
  }
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

function codeOf({ code = 'failed', responseCode }: SmtpError): string {
  return responseCode === undefined ? code : `${code} ${responseCode}`;
}

/** What an error says of the message; `begun`: the server had asked for its text, and may have all of it. */
export function submissionOf(error: SmtpError, begun: boolean): Submission {
  const { responseCode, command = '', message } = error;
  // A connection that broke says nothing of the message, whatever the last answer on it was.
  const answered = responseCode !== undefined && responseCode >= 400 && command !== 'CONN';
  if (begun && !answered) return { is: 'ambiguous', why: error.code ?? message, via: VIA };
  // Only what is said of the recipient or of the text is a refusal for good; our own name being refused is to be mended here.
  const permanent = answered && responseCode >= 500 && (begun || command === 'RCPT TO');
  return { is: 'refused', code: codeOf(error), permanent };
}
