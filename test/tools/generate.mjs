// Writes every generated file: npm run generate
import { writeFileSync } from 'node:fs';
import { generatedFiles } from '../../dist/pipelines/commands/generate.js';

for (const [path, text] of generatedFiles()) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
  console.log(path);
}
