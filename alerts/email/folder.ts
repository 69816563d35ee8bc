/** E-mail into a folder, a file each: to look at what would be sent, without a server. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Email, EmailTransport, Submission } from '../ports.js';
import { checkMail, composed, messageIdOf } from './message.js';

export function folderTransport(folder: string, from: string): EmailTransport {
  return {
    async send(mail: Email): Promise<Submission> {
      checkMail(mail);
      const sender = mail.from ?? from;
      const id = messageIdOf(mail.key, sender);
      const { message } = await composed(mail, sender);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // The same message is the same file.
      writeFileSync(join(folder, `${id.slice(1, 33)}.eml`), message, { mode: 0o600 });
      return { is: 'accepted', id, via: 'folder' };
    },
    async stop() {},
  };
}
