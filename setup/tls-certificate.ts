// A certificate of this machine's own, so that browsers elsewhere give a page its camera: made when there is none that
// will do. The key is made once and stays; only the certificate is renewed, so that the two always belong together.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { generate } from 'selfsigned';
import { homePaths } from '../config/home.ts';
import { DamagedHomeFile } from './stack/errors.ts';
import { createOnce, readIfThere, writeWhole } from './stack/files.ts';

const DAY_MS = 86_400_000;
/** Browsers refuse server certificates that are valid for 398 days or more. */
const VALID_DAYS = 396;
/** A phone whose clock is behind would take a certificate made just now for one of the future. */
const BACKDATED_DAYS = 1;
/** A server that runs for two weeks without a restart still has a valid one. */
const RENEWED_BEFORE_DAYS = 14;

const ALWAYS = ['localhost', '127.0.0.1', '::1'];

export interface TlsCertificate {
  /** PEM. */
  certificatePath: string;
  /** PKCS #8 in PEM, mode 0600. */
  keyPath: string;
  /** SHA-256 of the certificate, upper-case hex with colons, as browsers show it. */
  fingerprint: string;
  /** ISO 8601, UTC. */
  validUntil: string;
  /** False when the one that stood there still does. */
  renewed: boolean;
}

export interface TlsCertificateOptions {
  /** Wall time in ms since 1970. @default now */
  nowMs?: number;
  /** Names and addresses that this machine has anyway. @default host name and addresses of its network interfaces */
  ownHosts?: readonly string[];
}

/**
 * The home's certificate for `hosts`, localhost and this machine's own names and addresses. Renewed when fewer than 14
 * days are left or a name is missing; an address that went away keeps the old one, since every new certificate has to
 * be accepted anew in each browser. Safe to repeat and to race.
 * @param hosts names or IP addresses that pages will use; `0.0.0.0`, `::` and what is neither are left out
 * @throws DamagedHomeFile when the key can't be read; it is never replaced unasked
 */
export async function ensureTlsCertificate(
  home: string,
  hosts: readonly string[],
  { nowMs = Date.now(), ownHosts = hostsOfMachine() }: TlsCertificateOptions = {},
): Promise<TlsCertificate> {
  const { tlsKey: keyPath, tlsCertificate: certificatePath } = homePaths(home);
  const key = ensureKey(keyPath);
  const names = [...new Set([...ALWAYS, ...hosts, ...ownHosts].map(normalised))].filter(canBeNamed);
  const standing = readCertificate(certificatePath);
  if (standing !== undefined && willDo(standing, { key, names, nowMs }))
    return { ...described(standing), certificatePath, keyPath, renewed: false };
  const pem = await makeCertificate(key, names, nowMs);
  writeWhole(certificatePath, pem, 0o644);
  return { ...described(new X509Certificate(pem)), certificatePath, keyPath, renewed: true };
}

function ensureKey(path: string): KeyObject {
  const fresh = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  createOnce(path, fresh.export({ type: 'pkcs8', format: 'pem' }) as string);
  chmodSync(path, 0o600); // a copied home may have been unpacked readable for all
  const expected = 'a P-256 private key in PEM';
  const advice = 'delete it to get a new one';
  let key: KeyObject;
  try {
    key = createPrivateKey(readIfThere(path) ?? '');
  } catch (cause) {
    throw new DamagedHomeFile(path, expected, { cause, advice });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new DamagedHomeFile(path, expected, { advice });
  return key;
}

/** Undefined when there is none, or none that can be read: it says nothing that a new one could not. */
function readCertificate(path: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readIfThere(path) ?? '');
  } catch {
    return undefined;
  }
}

interface Wanted {
  key: KeyObject;
  names: readonly string[];
  nowMs: number;
}

function willDo(certificate: X509Certificate, { key, names, nowMs }: Wanted): boolean {
  return (
    certificate.checkPrivateKey(key) &&
    Date.parse(certificate.validFrom) <= nowMs &&
    Date.parse(certificate.validTo) - nowMs >= RENEWED_BEFORE_DAYS * DAY_MS &&
    names.every((name) => covers(certificate, name))
  );
}

function covers(certificate: X509Certificate, name: string): boolean {
  return isIP(name) === 0
    ? certificate.checkHost(name, { subject: 'never' }) !== undefined
    : certificate.checkIP(name) !== undefined;
}

async function makeCertificate(key: KeyObject, names: readonly string[], nowMs: number): Promise<string> {
  const { cert } = await generate([{ name: 'commonName', value: 'digitflow on this machine' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    keyPair: {
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
      publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string,
    },
    notBeforeDate: new Date(nowMs - BACKDATED_DAYS * DAY_MS),
    notAfterDate: new Date(nowMs + (VALID_DAYS - BACKDATED_DAYS) * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return cert;
}

const described = (certificate: X509Certificate): Pick<TlsCertificate, 'fingerprint' | 'validUntil'> => ({
  fingerprint: certificate.fingerprint256,
  validUntil: new Date(certificate.validTo).toISOString(),
});

function hostsOfMachine(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return [hostname(), ...addresses.map(({ address }) => address)];
}

/** Without brackets, dot at the end and zone, in lower case. */
const normalised = (host: string): string =>
  host
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/\.$/, '')
    .toLowerCase();

/** Addresses that mean "any", or need a zone, can't stand in a browser's address bar; neither can odd host names. */
function canBeNamed(host: string): boolean {
  if (isIP(host) === 0)
    return host.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(host);
  return host !== '0.0.0.0' && host !== '::' && !host.startsWith('fe80:');
}
