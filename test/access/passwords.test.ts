/** Passwords as OWASP and ASVS 5.0 ask: long, not the commonest, kept by real work that can rise. */
import { describe, expect, it } from 'vitest';
import { COST, Passwords, refusalOf } from '../../pipelines/access/passwords.js';
import { CHEAP, Door, PASSWORD } from './door.js';

describe('what is taken', () => {
  it.each(['tri lipe na keju', 'vrlo-duga-fraza', 'ÄÖÜßčćžšđ 12', '𝕯𝖔𝖟𝖔𝖗 je lepo ime za psa', 'x'.repeat(60) + 'yzw'])(
    '%s',
    (password) => {
      expect(refusalOf(password, ['mira', 'Mira Marić'])).toBeUndefined();
    },
  );

  it.each([
    ['kratka fraz', 'at least 12'],
    ['a'.repeat(257), 'at most 256'],
    ['passwordpassword', 'commonest'],
    ['QwertyUiop123456', 'commonest'],
    ['1234567890123456', 'commonest'],
    ['aaaaaaaaaaaaaaa', 'repeats'],
    ['abababababababab', 'repeats'],
    ['dozor-admin-2026', 'names of this place'],
    ['mira.maric.2026!', 'names of this place'],
  ])('not %s', (password, why) => {
    expect(refusalOf(password, ['mira.maric', 'Mira'])).toContain(why);
  });
});

describe('what is kept', () => {
  it('is scrypt with its parameters and a salt of its own, at the cost that OWASP asks for', async () => {
    expect(COST).toEqual({ ln: 17, r: 8, p: 1 });
    const passwords = new Passwords();
    const kept = await passwords.hash(PASSWORD);
    expect(kept).toMatch(/^scrypt\$ln=17,r=8,p=1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await passwords.isRight(PASSWORD, kept)).toBe(true);
    expect(await passwords.isRight(`${PASSWORD}.`, kept)).toBe(false);
    expect(await passwords.isRight(PASSWORD, undefined)).toBe(false);
  });

  it('is made anew with more work when the cost has risen, at the next sign-in', async () => {
    const cheap = new Passwords(CHEAP);
    const dear = new Passwords({ ...CHEAP, ln: 11 });
    const kept = await cheap.hash(PASSWORD);
    expect([cheap.isWeak(kept), dear.isWeak(kept)]).toEqual([false, true]);
    const door = await Door.open();
    const { id } = await door.signIn('operator');
    const { Access } = await import('../../pipelines/access/access.js');
    const later = new Access({ owner: 'later', now: () => door.now, cost: { ...CHEAP, ln: 11 } });
    later.attach(door.log, door.store);
    expect((await later.accounts.byPassword('operator', PASSWORD))?.id).toBe(id);
    expect((await later.accounts.find(id))?.password).toContain('ln=11,');
    expect((await door.access.accounts.byPassword('operator', PASSWORD))?.id).toBe(id);
  });

  it('does not pile work up: who comes when too many wait is told to come again', async () => {
    const passwords = new Passwords({ ...CHEAP, ln: 14 });
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => passwords.hash(PASSWORD)));
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(60 - 2 - 32);
    expect(await passwords.isRight(PASSWORD, await passwords.hash(PASSWORD))).toBe(true);
  });
});
