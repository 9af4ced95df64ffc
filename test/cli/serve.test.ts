// The verb as a person runs it: the launcher, its worker, a store with a published model.

import { spawn, type ChildProcess } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { request } from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutFolder, homePaths } from '../../config/home.ts';
import { openSessionClient, SessionClosed } from '../../inference/client/session-client.ts';
import { programBundle } from '../../setup/bundles/program-bundle.ts';
import { startInferenceStack, type InferenceStack } from '../support/inference-stack.ts';
import { until } from '../support/until.ts';
import { checkDocument } from './check-document.ts';

let stack: InferenceStack;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  [stack] = await Promise.all([startInferenceStack(), programBundle(checkoutFolder, 'inference')]);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await stack.stop();
});

interface Served {
  output: { stdout: string; stderr: string };
  exited: Promise<number | null>;
  process: ChildProcess;
}

function serve(...words: string[]): Served {
  const child = spawn(process.execPath, [path.join(checkoutFolder, 'cli', 'digitflow.mjs'), 'serve', ...words], {
    cwd: stack.folder,
    env: { ...stack.environment, DIGITFLOW_INFERENCE_PORT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (output.stdout += String(text)));
  child.stderr.on('data', (text) => (output.stderr += String(text)));
  const exited = once(child, 'close').then(([code]) => {
    children.delete(child);
    return code as number | null;
  });
  return { output, exited, process: child };
}

/** The status of a request for the worker's description. */
async function statusOf(url: string, headers: Record<string, string>, ca: string): Promise<number | undefined> {
  const asked = request(`${url}/v2`, { headers, ca, servername: 'localhost' });
  asked.end();
  const [response] = (await once(asked, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

describe('digitflow serve', () => {
  it('serves other machines over TLS to those who have the token, prints it once, and stops at Ctrl-C', async () => {
    const served = serve('--json', '--no-temporal', '--port', '0', '--host', '0.0.0.0', '--tls');
    await until(() => {
      if (served.process.exitCode !== null) throw new Error(served.output.stderr);
      return served.output.stdout.endsWith('\n');
    });
    checkDocument(['serve'], served.output.stdout);
    const { url, token, fingerprint } = JSON.parse(served.output.stdout) as Record<string, string>;
    const certificate = readFileSync(homePaths(stack.folder).tlsCertificate, 'utf8');
    expect(new X509Certificate(certificate).fingerprint256).toBe(fingerprint);
    expect(url).toMatch(/^https:\/\/localhost:\d+$/);

    const bearer = { authorization: `Bearer ${token}` };
    expect(await statusOf(url!, bearer, certificate)).toBe(200);
    expect(await statusOf(url!, {}, certificate)).toBe(401);
    expect(await statusOf(url!, { ...bearer, host: 'digits.example' }, certificate)).toBe(421);
    expect(await statusOf(url!, { ...bearer, origin: 'https://digits.example' }, certificate)).toBe(403);

    const session = await openSessionClient({ url: url!, token, certificate });
    const frame = { kind: 'gray8', bytes: new Uint8Array(160 * 120).fill(200), width: 160, height: 120 } as const;
    let decision: string | undefined;
    await until(async () => (decision = (await session.send(frame))?.decision) !== undefined); // it may still load
    expect(['digit', 'uncertain', 'none']).toContain(decision);
    await expect(openSessionClient({ url: url!, certificate, timeoutMs: 5_000 })).rejects.toThrow(SessionClosed);

    served.process.kill('SIGINT');
    expect((await session.closed).code).toBe(1001);
    expect(await served.exited).toBe(0);
    expect(JSON.parse(served.output.stdout)).toMatchObject({ url, token }); // one document, also when it has ended
  });

  it('says which port is taken', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const served = serve('--no-temporal', '--port', String(port));
    expect(await served.exited).toBe(1);
    expect(served.output.stderr).toMatch(new RegExp(`port ${port}`));
    other.close();
  });
});
