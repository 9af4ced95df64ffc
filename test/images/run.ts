// npm run check:images: runs the Dockerfiles' steps in empty folders and starts what comes out as the containers would: by a
// user who can write none of it. Takes minutes and the network; needs no Docker. MinIO's own step needs Go on PATH, the start
// of keys and workers DIGITFLOW_TEMPORAL and DIGITFLOW_MINIO, or both on PATH.
// --workers leaves MinIO out. With --own-library TensorFlow's library is fetched and compiled anew, instead of taken from this user's cache.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createBucket } from '../../artifacts/open-store.ts';
import { cacheFolder, checkoutFolder } from '../../config/home.ts';
import { startMinio } from '../support/start-minio.ts';
import { startTemporal } from '../support/start-temporal.ts';
import { runDockerfile, type Stage } from './dockerfile.ts';

/** Of the image; only root can become somebody else here. */
const USER = process.getuid?.() === 0 ? { uid: 1_000, gid: 1_000 } : {};
const START_LIMIT_MS = 120_000;
const PORT = 18_080;

const scratch = mkdtempSync(path.join(tmpdir(), 'digitflow-images-'));
chmodSync(scratch, 0o755);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let passed = 0;
let failed = 0;

try {
  const context = path.join(scratch, 'context');
  layOut(context);
  lendLibrary();
  const stage = await runDockerfile('Dockerfile', { context, scratch, say });
  makeVolumes(stage);
  await createBucket({ kind: 'file', folder: path.join(stage.root, 'store') });
  giveAway(path.join(stage.root, 'store'));
  await check('every bundle stands: making them again writes nothing', async () => {
    const { code, output } = await run(stage, ['node', '--import', 'tsx', 'workers/make-bundles.ts']);
    expectThat(code === 0, output);
  });
  await check('the command line answers', async () => {
    const { code, output } = await run(stage, ['node', 'cli/digitflow.mjs', '--version']);
    expectThat(code === 0 && /^\d+\.\d+\.\d+$/m.test(output), output);
  });
  for (const program of ['workers/pipeline.ts', 'workers/prepare-temporal.ts', 'workers/store-keys.ts'])
    await check(`${program} without addresses says what is missing`, async () => {
      const { code, output } = await run(stage, ['node', '--import', 'tsx', program]);
      expectThat(code === 1 && /is not known/.test(output), output);
    });
  await check('the pipeline worker refuses a queue that is none', async () => {
    const settings = { TEMPORAL_ADDRESS: '127.0.0.1:1', S3_ENDPOINT: storeUrl(stage), DIGITFLOW_QUEUES: 'trian' };
    const { code, output } = await run(stage, ['node', '--import', 'tsx', 'workers/pipeline.ts'], settings);
    expectThat(code === 1 && /DIGITFLOW_QUEUES: expected some of pipeline, train, sessions/.test(output), output);
  });
  await check('the inference worker without a token is refused beyond loopback', async () => {
    const { code, output } = await run(stage, ['node', 'workers/inference.mjs'], serving(stage));
    expectThat(code !== 0 && /token/.test(output), output);
  });
  await check('the inference worker serves and is healthy', () => servesWell(stage));
  await check('keys, namespace and workers come up as docker-compose.yml has them', () => comesUp(stage));
  await check("TensorFlow's library computes", async () => {
    const program =
      "const tf = require('@tensorflow/tfjs-node'); console.log(tf.matMul([[1, 2], [3, 4]], [[1, 2], [3, 4]]).dataSync().join())";
    const { code, output } = await run(stage, ['node', '--eval', program]);
    expectThat(code === 0 && output.includes('7,10,15,22'), output);
  });
  say(`sizes     ${sizesOf(stage)}`);
  if (process.argv.includes('--workers')) say('left out  docker/minio.Dockerfile: --workers');
  else if (hasGo()) await check('MinIO is built', buildMinio);
  else say('left out  docker/minio.Dockerfile: no go on PATH');
} catch (error) {
  failed += 1;
  say(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** What git knows of, as it stands now. */
function layOut(context: string): void {
  const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: checkoutFolder,
    encoding: 'utf8',
  });
  for (const file of list.split('\0'))
    if (file !== '' && existsSync(path.join(checkoutFolder, file)))
      cpSync(path.join(checkoutFolder, file), path.join(context, file));
}

/** The library of this user's cache, copied to where the image has it: its digest was checked when it was made. */
function lendLibrary(): void {
  if (process.argv.includes('--own-library')) return;
  const kept = path.join(cacheFolder(), 'tfjs-node');
  const place = path.join(scratch, 'build/opt/digitflow/tfjs-node');
  if (existsSync(kept)) cpSync(kept, place, { recursive: true, verbatimSymlinks: true });
}

function makeVolumes({ root }: Stage): void {
  for (const folder of ['cache', 'serving', 'state/keys', 'store', 'tmp']) {
    mkdirSync(path.join(root, folder), { recursive: true });
    giveAway(path.join(root, folder));
  }
  // What docker-compose.yml mounts: the only place in the image's own folders that is written.
  giveAway(path.join(root, 'app/node_modules/.cache/digitflow/notes'));
}

function giveAway(folder: string): void {
  if (USER.uid !== undefined) execFileSync('chown', ['-R', `${USER.uid}:${USER.gid}`, folder]);
}

function storeUrl({ root }: Stage): string {
  return `file://${path.join(root, 'store')}`;
}

function serving(stage: Stage): Record<string, string> {
  return {
    S3_ENDPOINT: storeUrl(stage),
    DIGITFLOW_INFERENCE_HOST: '0.0.0.0',
    DIGITFLOW_INFERENCE_PORT: String(PORT),
    DIGITFLOW_INFERENCE_TEMPORAL: '0',
  };
}

async function servesWell(stage: Stage): Promise<void> {
  const token = { DIGITFLOW_INFERENCE_TOKEN_SHA256: 'a'.repeat(64) };
  const worker = start(stage, ['node', 'workers/inference.mjs'], { ...serving(stage), ...token });
  try {
    await healthy(stage, worker, [`http://127.0.0.1:${PORT}/v2/health/live`]);
    expectThat((await fetch(`http://127.0.0.1:${PORT}/`)).ok, 'expected the page to be served');
    expectThat((await fetch(`http://127.0.0.1:${PORT}/v2`)).status === 401, 'expected a token to be asked for');
  } finally {
    worker.child.kill('SIGTERM');
    await worker.ended;
  }
}

/** The keeper of keys, what prepares Temporal, and both pipeline workers, against a MinIO and a Temporal of this machine. */
async function comesUp(stage: Stage): Promise<void> {
  const [minio, temporal] = await Promise.all([startMinio(), startTemporal()]);
  const begun: Started[] = [];
  const begin = async (words: string[], settings: Record<string, string>, health: string[]): Promise<void> => {
    const started = start(stage, ['node', '--import', 'tsx', ...words], settings);
    begun.push(started);
    await healthy(stage, started, health);
  };
  const store = { S3_ENDPOINT: minio.endpoint, S3_BUCKET: 'digitflow', S3_REGION: 'us-east-1' };
  const client = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'containers' };
  const keysFile = path.join(stage.root, 'state/keys/store.json');
  const servingFolder = path.join(stage.root, 'serving');
  try {
    const root = { S3_ACCESS_KEY: minio.accessKey, S3_SECRET_KEY: minio.secretKey };
    await begin(['workers/store-keys.ts'], { ...store, ...root, DIGITFLOW_SERVING_KEYS: servingFolder }, [
      '2700',
      keysFile,
      path.join(servingFolder, 'store.json'),
    ]);
    for (const time of ['first', 'again']) {
      const { code, output } = await run(stage, ['node', '--import', 'tsx', 'workers/prepare-temporal.ts'], client);
      expectThat(code === 0, `${time}: ${output}`);
    }
    for (const queues of ['pipeline,sessions', 'train']) {
      const heartbeat = path.join(stage.root, 'tmp', `heartbeat-${queues}`);
      await begin(
        ['workers/pipeline.ts'],
        {
          ...store,
          ...client,
          S3_KEYS_FILE: keysFile,
          DIGITFLOW_QUEUES: queues,
          DIGITFLOW_HEARTBEAT_FILE: heartbeat,
        },
        ['30', heartbeat],
      );
    }
  } finally {
    for (const { child } of begun) child.kill('SIGTERM');
    await Promise.all(begun.map(({ ended }) => ended));
    await Promise.all([minio.stop(), temporal.stop()]);
  }
}

/** Asks as the container's health check does until it says yes. */
async function healthy(stage: Stage, worker: Started, words: string[]): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const { code, output } = await run(stage, ['node', 'workers/healthy.mjs', ...words]);
    if (code === 0) return;
    expectThat(Date.now() < deadline && worker.child.exitCode === null, `${output}\n${worker.output()}`);
    await delay(500);
  }
}

type Started = ReturnType<typeof start>;

function start(stage: Stage, [program = '', ...args]: string[], settings: Record<string, string> = {}) {
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: stage.folder,
    // As in the container: what the image and compose set, and nothing of this shell.
    env: { PATH: process.env['PATH'], TMPDIR: path.join(stage.root, 'tmp'), ...stage.environment, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...USER,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { child, ended, output: () => output };
}

async function run(stage: Stage, command: string[], settings?: Record<string, string>) {
  const { child, ended, output } = start(stage, command, settings);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  const code = await ended;
  clearTimeout(timer);
  return { code, output: output() };
}

async function check(what: string, test: () => Promise<unknown>): Promise<void> {
  try {
    await test();
    passed += 1;
    say(`✔         ${what}`);
  } catch (error) {
    failed += 1;
    say(`✘         ${what}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function sizesOf({ root }: Stage): string {
  const text = execFileSync('du', ['-sh', 'app', 'opt/digitflow'], { cwd: root, encoding: 'utf8' });
  return text.trim().replaceAll('\t', ' ').replaceAll('\n', ', ');
}

function hasGo(): boolean {
  try {
    return /go1\.(2[5-9]|[3-9]\d)/.test(execFileSync('go', ['version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}

async function buildMinio(): Promise<void> {
  const folder = path.join(scratch, 'minio');
  mkdirSync(folder);
  const { root } = await runDockerfile('docker/minio.Dockerfile', {
    context: checkoutFolder,
    scratch: folder,
    say,
  });
  const version = execFileSync(path.join(root, 'usr/local/bin/minio'), ['--version'], { encoding: 'utf8' });
  expectThat(version.startsWith('minio version'), version);
}
