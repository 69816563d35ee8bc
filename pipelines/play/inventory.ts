/**
 * The first inventory of an operator: elements, services and, where there is one, a history, as CSV files with a mapping
 * (docs/inventory.md). Beside what any mapping checks, an inventory is looked at as a whole: nothing may stand in it twice,
 * and what a service or element names should be there.
 */
import { basename } from 'node:path';
import { type Converted, convert, type ResolveIdentity, type WireEvent } from './convert.js';
import type { CsvFile } from './csv.js';
import { rowsOf } from './files.js';
import type { Mapping } from './mapping-form.js';
import { Tally } from './tally.js';

/** The events of these files. The tally is complete when the last event was read; its warnings do not hold anything back. */
export async function* inventoryEvents(
  files: readonly string[],
  mapping: Mapping,
  tally = new Tally(),
): AsyncGenerator<WireEvent> {
  for await (const { event } of inventoryLines(files, mapping, tally)) yield event;
}

/** The same, each event with its origin; `resolve` says which service an identity of the rows is. */
export async function* inventoryLines(
  files: readonly string[],
  mapping: Mapping,
  tally = new Tally(),
  resolve?: ResolveIdentity,
): AsyncGenerator<Converted> {
  const check = new Check(tally);
  for await (const made of convert(mapping, rowsOf(mapping, named(files, tally), tally), tally, resolve)) {
    if (check.take(made)) yield made;
  }
  check.end();
}

/** Files by their last name: ids must not depend on where a file lies. */
function named(paths: readonly string[], tally: Tally): readonly CsvFile[] {
  const seen = new Set<string>();
  return paths.flatMap((path) => {
    const name = basename(path);
    const plain = name.replace(/\.gz$/, '');
    if (!seen.has(plain)) return seen.add(plain) && [{ name, path }];
    tally.problem({ file: name, why: 'is the name of another file of this run, too: only the first is read' });
    return [];
  });
}

function isRecord(type: WireEvent['type']): boolean {
  return type.endsWith('.upserted') || type === 'history.imported';
}

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Mention extends Place {
  readonly from: string;
  /** The field that names it. */
  readonly as: string;
}

/** The longest way up that the contract's elements may have; a circle has none. */
const HEIGHT_MAX = 16;

class Check {
  readonly #tally: Tally;
  readonly #seen = new Map<string, Place>();
  readonly #elements = new Map<string, { readonly parent: string | undefined } & Place>();
  readonly #services = new Set<string>();
  readonly #tariffs = new Set<string>();
  /** What is named, and where first. */
  readonly #mentions = {
    element: new Map<string, Mention>(),
    service: new Map<string, Mention>(),
    tariff: new Map<string, Mention>(),
  };

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Whether the event may go on. What happened may happen twice at a time; a record of the inventory may not. */
  take({ event, file, line }: Converted): boolean {
    if (!isRecord(event.type)) return true;
    const key = `${event.type} ${event.subject} ${event.time}`;
    const other = this.#seen.get(key);
    if (other) {
      const count = this.#tally.file(file);
      count.events -= 1;
      count.bad += 1;
      const why = `gives ${event.type} of ${event.subject} a second time for ${event.time}: ${other.file}:${other.line} did`;
      this.#tally.problem({ file, line, why });
      return false;
    }
    this.#seen.set(key, { file, line });
    this.#note(event, { file, line });
    return true;
  }

  #note({ type, subject, data }: WireEvent, place: Place): void {
    const mention = (kind: 'element' | 'service' | 'tariff', as: string, id: unknown) => {
      const held = this.#mentions[kind];
      if (typeof id === 'string' && !held.has(id)) held.set(id, { ...place, from: subject, as });
    };
    if (type === 'element.upserted') {
      this.#elements.set(subject, { ...place, parent: data['parent'] as string | undefined });
      mention('element', 'parent', data['parent']);
      for (const id of (data['links'] as readonly string[] | undefined) ?? []) mention('element', 'links', id);
    } else if (type === 'service.upserted') {
      this.#services.add(subject);
      for (const id of (data['servedBy'] as readonly string[] | undefined) ?? []) mention('element', 'servedBy', id);
      mention('tariff', 'tariffId', data['tariffId']);
      const doubt = doubtOf(data);
      if (doubt) this.#tally.warn({ ...place, why: `${subject}: ${doubt}` });
    } else if (type === 'tariff.upserted')
      this.#tariffs.add(subject).add((data['tariffId'] as string | undefined) ?? subject);
    else mention('service', type, subject);
  }

  /** What can only be said when everything was seen. */
  end(): void {
    this.#absent('element', (id) => this.#elements.has(id));
    this.#absent('service', (id) => this.#services.has(id));
    // An installation may keep its tariffs elsewhere.
    if (this.#tariffs.size > 0) this.#absent('tariff', (id) => this.#tariffs.has(id));
    for (const [id, { file, line, parent }] of this.#elements) {
      let up = parent;
      for (let height = 1; up !== undefined && up !== id && height <= HEIGHT_MAX; height += 1)
        up = this.#elements.get(up)?.parent;
      if (up === id)
        this.#tally.problem({ file, line, column: 'parent', why: `${id} is its own parent, by way of ${parent}` });
    }
  }

  #absent(kind: 'element' | 'service' | 'tariff', has: (id: string) => boolean): void {
    for (const [id, { file, line, from, as }] of this.#mentions[kind]) {
      if (!has(id))
        this.#tally.warn({ file, line, why: `${kind} ${id}, named by ${from} (${as}), is not in these files` });
    }
  }
}

/** What is allowed, and makes that little or nothing is decided of a service. */
function doubtOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const doubts = [
    data['monthlyFee'] == null ? 'has no monthlyFee: no outage will ever be credited' : undefined,
    data['activeFrom'] === undefined ? 'has no activeFrom: it counts as active from the time of its record' : undefined,
    (data['servedBy'] as readonly string[] | undefined)?.length
      ? undefined
      : 'has no servedBy: faults of elements never touch it',
    data['notifyBy'] !== undefined && data['contact'] === undefined ? 'has notifyBy but no contact' : undefined,
  ].filter((doubt) => doubt !== undefined);
  return doubts.length > 0 ? doubts.join('; ') : undefined;
}
