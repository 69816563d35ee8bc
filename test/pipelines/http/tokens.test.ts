/** Who may write, and what: only who shows a token whose hash is in the file, and only what its lists name. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Grant } from '../../../pipelines/http/ports.js';
import { forbidden, isUnlimited, makeToken, Tokens } from '../../../pipelines/http/tokens.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function file(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-tokens-'));
  folders.push(folder);
  const path = join(folder, 'tokens.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('a token', () => {
  it('is 256 random bits, and the file holds its hash alone', () => {
    const { token, sha256 } = makeToken();
    expect(token).toMatch(/^dozor_[\w-]{43}$/);
    expect(sha256).toBe(createHash('sha256').update(token).digest('hex'));
    expect(makeToken().token).not.toBe(token);
    const path = file([{ name: 'mediation', sha256 }]);
    expect(readFileSync(path, 'utf8')).not.toContain(token);
    expect(Tokens.fromFile(path).find(token)).toEqual({ name: 'mediation' });
  });

  it('that is not in the file is nobody, and so is its hash shown in its place', () => {
    const { token, sha256 } = makeToken();
    const tokens = Tokens.of([{ name: 'mediation', sha256 }]);
    expect(tokens.find(`${token}x`)).toBeUndefined();
    expect(tokens.find(sha256)).toBeUndefined();
    expect(tokens.find('')).toBeUndefined();
    expect(Tokens.of([]).find(token)).toBeUndefined();
  });

  it('can be given and taken away without a restart; a bad file changes nothing', () => {
    const [old, young] = [makeToken(), makeToken()];
    const path = file([{ name: 'old', sha256: old.sha256 }]);
    const tokens = Tokens.fromFile(path);
    writeFileSync(path, JSON.stringify([{ name: 'young', sha256: young.sha256, types: ['fault.opened'] }]));
    tokens.reload();
    expect(tokens.find(old.token)).toBeUndefined();
    expect(tokens.find(young.token)).toEqual({ name: 'young', types: ['fault.opened'] });
    writeFileSync(path, '{');
    expect(() => tokens.reload()).toThrow(path);
    expect(tokens.find(young.token)).toBeDefined();
  });
});

describe('the file of tokens', () => {
  const sha256 = 'ab'.repeat(32);
  it.each([
    ['no JSON', 'cannot be read', '['],
    ['no list', 'a list of tokens', {}],
    ['a token that is no object', 'token 1: should be an object', ['x']],
    ['no name', 'token 1: name', [{ sha256 }]],
    ['a hash that is none', 'sha256 should be 64', [{ name: 'a', sha256: 'secret' }]],
    [
      'a name twice',
      "token 2: the name 'a' stands there twice",
      [
        { name: 'a', sha256 },
        { name: 'a', sha256 },
      ],
    ],
    ['a misspelt list, which would mean all', "no field 'source'", [{ name: 'a', sha256, source: ['noc'] }]],
    ['a list that is a text', 'types should be a list', [{ name: 'a', sha256, types: 'fault.opened' }]],
  ])('with %s is refused by name', (_, words, content) => {
    expect(() => Tokens.fromFile(file(content))).toThrow(words);
  });

  it('that is not there is named', () => {
    expect(() => Tokens.fromFile('/nowhere/tokens.json')).toThrow('/nowhere/tokens.json');
  });
});

describe('a grant', () => {
  const grant: Grant = {
    name: 'noc',
    sources: ['noc'],
    operators: ['a1-rs'],
    types: ['fault.opened', 'service.upserted'],
  };
  const fault = { source: 'noc', type: 'fault.opened', data: {} };

  it('without lists allows all', () => {
    expect(isUnlimited({ name: 'all' })).toBe(true);
    expect(forbidden({ name: 'all' }, { source: 'x', type: 'y', data: { operator: 'z' } })).toBeUndefined();
  });

  it('covers its sources and types, and of upserts its operators', () => {
    expect(isUnlimited(grant)).toBe(false);
    expect(forbidden(grant, fault)).toBeUndefined();
    expect(forbidden(grant, { ...fault, source: 'crm' })).toMatchObject({ field: 'source' });
    expect(forbidden(grant, { ...fault, type: 'fault.cleared' })).toMatchObject({ field: 'type' });
    expect(forbidden(grant, { ...fault, type: 'service.upserted', data: { operator: 'a1-rs' } })).toBeUndefined();
    expect(forbidden(grant, { ...fault, type: 'service.upserted', data: { operator: 'truf-rs' } })).toMatchObject({
      field: 'data.operator',
      message: expect.stringContaining("'noc'"),
    });
  });

  it('with an empty list allows nothing', () => {
    expect(forbidden({ name: 'none', types: [] }, fault)).toMatchObject({ field: 'type' });
  });

  it('does not cover what is missing or no text', () => {
    expect(forbidden(grant, { type: 'fault.opened' })).toMatchObject({ field: 'source' });
    expect(forbidden(grant, { ...fault, source: ['noc'] })).toMatchObject({ field: 'source' });
    expect(forbidden(grant, { ...fault, type: 'service.upserted', data: { operator: null } })).toMatchObject({
      field: 'data.operator',
    });
  });

  it('leaves what is no event at all to the door', () => {
    for (const nothing of [null, 1, 'x', [fault]]) expect(forbidden(grant, nothing)).toBeUndefined();
  });
});
