/** `dozor terms check`: what the alarm rules do, in words, and all that is wrong with them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalogue } from '../../alerts/alarms/catalogue.js';
import { describeCatalogue, problemsOf } from '../../alerts/alarms/check.js';

/** A file of alarm rules, in words, with its problems. */
export interface CheckedRules {
  readonly file: string;
  readonly lines: readonly string[];
  readonly problems: readonly string[];
}

/** Checks the alarm rules of folders with packs (`alarms/*.json` in them), and one file more where it is given. Plays their tests. */
export function checkAlarmRules(folders: readonly string[], own?: string): readonly CheckedRules[] {
  const files = folders.flatMap((folder) => {
    const alarms = join(folder, 'alarms');
    if (!existsSync(alarms)) return [];
    const names = readdirSync(alarms).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => join(alarms, name));
  });
  return [...new Set([...files, ...(own === undefined ? [] : [own])])].map(checked);
}

function checked(file: string): CheckedRules {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { file, lines: [], problems: [`is no JSON: ${(error as Error).message}`] };
  }
  const problems = problemsOf(json);
  const read = readCatalogue(json);
  return { file, lines: read.ok && problems.length === 0 ? describeCatalogue(read.catalogue) : [], problems };
}
