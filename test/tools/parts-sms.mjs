// Real SMS parts that are not ours: Kannel (Debian), and the server of jSMPP's examples (Maven Central).
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fetchJars, jarsOf, java } from './parts-fetch.mjs';
import { freePort, part, temporaryFolder } from './parts-process.mjs';

const HOST = '127.0.0.1';
const START_MS = 20_000;
const JSMPP_VERSION = '3.0.1';
const SBIN = '/usr/sbin';

const JSMPP = {
  name: 'jsmpp',
  version: JSMPP_VERSION,
  dependencies: [['org.jsmpp', 'jsmpp-examples', JSMPP_VERSION]],
  jar: `jsmpp-examples-${JSMPP_VERSION}.jar`,
};

/** @type {import('./parts-sms.d.mts').missingSmsParts} */
export function missingSmsParts(names = ['kannel', 'jsmpp']) {
  const missing = [];
  if (names.includes('kannel') && (!command('bearerbox') || !command('smsbox')))
    missing.push('kannel (Debian: kannel)');
  if (
    names.includes('jsmpp') &&
    !existsSync(jarsOf(JSMPP.name, JSMPP.version)) &&
    spawnSync('mvn', ['-v']).status !== 0
  )
    missing.push('mvn (Debian: maven)');
  if (names.includes('openssl') && !command('openssl')) missing.push('openssl');
  return missing;
}

function command(name) {
  const places = [...(process.env.PATH ?? '').split(':'), SBIN].map((folder) => join(folder, name));
  return places.find((place) => existsSync(place));
}

/** @type {import('./parts-sms.d.mts').fetchJsmpp} */
export function fetchJsmpp() {
  return fetchJars(JSMPP);
}

/** @type {import('./parts-sms.d.mts').startKannel} */
export async function startKannel({ smscPort, receivedUrl }) {
  const folder = temporaryFolder('kannel');
  const [admin, box, sendsms] = [await freePort(), await freePort(), await freePort()];
  const conf = join(folder, 'kannel.conf');
  writeFileSync(
    conf,
    groups([
      {
        group: 'core',
        'admin-port': admin,
        'admin-interface': HOST,
        'admin-password': 'for-a-test-only',
        'smsbox-port': box,
        'box-allow-ip': HOST,
        'log-level': 1,
        'store-type': 'file',
        'store-location': join(folder, 'store'),
        'dlr-storage': 'internal',
      },
      {
        group: 'smsc',
        smsc: 'smpp',
        'smsc-id': 'centre',
        host: HOST,
        port: smscPort,
        'smsc-username': 'kannel',
        'smsc-password': 'secret',
        'system-type': '""',
        'transceiver-mode': 'true',
        'reconnect-delay': 1,
        'enquire-link-interval': 5,
      },
      {
        group: 'smsbox',
        'bearerbox-host': HOST,
        'sendsms-port': sendsms,
        'sendsms-interface': HOST,
        'http-queue-delay': 1,
        'http-request-retry': 5,
        'log-level': 1,
        'mo-recode': 'true',
      },
      {
        group: 'sendsms-user',
        username: 'dozor',
        password: 'secret',
        'max-messages': 1,
        'user-allow-ip': HOST,
      },
      {
        group: 'sms-service',
        keyword: 'default',
        'post-url': `"${receivedUrl}"`,
        'catch-all': 'yes',
        'send-sender': 'true',
        'max-messages': 0,
      },
    ]),
  );
  const bearer = part({
    name: 'bearerbox',
    folder,
    log: join(folder, 'bearerbox.out'),
    startMs: START_MS,
    launch: () => ({ command: command('bearerbox'), args: [conf] }),
    answers: () => isOpen(box),
  });
  const sms = part({
    name: 'smsbox',
    folder,
    log: join(folder, 'smsbox.out'),
    startMs: START_MS,
    launch: () => ({ command: command('smsbox'), args: [conf] }),
    answers: () => isOpen(sendsms),
  });
  await bearer.start();
  await sms.start();
  return {
    folder,
    url: `http://${HOST}:${sendsms}/cgi-bin/sendsms`,
    stop: async () => {
      await sms.stop();
      await bearer.stop();
    },
    bearer,
    sms,
  };
}

/** @type {import('./parts-sms.d.mts').startJsmpp} */
export async function startJsmpp() {
  const classpath = fetchJsmpp();
  const folder = temporaryFolder('jsmpp');
  const port = await freePort();
  const log = join(folder, 'jsmpp.log');
  let starts = 0;
  const server = part({
    name: 'jSMPP',
    folder,
    log,
    startMs: START_MS,
    launch: () => {
      starts += 1;
      const options = ['-Xmx128m', `-Djsmpp.simulator.port=${port}`, '-cp', classpath];
      return { command: java(), args: [...options, 'org.jsmpp.examples.SMPPServerSimulator'] };
    },
    // It serves one bind after the other, and a connection that only looks whether it is there would keep it for a minute.
    answers: async () =>
      server.pid !== undefined && readFileSync(log, 'utf8').split('Listening on port').length > starts,
  });
  await server.start();
  return Object.defineProperty(server, 'port', { value: port, enumerable: true });
}

function groups(list) {
  return list
    .map((one) =>
      Object.entries(one)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join(''),
    )
    .join('\n');
}

function isOpen(port) {
  return new Promise((answer) => {
    const socket = connect({ host: HOST, port, timeout: 1_000 });
    const end = (open) => {
      socket.destroy();
      answer(open);
    };
    socket.once('connect', () => end(true));
    for (const event of ['error', 'timeout']) socket.once(event, () => end(false));
  });
}
