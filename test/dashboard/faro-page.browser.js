// A page that is nothing but its telemetry, with what a test needs to make it fail.
import { report, startTelemetry } from '../../dashboard/page/shared/telemetry.ts';

Object.assign(window, {
  report,
  fail: (text) => setTimeout(() => missing(text), 0),
  reject: (text) => void Promise.reject(new RangeError(text)),
});

function missing(text) {
  throw new TypeError(text);
}

const fails = new URLSearchParams(location.search).get('fails');
startTelemetry(location.pathname === '/wall' ? 'wall' : 'console');
if (fails !== null) reportError(new SyntaxError(fails));
