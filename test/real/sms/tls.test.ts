/** SMPP over TLS: a link to a centre whose certificate is believed, and none to one whose is not. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partsOf } from '../../../alerts/sms/message.js';
import { SmppTransceiver } from '../../../alerts/sms/transceiver.js';
import { Smsc } from '../../tools/smsc.js';
import { describeSms, until } from './parts.js';

describeSms('SMPP over TLS', ['openssl'], () => {
  let folder: string;
  let smsc: Smsc;
  let ca: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dozor-sms-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=centre',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
    ];
    const { status, stderr } = spawnSync('openssl', [...made, '-keyout', key, '-out', cert], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    ca = readFileSync(cert, 'utf8');
    smsc = new Smsc({ tls: { key: readFileSync(key, 'utf8'), cert: ca } });
    await smsc.start();
  });

  afterAll(async () => {
    await smsc.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const bind = async (more: object) => {
    const gateway = {
      name: 'one',
      host: '127.0.0.1',
      port: smsc.port,
      systemId: 'dozor',
      password: 'secret',
      sender: 'Dozor',
    };
    const transport = new SmppTransceiver({ gateways: [{ ...gateway, tls: true, ...more }] });
    await transport.start({ onReceipt: async () => {}, onReceived: async () => {}, onLateAnswer: async () => {} });
    return transport;
  };

  it('binds and sends where the certificate is believed', async () => {
    const transport = await bind({ ca });
    await until('bound', () => transport.views[0]!.state === 'bound');
    const part = { key: 'entry-1', to: '+381640000001', ...partsOf('Proba', 1)[0]! };
    expect(await transport.submit(part)).toMatchObject({ is: 'accepted' });
    await transport.stop();
  });

  it('does not where it is not, and says why', async () => {
    const transport = await bind({});
    await until('refused', () => transport.views[0]!.lastEnd !== undefined);
    expect(transport.views[0]).toMatchObject({ binds: 0, lastEnd: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await transport.stop();
  });
});
