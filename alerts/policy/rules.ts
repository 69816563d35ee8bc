/** What holds for a notice by its class, as its operator's pack has it, and for operators whose terms say nothing of it. */
import type { NoticeClass } from '../../pipelines/domain/decision.js';
import type { NoticeRules, Pack, SendingHours } from '../../pipelines/domain/pack.js';
import { MINUTE } from '../../pipelines/domain/units.js';

/** In force where a pack has no section `notices`: cautious, nothing is ever sent twice. */
const USUAL: NoticeRules = {
  clause: '',
  hours: {
    service: { weekdays: { from: '08:00', to: '22:00' }, weekends: { from: '09:00', to: '22:00' } },
    marketing: { weekdays: { from: '09:00', to: '20:00' }, weekends: { from: '10:00', to: '18:00' } },
  },
  ambiguous: { legal: 'person', security: 'person', service: 'person', marketing: 'drop' },
  ambiguousWait: 15 * MINUTE,
  stopEnds: ['marketing'],
  deemed: { electronic: null, web: null, post: null },
  holidays: [],
  signOff: false,
  clauses: {},
};

/** The rules of an operator. */
export function rulesOf(pack: Pick<Pack, 'rules'>): NoticeRules {
  return pack.rules.notices ?? USUAL;
}

/** The hours in which a class may leave; null: at any. Legal and security notices never wait. */
export function hoursOf(noticeClass: NoticeClass, rules: NoticeRules): SendingHours | null {
  return noticeClass === 'service' || noticeClass === 'marketing' ? rules.hours[noticeClass] : null;
}

/** Whether a notice that reaches nobody goes on the list for letters: what the law wants told, and what is about safety. */
export function needsLetter(noticeClass: NoticeClass): boolean {
  return noticeClass === 'legal' || noticeClass === 'security';
}
