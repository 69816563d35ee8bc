import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { Gateway } from '../gateway.js';
import { at, Desk, type DeskOptions, madeUpMail, NOON } from './desk.js';

const desks: Desk[] = [];
async function open(options: DeskOptions = {}, before?: Desk): Promise<Desk> {
  const desk = await new Desk(options, before).open();
  desks.push(desk);
  return desk;
}
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.stop();
});

/** Waits until no answer came for any of its parts. */
async function inDoubt(desk: Desk, id: string): Promise<void> {
  const all = async () => (await desk.entry(id)).deliveries[0]!.parts.every(({ state }) => state.is === 'ambiguous');
  for (let i = 0; i < 400 && !(await all().catch(() => false)); i++) await new Promise((next) => setTimeout(next, 5));
  expect(await all()).toBe(true);
}

const states = (desk: Desk) =>
  desk.told.map(({ data }) => `${(data as { channel: string }).channel} ${(data as { state: string }).state}`);

describe('a notice', () => {
  it('goes out once, and its receipt stands on the ledger and goes through the door', async () => {
    const gateway = new Gateway(1);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const id = await desk.request('s1');
    await desk.quiet();
    const entry = await desk.entry(id);
    expect(entry.standing).toMatchObject({ is: 'done', how: 'delivered' });
    expect(gateway.taken.map(({ text }) => text).join('')).toBe(entry.deliveries[0]!.text);
    expect(entry.deliveries[0]!.text).toContain('120,50 RSD');
    expect(new Set(gateway.taken.map(({ to }) => to))).toEqual(new Set(['+381641234567']));
    expect(states(desk)).toEqual(['sms submitted', 'sms delivered']);
    expect(desk.told[0]).toMatchObject({ type: 'notice.progressed', subject: 's1', data: { noticeId: id } });
  });

  it('stands in the figures while it is open, and in the counts when it is done, also in the next process', async () => {
    const gateway = new Gateway(3, { lostAnswers: 1, lostReceipts: 1, timeoutMs: 5 });
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const id = await desk.request('s1');
    await inDoubt(desk, id);
    const figures = (of: Desk) => of.office.figures(NOON + 20 * MINUTE);
    expect(figures(desk).open).toEqual(new Map([['legal in-doubt', 1]]));
    expect(figures(desk).oldestUnsent).toBe(20 * MINUTE);
    const parts = (await desk.entry(id)).deliveries[0]!.parts.length;
    expect(figures(desk).counts.get('answer-ambiguous')).toBe(parts);
    const next = await open({ sms: gateway.bind() }, desk);
    await next.quiet();
    expect(figures(next).open).toEqual(new Map([['legal in-doubt', 1]]));
    await next.moveTo(NOON + HOUR);
    expect(figures(next).open).toEqual(new Map([['legal person', 1]]));
    expect(figures(next).lists).toEqual({ person: 1, letter: 0, 'sign-off': 0 });
    expect(figures(next).oldestUnsent).toBe(0);
    await next.fact('s1', { is: 'settled', noticeId: id, as: 'closed', by: 'shift-lead', at: NOON + HOUR });
    await next.quiet();
    expect(figures(next).open).toEqual(new Map());
    expect(figures(next).ended).toEqual(new Map([['legal settled', 1]]));
  });

  it('asked for twice is one', async () => {
    const gateway = new Gateway(2);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    await desk.request('s1', { noticeId: 'credit-granted:same' });
    await desk.request('s1', { noticeId: 'credit-granted:same' });
    await desk.quiet();
    const parts = (await desk.entry('credit-granted:same')).deliveries[0]!.parts.length;
    expect(gateway.taken).toHaveLength(parts);
  });

  it('is claimed in the store before it leaves', async () => {
    const gateway = new Gateway(3);
    const transport = gateway.bind();
    const seen: string[] = [];
    const submit = transport.submit.bind(transport);
    let desk: Desk;
    transport.submit = async (part) => {
      const [noticeId] = [...(await desk.list()), { noticeId: 'credit-granted:claimed' }].map((one) => one.noticeId);
      seen.push((await desk.entry(noticeId!)).deliveries[0]!.parts[0]!.state.is);
      return submit(part);
    };
    desk = await open({ sms: transport });
    await desk.contact('s1', { msisdn: '+381641234567' });
    await desk.request('s1', { noticeId: 'credit-granted:claimed' });
    await desk.quiet();
    expect(seen[0]).toBe('claimed');
  });

  it('without a registered number goes by e-mail, and without either on the list for letters', async () => {
    const mail = madeUpMail();
    const desk = await open({ sms: new Gateway(4).bind(), email: mail });
    await desk.contact('s1', { email: 'kupac@example.com' });
    const first = await desk.request('s1');
    const second = await desk.request('s2');
    await desk.quiet();
    expect((await desk.entry(first)).standing).toMatchObject({ is: 'done', how: 'sent' });
    expect(mail.sent).toHaveLength(1);
    expect(mail.sent[0]!.html).toContain('<p>');
    expect(await desk.list()).toMatchObject([{ noticeId: second, list: 'letter', why: /nothing is registered/ }]);
  });

  it('that cannot be delivered goes on by e-mail, once', async () => {
    const mail = madeUpMail();
    const gateway = new Gateway(5, { undeliverable: 1 });
    const desk = await open({ sms: gateway.bind(), email: mail });
    await desk.contact('s1', { msisdn: '+381641234567', email: 'kupac@example.com' });
    const id = await desk.request('s1');
    await desk.quiet();
    expect((await desk.entry(id)).standing).toMatchObject({ is: 'done', how: 'sent' });
    expect(mail.sent).toHaveLength(1);
    expect(states(desk)).toEqual(expect.arrayContaining(['sms failed', 'email submitted']));
  });

  it('whose words are missing is given to a person', async () => {
    const desk = await open({ sms: new Gateway(6).bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    await desk.request('s1', { parameters: {} });
    await desk.quiet();
    expect(await desk.list()).toMatchObject([{ list: 'person', why: /put into words/ }]);
  });

  it('that has expired is not sent: the law still wants it told by letter', async () => {
    const gateway = new Gateway(7);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const legal = await desk.request('s1', { expiresAt: NOON - 1 });
    const service = await desk.request('s1', { expiresAt: NOON - 1, class: 'service' });
    await desk.quiet();
    expect(gateway.taken).toEqual([]);
    expect((await desk.entry(legal)).standing).toMatchObject({ is: 'letter', why: 'expired' });
    expect((await desk.entry(service)).standing).toMatchObject({ is: 'done', how: 'expired' });
  });
});

describe('an answer that is lost', () => {
  it('is settled by the receipt, and nothing is sent again', async () => {
    const gateway = new Gateway(10, { lostAnswers: 1, receiptMs: 40, timeoutMs: 5 });
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const id = await desk.request('s1');
    await desk.quiet();
    await new Promise((next) => setTimeout(next, 100));
    await desk.quiet();
    const entry = await desk.entry(id);
    expect(gateway.taken).toHaveLength(entry.deliveries[0]!.parts.length);
    expect(entry.standing).toMatchObject({ is: 'done', how: 'delivered' });
  });

  it("without a receipt comes on a person's list when the wait is over, and goes on when the person says so", async () => {
    const gateway = new Gateway(11, { lostAnswers: 1, lostReceipts: 1, timeoutMs: 5 });
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const id = await desk.request('s1');
    await inDoubt(desk, id);
    const taken = gateway.taken.length;
    expect(await desk.list()).toEqual([]);
    await desk.moveTo(NOON + 15 * MINUTE - 1);
    expect(await desk.list()).toEqual([]);
    await desk.moveTo(NOON + 15 * MINUTE);
    expect(await desk.list()).toMatchObject([{ noticeId: id, list: 'person', why: 'no answer in time' }]);
    expect(gateway.taken).toHaveLength(taken);
    await desk.fact('s1', { is: 'settled', noticeId: id, as: 'sent', by: 'shift-lead', at: NOON + HOUR });
    await desk.quiet();
    expect(await desk.list()).toEqual([]);
    expect((await desk.entry(id)).standing).toEqual({ is: 'sent' });
    expect(gateway.taken).toHaveLength(taken);
  });

  it('of advertising is left alone', async () => {
    const gateway = new Gateway(12, { lostAnswers: 1, lostReceipts: 1, timeoutMs: 5 });
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    await desk.fact('s1', { is: 'consent', service: 's1', given: true, at: NOON - DAY, event: 'e1' });
    const id = await desk.request('s1', { class: 'marketing' });
    await inDoubt(desk, id);
    await desk.moveTo(NOON + HOUR);
    expect((await desk.entry(id)).standing).toMatchObject({ is: 'done', how: 'dropped' });
  });
});

describe('before the clock of events has begun', () => {
  it('contacts are heard, nothing is committed, and the process has its turn', async () => {
    const desk = new Desk({ sms: new Gateway(19).bind() });
    desk.clock.now = Number.NEGATIVE_INFINITY;
    const { log } = desk;
    let reads = 0;
    const read = log.read.bind(log);
    log.read = (...given) => {
      // Without a wait between its looks nobody else would ever have a turn, nor would this test.
      if (++reads > 1_000) throw new Error('it looks without a wait');
      return read(...given);
    };
    desks.push(await desk.open());
    await desk.contact('s1', { msisdn: '+381641234567' });
    await new Promise((next) => setTimeout(next, 600));
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThan(100);
    await desk.moveTo(NOON);
    const id = await desk.request('s1');
    await desk.quiet();
    expect((await desk.entry(id)).standing).toMatchObject({ is: 'done', how: 'delivered' });
  });
});

describe('a sender that dies', () => {
  it('finds receipts that came before its ledger was open: what was in doubt is delivered', async () => {
    const gateway = new Gateway(18, { answerMs: 10_000, receiptMs: 5 });
    const first = await open({ sms: gateway.bind() });
    await first.contact('s1', { msisdn: '+381641234567' });
    const id = await first.request('s1');
    for (let i = 0; i < 400 && first.office.ledgers[0]!.flying < 4; i++)
      await new Promise((next) => setTimeout(next, 5));
    // Whoever is bound now never listens: what had arrived is reported, and waits at the centre.
    gateway.bind();
    const taken = gateway.taken.length;
    expect(taken).toBeGreaterThan(0);
    await new Promise((next) => setTimeout(next, 60));
    const second = await open({ sms: gateway.bind() }, first);
    const delivered = async () => {
      const { parts } = (await second.entry(id)).deliveries[0]!;
      return parts.filter(({ state }) => state.is === 'delivered').length;
    };
    for (let i = 0; i < 400 && (await delivered()) < taken; i++) await new Promise((next) => setTimeout(next, 5));
    expect(await delivered()).toBe(taken);
    expect(gateway.taken).toHaveLength(taken);
  });

  it('leaves what it had claimed in doubt: the next one sends none of it again', async () => {
    const gateway = new Gateway(20, { answerMs: 10_000, receiptMs: 60 });
    const first = await open({ sms: gateway.bind() });
    await first.contact('s1', { msisdn: '+381641234567' });
    const id = await first.request('s1');
    for (let i = 0; i < 100 && first.office.ledgers[0]!.flying === 0; i++)
      await new Promise((next) => setTimeout(next, 5));
    expect(first.office.ledgers[0]!.flying).toBeGreaterThan(0);
    // Half of what was under way has arrived; nobody was told.
    const second = await open({ sms: gateway.bind() }, first);
    await new Promise((next) => setTimeout(next, 30));
    const { parts } = (await second.entry(id)).deliveries[0]!;
    expect(parts.every(({ state }) => state.is === 'ambiguous')).toBe(true);
    await new Promise((next) => setTimeout(next, 150));
    await second.quiet();
    const arrived = new Set(gateway.taken.map(({ key }) => key));
    expect(gateway.taken).toHaveLength(arrived.size);
    await second.moveTo(NOON + HOUR);
    const after = (await second.entry(id)).deliveries[0]!.parts;
    // A receipt came for each that had arrived, and matched it by its number.
    expect(after.filter(({ state }) => state.is === 'delivered')).toHaveLength(arrived.size);
    expect(gateway.taken).toHaveLength(arrived.size);
    if (arrived.size < after.length) expect(await second.list()).toMatchObject([{ noticeId: id, list: 'person' }]);
  });
});

describe('a store that was put back', () => {
  it('sends nothing again of which the log says that it has left', async () => {
    const gateway = new Gateway(25);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const noticeId = 'credit-granted:before-the-backup';
    const word = {
      is: 'progressed',
      noticeId,
      state: 'submitted',
      channel: 'sms',
      at: NOON - HOUR,
      own: true,
    } as const;
    await desk.fact('s1', word);
    await desk.request('s1', { noticeId });
    await desk.quiet();
    expect(gateway.taken).toEqual([]);
    expect((await desk.entry(noticeId)).standing).toMatchObject({ is: 'done', how: 'sent', why: /the log alone/ });
  });
});

describe('deadlines and hours', () => {
  it('lets a service notice wait for the morning, and a legal one leave at night', async () => {
    const gateway = new Gateway(30);
    const desk = await open({ sms: gateway.bind() });
    desk.clock.now = at('2026-06-10T23:30:00+02:00');
    await desk.contact('s1', { msisdn: '+381641234567' });
    const service = await desk.request('s1', { class: 'service' });
    const legal = await desk.request('s1', {});
    await desk.quiet();
    expect((await desk.entry(legal)).standing).toMatchObject({ is: 'done' });
    expect((await desk.entry(service)).standing).toEqual({
      is: 'waiting',
      why: 'hours',
      until: at('2026-06-11T08:00:00+02:00'),
    });
    await desk.moveTo(at('2026-06-11T08:00:00+02:00'));
    expect((await desk.entry(service)).standing).toMatchObject({ is: 'done', how: 'delivered' });
  });

  it('does not let quiet hours pass a deadline', async () => {
    const desk = await open({ sms: new Gateway(31).bind() });
    desk.clock.now = at('2026-06-10T23:30:00+02:00');
    await desk.contact('s1', { msisdn: '+381641234567' });
    const id = await desk.request('s1', { class: 'service', dueBy: at('2026-06-11T02:00:00+02:00') });
    await desk.quiet();
    expect((await desk.entry(id)).standing).toMatchObject({ is: 'done', how: 'delivered' });
  });

  it('counts a notice of Truf as delivered the next day, whatever the gateway says (Truf 100)', async () => {
    const desk = await open({ sms: new Gateway(32, { lostReceipts: 1 }).bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const id = await desk.request('s1', { operator: 'truf-rs', clause: 'Truf 50' });
    await desk.quiet();
    expect(await desk.entry(id)).toMatchObject({
      standing: { is: 'sent' },
      deemedAt: at('2026-06-11T00:00:00+02:00'),
    });
    await desk.moveTo(NOON + 4 * DAY);
    // Asked, the gateway says what became of it.
    expect((await desk.entry(id)).standing).toMatchObject({ is: 'done' });
  });
});

describe('consent', () => {
  it('ends advertising at the word STOP and nothing else, and START brings it back', async () => {
    const gateway = new Gateway(40);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    const unasked = await desk.request('s1', { class: 'marketing' });
    await desk.quiet();
    expect((await desk.entry(unasked)).standing).toMatchObject({ is: 'done', how: 'withheld', why: 'sms: no consent' });
    await desk.fact('s1', { is: 'consent', service: 's1', given: true, at: NOON, event: 'e1' });
    const asked = await desk.request('s1', { class: 'marketing' });
    await desk.quiet();
    expect((await desk.entry(asked)).standing).toMatchObject({ is: 'done', how: 'delivered' });
    await desk.fact('s1', { is: 'consent', service: 's1', given: false, at: NOON + 1, event: 'e2' });
    const stopped = await desk.request('s1', { class: 'marketing' });
    const legal = await desk.request('s1');
    await desk.quiet();
    expect((await desk.entry(stopped)).standing).toMatchObject({ is: 'done', how: 'withheld' });
    expect((await desk.entry(legal)).standing).toMatchObject({ is: 'done', how: 'delivered' });
  });

  it('comes from the telephone: the word goes through the door for the service of that number', async () => {
    const gateway = new Gateway(41);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    await desk.quiet();
    await gateway.send({ from: '381641234567', to: '6624', text: ' Stop molim vas 0641112223' });
    expect(desk.told).toMatchObject([
      { type: 'sms.received', subject: 's1', data: { text: 'STOP', shortCode: '6624' } },
    ]);
  });
});

describe('a number that passed on', () => {
  it('gets nothing of its old holder after a transfer', async () => {
    const gateway = new Gateway(50);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' }, { customer: 'c1' });
    await desk.fact('s1', { is: 'transferred', service: 's1', at: at('2026-06-09T00:00:00+02:00'), customer: 'c2' });
    const unregistered = await desk.request('s1');
    await desk.contact('s1', { msisdn: '+381641234567' }, { time: '2026-06-09T08:00:00+02:00', customer: 'c2' });
    const old = await desk.request('s1');
    await desk.quiet();
    expect((await desk.entry(unregistered)).standing.is).toBe('letter');
    // The outage began under the holder before.
    expect((await desk.entry(old)).standing).toMatchObject({ is: 'letter', why: /holder before/ });
    expect(gateway.taken).toEqual([]);
  });

  it('gets nothing of a service that has ended', async () => {
    const gateway = new Gateway(51);
    const desk = await open({ sms: gateway.bind() });
    await desk.contact('s1', { msisdn: '+381641234567' });
    await desk.fact('s1', { is: 'ended', service: 's1', at: NOON - DAY });
    const id = await desk.request('s1');
    await desk.quiet();
    expect((await desk.entry(id)).standing).toMatchObject({ is: 'letter', why: /the number was freed/ });
    expect(gateway.taken).toEqual([]);
  });

  it.each([1, 3])(
    'gets nothing for a service that still names it, of another customer, over %i partitions',
    async (n) => {
      const gateway = new Gateway(52);
      const desk = await open({ sms: gateway.bind(), partitions: { service: 6, decisions: n } });
      await desk.contact('internet', { msisdn: '064 123 4567' }, { customer: 'c1' });
      await desk.contact('mobile-new', { msisdn: '0641234567' }, { customer: 'c2', time: '2026-05-01T00:00:00+02:00' });
      await desk.contact('tv', { msisdn: '0641234567' }, { customer: 'c2', time: '2026-04-01T00:00:00+02:00' });
      await desk.quiet();
      const old = await desk.request('internet');
      const ours = await desk.request('mobile-new');
      const same = await desk.request('tv');
      await desk.quiet();
      expect((await desk.entry(old)).standing).toMatchObject({ is: 'letter', why: /somebody else/ });
      expect((await desk.entry(ours)).standing).toMatchObject({ is: 'done', how: 'delivered' });
      expect((await desk.entry(same)).standing).toMatchObject({ is: 'done', how: 'delivered' });
    },
  );
});

describe("the regulator's notice", () => {
  const notice = {
    noticeId: 'regulator-outage:f-1',
    audience: 'regulator',
    template: 'regulator-outage',
    channels: ['email'],
    incident: 'f-1',
    because: {
      faults: [{ fault: 'olt-1/f1', responsibility: 'weather', reason: 'grom', from: '2026-06-08T11:00:00+02:00' }],
    },
    parameters: {
      incident: 'f-1',
      after: 'PT48H',
      passedAt: '2026-06-10T11:00:01+02:00',
      reasons: ['grom'],
      affectedServices: 12,
    },
  } as const;

  it('leaves at once where the pack asks for no signature, with the document', async () => {
    const mail = madeUpMail();
    const desk = await open({ email: mail });
    const id = await desk.request('a1-rs', notice);
    await desk.quiet();
    expect((await desk.entry(id)).standing).toMatchObject({ is: 'done', how: 'sent' });
    expect(mail.sent).toMatchObject([{ to: 'prekidi@regulator.example' }]);
    expect(mail.sent[0]!.html).toContain('olt-1/f1');
    expect(mail.sent[0]!.text).toContain('Tok događaja');
    expect(desk.told).toEqual([]);
  });

  it("waits for a person's signature where the pack says so, and is on the list until then", async () => {
    const mail = madeUpMail();
    const desk = await open({ email: mail });
    const id = await desk.request('truf-rs', { ...notice, operator: 'truf-rs', clause: 'Truf 50' });
    await desk.quiet();
    expect(await desk.list()).toMatchObject([{ noticeId: id, list: 'sign-off' }]);
    expect(mail.sent).toEqual([]);
    await desk.moveTo(NOON + DAY);
    expect((await desk.entry(id)).overdue).toBe(true);
    await desk.fact('truf-rs', { is: 'signed', noticeId: id, by: 'legal-officer', at: NOON + DAY });
    await desk.quiet();
    expect(mail.sent).toHaveLength(1);
    expect(await desk.list()).toEqual([]);
    expect(await desk.entry(id)).toMatchObject({
      standing: { is: 'done', how: 'sent' },
      signed: { by: 'legal-officer' },
    });
  });
});
