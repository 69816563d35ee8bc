/**
 * The ledger of one partition of decisions: every notice asked for there has one entry here, and what becomes of it is written
 * before anything follows from it. It works in rounds: what was heard and learnt, and what is due, is worked out together and
 * handed over as one commit; what was claimed leaves when that commit stands, and no sooner.
 *
 * It is longer than most files: the order of a round is the promise, and it stands in one place.
 */
import type { DecisionOf } from '../../pipelines/domain/decision.js';
import { decisionId } from '../../pipelines/domain/decision.js';
import { LEDGER_SOURCE, type NoticeFact } from '../../pipelines/domain/notice.js';
import type { Packs } from '../../pipelines/domain/pack.js';
import { FOREVER, type Instant } from '../../pipelines/domain/units.js';
import { rulesOf } from '../policy/rules.js';
import {
  type EmailTransport,
  type QueryAnswer,
  SMS_STATES,
  type SmsReceipt,
  type SmsState,
  type SmsTransport,
  type Submission,
} from '../ports.js';
import { userReferenceOf } from '../sms/submission.js';
import { progressed, recalled, settled, signed } from './acts.js';
import { type AdvanceGiven, advance, doubtUntil, type Progress } from './advance.js';
import { Agenda } from './agenda.js';
import type { ContactCipher } from './cipher.js';
import type { Directory } from './directory.js';
import { decodeEntry, type Entry, keyOf, type PartName, partAt, readKey, withPart } from './entry.js';
import { answered, looked, received } from './news.js';
import {
  type ContactRecord,
  consented,
  ended,
  type NumberHolder,
  type Person,
  registered,
  registrationAt,
  transferred,
} from './people.js';
import { addressOf, type ReachGiven, reachOf } from './reach.js';
import { RoundBook, type Shelf, type Writes } from './round.js';
import {
  decodeRow,
  encodeRow,
  entryKey,
  isHot,
  listKey,
  listRowOf,
  numberKey,
  personKey,
  type ReceiptRow,
  receiptKey,
  saidKey,
  type WakeRow,
  wakeKey,
} from './rows.js';
import { type Counts, openEntryOf, Tallies } from './tallies.js';
import { wordingOf } from './wording.js';

/** How much one round takes in at most. */
const BATCH_MAX = 500;
/** Parts that are handed over and not answered, at most: after a crash these are in doubt. */
export const WINDOW = 64;

export interface LedgerGiven {
  readonly owner: string;
  readonly epoch: number;
  readonly shelf: Shelf;
  readonly packs: Packs;
  readonly directory: Directory;
  readonly cipher: ContactCipher;
  readonly sms: SmsTransport | undefined;
  readonly email: EmailTransport | undefined;
  /** The clock: real time, or that of the events. */
  readonly now: () => Instant;
  /** Called when there is something to do before the next instant that is due. */
  readonly woken: () => void;
  /** Called when a gateway gave a part its id: a receipt may have been faster. */
  readonly named?: (ref: { readonly id: string; readonly via: string }) => void;
  /** Called when parts that went to these prints have come to be in doubt: an earlier receipt may be theirs. */
  readonly doubted?: (prints: ReadonlySet<string>) => void;
  readonly window?: number;
  /** What the ledgers of a process count together. */
  readonly counts?: Counts;
}

type News = { readonly name: PartName; readonly kept?: () => void } & (
  | { readonly is: 'answer'; readonly submission: Submission }
  | {
      readonly is: 'receipt';
      readonly state: SmsState;
      readonly at: Instant | undefined;
      readonly error: string | undefined;
      /** How the gateway names it, where nobody knew: what it says next is for the same part. */
      readonly ref: { readonly id: string; readonly via: string } | undefined;
    }
  | { readonly is: 'looked'; readonly answer: QueryAnswer }
);

/** What leaves once the round is committed. The number stands here for that moment, and is kept nowhere. */
type Errand =
  | { readonly do: 'submit'; readonly name: PartName; readonly to: string; readonly entry: Entry }
  | { readonly do: 'query'; readonly name: PartName; readonly id: string; readonly via: string };

/** What a round has to commit: rows, and events for the door. */
export interface Round extends Writes {
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export class Ledger {
  readonly #given: LedgerGiven;
  readonly #agenda = new Agenda();
  /** Of entries with a part under way or in doubt: what is in doubt does not wait behind what has still to be sent. */
  readonly #doubts = new Agenda();
  readonly tallies: Tallies;
  #requests: { readonly wire: DecisionOf<'notice.requested'> }[] = [];
  #contacts: { readonly service: string; readonly record: ContactRecord }[] = [];
  #facts: NoticeFact[] = [];
  #news: News[] = [];
  readonly #touched = new Set<string>();
  /** Ids given by gateways since the last commit. */
  readonly #fresh = new Map<string, ReceiptRow>();
  /** Entries with a part in doubt, by the print it went to. */
  readonly #doubtful = new Map<string, Set<string>>();
  /** Prints that came to be in doubt in this round. */
  readonly #doubted = new Set<string>();
  /** Parts in doubt that a receipt has been given to which is not yet committed: the next one is for another. */
  readonly #answered = new Set<string>();
  #errands: Errand[] = [];
  #kept: (() => void)[] = [];
  #flying = 0;
  #open = true;

  constructor(given: LedgerGiven) {
    this.#given = given;
    this.tallies = new Tallies(given.counts);
  }

  /** Reads what is open. What was claimed by who is gone is looked at first. */
  async restore(): Promise<void> {
    const { shelf } = this.#given;
    const hot: string[] = [];
    for await (const [key, value] of shelf.entries('w/')) {
      const row = decodeRow<WakeRow>(value);
      const noticeId = key.slice(2);
      this.tallies.stands(noticeId, row.open);
      if (row.hot) hot.push(noticeId);
      if (row.hot) this.#doubts.set(noticeId, Number.NEGATIVE_INFINITY);
      else this.#agenda.set(noticeId, row.due ?? FOREVER);
    }
    const values = await shelf.get(hot.map(entryKey));
    for (const value of values) if (value) this.#noteDoubt(decodeEntry(value));
    for await (const [key, value] of shelf.entries('p/')) this.tallies.list(key.slice(2), decodeRow(value));
  }

  // --- What is heard ---

  hearRequest(wire: DecisionOf<'notice.requested'>): void {
    this.#requests.push({ wire });
  }

  hearContact(service: string, record: ContactRecord): void {
    this.#contacts.push({ service, record });
  }

  hearFact(fact: NoticeFact): void {
    this.#facts.push(fact);
  }

  /** How much is heard and not yet in a round. */
  get heard(): number {
    return this.#requests.length + this.#contacts.length + this.#facts.length;
  }

  /** Whether a round has something to do now. */
  get pressing(): boolean {
    if (this.heard > 0 || this.#news.length > 0 || this.#touched.size > 0) return true;
    const now = this.#given.now();
    return this.#doubts.next <= now || (this.#room > 0 && this.#agenda.next <= now);
  }

  /** When a round will next have something to do by itself. */
  get dueAt(): Instant {
    return Math.min(this.#agenda.next, this.#doubts.next);
  }

  get flying(): number {
    return this.#flying;
  }

  get open(): number {
    return this.#agenda.size + this.#doubts.size;
  }

  get #room(): number {
    const { window = WINDOW } = this.#given;
    return this.#open ? Math.max(0, window - this.#flying - this.#errands.length) : 0;
  }

  /** Nothing more leaves from here; what is under way may still be answered. */
  close(): void {
    this.#open = false;
  }

  // --- What gateways bring ---

  /**
   * Takes a receipt, if it is for a part of this ledger; resolves with true when it is kept, and false at once where it is not.
   * `named`: by our name of the part, or by the gateway's id where it went to that number. `in-doubt`: where a part is in doubt to
   * that number, and the gateway gives our reference to it back, or no other notice is.
   */
  async take(receipt: SmsReceipt, by: 'named' | 'in-doubt'): Promise<boolean> {
    const name = by === 'named' ? await this.#nameOf(receipt) : await this.#inDoubt(receipt);
    if (!name) return false;
    const { state, at, error, ids, via } = receipt;
    const ref = by === 'in-doubt' && ids[0] !== undefined ? { id: ids[0], via } : undefined;
    await new Promise<void>((kept) => this.#learn({ is: 'receipt', name, state, at, error, ref, kept }));
    this.#answered.delete(keyOf(name));
    return true;
  }

  /** An answer that comes after it was given up for lost. */
  async takeLateAnswer(key: string, submission: Submission): Promise<boolean> {
    const name = readKey(key);
    if (!name || !(await this.#has(name.noticeId))) return false;
    this.#noteFresh(name, submission, undefined);
    await new Promise<void>((kept) => this.#learn({ is: 'answer', name, submission, kept }));
    return true;
  }

  async #has(noticeId: string): Promise<boolean> {
    return (await this.#given.shelf.get([entryKey(noticeId)]))[0] !== undefined;
  }

  async #nameOf({ key, ids, via, to }: SmsReceipt): Promise<PartName | undefined> {
    const { shelf, cipher } = this.#given;
    const named = key === undefined ? undefined : readKey(key);
    if (named) return (await this.#has(named.noticeId)) ? named : undefined;
    const print = to === undefined ? undefined : cipher.print(to);
    const rows = await shelf.get(ids.map((id) => receiptKey(via, id)));
    for (const [i, id] of ids.entries()) {
      const stored = rows[i];
      const row = this.#fresh.get(receiptKey(via, id)) ?? (stored && decodeRow<ReceiptRow>(stored));
      // An id may have been another message's: the number tells.
      if (row && (print === undefined || row.print === '' || row.print === print)) return row;
    }
    return undefined;
  }

  /** The part in doubt that a receipt which names none must mean; undefined where that cannot be said. */
  async #inDoubt({ key, to, reference }: SmsReceipt): Promise<PartName | undefined> {
    if (key !== undefined || to === undefined) return undefined;
    const noticeIds = [...(this.#doubtful.get(this.#given.cipher.print(to)) ?? [])];
    const values = await this.#given.shelf.get(noticeIds.map(entryKey));
    const parts = noticeIds.flatMap((noticeId, i) => {
      const entry = values[i] && decodeEntry(values[i]);
      const delivery = (entry?.deliveries.length ?? 0) - 1;
      return (entry?.deliveries[delivery]?.parts ?? []).flatMap(({ state }, part) => {
        const name: PartName = { noticeId, delivery, part };
        return state.is === 'ambiguous' && !this.#answered.has(keyOf(name)) ? [name] : [];
      });
    });
    const named = parts.filter((name) => userReferenceOf(keyOf(name)) === reference);
    // Without our reference one notice alone may be meant; its parts leave in order.
    const found = reference === undefined ? (noticeIds.length === 1 ? parts[0] : undefined) : onlyOne(named);
    if (found) this.#answered.add(keyOf(found));
    return found;
  }

  #learn(news: News): void {
    this.#news.push(news);
    this.#given.woken();
  }

  #noteFresh(name: PartName, submission: Submission, print: string | undefined): void {
    if (submission.is !== 'accepted') return;
    const { id, via } = submission;
    this.#fresh.set(receiptKey(via, id), { ...name, print: print ?? '' });
    this.#given.named?.({ id, via });
  }

  // --- A round ---

  /** Works out what follows from all that was heard and is due. The result has to be committed before the next round. */
  async round(): Promise<Round> {
    const now = this.#given.now();
    const book = new RoundBook(this.#given.shelf, this.#given.cipher);
    const events: Readonly<Record<string, unknown>>[] = [];
    const facts = this.#facts.splice(0, BATCH_MAX);
    await this.#hearPeople(book, this.#contacts.splice(0, BATCH_MAX), facts);
    const requests = this.#requests.splice(0, BATCH_MAX);
    const news = this.#news.splice(0, 2 * BATCH_MAX);
    await book.fetch([
      ...requests.flatMap(({ wire }) => [entryKey(wire.data.noticeId), saidKey(wire.data.noticeId)]),
      ...news.map(({ name }) => entryKey(name.noticeId)),
      ...facts.flatMap((fact) => ('noticeId' in fact ? [entryKey(fact.noticeId)] : [])),
    ]);
    for (const { wire } of requests) this.#begin(book, wire, now);
    for (const fact of facts) this.#act(book, fact, now);
    for (const one of news) this.#apply(book, one, now);
    const room = this.#room;
    const due = room > 0 ? this.#agenda.take(now, Math.min(BATCH_MAX, room)) : [];
    const touched = new Set([...this.#touched, ...this.#doubts.take(now, BATCH_MAX), ...due]);
    this.#touched.clear();
    await this.#advanceAll(book, [...touched], { now, room, events });
    this.#kept = news.flatMap(({ kept }) => (kept ? [kept] : []));
    const fresh = [...this.#fresh.keys()].filter((key) => book.writes.puts.has(key));
    this.#kept.push(() => {
      for (const key of fresh) this.#fresh.delete(key);
    });
    return { ...book.writes, events };
  }

  /** The round's commit stands: whoever waits is told, and what was claimed leaves. */
  committed(): void {
    const [kept, errands] = [this.#kept, this.#errands];
    this.#kept = [];
    this.#errands = [];
    for (const done of kept) done();
    for (const errand of errands) this.#run(errand);
    if (this.#doubted.size === 0) return;
    const prints = new Set(this.#doubted);
    this.#doubted.clear();
    this.#given.doubted?.(prints);
  }

  /** Contacts, holders and consent. */
  async #hearPeople(
    book: RoundBook,
    contacts: readonly { readonly service: string; readonly record: ContactRecord }[],
    facts: readonly NoticeFact[],
  ): Promise<void> {
    const services = new Set([
      ...contacts.map(({ service }) => service),
      ...facts.flatMap((fact) => ('service' in fact ? [fact.service] : [])),
    ]);
    await book.fetch([...services].map(personKey));
    const changed = new Map<string, Person>();
    const change = (service: string, by: (person: Person) => Person) => {
      const before = book.person(service);
      const after = by(before);
      if (after === before) return;
      book.setPerson(service, after);
      changed.set(service, after);
    };
    for (const { service, record } of contacts) change(service, (person) => registered(person, record));
    for (const fact of facts) {
      if (fact.is === 'ended') change(fact.service, (person) => ended(person, fact.at));
      else if (fact.is === 'transferred') change(fact.service, (person) => transferred(person, fact.at, fact.customer));
      else if (fact.is === 'consent')
        change(fact.service, (person) => consented(person, fact.given ? 'given' : 'withdrawn', fact.at, fact.event));
    }
    await this.#indexNumbers(book, changed);
  }

  async #indexNumbers(book: RoundBook, changed: ReadonlyMap<string, Person>): Promise<void> {
    const { cipher } = this.#given;
    const held: { readonly print: string; readonly holder: NumberHolder }[] = [];
    for (const [service, { registrations, customer, heldSince, endedAt }] of changed) {
      registrations.forEach(({ at, msisdn }, i) => {
        if (msisdn === undefined) return;
        const over = [heldSince, endedAt].filter((end) => end !== undefined && end > at);
        // Whose it was before the service changed hands is not known any more.
        const known = customer !== undefined && (heldSince === undefined || at >= heldSince);
        const last = !registrations.slice(i + 1).some((later) => later.msisdn === msisdn);
        if (!last) return;
        const holder: NumberHolder = {
          service,
          at,
          ...(known ? { customer } : {}),
          ...(over.length > 0 ? { over: Math.min(...(over as number[])) } : {}),
        };
        held.push({ print: cipher.print(msisdn), holder });
      });
    }
    await book.fetch(held.map(({ print }) => numberKey(print)));
    for (const { print, holder } of held) {
      const others = book.ownHolders(print).filter(({ service }) => service !== holder.service);
      book.setHolders(print, [...others, holder]);
    }
  }

  #begin(book: RoundBook, wire: DecisionOf<'notice.requested'>, now: Instant): void {
    const { data } = wire;
    // The intent is known already: the same notice, asked for again.
    if (book.entry(data.noticeId)) {
      this.tallies.count('repeated');
      return;
    }
    const electronic = data.audience === 'subscriber' && !data.channels.includes('email') && data.class !== 'marketing';
    book.setEntry({
      noticeId: data.noticeId,
      decision: wire.id,
      subject: wire.subject ?? data.operator,
      operator: data.operator,
      audience: data.audience,
      template: data.template,
      parameters: data.parameters,
      clause: data.clause,
      class: data.class,
      language: data.language,
      late: data.late ?? false,
      ...(data.incident === undefined ? {} : { incident: data.incident }),
      ...(data.audience === 'regulator' ? { because: data.because } : {}),
      requestedAt: wire.time,
      heardAt: now,
      ...(data.dueBy === undefined ? {} : { dueBy: data.dueBy }),
      ...(data.expiresAt === undefined ? {} : { expiresAt: data.expiresAt }),
      channels: [...data.channels, ...(electronic ? ['email'] : [])],
      deliveries: [],
      standing: { is: 'waiting', why: 'new', until: now },
      told: [],
    });
    this.tallies.count('requested');
    this.#touched.add(data.noticeId);
    const said = book.said(data.noticeId);
    if (!said) return;
    const { channel, at } = said;
    const about = { is: 'progressed', noticeId: data.noticeId, state: 'submitted', channel, at } as const;
    book.setEntry(recalled(book.entry(data.noticeId)!, about));
    book.delete(saidKey(data.noticeId));
  }

  #act(book: RoundBook, fact: NoticeFact, now: Instant): void {
    if (!('noticeId' in fact)) return;
    const entry = book.entry(fact.noticeId);
    if (!entry) {
      if (fact.is === 'progressed' && fact.own) {
        const { channel = 'sms', at } = fact;
        book.put(saidKey(fact.noticeId), encodeRow({ channel, at }));
      } else this.tallies.count('unknown-notice');
      return;
    }
    if (!(fact.is === 'progressed' && fact.own)) this.#touched.add(fact.noticeId);
    const after = (() => {
      switch (fact.is) {
        case 'signed':
          return signed(entry, fact);
        case 'settled': {
          const pack = this.#packOf(entry);
          return pack ? settled(entry, fact, { now, rules: rulesOf(pack), zone: pack.zone }) : entry;
        }
        case 'progressed':
          return fact.own ? recalled(entry, fact) : progressed(entry, fact);
        case 'receipt': {
          const state = SMS_STATES.find((one) => one === fact.state);
          return state ? received(entry, fact, { state, at: this.#momentOf(fact.at, entry, now) }) : entry;
        }
      }
    })();
    if (after === entry) return;
    this.#touched.add(fact.noticeId);
    book.setEntry(after);
  }

  #apply(book: RoundBook, news: News, now: Instant): void {
    const { name } = news;
    const entry = book.entry(name.noticeId);
    const part = entry && partAt(entry, name);
    if (!entry || !part) return;
    this.#touched.add(name.noticeId);
    let after: Entry;
    switch (news.is) {
      case 'answer': {
        const pack = this.#packOf(entry)!;
        const ambiguousUntil = doubtUntil(entry, rulesOf(pack), now);
        after = answered(entry, name, news.submission, { now, ambiguousUntil });
        this.tallies.count(`answer-${news.submission.is}`);
        // A receipt was faster than the answer: its id is of use for the next one.
        if (news.submission.is === 'accepted' && !partAt(after, name)?.ref) {
          const { id, via } = news.submission;
          after = withPart(after, name, (held) => ({ ...held, ref: { id, via } }));
        }
        break;
      }
      case 'receipt':
        after = received(entry, name, { ...news, at: this.#momentOf(news.at, entry, now) });
        this.tallies.count(after === entry ? 'receipt-again' : 'receipt');
        if (news.ref && !partAt(after, name)?.ref) {
          const { ref } = news;
          after = withPart(after, name, (held) => ({ ...held, ref }));
        }
        break;
      case 'looked':
        after = looked(entry, name, news.answer, now);
        break;
    }
    const ref = partAt(after, name)?.ref;
    if (ref && after !== entry && partAt(entry, name)?.ref?.id !== ref.id) {
      const { print } = after.deliveries[name.delivery]!;
      book.put(receiptKey(ref.via, ref.id), encodeRow({ ...name, print } satisfies ReceiptRow));
    }
    if (after !== entry) book.setEntry(after);
  }

  /** When a gateway says that it was, if that can be: its clock may be wrong, and events may move ours. */
  #momentOf(at: Instant | undefined, entry: Entry, now: Instant): Instant {
    return at !== undefined && at <= now && at >= entry.heardAt ? at : now;
  }

  async #advanceAll(
    book: RoundBook,
    touched: readonly string[],
    about: { readonly now: Instant; readonly room: number; readonly events: Readonly<Record<string, unknown>>[] },
  ): Promise<void> {
    await book.fetch(touched.map(entryKey));
    const entries = touched.flatMap((noticeId) => book.entry(noticeId) ?? []);
    const asked = entries.filter(asksForPerson);
    await book.fetch(asked.map(({ subject }) => personKey(subject)));
    const { cipher } = this.#given;
    const numbers = asked.flatMap(({ subject }) => registrationAt(book.person(subject), about.now)?.msisdn ?? []);
    await book.fetchNumbers(numbers.map((number) => cipher.print(number)));
    let { room } = about;
    for (const entry of entries) room -= this.#advanceOne(book, entry, { ...about, room });
  }

  /** Carries one entry on; returns how many parts it claimed. */
  #advanceOne(
    book: RoundBook,
    held: Entry,
    about: { readonly now: Instant; readonly room: number; readonly events: Readonly<Record<string, unknown>>[] },
  ): number {
    const { now, room, events } = about;
    const pack = this.#packOf(held);
    if (!pack) {
      // It was there when the notice was decided: somebody has taken it away.
      const orphan: Entry = { ...held, standing: { is: 'person', why: 'no rule pack of its operator', since: now } };
      book.setEntry(orphan);
      this.#file(book, orphan, FOREVER);
      return 0;
    }
    const { owner, epoch, cipher, directory, sms, email } = this.#given;
    const rules = rulesOf(pack);
    const own = directory[held.operator] ?? {};
    const ways = new Set([...(sms ? ['sms'] : []), ...(email ? ['email'] : [])]);
    const reaching: ReachGiven = {
      now,
      rules,
      cipher,
      directory: own,
      ways,
      person: held.audience === 'subscriber' && asksForPerson(held) ? book.person(held.subject) : { registrations: [] },
      holders: (print) => book.holders(print),
    };
    const entry = readdressed(held, reaching);
    const given: AdvanceGiven = {
      now,
      owner,
      epoch,
      rules,
      zone: pack.zone,
      claimsMax: room,
      reach: (channel) => reachOf(entry, channel, reaching),
      render: (channel) => wordingOf(entry, channel, { pack, helpLine: own.helpLine }),
    };
    const done = advance(entry, given);
    if (done.entry !== held) book.setEntry(done.entry);
    this.#errands.push(
      ...done.claims.flatMap((name): Errand[] => {
        const address = addressOf(done.entry, done.entry.deliveries[name.delivery]!.channel, reaching);
        if ('why' in address) throw new Error(`a part was claimed for nobody: ${address.why}`);
        return [{ do: 'submit', name, to: address.to, entry: done.entry }];
      }),
      ...done.looks.flatMap((name): Errand[] => {
        const ref = partAt(done.entry, name)?.ref;
        return ref ? [{ do: 'query', name, ...ref }] : [];
      }),
    );
    events.push(...done.tells.map((progress) => progressEvent(done.entry, progress, now)));
    for (const { state, at } of done.tells)
      if (state !== 'failed') this.tallies.timed(state, held.class, at - held.requestedAt);
    this.#file(book, done.entry, done.due);
    return done.claims.length;
  }

  /** The rows that follow from how an entry stands now. */
  #file(book: RoundBook, entry: Entry, due: Instant): void {
    const { noticeId, standing } = entry;
    const before = book.committedEntry(noticeId);
    this.#noteDoubt(entry);
    const list = listRowOf(entry);
    const open = openEntryOf(entry);
    this.tallies.list(noticeId, list);
    this.tallies.stands(noticeId, open);
    if (list) book.put(listKey(noticeId), encodeRow(list));
    else if (before && listRowOf(before)) book.delete(listKey(noticeId));
    if (standing.is === 'done') {
      this.#agenda.set(noticeId, FOREVER);
      this.#doubts.set(noticeId, FOREVER);
      book.delete(wakeKey(noticeId));
      for (const { parts } of entry.deliveries)
        for (const { ref } of parts) if (ref) book.delete(receiptKey(ref.via, ref.id));
      if (before?.standing.is !== 'done') this.tallies.done(entry);
      return;
    }
    const hot = isHot(entry);
    this.#agenda.set(noticeId, hot ? FOREVER : due);
    this.#doubts.set(noticeId, hot ? due : FOREVER);
    const row: WakeRow = { due: due === FOREVER ? null : due, ...(hot && { hot }), ...(open && { open }) };
    book.put(wakeKey(noticeId), encodeRow(row));
    if (entry.overdue && !before?.overdue) this.tallies.count('overdue');
  }

  #noteDoubt(entry: Entry): void {
    for (const { print, parts, channel } of entry.deliveries) {
      if (channel !== 'sms') continue;
      const ids = this.#doubtful.get(print);
      if (parts.some(({ state }) => state.is === 'ambiguous')) {
        this.#doubted.add(print);
        if (ids) ids.add(entry.noticeId);
        else this.#doubtful.set(print, new Set([entry.noticeId]));
      } else if (ids?.delete(entry.noticeId) && ids.size === 0) this.#doubtful.delete(print);
    }
  }

  #packOf({ operator, requestedAt }: Entry) {
    return this.#given.packs.at(operator, requestedAt);
  }

  // --- What leaves ---

  #run(errand: Errand): void {
    const { sms } = this.#given;
    const { name } = errand;
    if (errand.do === 'query') {
      const unavailable = { is: 'unavailable', why: 'no gateway' } as const;
      const asked = sms ? sms.query(errand.id, errand.via) : Promise.resolve(unavailable);
      void asked
        .catch((error: Error): QueryAnswer => ({ is: 'unavailable', why: error.message }))
        .then((answer) => this.#learn({ is: 'looked', name, answer }));
      return;
    }
    this.#flying += 1;
    this.tallies.count('handed-over');
    const { print } = errand.entry.deliveries[name.delivery]!;
    // Rejected is what cannot be written at all: it has not left, and never will.
    void this.#submit(errand)
      .catch((): Submission => ({ is: 'refused', code: 'cannot be written', permanent: true }))
      .then((submission) => {
        this.#flying -= 1;
        this.#noteFresh(name, submission, print);
        this.#learn({ is: 'answer', name, submission });
      });
  }

  async #submit({ name, to, entry }: Extract<Errand, { do: 'submit' }>): Promise<Submission> {
    const { sms, email, directory } = this.#given;
    const { channel, subject = '', text, html, parts } = entry.deliveries[name.delivery]!;
    const own = directory[entry.operator] ?? {};
    const key = keyOf(name);
    if (channel === 'email') {
      const from = own.emailFrom === undefined ? {} : { from: own.emailFrom };
      return email!.send({ key, to, ...from, subject, text, ...(html === undefined ? {} : { html }) });
    }
    const part = parts[name.part]!;
    return sms!.submit({
      key,
      to,
      ...(own.smsFrom === undefined ? {} : { from: own.smsFrom }),
      text: part.text,
      alphabet: part.alphabet,
      ...(part.place ? { place: part.place } : {}),
      ...(entry.expiresAt === undefined ? {} : { expiresAt: entry.expiresAt }),
    });
  }
}

/** The one there is; undefined where there is none, or more. */
function onlyOne<T>(all: readonly T[]): T | undefined {
  return all.length === 1 ? all[0] : undefined;
}

/** Whether who is behind the service can matter for what comes next. */
function asksForPerson({ audience, deliveries }: Entry): boolean {
  if (audience !== 'subscriber') return false;
  const last = deliveries.at(-1);
  return !last || last.parts.some(({ state }) => state.is !== 'accepted' && state.is !== 'delivered');
}

/**
 * What has not left yet goes where the subscriber can be reached now: a contact may have changed, and a consent been withdrawn, while
 * it waited. Of a message that has begun to leave the rest goes nowhere else.
 */
function readdressed(entry: Entry, reaching: ReachGiven): Entry {
  const d = entry.deliveries.length - 1;
  const delivery = entry.deliveries[d];
  if (!delivery || entry.standing.is === 'done') return entry;
  if (!delivery.parts.some(({ state }) => state.is === 'waiting' && state.from <= reaching.now)) return entry;
  const reach = reachOf(entry, delivery.channel, reaching);
  if (reach.is === 'open' && reach.print === delivery.print) return entry;
  const begun = delivery.parts.some(({ state }) => state.is !== 'waiting');
  const deliveries = [...entry.deliveries];
  if (reach.is === 'open' && !begun) deliveries[d] = { ...delivery, print: reach.print };
  else {
    const code = reach.is === 'shut' ? reach.why : 'the contact has changed';
    const parts = delivery.parts.map((part) =>
      part.state.is === 'waiting' ? { ...part, state: { is: 'failed' as const, at: reaching.now, code } } : part,
    );
    deliveries[d] = { ...delivery, parts };
  }
  return { ...entry, deliveries };
}

/** `notice.progressed` as it goes through the door: its id names what it says, so that said twice it is one. */
function progressEvent(
  entry: Entry,
  { state, channel, at }: Progress,
  now: Instant,
): Readonly<Record<string, unknown>> {
  const { noticeId, subject, template } = entry;
  return {
    specversion: '1.0',
    id: decisionId(['notice.progressed', noticeId, channel, state]),
    source: LEDGER_SOURCE,
    type: 'notice.progressed',
    subject,
    time: new Date(Math.min(at, now)).toISOString(),
    recordedtime: new Date(now).toISOString(),
    data: { noticeId, template, state, channel },
  };
}
