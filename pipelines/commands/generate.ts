/** The pages and files that are made from the code: written by `npm run generate`, and compared by a test. */
import { noticesMarkdown } from '../../alerts/texts/page.js';
import { asyncApi, jsonSchemas } from '../domain/asyncapi.js';
import { clauseFiles, clausesMarkdown } from '../packs/clauses.js';
import { configMarkdown } from '../runtime/config.js';

/** Path below the project's root, and what stands there. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['docs/clauses.md', clausesMarkdown(clauseFiles())],
    ['docs/configuration.md', configMarkdown()],
    ['docs/notices.md', noticesMarkdown()],
    ['docs/asyncapi.json', `${JSON.stringify(asyncApi(), null, 2)}\n`],
    ['docs/schemas.json', `${JSON.stringify(jsonSchemas(), null, 2)}\n`],
  ]);
  return files;
}
