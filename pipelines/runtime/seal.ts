/**
 * Sealing: whoever has the public key can put a rejected event away, only `dead-letters` with the private key can read it.
 *
 * A sealed record is, in bytes:
 *   0        version, 1
 *   1..32    the public half of an X25519 key made for this record alone
 *   33..n-17 the content under AES-256-GCM
 *   n-16..   the tag of AES-GCM, which covers the first 33 bytes too
 * Key (32 bytes) and nonce (12) are HKDF-SHA-256 of the shared secret, salt both public keys (the record's, then the reader's),
 * info "dozor seal 1". Each record has a key of its own, so no nonce is used twice under one key.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

const VERSION = 1;
const KEY_LENGTH = 32;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const HEAD_LENGTH = 1 + KEY_LENGTH;
const INFO = 'dozor seal 1';
const CIPHER = 'aes-256-gcm';
/** What DER puts before the 32 raw bytes of an X25519 public key. */
const DER_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** The record cannot be opened: not ours, cut, changed, or sealed for another key. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** A pair of keys as PEM: the public one for who writes, the private one for `dead-letters` alone. */
export function makeSealKeys(): { publicKeyPem: string; privateKeyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Seals bytes for the holder of the private key. Sealing twice gives two different records. */
export function seal(publicKeyPem: string, bytes: Uint8Array): Uint8Array {
  const reader = publicKeyOf(publicKeyPem);
  const own = generateKeyPairSync('x25519');
  const ownRaw = raw(own.publicKey);
  const secret = diffieHellman({ privateKey: own.privateKey, publicKey: reader });
  const { key, nonce } = derive(secret, ownRaw, raw(reader));
  const head = Buffer.concat([Buffer.of(VERSION), ownRaw]);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(head);
  return new Uint8Array(Buffer.concat([head, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
}

/** Opens what `seal` made; throws a SealError where it cannot. */
export function unseal(privateKeyPem: string, sealed: Uint8Array): Uint8Array {
  const reader = privateKeyOf(privateKeyPem);
  if (sealed.length < HEAD_LENGTH + TAG_LENGTH) throw new SealError('the record is too short to be a sealed one');
  if (sealed[0] !== VERSION) throw new SealError(`the record is sealed by version ${sealed[0]}, and only 1 is known`);
  const head = sealed.subarray(0, HEAD_LENGTH);
  const senderRaw = Buffer.from(head.subarray(1));
  try {
    const sender = createPublicKey({ key: Buffer.concat([DER_PREFIX, senderRaw]), format: 'der', type: 'spki' });
    const secret = diffieHellman({ privateKey: reader, publicKey: sender });
    const { key, nonce } = derive(secret, senderRaw, raw(createPublicKey(reader)));
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_LENGTH });
    decipher.setAAD(head);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH));
    const content = decipher.update(sealed.subarray(HEAD_LENGTH, sealed.length - TAG_LENGTH));
    return new Uint8Array(Buffer.concat([content, decipher.final()]));
  } catch (cause) {
    throw new SealError('the record was changed, cut, or sealed for another key', { cause });
  }
}

function publicKeyOf(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new SealError('the public key of the seal is no PEM key', { cause });
  }
  if (key.asymmetricKeyType !== 'x25519') throw new SealError('the public key of the seal is no X25519 key');
  return key;
}

function privateKeyOf(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new SealError('the private key of the seal is no PEM key', { cause });
  }
  if (key.asymmetricKeyType !== 'x25519') throw new SealError('the private key of the seal is no X25519 key');
  return key;
}

/** The 32 bytes of a public key. */
function raw(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-KEY_LENGTH);
}

function derive(secret: Buffer, sender: Buffer, reader: Buffer): { key: Buffer; nonce: Buffer } {
  const salt = Buffer.concat([sender, reader]);
  const made = Buffer.from(hkdfSync('sha256', secret, salt, INFO, KEY_LENGTH + NONCE_LENGTH));
  return { key: made.subarray(0, KEY_LENGTH), nonce: made.subarray(KEY_LENGTH) };
}
