// What people try in order to make a worker talk to places it should not, each by its name. A server stands on loopback,
// where most of them want to get: it must never hear of them.

import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressPolicy } from '../../../activities/sources/remote/address-policy.ts';
import { createDownloads } from '../../../activities/sources/remote/downloads.ts';
import { networkFiles } from '../../../activities/sources/remote/remote-files.ts';
import { createRequester, type ResolvedAddress } from '../../../activities/sources/remote/request.ts';
import { urlSource } from '../../../activities/sources/url.ts';
import { testContext } from './context.ts';

let folder: string;
let port: number;
const heard: string[] = [];
const redirects = new Map<string, string>();
const server = http.createServer((request, response) => {
  heard.push(request.url ?? '');
  const target = redirects.get(request.url ?? '');
  if (target === undefined) return void response.end('secret');
  response.writeHead(302, { location: target }).end();
});
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digitflow-addresses-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** Names as a hostile resolver answers for them. */
const names: Record<string, string[]> = {
  'private.example': ['10.0.0.5'],
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  'unspecified.example': ['0.0.0.0'],
  'one-of-two.example': ['93.184.216.34', '192.168.1.1'],
  'public-then-private.example': ['2606:2800:220:1::1', 'fd00::1'],
  'nothing-numeric.example': ['not an address'],
  localhost: ['127.0.0.1'],
  'localhost.': ['127.0.0.1'],
};

function identify(url: string, { networks = [] as string[], resolve = resolver() } = {}) {
  const policy = createAddressPolicy(networks);
  const downloads = createDownloads({ folder, requester: createRequester({ policy, resolve }), retryDelaysMs: [] });
  const files = networkFiles(downloads, 10);
  return urlSource({ url, policy, files, format: 'archive', classes: 10, maxBytes: 1e6 }).identity(testContext());
}

const familyOf = (address: string): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 });
const resolver = () => (host: string) => Promise.resolve((names[host] ?? []).map(familyOf));

const attempts: [string, string][] = [
  ['loopback', 'http://127.0.0.1:PORT/'],
  ['another address of loopback', 'http://127.8.9.10:PORT/'],
  ['an IPv4 address as one integer', 'http://2130706433:PORT/'],
  ['an IPv4 address in octal', 'http://0177.0.0.01:PORT/'],
  ['an IPv4 address in hexadecimal', 'http://0x7f.0x0.0x0.0x1:PORT/'],
  ['an IPv4 address as one hexadecimal number', 'http://0x7f000001:PORT/'],
  ['an IPv4 address with mixed bases', 'http://0x7f.0.01:PORT/'],
  ['an IPv4 address with two parts', 'http://127.1:PORT/'],
  ['an IPv4 address with a dot at its end', 'http://127.0.0.1.:PORT/'],
  ['an IPv4 address with escaped digits', 'http://%31%32%37.0.0.1:PORT/'],
  ['an IPv4 address in full-width digits', 'http://１２７.０.０.１:PORT/'],
  ['an IPv4 address in circled digits', 'http://①②⑦.⓪.⓪.①:PORT/'],
  ['an IPv4 address with ideographic full stops', 'http://127。0。0。1:PORT/'],
  ['0.0.0.0, which is this machine', 'http://0.0.0.0:PORT/'],
  ['the number 0', 'http://0:PORT/'],
  ['an empty host', 'http://:PORT/'],
  ['a private network, 10', 'http://10.0.0.1/'],
  ['a private network, 172.16', 'http://172.16.0.1/'],
  ['a private network, 172.31', 'http://172.31.255.255/'],
  ['a private network, 192.168', 'http://192.168.0.1/'],
  ["a carrier's network", 'http://100.64.0.1/'],
  ['link-local', 'http://169.254.1.1/'],
  ['the metadata service of most clouds', 'http://169.254.169.254/latest/meta-data/'],
  ['the metadata service as an integer', 'http://2852039166/latest/meta-data/'],
  ['the metadata service of Alibaba', 'http://100.100.100.200/'],
  ['the metadata service of Oracle', 'http://192.0.0.192/'],
  ['the wire server of Azure', 'http://168.63.129.16/'],
  ['the metadata service of AWS by IPv6', 'http://[fd00:ec2::254]/'],
  ['multicast', 'http://224.0.0.1/'],
  ['broadcast', 'http://255.255.255.255/'],
  ['a network for documentation', 'http://192.0.2.1/'],
  ['a network for benchmarks', 'http://198.18.0.1/'],
  ['a reserved network', 'http://240.0.0.1/'],
  ['IPv6 loopback', 'http://[::1]:PORT/'],
  ['IPv6 loopback written out', 'http://[0:0:0:0:0:0:0:1]:PORT/'],
  ['the unspecified IPv6 address', 'http://[::]:PORT/'],
  ['IPv4 mapped into IPv6', 'http://[::ffff:127.0.0.1]:PORT/'],
  ['IPv4 mapped into IPv6, in hexadecimal', 'http://[::ffff:7f00:1]:PORT/'],
  ['a public IPv4 address mapped into IPv6', 'http://[::ffff:8.8.8.8]/'],
  ['IPv4 compatible IPv6', 'http://[::127.0.0.1]:PORT/'],
  ['IPv4 translated by SIIT', 'http://[::ffff:0:127.0.0.1]:PORT/'],
  ['NAT64', 'http://[64:ff9b::127.0.0.1]:PORT/'],
  ['local NAT64', 'http://[64:ff9b:1::10.0.0.1]/'],
  ['6to4', 'http://[2002:7f00:1::]:PORT/'],
  ['Teredo', 'http://[2001:0:7f00:1::]/'],
  ['IPv6 link-local', 'http://[fe80::1]/'],
  ['IPv6 link-local with a zone', 'http://[fe80::1%25eth0]/'],
  ['IPv6 site-local', 'http://[fec0::1]/'],
  ['IPv6 unique local', 'http://[fd12:3456::1]/'],
  ['IPv6 multicast', 'http://[ff02::1]/'],
  ['IPv6 that nobody has', 'http://[4000::1]/'],
  ['IPv6 discard', 'http://[100::1]/'],
  ['localhost', 'http://localhost:PORT/'],
  ['localhost with a dot at its end', 'http://localhost.:PORT/'],
  ['localhost in capitals', 'http://LOCALHOST:PORT/'],
  ['localhost in full-width letters', 'http://ｌｏｃａｌｈｏｓｔ:PORT/'],
  ['localhost with a soft hyphen', 'http://local\u00adhost:PORT/'],
  ['a name of a private address', 'http://private.example/'],
  ['a name of loopback', 'http://loopback.example:PORT/'],
  ['a name of IPv6 loopback', 'http://loopback6.example:PORT/'],
  ['a name of the metadata service', 'http://metadata.example/'],
  ['a name of a mapped address', 'http://mapped.example:PORT/'],
  ['a name of a NAT64 address', 'http://nat64.example:PORT/'],
  ['a name of 0.0.0.0', 'http://unspecified.example:PORT/'],
  ['a name of one public and one private address', 'http://one-of-two.example/'],
  ['a name whose second address is unique local', 'http://public-then-private.example/'],
  ['a name of nothing numeric', 'http://nothing-numeric.example/'],
  ['a user before the host', 'http://trusted.example@127.0.0.1:PORT/'],
  ['a user and password', 'http://user:secret@93.184.216.34/'],
  ['an empty user', 'http://:@127.0.0.1:PORT/'],
  ['a backslash that ends the host', 'http://127.0.0.1:PORT\\@trusted.example/'],
  ['a tab inside the host', 'http://127.0.\t0.1:PORT/'],
  ['a line break inside the address', 'http://127.0.0.1:PORT/\r\nHost: trusted.example'],
  ['a port of ssh on a public address', 'http://93.184.216.34:22/'],
  ['a port of mail on a public address', 'http://93.184.216.34:25/'],
  ['a port of Redis on a public address', 'http://93.184.216.34:6379/'],
  ['a file', 'file:///etc/passwd'],
  ['a file on another machine', 'file://127.0.0.1/etc/passwd'],
  ['data', 'data:text/plain,hello'],
  ['ftp', 'ftp://127.0.0.1/'],
  ['gopher', 'gopher://127.0.0.1:6379/_FLUSHALL'],
  ['javascript', 'javascript:fetch("http://127.0.0.1")'],
  ['a blob', 'blob:http://127.0.0.1/x'],
  ['a unix socket', 'http+unix://%2Fvar%2Frun%2Fdocker.sock/images/json'],
  ['a web socket', 'ws://127.0.0.1:PORT/'],
  ['no address', 'not an address'],
  ['an address without scheme', '//127.0.0.1:PORT/'],
];

describe('an address is refused, and nothing is sent:', () => {
  it.each(attempts)('%s', async (_, address) => {
    heard.length = 0;
    await expect(identify(address.replace('PORT', String(port)))).rejects.toMatchObject({
      code: 'UrlNotAllowed',
      retryable: false,
    });
    expect(heard).toEqual([]);
  });
});

describe('a redirect is refused where its target would be:', () => {
  it.each([
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/'],
    ['loopback as an integer', 'http://2130706434/'],
    ['a name of a private address', 'http://private.example/'],
    ['a file', 'file:///etc/passwd'],
    ['ftp', 'ftp://127.0.0.1/'],
    ['data', 'data:text/plain,hello'],
    ['gopher', 'gopher://127.0.0.1:6379/_'],
    ['a user and password', 'http://user:secret@127.0.0.1/'],
    ['another address of loopback than the one that is allowed', 'http://127.0.0.2/'],
    ['loopback without scheme', '//127.0.0.2/'],
  ])('%s', async (_, target) => {
    redirects.set('/start', target);
    heard.length = 0;
    const asking = identify(`http://127.0.0.1:${port}/start`, { networks: ['127.0.0.1/32'] });
    await expect(asking).rejects.toMatchObject({ code: 'UrlNotAllowed' });
    expect(heard).toEqual(['/start']);
  });

  it('http instead of https', () => {
    const policy = createAddressPolicy([]);
    expect(() => policy.checkUrl('http://93.184.216.34/', new URL('https://trusted.example/'))).toThrow(
      /where https led to http/,
    );
  });
});

describe('a name', () => {
  it('that answers differently a moment later gains nothing: it is asked once, and what was checked is connected to', async () => {
    let asked = 0;
    const rebinding = (): Promise<ResolvedAddress[]> =>
      Promise.resolve([familyOf(asked++ === 0 ? '127.0.0.1' : '10.0.0.5')]);
    heard.length = 0;
    await expect(
      identify(`http://rebinding.example:${port}/`, { networks: ['127.0.0.1/32'], resolve: rebinding }),
    ).resolves.toMatchObject({ kind: 'url' });
    expect([asked, heard.length]).toEqual([1, 1]);
  });

  it('that turns private between a first and a second request is refused at the second', async () => {
    let asked = 0;
    const rebinding = (): Promise<ResolvedAddress[]> =>
      Promise.resolve([familyOf(asked++ === 0 ? '127.0.0.1' : '127.0.0.2')]);
    const options = { networks: ['127.0.0.1/32'], resolve: rebinding };
    redirects.set('/again', `http://second.example:${port}/`);
    heard.length = 0;
    await expect(identify(`http://first.example:${port}/again`, options)).rejects.toMatchObject({
      code: 'UrlNotAllowed',
    });
    expect(heard).toEqual(['/again']);
  });
});

describe('the networks of the worker', () => {
  it('allow what they name and nothing beside it', () => {
    const policy = createAddressPolicy(['10.1.0.0/16', 'fd00:1::/32']);
    for (const [address, allowed] of [
      ['10.1.2.3', true],
      ['10.2.0.1', false],
      ['fd00:1::5', true],
      ['fd00:2::5', false],
      ['::ffff:10.1.2.3', false],
      ['93.184.216.34', false],
    ] as const) {
      const check = () => policy.checkAddress(address, 9_999, address);
      if (allowed) expect(check).not.toThrow();
      else expect(check).toThrow(/expected a public address/);
    }
    expect(() => policy.checkAddress('93.184.216.34', 443, 'x')).not.toThrow();
    expect(() => policy.checkAddress('2606:2800:220:1::1', 443, 'x')).not.toThrow();
  });

  it.each(['10.0.0.0', 'somewhere', '10.0.0.0/33', '::/200'])('are refused when %s is none', (text) => {
    expect(() => createAddressPolicy([text])).toThrow(/DIGITFLOW_URL_NETWORKS: expected networks/);
  });
});
