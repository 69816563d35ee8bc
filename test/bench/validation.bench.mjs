/**
 * What it costs to check one usage record: TypeBox compiled, ajv compiled, checks written by hand; and the whole door.
 *   node test/bench/validation.bench.mjs
 * All in one run, in turns, the median of the rounds: the ratios hold where the absolute numbers do not.
 */
import { Ajv } from 'ajv';
import { build } from 'esbuild';

const ROUNDS = 15;
const CALLS = 200_000;

const entry = `
export { decodeData, eventSchemas } from './pipelines/domain/event.js';
export { decodeLine, fingerprint } from './pipelines/runtime/decode.js';
export { Compile } from 'typebox/compile';
`;
const root = new URL('../../', import.meta.url).pathname;
const bundle = await build({
  stdin: { contents: entry, resolveDir: root, loader: 'ts' },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
});
const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { Compile, decodeData, decodeLine, eventSchemas, fingerprint } = await import(
  `data:text/javascript;base64,${code}`
);

const given = { operators: new Map([['a1-rs', { currency: 'RSD' }]]) };
/** Records that differ, so that nothing can be remembered from one to the next. */
const events = Array.from({ length: 1_000 }, (_, i) => ({
  specversion: '1.0',
  id: `u-${i}`,
  source: 'mediation',
  type: 'usage.recorded',
  subject: `s-${i % 97}`,
  time: `2026-06-10T12:${String(i % 60).padStart(2, '0')}:00+02:00`,
  recordedtime: '2026-06-10T13:00:05+02:00',
  data: {
    kind: i % 3 ? 'voice' : 'data',
    direction: 'out',
    ...(i % 3 ? { seconds: i } : { bytes: i * 1_000 }),
    charge: { amount: `${i}.50`, currency: 'RSD' },
    destination: { zone: 'on-net', country: 'RS', prefix: '38164' },
    sessionId: `session-${i}`,
    feed: 'cdr',
    country: 'RS',
    visitedNetwork: '22005',
  },
}));
const records = events.map(({ data }) => data);
const lines = events.map((event) => JSON.stringify(event));

const schema = JSON.parse(JSON.stringify(eventSchemas['usage.recorded']));
const typebox = Compile(schema);
const ajv = new Ajv({ strict: false, validateFormats: false }).compile(schema);

const KINDS = new Set(['voice', 'sms', 'mms', 'data', 'premium']);
const FEEDS = new Set(['tap', 'nrtrde', 'radius', 'cdr']);
const AMOUNT = /^-?[0-9]+(\.[0-9]+)?$/;
const CURRENCY = /^[A-Z]{3}$/;
const COUNTRY = /^[A-Z]{2}$/;
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value) => value === undefined || (Number.isSafeInteger(value) && value >= 0);
const isText = (value) => value === undefined || typeof value === 'string';
const isName = (value) => value === undefined || (typeof value === 'string' && value !== '');
const isCountry = (value) => value === undefined || (typeof value === 'string' && COUNTRY.test(value));

function byHand(data) {
  if (!isObject(data) || !KINDS.has(data.kind)) return false;
  if (data.direction !== undefined && data.direction !== 'out' && data.direction !== 'in') return false;
  if (!isCount(data.seconds) || !isCount(data.messages) || !isCount(data.bytes)) return false;
  const { charge, destination, part } = data;
  if (charge !== undefined) {
    if (!isObject(charge) || typeof charge.amount !== 'string' || typeof charge.currency !== 'string') return false;
    if (charge.amount.length > 32 || !AMOUNT.test(charge.amount) || !CURRENCY.test(charge.currency)) return false;
    if (charge.vat !== undefined && charge.vat !== 'excluded' && charge.vat !== 'included') return false;
  }
  if (destination !== undefined) {
    if (!isObject(destination) || !isText(destination.zone) || !isText(destination.prefix)) return false;
    if (!isCountry(destination.country)) return false;
  }
  if (part !== undefined && typeof part !== 'string' && !Number.isInteger(part)) return false;
  if (data.feed !== undefined && !FEEDS.has(data.feed)) return false;
  return isName(data.sessionId) && isCountry(data.country) && isText(data.visitedNetwork);
}

const contenders = {
  'check, TypeBox compiled': (i) => typebox.Check(records[i]),
  'check, ajv compiled': (i) => ajv(records[i]),
  'check, by hand': (i) => byHand(records[i]),
  'check and conversion (decodeData)': (i) => decodeData('usage.recorded', records[i]).ok,
  'JSON.parse of the line alone': (i) => JSON.parse(lines[i]).id !== '',
  'the whole door (decodeLine)': (i) => decodeLine(lines[i], i, given).ok,
  'fingerprint of the event': (i) => fingerprint({ ...events[i] }).id !== '',
};

function time(call) {
  let good = 0;
  const start = process.hrtime.bigint();
  for (let n = 0; n < CALLS; n += 1) if (call(n % records.length)) good += 1;
  const nanoseconds = Number(process.hrtime.bigint() - start) / CALLS;
  if (good !== CALLS) throw new Error(`${CALLS - good} good records were refused`);
  return nanoseconds;
}

const times = new Map(Object.keys(contenders).map((name) => [name, []]));
for (const call of Object.values(contenders)) time(call);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, call] of Object.entries(contenders)) times.get(name).push(time(call));
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const base = median(times.get('check, TypeBox compiled'));
console.log(`node ${process.version}, ${ROUNDS} rounds of ${CALLS}, median`);
for (const [name, list] of times) {
  const nanoseconds = median(list);
  console.log(
    `${name.padEnd(36)} ${nanoseconds.toFixed(0).padStart(6)} ns  ${(nanoseconds / base).toFixed(2).padStart(6)} x`,
  );
}
