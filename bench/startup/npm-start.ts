// `npm start` on a prepared machine: everything installed, a champion published, nothing running.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStore } from '../../artifacts/open-store.ts';
import { resolveStore } from '../../config/connection.ts';
import { readEndpoints } from '../../config/endpoints.ts';
import { checkoutFolder, homePaths } from '../../config/home.ts';
import { firstAnswerOnceUp } from './answer.ts';
import { copyChampion } from './places.ts';
import type { Start } from './start-worker.ts';

export interface PreparedHome {
  /** From the command to the first answer; ends the stack. */
  start(): Promise<Start>;
  remove(): Promise<void>;
}

const LIMIT_MS = 180_000;
/** What would lead the stack elsewhere. */
const ELSEWHERE = /^(TEMPORAL_|S3_|AWS_|DIGITFLOW_(INFERENCE_|METRICS_|HOME))/;

export async function prepareHome(): Promise<PreparedHome> {
  const home = await mkdtemp(path.join(tmpdir(), 'digitflow-startup-'));
  const kept = Object.entries(process.env).filter(([name]) => !ELSEWHERE.test(name));
  const environment = {
    ...Object.fromEntries(kept),
    DIGITFLOW_HOME: home,
    DIGITFLOW_INFERENCE_INSECURE_UNSIGNED: '1', // whose model it is changes nothing about how long it takes
  };
  const begin = (): Npm => npmStart(environment);
  const first = begin();
  try {
    await first.says('Ctrl-C stops everything');
    const paths = homePaths(home);
    await copyChampion(openStore(resolveStore({ DIGITFLOW_HOME: home }, readEndpoints(paths.endpoints), paths)));
  } finally {
    await first.stop();
  }
  const { inference } = JSON.parse(await readFile(path.join(home, 'ports.json'), 'utf8')) as { inference: number };
  return {
    async start() {
      const began = performance.now();
      const npm = begin();
      try {
        await Promise.race([firstAnswerOnceUp(`http://127.0.0.1:${inference}`, LIMIT_MS), npm.failed]);
        return { ms: Math.round(performance.now() - began), cpuMs: undefined };
      } finally {
        await npm.says('Ctrl-C stops everything').catch(() => undefined);
        await npm.stop();
      }
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

interface Npm {
  /** @throws Error when it ends before */
  says(text: string): Promise<void>;
  failed: Promise<never>;
  stop(): Promise<void>;
}

function npmStart(env: NodeJS.ProcessEnv): Npm {
  const npm: ChildProcess = spawn('npm', ['start', '--', '--no-train'], {
    cwd: checkoutFolder,
    env,
    detached: true, // a Ctrl-C here is none there, and one there reaches npm's child, too
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const heard = new Set<() => void>();
  for (const stream of [npm.stdout!, npm.stderr!])
    stream.on('data', (chunk) => {
      output += String(chunk);
      for (const hear of heard) hear();
    });
  const exited = once(npm, 'exit');
  const failed = exited.then(() => Promise.reject(new Error(`npm start ended:\n${output}`)));
  failed.catch(() => undefined);
  return {
    failed,
    says: (text) =>
      Promise.race([
        new Promise<void>((resolve) => {
          const hear = (): void => void (output.includes(text) && resolve());
          heard.add(hear);
          hear();
        }),
        failed,
      ]),
    async stop() {
      if (npm.exitCode === null && npm.signalCode === null) process.kill(-npm.pid!, 'SIGINT');
      await exited;
    },
  };
}
