/** Puts together who may do what for one process: accounts and the trail, the first code, and the alarm of a wall that was copied. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Access } from '../access/access.js';
import { Oidc, oidcSettings } from '../access/oidc.js';
import { HOUR, type Instant, MINUTE } from '../domain/units.js';
import type { EventIntake } from '../http/ports.js';
import { setUpWords } from '../http/session-routes.js';
import type { Config } from '../runtime/config.js';

const SOURCE = 'dozor/access';

/** Accounts, sessions and the trail, as the settings say; log and store come later. */
export function accessOf({ access: { idleMinutes, hours } }: Pick<Config, 'access'>, logger: Logger): Access {
  const limits = { idleMs: idleMinutes * MINUTE, absoluteMs: hours * HOUR };
  return new Access({ owner: randomUUID(), limits, warn: (what, detail) => logger.warn(detail, what) });
}

/** The other provider by which people sign in, where the settings name one. */
export function oidcOf({ access: { oidcFile } }: Pick<Config, 'access'>): Oidc | undefined {
  return oidcFile === undefined ? undefined : new Oidc(oidcSettings(oidcFile));
}

/** Where nobody can administer the installation yet, prints the code for the first who does. */
export async function sayHowToBegin({ setUp }: Access, say: (line: string) => void): Promise<void> {
  if (!(await setUp.isDue())) return;
  await setUp.forget();
  const code = await setUp.freshCode();
  if (code !== undefined) say(setUpWords(code));
}

export interface CopiedGiven {
  /** Where alarms go; absent: this process has no door, and the trail alone tells of it. */
  readonly intake: Pick<EventIntake, 'takeObjects'> | undefined;
  readonly clock: 'live' | 'events';
  readonly storyClock: () => Instant | null;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** Raises an alarm that somebody has a copy of a wall's token, once for each wall: it was shut, and the screen asks anew. */
export function copiedAlarm({ intake, clock, storyClock, warn }: CopiedGiven): (wall: string) => void {
  return (wall) => {
    warn('a token of a wall was copied: the wall was shut', { wall });
    const at = clock === 'live' ? Date.now() : storyClock();
    if (!intake || at === null) return;
    const event = copiedEvent(wall, at, clock);
    intake.takeObjects([event], { name: 'access', sources: [SOURCE], types: ['alarm.reported'] }).then(
      ([answer]) => {
        if (answer?.status === 'rejected') warn('an alarm of a wall was refused', { wall, reason: answer.reason });
      },
      (error: Error) => warn('an alarm of a wall could not be raised', { wall, error: error.message }),
    );
  };
}

/** The alarm as an event. */
export function copiedEvent(wall: string, at: Instant, clock: 'live' | 'events'): object {
  const time = new Date(at).toISOString();
  const text = 'its token was copied and used by somebody else; it was shut: enrol the screen again';
  return {
    specversion: '1.0',
    id: `${wall}/copied`,
    source: SOURCE,
    type: 'alarm.reported',
    subject: `wall:${wall}`,
    time,
    ...(clock === 'live' && { recordedtime: time }),
    data: {
      alarmKey: 'copied',
      alarmType: 'securityServiceOrMechanismViolation',
      perceivedSeverity: 'major',
      probableCause: 'unauthorizedAccessAttempt',
      specificProblem: text,
      text: `wall ${wall}: ${text}`,
      sourceSystemId: SOURCE,
    },
  };
}
