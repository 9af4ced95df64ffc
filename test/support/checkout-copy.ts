// A checkout of a test's own: the sources of this one, whose packages it uses, with caches of its own.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkoutFolder } from '../../config/home.ts';

export interface CheckoutCopy {
  root: string;
  /** Runs git in it. @throws when git fails */
  git(...words: string[]): string;
  remove(): void;
}

const NOT_NEEDED = /^(bench|docs|test)\//;

export function copyCheckout(): CheckoutCopy {
  const root = mkdtempSync(join(tmpdir(), 'digitflow-checkout-'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: checkoutFolder,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => name !== '' && !NOT_NEEDED.test(name))) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(checkoutFolder, file), join(root, file), { recursive: true });
  }
  const packages = join(checkoutFolder, 'node_modules');
  mkdirSync(join(root, 'node_modules'));
  for (const name of readdirSync(packages))
    if (name !== '.cache' && name !== '@tensorflow')
      symlinkSync(join(packages, name), join(root, 'node_modules', name));
  // A set-up in the copy links TensorFlow's library into this package: into one of its own, not into that of this checkout.
  mkdirSync(join(root, 'node_modules', '@tensorflow'));
  for (const name of readdirSync(join(packages, '@tensorflow'))) {
    const [from, to] = [join(packages, '@tensorflow', name), join(root, 'node_modules', '@tensorflow', name)];
    if (name === 'tfjs-node') cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
  // Bundles are named by their sources or checked against them: those that stand here take seconds to make.
  const bundles = join('node_modules', '.cache', 'digitflow');
  if (existsSync(join(checkoutFolder, bundles)))
    cpSync(join(checkoutFolder, bundles), join(root, bundles), { recursive: true });
  return {
    root,
    git: (...words) =>
      execFileSync(
        'git',
        ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false', ...words],
        { cwd: root, encoding: 'utf8' },
      ),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
