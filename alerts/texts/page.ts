/** The page of all texts, `docs/notices.md`: every template with what it may name, and its text in every language. */
import { TEMPLATES, type Template } from '../../pipelines/domain/decision.js';
import { EXAMPLES } from './examples.js';
import type { Kind, Maybe } from './kinds.js';
import { PARAMETERS } from './parameters.js';
import { type Rendered, renderNotice } from './render.js';
import { LANGUAGES, type Language } from './words.js';

const HEAD = `# The texts of all notices

<!-- Made from alerts/texts by \`npm run generate\`: change the texts, not this page. -->

Every template with the values its text may name, and a made-up example in every language. Below each short message stand its
alphabet, length and parts. *Optional* values may be absent; the text then says less. Serbian Cyrillic is made from the Latin.`;

/** The whole page. */
export function noticesMarkdown(): string {
  return `${[HEAD, ...TEMPLATES.map(section)].join('\n\n')}\n`;
}

function section(template: Template): string {
  const { parameters, clause, class: noticeClass } = EXAMPLES[template];
  const rows = Object.entries(PARAMETERS[template] as Readonly<Record<string, Kind<unknown>>>).map(
    ([name, kind]) =>
      `| \`${name}\` | ${kind.is} | ${(kind as Partial<Maybe<unknown>>).maybe ? 'optional' : ''} | ${
        parameters[name] === undefined ? '' : `\`${JSON.stringify(parameters[name])}\``
      } |`,
  );
  return [
    `## ${template}`,
    `Example by ${clause}, class ${noticeClass}.`,
    ['| value | kind | | example |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ...LANGUAGES.flatMap((language) => texts(template, language)),
  ].join('\n\n');
}

function texts(template: Template, language: Language): readonly string[] {
  const sms = rendered(template, language, 'sms');
  const email = rendered(template, language, 'email');
  const cost = `${sms.alphabet === 'gsm' ? 'GSM' : 'UCS-2'}, ${sms.units} units, ${sms.parts} ${sms.parts === 1 ? 'part' : 'parts'}`;
  return [
    `### ${template}, ${language}`,
    `${quoted(sms.text)}\n\n(${cost})`,
    quoted(`**${email.subject}**\n\n${email.text}`),
  ];
}

function rendered(template: Template, language: Language, channel: 'sms' | 'email'): Rendered {
  const { operatorName, zone, clause, class: noticeClass, parameters } = EXAMPLES[template];
  return renderNotice({ template, parameters, clause, class: noticeClass }, { operatorName, zone, language, channel });
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}
