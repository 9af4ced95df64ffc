// Which code recomputes a version: that of now where it is the same, else the version's commit in a work tree of its own,
// else, said so, that of now all the same.

import { execFile } from 'node:child_process';
import { cp, link, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ModelVersion } from '../../artifacts/manifests.ts';

const run = promisify(execFile);

/** Long enough to bundle on a busy machine; installing packages takes minutes. */
const BUNDLE_TIMEOUT_MS = 120_000;
const INSTALL_TIMEOUT_MS = 900_000;

export interface ChosenCheckout {
  root: string;
  /** For people: which code, and why this one. */
  said: string;
  /** Whether every step's bundle is the version's. Undefined when the code is too old to say, or the version doesn't tell. */
  same: boolean | undefined;
  remove(): Promise<void>;
}

export interface ChooseOptions {
  version: ModelVersion;
  /** The checkout of now. */
  root: string;
  /** Where a work tree may be made. */
  folder: string;
  note: (text: string) => void;
  signal: AbortSignal;
}

export async function chooseCheckout({ version, root, folder, note, signal }: ChooseOptions): Promise<ChosenCheckout> {
  const commit = typeof version.code['commit'] === 'string' ? version.code['commit'] : undefined;
  const short = commit?.slice(0, 12);
  const dirty = version.code['dirty'] === true ? ', from a tree with changes that no commit holds' : '';
  const present = (said: string, same: boolean | undefined): ChosenCheckout => ({
    root,
    said,
    same,
    remove: () => Promise.resolve(),
  });
  if (await isSame(version, root, signal)) return present('the code of now, which is that of the version', true);
  if (commit === undefined) return present('the code of now: the version names no commit', false);
  const git = (...words: string[]) => run('git', words, { cwd: root, signal });
  const hasCommit = await git('cat-file', '-e', `${commit}^{commit}`).then(
    () => true,
    () => false,
  );
  if (!hasCommit) return present(`the code of now: this clone has no commit ${short}`, false);
  note(`checking out commit ${short}`);
  const tree = join(folder, 'checkout');
  await mkdir(folder, { recursive: true });
  await git('worktree', 'add', '--detach', '--force', tree, commit);
  const remove = async (): Promise<void> => {
    await run('git', ['worktree', 'remove', '--force', tree], { cwd: root }).catch(() => undefined);
    await rm(tree, { recursive: true, force: true });
    await run('git', ['worktree', 'prune'], { cwd: root }).catch(() => undefined);
  };
  try {
    await bringPackages(root, tree, { note, signal });
    // Bundles are checked against their sources before they are used; those of unchanged code need not be made again.
    const bundles = join('node_modules', '.cache', 'digitflow');
    await cp(join(root, bundles), join(tree, bundles), { recursive: true }).catch(() => undefined);
    const same = await isSame(version, tree, signal).catch(() => undefined);
    return { root: tree, said: `commit ${short}${dirty}`, same, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Whether the steps of a checkout are the bundles that the version names. */
async function isSame({ code }: ModelVersion, root: string, signal: AbortSignal): Promise<boolean> {
  const program = join('workers', 'print-code.ts');
  const { stdout } = await run(process.execPath, ['--import', 'tsx', program], {
    cwd: root,
    signal,
    timeout: BUNDLE_TIMEOUT_MS,
  });
  const bundles = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, string>;
  return Object.entries(bundles).every(([unit, bundle]) => code[unit] === bundle);
}

/** Equal lock files, equal packages: links to the same files, as far as both lie on one disk. */
async function bringPackages(
  root: string,
  tree: string,
  { note, signal }: Pick<ChooseOptions, 'note' | 'signal'>,
): Promise<void> {
  const [now, then] = await Promise.all([root, tree].map((each) => readFile(join(each, 'package-lock.json'), 'utf8')));
  if (now === then) return linkFolder(join(root, 'node_modules'), join(tree, 'node_modules'));
  note('its packages are other ones: installing them');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: tree,
    signal,
    timeout: INSTALL_TIMEOUT_MS,
  });
}

async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name === '.cache') continue; // bundles of other code
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFolder(source, target);
    else if (entry.isFile()) await link(source, target).catch(() => cp(source, target));
    else await cp(source, target, { verbatimSymlinks: true });
  }
}
