/** Every template with the values that its text may name and a made-up example in every language: the page of all texts, as data. */
import { TEMPLATES, type Template } from '../../pipelines/domain/decision.js';
import { EXAMPLES } from './examples.js';
import type { Kind, Maybe } from './kinds.js';
import { PARAMETERS } from './parameters.js';
import { type Channel, type Rendered, renderNotice } from './render.js';
import { LANGUAGES, type Language } from './words.js';

/** A value that a text may name. */
export interface CatalogueValue {
  readonly name: string;
  readonly kind: string;
  /** May be absent; the text then says less. */
  readonly optional: boolean;
  readonly example?: unknown;
}

export interface CatalogueText {
  readonly language: Language;
  readonly sms: Rendered;
  readonly email: Rendered;
}

export interface CatalogueEntry {
  readonly template: Template;
  /** The clause and the class of the example. */
  readonly clause: string;
  readonly class: string;
  readonly values: readonly CatalogueValue[];
  readonly texts: readonly CatalogueText[];
}

/** All templates, in their order. */
export function textCatalogue(): readonly CatalogueEntry[] {
  return TEMPLATES.map(catalogueEntry);
}

export function catalogueEntry(template: Template): CatalogueEntry {
  const { parameters, clause, class: noticeClass } = EXAMPLES[template];
  return {
    template,
    clause,
    class: noticeClass,
    values: Object.entries(PARAMETERS[template] as Readonly<Record<string, Kind<unknown>>>).map(([name, kind]) => ({
      name,
      kind: kind.is,
      optional: (kind as Partial<Maybe<unknown>>).maybe ?? false,
      ...(parameters[name] !== undefined && { example: parameters[name] }),
    })),
    texts: LANGUAGES.map((language) => ({
      language,
      sms: rendered(template, language, 'sms'),
      email: rendered(template, language, 'email'),
    })),
  };
}

function rendered(template: Template, language: Language, channel: Channel): Rendered {
  const { operatorName, zone, clause, class: noticeClass, parameters } = EXAMPLES[template];
  return renderNotice({ template, parameters, clause, class: noticeClass }, { operatorName, zone, language, channel });
}
