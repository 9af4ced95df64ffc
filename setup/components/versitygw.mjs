// versitygw: an S3 server of another maker, by which the tests hold the store's promises to more than MinIO. Only they
// need it, and where it can't be had they say so and go on.

import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { WayFailed } from './shared/errors.mjs';
import { pinned } from './shared/platform.mjs';
import { runProgram } from './shared/programs.mjs';
import { probeServer } from './shared/server-probe.mjs';
import { serverComponent } from './shared/server-component.mjs';

export const versitygw = serverComponent({
  name: 'versitygw',
  title: 'versitygw',
  variable: 'DIGITFLOW_VERSITYGW',
  pin: pinned.versitygw,
  noDownload: 'left out: built like the other servers',
  inspect,
  probe: (command, { environment, signal }) =>
    probeServer({
      command,
      args: ({ scratch, port }) => ['--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet', 'posix', scratch],
      ready: async ({ port }) => (await statusOf(`http://127.0.0.1:${port}/health`)) === 200,
      environment: {
        ...environment,
        ROOT_ACCESS_KEY: randomBytes(10).toString('hex'),
        ROOT_SECRET_KEY: randomBytes(20).toString('hex'),
      },
      signal,
    }),
});

/**
 * @param {string} executable
 * @param {{ environment: Record<string, string | undefined>, signal: AbortSignal | undefined }} context
 */
async function inspect(executable, { environment, signal }) {
  const { stdout } = await runProgram(executable, ['--version'], { environment, signal, timeoutMs: 30_000 });
  const [, version] = /^Version\s*: (\S+)/m.exec(stdout) ?? [];
  if (version === undefined)
    throw new WayFailed(`${executable}: expected versitygw, got ${JSON.stringify(stdout.trim())}`);
  // A build by Go alone has no number of its own.
  return { version: version === 'git' ? pinned.versitygw.version : version };
}

/**
 * @param {string} url
 * @returns {Promise<number | undefined>}
 */
function statusOf(url) {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}
