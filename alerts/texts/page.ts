/** The page of all texts, `docs/notices.md`: every template with what it may name, and its text in every language. */
import { type CatalogueEntry, type CatalogueText, textCatalogue } from './catalogue.js';

const HEAD = `# The texts of all notices

<!-- Made from alerts/texts by \`npm run generate\`: change the texts, not this page. -->

Every template with the values its text may name, and a made-up example in every language. Below each short message stand its
alphabet, length and parts. *Optional* values may be absent; the text then says less. Serbian Cyrillic is made from the Latin.`;

/** The whole page. */
export function noticesMarkdown(): string {
  return `${[HEAD, ...textCatalogue().map(section)].join('\n\n')}\n`;
}

function section({ template, clause, class: noticeClass, values, texts }: CatalogueEntry): string {
  const rows = values.map(
    ({ name, kind, optional, example }) =>
      `| \`${name}\` | ${kind} | ${optional ? 'optional' : ''} | ${
        example === undefined ? '' : `\`${JSON.stringify(example)}\``
      } |`,
  );
  return [
    `## ${template}`,
    `Example by ${clause}, class ${noticeClass}.`,
    ['| value | kind | | example |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ...texts.flatMap((text) => textOf(template, text)),
  ].join('\n\n');
}

function textOf(template: string, { language, sms, email }: CatalogueText): readonly string[] {
  const cost = `${sms.alphabet === 'gsm' ? 'GSM' : 'UCS-2'}, ${sms.units} units, ${sms.parts} ${sms.parts === 1 ? 'part' : 'parts'}`;
  return [
    `### ${template}, ${language}`,
    `${quoted(sms.text)}\n\n(${cost})`,
    quoted(`**${email.subject}**\n\n${email.text}`),
  ];
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}
