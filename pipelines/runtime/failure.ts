/** The ways in which work can fail, told apart by what is to be done about them. Anything else may pass: it is tried again. */

/** Our own failure while a record of this subject, or its timers, were worked on: it costs this subject, not the rest. */
export class SubjectFailure extends Error {
  override readonly name = 'SubjectFailure';
  readonly subject: string;

  constructor(subject: string, cause: unknown) {
    super(`${subject}: ${wordsOf(cause)}`, { cause });
    this.subject = subject;
  }
}

/** Our own failure, which no one subject is to blame for: nothing is gained by trying again. */
export class LogicFailure extends Error {
  override readonly name = 'LogicFailure';

  constructor(task: string, cause: unknown) {
    super(`${task}: ${wordsOf(cause)}`, { cause });
  }
}

/** Something stands in the way that only a person can clear; the words say what to do. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
