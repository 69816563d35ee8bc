/** Why a decision was taken: its clause, the inputs and the arithmetic as a tree, and the events it came from. */
import type { DecisionRow, Why } from '../../../wire.js';
import { byId, make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { dateTime, exactly, shownIn } from '../../shared/time.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const DURATION = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/;
const number = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 6 });

/** Fields that the head of the dialog shows, or that have a part of their own. */
const SHOWN_ABOVE = ['operator', 'clause', 'because', 'amount'];

export class WhyDialog {
  readonly #dialog = byId<HTMLDialogElement>('why');
  #asked = '';

  constructor() {
    this.#dialog.addEventListener('close', () => {
      this.#asked = '';
      history.replaceState(null, '', location.pathname + location.search);
    });
    // A click beside it closes it.
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    const fromAddress = () => {
      const id = new URLSearchParams(location.hash.slice(1)).get('decision');
      if (id && id !== this.#asked) void this.open(id);
    };
    window.addEventListener('hashchange', fromAddress);
    fromAddress();
  }

  /** Opens the why of a decision, one of many alike perhaps. The address names it, so that it can be passed on. */
  async open(id: string, among?: DecisionRow): Promise<void> {
    this.#asked = id;
    history.replaceState(null, '', `#decision=${encodeURIComponent(id)}`);
    this.#show('Why', make('p', 'empty', 'Reading ...'));
    try {
      const response = await fetch(`/v1/why/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(10_000) });
      if (this.#asked !== id) return;
      if (!response.ok)
        throw new Error(
          response.status === 404 ? 'There is no such decision.' : `The server answered ${response.status}.`,
        );
      const why = (await response.json()) as Why;
      if (this.#asked === id) this.#fill(why, among);
    } catch (error) {
      if (this.#asked !== id) return;
      const words =
        error instanceof TypeError || (error as Error).name === 'TimeoutError'
          ? 'The server cannot be reached.'
          : (error as Error).message;
      this.#show('Why', make('p', 'empty', `It cannot be shown now. ${words}`));
    }
  }

  #show(title: string | Node, ...content: readonly Node[]): void {
    const close = make('button', 'close', 'Close');
    close.type = 'button';
    close.addEventListener('click', () => this.#dialog.close());
    const heading = make('h2', '', title);
    heading.id = 'why-title';
    const body = make('div', 'why-body', ...content);
    // What scrolls must be reachable from the keyboard.
    body.tabIndex = 0;
    this.#dialog.replaceChildren(make('div', 'why-head', heading, close), body);
    if (!this.#dialog.open) this.#dialog.showModal();
    close.focus();
  }

  #fill({ row, decision }: Why, among: DecisionRow | undefined): void {
    const { data } = decision;
    const title = make('span', 'why-title', ...(row.level ? [mark(row.level)] : []), row.words);
    const currency = (data['amount'] as { readonly currency?: string } | null | undefined)?.currency;
    const facts = make('dl', 'facts');
    const fact = (name: string, ...value: readonly (Node | string)[]) =>
      facts.append(make('div', '', make('dt', '', name), make('dd', '', ...value)));
    if (row.amount) fact('Amount', make('strong', '', `${row.amount.value} ${row.amount.unit}`));
    if (row.clause) fact('Clause', make('strong', '', row.clause));
    fact('Subject', row.subject || 'none');
    if (row.operator) fact('Operator', row.operator);
    fact('Time', `${dateTime(row.time)} ${shownIn()}`);

    const because = (data['because'] ?? {}) as Readonly<Record<string, unknown>>;
    const { events, ...inputs } = because;
    const rest = Object.fromEntries(Object.entries(data).filter(([key]) => !SHOWN_ABOVE.includes(key)));
    const parts: Node[] = [facts];
    if (Object.keys(inputs).length > 0) parts.push(make('h3', '', 'Because'), tree(inputs, currency));
    const sources = Array.isArray(events) ? events.map(String) : [];
    if (sources.length > 0) {
      const items = sources.map((event) => make('li', '', make('code', '', event)));
      parts.push(make('h3', '', 'Source events'), make('ul', 'sources', ...items));
    }
    if (Object.keys(rest).length > 0) parts.push(make('h3', '', 'What was decided'), tree(rest, currency));
    if (among && among.count > 1) parts.push(...this.#others(row.id, among));
    const raw = make('details', '', make('summary', '', 'As JSON'), make('pre', '', JSON.stringify(decision, null, 2)));
    this.#show(title, ...parts, raw, make('p', 'id', make('code', '', decision.id)));
  }

  /** The others that were decided with it. */
  #others(id: string, among: DecisionRow): readonly Node[] {
    const { alike, count, isAtLeast } = among;
    const items = alike.map((one) => {
      const button = make('button', 'other', one.subject || one.id);
      button.type = 'button';
      if (one.id === id) button.setAttribute('aria-current', 'true');
      button.addEventListener('click', () => void this.open(one.id, among));
      return make('li', '', button);
    });
    const left = count - alike.length;
    if (left > 0) items.push(make('li', '', `and ${number.format(left)} more`));
    const heading = make('h3', '', `One of ${number.format(count)}${isAtLeast ? ' or more' : ''} alike`);
    return [heading, make('ul', 'sources', ...items)];
  }
}

// --- The tree ---

/** What names another decision. */
const DECISION = /^[0-9a-f]{32}$/;

function tree(value: object, currency: string | undefined): HTMLElement {
  const list = make('dl', 'tree');
  for (const [key, inner] of Object.entries(value)) {
    const shown = isLeaf(inner) ? leaf(key, inner, currency) : branch(inner as object, currency);
    const isShort = isLeaf(inner) || (Array.isArray(inner) && inner.every(isLeaf));
    list.append(make('div', isShort ? 'leaf' : 'branch', make('dt', '', nameOf(key, currency)), make('dd', '', shown)));
  }
  return list;
}

function branch(value: object, currency: string | undefined): Node {
  if (!Array.isArray(value)) return tree(value, currency);
  const items = value.map((item: unknown) =>
    make('li', '', isLeaf(item) ? leaf('', item, currency) : tree(item as object, currency)),
  );
  return make('ol', 'items', ...items);
}

/** Whether a value fits on a line: no object, or one that is a span, an amount of money, or empty. */
function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => typeof item !== 'object' || item === null);
  return isSpan(value) || isMoney(value) || Object.keys(value).length === 0;
}

function leaf(key: string, value: unknown, currency: string | undefined): Node | string {
  if (value === null || value === undefined) return key === 'to' ? 'still open' : 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return figure(key, value);
  if (typeof value === 'string') return DECISION.test(value) ? link(value) : textOf(key, value, currency);
  if (Array.isArray(value))
    return value.length === 0
      ? 'none'
      : value
          .map((item) => (typeof item === 'string' ? textOf('', item, currency) : leaf('', item, currency)))
          .join(', ');
  if (isMoney(value)) return `${value.amount} ${value.currency}`;
  if (isSpan(value)) return spanOf(value);
  return 'none';
}

/** The address opens the dialog. */
function link(id: string): HTMLAnchorElement {
  const anchor = make('a', '', id);
  anchor.href = `#decision=${id}`;
  return anchor;
}

function figure(key: string, value: number): string {
  const isSeconds = /seconds$/i.test(key);
  return isSeconds && value >= 60 ? `${number.format(value)} s = ${exactly(value * 1_000)}` : number.format(value);
}

function textOf(key: string, value: string, currency: string | undefined): string {
  if (TIME.test(value)) return dateTime(Date.parse(value));
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
  if (to === null) return `${dateTime(Date.parse(from))}, still open`;
  const [start, end] = [Date.parse(from), Date.parse(to)];
  return `${dateTime(start)} to ${dateTime(end)}, ${exactly(end - start)}`;
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
