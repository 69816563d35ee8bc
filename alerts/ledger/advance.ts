/**
 * What comes next for an entry: pure. Given the entry, the instant and who can be reached, it says what the entry becomes, which of
 * its parts are claimed now, which the gateway is asked for, what is told of it, and when to look again. Nothing is sent from here,
 * and what is claimed here leaves only after the claim was saved.
 */
import type { NoticeRules } from '../../pipelines/domain/pack.js';
import { DAY, FOREVER, type Instant, type Zone } from '../../pipelines/domain/units.js';
import { deemedAt, wayOf } from '../policy/deemed.js';
import { mayLeaveAt } from '../policy/hours.js';
import { hoursOf, needsLetter } from '../policy/rules.js';
import type { Delivery, End, Entry, Part, PartName, Standing } from './entry.js';

const EXPIRED_IN_PART = 'expired in part';
/** Longer than this no receipt is waited for. */
const RECEIPT_MAX = 3 * DAY;

/** Whether somebody can be reached on a channel: the print of the number or address, or why not. */
export type Reach = { readonly is: 'open'; readonly print: string } | { readonly is: 'shut'; readonly why: string };

export interface AdvanceGiven {
  readonly now: Instant;
  readonly owner: string;
  readonly epoch: number;
  readonly rules: NoticeRules;
  readonly zone: Zone;
  /** How many parts may be claimed at once from here. */
  readonly claimsMax: number;
  readonly reach: (channel: string) => Reach;
  /** The text on a channel; undefined where it cannot be put into words: a fault of ours, and a person is asked. */
  readonly render: (channel: string) => Rendering | { readonly fault: string };
}

export interface Rendering {
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
  readonly parts: readonly Pick<Part, 'text' | 'alphabet' | 'place'>[];
}

/** A word on what became of the notice, for `notice.progressed`. */
export interface Progress {
  readonly state: 'submitted' | 'delivered' | 'failed';
  readonly channel: string;
  readonly at: Instant;
}

export interface Advanced {
  readonly entry: Entry;
  readonly claims: readonly PartName[];
  readonly looks: readonly PartName[];
  readonly tells: readonly Progress[];
  /** When to look again; FOREVER: only news can change it. */
  readonly due: Instant;
}

/** What `advance` works on: each step changes it, or leaves it. */
class Course {
  entry: Entry;
  readonly claims: PartName[] = [];
  readonly looks: PartName[] = [];
  readonly tells: Progress[] = [];
  due: Instant = FOREVER;

  constructor(entry: Entry) {
    this.entry = entry;
  }

  stand(standing: Standing): void {
    this.entry = { ...this.entry, standing };
  }

  change(delivery: number, part: number, state: Part['state'], tries?: number): void {
    this.entry = {
      ...this.entry,
      deliveries: this.entry.deliveries.map((one, d) =>
        d === delivery
          ? {
              ...one,
              parts: one.parts.map((held, p) => (p === part ? { ...held, state, tries: tries ?? held.tries } : held)),
            }
          : one,
      ),
    };
  }

  /** Says a thing of a channel once. */
  tell(progress: Progress): void {
    const word = `${progress.channel} ${progress.state}`;
    if (this.entry.audience !== 'subscriber' || this.entry.told.includes(word)) return;
    this.entry = { ...this.entry, told: [...this.entry.told, word] };
    this.tells.push(progress);
  }
}

/** Carries an entry as far as it goes at `now`. */
export function advance(entry: Entry, given: AdvanceGiven): Advanced {
  const course = new Course(entry);
  // Each turn ends, or has closed a delivery and opens the next: there are no more turns than channels.
  for (let turn = 0; turn <= entry.channels.length + 1; turn++) if (step(course, given) === 'rests') break;
  markOverdue(course, given.now);
  const { claims, looks, tells, due } = course;
  return { entry: course.entry, claims, looks, tells, due };
}

function step(course: Course, given: AdvanceGiven): 'rests' | 'goes on' {
  const { entry } = course;
  const { standing } = entry;
  if (standing.is === 'done' || standing.is === 'letter') return 'rests';
  const current = entry.deliveries.length - 1;
  const delivery = entry.deliveries[current];
  if (!delivery) return open(course, given);
  return carry(course, given, current);
}

/** Whether the delivery has failed and nothing of it is under way. */
function closed({ parts }: Delivery): boolean {
  return (
    parts.some(({ state }) => state.is === 'failed') &&
    !parts.some(({ state }) => state.is === 'claimed' || state.is === 'ambiguous')
  );
}

// --- Before anything leaves ---

function open(course: Course, given: AdvanceGiven): 'rests' | 'goes on' {
  const { entry } = course;
  const { now, rules, zone } = given;
  if (isExpired(entry, now)) {
    if (needsLetter(entry.class) && entry.audience === 'subscriber') toLetter(course, 'expired', now);
    else end(course, 'expired', now);
    return 'rests';
  }
  if (entry.audience === 'regulator' && rules.signOff && !entry.signed) {
    return wait(course, 'sign-off', Math.min(entry.expiresAt ?? FOREVER, nextAfter(now, entry.dueBy)));
  }
  const leaves = mayLeaveAt(now, hoursOf(entry.class, rules), zone);
  // A deadline goes before quiet hours, but never for advertising.
  if (leaves > now && (entry.class === 'marketing' || leaves <= (entry.dueBy ?? FOREVER))) {
    return wait(course, 'hours', Math.min(leaves, entry.expiresAt ?? FOREVER));
  }
  const [channel, ...rest] = entry.channels;
  if (channel === undefined) {
    const why = Object.entries(entry.passedOver ?? {})
      .map(([name, words]) => `${name}: ${words}`)
      .join(', ');
    if (needsLetter(entry.class) && entry.audience === 'subscriber') toLetter(course, why || 'undelivered', now);
    else if (entry.audience === 'subscriber') end(course, 'withheld', now, why || 'undelivered');
    else course.stand({ is: 'person', why: why || 'undelivered', since: now });
    return 'rests';
  }
  const reach = given.reach(channel);
  if (reach.is === 'shut') {
    course.entry = {
      ...entry,
      channels: rest,
      passedOver: { ...entry.passedOver, [channel]: reach.why },
    };
    return 'goes on';
  }
  if (wayOf(channel) !== 'electronic') {
    course.entry = { ...entry, channels: rest };
    end(course, 'shown', now, channel);
    setDeemed(course, given, channel, now);
    return 'rests';
  }
  const rendered = given.render(channel);
  if ('fault' in rendered) {
    course.stand({ is: 'person', why: rendered.fault, since: now });
    return 'rests';
  }
  const { subject, text, html, parts } = rendered;
  const delivery: Delivery = {
    channel,
    ...(subject === undefined ? {} : { subject }),
    text,
    ...(html === undefined ? {} : { html }),
    print: reach.print,
    parts: parts.map((part) => ({ ...part, tries: 0, state: { is: 'waiting', from: now } })),
    openedAt: now,
  };
  course.entry = { ...entry, channels: rest, deliveries: [...entry.deliveries, delivery] };
  course.stand({ is: 'sending' });
  return 'goes on';
}

function wait(course: Course, why: 'hours' | 'sign-off', until: Instant): 'rests' {
  course.stand({ is: 'waiting', why, until });
  course.due = until;
  return 'rests';
}

/** A deadline that is still to come, so that it is noticed when it passes. */
function nextAfter(now: Instant, at: Instant | undefined): Instant {
  return at !== undefined && at > now ? at : FOREVER;
}

function isExpired(entry: Entry, now: Instant): boolean {
  return entry.expiresAt !== undefined && now >= entry.expiresAt;
}

function end(course: Course, how: End, at: Instant, why?: string): void {
  course.stand({ is: 'done', how, at, ...(why === undefined ? {} : { why }) });
}

function toLetter(course: Course, why: string, now: Instant): void {
  course.stand({ is: 'letter', why, since: now });
}

// --- While it is sent ---

function carry(course: Course, given: AdvanceGiven, d: number): 'rests' | 'goes on' {
  doubt(course, given, d);
  if (course.entry.standing.is === 'done') return 'rests';
  // Out of doubt by news, it goes on by itself; what is still in doubt stays with the person.
  if (course.entry.standing.is === 'person' && isInDoubt(course.entry.deliveries[d]!)) return 'rests';
  const delivery = course.entry.deliveries[d]!;
  const { parts, channel } = delivery;
  if (closed(delivery)) {
    const failed = parts.find(({ state }) => state.is === 'failed')!.state as { at: Instant; code: string };
    course.tell({ state: 'failed', channel, at: failed.at });
    const passedOver = { ...course.entry.passedOver, [channel]: failed.code };
    course.entry = { ...course.entry, passedOver };
    return open(course, given);
  }
  claimDue(course, given, d);
  settle(course, given, d);
  return 'rests';
}

/** Whether a part may have left and nobody knows, for longer than news of it were waited for. */
function isInDoubt({ parts }: Delivery): boolean {
  return parts.some(({ state }) => state.is === 'ambiguous');
}

/** Claims of who is gone are in doubt; what has been in doubt for too long goes as its class says. */
function doubt(course: Course, given: AdvanceGiven, d: number): void {
  const { now, owner, epoch, rules } = given;
  const { entry } = course;
  entry.deliveries[d]!.parts.forEach(({ state }, p) => {
    if (state.is !== 'claimed' || (state.by === owner && state.epoch === epoch)) return;
    const why = 'who sent it is gone, and said nothing';
    course.change(d, p, { is: 'ambiguous', why, since: now, until: doubtUntil(entry, rules, now) });
  });
  const over = course.entry.deliveries[d]!.parts.filter(({ state }) => state.is === 'ambiguous' && state.until <= now);
  if (over.length === 0 || course.entry.standing.is === 'person') return;
  const why = (over[0]!.state as { why: string }).why;
  switch (rules.ambiguous[entry.class]) {
    case 'again':
      course.entry.deliveries[d]!.parts.forEach(({ state }, p) => {
        if (state.is === 'ambiguous' && state.until <= now) course.change(d, p, { is: 'waiting', from: now });
      });
      return;
    case 'next-channel':
      course.entry.deliveries[d]!.parts.forEach(({ state }, p) => {
        if (state.is === 'ambiguous' && state.until <= now)
          course.change(d, p, { is: 'failed', at: now, code: `in doubt: ${why}` });
      });
      return;
    case 'drop':
      end(course, 'dropped', now, why);
      return;
    case 'person':
      course.stand({ is: 'person', why, since: now });
  }
}

/** Until when news are waited for: never past the deadline, while that is still to come. */
export function doubtUntil(entry: Entry, rules: NoticeRules, now: Instant): Instant {
  return Math.min(now + rules.ambiguousWait, nextAfter(now, entry.dueBy));
}

function claimDue(course: Course, given: AdvanceGiven, d: number): void {
  const { now, owner, epoch } = given;
  const { entry } = course;
  const due = entry.deliveries[d]!.parts.flatMap(({ state }, p) =>
    state.is === 'waiting' && state.from <= now ? [p] : [],
  );
  if (due.length === 0) return;
  if (isExpired(entry, now)) {
    // Of a message that has begun to leave a person must know.
    const begun = entry.deliveries[d]!.parts.some(({ state }) => state.is !== 'waiting');
    if (begun) course.stand({ is: 'person', why: EXPIRED_IN_PART, since: now });
    else if (needsLetter(entry.class) && entry.audience === 'subscriber') toLetter(course, 'expired', now);
    else end(course, 'expired', now);
    return;
  }
  for (const p of due) {
    if (course.claims.length >= given.claimsMax) {
      course.due = now;
      break;
    }
    const { tries } = entry.deliveries[d]!.parts[p]!;
    course.change(d, p, { is: 'claimed', by: owner, epoch, at: now }, tries + 1);
    course.claims.push({ noticeId: entry.noticeId, delivery: d, part: p });
  }
  if (course.entry.standing.is === 'person') course.stand({ is: 'sending' });
}

/** What the parts together come to. */
function settle(course: Course, given: AdvanceGiven, d: number): void {
  const { standing } = course.entry;
  // Left as it is: expired while it was claimed, or half of it is with a person.
  if (standing.is === 'done' || standing.is === 'letter' || isExpiredInPart(standing)) return;
  const { now } = given;
  const { parts, channel } = course.entry.deliveries[d]!;
  const taken = parts.every(({ state }) => state.is === 'accepted' || state.is === 'delivered');
  if (!taken) {
    course.stand({ is: 'sending' });
    for (const { state } of parts) {
      if (state.is === 'waiting') course.due = Math.min(course.due, Math.max(now, state.from));
      else if (state.is === 'ambiguous') course.due = Math.min(course.due, state.until);
    }
    course.due = Math.min(course.due, nextAfter(now, course.entry.dueBy), nextAfter(now, course.entry.expiresAt));
    return;
  }
  const sentAt = Math.max(...parts.map(({ state }) => (state as { at: Instant }).at));
  if (course.entry.deliveries[d]!.sentAt === undefined) {
    course.entry = {
      ...course.entry,
      deliveries: course.entry.deliveries.map((one, at) => (at === d ? { ...one, sentAt } : one)),
    };
    setDeemed(course, given, channel, sentAt);
  }
  course.tell({ state: 'submitted', channel, at: sentAt });
  if (parts.every(({ state }) => state.is === 'delivered')) {
    course.tell({ state: 'delivered', channel, at: sentAt });
    end(course, 'delivered', now);
    return;
  }
  if (channel !== 'sms') {
    end(course, 'sent', now);
    return;
  }
  awaitReceipts(course, d, now);
}

function awaitReceipts(course: Course, d: number, now: Instant): void {
  const { parts, sentAt = now } = course.entry.deliveries[d]!;
  const last = sentAt + RECEIPT_MAX;
  if (now >= last) {
    end(course, 'no-receipt', now);
    return;
  }
  course.stand({ is: 'sent' });
  course.due = last;
  parts.forEach(({ state, ref }, p) => {
    if (state.is !== 'accepted') return;
    if (state.look > now) {
      course.due = Math.min(course.due, state.look);
      return;
    }
    // Asked at most once until an answer has come.
    course.change(d, p, { ...state, look: last });
    if (ref) course.looks.push({ noticeId: course.entry.noticeId, delivery: d, part: p });
  });
}

function isExpiredInPart(standing: Standing): boolean {
  return standing.is === 'person' && standing.why === EXPIRED_IN_PART;
}

/** Once a notice has left by a way that the terms name, it counts as delivered from then on, whatever becomes of it. */
function setDeemed(course: Course, { rules, zone }: AdvanceGiven, channel: string, sentAt: Instant): void {
  if (course.entry.deemedAt !== undefined || course.entry.audience !== 'subscriber') return;
  const way = wayOf(channel);
  const at = way && deemedAt(way, sentAt, rules, zone);
  if (at !== undefined) course.entry = { ...course.entry, deemedAt: at };
}

function markOverdue(course: Course, now: Instant): void {
  const { entry } = course;
  if (entry.overdue || entry.dueBy === undefined || now < entry.dueBy) return;
  const sent = entry.deliveries.some((one) => one.sentAt !== undefined);
  const { is } = entry.standing;
  if (!sent && (is === 'waiting' || is === 'sending' || is === 'person' || is === 'letter'))
    course.entry = { ...entry, overdue: true };
}
