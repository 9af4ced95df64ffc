// A network that only a proxy leaves: set-up's downloads go through its tunnel, TLS end to end, on real sockets.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkoutFolder } from '../../../config/home.ts';
import { makeAuthority } from '../../support/authority.ts';

let folder: string;
let authorityFile: string;
let site: https.Server;
let proxy: http.Server;
const asked: { target: string | undefined; credentials: string | undefined }[] = [];

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-proxy-'));
  const authority = await makeAuthority(folder);
  authorityFile = authority.file;
  const { certificate, key } = await authority.issue('files.test');
  const pem = { cert: await readFile(certificate), key: await readFile(key) };
  site = https.createServer(pem, (_request, answer) => void answer.end('a component'));
  proxy = http.createServer((_request, answer) => void answer.writeHead(405).end());
  proxy.on('connect', ({ url, headers }, socket) => {
    asked.push({ target: url, credentials: headers['proxy-authorization'] });
    const onward = connect(portOf(site), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => undefined);
  });
  await Promise.all([listening(site), listening(proxy)]);
});
afterAll(async () => {
  site?.close();
  proxy?.close();
  await rm(folder, { recursive: true, force: true });
});

/** In a process of its own: Node reads whom it trusts when it starts. */
async function fetched(environment: Record<string, string>): Promise<string> {
  const program = `
    import { text } from 'node:stream/consumers';
    import { httpGet } from './setup/components/shared/http-get.mjs';
    process.stdout.write(await text(await httpGet('https://files.test/component', { environment: process.env })));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: checkoutFolder,
    env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: authorityFile, ...environment },
    timeout: 120_000,
  });
  return stdout;
}

test('downloads go through the tunnel of HTTPS_PROXY, with its credentials, and check the site’s certificate', async () => {
  const HTTPS_PROXY = `http://us%40er:pass@127.0.0.1:${portOf(proxy)}`;
  await expect(fetched({ HTTPS_PROXY })).resolves.toBe('a component');
  const credentials = `Basic ${Buffer.from('us@er:pass').toString('base64')}`;
  expect(asked).toEqual([{ target: 'files.test:443', credentials }]);
  await expect(fetched({ HTTPS_PROXY, NODE_EXTRA_CA_CERTS: '' })).rejects.toThrow(/certificate/);
});

test('NO_PROXY keeps a site out of it', async () => {
  const before = asked.length;
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`, NO_PROXY: '.test' };
  await expect(fetched(environment)).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/); // asked directly, and nobody knows it
  expect(asked).toHaveLength(before);
});
