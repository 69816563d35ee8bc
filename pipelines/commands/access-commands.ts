/** `dozor audit`, `dozor users`, `dozor keys`: the trail, and what is left to whoever stands at the machine. */
import { randomUUID } from 'node:crypto';
import { Access } from '../access/access.js';
import { AUDIT_TOPIC, type AuditRecord, auditRecords, verifyAudit } from '../access/audit.js';
import { isPersonRole, PEOPLE_ROLES } from '../access/roles.js';
import { randomCode } from '../access/secrets.js';
import type { Config } from '../runtime/config.js';
import { Refused } from '../runtime/failure.js';
import { openParts } from './parts.js';

const MACHINE = { who: 'machine', role: 'machine' } as const;
/** 100 random bits in letters that can be read out. */
const PASSWORD_LETTERS = 20;

/** Checks the chain; `ok` is false where it is broken, and the lines say where first. */
export async function verifyTrail(
  config: Config,
  anchors: readonly string[],
): Promise<{ readonly ok: boolean; readonly lines: readonly string[] }> {
  const { log, close } = await openParts(config, 'read');
  try {
    if ((await log.partitions(AUDIT_TOPIC)) === 0) return { ok: true, lines: ['there is no audit trail yet'] };
    const { records, chains, broken } = await verifyAudit(log, anchors);
    const heads = chains.map(({ chain, records: count, hash }) => `  ${hash}  ${chain}  ${count} records`);
    if (broken) return { ok: false, lines: [`broken at offset ${broken.offset}: ${broken.why}`] };
    const words = `${records} records in ${chains.length} chains, whole`;
    const hint = heads.length > 0 ? ['note the newest head elsewhere; --anchor HASH asks for it next time:'] : [];
    return { ok: true, lines: [words, ...hint, ...heads] };
  } finally {
    await close();
  }
}

/** A line for each of the newest records, oldest first. */
export async function listTrail(config: Config, limit: number): Promise<readonly string[]> {
  const { log, close } = await openParts(config, 'read');
  try {
    const lines: string[] = [];
    if ((await log.partitions(AUDIT_TOPIC)) === 0) return lines;
    for await (const { offset, record } of auditRecords(log)) {
      lines.push(record ? lineOf(record) : `offset ${offset}: no record of the trail`);
      if (lines.length > limit) lines.shift();
    }
    return lines;
  } finally {
    await close();
  }
}

function lineOf({ time, who, role, what, subject, outcome, reason }: AuditRecord): string {
  // What somebody typed is quoted, so that it cannot look like a line of its own.
  const words = reason === undefined ? [] : [JSON.stringify(reason)];
  return [time, `${who} (${role})`, what, subject === undefined ? '-' : plain(subject), outcome, ...words].join('  ');
}

/** A subject may come from an address: no control character of it reaches a terminal. */
function plain(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A line for each account. */
export async function listUsers(config: Config): Promise<readonly string[]> {
  const { log, store, close } = await openParts(config, 'read');
  try {
    const access = new Access({ owner: randomUUID() });
    access.attach(log, store);
    const accounts = await access.accounts.list();
    return accounts.map(
      ({ id, login, role, from, isDisabled }) => `${id}  ${login}  ${role}  ${from}${isDisabled ? '  locked' : ''}`,
    );
  } finally {
    await close();
  }
}

/** Opens what is there to be changed; embedded, the process that runs it has to be stopped. */
async function changing<T>(config: Config, work: (access: Access) => Promise<T>): Promise<T> {
  const { log, store, close } = await openParts(config, 'write');
  try {
    await log.ensureTopic(AUDIT_TOPIC, 1);
    const access = new Access({ owner: randomUUID() });
    access.attach(log, store);
    return await work(access);
  } finally {
    await close();
  }
}

/** Makes an account; its password is shown once. */
export function addUser(config: Config, login: string, role: string): Promise<readonly string[]> {
  if (!isPersonRole(role)) throw new Refused(`there is no role ${role}; there are ${PEOPLE_ROLES.join(', ')}`);
  return changing(config, async (access) => {
    const password = randomCode(PASSWORD_LETTERS);
    const { id } = await access.accounts.create({ login, role, password }, 'machine');
    await access.write({ ...MACHINE, what: 'account.created', subject: id, outcome: 'done', reason: `as ${role}` });
    return [`${id}  ${login}  ${role}`, `password, shown once: ${password}`];
  });
}

/** Gives an account another password and unlocks it: for the last administrator who has forgotten. */
export function resetUser(config: Config, login: string): Promise<readonly string[]> {
  return changing(config, async (access) => {
    const account = (await access.accounts.list()).find((one) => one.login.toLowerCase() === login.toLowerCase());
    if (!account) throw new Refused(`there is no account with the login ${login}`);
    const password = randomCode(PASSWORD_LETTERS);
    await access.accounts.setPassword(account.id, password);
    await access.accounts.change(account.id, { isDisabled: false });
    await access.write({ ...MACHINE, what: 'password.reset', subject: account.id, outcome: 'done' });
    return [`${account.id}  ${account.login}  ${account.role}`, `password, shown once: ${password}`];
  });
}

/** A line for each key of a machine. */
export async function listKeys(config: Config): Promise<readonly string[]> {
  const { log, store, close } = await openParts(config, 'read');
  try {
    const access = new Access({ owner: randomUUID() });
    access.attach(log, store);
    const keys = await access.keys.list();
    return keys.map(
      ({ id, name, role, expiresAt }) => `${id}  ${name}  ${role}  until ${new Date(expiresAt).toISOString()}`,
    );
  } finally {
    await close();
  }
}

/** Takes a key away. */
export function removeKey(config: Config, id: string): Promise<string> {
  return changing(config, async (access) => {
    const name = await access.keys.remove(id);
    if (name === undefined) throw new Refused(`there is no key ${id}`);
    await access.write({ ...MACHINE, what: 'key.removed', subject: id, outcome: 'done' });
    return `the key ${name} is gone`;
  });
}
