// Temporal's dev server: one executable with server, UI and SQLite.

import { connect } from 'node:net';
import { WayFailed } from './shared/errors.mjs';
import { pinned } from './shared/platform.mjs';
import { runProgram } from './shared/programs.mjs';
import { probeServer } from './shared/server-probe.mjs';
import { serverComponent } from './shared/server-component.mjs';

/** The features the workflows use were tried on this server; older ones miss Updates and current details. */
const OLDEST_SERVER = /** @type {const} */ ([1, 29]);

export const temporal = serverComponent({
  name: 'temporal',
  title: 'Temporal',
  variable: 'DIGITFLOW_TEMPORAL',
  without: 'TEMPORAL_ADDRESS=host:7233 npm start, with a Temporal of your own',
  pin: pinned.temporal,
  inspect,
  probe: (command, { environment, signal }) =>
    probeServer({
      command,
      args: ({ port }) => ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
      ready: ({ port }) => accepts(port),
      environment: without(environment, 'TEMPORAL_'),
      signal,
    }),
});

/**
 * @param {string} executable
 * @param {{ environment: Record<string, string | undefined>, signal: AbortSignal | undefined }} context
 */
async function inspect(executable, { environment, signal }) {
  const { stdout } = await runProgram(executable, ['--version'], { environment, signal, timeoutMs: 30_000 });
  const [, version, server = ''] = /^temporal version (\S+) \(Server (\d+\.\d+\.\d+)/m.exec(stdout) ?? [];
  if (version === undefined)
    throw new WayFailed(`${executable}: expected the Temporal CLI, got ${JSON.stringify(stdout.trim())}`);
  const [major = 0, minor = 0] = server.split('.').map(Number);
  const isOld = major < OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor < OLDEST_SERVER[1]);
  return { version, refused: isOld ? `expected server ${OLDEST_SERVER.join('.')} or newer, got ${server}` : undefined };
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

/**
 * @param {Record<string, string | undefined>} environment
 * @param {string} prefix
 */
function without(environment, prefix) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith(prefix)));
}
