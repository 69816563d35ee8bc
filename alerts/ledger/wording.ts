/** A notice put into words for a channel: the text, its parts as they are paid for, and for an e-mail its HTML. */
import type { Pack } from '../../pipelines/domain/pack.js';
import type { Zone } from '../../pipelines/domain/units.js';
import { regulatorDocument } from '../regulator/document.js';
import { partsOf } from '../sms/message.js';
import { languageOf, type Rendered, renderNotice } from '../texts/render.js';
import type { Language } from '../texts/words.js';
import type { Rendering } from './advance.js';
import type { Entry } from './entry.js';
import { htmlOf } from './html.js';
import { referenceOf } from './reach.js';

export interface WordingGiven {
  readonly pack: Pick<Pack, 'name' | 'language'> & { readonly zone: Zone };
  readonly helpLine?: string | undefined;
}

/** The words of an entry on `sms` or `email`; what cannot be put into words says why. */
export function wordingOf(entry: Entry, channel: string, given: WordingGiven): Rendering | { readonly fault: string } {
  const { pack, helpLine } = given;
  const language = languageOf(entry.language) ?? languageOf(pack.language);
  if (!language) return { fault: `there are no texts in ${entry.language}` };
  try {
    const short = channel === 'sms';
    const rendered = renderNotice(entry, {
      operatorName: pack.name,
      zone: pack.zone,
      language,
      channel: short ? 'sms' : 'email',
      ...(helpLine === undefined ? {} : { helpLine }),
    });
    if (!short) return mail(entry, rendered, language, pack);
    return { text: rendered.text, parts: partsOf(rendered.text, referenceOf(entry.noticeId)) };
  } catch (error) {
    return { fault: `it cannot be put into words: ${(error as Error).message}` };
  }
}

function mail(entry: Entry, rendered: Rendered, language: Language, pack: WordingGiven['pack']): Rendering {
  const { subject = '', text, alphabet } = rendered;
  const { name, zone } = pack;
  const document =
    entry.audience === 'regulator' ? regulatorDocument(entry, { subject, text }, { name, zone, language }) : undefined;
  return {
    subject,
    text: document?.text ?? text,
    html: document?.html ?? htmlOf(text, subject, language),
    // An e-mail is one part, and its text stands with the delivery.
    parts: [{ text: '', alphabet }],
  };
}
