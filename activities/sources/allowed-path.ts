import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { SourceNotAllowed, SourceNotFound } from '../errors.ts';

/**
 * The real path behind a path of a run configuration, which anyone who can start a workflow may write.
 * @param roots folders it must lie under, after links are followed; none means that no path is allowed
 * @throws SourceNotAllowed, SourceNotFound
 */
export async function allowedPath(path: string, roots: readonly string[]): Promise<string> {
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  const real = await realpath(path).catch((error: unknown) => error);
  const allowed =
    typeof real === 'string' &&
    realRoots.some(
      (root) => root !== undefined && (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)),
    );
  if (allowed) return real;
  // The same answer for a path outside the roots whether it exists or not: nothing is learnt about the machine.
  const couldBeInside = roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
  if (typeof real !== 'string' && couldBeInside && !path.split(sep).includes('..')) {
    throw new SourceNotFound(`${path}: expected a folder or file, got nothing there`);
  }
  throw new SourceNotAllowed(
    `${path}: expected a path under ${roots.length === 0 ? 'DIGITFLOW_DATA_ROOTS, which is empty on this worker' : roots.join(' or ')}`,
  );
}
