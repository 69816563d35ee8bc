/**
 * What must hold when all is quiet: what stands on `decisions` is what `dozor replay` decides of the same lines, word for word;
 * no id has two contents; whatever was refused is kept whole. A rejection counts by its id: its content is sealed, and a line
 * that is refused again when it is sent again is refused at another time.
 */
import { rejected } from '../../pipelines/runtime/decode.js';
import { unseal } from '../../pipelines/runtime/seal.js';
import type { Sent } from './producer.js';
import type { Partitioned } from './topics.js';

/** A decision as it stands on the wire. */
export interface Decision {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Every text that was ever written under an id. */
export type Decided = ReadonlyMap<string, ReadonlySet<string>>;

export interface Verdict {
  /** What is wrong, one entry a difference; empty: nothing. */
  readonly problems: readonly string[];
  readonly counts: {
    readonly decisions: number;
    readonly rejections: number;
    /** Records on `decisions` beyond the first of each id. */
    readonly copies: number;
  };
}

const REJECTED = 'event.rejected';
const LINES_SHOWN = 8;
/** Of so many differences the lines are searched: each search reads all that was sent. */
const SEARCHED_MAX = 20;
const LINE_SHOWN_MAX = 400;

export function decidedOn(decisions: Partitioned): Decided {
  const found = new Map<string, Set<string>>();
  for (const { value } of decisions.flat()) {
    const text = Buffer.from(value).toString();
    const { id } = JSON.parse(text) as Decision;
    const held = found.get(id);
    if (held) held.add(text);
    else found.set(id, new Set([text]));
  }
  return found;
}

/**
 * What a replay decided, by id. A rejected line that names no subject is known by its number, which is another one in a file
 * than it was in the request.
 */
export function expectedOf(replayed: readonly string[], sent: readonly Sent[]): ReadonlyMap<string, Decision> {
  const expected = new Map<string, Decision>();
  for (const text of replayed) {
    const decision = JSON.parse(text) as Decision;
    const { line, event, reason, message, field } = decision.data as {
      readonly line?: number;
      readonly event?: unknown;
      readonly reason?: never;
      readonly message: string;
      readonly field?: string;
    };
    if (decision.type !== REJECTED || decision.subject !== undefined || line === undefined) {
      expected.set(decision.id, decision);
      continue;
    }
    const { number } = sent[line - 1]!;
    const { id } = rejected({ reason: reason!, message, event, line: number, ...(field !== undefined && { field }) });
    expected.set(id, { ...decision, id });
  }
  return expected;
}

/** Compares what was decided with what a replay of the same lines decides. */
export function compare(decided: Decided, expected: ReadonlyMap<string, Decision>, sent: readonly Sent[]): string[] {
  const problems: string[] = [];
  const say = (words: string, decision: Decision) => {
    const lines = problems.length < SEARCHED_MAX ? eventsOf(decision, sent) : '';
    problems.push(`${words}\n    ${briefly(JSON.stringify(decision))}${lines}`);
  };
  for (const [id, texts] of decided) {
    const [first] = texts;
    const decision = JSON.parse(first!) as Decision;
    const wanted = expected.get(id);
    if (!wanted) {
      say('invented: a replay does not decide this', decision);
      continue;
    }
    if (decision.type === REJECTED && wanted.type === REJECTED) continue;
    if (texts.size > 1)
      say(`two contents: ${texts.size} texts under one id, of which the last is ${[...texts].at(-1)}`, decision);
    const text = JSON.stringify(wanted);
    if (!texts.has(text)) say(`other content: a replay says\n    ${briefly(text)}\n  and the log says`, decision);
  }
  for (const [id, wanted] of expected) if (!decided.has(id)) say('missing: a replay decides this', wanted);
  return problems;
}

/** Every refused event is on `rejected`, whole, and nothing else is. */
export function compareRejected(
  rejectedTopic: Partitioned,
  decided: Decided,
  privateKeyPem: string,
  sent: readonly Sent[],
): string[] {
  const problems: string[] = [];
  const lines = new Set(sent.map(({ text }) => text));
  const wanted = new Set([...decided].flatMap(([id, [text]]) => (text!.includes(`"${REJECTED}"`) ? [id] : [])));
  const kept = new Set<string>();
  for (const { key, value } of rejectedTopic.flat()) {
    if (!wanted.has(key)) problems.push(`kept as rejected and not decided: ${key}`);
    if (kept.has(key)) continue;
    kept.add(key);
    const { data } = JSON.parse(Buffer.from(unseal(privateKeyPem, value)).toString()) as Decision;
    const { event } = data;
    const text = typeof event === 'string' ? event : JSON.stringify(event);
    if (!lines.has(text)) problems.push(`kept as rejected, and never sent so: ${briefly(text)}`);
  }
  for (const id of wanted) if (!kept.has(id)) problems.push(`rejected and not kept: ${id}`);
  return problems;
}

export function verdictOf(given: {
  readonly decisions: Partitioned;
  readonly rejected: Partitioned;
  readonly replayed: readonly string[];
  readonly sent: readonly Sent[];
  readonly privateKeyPem: string;
}): Verdict {
  const { decisions, sent } = given;
  const decided = decidedOn(decisions);
  const expected = expectedOf(given.replayed, sent);
  const problems = [
    ...compare(decided, expected, sent),
    ...compareRejected(given.rejected, decided, given.privateKeyPem, sent),
  ];
  const rejections = [...expected.values()].filter(({ type }) => type === REJECTED).length;
  const counts = {
    decisions: decided.size - rejections,
    rejections,
    copies: decisions.flat().length - decided.size,
  };
  return { problems, counts };
}

/** The lines that a decision comes from: those of its subject, and those that name one of its faults. */
function eventsOf({ subject, data }: Decision, sent: readonly Sent[]): string {
  const names = [subject, data['incident'], data['outageId'], ...((data['faultIds'] as string[] | undefined) ?? [])];
  const searched = names.flatMap((name) =>
    typeof name === 'string' && name !== '' ? [`"${name.split('/').at(-1)}"`] : [],
  );
  const lines = sent.filter(
    ({ text }) => !text.includes('"usage.recorded"') && searched.some((name) => text.includes(name)),
  );
  return lines
    .slice(0, LINES_SHOWN)
    .map(({ text }) => `\n      from ${briefly(text)}`)
    .join('');
}

function briefly(text: string): string {
  return text.length <= LINE_SHOWN_MAX ? text : `${text.slice(0, LINE_SHOWN_MAX)}...`;
}
