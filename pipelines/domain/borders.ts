/**
 * Countries of Europe and around it that touch on land, or have a bridge or tunnel between them, by ISO 3166-1 alpha-2 code (XK for Kosovo*): a phone near a border may be
 * served by either side within a moment. Between any others there is a way to be travelled.
 */
const TOUCHING = `
  AD ES FR|AL GR ME MK XK|AM AZ GE IR TR|AT CH CZ DE HU IT LI SI SK|AZ GE IR RU TR|BA HR ME RS|BE DE FR LU NL|BG GR MK RO RS TR
  |BY LT LV PL RU UA|CH DE FR IT LI|CY GB|CZ DE PL SK|DE DK FR LU NL PL|DK SE|DZ LY MA NE TN|EE LV RU|EG IL LY PS SD|ES FR GI MA PT
  |FI NO RU SE|FR GB IT LU MC|GB IE|GE RU TR|GR MK TR|HR HU ME RS SI|HU RO RS SI SK UA|IL JO LB PS SY|IQ IR JO KW SA SY TR|IR TR
  |IT SI SM VA|JO PS SA SY|LB SY|LT LV PL RU|LV RU|LY TN|MD RO UA|ME RS XK|MK RS XK|NO RU SE|PL RU SK UA|RO RS UA|RS XK
  |RU UA|SK UA|SY TR`;

const touching = new Set(
  TOUCHING.split('|').flatMap((row) => {
    const [one, ...others] = row.trim().split(/\s+/);
    return others.flatMap((other) => [`${one} ${other}`, `${other} ${one}`]);
  }),
);

/** Whether two countries touch. */
export function touches(a: string, b: string): boolean {
  return touching.has(`${a} ${b}`);
}
