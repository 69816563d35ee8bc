/** Fault events as facts: the same for a service's own line and for an element. */
import { refOf } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import type { FaultFact } from '../domain/fault.js';

/** What an event says of a fault. */
export function faultFact(event: EventOf<'fault.opened' | 'fault.updated' | 'fault.cleared'>): FaultFact {
  const base = { at: event.time, known: event.recordedtime, ref: refOf(event) };
  if (event.type === 'fault.cleared') return { do: 'cleared', ...base };
  const { responsibility, accessBarred, reason } = (event as EventOf<'fault.opened'>).data;
  const excuses = event.type === 'fault.updated' && (event as EventOf<'fault.updated'>).data.excuseId !== undefined;
  return {
    do: event.type === 'fault.opened' ? 'opened' : 'updated',
    ...base,
    ...(responsibility === undefined ? {} : { responsibility }),
    ...(accessBarred === undefined ? {} : { accessBarred }),
    ...(reason === undefined ? {} : { reason }),
    ...(excuses && { excuses }),
  };
}
