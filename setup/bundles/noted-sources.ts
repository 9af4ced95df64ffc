// An esbuild plugin that hashes the very bytes it hands to the compiler: a source that is saved while a bundle is made
// must not be noted as the one that is in it.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Loader, Plugin } from 'esbuild';
import { sha256 } from './fresh-bundle.mjs';

const LOADERS: Record<string, Loader> = { '.ts': 'ts', '.mjs': 'js', '.json': 'json' };

/**
 * @param sources gets the path, relative to the checkout, → SHA-256 of each own module; packages are left out
 * @param options.urls `import.meta.url` of own modules goes on saying where the source is, wherever its code ends up; the
 *   bundle's head has to define `checkoutUrl` @default false
 */
export const notedSources = (
  root: string,
  sources: Record<string, string>,
  { urls = false }: { urls?: boolean } = {},
): Plugin => ({
  name: 'noted-sources',
  setup(build) {
    build.onLoad({ filter: /\.(ts|mjs|json)$/ }, async ({ path: file }) => {
      const source = path.relative(root, file);
      if (source.split(path.sep).includes('node_modules')) return undefined;
      const contents = await readFile(file);
      sources[source] = sha256(contents);
      const loader = LOADERS[path.extname(file)]!;
      if (!urls) return { contents, loader };
      const url = `new URL(${JSON.stringify(source.split(path.sep).join('/'))}, checkoutUrl).href`;
      return { contents: contents.toString().replaceAll(/\bimport\.meta\.url\b/g, url), loader };
    });
  },
});
