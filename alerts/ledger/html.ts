/** HTML of letters: paragraphs and tables, nothing that loads or runs. */

/** A plain letter as HTML: paragraphs and line breaks, nothing else. */
export function htmlOf(text: string, title: string, language: string): string {
  return page(paragraphs(text), title, language);
}

export function paragraphs(text: string): string {
  return text
    .split('\n\n')
    .map((one) => `<p>${escapeHtml(one).replaceAll('\n', '<br>')}</p>`)
    .join('\n');
}

/** A whole page around a body that is HTML already. */
export function page(body: string, title: string, language: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body style="font-family: sans-serif; line-height: 1.4">
${body}
</body>
</html>
`;
}

/** A table with its first column as headings of the rows. */
export function table(rows: readonly (readonly string[])[], head?: readonly string[]): string {
  const cells = (row: readonly string[], name: 'td' | 'th') =>
    row.map((text, i) => {
      const tag = i === 0 ? 'th' : name;
      return `<${tag} style="text-align: left; padding-right: 1em">${escapeHtml(text)}</${tag}>`;
    });
  const lines = [...(head ? [cells(head, 'th')] : []), ...rows.map((row) => cells(row, 'td'))];
  return `<table>\n${lines.map((line) => `<tr>${line.join('')}</tr>`).join('\n')}\n</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]!);
}
