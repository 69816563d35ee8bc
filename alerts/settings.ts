/**
 * How notices leave, from the file that `DOZOR_NOTICES` names: gateways, the e-mail server, and of each operator its senders and
 * the regulator's address. Secrets stand in files of their own; their paths are relative to this one.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { SECOND } from '../pipelines/domain/units.js';
import { folderTransport } from './email/folder.js';
import { smtpTransport } from './email/smtp.js';
import type { Directory } from './ledger/directory.js';
import type { EmailTransport, SmsTransport } from './ports.js';
import { KannelTransport } from './sms/kannel.js';
import { SmppTransceiver } from './sms/transceiver.js';

const may = Type.Optional;
const text = Type.String({ minLength: 1 });
const port = Type.Integer({ minimum: 1, maximum: 65_535 });
const email = Type.String({ pattern: '^[^\\s@<>]+@[^\\s@<>]+$' });
const msisdn = Type.String({ pattern: '^\\+?[0-9]{5,15}$' });
const count = Type.Integer({ minimum: 1 });
const closed = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

const smppBind = closed({
  name: text,
  host: text,
  port,
  tls: may(Type.Boolean()),
  /** Who signs for the centre, PEM, in place of the system's authorities. */
  caFile: may(text),
  systemId: text,
  passwordFile: text,
  systemType: may(text),
  sender: text,
  weight: may(count),
  window: may(count),
  /** An answer that takes longer counts as lost: the part is in doubt. */
  answerWithinSeconds: may(count),
  concatenation: may(Type.Union([Type.Literal('udh'), Type.Literal('sar')])),
  receiptIds: may(Type.Union([Type.Literal('same'), Type.Literal('decimal'), Type.Literal('hex')])),
  receiptZone: may(text),
});

const schema = closed({
  sms: may(
    Type.Union([
      closed({ smpp: Type.Array(smppBind, { minItems: 1 }) }),
      closed({
        kannel: closed({
          name: text,
          url: text,
          username: text,
          passwordFile: text,
          sender: text,
          receiptsUrl: text,
          secretFile: text,
          method: may(Type.Union([Type.Literal('POST'), Type.Literal('GET')])),
          window: may(count),
        }),
      }),
    ]),
  ),
  email: may(
    Type.Union([
      closed({
        smtp: closed({
          host: text,
          port,
          security: Type.Union([Type.Literal('tls'), Type.Literal('starttls'), Type.Literal('plain')]),
          user: may(text),
          passwordFile: may(text),
          caFile: may(text),
          from: text,
          connections: may(count),
        }),
      }),
      /** Into a folder, a file each: nothing leaves. */
      closed({ folder: closed({ path: text, from: text }) }),
    ]),
  ),
  /** Parts that are handed over and not answered, at most. */
  window: may(count),
  /** 32 bytes or more that numbers are kept under, the same for every process; absent: one made in the data folder (embedded only). */
  contactsKeyFile: may(text),
  operators: may(
    Type.Record(
      Type.String(),
      closed({
        smsFrom: may(text),
        emailFrom: may(text),
        helpLine: may(text),
        regulator: may(closed({ email })),
        noc: may(closed({ email: may(email), msisdn: may(msisdn) })),
      }),
    ),
  ),
});

type SettingsFile = Static<typeof schema>;
const validator = Compile(schema);

export interface NoticeSettings {
  readonly directory: Directory;
  readonly sms: SmsTransport | undefined;
  readonly email: EmailTransport | undefined;
  readonly window: number | undefined;
  readonly contactsKey: Buffer | undefined;
  /** Where a gateway in Kannel's form reports; undefined where none does. */
  readonly kannel: { readonly via: string; readonly secret: string } | undefined;
}

/** Reads the file and makes the transports it names. Throws one error that says all that is wrong with it. */
export function readNoticeSettings(file: string): NoticeSettings {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (!validator.Check(json)) {
    const problems = validator
      .Errors(json)
      .map((error) => `${error.instancePath.slice(1).replaceAll('/', '.') || 'the file'} ${error.message}`);
    throw new Error(`${file} cannot be used:\n  ${[...new Set(problems)].join('\n  ')}`);
  }
  const settings = json as SettingsFile;
  const read = (path: string) => readFileSync(resolve(dirname(file), path), 'utf8').trim();
  const bytes = (path: string) => readFileSync(resolve(dirname(file), path));
  const { operators = {}, sms, window, contactsKeyFile } = settings;
  const kannel = sms && 'kannel' in sms ? { ...sms.kannel, secret: read(sms.kannel.secretFile) } : undefined;
  return {
    directory: operators as Directory,
    sms: smsOf(settings, read, kannel?.secret),
    email: emailOf(settings, read, (path) => resolve(dirname(file), path)),
    window,
    contactsKey: contactsKeyFile === undefined ? undefined : bytes(contactsKeyFile),
    kannel: kannel && { via: kannel.name, secret: kannel.secret },
  };
}

function smsOf(
  { sms }: SettingsFile,
  read: (path: string) => string,
  secret: string | undefined,
): SmsTransport | undefined {
  if (!sms) return undefined;
  if ('smpp' in sms) {
    const gateways = sms.smpp.map(({ passwordFile, caFile, answerWithinSeconds: within, ...bind }) => {
      if (caFile !== undefined && bind.tls !== true)
        throw new Error(`the SMPP bind ${bind.name} has a caFile and no tls: set tls to true, or take caFile away`);
      return {
        ...bind,
        password: read(passwordFile),
        ...(caFile === undefined ? {} : { ca: read(caFile) }),
        ...(within === undefined ? {} : { answerWithin: within * SECOND }),
      };
    });
    return new SmppTransceiver({ gateways });
  }
  const { passwordFile, secretFile: _, ...rest } = sms.kannel;
  return new KannelTransport({ ...rest, password: read(passwordFile), secret: secret! });
}

function emailOf(
  { email: way }: SettingsFile,
  read: (path: string) => string,
  place: (path: string) => string,
): EmailTransport | undefined {
  if (!way) return undefined;
  if ('folder' in way) return folderTransport(place(way.folder.path), way.folder.from);
  const { passwordFile, caFile, ...rest } = way.smtp;
  return smtpTransport({
    ...rest,
    ...(passwordFile === undefined ? {} : { password: read(passwordFile) }),
    ...(caFile === undefined ? {} : { ca: read(caFile) }),
  });
}
