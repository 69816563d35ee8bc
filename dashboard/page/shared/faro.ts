/**
 * The Faro web SDK, in a file of its own. It watches errors and web vitals; everything is scrubbed here, before it leaves. Only what is
 * made anew below leaves at all: what a later version of the SDK would add is not sent before somebody has looked at it.
 */
import {
  ErrorsInstrumentation,
  type ExceptionEvent,
  FetchTransport,
  InternalLoggerLevel,
  initializeFaro,
  type MeasurementEvent,
  type Meta,
  SessionInstrumentation,
  type TransportItem,
  WebVitalsInstrumentation,
} from '@grafana/faro-web-sdk';
import { scrubPath, scrubText } from '../../../pipelines/domain/scrub.js';
import { watchHealth } from './health.js';
import type { Handover, Told } from './telemetry.js';

const FRAMES_MAX = 10;

/** Begins, and returns how the page tells of more. */
export function begin({ page, build, wall, live, errors, told }: Handover): (one: Told) => void {
  const faro = initializeFaro({
    app: { name: page, version: build },
    // None of those that come by themselves: address of the page, browser, system.
    metas: [],
    instrumentations: [new ErrorsInstrumentation(), new WebVitalsInstrumentation(), new SessionInstrumentation()],
    transports: [
      new FetchTransport({
        url: '/collect',
        requestCompression: true,
        requestOptions: { headers: { 'x-dozor-page': '1' } },
      }),
    ],
    sessionTracking: { enabled: true, persistent: false },
    preventGlobalExposure: true,
    // A server that is away is no news in the console: the page says it already.
    internalLoggerLevel: InternalLoggerLevel.OFF,
  });
  // The last of all: the SDK's own hooks need what is taken away here, and nothing may be added behind it.
  faro.transports.addBeforeSendHooks(scrubbed);
  const tell = ({ kind, values }: Told) =>
    faro.api.pushMeasurement({ type: kind, values: { ...values } }, wall === undefined ? {} : { context: { wall } });
  for (const error of errors) faro.api.pushError(error instanceof Error ? error : new Error(String(error)));
  for (const one of told) tell(one);
  if (wall !== undefined) watchHealth(live, (values) => tell({ kind: 'health', values }));
  return tell;
}

/** What leaves of a thing; null: nothing of it. */
export function scrubbed(item: TransportItem): TransportItem | null {
  const { app, session } = item.meta;
  const meta: Meta = {
    ...(app && { app: named(app) }),
    ...(session?.id !== undefined && { session: { id: session.id } }),
  };
  if (item.type === 'exception') return { type: item.type, meta, payload: ofError(item.payload as ExceptionEvent) };
  if (item.type === 'measurement')
    return { type: item.type, meta, payload: ofMeasurement(item.payload as MeasurementEvent) };
  return null;
}

function named({ name, version }: NonNullable<Meta['app']>): NonNullable<Meta['app']> {
  return { ...(name !== undefined && { name }), ...(version !== undefined && { version }) };
}

function ofError({ type, value, timestamp, stacktrace }: ExceptionEvent): ExceptionEvent {
  const frames = (stacktrace?.frames ?? []).slice(0, FRAMES_MAX).map(({ filename, lineno, colno }) => ({
    filename: scrubPath(filename),
    function: '',
    ...(lineno !== undefined && { lineno }),
    ...(colno !== undefined && { colno }),
  }));
  return { type: scrubText(type), value: scrubText(value), timestamp, stacktrace: { frames } };
}

/** Of a web vital the elements and files that it names stay here; what we tell ourselves names the wall alone. */
function ofMeasurement({ type, values, timestamp, context }: MeasurementEvent): MeasurementEvent {
  const wall = type === 'web-vitals' ? undefined : context?.['wall'];
  return { type, values, timestamp, ...(wall !== undefined && { context: { wall } }) };
}
