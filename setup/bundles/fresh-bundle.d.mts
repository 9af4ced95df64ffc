/** What a bundle was made of and what came out. */
export interface BundleNote {
  /** The file to run, relative to the folder of bundles. */
  entry: string;
  /** Path relative to the folder of bundles → SHA-256. */
  outputs: Record<string, string>;
  /** Path relative to the checkout → SHA-256 of every file that was looked at. */
  sources: Record<string, string>;
}

/** Where a program's bundles lie, and the note of the newest. Under node_modules, so that packages resolve as the checkout's do. */
export function bundlePlaces(root: string, program: string): { folder: string; noteFile: string };

export function sha256(bytes: Uint8Array): string;

/**
 * The path of the bundle's entry, or undefined where there is none, a source has changed, moved or gone, or an output is
 * not what was written. Some milliseconds for 200 sources.
 * @param root the checkout
 * @param folder where bundles lie
 * @param noteFile the bundle's note
 */
export function freshBundle(root: string, folder: string, noteFile: string): Promise<string | undefined>;
