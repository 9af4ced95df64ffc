// MinIO: the object store, one executable.

import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { WayFailed } from './shared/errors.mjs';
import { pinned } from './shared/platform.mjs';
import { runProgram } from './shared/programs.mjs';
import { probeServer } from './shared/server-probe.mjs';
import { serverComponent } from './shared/server-component.mjs';

/** Old enough for any distribution, new enough for conditional writes; the supervisor tries those on the running server. */
const OLDEST_RELEASE = '2024-11-07';
/** What a build by `go install` or `go build` calls itself. */
const UNRELEASED = 'DEVELOPMENT.GOGET';

export const minio = serverComponent({
  name: 'minio',
  title: 'MinIO',
  variable: 'DIGITFLOW_MINIO',
  without: 'npm start -- --store file',
  pin: pinned.minio,
  noDownload: 'left out: the vendor offers no server binaries any more (2026)',
  inspect,
  probe: (command, { environment, signal }) =>
    probeServer({
      command,
      args: ({ scratch, port, secondPort }) => [
        'server',
        '--quiet',
        `--address=127.0.0.1:${port}`,
        `--console-address=127.0.0.1:${secondPort}`,
        `--certs-dir=${scratch}/certs`,
        `${scratch}/data`,
      ],
      ready: async ({ port }) => (await statusOf(`http://127.0.0.1:${port}/minio/health/ready`)) === 200,
      environment: {
        // Settings of a production server in the same shell are none of the probe's business.
        ...Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('MINIO_'))),
        MINIO_ROOT_USER: randomBytes(10).toString('hex'),
        MINIO_ROOT_PASSWORD: randomBytes(20).toString('hex'),
        MINIO_UPDATE: 'off',
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
  const [, version] = /^minio\S* version (\S+)/m.exec(stdout) ?? [];
  if (version === undefined) throw new WayFailed(`${executable}: expected MinIO, got ${JSON.stringify(stdout.trim())}`);
  return { version, refused: refusal(version) };
}

/** @param {string} version */
function refusal(version) {
  if (version === UNRELEASED) return 'a build without a release date; name it by DIGITFLOW_MINIO to use it';
  const [, date = ''] = /^RELEASE\.(\d{4}-\d{2}-\d{2})T/.exec(version) ?? [];
  return date >= OLDEST_RELEASE ? undefined : `expected a release of ${OLDEST_RELEASE} or later`;
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
