/**
 * Signing in by another provider (OpenID Connect, authorization code with PKCE): openid-client speaks the protocol and checks what
 * comes back; which role somebody gets is said by the groups that the provider vouches for, and who has none of them is not let in.
 */
import { readFileSync } from 'node:fs';
import type { Configuration } from 'openid-client';
import { isPersonRole, PEOPLE_ROLES, type PersonRole } from './roles.js';

export interface OidcSettings {
  /** As the sign-in page names it. */
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  /** The claim that lists groups. */
  readonly groups: string;
  /** Group and role, in this order: the first that somebody is in counts. */
  readonly roles: readonly (readonly [group: string, role: PersonRole])[];
}

/** What is kept in the browser between leaving and coming back; it names nobody. */
export interface OidcTrip {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  /** The local path to go on to. */
  readonly to: string;
}

/** Somebody whom the provider vouches for. */
export interface OidcPerson {
  readonly issuer: string;
  readonly subject: string;
  readonly login: string;
  readonly name: string;
  /** Undefined: none of the groups has a role here. */
  readonly role: PersonRole | undefined;
}

/** The provider is asked anew for its addresses and keys after so long. */
const KNOWN_MS = 3_600_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export class Oidc {
  readonly settings: OidcSettings;
  readonly #now: () => number;
  #known: { readonly config: Promise<Configuration>; readonly at: number } | undefined;

  constructor(settings: OidcSettings, now: () => number = Date.now) {
    this.settings = settings;
    this.#now = now;
  }

  /** The address to send a browser to, and what it keeps until it comes back. */
  async begin(redirectUri: string, to: string): Promise<{ readonly url: URL; readonly trip: OidcTrip }> {
    const client = await import('openid-client');
    const config = await this.#config();
    const trip = {
      verifier: client.randomPKCECodeVerifier(),
      state: client.randomState(),
      nonce: client.randomNonce(),
      to,
    };
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: this.settings.scope,
      code_challenge: await client.calculatePKCECodeChallenge(trip.verifier),
      code_challenge_method: 'S256',
      state: trip.state,
      nonce: trip.nonce,
    });
    return { url, trip };
  }

  /** Who came back; rejects where anything of the answer is not as it was asked for. */
  async finish(current: URL, trip: OidcTrip): Promise<OidcPerson> {
    const client = await import('openid-client');
    const tokens = await client.authorizationCodeGrant(await this.#config(), current, {
      pkceCodeVerifier: trip.verifier,
      expectedState: trip.state,
      expectedNonce: trip.nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new Error('the provider gave no identity');
    const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
    const groups = claims[this.settings.groups];
    const login = text(claims['preferred_username']) ?? text(claims['email']) ?? claims.sub;
    return {
      issuer: claims.iss,
      subject: claims.sub,
      login: login.slice(0, 64),
      name: text(claims['name']) ?? login,
      role: this.roleOf(Array.isArray(groups) ? groups : []),
    };
  }

  /** The role of somebody in these groups: the first line of the mapping that fits. */
  roleOf(groups: readonly unknown[]): PersonRole | undefined {
    return this.settings.roles.find(([group]) => groups.includes(group))?.[1];
  }

  #config(): Promise<Configuration> {
    if (this.#known && this.#now() - this.#known.at < KNOWN_MS) return this.#known.config;
    const config = this.#discover();
    this.#known = { config, at: this.#now() };
    // A provider that does not answer is asked again at the next try.
    config.catch(() => {
      this.#known = undefined;
    });
    return config;
  }

  async #discover(): Promise<Configuration> {
    const client = await import('openid-client');
    const { issuer, clientId, clientSecret } = this.settings;
    const server = new URL(issuer);
    // Without TLS only on this machine: `settingsOf` refuses others.
    const insecure = server.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {};
    return client.discovery(server, clientId, undefined, client.ClientSecretBasic(clientSecret), {
      ...insecure,
      timeout: 10,
    });
  }
}

/** Reads the file of DOZOR_OIDC; throws an error that names the field which is wrong. */
export function oidcSettings(file: string): OidcSettings {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`);
  }
  return settingsOf(content, file, (path) => readFileSync(path, 'utf8').trim());
}

const FIELDS = ['name', 'issuer', 'clientId', 'clientSecretFile', 'scope', 'groups', 'roles'];

/** Checks what such a file holds. */
export function settingsOf(content: unknown, where: string, secretOf: (file: string) => string): OidcSettings {
  const wrong = (field: string, why: string) => new Error(`${where}: ${field} ${why}`);
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new Error(`${where} should hold an object`);
  const given = content as Record<string, unknown>;
  const stranger = Object.keys(given).find((field) => !FIELDS.includes(field));
  if (stranger !== undefined) throw wrong(stranger, `is no field; there are ${FIELDS.join(', ')}`);
  const text = (field: string, usual?: string) => {
    const value = given[field] ?? usual;
    if (typeof value !== 'string' || value === '') throw wrong(field, 'should be a text');
    return value;
  };
  const issuer = text('issuer');
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!isSafe) throw wrong('issuer', 'should be an address that begins with https://');
  const { roles } = given;
  if (typeof roles !== 'object' || roles === null || Object.keys(roles).length === 0)
    throw wrong('roles', 'should say which group has which role');
  const mapping = Object.entries(roles).map(([group, role]) => {
    if (!isPersonRole(role)) throw wrong(`roles.${group}`, `should be one of ${PEOPLE_ROLES.join(', ')}`);
    return [group, role] as const;
  });
  return {
    name: text('name', 'OpenID'),
    issuer,
    clientId: text('clientId'),
    clientSecret: secretOf(text('clientSecretFile')),
    scope: text('scope', 'openid profile email'),
    groups: text('groups', 'groups'),
    roles: mapping,
  };
}
