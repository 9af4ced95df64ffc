// Builds a server from the Go modules that setup/components/go pins: each file's digest stands in a committed go.sum.

import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { WayFailed } from './errors.mjs';
import { provideGo } from '../go.mjs';
import { runProgram } from './programs.mjs';
import { NETWORK_FIX } from './system-errors.mjs';
import { needRoom } from './workshop.mjs';

/** Modules and the compiler's cache of one build, measured at 4.2 GB for both servers. */
const NEEDED_BYTES = 5e9;
/** From here on the compiler may use more memory to save an eighth of its time. */
const PLENTY_BYTES = 8e9;
const OFFLINE =
  /no such host|connection refused|i\/o timeout|network is unreachable|proxyconnect|TLS handshake|certificate/;

/**
 * @param {{ module: string, goPackage: string, executable: string }} what `module`: the folder under setup/components/go
 * @param {import('./context.mjs').Context} context
 * @param {import('./ways.mjs').Say} say
 * @throws WayFailed
 */
export async function goBuild({ module, goPackage, executable }, context, say) {
  const workshop = await context.workshop();
  await needRoom(workshop, NEEDED_BYTES);
  say('waiting for Go');
  const go = await context.once('go', () => provideGo(context, say));
  const environment = {
    ...context.environment,
    // In the workshop: what a build leaves behind is 4 GB that nobody needs again.
    GOCACHE: join(workshop, 'go-cache'),
    GOMODCACHE: join(workshop, 'go-modules'),
    GOTMPDIR: '',
    // No C compiler is asked of the machine, and the executable runs wherever its kernel does.
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    ...(totalmem() >= PLENTY_BYTES ? { GOGC: '400' } : {}),
  };
  const args = [
    'build',
    '-C',
    fileURLToPath(new URL(`../go/${module}`, import.meta.url)),
    '-mod=readonly',
    '-modcacherw',
  ];
  // Debug information is stripped anyway: not making it saves a tenth of the build.
  args.push('-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false', '-ldflags=-s -w', '-o', executable, goPackage);
  let modules = 0;
  const sayModules = () => say(`building with Go ${go.version} (${go.way}), ${modules} modules fetched`);
  const onLine = (/** @type {string} */ line) => {
    if (!line.startsWith('go: downloading')) return;
    modules += 1;
    sayModules();
  };
  sayModules();
  try {
    await runProgram(go.executable, args, { environment, signal: context.signal, onLine });
  } catch (error) {
    throw error instanceof WayFailed && OFFLINE.test(error.message)
      ? new WayFailed(error.message, { fix: NETWORK_FIX, cause: error })
      : error;
  }
}
