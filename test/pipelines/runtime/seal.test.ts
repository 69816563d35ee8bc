/** A sealed event is read by the one who has the private key, whole, and by no one else. */
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSealKeys, SealError, seal, unseal } from '../../../pipelines/runtime/seal.js';

const keys = makeSealKeys();
const content = Buffer.from('{"id":"negative","msisdn":"+381641234567"}');

describe('sealing', () => {
  it('what is sealed comes out as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_096 }), (bytes) => {
        expect(unseal(keys.privateKeyPem, seal(keys.publicKeyPem, bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('nothing of it can be read, and twice sealed looks twice different', () => {
    const [once, twice] = [seal(keys.publicKeyPem, content), seal(keys.publicKeyPem, content)];
    expect(Buffer.from(once).includes('381641234567')).toBe(false);
    expect(Buffer.from(once).equals(twice)).toBe(false);
  });

  it('the format is version 1: 33 bytes of head, the content, 16 of tag', () => {
    const sealed = seal(keys.publicKeyPem, content);
    expect(sealed[0]).toBe(1);
    expect(sealed.length).toBe(33 + content.length + 16);
  });

  it('another key does not open it', () => {
    const sealed = seal(keys.publicKeyPem, content);
    expect(() => unseal(makeSealKeys().privateKeyPem, sealed)).toThrow(SealError);
  });

  it('a change in any byte is noticed', () => {
    const sealed = seal(keys.publicKeyPem, content);
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = Uint8Array.from(sealed);
      changed[i]! ^= 1;
      expect(() => unseal(keys.privateKeyPem, changed), `byte ${i}`).toThrow(SealError);
    }
  });

  it('a record cut short, or of another version, is refused with what is wrong', () => {
    const sealed = seal(keys.publicKeyPem, content);
    expect(() => unseal(keys.privateKeyPem, sealed.subarray(0, 48))).toThrow('too short');
    expect(() => unseal(keys.privateKeyPem, sealed.subarray(0, -1))).toThrow('was changed, cut');
    expect(() => unseal(keys.privateKeyPem, Uint8Array.from([2, ...sealed.subarray(1)]))).toThrow('version 2');
  });

  it('a public key of order one is refused', () => {
    const sealed = seal(keys.publicKeyPem, content).fill(0, 1, 33);
    expect(() => unseal(keys.privateKeyPem, sealed)).toThrow(SealError);
  });

  it('keys of another kind are refused', () => {
    const other = generateKeyPairSync('ed25519');
    const publicPem = other.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const privatePem = other.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => seal(publicPem, content)).toThrow('no X25519 key');
    expect(() => unseal(privatePem, seal(keys.publicKeyPem, content))).toThrow('no X25519 key');
    expect(() => seal('not a key', content)).toThrow('no PEM key');
    expect(() => unseal('not a key', content)).toThrow('no PEM key');
  });

  it('a private key seals too, as it holds the public one', () => {
    expect(unseal(keys.privateKeyPem, seal(keys.privateKeyPem, content))).toEqual(new Uint8Array(content));
  });
});
