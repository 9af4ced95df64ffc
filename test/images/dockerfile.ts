// A Dockerfile as a script in empty folders, for machines without a Docker daemon: each stage is a folder, COPY copies from
// what git knows, ENV and WORKDIR count, RUN runs in a shell. Steps that change the system (apt-get, owners) are left out
// and said. It shows that the steps work from what is copied alone; it is no sandbox and builds no image.

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';

export interface Stage {
  /** Stands for `/`. */
  root: string;
  /** Absolute path of the folder that WORKDIR names. */
  folder: string;
  /** As ENV sets it; absolute paths are those under `root`. */
  environment: Record<string, string>;
}

export interface RunOptions {
  /** The build context. */
  context: string;
  /** Empty folder for the stages. */
  scratch: string;
  say: (line: string) => void;
}

/** Steps of the system's own package manager and of root. */
const OF_THE_SYSTEM = /^(apt-get|apk|mkdir .*chown)\b/;

/** @returns the last stage @throws Error naming the step that failed */
export async function runDockerfile(file: string, options: RunOptions): Promise<Stage> {
  const { context, scratch, say } = options;
  const stages: Record<string, Stage> = {};
  let stage: Stage | undefined;
  for (const [word, rest] of instructionsOf(readFileSync(path.join(context, file), 'utf8'))) {
    if (word === 'FROM') {
      const name = / AS (\S+)$/i.exec(rest)?.[1] ?? 'last';
      const root = path.join(scratch, name);
      mkdirSync(root, { recursive: true });
      stage = stages[name] = { root, folder: root, environment: {} };
      continue;
    }
    if (stage === undefined) throw new Error(`${file}: expected FROM first, got ${word}`);
    if (word === 'WORKDIR') {
      stage.folder = path.join(stage.root, rest);
      mkdirSync(stage.folder, { recursive: true });
    } else if (word === 'ENV') {
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g))
        stage.environment[name] = value.startsWith('/') ? path.join(stage.root, value) : value;
    } else if (word === 'COPY') copy(rest, stage, stages, context);
    else if (word === 'RUN') {
      if (OF_THE_SYSTEM.test(rest)) say(`left out  RUN ${rest}`);
      else {
        const startedMs = performance.now();
        await shell(rest, stage);
        say(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  RUN ${rest}`);
      }
    }
  }
  if (stage === undefined) throw new Error(`${file}: expected a stage`);
  return stage;
}

/** Instructions with their arguments; comments go, continued lines are joined. */
function instructionsOf(text: string): [word: string, rest: string][] {
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => [line.split(' ', 1)[0]!, line.slice(line.indexOf(' ') + 1)]);
}

function copy(rest: string, stage: Stage, stages: Record<string, Stage>, context: string): void {
  const words = rest.split(' ').filter((word) => !word.startsWith('--'));
  const from = /--from=(\S+)/.exec(rest)?.[1];
  const base = from === undefined ? context : stages[from]!.root;
  const target = words.pop()!;
  const to = path.resolve(stage.folder, target.startsWith('/') ? path.join(stage.root, target) : target);
  for (const word of words) {
    const source = path.join(base, word);
    if (!existsSync(source)) throw new Error(`COPY ${rest}: expected ${word}, found nothing`);
    const isInto = target.endsWith('/') || (words.length > 1 && !statSync(source).isDirectory());
    cpSync(source, isInto ? path.join(to, path.basename(word)) : to, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file, copied) => !isLinkMovedAlong({ file, copied, from: base, to: stage.root }),
    });
  }
  const owner = /--chown=(\d+):(\d+)/.exec(rest);
  if (owner !== null && process.getuid?.() === 0) execFileSync('chown', ['-R', `${owner[1]}:${owner[2]}`, to]);
}

/** A link to an absolute path within its stage leads to the same path of the stage that it is copied to, as in an image. */
function isLinkMovedAlong(where: { file: string; copied: string; from: string; to: string }): boolean {
  if (!lstatSync(where.file).isSymbolicLink()) return false;
  const target = readlinkSync(where.file);
  if (!target.startsWith(`${where.from}/`)) return false;
  symlinkSync(path.join(where.to, path.relative(where.from, target)), where.copied);
  return true;
}

function shell(command: string, { folder, environment }: Stage): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-ec', command], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`RUN ${command}: ended with ${signal ?? code}\n${output}`)),
    );
  });
}
