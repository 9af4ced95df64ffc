// `npm start` and `npm test`: whatever is missing on this machine is set up first. Node built-ins only: on a fresh clone
// there is nothing else yet. Its progress goes to stderr, so that stdout belongs to what is started.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundlePlaces, freshBundle } from './bundles/fresh-bundle.mjs';
import { DO_WITHOUT, prepareComponents, WITHOUT_TENSORFLOW } from './components/index.mjs';
import { installPackages, packagesInstalled } from './components/packages.mjs';
import { CHECKOUT } from './components/shared/context.mjs';
import { messageOf } from './components/shared/errors.mjs';
import { showProgress } from './components/shared/progress.mjs';

const OLDEST_NODE = /** @type {const} */ ([20, 19]);
const DONE = 0;
const FAILED = 1;
const WRONG_USE = 2;
const INTERRUPTED = 130;
/** The tests do without the second S3 server, a stack without TensorFlow's library, and both say so. */
const OPTIONAL = /** @type {const} */ (['versitygw']);
const OPTIONAL_FOR_STACK = /** @type {const} */ (['tfjs-node']);
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

const HELP = `Usage: node setup/bootstrap.mjs <verb> [arguments]

  start [arguments]   set up what is missing, then run "digitflow start" with these arguments   (npm start)
  test [arguments]    set up what is missing, then run the tests with vitest's arguments        (npm test)
  proofs [arguments]  set up what is missing, then try everything of which the tests try a part    (npm run proofs)
  chaos [arguments]   set up what is missing, then kill processes and check that nothing is lost   (npm run chaos)
  setup [--json]      set up what is missing, try out all of it, and say what there is
  --help              show this

What is missing: the npm packages, the Temporal server, MinIO and TensorFlow's native library, and for the tests
Chromium and, where it can be had, a second S3 server (versitygw).
Without TensorFlow's library training goes on in WebAssembly (DIGITFLOW_TFJS_NODE=none, or start --engine wasm, asks
for that).
Each is taken from where an environment variable says (DIGITFLOW_TEMPORAL, DIGITFLOW_MINIO, DIGITFLOW_TFJS_NODE,
DIGITFLOW_CHROMIUM, DIGITFLOW_VERSITYGW), from PATH, from the user's cache (DIGITFLOW_CACHE, default ~/.cache/digitflow), downloaded, or built.

Examples:
  npm start                        everything, until Ctrl-C
  npm start -- --once --json       one run, one JSON document
  npm start -- --store file        without MinIO
  TEMPORAL_ADDRESS=host:7233 npm start
  npm test -- test/setup
`;

/** What takes minutes when nothing is left out. */
const PROOFS = [
  'chaos',
  'simulation',
  'workers/mutations',
  'artifacts/publish-interleavings',
  'e2e/parked-runs', // goes on within two seconds; other tests run beside it in the suite
].map((name) => join('test', name));

const exitCode = await main(process.argv.slice(2));
if (exitCode !== undefined) process.exitCode = exitCode;

/**
 * @param {string[]} argv
 * @returns {Promise<number | undefined>} the exit code; undefined when that is now up to what was started
 */
async function main([verb, ...args]) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    complain(`expected Node ${OLDEST_NODE.join('.')} or newer, got ${process.versions.node} (${process.execPath})`);
    return WRONG_USE;
  }
  if (verb === '--help' || verb === '-h') {
    process.stdout.write(HELP);
    return DONE;
  }
  if (verb !== 'start' && verb !== 'test' && verb !== 'proofs' && verb !== 'chaos' && verb !== 'setup') {
    complain(
      `expected start, test, proofs, chaos, setup or --help, got ${verb === undefined ? 'nothing' : JSON.stringify(verb)}\n\n${HELP}`,
    );
    return WRONG_USE;
  }
  const names = neededComponents(verb, args);
  const isStack = verb === 'start' || verb === 'setup';
  const components = await setUpUnlessInterrupted({
    names,
    optional: isStack ? OPTIONAL_FOR_STACK : OPTIONAL,
    triesAnew: verb === 'setup',
  });
  if (typeof components === 'number') return components;
  if (isStack && names.includes('tfjs-node') && components['tfjs-node'] === undefined) {
    if (process.env['DIGITFLOW_TFJS_NODE'] !== DO_WITHOUT) complain(WITHOUT_TENSORFLOW);
    process.env['DIGITFLOW_TFJS_NODE'] = DO_WITHOUT; // what is started now doesn't try once more
  }
  if (verb === 'setup') {
    if (args.includes('--json'))
      process.stdout.write(`${JSON.stringify({ node: process.versions.node, components })}\n`);
    return DONE;
  }
  if (verb === 'test' || verb === 'proofs' || verb === 'chaos') {
    for (const [name, variable] of /** @type {const} */ ([
      ['temporal', 'DIGITFLOW_TEMPORAL'],
      ['minio', 'DIGITFLOW_MINIO'],
      ['chromium', 'DIGITFLOW_CHROMIUM'],
      ['versitygw', 'DIGITFLOW_VERSITYGW'],
    ])) {
      const executable = components[name]?.executable;
      if (executable !== undefined) process.env[variable] = executable;
    }
  }
  if (verb === 'test') return become(join('node_modules', 'vitest', 'vitest.mjs'), ['run', ...args]);
  if (verb === 'proofs') {
    process.env['DIGITFLOW_PROOFS'] = 'whole';
    return become(join('node_modules', 'vitest', 'vitest.mjs'), ['run', ...(args.length > 0 ? args : PROOFS)]);
  }
  if (verb === 'chaos') {
    const { register } = await import('tsx/esm/api');
    register();
    return become(join('test', 'chaos', 'run.ts'), args);
  }
  return become(join('cli', 'digitflow.mjs'), ['start', ...args]);
}

/**
 * @param {'start' | 'test' | 'proofs' | 'chaos' | 'setup'} verb
 * @param {string[]} args
 * @returns {import('./components/index.d.mts').ComponentName[]} what has to be on this machine for that
 */
function neededComponents(verb, args) {
  if (verb === 'setup' || verb === 'proofs' || verb === 'chaos') return ['temporal', 'minio', 'tfjs-node'];
  if (verb === 'test') return ['temporal', 'minio', 'tfjs-node', 'chromium', ...OPTIONAL];
  if (args.includes('--help') || args.includes('-h')) return [];
  const store =
    args.find((arg) => arg.startsWith('--store='))?.slice('--store='.length) ?? args[args.indexOf('--store') + 1];
  const isOwnStore =
    !process.env['S3_ENDPOINT'] && !(args.some((arg) => /^--store(=|$)/.test(arg)) && store !== 'minio');
  const isWasm = args.some(
    (arg, index) => arg === '--engine=wasm' || (arg === 'wasm' && args[index - 1] === '--engine'),
  );
  return [
    ...(process.env['TEMPORAL_ADDRESS'] ? [] : /** @type {const} */ (['temporal'])),
    ...(isOwnStore ? /** @type {const} */ (['minio']) : []),
    ...(isWasm ? [] : /** @type {const} */ (['tfjs-node'])),
  ];
}

/**
 * @typedef {object} Wanted
 * @property {import('./components/index.d.mts').ComponentName[]} names
 * @property {readonly import('./components/index.d.mts').ComponentName[]} optional
 * @property {boolean} triesAnew whether to try out what was found to work before, too
 */

/**
 * @param {Wanted} wanted
 * @returns {Promise<Partial<Record<string, import('./components/index.d.mts').PreparedComponent>> | number>} an exit code when it failed
 */
async function setUpUnlessInterrupted(wanted) {
  const interrupted = new AbortController();
  const onSignal = () => interrupted.abort(new Error('interrupted'));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await setUp(wanted, interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) return INTERRUPTED;
    complain(messageOf(error));
    return FAILED;
  } finally {
    // From here on signals are the business of what is started, in this very process: none is forwarded, none doubled.
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/**
 * Packages and components, side by side.
 * @param {Wanted} wanted
 * @param {AbortSignal} interrupted
 */
async function setUp({ names, optional, triesAnew }, interrupted) {
  const { report, stop } = showProgress({ stream: process.stderr });
  const failed = new AbortController();
  const signal = AbortSignal.any([interrupted, failed.signal]);
  const installing = !(await packagesInstalled(CHECKOUT));
  const ready = installing ? install(report, signal) : Promise.resolve();
  const bundled = ready.then(() => bundleCommandLine(signal)).catch(() => undefined);
  // Without the packages nothing can run: five minutes of compiling would only delay saying so.
  ready.catch((error) => failed.abort(error));
  try {
    const components = await prepareComponents(names, {
      report,
      signal,
      optional,
      triesAnew,
      packages: { installing, ready },
    });
    await ready;
    await bundled;
    return components;
  } finally {
    stop();
  }
}

/**
 * A second or two, which every command saves afterwards. Where it fails the sources run, and say what is wrong with them.
 * @param {AbortSignal} signal
 */
async function bundleCommandLine(signal) {
  const { folder, noteFile } = bundlePlaces(CHECKOUT, 'cli');
  if ((await freshBundle(CHECKOUT, folder, noteFile)) !== undefined) return;
  const program = join('setup', 'bundles', 'make-bundle.ts');
  const options = /** @type {const} */ ({ cwd: CHECKOUT, stdio: 'ignore', signal });
  await once(spawn(process.execPath, ['--import', 'tsx', program, 'cli'], options), 'exit');
}

/**
 * @param {(event: import('./components/index.d.mts').SetupEvent) => void} report
 * @param {AbortSignal} signal
 */
async function install(report, signal) {
  const event = { name: 'packages', title: 'npm packages' };
  const say = (/** @type {string} */ message) => report({ ...event, state: 'working', message });
  try {
    const installed = await installPackages({ root: CHECKOUT, environment: process.env, signal, say });
    report({ ...event, state: 'ready', message: installed ? 'installed' : 'installed by another set-up' });
  } catch (error) {
    report({ ...event, state: 'failed', message: messageOf(error).split('\n')[0] ?? '' });
    throw error;
  }
}

/**
 * Runs another program in this process, as if it had been started instead.
 * @param {string} program its path in the checkout
 * @param {string[]} args
 */
async function become(program, args) {
  const path = join(CHECKOUT, program);
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
  return undefined;
}

/** @param {string} message */
function complain(message) {
  process.stderr.write(`${message}\n`);
}
