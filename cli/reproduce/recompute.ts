// Runs the whole pipeline once more, in a home of its own: its own Temporal, a store of files, its own cache. Nothing that
// was computed before can be reused there, and nothing that is computed there gets out.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createBucket, openStore } from '../../artifacts/open-store.ts';
import type { RunIdentity } from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { cacheFolder, type Environment } from '../../config/home.ts';
import { CommandFailed } from '../errors.ts';
import type { RunSummary } from '../summary.ts';

/** What is expensive to have and decides no result that the fingerprint doesn't name. */
const SHARED = ['temporal', 'tfjs-node', 'workshops', 'locks'];

/** A step's line of progress, as the command line writes it where it can't redraw. */
const STEP_LINE = /^\s*(ingest|preprocess|augment|train|evaluate|publish)\s/;

/** Long enough for a supervisor to stop its stack in order. */
const STOP_GRACE_MS = 20_000;

export interface Scratch {
  store: Store;
  /** For the source's files. */
  sourceFolder: string;
  home: string;
  cache: string;
}

/** @param options.shareDownloads also what was fetched before: for versions whose source was not kept */
export async function openScratch(
  folder: string,
  environment: Environment,
  { shareDownloads }: { shareDownloads: boolean },
): Promise<Scratch> {
  const scratch = { home: join(folder, 'home'), cache: join(folder, 'cache'), sourceFolder: join(folder, 'source') };
  for (const path of Object.values(scratch)) await mkdir(path, { recursive: true, mode: 0o700 });
  for (const name of [...SHARED, ...(shareDownloads ? ['npm'] : [])])
    await symlink(join(cacheFolder(environment), name), join(scratch.cache, name));
  const location = { kind: 'file' as const, folder: join(scratch.home, 'files') };
  await createBucket(location);
  return { ...scratch, store: openStore(location) };
}

export interface Recomputed {
  identity: RunIdentity;
  model: { name: string; version: number };
}

export interface RecomputeOptions {
  /** The checkout whose code runs. */
  root: string;
  scratch: Scratch;
  configuration: Record<string, unknown>;
  environment: Environment;
  /** Beside the scratch's own. */
  variables: Record<string, string>;
  note: (text: string) => void;
  signal: AbortSignal;
}

/** @throws CommandFailed with what the run said when it did not end well; the signal's reason, after its stack has stopped */
export async function recompute(options: RecomputeOptions): Promise<Recomputed> {
  const { root, scratch, configuration, environment, variables, note, signal } = options;
  const configFile = join(scratch.home, 'configuration.json');
  await writeFile(configFile, JSON.stringify(configuration));
  const words = ['start', '--once', '--json', '--store', 'file', '--config', configFile];
  const child = spawn(process.execPath, [join(root, 'cli', 'digitflow.mjs'), ...words], {
    cwd: root,
    env: {
      ...inherited(environment),
      ...variables,
      DIGITFLOW_HOME: scratch.home,
      DIGITFLOW_CACHE: scratch.cache,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  const lastLines: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (STEP_LINE.test(line)) note(line);
    lastLines.push(line);
    if (lastLines.length > 10) lastLines.shift();
  });
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  const [code] = (await once(child, 'close')) as [number | null];
  signal.removeEventListener('abort', stop);
  clearTimeout(killer);
  signal.throwIfAborted();
  const document = parse(stdout);
  // A gate that refuses is no matter here: the model was made all the same.
  if ((code !== 0 && code !== 3) || document?.model === undefined)
    throw new CommandFailed(`the recomputation failed (exit code ${code}):\n  ${lastLines.join('\n  ')}`);
  const { run, firstExecutionRunId, model } = document;
  return { identity: { workflowId: run, firstExecutionRunId }, model };
}

function parse(text: string): RunSummary | undefined {
  try {
    return JSON.parse(text.trim().split('\n').at(-1)!) as RunSummary;
  } catch {
    return undefined;
  }
}

/** The user's environment, less what leads to servers and homes of others; how components are found stays. */
function inherited(environment: Environment): Record<string, string> {
  const kept = Object.entries(environment).filter(
    ([name, value]) =>
      value !== undefined &&
      (/^DIGITFLOW_(TEMPORAL|TFJS_NODE)$/.test(name) || !/^(TEMPORAL_|S3_|AWS_|DIGITFLOW_)/.test(name)),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
