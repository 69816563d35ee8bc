/** The roles, and which events each may send. What each may ask for stands in `routes.ts`. */
import { EVENT_TYPES, type EventType } from '../domain/event.js';

export const ROLES = ['viewer', 'operator', 'supervisor', 'admin', 'regulator', 'auditor', 'wall', 'ingest'] as const;
export type Role = (typeof ROLES)[number];

/** The roles that a person may have; a wall and a machine that sends events are no persons. */
export const PEOPLE_ROLES = ['viewer', 'operator', 'supervisor', 'admin', 'regulator', 'auditor'] as const;
export type PersonRole = (typeof PEOPLE_ROLES)[number];

/** The roles of machines that show a key: a wall is enrolled instead. */
export const KEY_ROLES = ['viewer', 'operator', 'supervisor', 'regulator', 'auditor', 'ingest'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** What is done at the desk, alarm by alarm. */
const OPERATOR_EVENTS: readonly EventType[] = [
  'alarm.acknowledged',
  'alarm.unacknowledged',
  'alarm.shelved',
  'alarm.unshelved',
  'alarm.commented',
  'alarm.closed',
  'alarm.ended',
];

/** What binds the operator to its subscribers, or takes time out of what is owed to them. */
const SUPERVISOR_EVENTS: readonly EventType[] = EVENT_TYPES.filter((type) =>
  /^(?:works\.|bar\.|restriction\.|excuse\.|notice\.(?:signed|settled)$)/.test(type),
);

const EVENTS: Readonly<Record<Role, readonly EventType[]>> = {
  viewer: [],
  operator: OPERATOR_EVENTS,
  supervisor: [...OPERATOR_EVENTS, ...SUPERVISOR_EVENTS],
  admin: [...OPERATOR_EVENTS, ...SUPERVISOR_EVENTS],
  regulator: [],
  auditor: [],
  wall: [],
  ingest: EVENT_TYPES,
};

/** The types of events that a role may send. */
export function eventsOf(role: Role): readonly EventType[] {
  return EVENTS[role];
}

/** The least role that a person needs to send this type; undefined where no person may. */
export function roleFor(type: string): PersonRole | undefined {
  return (['operator', 'supervisor', 'admin'] as const).find((role) =>
    (EVENTS[role] as readonly string[]).includes(type),
  );
}

export function isRole(word: unknown): word is Role {
  return (ROLES as readonly unknown[]).includes(word);
}

export function isPersonRole(word: unknown): word is PersonRole {
  return (PEOPLE_ROLES as readonly unknown[]).includes(word);
}

export function isKeyRole(word: unknown): word is KeyRole {
  return (KEY_ROLES as readonly unknown[]).includes(word);
}
