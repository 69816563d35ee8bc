/** The figures of the ledger of notices, in processes with the role `alerts` that send: docs/metrics.md says what each means. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { raiser } from './raiser.js';

const CLASSES = ['legal', 'security', 'service', 'marketing'] as const;
const STATES = ['waiting', 'sending', 'in-doubt', 'awaiting-receipt', 'person', 'letter'] as const;
const ANSWERS = ['accepted', 'refused', 'ambiguous'] as const;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** In seconds: from at once to the three days for which a receipt is waited for. */
const BUCKETS = [1, 5, 15, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR];

/** What the ledgers of this process say of themselves at a scrape. */
export interface NoticeFigures {
  /** Counts since the start, by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** Ended notices since the start, by "CLASS HOW". */
  readonly ended: ReadonlyMap<string, number>;
  /** Open notices, by "CLASS STATE". */
  readonly open: ReadonlyMap<string, number>;
  readonly lists: Readonly<Record<'person' | 'letter' | 'sign-off', number>>;
  /** In milliseconds. */
  readonly oldestUnsent: number;
  readonly unknownReceipts: number;
}

export interface NoticeMetrics {
  /** Asks at each scrape how the ledgers of this process stand. Call it once. */
  notices(figures: () => NoticeFigures): void;
  /** So long after its decision a notice was taken by the gateway, or delivered. */
  noticeTook(what: 'submitted' | 'delivered', noticeClass: string, seconds: number): void;
}

export function noticeMetrics(registers: Registry[]): NoticeMetrics {
  let figures: () => NoticeFigures | undefined = () => undefined;
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    show: (of: Gauge, now: NoticeFigures) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset();
        const now = figures();
        if (now) show(this, now);
      },
    });
  gauge(
    'dozor_notices_open',
    'Notices that are not done, by class and by how they stand.',
    ['class', 'state'],
    (of, { open }) => {
      for (const noticeClass of CLASSES)
        for (const state of STATES) of.set({ class: noticeClass, state }, open.get(`${noticeClass} ${state}`) ?? 0);
    },
  );
  gauge('dozor_notices_listed', 'Notices that wait for a person, by list.', ['list'], (of, { lists }) => {
    for (const [list, length] of Object.entries(lists)) of.set({ list }, length);
  });
  gauge(
    'dozor_notices_oldest_unsent_seconds',
    'Age of the oldest notice that should have left and has not; 0 where there is none.',
    [],
    (of, { oldestUnsent }) => of.set(oldestUnsent / 1_000),
  );

  const ended = new Counter({
    name: 'dozor_notices_ended_total',
    help: 'Notices that are done, by class and by how they ended.',
    labelNames: ['class', 'how'],
    registers,
    collect() {
      for (const [name, count] of figures()?.ended ?? []) raiseEnded(name, count);
    },
  });
  const raiseEnded = raiser((name, by) => {
    const [noticeClass = '', how = ''] = name.split(' ');
    ended.inc({ class: noticeClass, how }, by);
  });
  const counted = (name: string, help: string, count: (now: NoticeFigures) => number) => {
    const counter = new Counter({
      name,
      help,
      registers,
      collect() {
        const now = figures();
        if (now) raise('', count(now));
      },
    });
    const raise = raiser((_, by) => counter.inc(by));
  };
  const of = (name: string) => (now: NoticeFigures) => now.counts.get(name) ?? 0;
  counted('dozor_notices_requested_total', 'Notices that were asked for by a decision.', of('requested'));
  counted('dozor_notices_overdue_total', 'Notices that had not left when they had to.', of('overdue'));
  counted(
    'dozor_notice_parts_submitted_total',
    'Parts of messages and e-mails that were handed over.',
    of('handed-over'),
  );
  const answers = new Counter({
    name: 'dozor_notice_answers_total',
    help: 'Answers of gateways and mail servers to what was handed over, by outcome; ambiguous: none came.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const now = figures();
      if (now) for (const outcome of ANSWERS) raiseAnswers(outcome, now.counts.get(`answer-${outcome}`) ?? 0);
    },
  });
  const raiseAnswers = raiser((outcome, by) => answers.inc({ outcome }, by));
  const receipts = new Counter({
    name: 'dozor_notice_receipts_total',
    help: 'Receipts of gateways: new, said already, or for a part that nobody knew within ten minutes.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const now = figures();
      if (!now) return;
      raiseReceipts('new', now.counts.get('receipt') ?? 0);
      raiseReceipts('again', now.counts.get('receipt-again') ?? 0);
      raiseReceipts('unknown', now.unknownReceipts);
    },
  });
  const raiseReceipts = raiser((outcome, by) => receipts.inc({ outcome }, by));

  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ['class'], buckets: BUCKETS, registers });
  const took = {
    submitted: histogram('dozor_notice_submission_seconds', 'From the decision until the last part was taken.'),
    delivered: histogram('dozor_notice_delivery_seconds', 'From the decision until the last part was delivered.'),
  };
  return {
    notices(asked) {
      figures = asked;
    },
    noticeTook: (what, noticeClass, seconds) => took[what].observe({ class: noticeClass }, seconds),
  };
}
