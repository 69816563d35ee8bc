/**
 * Zone and country of a called number, by its longest known prefix: a CSV file of the operator's, `prefix,zone,country`. A prefix
 * is short enough to be no subscriber's number, so it may stand in events.
 */
import { readFileSync } from 'node:fs';
import { type CsvError, parse } from 'csv-parse/sync';
import type { Destination } from './format.js';

const PREFIX_LENGTH_MAX = 8;

/** Finds the destination of a number's digits; undefined where no prefix fits. */
export type FindDestination = (digits: string) => Destination | undefined;

/** Reads the file. Throws one error that names every bad line. */
export function readDestinations(path: string): FindDestination {
  let rows: readonly Readonly<Record<string, string>>[];
  try {
    rows = parse(readFileSync(path), { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    const { code, message } = error as CsvError & NodeJS.ErrnoException;
    const said = (code as string) === 'ENOENT' ? 'there is no such file' : message;
    throw new Error(`the destinations ${path} cannot be read: ${said}`);
  }
  const found = new Map<string, Destination>();
  const problems: string[] = [];
  for (const [i, { prefix = '', zone = '', country = '' }] of rows.entries()) {
    const digits = prefix.replace(/^\+|^00/, '');
    if (!/^\d+$/.test(digits) || digits.length > PREFIX_LENGTH_MAX) {
      problems.push(`row ${i + 1}: column prefix: must be 1 to ${PREFIX_LENGTH_MAX} digits`);
    } else if (country !== '' && !/^[A-Z]{2}$/.test(country)) {
      problems.push(`row ${i + 1}: column country: must be two capital letters`);
    } else if (found.has(digits)) problems.push(`row ${i + 1}: column prefix: ${digits} stands there twice`);
    else found.set(digits, { ...(zone && { zone }), ...(country && { country }), prefix: digits });
  }
  if (problems.length > 0) throw new Error(`the destinations ${path} cannot be used:\n  ${problems.join('\n  ')}`);
  return (digits) => {
    for (let length = Math.min(digits.length, PREFIX_LENGTH_MAX); length > 0; length -= 1) {
      const destination = found.get(digits.slice(0, length));
      if (destination) return destination;
    }
    return undefined;
  };
}
