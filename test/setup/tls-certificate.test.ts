import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkServerIdentity as checkNames, connect, type PeerCertificate } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homePaths } from '../../config/home.ts';
import { DamagedHomeFile } from '../../setup/stack/errors.ts';
import { ensureTlsCertificate } from '../../setup/tls-certificate.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-11-01T00:00:00Z');

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'digitflow-tls-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const ensure = (hosts: string[] = [], nowMs = START_MS, ownHosts: string[] = []) =>
  ensureTlsCertificate(home, hosts, { nowMs, ownHosts });
const certificate = () => new X509Certificate(readFileSync(homePaths(home).tlsCertificate));

test('a client that trusts it reaches the server by every name it was made for, and by no other', async () => {
  const made = await ensureTlsCertificate(home, ['reader.example', '192.0.2.7']);
  const [key, cert] = [readFileSync(made.keyPath), readFileSync(made.certificatePath)];
  const server = createServer({ key, cert }, (_, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const reach = (host: string) =>
    new Promise<string>((resolve) => {
      // What a client for `host` checks, without a name service: 127.0.0.1 answers for all of them.
      const checkServerIdentity = (_: string, peer: PeerCertificate) => checkNames(host, peer);
      const socket = connect({ port, host: '127.0.0.1', ca: cert, checkServerIdentity }, () => {
        resolve('reached');
        socket.destroy();
      });
      socket.on('error', (error) => resolve(error.message));
    });
  try {
    for (const host of ['localhost', '127.0.0.1', '::1', 'reader.example', '192.0.2.7'])
      expect([host, await reach(host)]).toEqual([host, 'reached']);
    expect(await reach('other.example')).toMatch(/does not match certificate's altnames/);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('its key is private to its owner, and browsers take how long it is valid', async () => {
  const made = await ensure();
  expect(statSync(made.keyPath).mode & 0o777).toBe(0o600);
  const { validFrom, validTo, fingerprint256, keyUsage } = certificate();
  expect((Date.parse(validTo) - Date.parse(validFrom)) / DAY_MS).toBeLessThanOrEqual(397);
  expect(Date.parse(validFrom)).toBeLessThan(START_MS);
  expect(made.fingerprint).toBe(fingerprint256);
  expect(keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']); // server authentication
});

test('it stays the same until 14 days before its end, and keeps its key when it is renewed', async () => {
  const first = await ensure();
  const endMs = Date.parse(first.validUntil);
  expect(await ensure([], endMs - 14 * DAY_MS)).toEqual({ ...first, renewed: false });
  const key = readFileSync(first.keyPath, 'utf8');
  const second = await ensure([], endMs - 14 * DAY_MS + 1_000);
  expect(second.renewed).toBe(true);
  expect(second.fingerprint).not.toBe(first.fingerprint);
  expect(readFileSync(second.keyPath, 'utf8')).toBe(key);
  // A clock that was set back makes the present one a certificate of the future.
  expect((await ensure([], START_MS - 10 * DAY_MS)).renewed).toBe(true);
});

test('it is renewed for a new name or address, and kept when one went away', async () => {
  const first = await ensure(['a.example'], START_MS, ['192.0.2.1']);
  expect((await ensure(['A.example.'], START_MS, [])).renewed).toBe(false);
  const second = await ensure(['a.example', 'b.example']);
  expect([second.renewed, second.fingerprint === first.fingerprint]).toEqual([true, false]);
  expect((await ensure(['a.example'], START_MS, ['2001:db8::5'])).renewed).toBe(true);
  expect((await ensure(['[2001:DB8:0::5]'])).renewed).toBe(false);
});

test('names that no browser could be given are left out', async () => {
  await ensure(['0.0.0.0', '::', '', 'two words', '*'], START_MS, ['fe80::1%eth0', 'host_with_underscore']);
  expect(certificate().subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
});

test('a damaged certificate is made anew; a damaged key is told and never replaced', async () => {
  const made = await ensure();
  writeFileSync(made.certificatePath, 'not a certificate');
  expect((await ensure()).renewed).toBe(true);
  writeFileSync(made.keyPath, 'not a key');
  await expect(ensure()).rejects.toThrow(DamagedHomeFile);
  expect(readFileSync(made.keyPath, 'utf8')).toBe('not a key');
});

test('ten at once end with one key and a certificate that fits it', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => ensure()));
  expect(made.filter(({ renewed }) => renewed).length).toBeGreaterThanOrEqual(1);
  expect((await ensure()).renewed).toBe(false);
});
