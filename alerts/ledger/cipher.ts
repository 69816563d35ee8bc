/**
 * How numbers and addresses are kept: under AES-256-GCM, each value with a nonce of its own, and known again by a keyed hash (a
 * print). Without the key neither can be told from the other, nor tried out number by number.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const KEY_LENGTH = 32;
const PRINT_LENGTH = 32;

export class ContactCipher {
  readonly #key: Buffer;
  readonly #printKey: Buffer;

  /** `secret`: 32 bytes or more. */
  constructor(secret: Uint8Array) {
    if (secret.length < KEY_LENGTH) throw new RangeError(`the key of contacts should have ${KEY_LENGTH} bytes or more`);
    const derive = (info: string) => Buffer.from(hkdfSync('sha256', secret, '', info, KEY_LENGTH));
    this.#key = derive('dozor contacts 1');
    this.#printKey = derive('dozor prints 1');
  }

  seal(value: unknown): Uint8Array {
    const nonce = randomBytes(NONCE_LENGTH);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_LENGTH });
    const content = Buffer.from(JSON.stringify(value), 'utf8');
    return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws where the bytes were changed, or sealed under another key. */
  open(sealed: Uint8Array): unknown {
    const nonce = sealed.subarray(0, NONCE_LENGTH);
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_LENGTH });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH));
    const content = decipher.update(sealed.subarray(NONCE_LENGTH, sealed.length - TAG_LENGTH));
    return JSON.parse(Buffer.concat([content, decipher.final()]).toString('utf8')) as unknown;
  }

  /** The same for the same number however it is written, and for an address in any case. */
  print(address: string): string {
    return createHmac('sha256', this.#printKey).update(plainAddress(address)).digest('hex').slice(0, PRINT_LENGTH);
  }
}

/** A number as its digits alone, without the 00 or + of an international one; an address in small letters. */
export function plainAddress(address: string): string {
  const text = address.trim();
  if (text.includes('@')) return text.toLowerCase();
  return text.replace(/\D/g, '').replace(/^00/, '');
}
