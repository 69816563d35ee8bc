/** `dozor serve` and `dozor start`: a whole installation on embedded parts, or one process of several on Kafka and Redis. */

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { type Logger, pino } from 'pino';
import { createDashboard } from '../../dashboard/app.js';
import type { Access } from '../access/access.js';
import type { Oidc } from '../access/oidc.js';
import { startOfMonth } from '../domain/calendar.js';
import { plainOverrun } from '../domain/overrun-report.js';
import type { Packs } from '../domain/pack.js';
import { DAY, EVER, type Instant, parseInstant } from '../domain/units.js';
import { createAccess } from '../http/access-app.js';
import { accessGuard } from '../http/access-guard.js';
import { createApi } from '../http/api.js';
import type { ContactViews } from '../http/contact-routes.js';
import { resumeExcuses } from '../http/excuses.js';
import { type Listening, listen } from '../http/listen.js';
import { createMetrics, type Metrics } from '../http/metrics.js';
import type { EventIntake, Views, WireDecision } from '../http/ports.js';
import type { Subjects } from '../http/subjects.js';
import { makeToken, Tokens } from '../http/tokens.js';
import { whoOf } from '../http/who.js';
import type { Log } from '../io/log.js';
import type { Store } from '../io/store.js';
import { story } from '../play/generator.js';
import { PLAY_PACKS, playAll, playSets } from '../play/play.js';
import { play } from '../play/player.js';
import type { Config, Role } from '../runtime/config.js';
import { Refused } from '../runtime/failure.js';
import { readFees } from '../runtime/fee-sample.js';
import { identityKeyOf } from '../runtime/identity-key.js';
import { Installation } from '../runtime/installation.js';
import type { Member as MemberOf } from '../runtime/member.js';
import { type Node, type NodeWatch, partitionsOf } from '../runtime/node.js';
import { loadPacks, OWN_PACKS, packHashes, readPacks } from '../runtime/packs.js';
import type { RadiusWatch } from '../runtime/radius-source.js';
import { clausesOf, readingsOf } from '../runtime/readings.js';
import type { SourceBook } from '../runtime/source-book.js';
import { taskNames } from '../runtime/status.js';
import { SourceEventFinder } from '../views/source-events.js';
import { WallView } from '../views/wall/wall-view.js';
import { accessOf, copiedAlarm, oidcOf, sayHowToBegin } from './access-parts.js';
import { AlarmService, type AlarmServiceGiven, DESK_TOPICS } from './alarm-desk.js';
import { LOCAL_TOKEN } from './client.js';
import { ContactDesk } from './contact-desk.js';
import { ledgerClock, type NoticeLedger, noticeLedger } from './notice-ledger.js';
import { type PageSignals, pageSignals } from './page-signals.js';
import { noticeRoutes } from './shown/notices.js';
import { packRoutes } from './shown/packs.js';
import { keepWall } from './wall-service.js';

/** What is played into the installation, if anything. */
export type Played =
  | { readonly is: 'demonstration'; readonly speed: number; readonly seed: number }
  | {
      readonly is: 'folder';
      readonly folder: string;
      readonly sets: readonly string[];
      readonly speed: number | undefined;
    };

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** The demonstration's story begins here, so that a newcomer sees the same one as everybody. */
const STORY_FROM = parseInstant('2026-03-02T00:00:00+01:00')!;
const STORY_DAYS = 40;
const STORY_SERVICES = 2_000;
const METER_MS = 1_000;
const EXCUSES_MS = 10_000;
/** The zone of the pages. */
const WALL_ZONE = 'Europe/Belgrade';

/** Runs until it is told to stop. Resolves with the exit code. */
export async function serve(config: Config, played?: Played): Promise<number> {
  if (!config.clustered) return serveEmbedded(config, played);
  if (played) throw new Error('a story is played on embedded parts: unset KAFKA_BROKERS and REDIS_URL');
  return serveMember(config);
}

async function serveEmbedded(config: Config, played: Played | undefined): Promise<number> {
  const packs = loadPacks([OWN_PACKS, ...(played ? [PLAY_PACKS] : []), ...config.packFolders]);
  const madeUp = played && wordsOf(played);
  const metrics = createMetrics();
  const logger = loggerOf(config);
  const watch = watchWith(metrics, logger);
  const installation = await Installation.open(config, packs, { watch, ...(madeUp ? { madeUp } : {}) });
  const { gate, views } = installation;
  const intake: EventIntake = gate;
  let door: Listening;
  let alarms: AlarmService;
  let ledger: NoticeLedger | undefined;
  let wall: WallView;
  const warn: NodeWatch['warn'] = (what, detail) => logger.warn(detail, what);
  const signals = pageSignals({ config, metrics, intake, status: () => installation.status(), wallOf: enrolled, warn });
  const access = accessOf(config, logger);
  access.attach(installation.log, installation.store);
  const desk = new ContactDesk();
  desk.attach(installation.log, partitionsOf(config).service);
  try {
    alarms = alarmService(config, packs, logger, { partitions: partitionsOf(config), alone: true });
    ledger = noticeLedger(config, packs, {
      partitions: partitionsOf(config),
      owner: randomUUID(),
      intake,
      now: ledgerClock(config, () => installation.status()),
      warn: (what, detail) => logger.warn(detail, what),
      took: metrics.noticeTook,
    });
    if (ledger) measureLedger(ledger, metrics);
    const routes = ledger?.routes;
    const subjects = () => installation.subjects;
    wall = wallOf({
      config,
      packs,
      views,
      alarms,
      subjects,
      node: () => installation.store,
      sources: () => gate.sources,
    });
    door = await open({
      config,
      packs,
      metrics,
      node: installation,
      intake,
      views,
      subjects,
      store: () => installation.store,
      alarms,
      access,
      contacts: desk,
      oidc: oidcOf(config),
      warn,
      routes,
      signals,
      wall,
      log: installation.log,
    });
  } catch (error) {
    await installation.stop();
    throw error;
  }
  installation.start();
  say(`Dozor listens on ${door.url}`);
  say(
    `  data in ${config.dataFolder}, clock moved by ${config.clock === 'live' ? 'real time' : 'the events of the story'}`,
  );
  if (madeUp) say(`  ${madeUp}`);
  await sayHowToBegin(access, say);
  const source = radiusSource(config, installation.gate, metrics, logger);
  const { log, store } = installation;
  const beside = (signal: AbortSignal) =>
    Promise.all([
      alarms.run(log, store, signal),
      keepWall(wall, log, { signal, warn }),
      signals.run(log, signal),
      ...(ledger ? [ledger.run(log, store, signal)] : []),
      ...(played ? [playInto(installation, played, signal)] : []),
      ...(source && !played ? [source(store, signal)] : []),
    ]).then(() => {});
  return untilStopped({ node: installation, door, metrics, logger, beside });
}

/** One process among several. It listens before Kafka and Redis have answered, so that it can say what it waits for. */
async function serveMember(config: Config): Promise<number> {
  const { Member } = await import('../runtime/member.js');
  const folders = [OWN_PACKS, ...config.packFolders];
  const metrics = createMetrics();
  const logger = loggerOf(config);
  const contacts = metrics.contacts;
  const packs = loadPacks(folders);
  const alarms = config.roles.has('alerts')
    ? alarmService(config, packs, logger, { partitions: partitionsOf(config), alone: false })
    : undefined;
  if (config.noticesFile && config.roles.has('alerts') && config.clock === 'events' && !config.roles.has('door'))
    throw new Error(
      'where events move the clock there is one door: give the process with the role alerts that role too',
    );
  const ledger = config.roles.has('alerts')
    ? noticeLedger(config, packs, {
        partitions: partitionsOf(config),
        owner: randomUUID(),
        intake: { takeObjects: (events, by) => member.words.takeObjects(events, by) },
        now: ledgerClock(config, () => member.status()),
        warn: (what, detail) => logger.warn(detail, what),
        took: metrics.noticeTook,
      })
    : undefined;
  if (ledger) measureLedger(ledger, metrics);
  const has = (role: Role) => config.roles.has(role);
  // Who shows pages hears them; who has a door may say that a wall is silent.
  const signals =
    has('dashboard') || has('door')
      ? pageSignals({
          config,
          metrics,
          intake: has('door') ? { takeObjects: (events, by) => member.words.takeObjects(events, by) } : undefined,
          status: () => member.status(),
          wallOf: enrolled,
          warn: (what, detail) => logger.warn(detail, what),
        })
      : undefined;
  const access = accessOf(config, logger);
  const desk = new ContactDesk();
  const member: MemberOf = new Member({
    config,
    packs,
    packHashes: packHashes(folders),
    logger,
    watch: watchWith(metrics, logger),
    alongside: (_log, _partitions, signal) => desk.follow(signal, contacts),
    reached: (log, store) => {
      access.attach(log, store);
      desk.attach(log, partitionsOf(config).service);
      sayHowToBegin(access, say).catch((error: Error) =>
        logger.warn({ error: error.message }, 'set-up cannot be offered'),
      );
    },
    ...(alarms && { desk: { topics: DESK_TOPICS, run: (...given) => alarms.run(...given) } }),
    ...(ledger && { ledger }),
    ...(signals && { signals }),
    ...(config.radius && { source: (store, signal) => source!(store, signal) }),
    wall: (log, signal) => keepWall(wall!, log, { signal, warn: (what, detail) => logger.warn(detail, what) }),
  });
  const { intake, views, subjects } = member;
  const wall =
    views &&
    subjects &&
    wallOf({ config, packs, views, alarms, subjects, node: () => member.store, sources: () => member.sources });
  const source = intake && radiusSource(config, intake, metrics, logger);
  const door = await open({
    config,
    packs,
    metrics,
    node: member,
    intake,
    views,
    subjects,
    store: () => member.store,
    alarms,
    access,
    contacts: has('alerts') ? desk : undefined,
    oidc: oidcOf(config),
    warn: (what, detail) => logger.warn(detail, what),
    routes: ledger?.routes,
    signals,
    wall,
  });
  member.start();
  const { service, element, facts } = member.partitions;
  metrics.tasksExpected('service', service);
  metrics.tasksExpected('network', element);
  metrics.tasksExpected('collector', facts);
  say(`Dozor listens on ${door.url}; it is ${[...config.roles].join(', ')}`);
  const meter = setInterval(() => metrics.waitingFor(member.waits), METER_MS);
  try {
    return await untilStopped({ node: member, door, metrics, logger });
  } finally {
    clearInterval(meter);
  }
}

export interface Opened {
  readonly config: Config;
  readonly packs: Packs;
  readonly metrics: Metrics;
  readonly node: Node;
  readonly intake: EventIntake | undefined;
  readonly views: Views | undefined;
  readonly subjects: (() => Subjects | undefined) | undefined;
  /** What tasks hold, where this process reaches it: undefined before it does. */
  readonly store?: () => Store | undefined;
  readonly alarms: AlarmService | undefined;
  readonly access: Access;
  readonly contacts: ContactViews | undefined;
  readonly oidc: Oidc | undefined;
  readonly warn: NodeWatch['warn'];
  /** The folder with the built pages, where it is another one. */
  readonly assets?: string;
  /** Where gateways report what became of messages. */
  readonly routes: Hono | undefined;
  /** Where pages tell how they do. */
  readonly signals: PageSignals | undefined;
  readonly wall?: WallView | undefined;
  /** The log, where it is of this machine: it can be searched for a page. */
  readonly log?: Log;
}

/** The wall of a process that shows pages. */
function wallOf(given: {
  readonly config: Config;
  readonly packs: Packs;
  readonly views: Views;
  readonly alarms: AlarmService | undefined;
  readonly subjects: () => Subjects | undefined;
  readonly node: () => Store | undefined;
  readonly sources: () => SourceBook | undefined;
}): WallView {
  const { config, packs, views, alarms, subjects, node, sources } = given;
  const tasks = taskNames(partitionsOf(config)).service;
  return new WallView({
    views,
    packs,
    alarms: alarms?.views,
    kpis: () => subjects()?.kpis,
    sources: () => sources()?.all(),
    fees: (at) => {
      const store = node();
      return store && readFees(store, tasks, { at, vatOf: (operator) => packs.at(operator, at)?.vatPercent ?? '0' });
    },
    zone: WALL_ZONE,
    settings: { kosovo: config.map.kosovo, shapes: config.map.shapes !== undefined },
    now: Date.now,
  });
}

function measureLedger({ gateways, figures }: NoticeLedger, metrics: Metrics): void {
  metrics.smsGateways(gateways);
  metrics.notices(figures);
}

/** Who keeps the list of alarms, in a process that has that role. */
function alarmService(
  config: Config,
  packs: Packs,
  logger: Logger,
  given: Pick<AlarmServiceGiven, 'partitions' | 'alone'>,
): AlarmService {
  const warn: NodeWatch['warn'] = (what, detail) => logger.warn(detail, what);
  return new AlarmService({ config, packs, owner: randomUUID(), warn, ...given });
}

/** The enrolled wall that asks. */
const enrolled = (c: Context) => {
  const who = whoOf(c);
  return who?.kind === 'wall' ? who.id : undefined;
};

/** Opens the HTTP door: all parts of this process, behind the guard. */
function open(opened: Opened): Promise<Listening> {
  const { host, port, hosts, access: settings } = opened.config;
  const { anonymous, publicUrl, isMetricsOpen } = settings;
  const tokens = opened.intake ? openTokens(opened.config) : Tokens.of([]);
  const { intake, node } = opened;
  const { clock } = opened.config;
  const copied = copiedAlarm({ intake, clock, storyClock: () => node.status().clock, warn: opened.warn });
  keepExcuses(opened);
  return listen({
    apps: appsOf(opened, tokens),
    guard: accessGuard({ access: opened.access, tokens, anonymous, publicUrl, isMetricsOpen, copied }),
    behindTls: publicUrl?.startsWith('https:') ?? false,
    tls: opened.config.tls,
    host,
    port,
    hosts,
  });
}

/** What two persons excused goes through the door, also where a process fell between the word and the act. */
function keepExcuses({ access, intake, views }: Opened): void {
  if (!intake || !views) return;
  setInterval(() => {
    // What cannot be sent now is sent the next time; whoever looks sees that it is confirmed and not sent.
    if (access.isAttached) resumeExcuses(access.excuses, intake).catch(() => {});
  }, EXCUSES_MS).unref();
}

/** All parts that answer, by what this process does: every route that there is. */
export function appsOf(
  opened: Omit<Opened, 'node'> & { readonly node: Pick<Node, 'status' | 'health' | 'feedDelays'> },
  tokens: Tokens,
  print: (line: string) => void = say,
) {
  const { config, packs, metrics, node, intake, views, subjects, alarms, access, routes, signals, wall } = opened;
  const { clock: clockMode, access: settings } = config;
  const status = () => node.status();
  const read = readPacks([OWN_PACKS, PLAY_PACKS, ...config.packFolders]);
  const used = read.filter(({ pack }) => pack && packs.operators().has(pack.operator));
  const api = createApi({
    intake,
    views,
    subjects,
    alarms: alarms?.views,
    hub: alarms?.hub,
    status,
    health: () => node.health(),
    metrics,
    tokens,
    excuses: views && access.excuses,
    clauses: () => clausesOf(used),
    overrun: () => plainOverrun(packs, node.feedDelays),
    clockMode,
    further: [
      (app) => noticeRoutes(app, { views, store: opened.store, packs, partitions: partitionsOf(config) }),
      (app) => packRoutes(app, { packs: used, now: () => status().clock ?? Date.now() }),
    ],
  });
  const gateways = routes ? [new Hono().route('/v1/sms', routes)] : [];
  const readings = (decision: WireDecision) => readingsOf(decision, read);
  const finder = opened.log && new SourceEventFinder(opened.log);
  const pages = views
    ? [
        createDashboard(views, {
          ...(opened.assets !== undefined && { assets: opened.assets }),
          alarms: alarms?.views,
          wall,
          shapes: config.map.shapes,
          readings,
          sources: finder && ((decision) => finder.find(decision)),
          counted: metrics.pages,
        }),
      ]
    : [];
  const heard = views && signals ? [signals.routes] : [];
  const own = createAccess({
    access,
    publicUrl: settings.publicUrl,
    print,
    shut: signals?.revoked,
    contacts: opened.contacts,
    oidc: opened.oidc,
    failed: opened.warn,
  });
  return [api, own, ...gateways, ...heard, ...pages];
}

/** Goes on until a signal, or until the node has failed. */
async function untilStopped(given: {
  readonly node: Node;
  readonly door: Listening;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly beside?: (signal: AbortSignal) => Promise<void>;
}): Promise<number> {
  const { node, door, metrics, logger, beside } = given;
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  let conflicts = 0;
  const meter = setInterval(() => {
    void measure(node, metrics);
    const { count, ids } = node.conflicts;
    if (count > conflicts) logger.error({ count, ids }, 'decisions were told with two contents under one id');
    conflicts = count;
  }, METER_MS);
  const playing = beside?.(stop.signal) ?? new Promise<void>(() => {});
  const stopped = new Promise<void>((done) => stop.signal.addEventListener('abort', () => done(), { once: true }));
  let failure: Error | undefined;
  await Promise.race([stopped, node.done(), playing]).catch((error: Error) => {
    failure = error;
  });
  stop.abort();
  clearInterval(meter);
  await door.close();
  if (beside) await playing.catch(() => {});
  await node.stop().catch((error: Error) => {
    failure ??= error;
  });
  if (failure) {
    const words = failure instanceof Refused ? failure.message : (failure.stack ?? failure.message);
    process.stderr.write(`dozor: stopped: ${words}\n`);
    return 1;
  }
  say('Dozor has stopped; everything it decided is saved and sent.');
  return 0;
}

async function measure(node: Node, metrics: Metrics): Promise<void> {
  const reports = await node.reports().catch(() => undefined);
  if (reports) metrics.tasks(reports);
  const { clockStoodMs } = node;
  metrics.clockStood(clockStoodMs === null ? null : clockStoodMs / 1_000);
  metrics.held(node.heldServices);
  metrics.samplesLate(node.lateSamples);
  metrics.conflicting(node.conflicts.count);
}

/** What happens goes to the metrics, and what somebody should know of to the log. */
function watchWith(metrics: Metrics, logger: Logger): NodeWatch {
  return {
    committed: (seconds) => metrics.committed(seconds),
    tookOver: (role) => metrics.tookOver(role),
    refused: (role) => metrics.refused(role),
    rebuilt: (group) => metrics.rebuilt(group),
    fellBack: () => metrics.fellBack(),
    warn: (what, detail) => logger.warn(detail, what),
  };
}

/** Lines of JSON on standard error; nothing while all is well. */
function loggerOf({ logLevel }: Config): Logger {
  return pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}

/** Listens to RADIUS accounting until the signal, where the settings ask for it. */
function radiusSource(
  config: Config,
  intake: Pick<EventIntake, 'takeObjects'>,
  metrics: Metrics,
  logger: Logger,
): ((store: Store, signal: AbortSignal) => Promise<void>) | undefined {
  const { radius: settings, dataFolder } = config;
  if (!settings) return undefined;
  const { key: hashKey, made } = identityKeyOf(config);
  if (made !== undefined) say(`  made the identity key ${made}: keep it`);
  const watch: RadiusWatch = {
    settled: metrics.radiusPacket,
    sessions: metrics.radiusSessions,
    problem: metrics.radiusProblem,
    warn: (what, detail) => logger.warn(detail, what),
  };
  return async (store, signal) => {
    const { RadiusSource } = await import('../runtime/radius-source.js');
    const given = { settings, hashKey, store, intake, owner: randomUUID(), dataFolder, watch };
    const source = await RadiusSource.open(given).catch((error: Error) => {
      throw new Refused(error.message);
    });
    say(`  RADIUS accounting is heard on ${settings.host}:${source.port} (UDP)`);
    await source.run(signal);
  };
}

function wordsOf(played: Played): string {
  return played.is === 'demonstration'
    ? 'Demonstration: the operators, their networks, customers and events are made up.'
    : 'Real samples, alarms and measurements from public data sets; the operators, services and fees around them are made up.';
}

async function playInto(installation: Installation, played: Played, signal: AbortSignal): Promise<void> {
  const { gate } = installation;
  const already = gate.clock;
  const refused = new Map<string, number>();
  const options = {
    played: already,
    signal,
    ...(played.speed === undefined ? {} : { speed: played.speed }),
    answered: (answers: readonly { readonly reason?: string }[]) => {
      for (const { reason } of answers) if (reason) refused.set(reason, (refused.get(reason) ?? 0) + 1);
    },
  };
  const began = performance.now();
  let count: number;
  if (played.is === 'demonstration') {
    const events = story({ seed: played.seed, from: STORY_FROM, days: STORY_DAYS, services: STORY_SERVICES });
    count = await play(events, gate, options);
  } else {
    const found = await playSets(played.folder);
    const sets = found.filter(({ name }) => played.sets.length === 0 || played.sets.includes(name));
    if (sets.length === 0) {
      const names = found.map(({ name }) => name).join(', ');
      throw new Error(`no known data set lies below ${played.folder}${names ? `; there are: ${names}` : ''}`);
    }
    for (const { name, about, assumed } of sets) {
      say(`  playing ${name}: ${about}`);
      for (const line of assumed) say(`    made up or assumed: ${line}`);
    }
    // What is open when the data end stays open to the end of that month, so that its billing cycle can be settled.
    const end = (last: Instant) => startOfMonth(startOfMonth(last, 'UTC') + 32 * DAY, 'UTC') + DAY;
    say(
      '    made up or assumed: the clock goes on to the end of the last month; what is open then is taken to be still open.',
    );
    count = await play(playAll(sets), gate, { ...options, end });
  }
  if (signal.aborted) return;
  // One task's last word may be another's first: all is told when nothing has moved for a while.
  for (let quiet = 0; quiet < 5 && !signal.aborted; ) {
    await new Promise((next) => setTimeout(next, 100));
    quiet = (await installation.caughtUp()) ? quiet + 1 : 0;
  }
  const seconds = Math.round((performance.now() - began) / 1_000);
  say(
    `The story is told: ${count} events in ${seconds} s${already === EVER ? '' : ' (what was played before counted as known)'}.`,
  );
  for (const [reason, n] of refused) say(`  refused: ${n} ${reason}`);
  for (const [type, n] of Object.entries(installation.status().counts.decisions).sort()) say(`  ${n} ${type}`);
  say('It goes on listening; Ctrl-C stops it.');
  // The page stays up until it is told to stop.
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

/** The tokens that may write. At the first start one is made for commands on this machine, readable by its owner alone. */
function openTokens(config: Config): Tokens {
  if (!existsSync(config.tokensFile)) {
    mkdirSync(config.dataFolder, { recursive: true });
    const { token, sha256 } = makeToken();
    writeFileSync(config.tokensFile, `${JSON.stringify([{ name: 'local', sha256 }], null, 2)}\n`, { mode: 0o600 });
    writeFileSync(join(config.dataFolder, LOCAL_TOKEN), `${token}\n`, { mode: 0o600 });
  }
  return Tokens.fromFile(config.tokensFile);
}

/** Adds a token and returns its text, which is shown once and never stored. */
export function addToken(
  config: Config,
  name: string,
  limits: {
    readonly sources?: readonly string[];
    readonly operators?: readonly string[];
    readonly types?: readonly string[];
  },
): string {
  const held = existsSync(config.tokensFile)
    ? (JSON.parse(readFileSync(config.tokensFile, 'utf8')) as { name: string }[])
    : [];
  if (held.some((one) => one.name === name))
    throw new Error(`there is a token named ${name} already in ${config.tokensFile}`);
  const { token, sha256 } = makeToken();
  mkdirSync(config.dataFolder, { recursive: true });
  writeFileSync(config.tokensFile, `${JSON.stringify([...held, { name, sha256, ...limits }], null, 2)}\n`, {
    mode: 0o600,
  });
  return token;
}
