// Every package that a set of packages can reach, by the lock file, as Node would resolve it.

interface LockedPackage {
  version?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export interface PackageLock {
  /** Path such as `node_modules/a/node_modules/b` → what is locked there. */
  packages: Record<string, LockedPackage>;
}

/**
 * @param names packages that the checkout's own code imports; Node's own modules among them are passed over
 * @returns sorted lines `path version integrity`, one a package
 */
export function packageClosure(lock: PackageLock, names: string[]): string[] {
  const found = new Map<string, LockedPackage>();
  const open: { name: string; from: string }[] = names.map((name) => ({ name, from: '' }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const place = resolve(lock, next.name, next.from);
    if (place === undefined || found.has(place)) continue;
    const entry = lock.packages[place]!;
    found.set(place, entry);
    const needs = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies };
    for (const name of Object.keys(needs)) open.push({ name, from: place });
  }
  return [...found].map(([place, { version = '', integrity = '' }]) => `${place} ${version} ${integrity}`).sort();
}

/** Node's rule: the nearest node_modules on the way up. Undefined for optional packages that are not locked. */
function resolve(lock: PackageLock, name: string, from: string): string | undefined {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const place = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (lock.packages[place] !== undefined) return place;
    if (base === '') return undefined;
  }
}
