/** Why a decision was taken, as it is shown: its clause, the inputs and the arithmetic as a tree, the events it came from. */
import type { SourceEvent, SourceEvents } from '../../../../pipelines/http/ports.js';
import type { Why } from '../../../wire.js';
import { read } from '../../shared/api.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { dateTime, exactly, shownIn, when } from '../../shared/time.js';
import { decisionWords } from './decision-words.js';
import { why as words } from './why-words.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const DURATION = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/;
const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 6 });

/** Fields that the head shows, or that have a part of their own. */
const SHOWN_ABOVE = ['operator', 'clause', 'because', 'amount'];

/** Where another decision, by its id, is shown. */
export type HrefOf = (id: string) => string;

/** What is decided, as a heading. */
export function whyTitle({ row }: Why): HTMLElement {
  return make('span', 'why-title', ...(row.level ? [mark(row.level)] : []), decisionWords(row.type, row.words));
}

/** Clause, inputs, arithmetic and source events; `others` stand before the JSON. */
export function whyParts(
  { row, decision, readings }: Why,
  hrefOf: HrefOf,
  others: readonly Node[] = [],
): readonly Node[] {
  const { data } = decision;
  const currency = (data['amount'] as { readonly currency?: string } | null | undefined)?.currency;
  const facts = make('dl', 'facts');
  const fact = (name: string, ...value: readonly (Node | string)[]) =>
    facts.append(make('div', '', make('dt', '', name), make('dd', '', ...value)));
  if (row.amount) fact(words.amount, make('strong', '', `${row.amount.value} ${row.amount.unit}`));
  if (row.clause) fact(words.clause, make('strong', '', row.clause));
  fact(words.subject, row.subject || words.none);
  if (row.operator) fact(words.operator, row.operator);
  fact(words.time, `${dateTime(row.time)} ${shownIn()}`);

  const because = (data['because'] ?? {}) as Readonly<Record<string, unknown>>;
  const { events, ...inputs } = because;
  const rest = Object.fromEntries(Object.entries(data).filter(([key]) => !SHOWN_ABOVE.includes(key)));
  const parts: Node[] = [facts];
  if (readings && readings.length > 0) {
    const rows = readings.map(({ term, clause, reading }) =>
      make('div', 'branch', make('dt', '', `${nameOf(term, undefined)} [${clause}]`), make('dd', '', reading)),
    );
    parts.push(make('h3', '', words.readings), make('dl', 'tree', ...rows));
  }
  if (Object.keys(inputs).length > 0) parts.push(make('h3', '', words.because), tree(inputs, currency, hrefOf));
  const sources = Array.isArray(events) ? events.map(String) : [];
  if (sources.length > 0) {
    const items = sources.map((event) => make('li', '', make('code', '', event)));
    parts.push(make('h3', '', words.events), sourcesOf(decision.id, make('ul', 'sources', ...items), hrefOf));
  }
  if (Object.keys(rest).length > 0) parts.push(make('h3', '', words.decided), tree(rest, currency, hrefOf));
  const raw = make('details', '', make('summary', '', words.json), make('pre', '', JSON.stringify(decision, null, 2)));
  return [...parts, ...others, raw, make('p', 'id', make('code', '', decision.id))];
}

// --- The source events ---

/** The names of the events, and a button that reads them from the log. */
function sourcesOf(decision: string, names: HTMLElement, hrefOf: HrefOf): HTMLElement {
  const place = make('div', 'source-events', names);
  const button = make('button', 'button', words.showEvents);
  button.type = 'button';
  const note = make('p', 'note');
  note.setAttribute('role', 'status');
  note.hidden = true;
  const tell = (text: string) => {
    note.textContent = text;
    note.hidden = false;
  };
  button.addEventListener('click', async () => {
    button.disabled = true;
    tell(words.reading);
    try {
      const { events, named } = await read<SourceEvents>(`/v1/why/${encodeURIComponent(decision)}/events`);
      note.hidden = events.length === named;
      if (events.length < named) tell(words.notAll(events.length, named, decision));
      if (events.length > 0) names.replaceWith(...events.map((event) => sourceOf(event, hrefOf)));
      button.remove();
    } catch (error) {
      tell(words.failed((error as Error).message));
      button.disabled = false;
    }
  });
  place.append(button, note);
  return place;
}

function sourceOf(event: SourceEvent, hrefOf: HrefOf): HTMLElement {
  const { source, id, type, subject, time, recordedtime, data } = event;
  const known = recordedtime !== undefined && recordedtime !== time ? `, ${words.knownSince(when(recordedtime))}` : '';
  const currency = (data['charge'] as { readonly currency?: string } | undefined)?.currency;
  return make(
    'article',
    'source-event',
    make('p', '', make('strong', '', type), ` ${subject}, ${when(time)}${known}`),
    tree(data, currency, hrefOf),
    make('code', 'quiet', `${source}#${id}`),
  );
}

// --- The tree ---

/** What names another decision. */
const DECISION = /^[0-9a-f]{32}$/;

/** Names and values, indented; what is known of units and times is written for people. */
export function tree(value: object, currency: string | undefined, hrefOf: HrefOf): HTMLElement {
  const list = make('dl', 'tree');
  for (const [key, inner] of Object.entries(value)) {
    const shown = isLeaf(inner) ? leaf(key, inner, currency, hrefOf) : branch(inner as object, currency, hrefOf);
    const isShort = isLeaf(inner) || (Array.isArray(inner) && inner.every(isLeaf));
    list.append(make('div', isShort ? 'leaf' : 'branch', make('dt', '', nameOf(key, currency)), make('dd', '', shown)));
  }
  return list;
}

function branch(value: object, currency: string | undefined, hrefOf: HrefOf): Node {
  if (!Array.isArray(value)) return tree(value, currency, hrefOf);
  const items = value.map((item: unknown) =>
    make('li', '', isLeaf(item) ? leaf('', item, currency, hrefOf) : tree(item as object, currency, hrefOf)),
  );
  return make('ol', 'items', ...items);
}

/** Whether a value fits on a line: no object, or one that is a span, an amount of money, or empty. */
function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => typeof item !== 'object' || item === null);
  return isSpan(value) || isMoney(value) || Object.keys(value).length === 0;
}

function leaf(key: string, value: unknown, currency: string | undefined, hrefOf: HrefOf): Node | string {
  if (value === null || value === undefined) return key === 'to' ? words.stillOpen : words.none;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') return figure(key, value);
  if (typeof value === 'string') return DECISION.test(value) ? link(value, hrefOf) : textOf(key, value, currency);
  if (Array.isArray(value))
    return value.length === 0
      ? words.none
      : value
          .map((item) => (typeof item === 'string' ? textOf('', item, currency) : leaf('', item, currency, hrefOf)))
          .join(', ');
  if (isMoney(value)) return `${value.amount} ${value.currency}`;
  if (isSpan(value)) return spanOf(value);
  return words.none;
}

function link(id: string, hrefOf: HrefOf): HTMLAnchorElement {
  const anchor = make('a', '', id);
  anchor.href = hrefOf(id);
  return anchor;
}

function figure(key: string, value: number): string {
  const isSeconds = /seconds$/i.test(key);
  return isSeconds && value >= 60 ? `${number.format(value)} s = ${exactly(value * 1_000)}` : number.format(value);
}

function textOf(key: string, value: string, currency: string | undefined): string {
  if (TIME.test(value)) return when(value);
  const duration = DURATION.exec(value);
  if (duration && value !== 'PT') {
    const [, hours = 0, minutes = 0, seconds = 0] = duration;
    return exactly(((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000);
  }
  // Minor units, perhaps a fraction of one: 300000 or 900000/31.
  if (/Minor$/.test(key) && currency && /^-?\d+$/.test(value)) return `${minor(value)} ${currency}`;
  return value;
}

function minor(digits: string): string {
  const sign = digits.startsWith('-') ? '-' : '';
  const padded = digits.replace('-', '').padStart(3, '0');
  const whole = padded.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${sign}${whole}.${padded.slice(-2)}`;
}

interface Span {
  readonly from: string;
  readonly to: string | null;
}

function isSpan(value: object): value is Span {
  const { from, to } = value as Partial<Record<'from' | 'to', unknown>>;
  const isTime = (one: unknown) => typeof one === 'string' && TIME.test(one);
  return Object.keys(value).length === 2 && isTime(from) && (to === null || isTime(to));
}

function spanOf({ from, to }: Span): string {
  if (to === null) return `${when(from)}, ${words.stillOpen}`;
  const [start, end] = [Date.parse(from), Date.parse(to)];
  return `${dateTime(start)} ${words.to} ${dateTime(end)}, ${exactly(end - start)}`;
}

function isMoney(value: object): value is { readonly amount: string; readonly currency: string } {
  const { amount, currency } = value as Partial<Record<'amount' | 'currency', unknown>>;
  return typeof amount === 'string' && typeof currency === 'string';
}

/** `countedSeconds` as "counted", `feeMinor` as "fee": the unit stands at the value. */
function nameOf(key: string, currency: string | undefined): string {
  const words = key.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  if (/Minor$/.test(key)) return currency ? words.replace(/ minor$/, '') : `${words} units`;
  return words;
}
