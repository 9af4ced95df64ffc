// What a container's health check says, and the file by which a pipeline worker says that it is well.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkoutFolder } from '../../config/home.ts';
import { keepHeartbeat } from '../../workers/heartbeat.ts';
import { until } from '../support/until.ts';

let folder: string;
let server: Server;
let status = 200;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'digitflow-healthy-'));
  server = createServer((_request, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function healthy(...words: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['workers/healthy.mjs', ...words], { cwd: checkoutFolder }, (error, _stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stderr }),
    );
  });
}

describe('the health check', () => {
  test('says yes to files that are young, and names one that is old or missing', async () => {
    const [young, old] = [join(folder, 'young'), join(folder, 'old')];
    writeFileSync(young, '');
    writeFileSync(old, '');
    utimesSync(old, new Date(), new Date(Date.now() - 60_000));
    expect(await healthy('30', young)).toEqual({ code: 0, stderr: '' });
    expect(await healthy('30', young, old)).toEqual({
      code: 1,
      stderr: expect.stringMatching(/old: expected at most/),
    });
    expect((await healthy('30', join(folder, 'missing'))).code).toBe(1);
  });

  test('says yes to an address that answers well, and no to one that does not', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/health/live`;
    status = 200;
    expect(await healthy(url)).toEqual({ code: 0, stderr: '' });
    status = 503;
    expect(await healthy(url)).toEqual({ code: 1, stderr: expect.stringMatching(/answers 503/) });
    expect((await healthy('http://127.0.0.1:1/')).code).toBe(1);
  });

  test('says no to words that it does not know', async () => {
    for (const words of [[], ['30'], ['soon', join(folder, 'young')]]) expect((await healthy(...words)).code).toBe(1);
  });
});

describe('the heartbeat', () => {
  test('is written at once, again and again while the worker is well, and not once it is not', async () => {
    const file = join(folder, 'heartbeat');
    let isWell = true;
    let asked = 0;
    const ask = (): boolean => ((asked += 1), isWell);
    keepHeartbeat(file, ask, { error: () => undefined }, 5);
    const first = readFileSync(file, 'utf8');
    await until(() => readFileSync(file, 'utf8') !== first);
    isWell = false;
    const askedThen = asked;
    await until(() => asked > askedThen);
    const last = readFileSync(file, 'utf8');
    const askedLater = asked;
    await until(() => asked > askedLater + 3);
    expect(readFileSync(file, 'utf8')).toBe(last);
  });

  test('that cannot be written is told once', async () => {
    const told: unknown[] = [];
    let asked = 0;
    const ask = (): boolean => ((asked += 1), true);
    keepHeartbeat(join(folder, 'no', 'such', 'folder'), ask, { error: (what: unknown) => told.push(what) }, 5);
    await until(() => asked > 4);
    expect(told).toHaveLength(1);
  });
});
