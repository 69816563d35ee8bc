/**
 * What the ledgers of one process share: the gateways, and what comes back from them. A receipt goes to the ledger whose part it is
 * for, through the log where that is another process's; one that is faster than the answer which names it waits here for a while.
 */
import { decisionId } from '../../pipelines/domain/decision.js';
import { consentIn, LEDGER_SOURCE, type NoticeFact } from '../../pipelines/domain/notice.js';
import type { Packs } from '../../pipelines/domain/pack.js';
import { type Instant, MINUTE, type Milliseconds } from '../../pipelines/domain/units.js';
import type { EmailTransport, SmsHearer, SmsReceipt, SmsReceived, SmsTransport, Submission } from '../ports.js';
import type { ContactCipher } from './cipher.js';
import type { Directory } from './directory.js';
import { readKey } from './entry.js';
import { Ledger, type LedgerGiven } from './ledger.js';
import { type NumberHolder, type Person, registrationAt } from './people.js';
import type { Shelf } from './round.js';
import { decodeRow, entryKey, numberKey, personKey, type ReceiptRow, receiptKey } from './rows.js';
import { type Counts, newCounts, type TallyName } from './tallies.js';

export interface OfficeGiven {
  readonly packs: Packs;
  readonly directory: Directory;
  readonly cipher: ContactCipher;
  readonly sms: SmsTransport | undefined;
  readonly email: EmailTransport | undefined;
  readonly window?: number;
  /** How long it took from the decision that asked for a notice until it was taken, and until it was delivered. */
  readonly timed?: Counts['timed'];
}

export interface Surroundings {
  /** Puts events through the door. */
  readonly tell: (events: readonly object[]) => Promise<unknown>;
  /** Puts a fact on the log for the ledger of that partition. */
  readonly pass: (partition: number, fact: NoticeFact) => Promise<void>;
  readonly now: () => Instant;
  readonly shelfOf: (partition: number) => Shelf;
  /** How many ledgers the installation has. */
  readonly partitions: number;
}

/** What metrics show of the ledgers of a process. Keys of maps are from closed lists; no notice can be told from it. */
export interface LedgerFigures {
  readonly counts: ReadonlyMap<TallyName, number>;
  /** Ended notices since the start, by "CLASS HOW". */
  readonly ended: ReadonlyMap<string, number>;
  /** Open notices, by "CLASS STATE". */
  readonly open: ReadonlyMap<string, number>;
  readonly lists: Readonly<Record<'person' | 'letter' | 'sign-off', number>>;
  /** Age of the oldest that should have left; 0 where there is none. */
  readonly oldestUnsent: Milliseconds;
  readonly unknownReceipts: number;
}

/** A receipt waits so long for the answer that names it, in milliseconds of this process; of so many at most. */
const EARLY_MS = 10 * MINUTE;
const EARLY_MAX = 20_000;

interface Early {
  readonly receipt: SmsReceipt;
  readonly since: number;
  /** Of the number it came from; undefined where it does not say. */
  readonly print: string | undefined;
}

export class LedgerOffice {
  readonly #given: OfficeGiven;
  readonly #ledgers = new Map<number, Ledger>();
  readonly #early = new Map<string, Early>();
  /** The same, by the print they are from. */
  readonly #earlyFrom = new Map<string, Set<Early>>();
  #around: Surroundings | undefined;
  readonly #counts: Counts;
  /** Receipts that nobody knew what to do with. */
  unknownReceipts = 0;

  constructor(given: OfficeGiven) {
    this.#given = given;
    this.#counts = newCounts(given.timed);
  }

  /** Makes the ledger of a partition that this process has taken over. */
  begin(
    own: Pick<LedgerGiven, 'owner' | 'epoch' | 'shelf' | 'now' | 'woken'> & { readonly partition: number },
  ): Ledger {
    const { packs, directory, cipher, sms, email, window } = this.#given;
    const { partition, owner, epoch, shelf, now, woken } = own;
    const ledger = new Ledger({
      packs,
      directory,
      cipher,
      sms,
      email,
      ...(window === undefined ? {} : { window }),
      counts: this.#counts,
      owner,
      epoch,
      shelf,
      now,
      woken,
      named: ({ id, via }) => this.#named(id, via),
      doubted: (prints) => this.#doubted(prints),
    });
    this.#ledgers.set(partition, ledger);
    return ledger;
  }

  end(partition: number): void {
    this.#ledgers.delete(partition);
  }

  get ledgers(): readonly Ledger[] {
    return [...this.#ledgers.values()];
  }

  /** How the ledgers of this process stand, and what it has counted since its start. */
  figures(now: Instant): LedgerFigures {
    const { counts, ended } = this.#counts;
    const open = new Map<string, number>();
    const lists = { person: 0, letter: 0, 'sign-off': 0 };
    let oldest: Instant | undefined;
    for (const { tallies } of this.#ledgers.values()) {
      for (const { state, class: noticeClass, unsentSince } of tallies.open()) {
        const name = `${noticeClass} ${state}`;
        open.set(name, (open.get(name) ?? 0) + 1);
        if (unsentSince !== undefined && unsentSince < (oldest ?? now)) oldest = unsentSince;
      }
      const own = tallies.lists();
      for (const name of ['person', 'letter', 'sign-off'] as const) lists[name] += own[name];
    }
    const oldestUnsent = oldest === undefined ? 0 : now - oldest;
    return { counts, ended, open, lists, oldestUnsent, unknownReceipts: this.unknownReceipts };
  }

  /** Who hears of what gateways bring, once the office has been started. */
  readonly hearer: SmsHearer = {
    onReceipt: (receipt) => this.#receipt(receipt),
    onReceived: (message) => this.#received(message),
    onLateAnswer: (key, submission) => this.#lateAnswer(key, submission),
  };

  async start(around: Surroundings): Promise<void> {
    this.#around = around;
    await this.#given.sms?.start(this.hearer);
  }

  get #surroundings(): Surroundings {
    // Whoever brings something before the start comes again.
    if (!this.#around) throw new Error('the ledger has not begun yet');
    return this.#around;
  }

  async stop(): Promise<void> {
    await this.#given.sms?.stop();
    await this.#given.email?.stop();
  }

  async #receipt(receipt: SmsReceipt): Promise<void> {
    // It waits from the beginning: the answer that names it may come while it is looked for.
    this.#await(receipt);
    await this.#tryAgain(receipt);
  }

  async #tryAgain(receipt: SmsReceipt): Promise<void> {
    // Whoever knows it by name goes before those who only wait for news from that number.
    const found =
      (await this.#takenHere(receipt, 'named')) ||
      (await this.#elsewhere(receipt)) ||
      (await this.#takenHere(receipt, 'in-doubt'));
    if (found) this.#forget(receipt);
  }

  async #takenHere(receipt: SmsReceipt, by: 'named' | 'in-doubt'): Promise<boolean> {
    for (const ledger of this.#ledgers.values()) if (await ledger.take(receipt, by)) return true;
    return false;
  }

  #await(receipt: SmsReceipt): void {
    const since = performance.now();
    for (const [key, held] of this.#early) {
      if (since - held.since < EARLY_MS && this.#early.size < EARLY_MAX) break;
      this.#drop(key, held);
      this.unknownReceipts += 1;
    }
    const print = receipt.to === undefined ? undefined : this.#given.cipher.print(receipt.to);
    const early: Early = { receipt, since, print };
    for (const id of receipt.ids) {
      const key = receiptKey(receipt.via, id);
      const before = this.#early.get(key);
      // Of two for one message the later says how it stands now.
      if (before) this.#drop(key, before);
      this.#early.set(key, early);
    }
    if (print === undefined || receipt.ids.length === 0) return;
    const beside = this.#earlyFrom.get(print) ?? new Set();
    this.#earlyFrom.set(print, beside.add(early));
  }

  #drop(key: string, early: Early): void {
    if (this.#early.get(key) === early) this.#early.delete(key);
    const { print } = early;
    const beside = print === undefined ? undefined : this.#earlyFrom.get(print);
    if (beside?.delete(early) && beside.size === 0) this.#earlyFrom.delete(print!);
  }

  #forget(receipt: SmsReceipt): void {
    for (const id of receipt.ids) {
      const key = receiptKey(receipt.via, id);
      const early = this.#early.get(key);
      if (early?.receipt === receipt) this.#drop(key, early);
    }
  }

  /**
   * Parts to these prints have come to be in doubt, as after a crash: a receipt from there that came before, and that nobody knew, may
   * be theirs.
   */
  #doubted(prints: ReadonlySet<string>): void {
    for (const print of prints)
      for (const { receipt } of [...(this.#earlyFrom.get(print) ?? [])]) void this.#tryAgain(receipt).catch(() => {});
  }

  /** A gateway's answer gave a part its id: whether its receipt was here before. */
  #named(id: string, via: string): void {
    const key = receiptKey(via, id);
    const early = this.#early.get(key);
    if (!early) return;
    // The answer is learnt first, in this very turn.
    queueMicrotask(() => void this.#receipt(early.receipt).catch(() => {}));
  }

  /** Another process's part: found in its ledger, and passed on through the log. */
  async #elsewhere({ key, ids, via, to, state, at }: SmsReceipt): Promise<boolean> {
    const { partitions, shelfOf, pass, now } = this.#surroundings;
    const named = key === undefined ? undefined : readKey(key);
    const print = to === undefined ? undefined : this.#given.cipher.print(to);
    for (let partition = 0; partition < partitions; partition++) {
      if (this.#ledgers.has(partition)) continue;
      const shelf = shelfOf(partition);
      const keys = named ? [entryKey(named.noticeId)] : ids.map((id) => receiptKey(via, id));
      const values = await shelf.get(keys);
      const rows = named
        ? values[0] && [named]
        : values.flatMap((value) => (value ? [decodeRow<ReceiptRow>(value)] : []));
      const row = rows?.find((one) => !('print' in one) || print === undefined || one.print === print);
      if (!row) continue;
      const { noticeId, delivery, part } = row;
      await pass(partition, { is: 'receipt', noticeId, delivery, part, state, at: at ?? now() });
      return true;
    }
    return false;
  }

  async #lateAnswer(key: string, submission: Submission): Promise<void> {
    for (const ledger of this.#ledgers.values()) if (await ledger.takeLateAnswer(key, submission)) return;
  }

  /** A message from a telephone becomes `sms.received` for every service that is registered under its number now. */
  async #received({ from, to, text, via }: SmsReceived): Promise<void> {
    const { tell, now } = this.#surroundings;
    const at = now();
    const print = this.#given.cipher.print(from);
    const services = await this.#servicesOf(print, at);
    if (services.length === 0) return;
    const time = new Date(at).toISOString();
    const code = /^\d{3,6}$/.test(to) ? { shortCode: to } : {};
    const said = wordsOf(text, 'shortCode' in code);
    const events = services.map((subject) => ({
      specversion: '1.0',
      id: decisionId(['sms.received', subject, via, print, text, at]),
      source: LEDGER_SOURCE,
      type: 'sms.received',
      subject,
      time,
      recordedtime: time,
      data: { ...(said === undefined ? {} : { text: said }), ...code },
    }));
    await tell(events);
  }

  async #servicesOf(print: string, now: Instant): Promise<readonly string[]> {
    const { partitions, shelfOf } = this.#surroundings;
    const { cipher } = this.#given;
    const services: string[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const shelf = shelfOf(partition);
      const [value] = await shelf.get([numberKey(print)]);
      const holders = value ? decodeRow<readonly NumberHolder[]>(value) : [];
      const people = await shelf.get(holders.map(({ service }) => personKey(service)));
      holders.forEach(({ service }, i) => {
        const sealed = people[i];
        const registration = sealed && registrationAt(cipher.open(sealed) as Person, now);
        if (registration?.msisdn !== undefined && cipher.print(registration.msisdn) === print) services.push(service);
      });
    }
    return services.sort();
  }
}

/** What of a message may stand on the log: the word that stops or starts, an order to a short code without numbers of people. */
function wordsOf(text: string, order: boolean): string | undefined {
  const consent = consentIn(text);
  if (consent !== undefined) return consent ? 'START' : 'STOP';
  return order ? text.replace(/\d[\d\s()/-]{5,}\d/g, '*').slice(0, 160) : undefined;
}
