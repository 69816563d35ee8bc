/**
 * `dozor messages`: the notices to subscribers that a file of decisions asks for, in words, as they would be sent. Nothing is sent,
 * and no contact is read: a line is for a service, by its opaque id.
 */
import type { NoticeData, Rendered } from '../../alerts/texts/render.js';
import { type Channel, languageOf, renderNotice } from '../../alerts/texts/render.js';
import { type DecisionOf, decodeDecision } from '../domain/decision.js';
import type { Pack, Packs } from '../domain/pack.js';
import { linesOf } from './replay.js';

export interface MessagesOptions {
  readonly files: readonly string[];
  readonly packs: Packs;
  /** In place of the language that the notice names: a tag such as "en". */
  readonly language?: string;
}

/** Prints every message; the exit code is 1 where a line is no decision, or a notice cannot be put into words. */
export async function messagesOf(
  options: MessagesOptions,
  out: (line: string) => undefined | Promise<void>,
  complain: (line: string) => void,
): Promise<0 | 1> {
  let bad = 0;
  for (const file of options.files) {
    let number = 0;
    for await (const line of linesOf(file)) {
      number += 1;
      if (line.trim() === '') continue;
      try {
        for (const text of messagesIn(line, options)) await out(text);
      } catch (error) {
        bad += 1;
        complain(`${file}, line ${number}: ${(error as Error).message}`);
      }
    }
  }
  return bad > 0 ? 1 : 0;
}

/** The messages of one line: none for what is no notice to a subscriber; one for each channel of a notice. */
export function messagesIn(line: string, options: Pick<MessagesOptions, 'packs' | 'language'>): readonly string[] {
  const wire: unknown = JSON.parse(line);
  const decoded = decodeDecision(wire);
  if (!decoded.ok) throw new Error(`${decoded.problem.field} ${decoded.problem.why}`);
  const decision = decoded.value;
  if (decision.type !== 'notice.requested' || decision.data.audience !== 'subscriber') return [];
  const { operator, channels } = decision.data;
  const pack = options.packs.at(operator, decision.time);
  if (!pack) throw new Error(`no rule pack of ${operator}`);
  // The time as it was written, in the operator's offset.
  const { time } = wire as { readonly time: string };
  return channels.map((channel) =>
    message(decision, time, channel, render(decision.data, channel, pack, options.language)),
  );
}

function render(
  notice: NoticeData & { readonly language: string },
  channel: string,
  pack: Pack,
  tag?: string,
): Rendered {
  if (tag !== undefined && !languageOf(tag)) throw new Error(`no texts in ${tag}`);
  const language = languageOf(tag ?? notice.language) ?? languageOf(pack.language);
  if (!language) throw new Error(`no texts in ${notice.language}`);
  // What is no SMS has room for the long form.
  const form: Channel = channel === 'sms' ? 'sms' : 'email';
  return renderNotice(notice, { operatorName: pack.name, zone: pack.zone, language, channel: form });
}

function message(
  { subject, data }: DecisionOf<'notice.requested'>,
  time: string,
  channel: string,
  { subject: title, text, alphabet, units, parts }: Rendered,
): string {
  const cost = title === undefined ? '' : `  "${title}"`;
  const sms =
    title === undefined
      ? `  ${alphabet === 'gsm' ? 'GSM' : 'UCS-2'} ${units}, ${parts} ${parts === 1 ? 'part' : 'parts'}`
      : '';
  const head = `${time}  ${subject ?? '-'}  ${channel}  ${data.template}${cost}${sms}`;
  return [head, ...text.split('\n').map((line) => (line === '' ? '' : `    ${line}`)), ''].join('\n');
}
