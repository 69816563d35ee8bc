/** GET /v1/packs, /v1/packs/OPERATOR and /v1/texts: the operators' terms and our texts, as people read them. Both only change with a start. */
import type { Hono } from 'hono';
import { textCatalogue } from '../../../alerts/texts/catalogue.js';
import type { PackLine, PackVersion, PackView, TextEntry } from '../../domain/subject/shown.js';
import type { Instant } from '../../domain/units.js';
import type { Bindings } from '../../http/ports.js';
import { Problem } from '../../http/problem.js';
import { clauseFiles } from '../../packs/clauses.js';
import { type ReadPack, termWords } from '../../runtime/packs.js';

export interface PackRoutesGiven {
  readonly packs: readonly ReadPack[];
  /** What the clock says: which version is in force. */
  readonly now: () => Instant;
}

const NO_STORE = { 'cache-control': 'no-store' } as const;

/** Adds the routes. */
export function packRoutes(app: Hono<{ Bindings: Bindings }>, { packs, now }: PackRoutesGiven): void {
  app.get('/v1/packs', (c) => c.json({ packs: linesOf(packs, now()) }, 200, NO_STORE));
  app.get('/v1/packs/:operator', (c) => {
    const operator = c.req.param('operator');
    const view = viewOf(packs, operator, now());
    if (!view) throw new Problem(404, 'not-found', `there is no rule pack of ${operator.slice(0, 64)}`);
    return c.json(view, 200, NO_STORE);
  });
  app.get('/v1/texts', (c) => c.json({ texts: textEntries() }, 200, NO_STORE));
}

/** The versions of an operator, the newest first, and which is in force: before the first of them it is the first. */
function versionsOf(packs: readonly ReadPack[], operator: string, now: Instant) {
  const own = packs.filter(({ pack, body }) => pack?.operator === operator && body);
  own.sort((a, b) => b.pack!.inForceFrom - a.pack!.inForceFrom);
  const current = own.find(({ pack }) => pack!.inForceFrom <= now) ?? own.at(-1);
  return own.map((one) => ({ pack: one.pack!, body: one.body!, hash: one.hash, inForce: one === current }));
}

function linesOf(packs: readonly ReadPack[], now: Instant): readonly PackLine[] {
  const operators = [...new Set(packs.flatMap(({ pack }) => (pack ? [pack.operator] : [])))].sort();
  return operators.map((operator) => {
    const versions = versionsOf(packs, operator, now);
    const { name, zone, currency } = versions[0]!.body;
    return {
      operator,
      name,
      zone,
      currency,
      versions: versions.map(({ body, inForce }) => ({
        inForceFrom: body.inForceFrom,
        inForce,
        rules: Object.keys(body.rules).length,
      })),
    };
  });
}

function viewOf(packs: readonly ReadPack[], operator: string, now: Instant): PackView | undefined {
  const versions = versionsOf(packs, operator, now);
  if (versions.length === 0) return undefined;
  const list = clauseFiles().find((file) => file.operator === operator);
  return {
    operator,
    name: versions[0]!.body.name,
    versions: versions.map(({ body, hash, inForce }): PackVersion => {
      const { inForceFrom, source, zone, currency, vatPercent, language, homeNetworks = [], rules } = body;
      return {
        ...{ inForceFrom, inForce, source, zone, currency, vatPercent, language, homeNetworks, hash },
        rules: Object.entries(rules).map(([name, { clause, about, terms }]) => ({
          name,
          clause,
          about,
          terms: Object.entries(terms).map(([term, value]) => ({ name: term, ...termWords(term, value) })),
        })),
      };
    }),
    clauses: list
      ? {
          title: list.title,
          source: list.source,
          entries: list.clauses.map(({ clause, about, standing, by = [], why = null }) => ({
            ...{ clause, about, standing, by, why },
          })),
        }
      : null,
  };
}

function textEntries(): readonly TextEntry[] {
  return textCatalogue().map(({ texts, ...entry }) => ({
    ...entry,
    texts: texts.map(({ language, sms, email }) => ({
      language,
      sms: { text: sms.text, alphabet: sms.alphabet, units: sms.units, parts: sms.parts },
      email: { subject: email.subject ?? '', text: email.text },
    })),
  }));
}
