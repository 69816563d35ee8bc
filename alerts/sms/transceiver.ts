/**
 * Short messages by SMPP over one bind or several. A part goes to one of the binds that can take it, by their weights; one that
 * surely did not take it is passed over for another. A part whose answer is lost stays with its bind, for good: what became of it is
 * told by a late answer, by a receipt, or by nobody. Receipts are told on with the part they mean as far as it can be known here,
 * and the centre is told that we have them only when whoever hears them has.
 */
import type { Milliseconds } from '../../pipelines/domain/units.js';
import { SECOND, type Zone } from '../../pipelines/domain/units.js';
import type { QueryAnswer, SmsHearer, SmsPart, SmsReceipt, SmsTransport, Submission } from '../ports.js';
import { Bind, type BindSettings, type BindView } from './bind.js';
import { type HandedOver, Parts } from './parts.js';
import { codeOf, type Pdu, type PduOf, STATUS, type Tlvs } from './pdu.js';
import { dateOf, type IdForm, IdForms, readReceipt, stateOfNumber } from './receipts.js';
import type { Outcome, Reply } from './session.js';
import { digitsOf, numberingOf, receivedOf, type SubmissionForm, submissionOf, userReferenceOf } from './submission.js';

/** A bind, and how its centre writes. */
export interface GatewaySettings extends BindSettings, Partial<Omit<SubmissionForm, 'sender'>> {
  /** What telephones show where a part names no sender. */
  readonly sender: string;
  /** How receipts write ids; learnt where it is not given. */
  readonly receiptIds?: IdForm;
  /** The zone of the dates in receipts; without it they are not read. */
  readonly receiptZone?: Zone;
}

export interface TransceiverGiven {
  readonly gateways: readonly GatewaySettings[];
  readonly random?: () => number;
}

/** Refusals that another try will not mend (5.1.3): of the message, its addresses, or its fields. */
const TEMPORARY: ReadonlySet<number> = new Set([
  STATUS.invalidBindState,
  STATUS.systemError,
  STATUS.queueFull,
  STATUS.throttled,
  STATUS.submitFailed,
  STATUS.receiverTemporary,
  STATUS.unknownError,
]);
const RETRY_AFTER: Milliseconds = 5 * SECOND;
/** How long a receipt waits for the answer that it may have overtaken. */
const EARLY_MAX: Milliseconds = 5 * SECOND;

interface Gateway {
  readonly settings: GatewaySettings;
  readonly form: SubmissionForm;
  readonly bind: Bind;
  readonly ids: IdForms;
  readonly parts: Parts;
  /** By the parameters of its question, which are an object of its own: for an answer that comes late. */
  readonly asked: WeakMap<Tlvs, HandedOver>;
  /** For the turn by weights: the one with most credit is next. */
  credit: number;
}

export class SmppTransceiver implements SmsTransport {
  readonly #gateways: readonly Gateway[];
  #hearer: SmsHearer | undefined;

  constructor({ gateways, random }: TransceiverGiven) {
    if (gateways.length === 0) throw new Error('there is no SMPP bind');
    const names = new Set(gateways.map(({ name }) => name));
    if (names.size < gateways.length) throw new Error('two SMPP binds have one name');
    this.#gateways = gateways.map((settings) => {
      const gateway: Gateway = {
        settings,
        form: formOf(settings),
        ids: new IdForms(settings.receiptIds),
        parts: new Parts(),
        asked: new WeakMap(),
        credit: 0,
        bind: new Bind({
          settings,
          delivered: (question) => this.#delivered(gateway, question as PduOf<'deliver_sm'>),
          answeredLate: (question, answer) => this.#answeredLate(gateway, question, answer),
          ...(random && { random }),
        }),
      };
      return gateway;
    });
  }

  async start(hearer: SmsHearer): Promise<void> {
    this.#hearer = hearer;
    for (const { bind } of this.#gateways) bind.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#gateways.map(({ bind }) => bind.stop()));
  }

  /** How each bind does. */
  get views(): readonly BindView[] {
    return this.#gateways.map(({ bind }) => bind.view);
  }

  async submit(part: SmsPart): Promise<Submission> {
    const passed = new Set<Gateway>();
    let last: Submission = this.#nobody();
    for (;;) {
      const gateway = this.#next(passed);
      if (!gateway) return last;
      const { submission, elsewhere } = await this.#submitTo(gateway, part);
      if (!elsewhere) return submission;
      passed.add(gateway);
      last = submission;
    }
  }

  async query(id: string, via: string, from?: string): Promise<QueryAnswer> {
    const gateway = this.#gateways.find(({ settings }) => settings.name === via);
    if (!gateway) return { is: 'unavailable', why: 'no such bind' };
    const { form, settings, bind } = gateway;
    const source = from ?? form.sender;
    const { ton, npi } = form.sourceNumbering ?? numberingOf(source);
    const outcome = await bind.query({ messageId: id, source, sourceTon: ton, sourceNpi: npi });
    if (outcome.is !== 'answered') return { is: 'unavailable', why: outcome.why };
    const { answer } = outcome;
    if (answer.status === STATUS.queryFailed || answer.status === STATUS.invalidMessageId) return { is: 'unknown' };
    if (answer.status !== STATUS.ok || answer.command !== 'query_sm_resp') {
      return { is: 'unavailable', why: codeOf(answer.status) };
    }
    const state = stateOfNumber(answer.body.messageState);
    if (!state) return { is: 'unavailable', why: `message_state ${answer.body.messageState}` };
    const { receiptZone } = settings;
    const at = receiptZone === undefined ? undefined : dateOf(answer.body.finalDate.slice(0, 12), receiptZone);
    const { errorCode } = answer.body;
    return {
      is: 'known',
      state,
      ...(at === undefined ? {} : { at }),
      ...(errorCode === 0 ? {} : { error: String(errorCode) }),
    };
  }

  /** The bind whose turn it is among those that can take one more: smoothly by weights, so that none gets a burst. */
  #next(passed: ReadonlySet<Gateway>): Gateway | undefined {
    const able = this.#gateways.filter((gateway) => gateway.bind.canTake && !passed.has(gateway));
    let best: Gateway | undefined;
    let sum = 0;
    for (const gateway of able) {
      gateway.credit += gateway.bind.settings.weight;
      sum += gateway.bind.settings.weight;
      if (!best || gateway.credit > best.credit) best = gateway;
    }
    if (best) best.credit -= sum;
    return best;
  }

  #nobody(): Submission {
    const held = this.#gateways.map(({ bind }) => bind.heldFor).filter((wait) => wait > 0);
    const retryAfter = held.length > 0 ? Math.ceil(Math.min(...held)) : RETRY_AFTER;
    return { is: 'refused', code: held.length > 0 ? 'held' : 'no-bind', permanent: false, retryAfter };
  }

  /** `elsewhere`: this bind surely did not take it, and another might. */
  async #submitTo(gateway: Gateway, part: SmsPart): Promise<{ submission: Submission; elsewhere: boolean }> {
    const { body, tlvs } = submissionOf(part, gateway.form);
    const handed: HandedOver = { key: part.key, to: digitsOf(part.to), reference: userReferenceOf(part.key) };
    gateway.asked.set(tlvs, handed);
    const end = gateway.parts.begin(handed);
    let submission: Submission = { is: 'refused', code: 'not-written', permanent: true };
    try {
      submission = submissionIn(gateway, handed, await gateway.bind.submit(body, tlvs));
    } finally {
      end(submission);
    }
    return { submission, elsewhere: submission.is === 'refused' && !submission.permanent };
  }

  #answeredLate(gateway: Gateway, question: Pdu, answer: Pdu): void {
    const handed = gateway.asked.get(question.tlvs);
    if (!handed) return;
    const submission = submissionIn(gateway, handed, { is: 'answered', answer });
    gateway.parts.settle(handed, submission);
    // Where nobody can keep it now, a receipt or a query may say it again.
    void this.#hearer?.onLateAnswer(handed.key, submission).catch(() => {});
  }

  async #delivered(gateway: Gateway, question: PduOf<'deliver_sm'>): Promise<Reply> {
    const hearer = this.#hearer;
    if (!hearer) return { status: STATUS.receiverTemporary };
    const { settings } = gateway;
    const read = readReceipt(question, settings.receiptZone);
    if (!read) {
      await hearer.onReceived(receivedOf(question, settings.name));
      return { status: STATUS.ok };
    }
    // In a receipt the addresses are turned round: its source is the telephone.
    const to = digitsOf(question.body.source);
    const { parts } = gateway;
    const find = () => gateway.ids.read(read.ids, (id) => parts.accepted(id)?.to === to);
    let ids = find();
    let known = parts.named(ids, to);
    if (!known) known = read.reference === undefined ? undefined : parts.byReference(to, read.reference);
    if (!known && (await parts.answersTo(to, EARLY_MAX))) {
      ids = find();
      known = parts.named(ids, to);
    }
    const { state, at, error, reference } = read;
    const receipt: SmsReceipt = {
      via: settings.name,
      ids,
      state,
      ...(known && { key: known.key }),
      ...(to === '' ? {} : { to }),
      ...(at === undefined ? {} : { at }),
      ...(error === undefined ? {} : { error }),
      ...(reference === undefined ? {} : { reference }),
    };
    await hearer.onReceipt(receipt);
    return { status: STATUS.ok };
  }
}

function submissionIn({ settings, bind }: Gateway, { key }: HandedOver, outcome: Outcome): Submission {
  const { name: via } = settings;
  switch (outcome.is) {
    case 'unsent':
      return { is: 'refused', code: 'not-sent', permanent: false, retryAfter: Math.ceil(bind.heldFor) || RETRY_AFTER };
    case 'silent':
      return { is: 'ambiguous', why: outcome.why, via };
    case 'answered': {
      const { answer } = outcome;
      if (answer.status === STATUS.ok && answer.command === 'submit_sm_resp') {
        // A centre that gives no id has taken it all the same, and no receipt can name it.
        return { is: 'accepted', id: answer.body.messageId || `unnamed-${key}`, via };
      }
      const code = codeOf(answer.status);
      if (!TEMPORARY.has(answer.status) && answer.status < STATUS.vendorFrom) {
        return { is: 'refused', code, permanent: true };
      }
      return { is: 'refused', code, permanent: false, retryAfter: Math.ceil(bind.heldFor) || RETRY_AFTER };
    }
  }
}

function formOf(settings: GatewaySettings): SubmissionForm {
  const { sender, concatenation, gsmDataCoding, sourceNumbering, destinationNumbering, userReference } = settings;
  // A sender that cannot be written is a fault of the configuration, found before anything is sent.
  if (!sourceNumbering) numberingOf(sender);
  return {
    sender,
    concatenation: concatenation ?? 'udh',
    gsmDataCoding: gsmDataCoding ?? 0,
    userReference: userReference ?? true,
    ...(sourceNumbering && { sourceNumbering }),
    ...(destinationNumbering && { destinationNumbering }),
  };
}
